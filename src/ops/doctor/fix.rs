//! Confirmed fixes, carried out one by one: exactly what was shown, or nothing.

use keypool_domain::drift::{Finding, FixOffer};
use keypool_domain::{Change, Inventory};

use super::{DoctorReport, diagnose};
use crate::aws::{Aws, Failure};
use crate::ops::Run;
use crate::ops::listing::step_sentences;

/// A fix that was shown and confirmed.
#[derive(Debug, Clone, PartialEq)]
pub struct ConfirmedFix {
    /// What was found.
    pub finding: Finding,
    /// The change that fixes it.
    pub change: Change,
    /// The steps of the change, as they were shown.
    pub steps: Vec<String>,
}

/// What became of a confirmed fix.
#[derive(Debug, Clone, PartialEq)]
pub struct FixReport {
    /// The fix.
    pub fix: ConfirmedFix,
    /// What became of it.
    pub outcome: FixOutcome,
}

/// How a confirmed fix ended.
#[derive(Debug, Clone, PartialEq)]
pub enum FixOutcome {
    /// All its steps are done.
    Fixed,
    /// The finding was not there any more, so nothing was done.
    AlreadyGone,
    /// Finding or steps were not what was shown, so nothing was done.
    Changed,
    /// A step failed.
    Failed(Failure),
}

impl ConfirmedFix {
    /// A fix of a finding, with the steps that it has in this account.
    pub fn new(finding: &Finding, change: &Change, inventory: &Inventory) -> Self {
        Self { finding: finding.clone(), change: change.clone(), steps: step_sentences(change, inventory) }
    }
}

impl DoctorReport {
    /// The fixes that one yes to all includes.
    pub fn bulk_fixes(&self) -> Vec<ConfirmedFix> {
        let fix = |finding: &Finding| match &finding.fix {
            FixOffer::WithAll(change) => Some(ConfirmedFix::new(finding, change, &self.inventory)),
            FixOffer::Manual | FixOffer::Asked(_) | FixOffer::Choice(_) => None,
        };
        self.findings.iter().filter_map(fix).collect()
    }

    /// Findings that another look did not have.
    pub fn new_findings_since<'a>(&'a self, before: &Self) -> impl Iterator<Item = &'a Finding> {
        let known: std::collections::BTreeSet<_> =
            before.findings.iter().map(|one| (one.kind, one.subject.clone())).collect();
        self.findings.iter().filter(move |one| !known.contains(&(one.kind, one.subject.clone())))
    }
}

impl FixReport {
    /// Why the finding was not fixed; `None` where it was, or is gone.
    pub fn failure_message(&self) -> Option<String> {
        match &self.outcome {
            FixOutcome::Fixed | FixOutcome::AlreadyGone => None,
            FixOutcome::Changed => Some("changed meanwhile, not fixed: look at it again".to_owned()),
            FixOutcome::Failed(why) => Some(why.to_string()),
        }
    }
}

/// Carries out confirmed fixes in their order and looks at the account again before each and after the last; `report`
/// gets each result at once.
///
/// A fix is carried out only if its finding is still there and every step was confirmed; an earlier fix may have done some
/// of them already. What only a later look brings is in the diagnosis that is returned, and is not fixed.
pub async fn fix_confirmed(
    aws: &Aws,
    fixes: &[ConfirmedFix],
    report: &(dyn Fn(FixReport) + Send + Sync),
    run: &Run,
) -> Result<DoctorReport, Failure> {
    // Boxed: the futures of changes and looks are large.
    let mut seen = Box::pin(diagnose(aws, run)).await?;
    for fix in fixes {
        if run.cancel.is_cancelled() {
            return Err(Failure::Cancelled);
        }
        let outcome = match check_confirmed(fix, &seen) {
            Some(refused) => refused,
            None => {
                let applied = Box::pin(crate::ops::apply(aws, &seen.inventory, &fix.change, run)).await;
                applied.map_or_else(FixOutcome::Failed, |_| FixOutcome::Fixed)
            }
        };
        let is_untouched = matches!(outcome, FixOutcome::AlreadyGone | FixOutcome::Changed);
        report(FixReport { fix: fix.clone(), outcome });
        if !is_untouched {
            seen = Box::pin(diagnose(aws, run)).await?;
        }
    }
    Ok(seen)
}

/// Why a confirmed fix is not carried out in the account as it is now; `None` where it is.
fn check_confirmed(fix: &ConfirmedFix, seen: &DoctorReport) -> Option<FixOutcome> {
    let confirmed = &fix.finding;
    let is_it = |one: &&Finding| one.kind == confirmed.kind && one.subject == confirmed.subject;
    let Some(now) = seen.findings.iter().find(is_it) else { return Some(FixOutcome::AlreadyGone) };
    let is_offered = now.fix.options().iter().any(|(_, change)| **change == fix.change);
    let is_as_shown = is_offered && is_subsequence(&step_sentences(&fix.change, &seen.inventory), &fix.steps);
    (!is_as_shown).then_some(FixOutcome::Changed)
}

/// Whether all steps were confirmed, in this order.
fn is_subsequence(steps: &[String], confirmed: &[String]) -> bool {
    let mut confirmed = confirmed.iter();
    !steps.is_empty() && steps.iter().all(|step| confirmed.any(|one| one == step))
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
