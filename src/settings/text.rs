//! What a person configured, as texts: for whoever has the text of a file and no folder that it lies in.

use keypool_domain::StageRef;
use keypool_domain::setup::WantedPlan;

use super::document::Source;
use super::layers::FileLayers;
use super::{Actions, InForce, Mistake, Mistakes, OwnKeys, Theme, keymap, plans_file, sound};

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
    read("keys.toml", text, |source, mistakes| keymap::read(source, actions, mistakes, &mut Vec::new()))
}

/// The default theme with a theme's file laid over it, or all its mistakes.
pub fn theme(text: &str) -> Result<Theme, Mistakes> {
    read("theme.toml", text, |source, mistakes| super::theme::read(source, Theme::default(), mistakes))
}

/// The usage plans that a file wants, or all its mistakes; `stages` says which stage a text names.
pub fn plans(
    text: &str,
    stages: &dyn Fn(&str) -> Result<StageRef, String>,
) -> Result<Vec<WantedPlan>, Mistakes> {
    let entries = plans_file::read(&Source::new("plans.toml", text), stages)?;
    Ok(entries.into_iter().map(|entry| entry.plan).collect())
}

/// The file that wants these plans.
pub fn plans_written(plans: impl IntoIterator<Item = WantedPlan>) -> String {
    plans_file::written(plans)
}

fn read<T>(
    name: &str,
    text: &str,
    reader: impl FnOnce(&Source, &mut Vec<Mistake>) -> T,
) -> Result<T, Mistakes> {
    let mut mistakes = Vec::new();
    let read = reader(&Source::new(name, text), &mut mistakes);
    sound(read, mistakes)
}
