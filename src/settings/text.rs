//! What a person configured, as texts: for whoever has the text of a file and no folder that it lies in.

use super::document::Source;
use super::layers::FileLayers;
use super::{Actions, InForce, Mistake, Mistakes, OwnKeys, Theme, in_order, keymap};

/// What a `config.toml` says outside its sections, in the order of the settings' names, or all its mistakes.
pub fn config(text: &str) -> Result<Vec<InForce>, Mistakes> {
    let layers = read("config.toml", text, FileLayers::read)?;
    let said = layers.root.into_iter().map(|(name, entry)| InForce {
        name,
        value: entry.value.as_ref().map(ToString::to_string),
        place: entry.place,
    });
    Ok(said.collect())
}

/// The keys that a `keys.toml` gives to actions, or all its mistakes.
pub fn keys(text: &str, actions: &Actions) -> Result<Vec<OwnKeys>, Mistakes> {
    read("keys.toml", text, |source, mistakes| keymap::read(source, actions, mistakes))
}

/// The default theme with a theme's file laid over it, or all its mistakes.
pub fn theme(text: &str) -> Result<Theme, Mistakes> {
    read("theme.toml", text, |source, mistakes| super::theme::read(source, Theme::default(), mistakes))
}

fn read<T>(
    name: &str,
    text: &str,
    reader: impl FnOnce(&Source, &mut Vec<Mistake>) -> T,
) -> Result<T, Mistakes> {
    let mut mistakes = Vec::new();
    let read = reader(&Source::new(name, text), &mut mistakes);
    if mistakes.is_empty() { Ok(read) } else { Err(in_order(mistakes)) }
}
