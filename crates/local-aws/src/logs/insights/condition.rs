//! What a `filter` lets pass.

use std::borrow::Cow;
use std::cmp::Ordering;

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

use super::Record;

#[derive(Debug)]
pub(super) enum Condition {
    Any(Vec<Self>),
    All(Vec<Self>),
    Not(Box<Self>),
    Compare(Operand, Comparison, String),
    Contains(String, String),
    In(String, Vec<String>),
    IsPresent(String),
}

/// What is compared with a value.
#[derive(Debug)]
pub(super) enum Operand {
    Field(String),
    /// `toMillis(field)`: the milliseconds since 1970 of a time.
    Millis(String),
}

#[derive(Debug, Clone, Copy)]
pub(super) enum Comparison {
    Equal,
    NotEqual,
    Less,
    AtMost,
    Greater,
    AtLeast,
}

impl Condition {
    pub(super) fn holds(&self, record: &Record) -> bool {
        match self {
            Self::Any(conditions) => conditions.iter().any(|condition| condition.holds(record)),
            Self::All(conditions) => conditions.iter().all(|condition| condition.holds(record)),
            Self::Not(condition) => !condition.holds(record),
            Self::Compare(operand, comparison, value) => match operand.value(record) {
                Some(found) => comparison.holds(compare(&found, value)),
                // An absent field differs from every value.
                None => matches!(comparison, Comparison::NotEqual),
            },
            Self::Contains(field, text) => record.get(field).is_some_and(|found| found.contains(text)),
            Self::In(field, values) => record
                .get(field)
                .is_some_and(|found| values.iter().any(|value| compare(found, value).is_eq())),
            Self::IsPresent(field) => record.get(field).is_some(),
        }
    }
}

impl Operand {
    fn value<'a>(&self, record: &'a Record) -> Option<Cow<'a, str>> {
        match self {
            Self::Field(field) => record.get(field).map(Cow::Borrowed),
            Self::Millis(field) => {
                let at = parse_time(record.get(field)?)?;
                Some(Cow::Owned(at.as_millisecond().to_string()))
            }
        }
    }
}

impl Comparison {
    pub(super) fn from_sign(sign: &str) -> Option<Self> {
        Some(match sign {
            "=" => Self::Equal,
            "!=" => Self::NotEqual,
            "<" => Self::Less,
            "<=" => Self::AtMost,
            ">" => Self::Greater,
            ">=" => Self::AtLeast,
            _ => return None,
        })
    }

    fn holds(self, order: Ordering) -> bool {
        match self {
            Self::Equal => order.is_eq(),
            Self::NotEqual => order.is_ne(),
            Self::Less => order.is_lt(),
            Self::AtMost => order.is_le(),
            Self::Greater => order.is_gt(),
            Self::AtLeast => order.is_ge(),
        }
    }
}

pub(super) fn compare(a: &str, b: &str) -> Ordering {
    match (a.parse::<f64>(), b.parse::<f64>()) {
        (Ok(a), Ok(b)) => a.total_cmp(&b),
        _ => a.cmp(b),
    }
}

/// Absent fields come first.
pub(super) fn compare_fields(a: Option<&str>, b: Option<&str>) -> Ordering {
    match (a, b) {
        (Some(a), Some(b)) => compare(a, b),
        (a, b) => a.cmp(&b),
    }
}

/// Reads a time in UTC as Logs Insights shows it.
pub(super) fn parse_time(text: &str) -> Option<Timestamp> {
    let at: DateTime = text.parse().ok()?;
    Some(at.to_zoned(TimeZone::UTC).ok()?.timestamp())
}

/// As Logs Insights shows times, for example `2026-11-28 10:00:00.000`.
pub(super) fn format_time(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M:%S%.3f").to_string()
}
