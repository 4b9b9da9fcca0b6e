//! Escapes text so that it cannot control a terminal.

use std::borrow::Cow;

use keypool_domain::text::replace_unsafe;
use unicode_truncate::UnicodeTruncateStr;
use unicode_width::UnicodeWidthStr;

/// Escapes everything that is not plain text as `\u{…}`, including line breaks.
pub(crate) fn escape_line(text: &str) -> String {
    replace_unsafe(text, |c, plain| plain.extend(c.escape_default())).into_owned()
}

/// Escapes the text and truncates it to `cells` terminal cells, with a trailing `…` if anything is cut off.
pub(crate) fn fit_line(text: &str, cells: usize) -> String {
    // A description may hold 125,000 characters: only those that can be visible are processed.
    let end = text.char_indices().nth(cells.saturating_mul(4)).map_or(text.len(), |(at, _)| at);
    let line = escape_line(&text[..end]);
    if end == text.len() && line.width() <= cells {
        return line;
    }
    let (start, _) = line.unicode_truncate(cells.saturating_sub(1));
    format!("{start}…")
}

/// Like [`escape_line`], but keeps line breaks.
pub(crate) fn escape_lines(text: &str) -> Cow<'_, str> {
    replace_unsafe(text, |c, plain| match c {
        '\n' => plain.push(c),
        _ => plain.extend(c.escape_default()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_sequences_and_direction_marks_are_escaped() {
        assert_eq!(escape_line("a\u{1b}[2Jb\r\n\u{9b}c\u{202e}d"), "a\\u{1b}[2Jb\\r\\n\\u{9b}c\\u{202e}d");
        assert_eq!(escape_lines("a\nb\u{7}"), "a\nb\\u{7}");
        assert_eq!(escape_line("Ünïcode 漢字 🗝"), "Ünïcode 漢字 🗝");
    }
}
