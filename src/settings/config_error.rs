//! What is wrong with what a person configured: where, what was found, and what was meant.

use std::fmt;
use std::path::PathBuf;

/// Where a setting was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ConfigOrigin {
    /// A file; line and column count from 1, and both are 0 where the whole file is meant.
    File {
        /// the file
        path: PathBuf,
        /// the line
        line: usize,
        /// the column, in characters
        column: usize,
    },
    /// An environment variable.
    Variable(String),
    /// A flag of the command line.
    Flag(&'static str),
    /// What keypool does when nothing is said.
    Default,
}

/// One mistake, as a sentence with its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigError {
    /// Where it is.
    pub origin: ConfigOrigin,
    /// What was found and what was meant.
    pub message: String,
}

/// Every mistake that was found, in the order of reading; never empty.
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

/// ": did you mean `theme`?", or ": choose one of a, b" where nothing is near.
pub(super) fn suggest<'a>(found: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    let known: Vec<&str> = known.into_iter().collect();
    match closest_match(found, known.iter().copied()) {
        Some(name) => format!("did you mean `{name}`?"),
        None => format!("choose one of {}", known.join(", ")),
    }
}

/// The known name that was probably meant: a third of its letters may differ.
pub(super) fn closest_match<'a>(found: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let found = found.to_lowercase();
    known
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
        let known = ["theme", "refresh", "readonly"];
        assert_eq!(closest_match("thema", known), Some("theme"));
        assert_eq!(closest_match("Refersh", known), Some("refresh"));
        assert_eq!(closest_match("colour", known), None);
        assert_eq!(suggest("colour", known), "choose one of theme, refresh, readonly");
    }
}
