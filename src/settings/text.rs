//! Parsing and rendering of configuration text, without files or folders.

use keypool_domain::StageRef;
use keypool_domain::setup::DesiredPlan;

use super::document::SourceFile;
use super::layers::FileLayers;
use super::{
    BindableActions, ConfigError, ConfigErrors, EffectiveSetting, KeyOverride, Theme, keymap, or_errors,
    plans_file,
};

/// Returns the settings of a `config.toml` outside its profile sections, sorted by name, or all
/// errors.
pub fn parse_config(text: &str) -> Result<Vec<EffectiveSetting>, ConfigErrors> {
    let layers = parse("config.toml", text, FileLayers::read)?;
    let settings = layers.root.into_iter().map(|(name, entry)| EffectiveSetting {
        name,
        value: entry.value.as_ref().map(ToString::to_string),
        origin: entry.origin,
    });
    Ok(settings.collect())
}

/// Returns the key overrides of a `keys.toml`, or all errors.
pub fn parse_keys(text: &str, actions: &BindableActions) -> Result<Vec<KeyOverride>, ConfigErrors> {
    parse("keys.toml", text, |source, errors| {
        keymap::read_overrides(source, actions, errors, &mut Vec::new())
    })
}

/// Returns the default theme with a theme file laid over it, or all errors.
pub fn parse_theme(text: &str) -> Result<Theme, ConfigErrors> {
    parse("theme.toml", text, |source, errors| super::theme::overlay_file(source, Theme::default(), errors))
}

/// Returns the plans of a plans file, or all errors; `resolve_stage` turns a stage as written there into a
/// reference.
pub fn parse_plans(
    text: &str,
    resolve_stage: &dyn Fn(&str) -> Result<StageRef, String>,
) -> Result<Vec<DesiredPlan>, ConfigErrors> {
    let entries = plans_file::read_plans(&SourceFile::new("plans.toml", text), resolve_stage)?;
    Ok(entries.into_iter().map(|entry| entry.plan).collect())
}

/// Renders these plans as a file.
pub fn render_plans(plans: impl IntoIterator<Item = DesiredPlan>) -> String {
    plans_file::render_plans(plans, &StageRef::to_string)
}

fn parse<T>(
    name: &str,
    text: &str,
    read: impl FnOnce(&SourceFile, &mut Vec<ConfigError>) -> T,
) -> Result<T, ConfigErrors> {
    let mut errors = Vec::new();
    let value = read(&SourceFile::new(name, text), &mut errors);
    or_errors(value, errors)
}
