//! Formatting of counts, numbers and durations, and escaping of text for terminals, spreadsheets and JSON.

mod terminal;

use std::borrow::Cow;
use std::fmt::Write as _;

pub use terminal::{is_unsafe_in_terminal, replace_unsafe};

/// For example "1 key", "10 keys".
pub fn pluralize(count: usize, noun: &str) -> String {
    format!("{} {noun}{}", group_thousands(count as u64), if count == 1 { "" } else { "s" })
}

/// For example "1 call", "20,000 calls".
pub fn pluralize_calls(count: u64) -> String {
    pluralize(usize::try_from(count).unwrap_or(usize::MAX), "call")
}

/// For example "90 s", "15 min", "24 h".
pub fn format_duration(seconds: u64) -> String {
    match seconds {
        0 => "0 s".to_owned(),
        _ if seconds.is_multiple_of(86_400) => pluralize((seconds / 86_400) as usize, "day"),
        _ if seconds.is_multiple_of(3_600) => format!("{} h", seconds / 3_600),
        _ if seconds.is_multiple_of(60) => format!("{} min", seconds / 60),
        _ => format!("{seconds} s"),
    }
}

/// For example "512 bytes", "1.2 MB", "34.0 GB", in powers of 1,000.
pub fn format_bytes(bytes: u64) -> String {
    let units = [(1_000_000_000_000, "TB"), (1_000_000_000, "GB"), (1_000_000, "MB"), (1_000, "kB")];
    match units.into_iter().find(|(size, _)| bytes >= *size) {
        Some((size, unit)) => format!("{}.{} {unit}", bytes / size, bytes % size * 10 / size),
        None => format!("{bytes} bytes"),
    }
}

/// Separates thousands with commas.
pub fn group_thousands(number: u64) -> String {
    insert_commas(&number.to_string())
}

/// As [`group_thousands`], for a decimal number.
pub fn group_thousands_decimal(number: &str) -> String {
    match number.split_once('.') {
        Some((whole, fraction)) => format!("{}.{fraction}", insert_commas(whole)),
        None => insert_commas(number),
    }
}

fn insert_commas(digits: &str) -> String {
    let mut out = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// Characters that make a spreadsheet treat a cell as a formula; of the signs also the full-width forms, and of
/// the blanks those that a spreadsheet drops before a sign.
const FORMULA_PREFIXES: [char; 11] = ['=', '+', '-', '@', '＝', '＋', '－', '＠', '\t', '\r', '\n'];

/// Puts an apostrophe before a text that a spreadsheet would evaluate as a formula.
pub fn escape_formula(text: &str) -> Cow<'_, str> {
    if text.starts_with(FORMULA_PREFIXES) { Cow::Owned(format!("'{text}")) } else { Cow::Borrowed(text) }
}

/// Escapes line breaks and other control characters, so that a message about outside text is one line.
pub fn to_one_line(text: &str) -> String {
    let escape = |c: char| if c.is_control() { c.escape_default().to_string() } else { c.to_string() };
    text.chars().map(escape).collect()
}

/// A string literal for both JSON and JavaScript, without characters that are unsafe in a terminal.
pub fn json_string(text: &str) -> String {
    let mut quoted = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            c if is_unsafe_in_terminal(c) => push_unicode_escape(&mut quoted, c),
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}

/// Appends a character as `\uXXXX` escapes of JSON and JavaScript.
pub fn push_unicode_escape(text: &mut String, c: char) {
    for unit in c.encode_utf16(&mut [0; 2]) {
        // Writing to a String cannot fail.
        let _ = write!(text, "\\u{unit:04x}");
    }
}

/// Escapes characters of a JSON text that are unsafe in a terminal. Line breaks remain: JSON allows them
/// only between values.
pub fn terminal_safe_json(json: &str) -> Cow<'_, str> {
    replace_unsafe(json, |c, escaped| match c {
        '\n' => escaped.push(c),
        _ => push_unicode_escape(escaped, c),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_are_grouped() {
        let grouped = [0, 999, 1_000, 10_000, 1_234_567].map(group_thousands);
        assert_eq!(grouped, ["0", "999", "1,000", "10,000", "1,234,567"]);
        assert_eq!(
            ["0.5", "49.90", "1482", "12345.678"].map(group_thousands_decimal),
            ["0.5", "49.90", "1,482", "12,345.678"]
        );
    }

    #[test]
    fn texts_that_a_spreadsheet_takes_for_formulas_get_an_apostrophe() {
        for text in ["=1", "+1", "-1", "@a", "＝1", "＋1", "－1", "＠a", "\t=1", "\r=1", "\n=1"] {
            assert_eq!(escape_formula(text), format!("'{text}"));
        }
        for text in ["", "a=1", "'=1", "1"] {
            assert_eq!(escape_formula(text), text);
        }
    }

    #[test]
    fn a_message_about_text_with_line_breaks_is_one_line() {
        assert_eq!(to_one_line("plan `a\r\nb\u{85}` — \"é\\n\""), "plan `a\\r\\nb\\u{85}` — \"é\\n\"");
    }
}
