//! The table of settings: name, variables, kind of value. Everything that can be configured is a row here.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use keypool_domain::charging::Currency;
use toml::de::DeValue;

use super::document::found;
use super::mistake::meant;

/// A setting that there is.
#[derive(Debug)]
pub(super) struct Known {
    /// As in the file; a dot is a table.
    pub(super) name: &'static str,
    /// The variables that set it, the strongest first.
    pub(super) variables: &'static [&'static str],
    /// What it holds.
    pub(super) kind: Kind,
    /// Whether it says which AWS is meant or what may be done to it: `--demo` then leaves it alone.
    pub(super) of_aws: bool,
}

/// What a setting holds.
#[derive(Debug, Clone, Copy)]
pub(super) enum Kind {
    Text,
    Path,
    Switch,
    Refresh,
    Currency,
    OneOf(&'static [&'static str]),
}

/// The value of a setting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Value {
    Text(String),
    Path(PathBuf),
    Switch(bool),
    Every(Option<Duration>),
}

const fn aws(name: &'static str, variables: &'static [&'static str], kind: Kind) -> Known {
    Known { name, variables, kind, of_aws: true }
}

const fn own(name: &'static str, variables: &'static [&'static str], kind: Kind) -> Known {
    Known { name, variables, kind, of_aws: false }
}

/// How much a log says.
pub(super) const LEVELS: &[&str] = &["error", "warn", "info", "debug", "trace"];

/// All of them, in the order of the sample file.
pub(super) const SETTINGS: &[Known] = &[
    aws("profile", &["KEYPOOL_PROFILE", "AWS_PROFILE"], Kind::Text),
    aws("region", &["KEYPOOL_REGION", "AWS_REGION", "AWS_DEFAULT_REGION"], Kind::Text),
    // The variables of the AWS SDKs have an order of their own, service by service: `aws::endpoint` resolves them.
    aws("endpoint_url", &["KEYPOOL_ENDPOINT_URL"], Kind::Text),
    aws("ca_bundle", &["KEYPOOL_CA_BUNDLE", "AWS_CA_BUNDLE"], Kind::Path),
    aws("readonly", &["KEYPOOL_READONLY"], Kind::Switch),
    aws("production", &["KEYPOOL_PRODUCTION"], Kind::Switch),
    aws("store_values", &["KEYPOOL_STORE_VALUES"], Kind::Switch),
    aws("tables.plans", &["KEYPOOL_TABLES_PLANS"], Kind::Text),
    aws("tables.keys", &["KEYPOOL_TABLES_KEYS"], Kind::Text),
    aws("tables.pools", &["KEYPOOL_TABLES_POOLS"], Kind::Text),
    aws("pools.file", &["KEYPOOL_POOLS_FILE"], Kind::Path),
    aws("pools.parameter", &["KEYPOOL_POOLS_PARAMETER"], Kind::Text),
    own("theme", &["KEYPOOL_THEME"], Kind::Text),
    own("refresh", &["KEYPOOL_REFRESH"], Kind::Refresh),
    own("no_color", &["KEYPOOL_NO_COLOR"], Kind::Switch),
    own("mouse", &["KEYPOOL_MOUSE"], Kind::Switch),
    own("ascii", &["KEYPOOL_ASCII"], Kind::Switch),
    own("charging.currency", &["KEYPOOL_CHARGING_CURRENCY"], Kind::Currency),
    own("charging.tenant_field", &["KEYPOOL_CHARGING_TENANT_FIELD"], Kind::Text),
    own("log.file", &["KEYPOOL_LOG_FILE"], Kind::Path),
    own("log.level", &["KEYPOOL_LOG_LEVEL"], Kind::OneOf(LEVELS)),
];

/// The setting of this name.
pub(super) fn known(name: &str) -> Option<&'static Known> {
    SETTINGS.iter().find(|known| known.name == name)
}

impl Kind {
    /// The value that a file says, or what was meant.
    pub(super) fn read_toml(self, value: &DeValue<'_>) -> Result<Value, String> {
        match (self, value) {
            (Self::Switch, DeValue::Boolean(on)) => Ok(Value::Switch(*on)),
            (Self::Refresh, DeValue::Integer(number)) => self.read_text(&number.to_string()),
            (
                Self::Text | Self::Path | Self::OneOf(_) | Self::Refresh | Self::Currency,
                DeValue::String(text),
            ) => self.read_text(text),
            _ => Err(format!("is {}: {}", found(value), self.expected())),
        }
    }

    /// The value that a variable or a flag says, or what was meant.
    pub(super) fn read_text(self, text: &str) -> Result<Value, String> {
        let wrong = || format!("is \"{}\": {}", text.escape_debug(), self.expected());
        match self {
            Self::Text if !text.trim().is_empty() => Ok(Value::Text(text.to_owned())),
            Self::Currency if Currency::new(text).is_ok() => Ok(Value::Text(text.to_owned())),
            Self::Path if !text.is_empty() => Ok(Value::Path(text.into())),
            Self::Switch => switch(text).map(Value::Switch).ok_or_else(wrong),
            Self::Refresh => every(text).map(Value::Every).ok_or_else(wrong),
            Self::OneOf(words) if words.contains(&text) => Ok(Value::Text(text.to_owned())),
            Self::OneOf(words) => {
                Err(format!("is \"{}\": {}", text.escape_debug(), meant(text, words.iter().copied())))
            }
            Self::Text | Self::Path | Self::Currency => Err(wrong()),
        }
    }

    const fn expected(self) -> &'static str {
        match self {
            Self::Text => "give a text that is not empty",
            Self::Path => "give the path of a file",
            Self::Switch => "give true or false",
            Self::Refresh => "give seconds from 1 to 86400, or \"off\"",
            Self::Currency => "give its three capital letters, as in \"USD\"",
            Self::OneOf(_) => "give one of its words",
        }
    }
}

fn switch(text: &str) -> Option<bool> {
    match text.to_ascii_lowercase().as_str() {
        "true" | "1" | "yes" | "on" => Some(true),
        "false" | "0" | "no" | "off" => Some(false),
        _ => None,
    }
}

fn every(text: &str) -> Option<Option<Duration>> {
    if text == "off" {
        return Some(None);
    }
    let seconds = text.parse().ok().filter(|seconds| (1..=86_400).contains(seconds))?;
    Some(Some(Duration::from_secs(seconds)))
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => f.write_str(text),
            Self::Path(path) => write!(f, "{}", path.display()),
            Self::Switch(on) => write!(f, "{on}"),
            Self::Every(None) => f.write_str("off"),
            Self::Every(Some(time)) => write!(f, "{}", time.as_secs()),
        }
    }
}
