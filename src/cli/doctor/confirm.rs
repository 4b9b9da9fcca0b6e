//! Confirmation of fixes: all at once, one by one, or by flags.

use keypool_domain::drift::{Finding, FixOffer, Source};
use keypool_domain::{Announcement, Change, Inventory};

use super::Doctor;
use crate::cli::CommandError;
use crate::cli::announcement;
use crate::cli::apply;
use crate::cli::output::{self, plain};
use crate::cli::session::Session;
use crate::ops::listing::step_sentences;
use crate::ops::{ConfirmedFix, DoctorReport};

impl Doctor {
    /// Asks for confirmation, and returns the confirmed fixes in the order in which they are applied.
    pub(super) async fn confirm_fixes(
        &self,
        session: &Session,
        report: &DoctorReport,
    ) -> Result<Vec<ConfirmedFix>, CommandError> {
        let inventory = &*report.inventory;
        let joint_fix = |finding: &Finding| {
            let change = self.joint_change(finding)?;
            Some(ConfirmedFix::new(finding, change, inventory))
        };
        let joint_fixes: Vec<_> = self.selected_findings(report).filter_map(joint_fix).collect();
        if self.writing.yes {
            if !joint_fixes.is_empty() {
                output::note(&describe_fixes(&joint_fixes, inventory));
            }
            return Ok(joint_fixes);
        }
        if !joint_fixes.is_empty() {
            apply::ask_to_continue(session, &describe_fixes(&joint_fixes, inventory)).await?;
        }
        let mut fixes = joint_fixes;
        if apply::can_prompt() {
            for finding in
                self.selected_findings(report).filter(|finding| self.joint_change(finding).is_none())
            {
                fixes.extend(ask_about_finding(session, finding, inventory).await?);
            }
        }
        let order = |fix: &ConfirmedFix| (fix.finding.kind, fix.finding.subject.clone());
        fixes.sort_by_key(order);
        Ok(fixes)
    }

    /// Returns the change of a fix that is confirmed together with the others; `None` if the fix has to be
    /// asked about separately.
    fn joint_change<'a>(&self, finding: &'a Finding) -> Option<&'a Change> {
        match &finding.fix {
            FixOffer::Manual => None,
            FixOffer::WithAll(change) => Some(change),
            FixOffer::Separate(_) => finding.fix.only_change().filter(|_| self.includes(finding.kind)),
            FixOffer::Choice(choice) => choice.change_for(self.prefer?),
        }
    }
}

/// Formats the problems with their steps, and what all of them affect.
fn describe_fixes(fixes: &[ConfirmedFix], inventory: &Inventory) -> String {
    let problem_lines = fixes.iter().flat_map(|fix| {
        let steps = fix.steps.iter().map(|step| format!("  {}", plain::escape_line(step)));
        std::iter::once(plain::escape_line(&fix.finding.summary)).chain(steps).collect::<Vec<_>>()
    });
    let parts = fixes.iter().filter_map(|fix| Announcement::new(&fix.change, inventory).ok());
    let merged = Announcement::merge("", parts);
    let mut lines: Vec<_> = problem_lines.collect();
    lines.extend(announcement::affected_lines(&merged, usize::MAX));
    lines.extend(announcement::caution_lines(&merged));
    lines.join("\n")
}

/// Asks about one problem and, if there are several ways to fix it, which one to use.
async fn ask_about_finding(
    session: &Session,
    finding: &Finding,
    inventory: &Inventory,
) -> Result<Option<ConfirmedFix>, CommandError> {
    let options = finding.fix.options();
    let fix = |change: &Change| ConfirmedFix::new(finding, change, inventory);
    let chosen = match &options[..] {
        [] => None,
        [(None, change)] => {
            let fix = fix(change);
            let answer = apply::read_answer(
                session,
                &describe_fixes(std::slice::from_ref(&fix), inventory),
                "fix this one? [y/N] ",
            )
            .await?;
            apply::is_yes(&answer).then_some(fix)
        }
        choices => {
            let lines = choices
                .iter()
                .zip(1..)
                .map(|((source, change), number)| describe_option(number, *source, change, inventory));
            let text =
                format!("{}\n{}", plain::escape_line(&finding.summary), lines.collect::<Vec<_>>().join("\n"));
            let numbers: Vec<_> = (1..=choices.len()).map(|number| number.to_string()).collect();
            let prompt = format!("which one? [{}/N] ", numbers.join("/"));
            let answer = apply::read_answer(session, &text, &prompt).await?;
            let position = numbers.iter().position(|number| *number == answer);
            position.and_then(|position| choices.get(position)).map(|(_, change)| fix(change))
        }
    };
    Ok(chosen)
}

fn describe_option(number: usize, source: Option<Source>, change: &Change, inventory: &Inventory) -> String {
    let title = source.map(|source| format!("{}: ", source.title())).unwrap_or_default();
    let first = plain::escape_line(&format!("{number}  {title}{}", change.describe(inventory)));
    let steps = step_sentences(change, inventory);
    let steps = steps.iter().map(|step| format!("     {}", plain::escape_line(step)));
    std::iter::once(format!("  {first}")).chain(steps).collect::<Vec<_>>().join("\n")
}
