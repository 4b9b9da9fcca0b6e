//! Makes untrusted text safe to draw, and fits it into terminal cells.
//!
//! Names and descriptions come from AWS: they must not move the cursor, colour the terminal or reorder a line.

use std::borrow::Cow;
use std::time::Duration;

use keypool_domain::text::replace_unsafe;
use keypool_domain::{AccountPart, ApiKeyId, Extent, Inventory, Known, PlanId, Price, Unknown};
use unicode_truncate::UnicodeTruncateStr;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Replaces control characters, escape sequences and invisible or reordering characters with symbols one cell wide.
pub(crate) fn clean(text: &str) -> Cow<'_, str> {
    replace_unsafe(text, |c, clean| clean.push(symbol(c)))
}

fn symbol(c: char) -> char {
    match c {
        '\0'..='\u{1f}' => char::from_u32(0x2400 + c as u32).unwrap_or('·'),
        '\u{7f}' => '␡',
        _ => '·',
    }
}

/// The width in terminal cells.
pub(crate) fn width(text: &str) -> usize {
    text.width()
}

/// Cleans the text and truncates it to `cells`, with a trailing `…` if anything is cut off.
pub(crate) fn fit(text: &str, cells: usize) -> Cow<'_, str> {
    // A description may hold 125,000 characters: only those that can be visible are processed.
    let end = text.char_indices().nth(cells.saturating_mul(4) + 16).map_or(text.len(), |(at, _)| at);
    let cleaned = clean(&text[..end]);
    if end == text.len() && cleaned.width() <= cells {
        return cleaned;
    }
    if cells == 0 {
        return Cow::Borrowed("");
    }
    let (start, _) = cleaned.unicode_truncate(cells - 1);
    Cow::Owned(format!("{start}…"))
}

/// Cleans the text and wraps it at spaces; a word longer than `cells` continues in the next line.
pub(crate) fn wrap(text: &str, cells: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in clean(text).split_whitespace() {
        let Some(line) = lines.last_mut() else { break };
        let gap = usize::from(!line.is_empty());
        if line.width() + gap + word.width() <= cells {
            line.push_str(&" "[..gap]);
            line.push_str(word);
            continue;
        }
        if !line.is_empty() {
            lines.push(String::new());
        }
        for c in word.chars() {
            match lines.last_mut() {
                Some(line) if line.is_empty() || line.width() + c.width().unwrap_or(0) <= cells => {
                    line.push(c)
                }
                _ => lines.push(c.to_string()),
            }
        }
    }
    lines
}

/// In the place of a value that is still to be read.
pub(crate) const PENDING: &str = "…";
/// In the place of a value that could not be read.
pub(crate) const UNKNOWN: &str = "?";
/// In the place of a value that does not exist, e.g. the quota of a plan without one.
pub(crate) const NOT_APPLICABLE: &str = "–";

/// What stands in the place of an unknown value: `…` until it is read, `?` if it cannot be read.
pub(crate) const fn unknown_mark(why: &Unknown) -> &'static str {
    match why {
        Unknown::NotReadYet => PENDING,
        Unknown::NotAllowed(_) | Unknown::Unreadable(_) => UNKNOWN,
    }
}

/// The model of a plan; `…` until pools are read.
pub(crate) fn format_model(inventory: &Inventory, plan: &PlanId) -> &'static str {
    match inventory.model(plan) {
        Known::Value(model) => model.as_str(),
        Known::Unknown(why) => unknown_mark(&why),
    }
}

/// The number of API keys while their list is not complete.
pub(crate) fn format_unlisted_api_keys(inventory: &Inventory) -> String {
    match inventory.extent(AccountPart::ApiKeys) {
        Extent::Complete | Extent::Remembered { .. } => "?".to_owned(),
        Extent::Partial { read, .. } | Extent::OnDemand { read, .. } => format_count_so_far(read, false),
    }
}

/// A count of tenants or keys; with `…` while more of them may come.
pub(crate) fn format_count_so_far(count: usize, is_complete: bool) -> String {
    match (count, is_complete) {
        (count, true) => format_count(count),
        (0, false) => "…".to_owned(),
        (count, false) => format!("{}…", format_count(count)),
    }
}

/// How many tenant keys use an API key; with `…` while there may be more, because their list or what they refer to was
/// not read.
pub(crate) fn format_tenant_keys_of(inventory: &Inventory, api_key: &ApiKeyId) -> String {
    if let (true, Some(counted)) = (inventory.lists_on_demand(), inventory.counted_references(api_key)) {
        return format_known_count(counted);
    }
    let is_complete = inventory.find_missing_part(&[AccountPart::TenantKeys]).is_none()
        && inventory.tenant_key_count(api_key).reason().is_none();
    format_count_so_far(inventory.tenant_keys_of_api_key(api_key).len(), is_complete)
}

/// A mark if the count is unknown.
pub(crate) fn format_known_count(number: &Known<u32>) -> String {
    match number {
        Known::Value(number) => format_count_u64((*number).into()),
        Known::Unknown(why) => unknown_mark(why).to_owned(),
    }
}

pub(crate) fn format_count(number: usize) -> String {
    format_count_u64(u64::try_from(number).unwrap_or(u64::MAX))
}

pub(crate) fn format_count_u64(number: u64) -> String {
    keypool_domain::text::group_thousands(number)
}

pub(crate) fn format_amount(price: Price) -> String {
    keypool_domain::text::group_thousands_decimal(&price.to_string())
}

/// At most five cells, e.g. `12.3k`; rounds down.
pub(crate) fn abbreviate(number: u64) -> String {
    const UNITS: [(u64, &str); 6] = [
        (1_000_000_000_000_000_000, "E"),
        (1_000_000_000_000_000, "P"),
        (1_000_000_000_000, "T"),
        (1_000_000_000, "G"),
        (1_000_000, "M"),
        (1_000, "k"),
    ];
    let Some((unit, suffix)) = UNITS.iter().find(|(unit, _)| number >= *unit) else {
        return number.to_string();
    };
    let (whole, tenth) = (number / unit, number % unit / (unit / 10));
    if tenth == 0 || whole >= 100 { format!("{whole}{suffix}") } else { format!("{whole}.{tenth}{suffix}") }
}

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
        assert_eq!(fit("☀\u{fe0f}☀\u{fe0f}☀\u{fe0f}", 4), "☀\u{fe0f}…");
        assert_eq!(fit("👩\u{200d}💻👩\u{200d}💻 on call", 5), "👩\u{200d}💻👩\u{200d}💻…");
    }

    #[test]
    fn text_wraps_at_spaces_and_within_words_that_are_longer_than_a_line() {
        assert_eq!(wrap("one two three", 7), ["one two", "three"]);
        assert_eq!(wrap("a incomprehensible b", 6), ["a", "incomp", "rehens", "ible b"]);
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
        for (number, expected) in cases {
            assert_eq!(abbreviate(number), expected);
        }
        assert_eq!(abbreviate(u64::MAX), "18.4E");
    }

    #[test]
    fn latencies_are_never_shown_as_zero() {
        let cases =
            [(0, "<1 ms"), (999, "<1 ms"), (2_490, "2.4 ms"), (12_900, "12 ms"), (61_280_000, "61.2 s")];
        for (micros, expected) in cases {
            assert_eq!(format_latency(Duration::from_micros(micros)), expected);
        }
    }
}
