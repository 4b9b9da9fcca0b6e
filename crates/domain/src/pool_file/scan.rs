//! Lexer for JSON and the JavaScript of pool files; skips whitespace and comments.
//!
//! Reads every character once and never panics.

use crate::file_error::{FileError, quote_or_mask};

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Token {
    /// `[`, `{` or `(`.
    Open(char),
    /// `]`, `}` or `)`.
    Close(char),
    /// A string in any of JavaScript's three quotes, without the quotes.
    Text(String),
    /// Letters, digits, `_` and `$`.
    Word(String),
    /// Any other character.
    Mark(char),
    End,
}

impl Token {
    /// For error messages.
    pub(super) fn describe(&self) -> String {
        match self {
            Self::Open(c) | Self::Close(c) | Self::Mark(c) => format!("`{}`", c.escape_debug()),
            Self::Text(_) => "a string".to_owned(),
            Self::Word(word) => quote_or_mask(word),
            Self::End => "the end of the file".to_owned(),
        }
    }
}

pub(crate) struct Scanner<'a> {
    text: &'a str,
    /// Offset of the next character, in bytes.
    at: usize,
    /// Offset of the last token, in bytes.
    begin: usize,
    /// The line of the last token, counted from 1.
    line: usize,
}

impl<'a> Scanner<'a> {
    pub(crate) fn new(text: &'a str) -> Self {
        let at = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
        Self { text, at, begin: 0, line: 1 }
    }

    pub(super) const fn line(&self) -> usize {
        self.line
    }

    /// The next token and its offset.
    pub(crate) fn next_token(&mut self) -> Result<(usize, Token), FileError> {
        self.skip_trivia()?;
        let begin = self.at;
        self.line += self.text[self.begin..begin].bytes().filter(|&byte| byte == b'\n').count();
        self.begin = begin;
        let token = match self.next_char() {
            None => Token::End,
            Some(c @ ('[' | '{' | '(')) => Token::Open(c),
            Some(c @ (']' | '}' | ')')) => Token::Close(c),
            Some(quote @ ('"' | '\'' | '`')) => Token::Text(self.quoted_text(quote, begin)?),
            Some(c) if is_word(c) => {
                self.skip_while(is_word);
                Token::Word(self.text[begin..self.at].to_owned())
            }
            Some(c) => Token::Mark(c),
        };
        Ok((begin, token))
    }

    /// Skips whitespace and comments.
    fn skip_trivia(&mut self) -> Result<(), FileError> {
        loop {
            self.skip_while(char::is_whitespace);
            let rest = &self.text[self.at..];
            if rest.starts_with("//") {
                self.skip_while(|c| c != '\n');
            } else if let Some(inside) = rest.strip_prefix("/*") {
                let Some(end) = inside.find("*/") else {
                    return Err(self.error_at(self.at, "this comment does not end: expected `*/`"));
                };
                self.at += end + "/**/".len();
            } else {
                return Ok(());
            }
        }
    }

    fn quoted_text(&mut self, quote: char, begin: usize) -> Result<String, FileError> {
        let mut text = String::new();
        loop {
            let at = self.at;
            match self.next_char() {
                Some(c) if c == quote => return Ok(text),
                Some('\\') => {
                    let units = self.escaped_units(at)?;
                    let decoded =
                        char::decode_utf16(units).map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER));
                    text.extend(decoded);
                }
                Some('\n') if quote != '`' => {
                    return Err(self
                        .error_at(begin, format!("this string does not end on its line: expected {quote}")));
                }
                Some(c) => text.push(c),
                None => {
                    return Err(self.error_at(begin, format!("this string does not end: expected {quote}")));
                }
            }
        }
    }

    /// The UTF-16 units of an escape: characters beyond the BMP are two escapes.
    fn escaped_units(&mut self, at: usize) -> Result<Vec<u16>, FileError> {
        let unescaped = match self.next_char() {
            Some('n') => '\n',
            Some('r') => '\r',
            Some('t') => '\t',
            Some('b') => '\u{8}',
            Some('f') => '\u{c}',
            Some('u') => {
                let first = self.hex_unit(at)?;
                let is_pair = (0xd800..0xdc00).contains(&first) && self.text[self.at..].starts_with("\\u");
                if !is_pair {
                    return Ok(vec![first]);
                }
                self.at += "\\u".len();
                return Ok(vec![first, self.hex_unit(at)?]);
            }
            Some(c @ ('"' | '\'' | '`' | '\\' | '/')) => c,
            _ => return Err(self.error_at(at, "this escape is unknown: use one that JSON has")),
        };
        Ok(unescaped.encode_utf16(&mut [0; 2]).to_vec())
    }

    fn hex_unit(&mut self, at: usize) -> Result<u16, FileError> {
        let digits = self
            .text
            .get(self.at..self.at + 4)
            .filter(|digits| digits.bytes().all(|d| d.is_ascii_hexdigit()));
        let number = digits.and_then(|digits| u16::from_str_radix(digits, 16).ok());
        self.at += if number.is_some() { 4 } else { 0 };
        number.ok_or_else(|| self.error_at(at, "this escape is incomplete: expected four hexadecimal digits"))
    }

    fn next_char(&mut self) -> Option<char> {
        let c = self.text[self.at..].chars().next()?;
        self.at += c.len_utf8();
        Some(c)
    }

    fn skip_while(&mut self, is_skipped: impl Fn(char) -> bool) {
        let rest = &self.text[self.at..];
        self.at += rest.find(|c| !is_skipped(c)).unwrap_or(rest.len());
    }

    pub(super) fn error_at(&self, at: usize, what: impl Into<String>) -> FileError {
        FileError::at_offset(self.text, at, what)
    }
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_' || c == '$'
}
