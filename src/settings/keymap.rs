//! The user's own keys: `keys.toml`, checked against the console's table of actions.

use crokey::KeyCombination;
use toml::de::{DeTable, DeValue};

use super::config_error::{ConfigError, ConfigOrigin};
use super::document::{SourceFile, TomlValue, describe_value};
use super::renamed;

/// What the console's table of actions says about keys.
#[derive(Clone)]
pub struct ActionKeys {
    /// The names of all actions.
    pub names: Vec<&'static str>,
    /// Reads a key as people write it.
    pub parse: fn(&str) -> Option<KeyCombination>,
    /// The keys that would ask for two actions at once, if these were the user's own.
    pub find_conflicts: fn(&[KeyOverride]) -> Vec<KeyConflict>,
}

/// The keys that an action has in place of its defaults; none takes its keys away.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyOverride {
    /// The action's name.
    pub action: &'static str,
    /// The keys.
    pub keys: Vec<KeyCombination>,
}

/// A key that asks for two actions in one place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyConflict {
    /// The key, as people write it.
    pub key: String,
    /// One action.
    pub first: &'static str,
    /// The other.
    pub second: &'static str,
}

/// The user's own keys, without those that are mistakes; former names of actions are warned of.
pub(super) fn read_overrides(
    source: &SourceFile,
    actions: &ActionKeys,
    mistakes: &mut Vec<ConfigError>,
    warnings: &mut Vec<ConfigError>,
) -> Vec<KeyOverride> {
    let mut own = Vec::new();
    for (heading, value) in source.parse(mistakes).iter() {
        match value.get_ref() {
            DeValue::Table(table) if heading.get_ref() == "keys" => {
                own = read_actions(source, table, actions, mistakes, warnings);
            }
            _ => mistakes.push(source.unknown_key(heading, "heading", ["keys"])),
        }
    }
    let keys: Vec<KeyOverride> = own.iter().map(|(keys, _)| keys.clone()).collect();
    let clashes = (actions.find_conflicts)(&keys);
    mistakes.extend(clashes.iter().filter_map(|clash| conflict_error(clash, &own)));
    keys
}

/// An action's keys and where its line is.
type LocatedOverride = (KeyOverride, ConfigOrigin);

fn read_actions(
    source: &SourceFile,
    table: &DeTable<'_>,
    actions: &ActionKeys,
    mistakes: &mut Vec<ConfigError>,
    warnings: &mut Vec<ConfigError>,
) -> Vec<LocatedOverride> {
    let mut lines = Vec::new();
    for (name, value) in table {
        let former = name.get_ref().as_ref();
        let present = renamed::present_name(renamed::ACTIONS, former);
        if let Some(present) = present {
            if table.contains_key(present) {
                let what =
                    format!("`{former}` is the former name of `{present}`, which is set too: remove it");
                mistakes.push(source.error(name.span(), what));
                continue;
            }
            warnings.push(source.error(name.span(), renamed::warning(former, present)));
        }
        let wanted = present.unwrap_or(former);
        match actions.names.iter().find(|action| wanted == **action) {
            Some(action) => {
                let keys = read_keys(source, value, actions, mistakes);
                lines.push((KeyOverride { action, keys }, source.origin(name.span())));
            }
            None => mistakes.push(source.unknown_key(name, "action", actions.names.iter().copied())),
        }
    }
    lines
}

fn read_keys(
    source: &SourceFile,
    value: &TomlValue<'_>,
    actions: &ActionKeys,
    mistakes: &mut Vec<ConfigError>,
) -> Vec<KeyCombination> {
    let items: Vec<&TomlValue<'_>> = match value.get_ref() {
        DeValue::Array(list) => list.iter().collect(),
        _ => vec![value],
    };
    let mut keys = Vec::new();
    for item in items {
        match item.get_ref().as_str().and_then(actions.parse) {
            Some(key) => keys.push(key),
            None => mistakes.push(source.error(
                item.span(),
                format!(
                    "{} is not a key: write one such as \"n\", \"D\", \"ctrl-s\", \"f5\" or \"enter\"",
                    describe_value(item.get_ref())
                ),
            )),
        }
    }
    keys
}

/// The mistake at the line of one of the two actions; defaults do not clash with one another.
fn conflict_error(clash: &KeyConflict, own: &[LocatedOverride]) -> Option<ConfigError> {
    let line = |name| own.iter().find(|(keys, _)| keys.action == name).map(|(_, place)| place.clone());
    let place = line(clash.second).or_else(|| line(clash.first))?;
    let KeyConflict { key, first, second } = clash;
    let what = format!("{key} asks for `{first}` and for `{second}`: give one of them another key");
    Some(ConfigError { origin: place, message: what })
}

#[cfg(test)]
mod tests;
