//! Themes: what each role of the screen looks like, as data.

use std::path::Path;

use ratatui::style::{Color, Modifier};
use toml::de::{DeTable, DeValue};

use super::config_error::{ConfigError, ConfigOrigin, suggest};
use super::document::{SourceFile, TomlValue, describe_value};
use super::paths::Environment;

/// The themes that are always there, by name.
const BUILTIN_THEMES: &[(&str, &str)] = &[
    ("default", include_str!("../../themes/default.toml")),
    ("dark", include_str!("../../themes/dark.toml")),
    ("light", include_str!("../../themes/light.toml")),
];

macro_rules! roles {
    ($($(#[$doc:meta])* $role:ident => $name:literal),+ $(,)?) => {
        /// What a piece of the screen is for.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Role { $($(#[$doc])* $role),+ }

        impl Role {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$role),+];

            /// The heading in a theme's file.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$role => $name),+ }
            }
        }
    };
}

roles! {
    /// Plain text.
    Text => "text",
    /// What matters less.
    Muted => "muted",
    /// The frame of a pane.
    Border => "border",
    /// The frame of the pane that has the focus.
    BorderFocused => "border_focused",
    /// The title of a pane.
    Title => "title",
    /// The head of a table.
    Header => "header",
    /// The row under the cursor.
    Selection => "selection",
    /// Rows that are marked.
    Marked => "marked",
    /// The lines at the top and the bottom.
    Status => "status",
    /// Keys, links, what can be pressed.
    Accent => "accent",
    /// Success.
    Ok => "ok",
    /// Near a limit, or stale.
    Warn => "warn",
    /// Failed, spent, dangerous.
    Error => "error",
    /// The filled part of a bar.
    Bar => "bar",
    /// The rest of a bar.
    BarEmpty => "bar_empty",
}

/// How one role is painted; `None` leaves what is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Paint {
    /// The colour of the letters.
    pub fg: Option<Color>,
    /// The colour behind them.
    pub bg: Option<Color>,
    /// Bold, reversed and so on.
    pub modifiers: Modifier,
}

/// How every role is painted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Theme {
    /// The name it is chosen by.
    pub name: String,
    paints: [Paint; Role::ALL.len()],
}

impl Default for Theme {
    /// The terminal's own sixteen colours.
    fn default() -> Self {
        let (name, text) = BUILTIN_THEMES[0];
        let blank = Self { name: name.to_owned(), paints: Default::default() };
        overlay_file(&SourceFile::new(name, text), blank, &mut Vec::new())
    }
}

impl Theme {
    /// How this role is painted.
    pub const fn paint(&self, role: Role) -> Paint {
        self.paints[role as usize]
    }

    /// The theme of this name: the user's own before the embedded one.
    pub fn load(name: &str, environment: &Environment) -> Result<Self, super::ConfigErrors> {
        let mut mistakes = Vec::new();
        let theme = find_theme(name, &ConfigOrigin::Flag("theme"), environment, &mut mistakes);
        super::or_errors(theme, mistakes)
    }

    /// The names there are, the user's own among them, in order.
    pub fn names(environment: &Environment) -> Vec<String> {
        let mut names: Vec<String> = BUILTIN_THEMES.iter().map(|(name, _)| (*name).to_owned()).collect();
        names.extend(custom_theme_names(environment));
        names.sort_unstable();
        names.dedup();
        names
    }
}

/// The theme of this name, asked for at that place; the default one after a mistake.
pub(super) fn find_theme(
    name: &str,
    asked: &ConfigOrigin,
    environment: &Environment,
    mistakes: &mut Vec<ConfigError>,
) -> Theme {
    let before = mistakes.len();
    let source = open_theme(name, environment, mistakes);
    if mistakes.len() > before {
        return Theme::default();
    }
    let Some(source) = source else {
        let names = Theme::names(environment);
        let hint = suggest(name, names.iter().map(String::as_str));
        let what = format!("there is no theme `{}`: {hint}", name.escape_debug());
        mistakes.push(ConfigError { origin: asked.clone(), message: what });
        return Theme::default();
    };
    overlay_file(&source, Theme { name: name.to_owned(), ..Theme::default() }, mistakes)
}

fn open_theme(name: &str, environment: &Environment, mistakes: &mut Vec<ConfigError>) -> Option<SourceFile> {
    let is_name = !name.is_empty() && !name.contains(['/', '\\']) && !name.starts_with('.');
    let folder = environment.config_dir().filter(|_| is_name);
    let own = folder.map(|folder| folder.join("themes").join(format!("{name}.toml")));
    own.and_then(|path| SourceFile::open(&path, mistakes)).or_else(|| {
        let (_, text) = BUILTIN_THEMES.iter().find(|(known, _)| *known == name)?;
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

/// Lays the file over the theme; a role it does not name stays as it was.
pub(super) fn overlay_file(source: &SourceFile, mut theme: Theme, mistakes: &mut Vec<ConfigError>) -> Theme {
    for (key, value) in source.parse(mistakes).iter() {
        let role = Role::ALL.iter().find(|role| key.get_ref() == role.name());
        match (role, value.get_ref()) {
            (Some(role), DeValue::Table(table)) => {
                theme.paints[*role as usize] = paint(source, table, mistakes);
            }
            (Some(role), other) => mistakes.push(source.error(
                value.span(),
                format!(
                    "`{}` is {}: write fg, bg and modifiers under [{0}]",
                    role.name(),
                    describe_value(other)
                ),
            )),
            (None, _) => {
                mistakes.push(source.unknown_key(key, "role", Role::ALL.iter().map(|role| role.name())));
            }
        }
    }
    theme
}

fn paint(source: &SourceFile, table: &DeTable<'_>, mistakes: &mut Vec<ConfigError>) -> Paint {
    let mut paint = Paint::default();
    for (key, value) in table {
        let read = match &**key.get_ref() {
            "fg" => parse_color(value.get_ref()).map(|color| paint.fg = Some(color)),
            "bg" => parse_color(value.get_ref()).map(|color| paint.bg = Some(color)),
            "modifiers" => modifiers(value).map(|modifiers| paint.modifiers = modifiers),
            _ => {
                mistakes.push(source.unknown_key(key, "part of a role", ["fg", "bg", "modifiers"]));
                continue;
            }
        };
        if let Err(what) = read {
            mistakes.push(source.error(value.span(), what));
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
    let wrong = |hint: &str| format!("{} is not a colour: {hint}", describe_value(value));
    match value {
        DeValue::Integer(number) => {
            let index = number.as_str().parse().ok().filter(|_| number.radix() == 10);
            index.map(Color::Indexed).ok_or_else(|| wrong("numbers go from 0 to 255"))
        }
        DeValue::String(text) => match text.strip_prefix('#') {
            Some(digits) => {
                parse_rgb(digits).ok_or_else(|| wrong("write six hexadecimal digits, as in #1e90ff"))
            }
            None => COLORS.iter().find(|(name, _)| name == text).map(|(_, color)| *color).ok_or_else(|| {
                let hint = suggest(text, COLORS.iter().map(|(name, _)| *name));
                wrong(&format!("{hint}, or #rrggbb, or a number from 0 to 255"))
            }),
        },
        _ => Err(wrong("write a name such as \"cyan\", \"#rrggbb\", or a number from 0 to 255")),
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

fn modifiers(value: &TomlValue<'_>) -> Result<Modifier, String> {
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
