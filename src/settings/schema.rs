//! The table of all settings: name, environment variables and type.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use keypool_domain::TenantRule;
use keypool_domain::charging::Currency;
use toml::de::DeValue;

use super::config_error::suggest;
use super::document::describe_value;

#[derive(Debug)]
pub(super) struct SettingDef {
    /// As in the file; a dot separates table and key.
    pub(super) name: &'static str,
    /// The variables that set it, in order of precedence.
    pub(super) variables: &'static [&'static str],
    pub(super) kind: ValueKind,
    /// Whether it selects or protects the AWS account; `--demo` ignores such settings.
    pub(super) is_aws: bool,
}

/// The type of a setting.
#[derive(Debug, Clone, Copy)]
pub(super) enum ValueKind {
    Text,
    Path,
    Bool,
    Interval,
    /// A whole number from 1.
    Count,
    /// A number of days, or `off`.
    Days,
    Currency,
    /// A list of texts.
    List,
    /// A list of rules that say where the tenant of an API key is.
    TenantRules,
    OneOf(&'static [&'static str]),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum SettingValue {
    Text(String),
    Path(PathBuf),
    Bool(bool),
    Interval(Option<Duration>),
    Count(u64),
    Days(Option<u64>),
    List(Vec<String>),
}

impl SettingValue {
    pub(super) const fn number(&self) -> Option<u64> {
        match self {
            Self::Count(count) => Some(*count),
            Self::Days(days) => *days,
            Self::Text(_) | Self::Path(_) | Self::Bool(_) | Self::Interval(_) | Self::List(_) => None,
        }
    }
}

const fn aws_setting(name: &'static str, variables: &'static [&'static str], kind: ValueKind) -> SettingDef {
    SettingDef { name, variables, kind, is_aws: true }
}

const fn keypool_setting(
    name: &'static str,
    variables: &'static [&'static str],
    kind: ValueKind,
) -> SettingDef {
    SettingDef { name, variables, kind, is_aws: false }
}

pub(super) const LOG_LEVELS: &[&str] = &["error", "warn", "info", "debug", "trace"];

/// All settings, in the order in which `keypool config` lists them.
pub(super) const SETTINGS: &[SettingDef] = &[
    aws_setting("profile", &["KEYPOOL_PROFILE", "AWS_PROFILE"], ValueKind::Text),
    aws_setting("region", &["KEYPOOL_REGION", "AWS_REGION", "AWS_DEFAULT_REGION"], ValueKind::Text),
    // The AWS SDK's endpoint variables differ by service; `aws::endpoint` resolves them.
    aws_setting("endpoint_url", &["KEYPOOL_ENDPOINT_URL"], ValueKind::Text),
    aws_setting("ca_bundle", &["KEYPOOL_CA_BUNDLE", "AWS_CA_BUNDLE"], ValueKind::Path),
    aws_setting("readonly", &["KEYPOOL_READONLY"], ValueKind::Bool),
    aws_setting("production", &["KEYPOOL_PRODUCTION"], ValueKind::Bool),
    aws_setting("store_values", &["KEYPOOL_STORE_VALUES"], ValueKind::Bool),
    aws_setting("tables.plans", &["KEYPOOL_TABLES_PLANS"], ValueKind::Text),
    aws_setting("tables.keys", &["KEYPOOL_TABLES_KEYS"], ValueKind::Text),
    aws_setting("tables.pools", &["KEYPOOL_TABLES_POOLS"], ValueKind::Text),
    aws_setting("tables.scan_limit", &["KEYPOOL_TABLES_SCAN_LIMIT"], ValueKind::Count),
    aws_setting("tenants.from", &["KEYPOOL_TENANTS_FROM"], ValueKind::TenantRules),
    aws_setting("tenants.plans", &["KEYPOOL_TENANTS_PLANS"], ValueKind::List),
    aws_setting("pools.file", &["KEYPOOL_POOLS_FILE"], ValueKind::Path),
    aws_setting("pools.parameter", &["KEYPOOL_POOLS_PARAMETER"], ValueKind::Text),
    keypool_setting("doctor.max_key_age_days", &["KEYPOOL_DOCTOR_MAX_KEY_AGE_DAYS"], ValueKind::Days),
    keypool_setting("cache", &["KEYPOOL_CACHE"], ValueKind::Bool),
    keypool_setting("theme", &["KEYPOOL_THEME"], ValueKind::Text),
    keypool_setting("refresh", &["KEYPOOL_REFRESH"], ValueKind::Interval),
    keypool_setting("no_color", &["KEYPOOL_NO_COLOR"], ValueKind::Bool),
    keypool_setting("mouse", &["KEYPOOL_MOUSE"], ValueKind::Bool),
    keypool_setting("ascii", &["KEYPOOL_ASCII"], ValueKind::Bool),
    keypool_setting("charging.currency", &["KEYPOOL_CHARGING_CURRENCY"], ValueKind::Currency),
    keypool_setting("charging.pro_rata", &["KEYPOOL_CHARGING_PRO_RATA"], ValueKind::Bool),
    keypool_setting("charging.access_log.api_key", &["KEYPOOL_CHARGING_ACCESS_LOG_API_KEY"], ValueKind::Text),
    keypool_setting(
        "charging.access_log.tenant",
        &["KEYPOOL_CHARGING_ACCESS_LOG_TENANT", "KEYPOOL_CHARGING_TENANT_FIELD"],
        ValueKind::Text,
    ),
    keypool_setting("charging.access_log.time", &["KEYPOOL_CHARGING_ACCESS_LOG_TIME"], ValueKind::Text),
    keypool_setting("charging.access_log.status", &["KEYPOOL_CHARGING_ACCESS_LOG_STATUS"], ValueKind::Text),
    keypool_setting("log.file", &["KEYPOOL_LOG_FILE"], ValueKind::Path),
    keypool_setting("log.level", &["KEYPOOL_LOG_LEVEL"], ValueKind::OneOf(LOG_LEVELS)),
];

/// Other names of settings in files, each with the name of the setting. A setting's own name overrides them.
const ALIASES: &[(&str, &str)] = &[("charging.tenant_field", "charging.access_log.tenant")];

/// Returns the setting that a file names by its alias.
pub(super) fn find_alias(name: &str) -> Option<&'static SettingDef> {
    ALIASES.iter().find(|(alias, _)| *alias == name).and_then(|(_, name)| find_setting(name))
}

pub(super) fn find_setting(name: &str) -> Option<&'static SettingDef> {
    SETTINGS.iter().find(|setting| setting.name == name)
}

impl ValueKind {
    /// Parses a value from a file, or says what is expected.
    pub(super) fn read_toml(self, value: &DeValue<'_>) -> Result<SettingValue, String> {
        match (self, value) {
            (Self::Bool, DeValue::Boolean(on)) => Ok(SettingValue::Bool(*on)),
            (Self::Interval | Self::Count | Self::Days, DeValue::Integer(number)) => {
                self.read_text(&number.to_string())
            }
            (
                Self::Text | Self::Path | Self::OneOf(_) | Self::Interval | Self::Days | Self::Currency,
                DeValue::String(text),
            ) => self.read_text(text),
            (Self::List | Self::TenantRules, DeValue::Array(items)) => {
                let texts = items.iter().map(|item| match item.get_ref() {
                    DeValue::String(text) => Ok(text.to_string()),
                    other => Err(format!("contains {}: {}", describe_value(other), self.expected())),
                });
                self.read_list(texts.collect::<Result<_, _>>()?)
            }
            _ => Err(format!("is {}: {}", describe_value(value), self.expected())),
        }
    }

    /// Parses the text of a variable or flag, or says what is expected.
    pub(super) fn read_text(self, text: &str) -> Result<SettingValue, String> {
        let invalid = || format!("is \"{}\": {}", text.escape_debug(), self.expected());
        match self {
            Self::Text if !text.trim().is_empty() => Ok(SettingValue::Text(text.to_owned())),
            Self::Currency if Currency::new(text).is_ok() => Ok(SettingValue::Text(text.to_owned())),
            Self::Path if !text.is_empty() => Ok(SettingValue::Path(text.into())),
            Self::Bool => parse_bool(text).map(SettingValue::Bool).ok_or_else(invalid),
            Self::Interval => parse_interval(text).map(SettingValue::Interval).ok_or_else(invalid),
            Self::Count => {
                let count = text.parse().ok().filter(|count| *count > 0);
                count.map(SettingValue::Count).ok_or_else(invalid)
            }
            Self::Days => parse_days(text).map(SettingValue::Days).ok_or_else(invalid),
            Self::List | Self::TenantRules => {
                self.read_list(text.split(',').map(|part| part.trim().to_owned()).collect())
            }
            Self::OneOf(choices) if choices.contains(&text) => Ok(SettingValue::Text(text.to_owned())),
            Self::OneOf(choices) => {
                Err(format!("is \"{}\": {}", text.escape_debug(), suggest(text, choices.iter().copied())))
            }
            Self::Text | Self::Path | Self::Currency => Err(invalid()),
        }
    }

    fn read_list(self, texts: Vec<String>) -> Result<SettingValue, String> {
        if texts.is_empty() || texts.iter().any(|text| text.trim().is_empty()) {
            return Err(format!("has an empty text or none: {}", self.expected()));
        }
        if let Self::TenantRules = self {
            for text in &texts {
                text.parse::<TenantRule>().map_err(|error| format!("cannot be used: {error}"))?;
            }
        }
        Ok(SettingValue::List(texts))
    }

    const fn expected(self) -> &'static str {
        match self {
            Self::Text => "must be text that is not empty",
            Self::Path => "must be a file path",
            Self::Bool => "must be true or false",
            Self::Interval => "must be 1 to 86400 seconds, or \"off\"",
            Self::Count => "must be a whole number from 1",
            Self::Days => "must be 1 to 3650 days, or \"off\"",
            Self::Currency => "must be three capital letters, e.g. \"USD\"",
            Self::List => "must be a list of texts, e.g. [\"BasicPlan\"]",
            Self::TenantRules => "must be a list such as [\"tag:ownerId\", \"customerId\"]",
            Self::OneOf(_) => "must be one of its values",
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

fn parse_days(text: &str) -> Option<Option<u64>> {
    if text == "off" {
        return Some(None);
    }
    text.parse().ok().filter(|days| (1..=3_650).contains(days)).map(Some)
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
            Self::List(texts) => f.write_str(&texts.join(",")),
            Self::Count(count) => write!(f, "{count}"),
            Self::Days(Some(days)) => write!(f, "{days}"),
            Self::Interval(None) | Self::Days(None) => f.write_str("off"),
            Self::Interval(Some(time)) => write!(f, "{}", time.as_secs()),
        }
    }
}
