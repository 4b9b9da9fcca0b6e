//! What is typed after `/`: words, `~fuzzy`, `!word`, and fields such as `tenant:acme`, `enabled:no` or `used:>80%`.
//!
//! A word matches a part of name, tenant or id, whatever its case; after `~` its letters match in order in name and
//! tenant. Six or more characters are also compared with the end of the secret value, so that a leaked key leads to its
//! row.

mod used;

use keypool_domain::{Inventory, TenantKey};
use nucleo_matcher::{Config, Matcher, Utf32Str};

use super::reading::Reading;
use used::Used;

/// The fewest characters of a value that are taken for one.
const VALUE_FROM: usize = 6;

/// A filter, ready to be asked about many rows.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Filter {
    terms: Vec<Term>,
}

#[derive(Debug, Clone, PartialEq)]
struct Term {
    negated: bool,
    test: Test,
}

#[derive(Debug, Clone, PartialEq)]
enum Test {
    Word { text: String, letters: u64, is_fuzzy: bool },
    Plan(String),
    Tenant(String),
    Name(String),
    Key(String),
    Enabled(bool),
    EnabledUnknown,
    ModeUnknown,
    Mode(&'static str),
    Used(Used),
}

/// The matcher's scratch memory.
pub(crate) struct Scratch {
    matcher: Matcher,
    haystack: Vec<char>,
    needle: Vec<char>,
}

impl Scratch {
    pub(crate) fn new() -> Self {
        Self { matcher: Matcher::new(Config::DEFAULT), haystack: Vec::new(), needle: Vec::new() }
    }

    fn fuzzy(&mut self, text: &str, word: &str) -> bool {
        if text.is_ascii() && word.is_ascii() {
            return in_order(text, word);
        }
        let haystack = Utf32Str::new(text, &mut self.haystack);
        let needle = Utf32Str::new(word, &mut self.needle);
        self.matcher.fuzzy_match(haystack, needle).is_some()
    }
}

impl Filter {
    pub(crate) fn parse(text: &str) -> Self {
        Self { terms: text.split_whitespace().filter_map(term).collect() }
    }

    /// Whether every row that this filter lets through was let through by the other.
    pub(crate) fn narrows(&self, other: &Self) -> bool {
        self.terms.len() >= other.terms.len()
            && other.terms.iter().zip(&self.terms).all(|(old, new)| new.narrows(old))
    }

    /// Whether the row at this place passes.
    pub(crate) fn passes(&self, at: u32, reading: &Reading, scratch: &mut Scratch) -> bool {
        self.terms.iter().all(|term| term.test.holds(at, reading, scratch) != term.negated)
    }

    /// Whether it asks for usage, so that rows may pass after a later reading of it.
    pub(crate) fn asks_for_usage(&self) -> bool {
        self.terms.iter().any(|term| matches!(term.test, Test::Used(_)))
    }
}

impl Term {
    fn narrows(&self, old: &Self) -> bool {
        if self == old {
            return true;
        }
        match (&self.test, &old.test) {
            (
                Test::Word { text: new, is_fuzzy: new_fuzzy, .. },
                Test::Word { text: old_text, is_fuzzy: old_fuzzy, .. },
            ) => {
                // From a certain length on a word may also be the end of a value, which a shorter one never was.
                let grows = new.len() < VALUE_FROM && new.starts_with(old_text.as_str());
                !self.negated && !old.negated && new_fuzzy == old_fuzzy && grows
            }
            _ => false,
        }
    }
}

fn term(word: &str) -> Option<Term> {
    let (negated, word) = word.strip_prefix('!').map_or((false, word), |rest| (true, rest));
    let test = match word.split_once(':') {
        Some((field, value)) => match field_test(field, &value.to_lowercase()) {
            Some(test) => test?,
            None => plain(word)?,
        },
        None => plain(word)?,
    };
    Some(Term { negated, test })
}

fn plain(word: &str) -> Option<Test> {
    let (is_fuzzy, word) = word.strip_prefix('~').map_or((false, word), |rest| (true, rest));
    let text = word.to_lowercase();
    (!word.is_empty()).then(|| Test::Word { letters: letters([text.as_str()]), text, is_fuzzy })
}

/// `None` for a field that there is not; `Some(None)` for one whose value is still to be typed.
fn field_test(field: &str, value: &str) -> Option<Option<Test>> {
    let text = || (!value.is_empty()).then(|| value.to_owned());
    Some(match field {
        "plan" => text().map(Test::Plan),
        "tenant" => text().map(Test::Tenant),
        "name" => text().map(Test::Name),
        "key" => text().map(Test::Key),
        "enabled" => match value {
            "y" | "ye" | "yes" | "true" | "on" => Some(Test::Enabled(true)),
            "n" | "no" | "false" | "off" => Some(Test::Enabled(false)),
            "?" | "unknown" => Some(Test::EnabledUnknown),
            _ => None,
        },
        "used" => Used::parse(value).map(Test::Used),
        "mode" if matches!(value, "?" | "unknown") => Some(Test::ModeUnknown),
        "mode" => keypool_domain::MODES
            .into_iter()
            .find(|mode| !value.is_empty() && mode.starts_with(value))
            .map(Test::Mode),
        _ => return None,
    })
}

impl Test {
    fn holds(&self, at: u32, reading: &Reading, scratch: &mut Scratch) -> bool {
        let inventory: &Inventory = &reading.inventory;
        let row = &inventory.rows()[at as usize];
        match self {
            Self::Word { text, letters, is_fuzzy } => {
                let may = letters & !reading.keys.letters(at) == 0;
                let mut found = || match is_fuzzy {
                    true => letters_in_row(row, text, scratch),
                    false => word_in_row(row, text),
                };
                (may && found()) || is_value(row, text)
            }
            Self::Plan(text) => {
                contains(inventory.plan_name(&row.plan), text) || contains(row.plan.as_str(), text)
            }
            Self::Used(used) => reading.standing(at).is_some_and(|standing| used.holds(standing)),
            Self::Tenant(text) => contains(row.tenant.as_str(), text),
            Self::Name(text) => contains(&row.name, text),
            Self::Key(text) => id_contains(row, text) || is_value(row, text),
            Self::Enabled(on) => row.enabled.is_known_to_be(on),
            Self::EnabledUnknown => row.enabled.reason().is_some(),
            Self::Mode(mode) => inventory.mode(row).is_known_to_be(mode),
            Self::ModeUnknown => row.pool_key.reason().is_some(),
        }
    }
}

fn word_in_row(row: &TenantKey, word: &str) -> bool {
    contains(row.tenant.as_str(), word) || contains(&row.name, word) || id_contains(row, word)
}

fn letters_in_row(row: &TenantKey, word: &str, scratch: &mut Scratch) -> bool {
    scratch.fuzzy(row.tenant.as_str(), word) || scratch.fuzzy(&row.name, word) || id_contains(row, word)
}

/// Whether the text holds the letters of this word of small letters in order: what the matcher answers, without the
/// search for the best of the places.
fn in_order(text: &str, word: &str) -> bool {
    let mut letters = text.bytes().map(|byte| byte.to_ascii_lowercase());
    word.bytes().all(|wanted| letters.any(|letter| letter == wanted))
}

fn id_contains(row: &TenantKey, text: &str) -> bool {
    contains(row.id.as_str(), text) || row.referred().is_some_and(|key| contains(key.as_str(), text))
}

fn is_value(row: &TenantKey, text: &str) -> bool {
    let ends = |value: &str| {
        let start = value.len().checked_sub(text.len()).and_then(|start| value.get(start..));
        start.is_some_and(|end| end.eq_ignore_ascii_case(text))
    };
    text.len() >= VALUE_FROM && row.stored_value().is_some_and(|value| ends(value.expose()))
}

/// Whether the text holds this word of small letters, whatever the case of its own.
fn contains(text: &str, word: &str) -> bool {
    if text.is_ascii() && word.is_ascii() {
        return text.as_bytes().windows(word.len()).any(|part| part.eq_ignore_ascii_case(word.as_bytes()));
    }
    text.to_lowercase().contains(word)
}

/// Which letters and digits the texts hold, one bit each: what a row lacks need not be sought in it. Texts beyond
/// ASCII count as holding everything, for the matcher also finds letters without their accents.
pub(crate) fn letters<'a>(texts: impl IntoIterator<Item = &'a str>) -> u64 {
    texts.into_iter().flat_map(str::bytes).fold(0, |bits, byte| {
        bits | match byte.to_ascii_lowercase() {
            letter @ b'a'..=b'z' => 1 << (letter - b'a'),
            digit @ b'0'..=b'9' => 1 << (26 + digit - b'0'),
            0..0x80 => 0,
            _ => u64::MAX,
        }
    })
}
