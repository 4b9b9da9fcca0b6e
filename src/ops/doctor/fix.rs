//! Applies confirmed fixes one by one: exactly as shown, or not at all.

use keypool_domain::drift::{Finding, FixOffer};
use keypool_domain::{Change, Inventory};

use super::{DoctorReport, diagnose};
use crate::aws::{Aws, Failure};
use crate::ops::Run;
use crate::ops::listing::step_sentences;

/// A fix that was shown and confirmed.
#[derive(Debug, Clone, PartialEq)]
pub struct ConfirmedFix {
    pub finding: Finding,
    pub change: Change,
    /// The steps as shown, in sentences.
    pub steps: Vec<String>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct FixReport {
    pub fix: ConfirmedFix,
    pub outcome: FixOutcome,
}

#[derive(Debug, Clone, PartialEq)]
pub enum FixOutcome {
    Fixed,
    /// The problem no longer existed, so nothing was done.
    AlreadyGone,
    /// The problem or the steps differ from what was shown, so nothing was done.
    Changed,
    Failed(Failure),
}

impl ConfirmedFix {
    pub fn new(finding: &Finding, change: &Change, inventory: &Inventory) -> Self {
        Self { finding: finding.clone(), change: change.clone(), steps: step_sentences(change, inventory) }
    }
}

impl DoctorReport {
    /// The fixes that a single confirmation covers.
    pub fn bulk_fixes(&self) -> Vec<ConfirmedFix> {
        let fix = |finding: &Finding| match &finding.fix {
            FixOffer::WithAll(change) => Some(ConfirmedFix::new(finding, change, &self.inventory)),
            FixOffer::Manual | FixOffer::Separate(_) | FixOffer::Choice(_) => None,
        };
        self.findings.iter().filter_map(fix).collect()
    }

    /// Findings that `before` does not contain.
    pub fn new_findings_since<'a>(&'a self, before: &Self) -> impl Iterator<Item = &'a Finding> {
        let known: std::collections::BTreeSet<_> =
            before.findings.iter().map(|finding| (finding.kind, finding.subject.clone())).collect();
        self.findings.iter().filter(move |finding| !known.contains(&(finding.kind, finding.subject.clone())))
    }
}

impl FixReport {
    /// Returns why the problem was not fixed, or `None` if it was fixed or is gone.
    pub fn failure_message(&self) -> Option<String> {
        match &self.outcome {
            FixOutcome::Fixed | FixOutcome::AlreadyGone => None,
            FixOutcome::Changed => Some("changed meanwhile, not fixed: check it again".to_owned()),
            FixOutcome::Failed(why) => Some(why.to_string()),
        }
    }
}

/// Applies confirmed fixes in order. Checks the account again before each and after the last, and
/// passes each result to `report` at once.
///
/// A fix runs only if its problem still exists and all of its steps were confirmed; an earlier fix may
/// have done some of them already. Problems that only a later check finds are returned, not fixed.
pub async fn fix_confirmed(
    aws: &Aws,
    fixes: &[ConfirmedFix],
    report: &(dyn Fn(FixReport) + Send + Sync),
    run: &Run,
) -> Result<DoctorReport, Failure> {
    // Boxed: the futures of changes and checks are large.
    let mut current = Box::pin(diagnose(aws, run)).await?;
    for fix in fixes {
        if run.cancel.is_cancelled() {
            return Err(Failure::Cancelled);
        }
        let outcome = match check_confirmed(fix, &current) {
            Some(refused) => refused,
            None => {
                let applied = Box::pin(crate::ops::apply(aws, &current.inventory, &fix.change, run)).await;
                applied.map_or_else(FixOutcome::Failed, |_| FixOutcome::Fixed)
            }
        };
        let is_untouched = matches!(outcome, FixOutcome::AlreadyGone | FixOutcome::Changed);
        report(FixReport { fix: fix.clone(), outcome });
        if !is_untouched {
            current = Box::pin(diagnose(aws, run)).await?;
        }
    }
    Ok(current)
}

/// Returns why a confirmed fix must not run in the current account, or `None` if it may.
fn check_confirmed(fix: &ConfirmedFix, report: &DoctorReport) -> Option<FixOutcome> {
    let confirmed = &fix.finding;
    let is_same = |finding: &&Finding| finding.kind == confirmed.kind && finding.subject == confirmed.subject;
    let Some(found) = report.findings.iter().find(is_same) else { return Some(FixOutcome::AlreadyGone) };
    let is_offered = found.fix.options().iter().any(|(_, change)| **change == fix.change);
    let is_as_shown =
        is_offered && is_subsequence(&step_sentences(&fix.change, &report.inventory), &fix.steps);
    (!is_as_shown).then_some(FixOutcome::Changed)
}

/// Whether there are steps and all of them were confirmed, in this order.
pub(in crate::ops) fn is_subsequence(steps: &[String], confirmed: &[String]) -> bool {
    let mut confirmed = confirmed.iter();
    !steps.is_empty() && steps.iter().all(|step| confirmed.any(|confirmed_step| confirmed_step == step))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fix_runs_remaining_confirmed_steps_and_never_unconfirmed_ones() {
        let steps = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        let confirmed = steps(&["delete the item", "disable", "delete"]);
        for left in [&["delete the item", "disable", "delete"][..], &["disable", "delete"], &["delete"]] {
            assert!(is_subsequence(&steps(left), &confirmed), "{left:?}");
        }
        for other in
            [&[][..], &["delete", "disable"], &["disable", "delete", "create"], &["delete", "delete"]]
        {
            assert!(!is_subsequence(&steps(other), &confirmed), "{other:?}");
        }
    }
}
