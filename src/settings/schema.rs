//! The table of settings: name, variables, kind of value. Everything that can be configured is a row here.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use keypool_domain::charging::Currency;
use toml::de::DeValue;

use super::config_error::suggest;
use super::document::describe_value;

/// A setting that there is.
#[derive(Debug)]
pub(super) struct SettingDef {
    /// As in the file; a dot is a table.
    pub(super) name: &'static str,
    /// The variables that set it, the strongest first.
    pub(super) variables: &'static [&'static str],
    /// What it holds.
    pub(super) kind: ValueKind,
    /// Whether it says which AWS is meant or what may be done to it: `--demo` then leaves it alone.
    pub(super) is_aws: bool,
}

/// What a setting holds.
#[derive(Debug, Clone, Copy)]
pub(super) enum ValueKind {
    Text,
    Path,
    Bool,
    Interval,
    Currency,
    OneOf(&'static [&'static str]),
}

/// The value of a setting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum SettingValue {
    Text(String),
    Path(PathBuf),
    Bool(bool),
    Interval(Option<Duration>),
}

const fn aws_setting(name: &'static str, variables: &'static [&'static str], kind: ValueKind) -> SettingDef {
    SettingDef { name, variables, kind, is_aws: true }
}

const fn own_setting(name: &'static str, variables: &'static [&'static str], kind: ValueKind) -> SettingDef {
    SettingDef { name, variables, kind, is_aws: false }
}

/// How much a log says.
pub(super) const LOG_LEVELS: &[&str] = &["error", "warn", "info", "debug", "trace"];

/// All of them, in the order of the sample file.
pub(super) const SETTINGS: &[SettingDef] = &[
    aws_setting("profile", &["KEYPOOL_PROFILE", "AWS_PROFILE"], ValueKind::Text),
    aws_setting("region", &["KEYPOOL_REGION", "AWS_REGION", "AWS_DEFAULT_REGION"], ValueKind::Text),
    // The variables of the AWS SDKs have an order of their own, service by service: `aws::endpoint` resolves them.
    aws_setting("endpoint_url", &["KEYPOOL_ENDPOINT_URL"], ValueKind::Text),
    aws_setting("ca_bundle", &["KEYPOOL_CA_BUNDLE", "AWS_CA_BUNDLE"], ValueKind::Path),
    aws_setting("readonly", &["KEYPOOL_READONLY"], ValueKind::Bool),
    aws_setting("production", &["KEYPOOL_PRODUCTION"], ValueKind::Bool),
    aws_setting("store_values", &["KEYPOOL_STORE_VALUES"], ValueKind::Bool),
    aws_setting("tables.plans", &["KEYPOOL_TABLES_PLANS"], ValueKind::Text),
    aws_setting("tables.keys", &["KEYPOOL_TABLES_KEYS"], ValueKind::Text),
    aws_setting("tables.pools", &["KEYPOOL_TABLES_POOLS"], ValueKind::Text),
    aws_setting("pools.file", &["KEYPOOL_POOLS_FILE"], ValueKind::Path),
    aws_setting("pools.parameter", &["KEYPOOL_POOLS_PARAMETER"], ValueKind::Text),
    own_setting("theme", &["KEYPOOL_THEME"], ValueKind::Text),
    own_setting("refresh", &["KEYPOOL_REFRESH"], ValueKind::Interval),
    own_setting("no_color", &["KEYPOOL_NO_COLOR"], ValueKind::Bool),
    own_setting("mouse", &["KEYPOOL_MOUSE"], ValueKind::Bool),
    own_setting("ascii", &["KEYPOOL_ASCII"], ValueKind::Bool),
    own_setting("charging.currency", &["KEYPOOL_CHARGING_CURRENCY"], ValueKind::Currency),
    own_setting("charging.tenant_field", &["KEYPOOL_CHARGING_TENANT_FIELD"], ValueKind::Text),
    own_setting("log.file", &["KEYPOOL_LOG_FILE"], ValueKind::Path),
    own_setting("log.level", &["KEYPOOL_LOG_LEVEL"], ValueKind::OneOf(LOG_LEVELS)),
];

/// The setting of this name.
pub(super) fn find_setting(name: &str) -> Option<&'static SettingDef> {
    SETTINGS.iter().find(|known| known.name == name)
}

impl ValueKind {
    /// The value that a file says, or what was meant.
    pub(super) fn read_toml(self, value: &DeValue<'_>) -> Result<SettingValue, String> {
        match (self, value) {
            (Self::Bool, DeValue::Boolean(on)) => Ok(SettingValue::Bool(*on)),
            (Self::Interval, DeValue::Integer(number)) => self.read_text(&number.to_string()),
            (
                Self::Text | Self::Path | Self::OneOf(_) | Self::Interval | Self::Currency,
                DeValue::String(text),
            ) => self.read_text(text),
            _ => Err(format!("is {}: {}", describe_value(value), self.expected())),
        }
    }

    /// The value that a variable or a flag says, or what was meant.
    pub(super) fn read_text(self, text: &str) -> Result<SettingValue, String> {
        let wrong = || format!("is \"{}\": {}", text.escape_debug(), self.expected());
        match self {
            Self::Text if !text.trim().is_empty() => Ok(SettingValue::Text(text.to_owned())),
            Self::Currency if Currency::new(text).is_ok() => Ok(SettingValue::Text(text.to_owned())),
            Self::Path if !text.is_empty() => Ok(SettingValue::Path(text.into())),
            Self::Bool => parse_bool(text).map(SettingValue::Bool).ok_or_else(wrong),
            Self::Interval => parse_interval(text).map(SettingValue::Interval).ok_or_else(wrong),
            Self::OneOf(words) if words.contains(&text) => Ok(SettingValue::Text(text.to_owned())),
            Self::OneOf(words) => {
                Err(format!("is \"{}\": {}", text.escape_debug(), suggest(text, words.iter().copied())))
            }
            Self::Text | Self::Path | Self::Currency => Err(wrong()),
        }
    }

    const fn expected(self) -> &'static str {
        match self {
            Self::Text => "give a text that is not empty",
            Self::Path => "give the path of a file",
            Self::Bool => "give true or false",
            Self::Interval => "give seconds from 1 to 86400, or \"off\"",
            Self::Currency => "give its three capital letters, as in \"USD\"",
            Self::OneOf(_) => "give one of its words",
        }
    }
}

fn parse_bool(text: &str) -> Option<bool> {
    match text.to_ascii_lowercase().as_str() {
        "true" | "1" | "yes" | "on" => Some(true),
        "false" | "0" | "no" | "off" => Some(false),
        _ => None,
    }
}

fn parse_interval(text: &str) -> Option<Option<Duration>> {
    if text == "off" {
        return Some(None);
    }
    let seconds = text.parse().ok().filter(|seconds| (1..=86_400).contains(seconds))?;
    Some(Some(Duration::from_secs(seconds)))
}

impl fmt::Display for SettingValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => f.write_str(text),
            Self::Path(path) => write!(f, "{}", path.display()),
            Self::Bool(on) => write!(f, "{on}"),
            Self::Interval(None) => f.write_str("off"),
            Self::Interval(Some(time)) => write!(f, "{}", time.as_secs()),
        }
    }
}
