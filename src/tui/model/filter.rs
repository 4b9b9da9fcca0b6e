//! The filter typed after `/`: words, `~fuzzy`, `!word`, and fields such as `tenant:acme` or `used:>80%`.
//!
//! A word matches any part of any column, ignoring case and accents; `~word` matches its letters in order in the name or
//! tenant. A word of six or more characters also matches the end of the secret value, to find a leaked key.

mod age_condition;
pub(crate) mod completion;
mod condition;
pub(crate) mod field;
mod key_matcher;
pub(crate) mod parse;
mod row_matcher;

use std::collections::HashSet;

use keypool_domain::drift::Finding;

use crate::tui::folding::Needle;
use age_condition::AgeCondition;
use condition::UsageCondition;
use field::Field;

pub(crate) use key_matcher::KeyMatcher;
pub(crate) use row_matcher::{RowFacts, RowMatcher};

/// Shorter words are not compared with secret values.
const MIN_VALUE_END_CHARS: usize = 6;
/// What the state of a tenant key is called in a list, unless it is active.
const DISABLED: &str = "disabled";
const SPENT: &str = "spent";

/// A parsed filter; a row matches if all terms hold for it.
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
        needle: Needle,
        letter_bits: u64,
        is_fuzzy: bool,
    },
    /// A field whose value is a part of a text.
    Text(Field, Needle),
    Enabled(bool),
    EnabledUnknown,
    ModeUnknown,
    Mode(&'static str),
    Usage(UsageCondition),
    Ending(bool),
    /// Of its current API key.
    Age(AgeCondition),
    Problem(bool),
    /// A problem whose kind or description contains this.
    ProblemLike(Needle),
}

impl Filter {
    pub(crate) fn is_empty(&self) -> bool {
        self.terms.is_empty()
    }

    /// Whether every row that matches this filter also matches `other`.
    pub(crate) fn is_narrower_than(&self, other: &Self) -> bool {
        self.terms.len() >= other.terms.len()
            && other.terms.iter().zip(&self.terms).all(|(old, new)| new.is_narrower_than(old))
    }

    /// Whether the result can change when only usage is refreshed.
    pub(crate) fn depends_on_usage(&self) -> bool {
        self.terms.iter().any(|term| match &term.criterion {
            Criterion::Usage(_) => true,
            Criterion::Word { needle, .. } => needle.is_in(SPENT),
            Criterion::Text(..)
            | Criterion::Enabled(_)
            | Criterion::EnabledUnknown
            | Criterion::ModeUnknown
            | Criterion::Mode(_)
            | Criterion::Ending(_)
            | Criterion::Age(_)
            | Criterion::Problem(_)
            | Criterion::ProblemLike(_) => false,
        })
    }

    /// Whether the result can change when only the doctor runs.
    pub(crate) fn depends_on_problems(&self) -> bool {
        self.terms
            .iter()
            .any(|term| matches!(term.criterion, Criterion::Problem(_) | Criterion::ProblemLike(_)))
    }

    /// Whether a text of it was compared with the ends of secret values, so that it may be one.
    pub(crate) fn may_hold_secret(&self) -> bool {
        self.terms.iter().any(|term| match &term.criterion {
            Criterion::Word { needle, .. } | Criterion::Text(Field::Key, needle) => {
                needle.as_str().len() >= MIN_VALUE_END_CHARS
            }
            Criterion::Text(..)
            | Criterion::Enabled(_)
            | Criterion::EnabledUnknown
            | Criterion::ModeUnknown
            | Criterion::Mode(_)
            | Criterion::Usage(_)
            | Criterion::Ending(_)
            | Criterion::Age(_)
            | Criterion::Problem(_)
            | Criterion::ProblemLike(_) => false,
        })
    }

    /// What is found in the cells of matching rows: of the column of a field, or of all.
    pub(crate) fn needles(&self) -> impl Iterator<Item = (Option<Field>, &Needle)> {
        self.terms.iter().filter(|term| !term.is_negated).filter_map(|term| match &term.criterion {
            Criterion::Word { needle, is_fuzzy: false, .. } => Some((None, needle)),
            Criterion::Text(field, needle) => Some((Some(*field), needle)),
            Criterion::Word { .. }
            | Criterion::Enabled(_)
            | Criterion::EnabledUnknown
            | Criterion::ModeUnknown
            | Criterion::Mode(_)
            | Criterion::Usage(_)
            | Criterion::Ending(_)
            | Criterion::Age(_)
            | Criterion::Problem(_)
            | Criterion::ProblemLike(_) => None,
        })
    }
}

impl Term {
    fn is_narrower_than(&self, old: &Self) -> bool {
        if self == old {
            return true;
        }
        match (&self.criterion, &old.criterion) {
            (
                Criterion::Word { needle: new, is_fuzzy: new_fuzzy, .. },
                Criterion::Word { needle: old_needle, is_fuzzy: old_fuzzy, .. },
            ) => {
                // Longer words may match the end of a secret value, which shorter ones never do.
                let extends_old =
                    new.as_str().len() < MIN_VALUE_END_CHARS && new.as_str().starts_with(old_needle.as_str());
                !self.is_negated && !old.is_negated && new_fuzzy == old_fuzzy && extends_old
            }
            _ => false,
        }
    }

    /// `is_met` is `None` if it is not known; then the negated term does not hold either.
    fn holds(&self, is_met: Option<bool>) -> bool {
        is_met.is_some_and(|is_met| is_met != self.is_negated)
    }
}

/// The ids of what has a problem of this kind; `None` until the doctor has run, or for another criterion.
fn find_subjects(criterion: &Criterion, findings: Option<&[Finding]>) -> Option<HashSet<String>> {
    let is_meant = |finding: &&Finding| match criterion {
        Criterion::ProblemLike(needle) => {
            needle.is_in(finding.kind.as_str()) || needle.is_in(&finding.summary)
        }
        Criterion::Problem(_) => true,
        Criterion::Word { .. }
        | Criterion::Text(..)
        | Criterion::Enabled(_)
        | Criterion::EnabledUnknown
        | Criterion::ModeUnknown
        | Criterion::Mode(_)
        | Criterion::Usage(_)
        | Criterion::Ending(_)
        | Criterion::Age(_) => false,
    };
    Some(findings?.iter().filter(is_meant).map(|finding| finding.subject.clone()).collect())
}
