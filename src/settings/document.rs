//! A TOML file that knows the line and column of everything in it, and collects its mistakes.

use std::ops::Range;
use std::path::{Path, PathBuf};

use toml::Spanned;
use toml::de::{DeString, DeTable, DeValue};

use super::mistake::{Mistake, Place, meant};

/// The text of a file and where it lies.
#[derive(Debug, Clone)]
pub(crate) struct Source {
    pub(crate) path: PathBuf,
    pub(crate) text: String,
}

/// A key as written.
pub(crate) type Key<'a> = Spanned<DeString<'a>>;
/// A value as written.
pub(crate) type Written<'a> = Spanned<DeValue<'a>>;

impl Source {
    pub(crate) fn new(path: impl Into<PathBuf>, text: impl Into<String>) -> Self {
        Self { path: path.into(), text: text.into() }
    }

    /// The file's text; `None` where there is no file.
    pub(crate) fn open(path: &Path, mistakes: &mut Vec<Mistake>) -> Option<Self> {
        match std::fs::read_to_string(path) {
            Ok(text) => Some(Self::new(path, text)),
            Err(e) if e.kind() == std::io::ErrorKind::NotFound && !leads_nowhere(path) => None,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => {
                let place = Place::File { path: path.to_owned(), line: 0, column: 0 };
                let what =
                    "is a link to nothing, or lies behind one: restore what it leads to, or remove the link";
                mistakes.push(Mistake { place, what: what.to_owned() });
                None
            }
            Err(e) => {
                let place = Place::File { path: path.to_owned(), line: 0, column: 0 };
                mistakes.push(Mistake { place, what: format!("cannot be read: {e}") });
                None
            }
        }
    }

    /// The root table; empty where the file is not TOML, for what was saved from it would be guesses.
    pub(crate) fn parse(&self, mistakes: &mut Vec<Mistake>) -> DeTable<'_> {
        let (root, errors) = DeTable::parse_recoverable(&self.text);
        let is_sound = errors.is_empty();
        for error in errors {
            let place = error.span().map_or_else(|| self.whole(), |span| self.place(span));
            mistakes.push(Mistake { place, what: format!("this is not TOML: {}", error.message()) });
        }
        if is_sound { root.into_inner() } else { DeTable::new() }
    }

    pub(crate) fn mistake(&self, span: Range<usize>, what: impl Into<String>) -> Mistake {
        Mistake { place: self.place(span), what: what.into() }
    }

    pub(crate) fn unknown<'a>(
        &self,
        key: &Key<'_>,
        thing: &str,
        known: impl IntoIterator<Item = &'a str>,
    ) -> Mistake {
        let name = key.get_ref();
        self.mistake(key.span(), format!("unknown {thing} `{name}`: {}", meant(name, known)))
    }

    /// A mistake that is at no place in the file.
    pub(crate) fn mistake_of_all(&self, what: impl Into<String>) -> Mistake {
        Mistake { place: self.whole(), what: what.into() }
    }

    fn whole(&self) -> Place {
        Place::File { path: self.path.clone(), line: 0, column: 0 }
    }

    pub(crate) fn place(&self, span: Range<usize>) -> Place {
        let before = self.text.get(..span.start).unwrap_or(&self.text);
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        Place::File { path: self.path.clone(), line, column }
    }
}

/// Whether a path is a link to nothing, or has one on its way.
pub(super) fn leads_nowhere(path: &Path) -> bool {
    path.ancestors().any(|part| part.is_symlink() && !part.exists())
}

/// What kind of value was found, with its text where that is short.
pub(crate) fn found(value: &DeValue<'_>) -> String {
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
    fn several_faults_of_syntax_are_all_told_with_their_lines() {
        let mut mistakes = Vec::new();
        Source::new("c.toml", "a = \nb = 1\n[x\nc = 'é' y\n").parse(&mut mistakes);
        let places: Vec<_> = mistakes.iter().map(|m| m.place.to_string()).collect();
        for line in ["c.toml:1:", "c.toml:3:", "c.toml:4:"] {
            assert!(places.iter().any(|place| place.starts_with(line)), "{line} {places:?}");
        }
    }

    #[test]
    fn what_is_wrong_at_no_place_is_told_of_the_whole_file() {
        let mut mistakes = Vec::new();
        let deep = format!("a = 1\n{} = 2", ["b"; 500].join("."));
        Source::new("c.toml", deep).parse(&mut mistakes);
        let said: Vec<_> = mistakes.iter().map(ToString::to_string).collect();
        assert!(said.contains(&"c.toml: this is not TOML: recursion limit".to_owned()), "{said:?}");
    }

    #[test]
    fn columns_count_characters() {
        let source = Source::new("c.toml", "x = 1\n\"é\" = 2");
        assert_eq!(source.place(11..12).to_string(), "c.toml:2:5");
    }
}
