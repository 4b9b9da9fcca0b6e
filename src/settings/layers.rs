//! Default, file, profile section, variables, flags: laid over one another, each value with its origin.

use std::collections::BTreeMap;
use std::path::Path;

use keypool_domain::charging::Rate;
use toml::de::{DeTable, DeValue};

use super::charging;
use super::config_error::{ConfigError, ConfigOrigin, closest_match};
use super::document::{SourceFile, TomlKey, TomlValue, describe_value};
use super::hosts::{self, ApiHosts, HOSTS_TABLE};
use super::paths::Environment;
use super::schema::{SETTINGS, SettingDef, SettingValue, find_setting};

/// What one source says.
pub(super) type Layer = BTreeMap<&'static str, LayerEntry>;

/// A value and where it was written; `None` leaves it to the SDK.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct LayerEntry {
    pub(super) value: Option<SettingValue>,
    pub(super) origin: ConfigOrigin,
}

/// What a file says: its root, and its profile sections.
#[derive(Debug, Default)]
pub(super) struct FileLayers {
    pub(super) root: Layer,
    pub(super) profiles: BTreeMap<String, Layer>,
    /// What calls cost, by plan.
    pub(super) rates: BTreeMap<String, Rate>,
    /// Hosts that may be sent the keys of an API, by its id.
    pub(super) hosts: BTreeMap<String, ApiHosts>,
}

impl FileLayers {
    pub(super) fn read(source: &SourceFile, mistakes: &mut Vec<ConfigError>) -> Self {
        let root = source.parse(mistakes);
        let rates = charging::read_rates(&root, source, mistakes);
        let hosts = hosts::hosts(&root, source, mistakes);
        let mut reader = LayerReader { source, in_profile: false, mistakes };
        let mut layers = Self { root: reader.read_table(&root, ""), profiles: BTreeMap::new(), rates, hosts };
        if let Some((_, sections)) = root.iter().find(|(key, _)| key.get_ref() == PROFILES_TABLE) {
            layers.profiles = reader.read_profiles(sections);
        }
        layers
    }
}

/// The setting that a section cannot say, for it is chosen by it.
const PROFILE_SETTING: &str = "profile";
/// The table of the sections, which TOML does not let have the name of a setting.
const PROFILES_TABLE: &str = "profiles";

struct LayerReader<'a> {
    source: &'a SourceFile,
    in_profile: bool,
    mistakes: &'a mut Vec<ConfigError>,
}

impl LayerReader<'_> {
    fn read_table(&mut self, table: &DeTable<'_>, prefix: &str) -> Layer {
        let mut layer = Layer::new();
        for (key, value) in table {
            let name = format!("{prefix}{}", key.get_ref());
            match (value.get_ref(), find_setting(&name)) {
                _ if [PROFILES_TABLE, charging::RATES_TABLE, HOSTS_TABLE].contains(&name.as_str())
                    && !self.in_profile => {}
                (DeValue::Table(_), _) if name == PROFILE_SETTING && !self.in_profile => {
                    let what = "`profile` is a table: a section is headed [profiles.NAME]";
                    self.mistakes.push(self.source.error(key.span(), what));
                }
                (DeValue::Table(group), None) if is_group(&name) => {
                    layer.extend(self.read_table(group, &format!("{name}.")));
                }
                (_, Some(known)) if !(name == PROFILE_SETTING && self.in_profile) => {
                    self.read_entry(known, value, &mut layer);
                }
                (_, Some(_)) => {
                    let what = "a section cannot choose its own profile: `profile` stands above all sections";
                    self.mistakes.push(self.source.error(key.span(), what));
                }
                (_, None) => self.unknown_setting(key, &name),
            }
        }
        layer
    }

    fn read_entry(&mut self, known: &'static SettingDef, value: &TomlValue<'_>, layer: &mut Layer) {
        let place = self.source.origin(value.span());
        match known.kind.read_toml(value.get_ref()) {
            Ok(value) => {
                let value = Some(resolve_path(value, &self.source.path));
                layer.insert(known.name, LayerEntry { value, origin: place });
            }
            Err(why) => {
                self.mistakes.push(ConfigError { origin: place, message: format!("`{}` {why}", known.name) })
            }
        }
    }

    fn unknown_setting(&mut self, key: &TomlKey<'_>, name: &str) {
        let names = SETTINGS
            .iter()
            .map(|known| known.name)
            .filter(|name| !self.in_profile || *name != PROFILE_SETTING);
        let what = match closest_match(
            name,
            names.chain(["tables", "log", charging::RATES_TABLE, HOSTS_TABLE, PROFILES_TABLE]),
        ) {
            Some(meant) => format!("unknown setting `{name}`: did you mean `{meant}`?"),
            None => format!("unknown setting `{name}`: `keypool config --sample` shows all there are"),
        };
        self.mistakes.push(self.source.error(key.span(), what));
    }

    fn read_profiles(&mut self, sections: &TomlValue<'_>) -> BTreeMap<String, Layer> {
        self.in_profile = true;
        let DeValue::Table(sections) = sections.get_ref() else {
            let what = format!(
                "`profiles` is {}: a section is headed [profiles.NAME]",
                describe_value(sections.get_ref())
            );
            self.mistakes.push(self.source.error(sections.span(), what));
            return BTreeMap::new();
        };
        let mut profiles = BTreeMap::new();
        for (name, section) in sections {
            match section.get_ref() {
                DeValue::Table(section) => {
                    profiles.insert(name.get_ref().to_string(), self.read_table(section, ""));
                }
                other => {
                    let what = format!(
                        "`profiles.{}` is {}: a section is headed [profiles.NAME]",
                        name.get_ref(),
                        describe_value(other)
                    );
                    self.mistakes.push(self.source.error(section.span(), what));
                }
            }
        }
        profiles
    }
}

fn is_group(name: &str) -> bool {
    let names = SETTINGS.iter().map(|known| known.name).chain([HOSTS_TABLE]);
    names.into_iter().any(|known| known.split_once('.').is_some_and(|(group, _)| group == name))
}

/// A relative path in a file starts at that file's folder.
fn resolve_path(value: SettingValue, file: &Path) -> SettingValue {
    match value {
        SettingValue::Path(path) => SettingValue::Path(file.parent().unwrap_or(Path::new("")).join(path)),
        other => other,
    }
}

/// What the environment says.
pub(super) fn read_variables(environment: &Environment, mistakes: &mut Vec<ConfigError>) -> Layer {
    let mut layer = Layer::new();
    for known in SETTINGS {
        let set = known.variables.iter().find_map(|name| Some((*name, environment.variable(name)?)));
        let Some((name, text)) = set else { continue };
        let place = ConfigOrigin::Variable(name.to_owned());
        set_value(known, text, place, &mut layer, mistakes);
    }
    if environment.variable("NO_COLOR").is_some() {
        let place = ConfigOrigin::Variable("NO_COLOR".to_owned());
        layer
            .entry("no_color")
            .or_insert(LayerEntry { value: Some(SettingValue::Bool(true)), origin: place });
    }
    check_misspelt_variables(environment, mistakes);
    layer
}

/// What the command line says.
pub(super) fn read_flags(
    given: &[(&'static str, &'static str, String)],
    mistakes: &mut Vec<ConfigError>,
) -> Layer {
    let mut layer = Layer::new();
    for (name, flag, text) in given {
        if let Some(known) = find_setting(name) {
            set_value(known, text, ConfigOrigin::Flag(flag), &mut layer, mistakes);
        }
    }
    layer
}

fn set_value(
    known: &SettingDef,
    text: &str,
    place: ConfigOrigin,
    layer: &mut Layer,
    mistakes: &mut Vec<ConfigError>,
) {
    match known.kind.read_text(text) {
        Ok(value) => {
            layer.insert(known.name, LayerEntry { value: Some(value), origin: place });
        }
        Err(why) => mistakes.push(ConfigError { origin: place, message: why }),
    }
}

/// Variables of others may begin like ours; only what is one slip away from ours is a mistake.
fn check_misspelt_variables(environment: &Environment, mistakes: &mut Vec<ConfigError>) {
    let ours =
        || SETTINGS.iter().flat_map(|known| known.variables).filter(|name| name.starts_with("KEYPOOL_"));
    for name in environment.variable_names().filter(|name| name.starts_with("KEYPOOL_")) {
        let near = ours().find(|known| strsim::damerau_levenshtein(name, known) <= 2);
        if let Some(known) = near.filter(|_| !ours().any(|known| *known == name)) {
            let place = ConfigOrigin::Variable(name.to_owned());
            mistakes.push(ConfigError {
                origin: place,
                message: format!("unknown variable: did you mean `{known}`?"),
            });
        }
    }
}
