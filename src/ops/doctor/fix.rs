//! Confirmed fixes, carried out one by one: exactly what was shown, or nothing.

use keypool_domain::drift::{Finding, Fix};
use keypool_domain::{Change, Inventory};

use super::{Diagnosis, diagnose};
use crate::aws::{Aws, Failure};
use crate::ops::Run;
use crate::ops::listing::sentences;

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
    NoLongerThere,
    /// Finding or steps were not what was shown, so nothing was done.
    Changed,
    /// A step failed.
    Failed(Failure),
}

impl ConfirmedFix {
    /// A fix of a finding, with the steps that it has in this account.
    pub fn new(finding: &Finding, change: &Change, inventory: &Inventory) -> Self {
        Self { finding: finding.clone(), change: change.clone(), steps: sentences(change, inventory) }
    }
}

impl Diagnosis {
    /// The fixes that one yes to all includes.
    pub fn fixes_with_all(&self) -> Vec<ConfirmedFix> {
        let fix = |finding: &Finding| match &finding.fix {
            Fix::WithAll(change) => Some(ConfirmedFix::new(finding, change, &self.inventory)),
            Fix::Manual | Fix::Asked(_) | Fix::Choice(_) => None,
        };
        self.findings.iter().filter_map(fix).collect()
    }

    /// Findings that another look did not have.
    pub fn new_since<'a>(&'a self, before: &Self) -> impl Iterator<Item = &'a Finding> {
        let known: std::collections::BTreeSet<_> =
            before.findings.iter().map(|one| (one.kind, one.subject.clone())).collect();
        self.findings.iter().filter(move |one| !known.contains(&(one.kind, one.subject.clone())))
    }
}

impl FixReport {
    /// Why the finding was not fixed; `None` where it was, or is gone.
    pub fn failure(&self) -> Option<String> {
        match &self.outcome {
            FixOutcome::Fixed | FixOutcome::NoLongerThere => None,
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
) -> Result<Diagnosis, Failure> {
    // Boxed: the futures of changes and looks are large.
    let mut seen = Box::pin(diagnose(aws, run)).await?;
    for fix in fixes {
        if run.cancel.is_cancelled() {
            return Err(Failure::Cancelled);
        }
        let outcome = match refusal(fix, &seen) {
            Some(refused) => refused,
            None => {
                let applied = Box::pin(crate::ops::apply(aws, &seen.inventory, &fix.change, run)).await;
                applied.map_or_else(FixOutcome::Failed, |_| FixOutcome::Fixed)
            }
        };
        let is_untouched = matches!(outcome, FixOutcome::NoLongerThere | FixOutcome::Changed);
        report(FixReport { fix: fix.clone(), outcome });
        if !is_untouched {
            seen = Box::pin(diagnose(aws, run)).await?;
        }
    }
    Ok(seen)
}

/// Why a confirmed fix is not carried out in the account as it is now; `None` where it is.
fn refusal(fix: &ConfirmedFix, seen: &Diagnosis) -> Option<FixOutcome> {
    let confirmed = &fix.finding;
    let is_it = |one: &&Finding| one.kind == confirmed.kind && one.subject == confirmed.subject;
    let Some(now) = seen.findings.iter().find(is_it) else { return Some(FixOutcome::NoLongerThere) };
    let is_offered = now.fix.answers().iter().any(|(_, change)| **change == fix.change);
    let is_as_shown = is_offered && is_part_of(&sentences(&fix.change, &seen.inventory), &fix.steps);
    (!is_as_shown).then_some(FixOutcome::Changed)
}

/// Whether all steps were confirmed, in this order.
fn is_part_of(steps: &[String], confirmed: &[String]) -> bool {
    let mut confirmed = confirmed.iter();
    !steps.is_empty() && steps.iter().all(|step| confirmed.any(|one| one == step))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fix_goes_on_with_the_steps_left_and_never_with_one_that_was_not_confirmed() {
        let steps = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        let confirmed = steps(&["delete the item", "disable", "delete"]);
        for left in [&["delete the item", "disable", "delete"][..], &["disable", "delete"], &["delete"]] {
            assert!(is_part_of(&steps(left), &confirmed), "{left:?}");
        }
        for other in
            [&[][..], &["delete", "disable"], &["disable", "delete", "create"], &["delete", "delete"]]
        {
            assert!(!is_part_of(&steps(other), &confirmed), "{other:?}");
        }
    }
}
