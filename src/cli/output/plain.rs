//! Escapes text so that it cannot control a terminal.

use keypool_domain::text::is_unsafe_in_terminal;

/// Escapes everything that is not plain text as `\u{…}`, including line breaks.
pub(crate) fn escape_line(text: &str) -> String {
    escape(text, |_| false, |c| c.escape_default().to_string())
}

/// Like [`escape_line`], but keeps line breaks.
pub(crate) fn escape_lines(text: &str) -> String {
    escape(text, |c| c == '\n', |c| c.escape_default().to_string())
}

fn escape(text: &str, keep: impl Fn(char) -> bool, escaped: impl Fn(char) -> String) -> String {
    let mut plain = String::with_capacity(text.len());
    for c in text.chars() {
        if is_unsafe_in_terminal(c) && !keep(c) {
            plain.push_str(&escaped(c));
        } else {
            plain.push(c);
        }
    }
    plain
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
