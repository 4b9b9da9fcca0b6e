//! Settings, read once at startup from every source. All errors are reported together.

mod charging;
mod config_error;
mod config_file;
pub(crate) mod document;
mod flags;
mod hosts;
pub mod keymap;
mod layers;
pub mod paths;
pub(crate) mod plans_file;
pub(crate) mod renamed;
mod schema;
mod stage_urls;
pub mod text;
pub mod theme;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use keypool_domain::charging::{AccessLogFields, Billing, Currency, Rate, Tariff};
use keypool_domain::{Price, StageRef, TenantRules};

use crate::aws::{CredentialSource, PoolsLocation, Retries, TableNames, Target, WithoutTables};

use document::SourceFile;
use layers::{FileLayers, Layer, LayerEntry};
use schema::{SETTINGS, SettingValue};

pub(crate) use config_file::{TenantsTable, tenants_table};

pub use config_error::{ConfigError, ConfigErrors, ConfigOrigin};
pub use flags::Flags;
pub use hosts::ApiHosts;
pub use keymap::{BindableActions, KeyConflict, KeyOverride};
pub use paths::Environment;
pub use stage_urls::StageUrl;
pub use theme::{Paint, Role, Theme};

/// The annotated default settings: defaults, documentation and sample in one file.
pub const SAMPLE: &str = include_str!("settings/default.toml");

/// The settings in effect.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// Which AWS to connect to. With `--demo` the endpoint is filled in once the local AWS runs.
    pub target: Target,
    /// The profile in use, whether keypool or the SDK reads it.
    pub profile: Option<String>,
    /// Whether to start the local AWS.
    pub demo: bool,
    /// Whether every write is refused.
    pub read_only: bool,
    /// Whether the console asks the user to type a name or number before it deletes anything.
    pub production: bool,
    /// config.toml, whether it exists or not; `None` without a home folder.
    pub config_file: Option<PathBuf>,
    /// The audit trail's file; `None` without a home folder.
    pub audit_file: Option<PathBuf>,
    /// Why changes are made, for the audit trail.
    pub reason: Option<String>,
    pub theme: Theme,
    /// The user's key bindings, which replace the default keys of their actions.
    pub key_overrides: Vec<KeyOverride>,
    /// The refresh interval; `None` refreshes only on request.
    pub refresh: Option<Duration>,
    pub no_color: bool,
    pub mouse: bool,
    pub ascii: bool,
    pub charging: ChargingSettings,
    /// Additional hosts that may receive the keys of an API, besides the API's own host; by REST API id.
    pub call_hosts: BTreeMap<String, ApiHosts>,
    /// The addresses of stages that are called elsewhere than at their default endpoint.
    pub stage_urls: BTreeMap<StageRef, StageUrl>,
    pub log: Option<LogSettings>,
    /// Every setting with its value and origin, in the order of `SETTINGS`.
    pub effective: Vec<EffectiveSetting>,
    /// Warnings about old names in the user's files, each with its position.
    pub warnings: Vec<String>,
}

/// The prices for calls, and how access logs name tenants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChargingSettings {
    /// The currency, and the prices of calls by plan.
    pub tariff: Tariff,
    pub access_log_fields: AccessLogFields,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogSettings {
    /// The file the log is appended to.
    pub file: PathBuf,
    /// error, warn, info, debug or trace.
    pub level: String,
}

/// A setting, its value and its origin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EffectiveSetting {
    /// The setting's name; a dot separates table and key.
    pub name: &'static str,
    /// `None` if unset, or left to the SDK.
    pub value: Option<String>,
    pub origin: ConfigOrigin,
}

/// Reads every source and returns the settings in effect, or all errors.
///
/// `actions` are the actions that `keys.toml` may bind.
pub fn load(
    flags: &Flags,
    environment: &Environment,
    actions: &BindableActions,
) -> Result<Settings, ConfigErrors> {
    let mut errors = Vec::new();
    let merged = merge_layers(flags, environment, &mut errors);
    let keys_path = environment.config_dir().map(|folder| folder.join("keys.toml"));
    let keys_source = keys_path.and_then(|path| SourceFile::open(&path, &mut errors));
    let mut warnings = Vec::new();
    let keys = keys_source
        .map(|source| keymap::read_overrides(&source, actions, &mut errors, &mut warnings))
        .unwrap_or_default();
    let theme = find_theme(&merged, environment, &mut errors);
    #[cfg(not(feature = "ssm"))]
    errors.extend(merged.missing_feature());
    if errors.is_empty() {
        let mut settings = merged.settings(flags.demo, theme, keys);
        if flags.scan {
            settings.target.scan_limit = None;
        }
        settings.target.state_folder = environment.state_dir().filter(|_| !flags.demo);
        return Ok(Settings {
            config_file: config_file::find_path(flags, environment),
            audit_file: environment.audit_file(),
            reason: flags.reason.clone(),
            warnings: warnings.iter().map(ToString::to_string).collect(),
            ..settings
        });
    }
    Err(sort_errors(errors))
}

/// Returns `value` if there are no errors, else all of them sorted by file, line and column.
pub(crate) fn or_errors<T>(value: T, errors: Vec<ConfigError>) -> Result<T, ConfigErrors> {
    if errors.is_empty() { Ok(value) } else { Err(sort_errors(errors)) }
}

fn sort_errors(mut errors: Vec<ConfigError>) -> ConfigErrors {
    errors.sort_by_key(|error| match &error.origin {
        ConfigOrigin::File { path, line, column } => (Some(path.clone()), *line, *column),
        _ => (None, 0, 0),
    });
    ConfigErrors(errors)
}

fn find_theme(merged: &MergedLayers, environment: &Environment, errors: &mut Vec<ConfigError>) -> Theme {
    match merged.layer.get("theme") {
        Some(LayerEntry { value: Some(SettingValue::Text(name)), origin }) => {
            theme::find_theme(name, origin, environment, errors)
        }
        _ => Theme::default(),
    }
}

fn merge_layers(flags: &Flags, environment: &Environment, errors: &mut Vec<ConfigError>) -> MergedLayers {
    let file = config_file::open(flags, environment, errors)
        .map(|source| FileLayers::read(&source, errors))
        .unwrap_or_default();
    let mut default = FileLayers::read(&SourceFile::new("default.toml", SAMPLE), errors).root;
    for entry in default.values_mut() {
        entry.origin = ConfigOrigin::Default;
    }
    let variables = layers::read_variables(environment, errors);
    let flag_layer = layers::read_flags(&flags.values(), errors);
    let (section, section_urls) = profile_section(&file, &variables, &flag_layer);
    let mut merged = default;
    for layer in [file.root, section, variables] {
        merged.extend(layer.into_iter().filter(|(name, _)| !(flags.demo && is_aws_setting(name))));
    }
    merged.extend(flag_layer);
    let mut stage_urls = file.stage_urls;
    stage_urls.extend(section_urls);
    let mut hosts = file.hosts;
    if flags.demo {
        hosts.clear();
        stage_urls.clear();
    }
    MergedLayers { layer: merged, rates: file.rates, prices: file.prices, hosts, stage_urls }
}

fn is_aws_setting(name: &str) -> bool {
    schema::find_setting(name).is_some_and(|setting| setting.is_aws)
}

/// Returns the section of the profile in use, and the addresses of stages in it.
fn profile_section(
    file: &FileLayers,
    variables: &Layer,
    flag_layer: &Layer,
) -> (Layer, BTreeMap<StageRef, StageUrl>) {
    let profile_in = |layer: &Layer| match layer.get("profile") {
        Some(LayerEntry { value: Some(SettingValue::Text(name)), .. }) => Some(name.clone()),
        _ => None,
    };
    let name = profile_in(flag_layer).or_else(|| profile_in(variables)).or_else(|| profile_in(&file.root));
    let name = name.unwrap_or_else(|| "default".to_owned());
    let urls = file.profile_stage_urls.get(&name).cloned().unwrap_or_default();
    (file.profiles.get(&name).cloned().unwrap_or_default(), urls)
}

/// All layers merged, and the rates, hosts and addresses of the file.
struct MergedLayers {
    layer: Layer,
    rates: BTreeMap<String, Rate>,
    /// Flat prices of plans, where no Plans table has them.
    prices: BTreeMap<String, Price>,
    hosts: BTreeMap<String, ApiHosts>,
    stage_urls: BTreeMap<StageRef, StageUrl>,
}

impl MergedLayers {
    fn settings(&self, demo: bool, theme: Theme, keys: Vec<KeyOverride>) -> Settings {
        Settings {
            target: self.target(demo),
            profile: self.text("profile"),
            demo,
            read_only: self.bool("readonly"),
            production: self.bool("production"),
            config_file: None,
            audit_file: None,
            reason: None,
            theme,
            key_overrides: keys,
            refresh: match self.value("refresh") {
                Some(SettingValue::Interval(time)) => *time,
                _ => None,
            },
            no_color: self.bool("no_color"),
            mouse: self.bool("mouse"),
            ascii: self.bool("ascii"),
            charging: self.charging(),
            call_hosts: self.hosts.clone(),
            stage_urls: self.stage_urls.clone(),
            log: self
                .path("log.file")
                .map(|file| LogSettings { file, level: self.text("log.level").unwrap_or_default() }),
            effective: self.effective(),
            warnings: Vec::new(),
        }
    }

    /// Returns an error if a setting needs a feature that this build lacks.
    #[cfg(not(feature = "ssm"))]
    fn missing_feature(&self) -> Option<ConfigError> {
        let LayerEntry { origin, .. } = self.layer.get("pools.parameter")?;
        let message =
            "`pools.parameter` needs a build with SSM support: `cargo build --release --features ssm`";
        Some(ConfigError { origin: origin.clone(), message: message.to_owned() })
    }

    fn charging(&self) -> ChargingSettings {
        // An invalid currency was already reported when the file was read.
        let currency = self.text("charging.currency").and_then(|code| Currency::new(&code).ok());
        let default = AccessLogFields::default();
        let access_log_fields = AccessLogFields {
            api_key: self.text("charging.access_log.api_key").unwrap_or(default.api_key),
            tenant: self.text("charging.access_log.tenant").unwrap_or(default.tenant),
            time: self.text("charging.access_log.time"),
            status: self.text("charging.access_log.status").unwrap_or(default.status),
        };
        let billing = if self.bool("charging.pro_rata") { Billing::Days } else { Billing::WholeMonths };
        let tariff = Tariff { currency: currency.unwrap_or_default(), billing, rates: self.rates.clone() };
        ChargingSettings { tariff, access_log_fields }
    }

    fn target(&self, demo: bool) -> Target {
        Target {
            profile: self.keypool_profile(),
            region: if demo { Some(DEMO_REGION.to_owned()) } else { self.text("region") },
            region_origin: self.origin("region").filter(|_| !demo),
            endpoint_url: self.text("endpoint_url"),
            endpoint_origin: self.origin("endpoint_url"),
            variables_override_endpoint: self.is_from_file("endpoint_url"),
            ca_bundle: self.path("ca_bundle"),
            ca_bundle_origin: self.origin("ca_bundle"),
            credential_process: None,
            credentials: if demo { CredentialSource::Demo } else { CredentialSource::Chain },
            tables: TableNames {
                plans: self.text("tables.plans"),
                keys: self.text("tables.keys"),
                pools: self.text("tables.pools"),
            },
            without_tables: self.without_tables(),
            scan_limit: self.value("tables.scan_limit").and_then(SettingValue::number),
            max_key_age_days: self.value("doctor.max_key_age_days").and_then(SettingValue::number),
            store_values: self.bool("store_values"),
            pools: self.pools_location(),
            call_hosts: self
                .hosts
                .iter()
                .map(|(api, api_hosts)| (api.clone(), api_hosts.hosts.clone()))
                .collect(),
            stage_urls: self.stage_urls.iter().map(|(stage, url)| (stage.clone(), url.url.clone())).collect(),
            state_folder: None,
            cache: self.bool("cache"),
            retries: Retries::Standard,
        }
    }

    fn without_tables(&self) -> WithoutTables {
        // Invalid rules were already reported when the file was read.
        let rules = self.list("tenants.from");
        let rules = rules.map(|rules| rules.iter().filter_map(|rule| rule.parse().ok()).collect());
        WithoutTables {
            tenants: rules.map(TenantRules::configured).unwrap_or_default(),
            managed_plans: self.list("tenants.plans").unwrap_or_default(),
            prices: self.prices.clone(),
        }
    }

    /// Returns where pools are stored without a Pools table; an SSM parameter overrides a file.
    fn pools_location(&self) -> Option<PoolsLocation> {
        #[cfg(feature = "ssm")]
        if let Some(name) = self.text("pools.parameter") {
            return Some(PoolsLocation::Parameter(name));
        }
        self.path("pools.file").map(PoolsLocation::File)
    }

    /// Returns the profile that is set for keypool itself. A profile from `AWS_PROFILE` is left to the SDK, which
    /// prefers credentials in environment variables to that profile.
    fn keypool_profile(&self) -> Option<String> {
        let is_set_for_keypool =
            self.layer.get("profile")?.origin != ConfigOrigin::Variable("AWS_PROFILE".to_owned());
        self.text("profile").filter(|_| is_set_for_keypool)
    }

    /// Returns the origin of a setting that has a value.
    fn origin(&self, name: &str) -> Option<String> {
        let entry = self.layer.get(name)?;
        entry.value.as_ref().map(|_| entry.origin.to_string())
    }

    fn is_from_file(&self, name: &str) -> bool {
        self.layer.get(name).is_some_and(|entry| matches!(entry.origin, ConfigOrigin::File { .. }))
    }

    fn effective(&self) -> Vec<EffectiveSetting> {
        let effective_setting = |name| match self.layer.get(name) {
            Some(entry) => EffectiveSetting {
                name,
                value: entry.value.as_ref().map(ToString::to_string),
                origin: entry.origin.clone(),
            },
            None => EffectiveSetting { name, value: None, origin: ConfigOrigin::Default },
        };
        SETTINGS.iter().map(|setting| effective_setting(setting.name)).collect()
    }

    fn value(&self, name: &str) -> Option<&SettingValue> {
        self.layer.get(name)?.value.as_ref()
    }

    fn text(&self, name: &str) -> Option<String> {
        match self.value(name) {
            Some(SettingValue::Text(text)) => Some(text.clone()),
            _ => None,
        }
    }

    fn list(&self, name: &str) -> Option<Vec<String>> {
        match self.value(name) {
            Some(SettingValue::List(texts)) => Some(texts.clone()),
            _ => None,
        }
    }

    fn path(&self, name: &str) -> Option<PathBuf> {
        match self.value(name) {
            Some(SettingValue::Path(path)) => Some(path.clone()),
            _ => None,
        }
    }

    fn bool(&self, name: &str) -> bool {
        matches!(self.value(name), Some(SettingValue::Bool(true)))
    }
}

/// The region of the local AWS's sample data.
const DEMO_REGION: &str = "us-east-1";

#[cfg(test)]
mod tests;
