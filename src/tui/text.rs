//! Text from outside on its way to a screen: nothing in it may move the cursor, colour the terminal or reorder a
//! line, and its width is counted in cells.

use std::borrow::Cow;
use std::time::Duration;

use keypool_domain::text::is_unsafe_in_terminal;
use keypool_domain::{Known, Price};
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Shows control characters, escape sequences and invisible or reordering characters as symbols of one cell.
pub(crate) fn clean(text: &str) -> Cow<'_, str> {
    if text.bytes().all(|byte| (0x20..0x7f).contains(&byte)) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.chars().map(visible_char).collect())
}

fn visible_char(c: char) -> char {
    match c {
        '\0'..='\u{1f}' => char::from_u32(0x2400 + c as u32).unwrap_or('·'),
        '\u{7f}' => '␡',
        _ if is_unsafe_in_terminal(c) => '·',
        _ => c,
    }
}

/// Cells that the text takes on a screen.
pub(crate) fn width(text: &str) -> usize {
    text.width()
}

/// The text made harmless and cut to so many cells; `…` says that something is missing.
pub(crate) fn fit(text: &str, cells: usize) -> Cow<'_, str> {
    // A description may hold 125,000 characters: what cannot be seen is not even looked at.
    let end = text.char_indices().nth(cells.saturating_mul(4) + 16).map_or(text.len(), |(at, _)| at);
    let shown = clean(&text[..end]);
    if end == text.len() && shown.width() <= cells {
        return shown;
    }
    if cells == 0 {
        return Cow::Borrowed("");
    }
    let mut cut = String::new();
    let mut used = 0;
    for c in shown.chars() {
        let next = c.width().unwrap_or(0);
        if used + next > cells - 1 {
            break;
        }
        used += next;
        cut.push(c);
    }
    cut.push('…');
    Cow::Owned(cut)
}

/// The text made harmless and broken into lines of so many cells, at spaces where there are any.
pub(crate) fn wrap(text: &str, cells: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in clean(text).split_whitespace() {
        let Some(line) = lines.last_mut() else { break };
        let gap = usize::from(!line.is_empty());
        if line.width() + gap + word.width() <= cells {
            line.push_str(&" "[..gap]);
            line.push_str(word);
        } else if line.is_empty() {
            line.push_str(&fit(word, cells));
        } else {
            lines.push(fit(word, cells).into_owned());
        }
    }
    lines
}

/// A number with a comma between thousands.
/// A number with its groups, or a mark that it is not known.
pub(crate) fn format_known_count(number: &Known<u32>) -> String {
    number.value_to_show().map_or_else(|| "?".to_owned(), |number| format_count_u64((*number).into()))
}

pub(crate) fn format_count(number: usize) -> String {
    format_count_u64(u64::try_from(number).unwrap_or(u64::MAX))
}

/// The same for what calls are counted in.
pub(crate) fn format_count_u64(number: u64) -> String {
    keypool_domain::text::group_thousands(number)
}

/// An amount of money in the same way.
pub(crate) fn format_amount(price: Price) -> String {
    keypool_domain::text::group_thousands_decimal(&price.to_string())
}

/// A number in at most five cells, for example `12.3k`.
pub(crate) fn abbreviate(number: u64) -> String {
    const UNITS: [(u64, &str); 6] = [
        (1_000_000_000_000_000_000, "E"),
        (1_000_000_000_000_000, "P"),
        (1_000_000_000_000, "T"),
        (1_000_000_000, "G"),
        (1_000_000, "M"),
        (1_000, "k"),
    ];
    let Some((unit, sign)) = UNITS.iter().find(|(unit, _)| number >= *unit) else {
        return number.to_string();
    };
    let (whole, tenth) = (number / unit, number % unit / (unit / 10));
    if tenth == 0 || whole >= 100 { format!("{whole}{sign}") } else { format!("{whole}.{tenth}{sign}") }
}

/// How long something took, as exactly as a person cares to know.
pub(crate) fn format_latency(time: Duration) -> String {
    match time.as_micros() {
        ..1_000 => "<1 ms".to_owned(),
        micros @ 1_000..10_000 => format!("{}.{} ms", micros / 1_000, micros / 100 % 10),
        micros @ 10_000..10_000_000 => format!("{} ms", micros / 1_000),
        _ => format!("{}.{} s", time.as_secs(), time.subsec_millis() / 100),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_and_reordering_characters_are_replaced() {
        assert_eq!(clean("a\u{1b}[31mred\u{7}\r\n\t"), "a␛[31mred␇␍␊␉");
        assert_eq!(clean("\u{9b}31m\u{7f}"), "·31m␡");
        assert_eq!(clean("left\u{202e}thgir\u{200b}\u{2066}\u{feff}"), "left·thgir···");
    }

    #[test]
    fn plain_text_is_not_copied() {
        assert!(matches!(clean("acme web"), Cow::Borrowed(_)));
        assert_eq!(clean("größe 東京"), "größe 東京");
    }

    #[test]
    fn text_that_does_not_fit_ends_in_an_ellipsis() {
        assert_eq!(fit("premium", 7), "premium");
        assert_eq!(fit("premium", 4), "pre…");
        assert_eq!(fit("東京都", 5), "東京…");
        assert_eq!(fit("東京都", 4), "東…");
        assert_eq!(fit("x", 0), "");
    }

    #[test]
    fn wraps_at_spaces_and_truncates_long_words() {
        assert_eq!(wrap("one two three", 7), ["one two", "three"]);
        assert_eq!(wrap("a incomprehensible b", 6), ["a", "incom…", "b"]);
    }

    #[test]
    fn abbreviated_numbers_round_down() {
        let cases = [
            (0, "0"),
            (999, "999"),
            (1_000, "1k"),
            (12_390, "12.3k"),
            (999_999, "999k"),
            (1_500_000, "1.5M"),
        ];
        for (number, said) in cases {
            assert_eq!(abbreviate(number), said);
        }
        assert_eq!(abbreviate(u64::MAX), "18.4E");
    }

    #[test]
    fn latencies_are_never_shown_as_zero() {
        let cases =
            [(0, "<1 ms"), (999, "<1 ms"), (2_490, "2.4 ms"), (12_900, "12 ms"), (61_280_000, "61.2 s")];
        for (micros, said) in cases {
            assert_eq!(format_latency(Duration::from_micros(micros)), said);
        }
    }
}
