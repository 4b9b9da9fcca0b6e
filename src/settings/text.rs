//! What a person configured, as texts: for whoever has the text of a file and no folder that it lies in.

use keypool_domain::StageRef;
use keypool_domain::setup::DesiredPlan;

use super::document::SourceFile;
use super::layers::FileLayers;
use super::{
    ActionKeys, ConfigError, ConfigErrors, EffectiveSetting, KeyOverride, Theme, keymap, or_errors,
    plans_file,
};

/// What a `config.toml` says outside its sections, in the order of the settings' names, or all its mistakes.
pub fn parse_config(text: &str) -> Result<Vec<EffectiveSetting>, ConfigErrors> {
    let layers = parse("config.toml", text, FileLayers::read)?;
    let said = layers.root.into_iter().map(|(name, entry)| EffectiveSetting {
        name,
        value: entry.value.as_ref().map(ToString::to_string),
        origin: entry.origin,
    });
    Ok(said.collect())
}

/// The keys that a `keys.toml` gives to actions, or all its mistakes.
pub fn parse_keys(text: &str, actions: &ActionKeys) -> Result<Vec<KeyOverride>, ConfigErrors> {
    parse("keys.toml", text, |source, mistakes| {
        keymap::read_overrides(source, actions, mistakes, &mut Vec::new())
    })
}

/// The default theme with a theme's file laid over it, or all its mistakes.
pub fn parse_theme(text: &str) -> Result<Theme, ConfigErrors> {
    parse("theme.toml", text, |source, mistakes| {
        super::theme::overlay_file(source, Theme::default(), mistakes)
    })
}

/// The usage plans that a file wants, or all its mistakes; `stages` says which stage a text names.
pub fn parse_plans(
    text: &str,
    stages: &dyn Fn(&str) -> Result<StageRef, String>,
) -> Result<Vec<DesiredPlan>, ConfigErrors> {
    let entries = plans_file::read_plans(&SourceFile::new("plans.toml", text), stages)?;
    Ok(entries.into_iter().map(|entry| entry.plan).collect())
}

/// The file that wants these plans.
pub fn render_plans(plans: impl IntoIterator<Item = DesiredPlan>) -> String {
    plans_file::render_plans(plans)
}

fn parse<T>(
    name: &str,
    text: &str,
    reader: impl FnOnce(&SourceFile, &mut Vec<ConfigError>) -> T,
) -> Result<T, ConfigErrors> {
    let mut mistakes = Vec::new();
    let read = reader(&SourceFile::new(name, text), &mut mistakes);
    or_errors(read, mistakes)
}
