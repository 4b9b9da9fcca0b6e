//! Matches the rows of lists that are never long, such as plans and pool keys.

use std::collections::HashSet;

use keypool_domain::drift::Finding;
use keypool_domain::usage::QuotaFigure;

use crate::tui::model::filter::field::Field;
use crate::tui::model::filter::{Criterion, Filter, find_subjects};

/// What a filter compares of a row.
#[derive(Debug, Clone, Default)]
pub(crate) struct RowFacts<'a> {
    /// The texts of its columns, each with the field that is for it alone.
    pub(crate) texts: Vec<(Option<Field>, &'a str)>,
    pub(crate) figure: Option<QuotaFigure>,
    pub(crate) mode: Option<&'a str>,
    /// The id that the doctor's problems name.
    pub(crate) id: &'a str,
}

pub(crate) struct RowMatcher<'a> {
    filter: &'a Filter,
    /// One for each term: the ids of what has such a problem; `None` until the doctor has run.
    subjects: Vec<Option<HashSet<String>>>,
}

impl<'a> RowMatcher<'a> {
    pub(crate) fn new(filter: &'a Filter, findings: Option<&[Finding]>) -> Self {
        let subjects = filter.terms.iter().map(|term| find_subjects(&term.criterion, findings)).collect();
        Self { filter, subjects }
    }

    pub(crate) fn matches(&self, row: &RowFacts<'_>) -> bool {
        let mut terms = self.filter.terms.iter().zip(&self.subjects);
        terms.all(|(term, subjects)| term.holds(is_met(&term.criterion, subjects.as_ref(), row)))
    }
}

/// `None` if it is not known.
fn is_met(criterion: &Criterion, subjects: Option<&HashSet<String>>, row: &RowFacts<'_>) -> Option<bool> {
    let mut texts = row.texts.iter();
    Some(match criterion {
        Criterion::Word { needle, is_fuzzy: false, .. } => texts.any(|(_, text)| needle.is_in(text)),
        Criterion::Word { needle, is_fuzzy: true, .. } => texts.any(|(_, text)| needle.is_spread_over(text)),
        Criterion::Text(field, needle) => texts.any(|(of, text)| *of == Some(*field) && needle.is_in(text)),
        Criterion::Usage(condition) => condition.matches(row.figure?),
        Criterion::Mode(mode) => row.mode? == *mode,
        Criterion::ModeUnknown => row.mode.is_none(),
        Criterion::Problem(has_problem) => subjects?.contains(row.id) == *has_problem,
        Criterion::ProblemLike(_) => subjects?.contains(row.id),
        // Such rows have none of these.
        Criterion::Enabled(_) | Criterion::EnabledUnknown | Criterion::Ending(_) | Criterion::Age(_) => {
            return None;
        }
    })
}
