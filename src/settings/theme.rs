//! Themes: the style of each role on screen.

use std::path::Path;

use ratatui::style::{Color, Modifier};
use toml::de::{DeTable, DeValue};

use super::config_error::{ConfigError, ConfigOrigin, suggest};
use super::document::{SourceFile, TomlValue, describe_value};
use super::paths::Environment;

/// The built-in themes, by name.
const BUILTIN_THEMES: &[(&str, &str)] = &[
    ("default", include_str!("../../themes/default.toml")),
    ("dark", include_str!("../../themes/dark.toml")),
    ("light", include_str!("../../themes/light.toml")),
];

macro_rules! roles {
    ($($(#[$doc:meta])* $role:ident => $name:literal),+ $(,)?) => {
        /// What a piece of the screen is for, which decides its style.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Role { $($(#[$doc])* $role),+ }

        impl Role {
            pub const ALL: &'static [Self] = &[$(Self::$role),+];

            /// Returns the name of the role's table in theme files.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$role => $name),+ }
            }
        }
    };
}

roles! {
    Text => "text",
    /// Less important text.
    Muted => "muted",
    /// The border of a pane.
    Border => "border",
    /// The border of the focused pane.
    BorderFocused => "border_focused",
    Title => "title",
    /// The header of a table.
    Header => "header",
    /// The line under the cursor.
    Selection => "selection",
    /// Marked lines.
    Marked => "marked",
    /// What a filter found.
    Match => "match",
    /// The lines at the top and the bottom.
    Status => "status",
    /// Keys, links and buttons.
    Accent => "accent",
    Ok => "ok",
    /// Near a limit, or outdated.
    Warn => "warn",
    /// Failed, exhausted or dangerous.
    Error => "error",
    /// A problem that the doctor found.
    Problem => "problem",
    /// The filled part of a bar of shares or days.
    Bar => "bar",
    /// The filled part of a quota's bar below 80%.
    BarLow => "bar_low",
    /// From 80%.
    BarMid => "bar_mid",
    /// From 95%.
    BarHigh => "bar_high",
    /// Calls on each of the last days.
    Spark => "spark",
    /// The rest of a bar.
    BarEmpty => "bar_empty",
}

/// The style of one role; `None` keeps the current colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Paint {
    pub fg: Option<Color>,
    pub bg: Option<Color>,
    pub modifiers: Modifier,
}

/// The styles of all roles.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Theme {
    pub name: String,
    paints: [Paint; Role::ALL.len()],
}

impl Default for Theme {
    /// Uses the terminal's own 16 colours.
    fn default() -> Self {
        let (name, text) = BUILTIN_THEMES[0];
        let blank = Self { name: name.to_owned(), paints: Default::default() };
        overlay_file(&SourceFile::new(name, text), blank, &mut Vec::new())
    }
}

impl Theme {
    pub const fn paint(&self, role: Role) -> Paint {
        self.paints[role as usize]
    }

    /// Loads a theme; a custom theme overrides a built-in one of the same name.
    pub fn load(name: &str, environment: &Environment) -> Result<Self, super::ConfigErrors> {
        let mut errors = Vec::new();
        let theme = find_theme(name, &ConfigOrigin::Flag("theme"), environment, &mut errors);
        super::or_errors(theme, errors)
    }

    /// Returns the names of all built-in and custom themes, sorted.
    pub fn names(environment: &Environment) -> Vec<String> {
        let mut names: Vec<String> = BUILTIN_THEMES.iter().map(|(name, _)| (*name).to_owned()).collect();
        names.extend(custom_theme_names(environment));
        names.sort_unstable();
        names.dedup();
        names
    }
}

/// Returns the theme named by the setting at `origin`; the default theme after an error.
pub(super) fn find_theme(
    name: &str,
    origin: &ConfigOrigin,
    environment: &Environment,
    errors: &mut Vec<ConfigError>,
) -> Theme {
    let earlier_errors = errors.len();
    let source = open_theme(name, environment, errors);
    if errors.len() > earlier_errors {
        return Theme::default();
    }
    let Some(source) = source else {
        let names = Theme::names(environment);
        let hint = suggest(name, names.iter().map(String::as_str));
        let message = format!("there is no theme `{}`: {hint}", name.escape_debug());
        errors.push(ConfigError { origin: origin.clone(), message });
        return Theme::default();
    };
    overlay_file(&source, Theme { name: name.to_owned(), ..Theme::default() }, errors)
}

fn open_theme(name: &str, environment: &Environment, errors: &mut Vec<ConfigError>) -> Option<SourceFile> {
    let is_name = !name.is_empty() && !name.contains(['/', '\\']) && !name.starts_with('.');
    let folder = environment.config_dir().filter(|_| is_name);
    let custom = folder.map(|folder| folder.join("themes").join(format!("{name}.toml")));
    custom.and_then(|path| SourceFile::open(&path, errors)).or_else(|| {
        let (_, text) = BUILTIN_THEMES.iter().find(|(builtin, _)| *builtin == name)?;
        Some(SourceFile::new(format!("themes/{name}.toml"), *text))
    })
}

fn custom_theme_names(environment: &Environment) -> Vec<String> {
    let Some(folder) = environment.config_dir() else { return Vec::new() };
    let Ok(entries) = std::fs::read_dir(folder.join("themes")) else { return Vec::new() };
    entries.filter_map(|entry| theme_name(&entry.ok()?.path())).collect()
}

fn theme_name(path: &Path) -> Option<String> {
    let is_theme = path.extension().is_some_and(|extension| extension == "toml");
    is_theme.then(|| path.file_stem()?.to_str().map(ToOwned::to_owned))?
}

/// Applies a file to a theme; roles that the file does not name keep their style.
pub(super) fn overlay_file(source: &SourceFile, mut theme: Theme, errors: &mut Vec<ConfigError>) -> Theme {
    for (key, value) in source.parse(errors).iter() {
        let role = Role::ALL.iter().find(|role| key.get_ref() == role.name());
        match (role, value.get_ref()) {
            (Some(role), DeValue::Table(table)) => {
                theme.paints[*role as usize] = read_paint(source, table, errors);
            }
            (Some(role), other) => errors.push(source.error(
                value.span(),
                format!(
                    "`{}` is {}: write fg, bg and modifiers under [{0}]",
                    role.name(),
                    describe_value(other)
                ),
            )),
            (None, _) => {
                errors.push(source.unknown_key(key, "role", Role::ALL.iter().map(|role| role.name())));
            }
        }
    }
    theme
}

fn read_paint(source: &SourceFile, table: &DeTable<'_>, errors: &mut Vec<ConfigError>) -> Paint {
    let mut paint = Paint::default();
    for (key, value) in table {
        let result = match &**key.get_ref() {
            "fg" => parse_color(value.get_ref()).map(|color| paint.fg = Some(color)),
            "bg" => parse_color(value.get_ref()).map(|color| paint.bg = Some(color)),
            "modifiers" => parse_modifiers(value).map(|modifiers| paint.modifiers = modifiers),
            _ => {
                errors.push(source.unknown_key(key, "style", ["fg", "bg", "modifiers"]));
                continue;
            }
        };
        if let Err(message) = result {
            errors.push(source.error(value.span(), message));
        }
    }
    paint
}

const COLORS: [(&str, Color); 17] = [
    ("default", Color::Reset),
    ("black", Color::Black),
    ("red", Color::Red),
    ("green", Color::Green),
    ("yellow", Color::Yellow),
    ("blue", Color::Blue),
    ("magenta", Color::Magenta),
    ("cyan", Color::Cyan),
    ("white", Color::Gray),
    ("bright-black", Color::DarkGray),
    ("bright-red", Color::LightRed),
    ("bright-green", Color::LightGreen),
    ("bright-yellow", Color::LightYellow),
    ("bright-blue", Color::LightBlue),
    ("bright-magenta", Color::LightMagenta),
    ("bright-cyan", Color::LightCyan),
    ("bright-white", Color::White),
];

fn parse_color(value: &DeValue<'_>) -> Result<Color, String> {
    let invalid = |hint: &str| format!("{} is not a colour: {hint}", describe_value(value));
    match value {
        DeValue::Integer(number) => {
            let index = number.as_str().parse().ok().filter(|_| number.radix() == 10);
            index.map(Color::Indexed).ok_or_else(|| invalid("numbers go from 0 to 255"))
        }
        DeValue::String(text) => match text.strip_prefix('#') {
            Some(digits) => {
                parse_rgb(digits).ok_or_else(|| invalid("write six hexadecimal digits, as in #1e90ff"))
            }
            None => COLORS.iter().find(|(name, _)| name == text).map(|(_, color)| *color).ok_or_else(|| {
                let hint = suggest(text, COLORS.iter().map(|(name, _)| *name));
                invalid(&format!("{hint}, or #rrggbb, or a number from 0 to 255"))
            }),
        },
        _ => Err(invalid("write a name such as \"cyan\", \"#rrggbb\", or a number from 0 to 255")),
    }
}

fn parse_rgb(digits: &str) -> Option<Color> {
    let is_hex = digits.len() == 6 && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_hex.then(|| u32::from_str_radix(digits, 16).ok().map(Color::from_u32))?
}

const MODIFIERS: [(&str, Modifier); 5] = [
    ("bold", Modifier::BOLD),
    ("dim", Modifier::DIM),
    ("italic", Modifier::ITALIC),
    ("underlined", Modifier::UNDERLINED),
    ("reversed", Modifier::REVERSED),
];

fn parse_modifiers(value: &TomlValue<'_>) -> Result<Modifier, String> {
    let DeValue::Array(list) = value.get_ref() else {
        return Err(format!(
            "modifiers is {}: write a list such as [\"bold\"]",
            describe_value(value.get_ref())
        ));
    };
    list.iter().try_fold(Modifier::empty(), |all, item| {
        let word = item.get_ref().as_str().unwrap_or_default();
        match MODIFIERS.iter().find(|(name, _)| *name == word) {
            Some((_, modifier)) => Ok(all | *modifier),
            None => {
                let hint = suggest(word, MODIFIERS.iter().map(|(name, _)| *name));
                Err(format!("{} is not a modifier: {hint}", describe_value(item.get_ref())))
            }
        }
    })
}

#[cfg(test)]
mod tests;
