//! TOML files with the line and column of every key and value. All errors are collected.

use std::ops::Range;
use std::path::{Path, PathBuf};

use keypool_domain::text::to_one_line;
use toml::Spanned;
use toml::de::{DeString, DeTable, DeValue};

use super::config_error::{ConfigError, ConfigOrigin, suggest};

#[derive(Debug, Clone)]
pub(crate) struct SourceFile {
    pub(crate) path: PathBuf,
    pub(crate) text: String,
}

pub(crate) type TomlKey<'a> = Spanned<DeString<'a>>;
pub(crate) type TomlValue<'a> = Spanned<DeValue<'a>>;

impl SourceFile {
    pub(crate) fn new(path: impl Into<PathBuf>, text: impl Into<String>) -> Self {
        Self { path: path.into(), text: text.into() }
    }

    /// Reads a file; `None` if it does not exist.
    pub(crate) fn open(path: &Path, errors: &mut Vec<ConfigError>) -> Option<Self> {
        match std::fs::read_to_string(path) {
            Ok(text) => Some(Self::new(path, text)),
            Err(e) if e.kind() == std::io::ErrorKind::NotFound && !is_dangling_link(path) => None,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => {
                let origin = ConfigOrigin::File { path: path.to_owned(), line: 0, column: 0 };
                let message = "is a dangling link, or is behind one: restore its target, or remove the link";
                errors.push(ConfigError { origin, message: message.to_owned() });
                None
            }
            Err(e) => {
                let origin = ConfigOrigin::File { path: path.to_owned(), line: 0, column: 0 };
                errors.push(ConfigError { origin, message: format!("cannot be read: {e}") });
                None
            }
        }
    }

    /// Returns the root table; empty if the file is not TOML, because recovered parts would be
    /// guesses.
    pub(crate) fn parse(&self, errors: &mut Vec<ConfigError>) -> DeTable<'_> {
        let (root, syntax_errors) = DeTable::parse_recoverable(&self.text);
        let is_valid = syntax_errors.is_empty();
        for error in syntax_errors {
            let origin = error.span().map_or_else(|| self.file_origin(), |span| self.origin(span));
            errors.push(ConfigError { origin, message: format!("this is not TOML: {}", error.message()) });
        }
        if is_valid { root.into_inner() } else { DeTable::new() }
    }

    pub(crate) fn error(&self, span: Range<usize>, message: impl Into<String>) -> ConfigError {
        ConfigError { origin: self.origin(span), message: to_one_line(&message.into()) }
    }

    /// Finds the table `[GROUP.NAME]`; `hint` says how to write it if it is something else.
    pub(super) fn find_table<'a, 'b>(
        &self,
        root: &'a DeTable<'b>,
        path: &str,
        hint: &str,
        errors: &mut Vec<ConfigError>,
    ) -> Option<&'a DeTable<'b>> {
        let (group, name) = path.split_once('.')?;
        let value = root.get(group)?.get_ref().get(name)?;
        let table = value.get_ref().as_table();
        if table.is_none() {
            let message = format!("`{path}` is {}: {hint}", describe_value(value.get_ref()));
            errors.push(self.error(value.span(), message));
        }
        table
    }

    pub(crate) fn unknown_key<'a>(
        &self,
        key: &TomlKey<'_>,
        kind: &str,
        names: impl IntoIterator<Item = &'a str>,
    ) -> ConfigError {
        let name = key.get_ref();
        self.error(key.span(), format!("unknown {kind} `{name}`: {}", suggest(name, names)))
    }

    /// Returns an error about the whole file.
    pub(crate) fn file_error(&self, message: impl Into<String>) -> ConfigError {
        ConfigError { origin: self.file_origin(), message: message.into() }
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

/// Whether a path is a dangling link, or passes through one.
pub(super) fn is_dangling_link(path: &Path) -> bool {
    path.ancestors().any(|part| part.is_symlink() && !part.exists())
}

/// Describes a value for an error message: the value itself, or just `a list` or `a table`.
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
        let mut errors = Vec::new();
        SourceFile::new("c.toml", "a = \nb = 1\n[x\nc = 'é' y\n").parse(&mut errors);
        let positions: Vec<_> = errors.iter().map(|error| error.origin.to_string()).collect();
        for line in ["c.toml:1:", "c.toml:3:", "c.toml:4:"] {
            assert!(positions.iter().any(|position| position.starts_with(line)), "{line} {positions:?}");
        }
    }

    #[test]
    fn errors_without_a_position_are_reported_for_the_file() {
        let mut errors = Vec::new();
        let deep = format!("a = 1\n{} = 2", ["b"; 500].join("."));
        SourceFile::new("c.toml", deep).parse(&mut errors);
        let messages: Vec<_> = errors.iter().map(ToString::to_string).collect();
        assert!(messages.contains(&"c.toml: this is not TOML: recursion limit".to_owned()), "{messages:?}");
    }

    #[test]
    fn columns_count_characters() {
        let source = SourceFile::new("c.toml", "x = 1\n\"é\" = 2");
        assert_eq!(source.origin(11..12).to_string(), "c.toml:2:5");
    }
}
