//! A CSV text taken apart into fields, as API Gateway and spreadsheets write it.

use std::iter::Peekable;
use std::str::Chars;

use super::error_at;
use crate::pool_file::FileError;

/// One field, and where it begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Field {
    pub(super) text: String,
    pub(super) line: usize,
    pub(super) column: usize,
}

/// The records that are not blank; quotes may be of either kind, and blanks may stand around fields.
pub(super) fn records(text: &str) -> Result<Vec<Vec<Field>>, FileError> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut scan = CsvScanner { rest: text.chars().peekable(), line: 1, column: 1 };
    let mut records = Vec::new();
    while scan.rest.peek().is_some() {
        let record = scan.record()?;
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
    /// The fields up to the end of a line, which is taken too.
    fn record(&mut self) -> Result<Vec<Field>, FileError> {
        let mut fields = Vec::new();
        loop {
            fields.push(self.field()?);
            match self.next_char() {
                Some(',') => {}
                _ => return Ok(fields),
            }
        }
    }

    /// One field; what comes after it is a comma or the end of a line.
    fn field(&mut self) -> Result<Field, FileError> {
        while self.rest.peek().is_some_and(|c| is_blank(*c)) {
            self.next_char();
        }
        let (line, column) = (self.line, self.column);
        let text = match self.rest.peek() {
            Some('"' | '\'') => self.quoted()?,
            _ => self.unquoted(),
        };
        Ok(Field { text, line, column })
    }

    fn unquoted(&mut self) -> String {
        let mut text = String::new();
        while let Some(c) = self.rest.peek().copied().filter(|c| !is_end(*c)) {
            text.push(c);
            self.next_char();
        }
        text.truncate(text.trim_end().len());
        text
    }

    fn quoted(&mut self) -> Result<String, FileError> {
        let (line, column) = (self.line, self.column);
        let quote = self.next_char();
        let mut text = String::new();
        loop {
            match self.next_char() {
                None => return Err(error_at(line, column, "a quote is opened here and never closed")),
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
                let what = "after a closing quote a comma or the end of the line was expected";
                Err(error_at(self.line, self.column, what))
            }
            _ => Ok(text),
        }
    }

    /// The next character; the end of a line is one, however it is written.
    fn next_char(&mut self) -> Option<char> {
        let c = self.rest.next()?;
        if c == '\r' && self.rest.peek() == Some(&'\n') {
            self.rest.next();
        }
        match c {
            '\n' | '\r' => (self.line, self.column) = (self.line + 1, 1),
            _ => self.column += 1,
        }
        Some(c)
    }
}

const fn is_blank(c: char) -> bool {
    matches!(c, ' ' | '\t')
}

const fn is_end(c: char) -> bool {
    matches!(c, ',' | '\n' | '\r')
}
