//! The words of a query.

use crate::logs::error::LogsError;

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Token {
    /// A command, field, function, number or period; without the backquotes of a field.
    Word(String),
    /// A quoted text.
    Text(String),
    /// A sign such as `|`, `(` or `>=`.
    Sign(&'static str),
}

/// Longer signs first.
const SIGNS: [&str; 14] = ["!=", "<=", ">=", "|", "(", ")", "[", "]", ",", "=", "<", ">", "*", "+"];

pub(super) fn tokens(query: &str) -> Result<Vec<Token>, LogsError> {
    let mut tokens = Vec::new();
    let mut rest = query.trim_start();
    while let Some(first) = rest.chars().next() {
        let after = if first == '#' {
            rest.split_once('\n').map_or("", |(_, next)| next)
        } else if matches!(first, '"' | '\'' | '`') {
            let (text, after) = quoted(rest, first)?;
            tokens.push(if first == '`' { Token::Word(text) } else { Token::Text(text) });
            after
        } else if let Some(sign) = SIGNS.iter().find(|sign| rest.starts_with(**sign)) {
            tokens.push(Token::Sign(sign));
            &rest[sign.len()..]
        } else {
            let is_word = |c: char| c.is_alphanumeric() || matches!(c, '@' | '.' | '_' | '-');
            let end = rest.find(|c| !is_word(c)).unwrap_or(rest.len());
            if end == 0 {
                return Err(LogsError::malformed_query(format!("unexpected symbol found {first}")));
            }
            tokens.push(Token::Word(rest[..end].to_owned()));
            &rest[end..]
        };
        rest = after.trim_start();
    }
    Ok(tokens)
}

/// Returns the text up to the closing quote, and what follows. A backslash stands before a quote or backslash.
fn quoted(query: &str, quote: char) -> Result<(String, &str), LogsError> {
    let mut text = String::new();
    let mut chars = query.char_indices().skip(1);
    while let Some((at, c)) = chars.next() {
        match c {
            '\\' => text.extend(chars.next().map(|(_, escaped)| escaped)),
            c if c == quote => return Ok((text, &query[at + c.len_utf8()..])),
            c => text.push(c),
        }
    }
    Err(LogsError::malformed_query(format!("missing {quote}")))
}
