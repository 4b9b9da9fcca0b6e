//! What differs in records between table, JSON and CSV.

use keypool_domain::Known;
use serde_json::Value;

/// The output format, where it affects the content of records.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RecordFormat {
    Table,
    Json,
    Csv,
}

impl RecordFormat {
    /// Returns a number in JSON, where the field name says that it is an estimate; otherwise with `~` in front.
    pub(crate) fn estimate(self, calls: u64) -> Value {
        match self {
            Self::Json => calls.into(),
            Self::Table | Self::Csv => format!("~{calls}").into(),
        }
    }

    /// Returns the number of calls; if they are not counted, null, and words in a table.
    pub(crate) fn counted(self, calls: Option<u64>) -> Value {
        match (calls, self) {
            (Some(calls), _) => calls.into(),
            (None, Self::Table) => "not counted".into(),
            (None, Self::Json | Self::Csv) => Value::Null,
        }
    }

    /// Returns the value; if unknown, null in JSON and `?` elsewhere.
    pub(crate) fn value_or_mark<T: Copy + Into<Value>>(self, value: &Known<T>) -> Value {
        match (value, self) {
            (Known::Value(value), _) => (*value).into(),
            (Known::Unknown(_), Self::Json) => Value::Null,
            (Known::Unknown(_), Self::Table | Self::Csv) => "?".into(),
        }
    }

    /// Returns a JSON number, which has no trailing zeros; in other formats the text as it is.
    pub(crate) fn number(self, text: &str) -> Value {
        let number = (self == Self::Json).then(|| text.parse().ok().map(Value::Number)).flatten();
        number.unwrap_or_else(|| text.into())
    }
}
