//! Errors in the files that are imported.

use crate::Secret;

/// The shortest key value that API Gateway accepts, in characters. Its ids are shorter, so a text of this length may be
/// a key value.
pub const MIN_VALUE_LEN: usize = 20;

/// An error at a position in the file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}, column {column}: {message}")]
pub struct FileError {
    /// Counted from 1.
    pub line: usize,
    /// In characters, counted from 1.
    pub column: usize,
    /// What was expected, and what was found.
    pub message: String,
}

impl FileError {
    pub(crate) fn at_offset(text: &str, offset: usize, what: impl Into<String>) -> Self {
        let before = text.get(..offset).unwrap_or(text);
        let line = before.bytes().filter(|&byte| byte == b'\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        Self { line, column, message: what.into() }
    }
}

/// Quotes a text of the file on one line, masking it if it may be a key value.
pub(crate) fn quote_or_mask(text: &str) -> String {
    let is_short = text.chars().count() < MIN_VALUE_LEN;
    let quoted = if is_short { format!("`{text}`") } else { Secret::new(text).masked() };
    quoted.escape_debug().to_string()
}
