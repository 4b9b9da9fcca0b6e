//! Default, file, profile section, variables, flags: laid over one another, each value with its origin.

use std::collections::BTreeMap;
use std::path::Path;

use keypool_domain::charging::Rate;
use toml::de::{DeTable, DeValue};

use super::charging;
use super::document::{Key, Source, Written, found};
use super::hosts::{self, ApiHosts, HOSTS};
use super::known::{Known, SETTINGS, Value, known};
use super::mistake::{Mistake, Place, nearest};
use super::paths::Environment;

/// What one source says.
pub(super) type Layer = BTreeMap<&'static str, Entry>;

/// A value and where it was written; `None` leaves it to the SDK.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) value: Option<Value>,
    pub(super) place: Place,
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
    pub(super) fn read(source: &Source, mistakes: &mut Vec<Mistake>) -> Self {
        let root = source.parse(mistakes);
        let rates = charging::rates(&root, source, mistakes);
        let hosts = hosts::hosts(&root, source, mistakes);
        let mut reader = Reader { source, in_profile: false, mistakes };
        let mut layers = Self { root: reader.table(&root, ""), profiles: BTreeMap::new(), rates, hosts };
        if let Some((_, sections)) = root.iter().find(|(key, _)| key.get_ref() == SECTIONS) {
            layers.profiles = reader.profiles(sections);
        }
        layers
    }
}

/// The setting that a section cannot say, for it is chosen by it.
const PROFILE: &str = "profile";
/// The table of the sections, which TOML does not let have the name of a setting.
const SECTIONS: &str = "profiles";

struct Reader<'a> {
    source: &'a Source,
    in_profile: bool,
    mistakes: &'a mut Vec<Mistake>,
}

impl Reader<'_> {
    fn table(&mut self, table: &DeTable<'_>, prefix: &str) -> Layer {
        let mut layer = Layer::new();
        for (key, value) in table {
            let name = format!("{prefix}{}", key.get_ref());
            match (value.get_ref(), known(&name)) {
                _ if [SECTIONS, charging::RATES, HOSTS].contains(&name.as_str()) && !self.in_profile => {}
                (DeValue::Table(_), _) if name == PROFILE && !self.in_profile => {
                    let what = "`profile` is a table: a section is headed [profiles.NAME]";
                    self.mistakes.push(self.source.mistake(key.span(), what));
                }
                (DeValue::Table(group), None) if is_group(&name) => {
                    layer.extend(self.table(group, &format!("{name}.")));
                }
                (_, Some(known)) if !(name == PROFILE && self.in_profile) => {
                    self.entry(known, value, &mut layer);
                }
                (_, Some(_)) => {
                    let what = "a section cannot choose its own profile: `profile` stands above all sections";
                    self.mistakes.push(self.source.mistake(key.span(), what));
                }
                (_, None) => self.unknown(key, &name),
            }
        }
        layer
    }

    fn entry(&mut self, known: &'static Known, value: &Written<'_>, layer: &mut Layer) {
        let place = self.source.place(value.span());
        match known.kind.read_toml(value.get_ref()) {
            Ok(value) => {
                let value = Some(beside(value, &self.source.path));
                layer.insert(known.name, Entry { value, place });
            }
            Err(why) => self.mistakes.push(Mistake { place, what: format!("`{}` {why}", known.name) }),
        }
    }

    fn unknown(&mut self, key: &Key<'_>, name: &str) {
        let names =
            SETTINGS.iter().map(|known| known.name).filter(|name| !self.in_profile || *name != PROFILE);
        let what = match nearest(name, names.chain(["tables", "log", charging::RATES, HOSTS, SECTIONS])) {
            Some(meant) => format!("unknown setting `{name}`: did you mean `{meant}`?"),
            None => format!("unknown setting `{name}`: `keypool config --sample` shows all there are"),
        };
        self.mistakes.push(self.source.mistake(key.span(), what));
    }

    fn profiles(&mut self, sections: &Written<'_>) -> BTreeMap<String, Layer> {
        self.in_profile = true;
        let DeValue::Table(sections) = sections.get_ref() else {
            let what =
                format!("`profiles` is {}: a section is headed [profiles.NAME]", found(sections.get_ref()));
            self.mistakes.push(self.source.mistake(sections.span(), what));
            return BTreeMap::new();
        };
        let mut profiles = BTreeMap::new();
        for (name, section) in sections {
            match section.get_ref() {
                DeValue::Table(section) => {
                    profiles.insert(name.get_ref().to_string(), self.table(section, ""));
                }
                other => {
                    let what = format!(
                        "`profiles.{}` is {}: a section is headed [profiles.NAME]",
                        name.get_ref(),
                        found(other)
                    );
                    self.mistakes.push(self.source.mistake(section.span(), what));
                }
            }
        }
        profiles
    }
}

fn is_group(name: &str) -> bool {
    let names = SETTINGS.iter().map(|known| known.name).chain([HOSTS]);
    names.into_iter().any(|known| known.split_once('.').is_some_and(|(group, _)| group == name))
}

/// A relative path in a file starts at that file's folder.
fn beside(value: Value, file: &Path) -> Value {
    match value {
        Value::Path(path) => Value::Path(file.parent().unwrap_or(Path::new("")).join(path)),
        other => other,
    }
}

/// What the environment says.
pub(super) fn variables(environment: &Environment, mistakes: &mut Vec<Mistake>) -> Layer {
    let mut layer = Layer::new();
    for known in SETTINGS {
        let set = known.variables.iter().find_map(|name| Some((*name, environment.variable(name)?)));
        let Some((name, text)) = set else { continue };
        let place = Place::Variable(name.to_owned());
        said(known, text, place, &mut layer, mistakes);
    }
    if environment.variable("NO_COLOR").is_some() {
        let place = Place::Variable("NO_COLOR".to_owned());
        layer.entry("no_color").or_insert(Entry { value: Some(Value::Switch(true)), place });
    }
    misspelt(environment, mistakes);
    layer
}

/// What the command line says.
pub(super) fn flags(given: &[(&'static str, &'static str, String)], mistakes: &mut Vec<Mistake>) -> Layer {
    let mut layer = Layer::new();
    for (name, flag, text) in given {
        if let Some(known) = known(name) {
            said(known, text, Place::Flag(flag), &mut layer, mistakes);
        }
    }
    layer
}

fn said(known: &Known, text: &str, place: Place, layer: &mut Layer, mistakes: &mut Vec<Mistake>) {
    match known.kind.read_text(text) {
        Ok(value) => {
            layer.insert(known.name, Entry { value: Some(value), place });
        }
        Err(why) => mistakes.push(Mistake { place, what: why }),
    }
}

/// Variables of others may begin like ours; only what is one slip away from ours is a mistake.
fn misspelt(environment: &Environment, mistakes: &mut Vec<Mistake>) {
    let ours =
        || SETTINGS.iter().flat_map(|known| known.variables).filter(|name| name.starts_with("KEYPOOL_"));
    for name in environment.names().filter(|name| name.starts_with("KEYPOOL_")) {
        let near = ours().find(|known| strsim::damerau_levenshtein(name, known) <= 2);
        if let Some(known) = near.filter(|_| !ours().any(|known| *known == name)) {
            let place = Place::Variable(name.to_owned());
            mistakes.push(Mistake { place, what: format!("unknown variable: did you mean `{known}`?") });
        }
    }
}
