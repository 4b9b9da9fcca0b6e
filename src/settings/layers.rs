//! Layers of settings: defaults, file, profile section, variables and flags. Each value has its origin.

use std::collections::BTreeMap;
use std::path::Path;

use keypool_domain::charging::Rate;
use keypool_domain::{Price, StageRef};
use toml::de::{DeTable, DeValue};

use super::charging;
use super::config_error::{ConfigError, ConfigOrigin, closest_match};
use super::document::{SourceFile, TomlKey, TomlValue, describe_value};
use super::hosts::{self, ApiHosts, HOSTS_TABLE};
use super::paths::Environment;
use super::schema::{SETTINGS, SettingDef, SettingValue, find_alias, find_setting};
use super::stage_urls::{self, API_TABLE, StageUrl};

/// The settings of one source.
pub(super) type Layer = BTreeMap<&'static str, LayerEntry>;

/// The value of a setting and its origin; without a value, the setting is left to the SDK.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct LayerEntry {
    pub(super) value: Option<SettingValue>,
    pub(super) origin: ConfigOrigin,
}

/// The settings of a file: its root, and its profile sections.
#[derive(Debug, Default)]
pub(super) struct FileLayers {
    pub(super) root: Layer,
    pub(super) profiles: BTreeMap<String, Layer>,
    /// Call prices by plan.
    pub(super) rates: BTreeMap<String, Rate>,
    /// Flat prices by plan, where no Plans table has them.
    pub(super) prices: BTreeMap<String, Price>,
    /// Additional hosts that may receive the keys of an API, by REST API id.
    pub(super) hosts: BTreeMap<String, ApiHosts>,
    pub(super) stage_urls: BTreeMap<StageRef, StageUrl>,
    /// The addresses of stages in each profile section.
    pub(super) profile_stage_urls: BTreeMap<String, BTreeMap<StageRef, StageUrl>>,
}

impl FileLayers {
    pub(super) fn read(source: &SourceFile, errors: &mut Vec<ConfigError>) -> Self {
        let root = source.parse(errors);
        let (rates, prices) = charging::read_rates(&root, source, errors);
        let hosts = hosts::read_hosts(&root, source, errors);
        let stage_urls = stage_urls::read_stage_urls(&root, source, errors);
        let sections = root.iter().find(|(key, _)| key.get_ref() == PROFILES_TABLE).map(|(_, value)| value);
        let tables = sections.and_then(|sections| sections.get_ref().as_table()).into_iter().flatten();
        let mut profile_stage_urls = BTreeMap::new();
        for (name, section) in tables {
            if let Some(section) = section.get_ref().as_table() {
                let urls = stage_urls::read_stage_urls(section, source, errors);
                profile_stage_urls.insert(name.get_ref().to_string(), urls);
            }
        }
        let mut reader = LayerReader { source, in_profile: false, errors };
        let mut layers = Self {
            root: reader.read_table(&root, ""),
            profiles: BTreeMap::new(),
            rates,
            prices,
            hosts,
            stage_urls,
            profile_stage_urls,
        };
        if let Some(sections) = sections {
            layers.profiles = reader.read_profiles(sections);
        }
        layers
    }
}

/// The setting that selects the profile section, so a section cannot contain it.
const PROFILE_SETTING: &str = "profile";
/// The table of the profile sections. TOML does not allow it to have the same name as the `profile` setting.
const PROFILES_TABLE: &str = "profiles";

struct LayerReader<'a> {
    source: &'a SourceFile,
    in_profile: bool,
    errors: &'a mut Vec<ConfigError>,
}

impl LayerReader<'_> {
    fn read_table(&mut self, table: &DeTable<'_>, prefix: &str) -> Layer {
        let (mut layer, mut aliases) = (Layer::new(), Layer::new());
        for (key, value) in table {
            let name = format!("{prefix}{}", key.get_ref());
            match (value.get_ref(), find_setting(&name)) {
                _ if [PROFILES_TABLE, charging::RATES_TABLE, HOSTS_TABLE].contains(&name.as_str())
                    && !self.in_profile => {}
                _ if name == API_TABLE => {}
                (DeValue::Table(_), _) if name == PROFILE_SETTING && !self.in_profile => {
                    let message = "`profile` is a table: write profile sections as [profiles.NAME]";
                    self.errors.push(self.source.error(key.span(), message));
                }
                (DeValue::Table(group), None) if is_group(&name) => {
                    layer.extend(self.read_table(group, &format!("{name}.")));
                }
                (_, Some(setting)) if !(name == PROFILE_SETTING && self.in_profile) => {
                    self.read_entry(setting, value, &mut layer);
                }
                (_, Some(_)) => {
                    let message = "a profile section cannot set `profile`: set it above all sections";
                    self.errors.push(self.source.error(key.span(), message));
                }
                (_, None) => match find_alias(&name) {
                    Some(setting) => {
                        let mut alias = Layer::new();
                        self.read_entry(setting, value, &mut alias);
                        aliases.extend(alias);
                    }
                    None => self.unknown_setting(key, &name),
                },
            }
        }
        aliases.extend(layer);
        aliases
    }

    fn read_entry(&mut self, setting: &'static SettingDef, value: &TomlValue<'_>, layer: &mut Layer) {
        let origin = self.source.origin(value.span());
        match setting.kind.read_toml(value.get_ref()) {
            Ok(value) => {
                let value = Some(resolve_path(value, &self.source.path));
                layer.insert(setting.name, LayerEntry { value, origin });
            }
            Err(error) => {
                self.errors.push(ConfigError { origin, message: format!("`{}` {error}", setting.name) })
            }
        }
    }

    fn unknown_setting(&mut self, key: &TomlKey<'_>, name: &str) {
        let names = SETTINGS
            .iter()
            .map(|setting| setting.name)
            .filter(|name| !self.in_profile || *name != PROFILE_SETTING);
        let message = match closest_match(
            name,
            names.chain(["tables", "log", charging::RATES_TABLE, HOSTS_TABLE, API_TABLE, PROFILES_TABLE]),
        ) {
            Some(suggestion) => format!("unknown setting `{name}`: did you mean `{suggestion}`?"),
            None => format!("unknown setting `{name}`: `keypool config --sample` shows all settings"),
        };
        self.errors.push(self.source.error(key.span(), message));
    }

    fn read_profiles(&mut self, sections: &TomlValue<'_>) -> BTreeMap<String, Layer> {
        self.in_profile = true;
        let DeValue::Table(sections) = sections.get_ref() else {
            let message = format!(
                "`profiles` is {}: write profile sections as [profiles.NAME]",
                describe_value(sections.get_ref())
            );
            self.errors.push(self.source.error(sections.span(), message));
            return BTreeMap::new();
        };
        let mut profiles = BTreeMap::new();
        for (name, section) in sections {
            match section.get_ref() {
                DeValue::Table(section) => {
                    profiles.insert(name.get_ref().to_string(), self.read_table(section, ""));
                }
                other => {
                    let message = format!(
                        "`profiles.{}` is {}: write profile sections as [profiles.NAME]",
                        name.get_ref(),
                        describe_value(other)
                    );
                    self.errors.push(self.source.error(section.span(), message));
                }
            }
        }
        profiles
    }
}

fn is_group(name: &str) -> bool {
    let mut names = SETTINGS.iter().map(|setting| setting.name).chain([HOSTS_TABLE]);
    names.any(|setting| setting.strip_prefix(name).is_some_and(|rest| rest.starts_with('.')))
}

/// Resolves relative paths against the file's folder.
fn resolve_path(value: SettingValue, file: &Path) -> SettingValue {
    match value {
        SettingValue::Path(path) => SettingValue::Path(file.parent().unwrap_or(Path::new("")).join(path)),
        other => other,
    }
}

/// Reads the environment variables.
pub(super) fn read_variables(environment: &Environment, errors: &mut Vec<ConfigError>) -> Layer {
    let mut layer = Layer::new();
    for setting in SETTINGS {
        let found = setting.variables.iter().find_map(|name| Some((*name, environment.variable(name)?)));
        let Some((name, text)) = found else { continue };
        let origin = ConfigOrigin::Variable(name.to_owned());
        set_value(setting, text, origin, &mut layer, errors);
    }
    if environment.variable("NO_COLOR").is_some() {
        let origin = ConfigOrigin::Variable("NO_COLOR".to_owned());
        layer.entry("no_color").or_insert(LayerEntry { value: Some(SettingValue::Bool(true)), origin });
    }
    check_misspelt_variables(environment, errors);
    layer
}

/// Reads the flags of the command line: for each, the setting, the flag and its text.
pub(super) fn read_flags(
    flags: &[(&'static str, &'static str, String)],
    errors: &mut Vec<ConfigError>,
) -> Layer {
    let mut layer = Layer::new();
    for (name, flag, text) in flags {
        if let Some(setting) = find_setting(name) {
            set_value(setting, text, ConfigOrigin::Flag(flag), &mut layer, errors);
        }
    }
    layer
}

fn set_value(
    setting: &SettingDef,
    text: &str,
    origin: ConfigOrigin,
    layer: &mut Layer,
    errors: &mut Vec<ConfigError>,
) {
    match setting.kind.read_text(text) {
        Ok(value) => {
            layer.insert(setting.name, LayerEntry { value: Some(value), origin });
        }
        Err(error) => errors.push(ConfigError { origin, message: error }),
    }
}

/// Reports environment variables whose names look like misspelt keypool variables. All others are ignored,
/// because other programs may use the prefix too.
fn check_misspelt_variables(environment: &Environment, errors: &mut Vec<ConfigError>) {
    let keypool_variables =
        || SETTINGS.iter().flat_map(|setting| setting.variables).filter(|name| name.starts_with("KEYPOOL_"));
    for name in environment.variable_names().filter(|name| name.starts_with("KEYPOOL_")) {
        let similar = keypool_variables().find(|variable| strsim::damerau_levenshtein(name, variable) <= 2);
        if let Some(variable) = similar.filter(|_| !keypool_variables().any(|variable| *variable == name)) {
            let origin = ConfigOrigin::Variable(name.to_owned());
            errors.push(ConfigError {
                origin,
                message: format!("unknown variable: did you mean `{variable}`?"),
            });
        }
    }
}
