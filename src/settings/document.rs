//! A TOML file that knows the line and column of everything in it, and collects its mistakes.

use std::ops::Range;
use std::path::{Path, PathBuf};

use toml::Spanned;
use toml::de::{DeString, DeTable, DeValue};

use super::config_error::{ConfigError, ConfigOrigin, suggest};

/// The text of a file and where it lies.
#[derive(Debug, Clone)]
pub(crate) struct SourceFile {
    pub(crate) path: PathBuf,
    pub(crate) text: String,
}

/// A key as written.
pub(crate) type TomlKey<'a> = Spanned<DeString<'a>>;
/// A value as written.
pub(crate) type TomlValue<'a> = Spanned<DeValue<'a>>;

impl SourceFile {
    pub(crate) fn new(path: impl Into<PathBuf>, text: impl Into<String>) -> Self {
        Self { path: path.into(), text: text.into() }
    }

    /// The file's text; `None` where there is no file.
    pub(crate) fn open(path: &Path, mistakes: &mut Vec<ConfigError>) -> Option<Self> {
        match std::fs::read_to_string(path) {
            Ok(text) => Some(Self::new(path, text)),
            Err(e) if e.kind() == std::io::ErrorKind::NotFound && !is_dangling_link(path) => None,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => {
                let place = ConfigOrigin::File { path: path.to_owned(), line: 0, column: 0 };
                let what =
                    "is a link to nothing, or lies behind one: restore what it leads to, or remove the link";
                mistakes.push(ConfigError { origin: place, message: what.to_owned() });
                None
            }
            Err(e) => {
                let place = ConfigOrigin::File { path: path.to_owned(), line: 0, column: 0 };
                mistakes.push(ConfigError { origin: place, message: format!("cannot be read: {e}") });
                None
            }
        }
    }

    /// The root table; empty where the file is not TOML, for what was saved from it would be guesses.
    pub(crate) fn parse(&self, mistakes: &mut Vec<ConfigError>) -> DeTable<'_> {
        let (root, errors) = DeTable::parse_recoverable(&self.text);
        let is_sound = errors.is_empty();
        for error in errors {
            let place = error.span().map_or_else(|| self.file_origin(), |span| self.origin(span));
            mistakes.push(ConfigError {
                origin: place,
                message: format!("this is not TOML: {}", error.message()),
            });
        }
        if is_sound { root.into_inner() } else { DeTable::new() }
    }

    pub(crate) fn error(&self, span: Range<usize>, what: impl Into<String>) -> ConfigError {
        ConfigError { origin: self.origin(span), message: what.into() }
    }

    pub(crate) fn unknown_key<'a>(
        &self,
        key: &TomlKey<'_>,
        thing: &str,
        known: impl IntoIterator<Item = &'a str>,
    ) -> ConfigError {
        let name = key.get_ref();
        self.error(key.span(), format!("unknown {thing} `{name}`: {}", suggest(name, known)))
    }

    /// A mistake that is at no place in the file.
    pub(crate) fn file_error(&self, what: impl Into<String>) -> ConfigError {
        ConfigError { origin: self.file_origin(), message: what.into() }
    }

    fn file_origin(&self) -> ConfigOrigin {
        ConfigOrigin::File { path: self.path.clone(), line: 0, column: 0 }
    }

    pub(crate) fn origin(&self, span: Range<usize>) -> ConfigOrigin {
        let before = self.text.get(..span.start).unwrap_or(&self.text);
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        ConfigOrigin::File { path: self.path.clone(), line, column }
    }
}

/// Whether a path is a link to nothing, or has one on its way.
pub(super) fn is_dangling_link(path: &Path) -> bool {
    path.ancestors().any(|part| part.is_symlink() && !part.exists())
}

/// What kind of value was found, with its text where that is short.
pub(crate) fn describe_value(value: &DeValue<'_>) -> String {
    match value {
        DeValue::String(text) => format!("\"{}\"", text.escape_debug()),
        DeValue::Integer(number) => number.to_string(),
        DeValue::Float(number) => number.to_string(),
        DeValue::Boolean(on) => on.to_string(),
        DeValue::Datetime(at) => at.to_string(),
        DeValue::Array(_) => "a list".to_owned(),
        DeValue::Table(_) => "a table".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_syntax_errors_are_reported_with_their_lines() {
        let mut mistakes = Vec::new();
        SourceFile::new("c.toml", "a = \nb = 1\n[x\nc = 'é' y\n").parse(&mut mistakes);
        let places: Vec<_> = mistakes.iter().map(|m| m.origin.to_string()).collect();
        for line in ["c.toml:1:", "c.toml:3:", "c.toml:4:"] {
            assert!(places.iter().any(|place| place.starts_with(line)), "{line} {places:?}");
        }
    }

    #[test]
    fn errors_without_a_position_are_reported_for_the_file() {
        let mut mistakes = Vec::new();
        let deep = format!("a = 1\n{} = 2", ["b"; 500].join("."));
        SourceFile::new("c.toml", deep).parse(&mut mistakes);
        let said: Vec<_> = mistakes.iter().map(ToString::to_string).collect();
        assert!(said.contains(&"c.toml: this is not TOML: recursion limit".to_owned()), "{said:?}");
    }

    #[test]
    fn columns_count_characters() {
        let source = SourceFile::new("c.toml", "x = 1\n\"é\" = 2");
        assert_eq!(source.origin(11..12).to_string(), "c.toml:2:5");
    }
}
