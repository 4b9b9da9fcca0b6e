//! The user's key bindings in `keys.toml`, checked against the console's actions.

use crokey::KeyCombination;
use toml::de::{DeTable, DeValue};

use super::config_error::{ConfigError, ConfigOrigin};
use super::document::{SourceFile, TomlValue, describe_value};
use super::renamed;

/// The facts about the console's actions that are needed to check key bindings.
#[derive(Clone)]
pub struct BindableActions {
    /// All action names.
    pub names: Vec<&'static str>,
    /// Parses a key as written in `keys.toml`.
    pub parse: fn(&str) -> Option<KeyCombination>,
    /// Returns the keys that would trigger two actions with these overrides in effect.
    pub find_conflicts: fn(&[KeyOverride]) -> Vec<KeyConflict>,
}

/// The keys that replace an action's defaults; an empty list leaves it without a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyOverride {
    pub action: &'static str,
    pub keys: Vec<KeyCombination>,
}

/// A key that triggers two actions in the same scope.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyConflict {
    /// The key as written in `keys.toml`.
    pub key: String,
    pub first: &'static str,
    pub second: &'static str,
}

/// Returns the valid overrides, and reports the others.
pub(super) fn read_overrides(
    source: &SourceFile,
    actions: &BindableActions,
    errors: &mut Vec<ConfigError>,
    warnings: &mut Vec<ConfigError>,
) -> Vec<KeyOverride> {
    let mut located = Vec::new();
    for (heading, value) in source.parse(errors).iter() {
        match value.get_ref() {
            DeValue::Table(table) if heading.get_ref() == "keys" => {
                located = read_keys_section(source, table, actions, errors, warnings);
            }
            _ => errors.push(source.unknown_key(heading, "section", ["keys"])),
        }
    }
    let overrides: Vec<KeyOverride> = located.iter().map(|(key_override, _)| key_override.clone()).collect();
    let conflicts = (actions.find_conflicts)(&overrides);
    errors.extend(conflicts.iter().filter_map(|conflict| conflict_error(conflict, &located)));
    overrides
}

/// An override and where it is written.
type LocatedOverride = (KeyOverride, ConfigOrigin);

fn read_keys_section(
    source: &SourceFile,
    table: &DeTable<'_>,
    actions: &BindableActions,
    errors: &mut Vec<ConfigError>,
    warnings: &mut Vec<ConfigError>,
) -> Vec<LocatedOverride> {
    let mut overrides = Vec::new();
    for (name, value) in table {
        let old = name.get_ref().as_ref();
        let new = renamed::current_name(renamed::ACTIONS, old);
        if let Some(new) = new {
            if table.contains_key(new) {
                let message = format!("`{old}` is the old name of `{new}`, which is set too: remove `{old}`");
                errors.push(source.error(name.span(), message));
                continue;
            }
            warnings.push(source.error(name.span(), renamed::warning(old, new)));
        }
        let current = new.unwrap_or(old);
        match actions.names.iter().find(|action| current == **action) {
            Some(action) => {
                let keys = read_keys(source, value, actions, errors);
                overrides.push((KeyOverride { action, keys }, source.origin(name.span())));
            }
            None => errors.push(source.unknown_key(name, "action", actions.names.iter().copied())),
        }
    }
    overrides
}

fn read_keys(
    source: &SourceFile,
    value: &TomlValue<'_>,
    actions: &BindableActions,
    errors: &mut Vec<ConfigError>,
) -> Vec<KeyCombination> {
    let items: Vec<&TomlValue<'_>> = match value.get_ref() {
        DeValue::Array(list) => list.iter().collect(),
        _ => vec![value],
    };
    let mut keys = Vec::new();
    for item in items {
        match item.get_ref().as_str().and_then(actions.parse) {
            Some(key) => keys.push(key),
            None => errors.push(source.error(
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

/// Reports a conflict at the line of one of its actions. Defaults never conflict with each other.
fn conflict_error(conflict: &KeyConflict, overrides: &[LocatedOverride]) -> Option<ConfigError> {
    let origin_of =
        |name| overrides.iter().find(|(binding, _)| binding.action == name).map(|(_, origin)| origin.clone());
    let origin = origin_of(conflict.second).or_else(|| origin_of(conflict.first))?;
    let KeyConflict { key, first, second } = conflict;
    let message = format!("{key} is bound to both `{first}` and `{second}`: change one of them");
    Some(ConfigError { origin, message })
}

#[cfg(test)]
mod tests;
