//! The filter typed after `/`: words, `~fuzzy`, `!word`, and fields such as `tenant:acme` or `used:>80%`.
//!
//! A word matches any part of the name, tenant or ID, ignoring case; `~word` matches its letters in order in the
//! name or tenant. A word of six or more characters also matches the end of the secret value, to find a leaked key.

mod age_condition;
mod usage_condition;

use keypool_domain::{Inventory, TenantKey};
use nucleo_matcher::{Config, Matcher, Utf32Str};

use crate::tui::model::letter_bits::letter_bits;
use crate::tui::model::snapshot::Snapshot;
use age_condition::AgeCondition;
use usage_condition::UsageCondition;

/// Shorter words are not compared with secret values.
const MIN_VALUE_END_CHARS: usize = 6;

/// A parsed filter; a tenant key matches if all terms hold for it.
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
    Word {
        text: String,
        letter_bits: u64,
        is_fuzzy: bool,
    },
    Plan(String),
    Tenant(String),
    Name(String),
    Key(String),
    Enabled(bool),
    EnabledUnknown,
    ModeUnknown,
    Mode(&'static str),
    Used(UsageCondition),
    /// Whether it expires, or an old value of it is in its grace period.
    Ending(bool),
    /// Of its current API key.
    Age(AgeCondition),
}

/// Reusable buffers of the fuzzy matcher.
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

    /// Whether every tenant key that matches this filter also matches `other`.
    pub(crate) fn is_narrower_than(&self, other: &Self) -> bool {
        self.terms.len() >= other.terms.len()
            && other.terms.iter().zip(&self.terms).all(|(old, new)| new.is_narrower_than(old))
    }

    /// `index` is the position of the tenant key in the inventory.
    pub(crate) fn matches(&self, index: u32, snapshot: &Snapshot, scratch: &mut Scratch) -> bool {
        self.terms.iter().all(|term| term.criterion.matches(index, snapshot, scratch) != term.is_negated)
    }

    /// Whether the result can change when only usage is refreshed.
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
                Criterion::Word { text: new_text, is_fuzzy: new_fuzzy, .. },
                Criterion::Word { text: old_text, is_fuzzy: old_fuzzy, .. },
            ) => {
                // Longer words may match the end of a secret value, which shorter ones never do.
                let extends_old =
                    new_text.len() < MIN_VALUE_END_CHARS && new_text.starts_with(old_text.as_str());
                !self.is_negated && !old.is_negated && new_fuzzy == old_fuzzy && extends_old
            }
            _ => false,
        }
    }
}

fn parse_term(word: &str) -> Option<Term> {
    let (is_negated, word) = word.strip_prefix('!').map_or((false, word), |rest| (true, rest));
    let criterion = match word.split_once(':') {
        Some((field, value)) => match parse_field(field, &value.to_lowercase()) {
            Some(criterion) => criterion?,
            None => parse_word(word)?,
        },
        None => parse_word(word)?,
    };
    Some(Term { is_negated, criterion })
}

fn parse_word(word: &str) -> Option<Criterion> {
    let (is_fuzzy, word) = word.strip_prefix('~').map_or((false, word), |rest| (true, rest));
    let text = word.to_lowercase();
    (!word.is_empty()).then(|| Criterion::Word { letter_bits: letter_bits([text.as_str()]), text, is_fuzzy })
}

/// Returns `None` for an unknown field and `Some(None)` for one whose value is incomplete.
fn parse_field(field: &str, value: &str) -> Option<Option<Criterion>> {
    let text = || (!value.is_empty()).then(|| value.to_owned());
    Some(match field {
        "plan" => text().map(Criterion::Plan),
        "tenant" => text().map(Criterion::Tenant),
        "name" => text().map(Criterion::Name),
        "key" => text().map(Criterion::Key),
        "enabled" => match value {
            "?" | "unknown" => Some(Criterion::EnabledUnknown),
            _ => parse_yes_or_no(value).map(Criterion::Enabled),
        },
        "ending" => parse_yes_or_no(value).map(Criterion::Ending),
        "age" => AgeCondition::parse(value).map(Criterion::Age),
        "used" => UsageCondition::parse(value).map(Criterion::Used),
        "mode" if matches!(value, "?" | "unknown") => Some(Criterion::ModeUnknown),
        "mode" => keypool_domain::MODES
            .into_iter()
            .find(|mode| !value.is_empty() && mode.starts_with(value))
            .map(Criterion::Mode),
        _ => return None,
    })
}

fn parse_yes_or_no(value: &str) -> Option<bool> {
    match value {
        "y" | "ye" | "yes" | "true" | "on" => Some(true),
        "n" | "no" | "false" | "off" => Some(false),
        _ => None,
    }
}

impl Criterion {
    fn matches(&self, index: u32, snapshot: &Snapshot, scratch: &mut Scratch) -> bool {
        let inventory: &Inventory = &snapshot.inventory;
        let Some(key) = inventory.tenant_key_at(index) else { return false };
        match self {
            Self::Word { text, letter_bits, is_fuzzy } => {
                let can_match = letter_bits & !snapshot.keys.letter_bits(index) == 0;
                let mut matches_text = || match is_fuzzy {
                    true => contains_fuzzy(key, text, scratch),
                    false => contains_word(key, text),
                };
                (can_match && matches_text()) || is_end_of_value(key, text)
            }
            Self::Plan(text) => {
                contains(inventory.plan_name(&key.plan), text) || contains(key.plan.as_str(), text)
            }
            Self::Used(used) => {
                snapshot.quota_status(index).is_some_and(|status| used.matches(status.figure))
            }
            Self::Tenant(text) => contains(key.tenant.as_str(), text),
            Self::Name(text) => contains(&key.name, text),
            Self::Key(text) => contains_in_id(key, text) || is_end_of_value(key, text),
            Self::Enabled(on) => key.enabled.is_known_to_be(on),
            Self::Ending(is_ending) => inventory.has_ending(key) == *is_ending,
            Self::Age(age) => age.matches(inventory.key_age(key)),
            Self::EnabledUnknown => key.enabled.reason().is_some(),
            Self::Mode(mode) => inventory.mode_name(key).is_known_to_be(mode),
            Self::ModeUnknown => key.pool_key.reason().is_some(),
        }
    }
}

fn contains_word(key: &TenantKey, word: &str) -> bool {
    contains(key.tenant.as_str(), word) || contains(&key.name, word) || contains_in_id(key, word)
}

fn contains_fuzzy(key: &TenantKey, word: &str, scratch: &mut Scratch) -> bool {
    scratch.fuzzy_match(key.tenant.as_str(), word)
        || scratch.fuzzy_match(&key.name, word)
        || contains_in_id(key, word)
}

/// Whether `text` contains the letters of the lowercase `word` in order. The result is that of the fuzzy matcher,
/// without its search for the best position.
fn contains_in_order(text: &str, word: &str) -> bool {
    let mut text = text.bytes().map(|byte| byte.to_ascii_lowercase());
    word.bytes().all(|letter| text.any(|other| other == letter))
}

fn contains_in_id(key: &TenantKey, text: &str) -> bool {
    contains(key.id.as_str(), text) || key.known_pool_key().is_some_and(|key| contains(key.as_str(), text))
}

fn is_end_of_value(key: &TenantKey, text: &str) -> bool {
    let ends_with_text = |value: &str| {
        let start = value.len().checked_sub(text.len()).and_then(|start| value.get(start..));
        start.is_some_and(|end| end.eq_ignore_ascii_case(text))
    };
    text.len() >= MIN_VALUE_END_CHARS
        && key.stored_value().is_some_and(|value| ends_with_text(value.expose()))
}

/// Whether `text` contains the lowercase `word`, ignoring the case of `text`.
fn contains(text: &str, word: &str) -> bool {
    if text.is_ascii() && word.is_ascii() {
        return text.as_bytes().windows(word.len()).any(|part| part.eq_ignore_ascii_case(word.as_bytes()));
    }
    text.to_lowercase().contains(word)
}
