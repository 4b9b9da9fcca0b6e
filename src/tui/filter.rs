//! What is typed after `/`: words, `~fuzzy_match`, `!word`, and fields such as `tenant:acme`, `enabled:no` or `used:>80%`.
//!
//! A word matches a part of name, tenant or id, whatever its case; after `~` its letters match in order in name and
//! tenant. Six or more characters are also compared with the end of the secret value, so that a leaked key leads to its
//! row.

mod usage_condition;

use keypool_domain::{Inventory, TenantKey};
use nucleo_matcher::{Config, Matcher, Utf32Str};

use super::snapshot::Snapshot;
use usage_condition::UsageCondition;

/// The fewest characters of a value that are taken for one.
const MIN_VALUE_CHARS: usize = 6;

/// A filter, ready to be asked about many rows.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Filter {
    terms: Vec<Term>,
}

#[derive(Debug, Clone, PartialEq)]
struct Term {
    is_negated: bool,
    criterion: Criterion,
}

#[derive(Debug, Clone, PartialEq)]
enum Criterion {
    Word { text: String, letters: u64, is_fuzzy: bool },
    Plan(String),
    Tenant(String),
    Name(String),
    Key(String),
    Enabled(bool),
    EnabledUnknown,
    ModeUnknown,
    Mode(&'static str),
    Used(UsageCondition),
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

    fn fuzzy_match(&mut self, text: &str, word: &str) -> bool {
        if text.is_ascii() && word.is_ascii() {
            return contains_in_order(text, word);
        }
        let haystack = Utf32Str::new(text, &mut self.haystack);
        let needle = Utf32Str::new(word, &mut self.needle);
        self.matcher.fuzzy_match(haystack, needle).is_some()
    }
}

impl Filter {
    pub(crate) fn parse(text: &str) -> Self {
        Self { terms: text.split_whitespace().filter_map(parse_term).collect() }
    }

    /// Whether every row that this filter lets through was let through by the other.
    pub(crate) fn is_narrower_than(&self, other: &Self) -> bool {
        self.terms.len() >= other.terms.len()
            && other.terms.iter().zip(&self.terms).all(|(old, new)| new.is_narrower_than(old))
    }

    /// Whether the row at this place passes.
    pub(crate) fn matches(&self, at: u32, reading: &Snapshot, scratch: &mut Scratch) -> bool {
        self.terms.iter().all(|term| term.criterion.matches(at, reading, scratch) != term.is_negated)
    }

    /// Whether it asks for usage, so that rows may pass after a later reading of it.
    pub(crate) fn depends_on_usage(&self) -> bool {
        self.terms.iter().any(|term| matches!(term.criterion, Criterion::Used(_)))
    }
}

impl Term {
    fn is_narrower_than(&self, old: &Self) -> bool {
        if self == old {
            return true;
        }
        match (&self.criterion, &old.criterion) {
            (
                Criterion::Word { text: new, is_fuzzy: new_fuzzy, .. },
                Criterion::Word { text: old_text, is_fuzzy: old_fuzzy, .. },
            ) => {
                // From a certain length on a word may also be the end of a value, which a shorter one never was.
                let grows = new.len() < MIN_VALUE_CHARS && new.starts_with(old_text.as_str());
                !self.is_negated && !old.is_negated && new_fuzzy == old_fuzzy && grows
            }
            _ => false,
        }
    }
}

fn parse_term(word: &str) -> Option<Term> {
    let (negated, word) = word.strip_prefix('!').map_or((false, word), |rest| (true, rest));
    let test = match word.split_once(':') {
        Some((field, value)) => match parse_field(field, &value.to_lowercase()) {
            Some(test) => test?,
            None => parse_word(word)?,
        },
        None => parse_word(word)?,
    };
    Some(Term { is_negated: negated, criterion: test })
}

fn parse_word(word: &str) -> Option<Criterion> {
    let (is_fuzzy, word) = word.strip_prefix('~').map_or((false, word), |rest| (true, rest));
    let text = word.to_lowercase();
    (!word.is_empty()).then(|| Criterion::Word { letters: letters([text.as_str()]), text, is_fuzzy })
}

/// `None` for a field that there is not; `Some(None)` for one whose value is still to be typed.
fn parse_field(field: &str, value: &str) -> Option<Option<Criterion>> {
    let text = || (!value.is_empty()).then(|| value.to_owned());
    Some(match field {
        "plan" => text().map(Criterion::Plan),
        "tenant" => text().map(Criterion::Tenant),
        "name" => text().map(Criterion::Name),
        "key" => text().map(Criterion::Key),
        "enabled" => match value {
            "y" | "ye" | "yes" | "true" | "on" => Some(Criterion::Enabled(true)),
            "n" | "no" | "false" | "off" => Some(Criterion::Enabled(false)),
            "?" | "unknown" => Some(Criterion::EnabledUnknown),
            _ => None,
        },
        "used" => UsageCondition::parse(value).map(Criterion::Used),
        "mode" if matches!(value, "?" | "unknown") => Some(Criterion::ModeUnknown),
        "mode" => keypool_domain::MODES
            .into_iter()
            .find(|mode| !value.is_empty() && mode.starts_with(value))
            .map(Criterion::Mode),
        _ => return None,
    })
}

impl Criterion {
    fn matches(&self, at: u32, reading: &Snapshot, scratch: &mut Scratch) -> bool {
        let inventory: &Inventory = &reading.inventory;
        let row = &inventory.tenant_keys()[at as usize];
        match self {
            Self::Word { text, letters, is_fuzzy } => {
                let may = letters & !reading.keys.letter_bits(at) == 0;
                let mut found = || match is_fuzzy {
                    true => contains_fuzzy(row, text, scratch),
                    false => contains_word(row, text),
                };
                (may && found()) || is_end_of_value(row, text)
            }
            Self::Plan(text) => {
                contains(inventory.plan_name(&row.plan), text) || contains(row.plan.as_str(), text)
            }
            Self::Used(used) => reading.quota_status(at).is_some_and(|standing| used.matches(standing)),
            Self::Tenant(text) => contains(row.tenant.as_str(), text),
            Self::Name(text) => contains(&row.name, text),
            Self::Key(text) => contains_in_id(row, text) || is_end_of_value(row, text),
            Self::Enabled(on) => row.enabled.is_known_to_be(on),
            Self::EnabledUnknown => row.enabled.reason().is_some(),
            Self::Mode(mode) => inventory.mode_name(row).is_known_to_be(mode),
            Self::ModeUnknown => row.pool_key.reason().is_some(),
        }
    }
}

fn contains_word(row: &TenantKey, word: &str) -> bool {
    contains(row.tenant.as_str(), word) || contains(&row.name, word) || contains_in_id(row, word)
}

fn contains_fuzzy(row: &TenantKey, word: &str, scratch: &mut Scratch) -> bool {
    scratch.fuzzy_match(row.tenant.as_str(), word)
        || scratch.fuzzy_match(&row.name, word)
        || contains_in_id(row, word)
}

/// Whether the text holds the letters of this word of small letters in order: what the matcher answers, without the
/// search for the best of the places.
fn contains_in_order(text: &str, word: &str) -> bool {
    let mut letters = text.bytes().map(|byte| byte.to_ascii_lowercase());
    word.bytes().all(|wanted| letters.any(|letter| letter == wanted))
}

fn contains_in_id(row: &TenantKey, text: &str) -> bool {
    contains(row.id.as_str(), text) || row.known_pool_key().is_some_and(|key| contains(key.as_str(), text))
}

fn is_end_of_value(row: &TenantKey, text: &str) -> bool {
    let ends = |value: &str| {
        let start = value.len().checked_sub(text.len()).and_then(|start| value.get(start..));
        start.is_some_and(|end| end.eq_ignore_ascii_case(text))
    };
    text.len() >= MIN_VALUE_CHARS && row.stored_value().is_some_and(|value| ends(value.expose()))
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
