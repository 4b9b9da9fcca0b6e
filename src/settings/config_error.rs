//! Configuration errors: where, what was found, and what was probably meant.

use std::fmt;
use std::path::PathBuf;

/// Where a setting is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ConfigOrigin {
    /// A file. Line and column start at 1; both are 0 for the whole file.
    File {
        path: PathBuf,
        line: usize,
        /// In characters.
        column: usize,
    },
    Variable(String),
    /// A command-line flag.
    Flag(&'static str),
    /// keypool's default.
    Default,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigError {
    pub origin: ConfigOrigin,
    /// What was found, and what to write instead.
    pub message: String,
}

/// All errors in order of position; never empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigErrors(pub Vec<ConfigError>);

impl fmt::Display for ConfigOrigin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File { path, line: 0, .. } => write!(f, "{}", path.display()),
            Self::File { path, line, column } => write!(f, "{}:{line}:{column}", path.display()),
            Self::Variable(name) => f.write_str(name),
            Self::Flag(name) => f.write_str(name),
            Self::Default => f.write_str("default"),
        }
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.origin, self.message)
    }
}

impl fmt::Display for ConfigErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lines: Vec<_> = self.0.iter().map(ToString::to_string).collect();
        f.write_str(&lines.join("\n"))
    }
}

impl std::error::Error for ConfigErrors {}

/// Returns "did you mean `theme`?", or "choose one of a, b" if no name is similar.
pub(super) fn suggest<'a>(found: &str, names: impl IntoIterator<Item = &'a str>) -> String {
    let names: Vec<&str> = names.into_iter().collect();
    match (closest_match(found, names.iter().copied()), &names[..]) {
        (Some(name), _) => format!("did you mean `{name}`?"),
        (None, [name]) => format!("only `{name}` is allowed"),
        (None, _) => format!("choose one of {}", names.join(", ")),
    }
}

/// Returns the most similar name, if at most a third of its letters differ.
pub(super) fn closest_match<'a>(found: &str, names: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let found = found.to_lowercase();
    names
        .into_iter()
        .map(|name| (strsim::damerau_levenshtein(&found, &name.to_lowercase()), name))
        .filter(|(distance, name)| *distance * 3 <= name.chars().count().max(3))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn typos_are_recognised_and_other_words_are_not_guessed() {
        let names = ["theme", "refresh", "readonly"];
        assert_eq!(closest_match("thema", names), Some("theme"));
        assert_eq!(closest_match("Refersh", names), Some("refresh"));
        assert_eq!(closest_match("colour", names), None);
        assert_eq!(suggest("colour", names), "choose one of theme, refresh, readonly");
    }
}
