//! What a `filter` lets pass.

use std::cmp::Ordering;

use jiff::Timestamp;

use super::Record;

#[derive(Debug)]
pub(super) enum Condition {
    Any(Vec<Self>),
    All(Vec<Self>),
    Not(Box<Self>),
    Compare(String, Comparison, String),
    Contains(String, String),
    In(String, Vec<String>),
    IsPresent(String),
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
            Self::Compare(field, comparison, value) => match record.get(field) {
                Some(found) => comparison.holds(compare(found, value)),
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

/// As Logs Insights shows times, for example `2026-11-28 10:00:00.000`.
pub(super) fn format_time(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M:%S%.3f").to_string()
}
