//! What a person configured: read once at the start, from every source, with all mistakes told together.

mod charging;
mod config_error;
pub(crate) mod document;
mod flags;
mod hosts;
pub mod keymap;
mod layers;
pub mod paths;
pub(crate) mod plans_file;
pub(crate) mod renamed;
mod schema;
pub mod text;
pub mod theme;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use keypool_domain::charging::{Currency, Rate, Tariff};

use crate::aws::{CredentialSource, PoolsLocation, Retries, TableNames, Target};

use document::SourceFile;
use layers::{FileLayers, Layer, LayerEntry};
use schema::{SETTINGS, SettingValue};

pub use config_error::{ConfigError, ConfigErrors, ConfigOrigin};
pub use flags::Flags;
pub use hosts::ApiHosts;
pub use keymap::{ActionKeys, KeyConflict, KeyOverride};
pub use paths::Environment;
pub use theme::{Paint, Role, Theme};

/// The annotated defaults: default, documentation and sample in one.
pub const SAMPLE: &str = include_str!("settings/default.toml");

/// What is in force.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// Which AWS is meant; with `--demo` its endpoint is filled in when the embedded AWS runs.
    pub target: Target,
    /// The profile in force, whoever reads it: us or the SDK.
    pub profile: Option<String>,
    /// Whether the embedded AWS is to be started.
    pub demo: bool,
    /// Whether every write is refused.
    pub read_only: bool,
    /// Whether the console asks for a word to be typed before it takes something away.
    pub production: bool,
    /// The file of the audit trail, where there is a home to keep it in.
    pub audit_file: Option<PathBuf>,
    /// Why changes are made, as the audit trail has it.
    pub reason: Option<String>,
    /// What the screen looks like.
    pub theme: Theme,
    /// The keys that differ from the actions' defaults.
    pub keys: Vec<KeyOverride>,
    /// The time between two readings; `None` is by hand only.
    pub refresh: Option<Duration>,
    /// Whether colours are left out.
    pub no_color: bool,
    /// Whether the mouse is used.
    pub mouse: bool,
    /// Whether borders are ASCII.
    pub ascii: bool,
    /// What is charged, and how an access log names tenants.
    pub charging: ChargingSettings,
    /// Hosts that may be sent the keys of an API besides its own, by its id.
    pub call_hosts: BTreeMap<String, ApiHosts>,
    /// The log that was asked for.
    pub log: Option<LogSettings>,
    /// Every setting with its value and origin, in the order of the sample.
    pub effective: Vec<EffectiveSetting>,
    /// Former names in the user's files, each with its place.
    pub warnings: Vec<String>,
}

/// What is charged, and how an access log names tenants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChargingSettings {
    /// The currency, and what calls cost by plan.
    pub tariff: Tariff,
    /// The field of an access log that holds the tenant.
    pub tenant_field: String,
}

/// A log to write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogSettings {
    /// The file that is appended to.
    pub file: PathBuf,
    /// error, warn, info, debug or trace.
    pub level: String,
}

/// A setting, its value and where that comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EffectiveSetting {
    /// The setting's name; a dot is a table.
    pub name: &'static str,
    /// Its value; `None` where nothing is said, or where it is left to the SDK.
    pub value: Option<String>,
    /// Where the value is written.
    pub origin: ConfigOrigin,
}

/// Reads every source and says what is in force, or everything that is wrong.
///
/// `actions` are those that `keys.toml` may bind.
pub fn load(
    flags: &Flags,
    environment: &Environment,
    actions: &ActionKeys,
) -> Result<Settings, ConfigErrors> {
    let mut mistakes = Vec::new();
    let merged = merge_layers(flags, environment, &mut mistakes);
    let keys = environment.config_dir().map(|folder| folder.join("keys.toml"));
    let keys = keys.and_then(|path| SourceFile::open(&path, &mut mistakes));
    let mut warnings = Vec::new();
    let keys = keys
        .map(|source| keymap::read_overrides(&source, actions, &mut mistakes, &mut warnings))
        .unwrap_or_default();
    let theme = theme(&merged, environment, &mut mistakes);
    #[cfg(not(feature = "ssm"))]
    mistakes.extend(merged.not_built_in());
    if mistakes.is_empty() {
        let mut settings = merged.settings(flags.demo, theme, keys);
        settings.target.state_folder = environment.state_dir().filter(|_| !flags.demo);
        return Ok(Settings {
            audit_file: environment.audit_file(),
            reason: flags.reason.clone(),
            warnings: warnings.iter().map(ToString::to_string).collect(),
            ..settings
        });
    }
    Err(sort_errors(mistakes))
}

/// What was read, where nothing is wrong with it; or everything that is, in the order of the places.
pub(crate) fn or_errors<T>(read: T, mistakes: Vec<ConfigError>) -> Result<T, ConfigErrors> {
    if mistakes.is_empty() { Ok(read) } else { Err(sort_errors(mistakes)) }
}

fn sort_errors(mut mistakes: Vec<ConfigError>) -> ConfigErrors {
    mistakes.sort_by_key(|mistake| match &mistake.origin {
        ConfigOrigin::File { path, line, column } => (Some(path.clone()), *line, *column),
        _ => (None, 0, 0),
    });
    ConfigErrors(mistakes)
}

fn theme(merged: &MergedLayers, environment: &Environment, mistakes: &mut Vec<ConfigError>) -> Theme {
    match merged.0.get("theme") {
        Some(LayerEntry { value: Some(SettingValue::Text(name)), origin: place }) => {
            theme::find_theme(name, place, environment, mistakes)
        }
        _ => Theme::default(),
    }
}

fn merge_layers(flags: &Flags, environment: &Environment, mistakes: &mut Vec<ConfigError>) -> MergedLayers {
    let file = open_config_file(flags, environment, mistakes)
        .map(|source| FileLayers::read(&source, mistakes))
        .unwrap_or_default();
    let mut default = FileLayers::read(&SourceFile::new("default.toml", SAMPLE), mistakes).root;
    for entry in default.values_mut() {
        entry.origin = ConfigOrigin::Default;
    }
    let variables = layers::read_variables(environment, mistakes);
    let given = layers::read_flags(&flags.values(), mistakes);
    let section = profile_section(&file, &variables, &given);
    let mut merged = default;
    for layer in [file.root, section, variables] {
        merged.extend(layer.into_iter().filter(|(name, _)| !(flags.demo && is_aws_setting(name))));
    }
    merged.extend(given);
    let hosts = if flags.demo { BTreeMap::new() } else { file.hosts };
    MergedLayers(merged, file.rates, hosts)
}

fn is_aws_setting(name: &str) -> bool {
    schema::find_setting(name).is_some_and(|known| known.is_aws)
}

fn open_config_file(
    flags: &Flags,
    environment: &Environment,
    mistakes: &mut Vec<ConfigError>,
) -> Option<SourceFile> {
    let named = match (&flags.config, environment.variable("KEYPOOL_CONFIG")) {
        (Some(path), _) => Some((path.clone(), ConfigOrigin::Flag("--config"))),
        (None, Some(path)) => {
            Some((PathBuf::from(path), ConfigOrigin::Variable("KEYPOOL_CONFIG".to_owned())))
        }
        (None, None) => None,
    };
    let Some((path, place)) = named else {
        return SourceFile::open(&environment.config_dir()?.join("config.toml"), mistakes);
    };
    let source = SourceFile::open(&path, mistakes);
    if source.is_none() && !path.exists() && !document::is_dangling_link(&path) {
        mistakes.push(ConfigError { origin: place, message: format!("there is no file {}", path.display()) });
    }
    source
}

/// The section of the profile in force.
fn profile_section(file: &FileLayers, variables: &Layer, given: &Layer) -> Layer {
    let said = |layer: &Layer| match layer.get("profile") {
        Some(LayerEntry { value: Some(SettingValue::Text(name)), .. }) => Some(name.clone()),
        _ => None,
    };
    let name = said(given).or_else(|| said(variables)).or_else(|| said(&file.root));
    let name = name.unwrap_or_else(|| "default".to_owned());
    file.profiles.get(&name).cloned().unwrap_or_default()
}

/// All layers laid over one another, and the rates and hosts of the file.
struct MergedLayers(Layer, BTreeMap<String, Rate>, BTreeMap<String, ApiHosts>);

impl MergedLayers {
    fn settings(&self, demo: bool, theme: Theme, keys: Vec<KeyOverride>) -> Settings {
        Settings {
            target: self.target(demo),
            profile: self.text("profile"),
            demo,
            read_only: self.bool("readonly"),
            production: self.bool("production"),
            audit_file: None,
            reason: None,
            theme,
            keys,
            refresh: match self.value("refresh") {
                Some(SettingValue::Interval(time)) => *time,
                _ => None,
            },
            no_color: self.bool("no_color"),
            mouse: self.bool("mouse"),
            ascii: self.bool("ascii"),
            charging: self.charging(),
            call_hosts: self.2.clone(),
            log: self
                .path("log.file")
                .map(|file| LogSettings { file, level: self.text("log.level").unwrap_or_default() }),
            effective: self.effective(),
            warnings: Vec::new(),
        }
    }

    /// A setting that needs what this program is built without.
    #[cfg(not(feature = "ssm"))]
    fn not_built_in(&self) -> Option<ConfigError> {
        let LayerEntry { origin, .. } = self.0.get("pools.parameter")?;
        let what =
            "`pools.parameter` needs a keypool that is built with it: `cargo build --release --features ssm`";
        Some(ConfigError { origin: origin.clone(), message: what.to_owned() })
    }

    fn charging(&self) -> ChargingSettings {
        // What is no currency was told of when it was read.
        let currency = self.text("charging.currency").and_then(|code| Currency::new(&code).ok());
        let tenant_field = self.text("charging.tenant_field").unwrap_or_else(|| "tenant".to_owned());
        let tariff = Tariff { currency: currency.unwrap_or_default(), rates: self.1.clone() };
        ChargingSettings { tariff, tenant_field }
    }

    fn target(&self, demo: bool) -> Target {
        Target {
            profile: self.own_profile(),
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
            store_values: self.bool("store_values"),
            pools: self.pools_location(),
            call_hosts: self.2.iter().map(|(api, one)| (api.clone(), one.hosts.clone())).collect(),
            state_folder: None,
            retries: Retries::Standard,
        }
    }

    /// A parameter goes before a file.
    fn pools_location(&self) -> Option<PoolsLocation> {
        #[cfg(feature = "ssm")]
        if let Some(name) = self.text("pools.parameter") {
            return Some(PoolsLocation::Parameter(name));
        }
        self.path("pools.file").map(PoolsLocation::File)
    }

    /// The profile that was named to us; the one in `AWS_PROFILE` is the SDK's, which lets credentials in variables
    /// go before it.
    fn own_profile(&self) -> Option<String> {
        let is_ours = self.0.get("profile")?.origin != ConfigOrigin::Variable("AWS_PROFILE".to_owned());
        self.text("profile").filter(|_| is_ours)
    }

    /// Where a setting that has a value is written.
    fn origin(&self, name: &str) -> Option<String> {
        let entry = self.0.get(name)?;
        entry.value.as_ref().map(|_| entry.origin.to_string())
    }

    fn is_from_file(&self, name: &str) -> bool {
        self.0.get(name).is_some_and(|entry| matches!(entry.origin, ConfigOrigin::File { .. }))
    }

    fn effective(&self) -> Vec<EffectiveSetting> {
        let row = |name| match self.0.get(name) {
            Some(entry) => EffectiveSetting {
                name,
                value: entry.value.as_ref().map(ToString::to_string),
                origin: entry.origin.clone(),
            },
            None => EffectiveSetting { name, value: None, origin: ConfigOrigin::Default },
        };
        SETTINGS.iter().map(|known| row(known.name)).collect()
    }

    fn value(&self, name: &str) -> Option<&SettingValue> {
        self.0.get(name)?.value.as_ref()
    }

    fn text(&self, name: &str) -> Option<String> {
        match self.value(name) {
            Some(SettingValue::Text(text)) => Some(text.clone()),
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

/// The region that the embedded AWS's sample data stands in.
const DEMO_REGION: &str = "us-east-1";

#[cfg(test)]
mod tests;
