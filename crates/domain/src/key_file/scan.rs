//! Splits CSV text into fields, as written by API Gateway and spreadsheets.

use std::iter::Peekable;
use std::str::Chars;

use super::error_at;
use crate::file_error::FileError;

/// A field and its position.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Field {
    pub(super) text: String,
    pub(super) line: usize,
    pub(super) column: usize,
}

/// All non-blank records. Quotes may be single or double, and fields may be padded with spaces and tabs.
pub(super) fn records(text: &str) -> Result<Vec<Vec<Field>>, FileError> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut scanner = CsvScanner { rest: text.chars().peekable(), line: 1, column: 1 };
    let mut records = Vec::new();
    while scanner.rest.peek().is_some() {
        let record = scanner.record()?;
        if record.iter().any(|field: &Field| !field.text.is_empty()) {
            records.push(record);
        }
    }
    Ok(records)
}

struct CsvScanner<'a> {
    rest: Peekable<Chars<'a>>,
    line: usize,
    column: usize,
}

impl CsvScanner<'_> {
    /// Consumes one line, including its line break.
    fn record(&mut self) -> Result<Vec<Field>, FileError> {
        let mut fields = Vec::new();
        loop {
            fields.push(self.field()?);
            match self.next_char() {
                Some(',') => {}
                Some('\r') if self.rest.peek() == Some(&'\n') => {
                    self.next_char();
                    return Ok(fields);
                }
                _ => return Ok(fields),
            }
        }
    }

    /// Consumes one field, up to a comma or line break.
    fn field(&mut self) -> Result<Field, FileError> {
        while self.rest.peek().is_some_and(|c| is_blank(*c)) {
            self.next_char();
        }
        let (line, column) = (self.line, self.column);
        let text = match self.rest.peek() {
            Some('"' | '\'') => self.quoted_text()?,
            _ => self.unquoted_text(),
        };
        Ok(Field { text, line, column })
    }

    fn unquoted_text(&mut self) -> String {
        let mut text = String::new();
        while let Some(c) = self.rest.peek().copied().filter(|c| !is_end(*c)) {
            text.push(c);
            self.next_char();
        }
        text.truncate(text.trim_end().len());
        text
    }

    fn quoted_text(&mut self) -> Result<String, FileError> {
        let (line, column) = (self.line, self.column);
        let quote = self.next_char();
        let mut text = String::new();
        loop {
            match self.next_char() {
                None => return Err(error_at(line, column, "this quote is never closed")),
                c if c == quote && self.rest.peek().copied() == quote => {
                    self.next_char();
                    text.extend(c);
                }
                c if c == quote => break,
                Some(c) => text.push(c),
            }
        }
        while self.rest.peek().is_some_and(|c| is_blank(*c)) {
            self.next_char();
        }
        match self.rest.peek().copied() {
            Some(c) if !is_end(c) => {
                let what = "expected a comma or the end of the line after the closing quote";
                Err(error_at(self.line, self.column, what))
            }
            _ => Ok(text),
        }
    }

    /// Counts `\r\n` as one line break.
    fn next_char(&mut self) -> Option<char> {
        let c = self.rest.next()?;
        let is_line_break = c == '\n' || (c == '\r' && self.rest.peek() != Some(&'\n'));
        (self.line, self.column) =
            if is_line_break { (self.line + 1, 1) } else { (self.line, self.column + 1) };
        Some(c)
    }
}

const fn is_blank(c: char) -> bool {
    matches!(c, ' ' | '\t')
}

const fn is_end(c: char) -> bool {
    matches!(c, ',' | '\n' | '\r')
}
