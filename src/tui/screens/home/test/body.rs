//! Formats a response body: indents and highlights JSON, keeps other text, and replaces control characters.

use crate::tui::styles::Role;
use crate::tui::text;

/// Longer bodies are truncated.
const MAX_BODY_LINES: usize = 1_000;

/// Each line is a list of styled pieces.
pub(super) fn lines(body: &str) -> Vec<Vec<(Role, String)>> {
    let json = serde_json::from_str::<serde_json::Value>(body).ok();
    let pretty = json.and_then(|value| serde_json::to_string_pretty(&value).ok());
    let mut lines: Vec<_> = match &pretty {
        Some(pretty) => pretty.lines().take(MAX_BODY_LINES + 1).map(split_json_line).collect(),
        None => body.lines().take(MAX_BODY_LINES + 1).map(|line| vec![(Role::Text, clean(line))]).collect(),
    };
    if lines.len() > MAX_BODY_LINES {
        lines.truncate(MAX_BODY_LINES);
        lines.push(vec![(Role::Muted, format!("… more than {} lines", text::format_count(MAX_BODY_LINES)))]);
    }
    lines
}

/// Splits a line of indented JSON into indent, name, value and comma.
fn split_json_line(line: &str) -> Vec<(Role, String)> {
    let value = line.trim_start();
    let indent = line[..line.len() - value.len()].to_owned();
    let (name, value) = match value.split_at(string_end(value)) {
        (name, rest) if !name.is_empty() && rest.starts_with(": ") => (Some(name), &rest[2..]),
        _ => (None, value),
    };
    let bare = value.trim_end_matches(',');
    let comma = &value[bare.len()..];
    let role = match bare.chars().next() {
        Some('"') => Role::Ok,
        Some('{' | '[' | '}' | ']') | None => Role::Muted,
        Some(_) => Role::Bar,
    };
    let name = name.map(|name| [(Role::Accent, clean(name)), (Role::Muted, ": ".to_owned())]);
    let mut pieces = vec![(Role::Text, indent)];
    pieces.extend(name.into_iter().flatten());
    pieces.extend([(role, clean(bare)), (Role::Muted, comma.to_owned())]);
    pieces.retain(|(_, text)| !text.is_empty());
    pieces
}

/// Returns the end of the JSON string literal at the start of `text`, or 0 if there is none.
fn string_end(text: &str) -> usize {
    if !text.starts_with('"') {
        return 0;
    }
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return at + 1,
            _ => {}
        }
    }
    0
}

fn clean(line: &str) -> String {
    text::clean(line).into_owned()
}

/// Wraps one line of styled pieces at `cells`.
pub(super) fn wrap(line: &[(Role, String)], cells: usize) -> Vec<Vec<(Role, String)>> {
    let mut lines = vec![Vec::new()];
    let mut used = 0;
    for (role, piece) in line {
        let mut run = String::new();
        for c in piece.chars() {
            let width = unicode_width::UnicodeWidthChar::width(c).unwrap_or(0);
            if used + width > cells && used > 0 {
                push_run(&mut lines, *role, std::mem::take(&mut run));
                lines.push(Vec::new());
                used = 0;
            }
            used += width;
            run.push(c);
        }
        push_run(&mut lines, *role, run);
    }
    lines
}

fn push_run(lines: &mut [Vec<(Role, String)>], role: Role, run: String) {
    if let Some(line) = lines.last_mut().filter(|_| !run.is_empty()) {
        line.push((role, run));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(body: &str) -> Vec<String> {
        lines(body).iter().map(|line| line.iter().map(|(_, text)| text.as_str()).collect()).collect()
    }

    #[test]
    fn json_is_indented_and_styled_by_role() {
        assert_eq!(
            plain(r#"{"a \"q\": b":[1,true],"c":"d, e"}"#),
            ["{", r#"  "a \"q\": b": ["#, "    1,", "    true", "  ],", r#"  "c": "d, e""#, "}"]
        );
        let name = lines(r#"{"n":-1.5}"#)[1].clone();
        let piece = |role, text: &str| (role, text.to_owned());
        assert_eq!(
            name,
            [
                piece(Role::Text, "  "),
                piece(Role::Accent, r#""n""#),
                piece(Role::Muted, ": "),
                piece(Role::Bar, "-1.5")
            ]
        );
    }

    #[test]
    fn other_text_is_kept_with_control_characters_replaced() {
        assert_eq!(plain("<p>\u{1b}[31mred</p>\r\nnext\u{202e}"), ["<p>␛[31mred</p>", "next·"]);
        assert_eq!(plain("{\"esc\":\"\\u001b[2J\u{9b}\"}"), ["{", r#"  "esc": "\u001b[2J·""#, "}"]);
        assert!(plain("").is_empty());
    }

    #[test]
    fn long_bodies_are_truncated() {
        let many = plain(&"\n".repeat(5_000));
        assert_eq!((many.len(), many[1_000].as_str()), (1_001, "… more than 1,000 lines"));
    }

    #[test]
    fn long_lines_wrap_by_cells() {
        let line = [(Role::Ok, "東京ab".to_owned()), (Role::Muted, "c".to_owned())];
        let wrapped = wrap(&line, 3);
        let texts: Vec<String> =
            wrapped.iter().map(|line| line.iter().map(|(_, text)| text.as_str()).collect()).collect();
        assert_eq!(texts, ["東", "京a", "bc"]);
        assert_eq!(wrap(&[], 3), [Vec::new()]);
    }
}
