//! What a person configured: read once at the start, from every source, with all mistakes told together.

mod charging;
pub(crate) mod document;
mod flags;
mod hosts;
pub mod keymap;
mod known;
mod layers;
mod mistake;
pub mod paths;
pub(crate) mod plans_file;
pub(crate) mod renamed;
pub mod text;
pub mod theme;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use keypool_domain::charging::{Currency, Rate, Tariff};

use crate::aws::{Credentials, PoolsPlace, Retries, TableNames, Target};

use document::Source;
use known::{SETTINGS, Value};
use layers::{Entry, FileLayers, Layer};

pub use flags::Flags;
pub use hosts::ApiHosts;
pub use keymap::{Actions, Clash, OwnKeys};
pub use mistake::{Mistake, Mistakes, Place};
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
    pub keys: Vec<OwnKeys>,
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
    pub hosts: BTreeMap<String, ApiHosts>,
    /// The log that was asked for.
    pub log: Option<Log>,
    /// Every setting with its value and origin, in the order of the sample.
    pub in_force: Vec<InForce>,
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
pub struct Log {
    /// The file that is appended to.
    pub file: PathBuf,
    /// error, warn, info, debug or trace.
    pub level: String,
}

/// A setting, its value and where that comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InForce {
    /// The setting's name; a dot is a table.
    pub name: &'static str,
    /// Its value; `None` where nothing is said, or where it is left to the SDK.
    pub value: Option<String>,
    /// Where the value is written.
    pub place: Place,
}

/// Reads every source and says what is in force, or everything that is wrong.
///
/// `actions` are those that `keys.toml` may bind.
pub fn load(flags: &Flags, environment: &Environment, actions: &Actions) -> Result<Settings, Mistakes> {
    let mut mistakes = Vec::new();
    let merged = merge(flags, environment, &mut mistakes);
    let keys = environment.config_dir().map(|folder| folder.join("keys.toml"));
    let keys = keys.and_then(|path| Source::open(&path, &mut mistakes));
    let mut warnings = Vec::new();
    let keys =
        keys.map(|source| keymap::read(&source, actions, &mut mistakes, &mut warnings)).unwrap_or_default();
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
    Err(in_order(mistakes))
}

/// What was read, where nothing is wrong with it; or everything that is, in the order of the places.
pub(crate) fn sound<T>(read: T, mistakes: Vec<Mistake>) -> Result<T, Mistakes> {
    if mistakes.is_empty() { Ok(read) } else { Err(in_order(mistakes)) }
}

fn in_order(mut mistakes: Vec<Mistake>) -> Mistakes {
    mistakes.sort_by_key(|mistake| match &mistake.place {
        Place::File { path, line, column } => (Some(path.clone()), *line, *column),
        _ => (None, 0, 0),
    });
    Mistakes(mistakes)
}

fn theme(merged: &Merged, environment: &Environment, mistakes: &mut Vec<Mistake>) -> Theme {
    match merged.0.get("theme") {
        Some(Entry { value: Some(Value::Text(name)), place }) => {
            theme::find(name, place, environment, mistakes)
        }
        _ => Theme::default(),
    }
}

fn merge(flags: &Flags, environment: &Environment, mistakes: &mut Vec<Mistake>) -> Merged {
    let file = config_file(flags, environment, mistakes)
        .map(|source| FileLayers::read(&source, mistakes))
        .unwrap_or_default();
    let mut default = FileLayers::read(&Source::new("default.toml", SAMPLE), mistakes).root;
    for entry in default.values_mut() {
        entry.place = Place::Default;
    }
    let variables = layers::variables(environment, mistakes);
    let given = layers::flags(&flags.given(), mistakes);
    let section = section(&file, &variables, &given);
    let mut merged = default;
    for layer in [file.root, section, variables] {
        merged.extend(layer.into_iter().filter(|(name, _)| !(flags.demo && is_of_aws(name))));
    }
    merged.extend(given);
    let hosts = if flags.demo { BTreeMap::new() } else { file.hosts };
    Merged(merged, file.rates, hosts)
}

fn is_of_aws(name: &str) -> bool {
    known::known(name).is_some_and(|known| known.of_aws)
}

fn config_file(flags: &Flags, environment: &Environment, mistakes: &mut Vec<Mistake>) -> Option<Source> {
    let named = match (&flags.config, environment.variable("KEYPOOL_CONFIG")) {
        (Some(path), _) => Some((path.clone(), Place::Flag("--config"))),
        (None, Some(path)) => Some((PathBuf::from(path), Place::Variable("KEYPOOL_CONFIG".to_owned()))),
        (None, None) => None,
    };
    let Some((path, place)) = named else {
        return Source::open(&environment.config_dir()?.join("config.toml"), mistakes);
    };
    let source = Source::open(&path, mistakes);
    if source.is_none() && !path.exists() && !document::leads_nowhere(&path) {
        mistakes.push(Mistake { place, what: format!("there is no file {}", path.display()) });
    }
    source
}

/// The section of the profile in force.
fn section(file: &FileLayers, variables: &Layer, given: &Layer) -> Layer {
    let said = |layer: &Layer| match layer.get("profile") {
        Some(Entry { value: Some(Value::Text(name)), .. }) => Some(name.clone()),
        _ => None,
    };
    let name = said(given).or_else(|| said(variables)).or_else(|| said(&file.root));
    let name = name.unwrap_or_else(|| "default".to_owned());
    file.profiles.get(&name).cloned().unwrap_or_default()
}

/// All layers laid over one another, and the rates and hosts of the file.
struct Merged(Layer, BTreeMap<String, Rate>, BTreeMap<String, ApiHosts>);

impl Merged {
    fn settings(&self, demo: bool, theme: Theme, keys: Vec<OwnKeys>) -> Settings {
        Settings {
            target: self.target(demo),
            profile: self.text("profile"),
            demo,
            read_only: self.switch("readonly"),
            production: self.switch("production"),
            audit_file: None,
            reason: None,
            theme,
            keys,
            refresh: match self.value("refresh") {
                Some(Value::Every(time)) => *time,
                _ => None,
            },
            no_color: self.switch("no_color"),
            mouse: self.switch("mouse"),
            ascii: self.switch("ascii"),
            charging: self.charging(),
            hosts: self.2.clone(),
            log: self
                .path("log.file")
                .map(|file| Log { file, level: self.text("log.level").unwrap_or_default() }),
            in_force: self.in_force(),
            warnings: Vec::new(),
        }
    }

    /// A setting that needs what this program is built without.
    #[cfg(not(feature = "ssm"))]
    fn not_built_in(&self) -> Option<Mistake> {
        let Entry { place, .. } = self.0.get("pools.parameter")?;
        let what =
            "`pools.parameter` needs a keypool that is built with it: `cargo build --release --features ssm`";
        Some(Mistake { place: place.clone(), what: what.to_owned() })
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
            profile: self.named_profile(),
            region: if demo { Some(DEMO_REGION.to_owned()) } else { self.text("region") },
            region_origin: self.origin("region").filter(|_| !demo),
            endpoint_url: self.text("endpoint_url"),
            endpoint_origin: self.origin("endpoint_url"),
            endpoint_after_variables: self.is_from_file("endpoint_url"),
            ca_bundle: self.path("ca_bundle"),
            ca_bundle_origin: self.origin("ca_bundle"),
            process: None,
            credentials: if demo { Credentials::Demo } else { Credentials::Chain },
            tables: TableNames {
                plans: self.text("tables.plans"),
                keys: self.text("tables.keys"),
                pools: self.text("tables.pools"),
            },
            store_values: self.switch("store_values"),
            pools: self.pools_place(),
            hosts: self.2.iter().map(|(api, one)| (api.clone(), one.hosts.clone())).collect(),
            state_folder: None,
            retries: Retries::Standard,
        }
    }

    /// A parameter goes before a file.
    fn pools_place(&self) -> Option<PoolsPlace> {
        #[cfg(feature = "ssm")]
        if let Some(name) = self.text("pools.parameter") {
            return Some(PoolsPlace::Parameter(name));
        }
        self.path("pools.file").map(PoolsPlace::File)
    }

    /// The profile that was named to us; the one in `AWS_PROFILE` is the SDK's, which lets credentials in variables
    /// go before it.
    fn named_profile(&self) -> Option<String> {
        let is_ours = self.0.get("profile")?.place != Place::Variable("AWS_PROFILE".to_owned());
        self.text("profile").filter(|_| is_ours)
    }

    /// Where a setting that has a value is written.
    fn origin(&self, name: &str) -> Option<String> {
        let entry = self.0.get(name)?;
        entry.value.as_ref().map(|_| entry.place.to_string())
    }

    fn is_from_file(&self, name: &str) -> bool {
        self.0.get(name).is_some_and(|entry| matches!(entry.place, Place::File { .. }))
    }

    fn in_force(&self) -> Vec<InForce> {
        let row = |name| match self.0.get(name) {
            Some(entry) => InForce {
                name,
                value: entry.value.as_ref().map(ToString::to_string),
                place: entry.place.clone(),
            },
            None => InForce { name, value: None, place: Place::Default },
        };
        SETTINGS.iter().map(|known| row(known.name)).collect()
    }

    fn value(&self, name: &str) -> Option<&Value> {
        self.0.get(name)?.value.as_ref()
    }

    fn text(&self, name: &str) -> Option<String> {
        match self.value(name) {
            Some(Value::Text(text)) => Some(text.clone()),
            _ => None,
        }
    }

    fn path(&self, name: &str) -> Option<PathBuf> {
        match self.value(name) {
            Some(Value::Path(path)) => Some(path.clone()),
            _ => None,
        }
    }

    fn switch(&self, name: &str) -> bool {
        matches!(self.value(name), Some(Value::Switch(true)))
    }
}

/// The region that the embedded AWS's sample data stands in.
const DEMO_REGION: &str = "us-east-1";

#[cfg(test)]
mod tests;
