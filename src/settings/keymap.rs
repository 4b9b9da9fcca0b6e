//! The keymap: which key asks for which action, from the actions' own defaults and the user's `keys.toml`.

use crokey::KeyCombination;
use toml::de::DeValue;

use super::document::{Source, Written, found};
use super::mistake::{Mistake, Mistakes, Place};

/// An action that keys can ask for, as the console's table of actions has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bindable {
    /// Its name in `keys.toml`.
    pub id: &'static str,
    /// Where it works; the same key may mean different things in different scopes.
    pub scope: &'static str,
    /// The keys it has when nothing is said.
    pub keys: &'static [&'static str],
}

/// The scope that holds everywhere: its keys cannot be taken by another scope.
pub const EVERYWHERE: &str = "everywhere";

/// One key for one action.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Binding {
    /// The action's name.
    pub action: &'static str,
    /// Where it works.
    pub scope: &'static str,
    /// The key.
    pub key: KeyCombination,
}

/// The keys in force, in the order of the actions.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Keymap {
    bindings: Vec<Binding>,
}

impl Keymap {
    /// The defaults alone.
    pub fn of(actions: &[Bindable]) -> Result<Self, Mistakes> {
        let mut mistakes = Vec::new();
        let keymap = load(actions, None, &mut mistakes);
        if mistakes.is_empty() { Ok(keymap) } else { Err(Mistakes(mistakes)) }
    }

    /// Every binding.
    pub fn bindings(&self) -> &[Binding] {
        &self.bindings
    }

    /// The action that a key asks for in a scope; what holds everywhere comes after the scope's own.
    pub fn action(&self, scope: &str, key: KeyCombination) -> Option<&'static str> {
        let within = |scope: &str| self.bindings.iter().find(|b| b.scope == scope && b.key == key);
        within(scope).or_else(|| within(EVERYWHERE)).map(|binding| binding.action)
    }

    /// The keys of an action, in order.
    pub fn keys(&self, action: &str) -> impl Iterator<Item = KeyCombination> {
        self.bindings.iter().filter(move |binding| binding.action == action).map(|binding| binding.key)
    }
}

/// The keymap, with what the user's file says in place of an action's defaults.
pub(super) fn load(actions: &[Bindable], file: Option<&Source>, mistakes: &mut Vec<Mistake>) -> Keymap {
    let chosen = file.map(|source| read(source, actions, mistakes)).unwrap_or_default();
    let mut bound = Vec::new();
    for action in actions {
        let keys = match chosen.iter().find(|chosen| chosen.action == action.id) {
            Some(chosen) => chosen.keys.clone(),
            None => defaults(action, mistakes),
        };
        let binding = |key| Binding { action: action.id, scope: action.scope, key };
        bound.extend(keys.into_iter().map(|(key, place)| (binding(key), place)));
    }
    conflicts(&bound, mistakes);
    Keymap { bindings: bound.into_iter().map(|(binding, _)| binding).collect() }
}

fn defaults(action: &Bindable, mistakes: &mut Vec<Mistake>) -> Vec<Spelt> {
    let mut keys = Vec::new();
    for text in action.keys {
        match parse(text) {
            Some(key) => keys.push((key, Place::Default)),
            None => mistakes.push(Mistake {
                place: Place::Default,
                what: format!("`{}`: \"{text}\" is not a key", action.id),
            }),
        }
    }
    keys
}

/// A key and where it is written.
type Spelt = (KeyCombination, Place);

struct Chosen {
    action: &'static str,
    keys: Vec<Spelt>,
}

fn read(source: &Source, actions: &[Bindable], mistakes: &mut Vec<Mistake>) -> Vec<Chosen> {
    let mut chosen = Vec::new();
    for (heading, value) in source.parse(mistakes).iter() {
        let DeValue::Table(keys) = value.get_ref() else {
            mistakes.push(source.unknown(heading, "heading", ["keys"]));
            continue;
        };
        if heading.get_ref() != "keys" {
            mistakes.push(source.unknown(heading, "heading", ["keys"]));
            continue;
        }
        for (name, value) in keys {
            match actions.iter().find(|action| name.get_ref() == action.id) {
                Some(action) => {
                    chosen.push(Chosen { action: action.id, keys: read_keys(source, value, mistakes) });
                }
                None => {
                    mistakes.push(source.unknown(name, "action", actions.iter().map(|action| action.id)));
                }
            }
        }
    }
    chosen
}

fn read_keys(source: &Source, value: &Written<'_>, mistakes: &mut Vec<Mistake>) -> Vec<Spelt> {
    let items: Vec<&Written<'_>> = match value.get_ref() {
        DeValue::Array(list) => list.iter().collect(),
        _ => vec![value],
    };
    let mut keys = Vec::new();
    for item in items {
        match item.get_ref().as_str().and_then(parse) {
            Some(key) => keys.push((key, source.place(item.span()))),
            None => mistakes.push(source.mistake(
                item.span(),
                format!(
                    "{} is not a key: write one such as \"n\", \"D\", \"ctrl-s\", \"f5\" or \"enter\"",
                    found(item.get_ref())
                ),
            )),
        }
    }
    keys
}

/// Two actions that one key asks for; the user's own line is the one that is blamed.
fn conflicts(bound: &[(Binding, Place)], mistakes: &mut Vec<Mistake>) {
    for (at, (binding, place)) in bound.iter().enumerate() {
        let rival = bound[..at].iter().find(|(rival, _)| rival.clashes(binding));
        let Some((rival, rivals_place)) = rival else { continue };
        let blamed = if *place == Place::Default { rivals_place } else { place };
        let key = spell(binding.key);
        let what = format!(
            "{key} asks for `{}` and for `{}`: give one of them another key",
            rival.action, binding.action
        );
        mistakes.push(Mistake { place: blamed.clone(), what });
    }
}

impl Binding {
    fn clashes(&self, other: &Self) -> bool {
        let meet = self.scope == other.scope || self.scope == EVERYWHERE || other.scope == EVERYWHERE;
        meet && self.key == other.key
    }
}

/// The key that a text names: a capital letter is that letter with shift, and `space`, `ctrl-` and so on are words.
pub fn parse(text: &str) -> Option<KeyCombination> {
    let last = text.chars().next_back()?;
    let before = &text[..text.len() - last.len_utf8()];
    let is_letter_alone = before.is_empty() || before.ends_with('-');
    if is_letter_alone && last.is_ascii_uppercase() && !before.to_ascii_lowercase().contains("shift-") {
        return crokey::parse(&format!("{before}shift-{last}")).ok();
    }
    crokey::parse(text).ok()
}

/// A key as a person writes it, for example `ctrl-s` or `D`.
pub fn spell(key: KeyCombination) -> String {
    crokey::KeyCombinationFormat::default().with_lowercase_modifiers().with_implicit_shift().to_string(key)
}

#[cfg(test)]
mod tests;
