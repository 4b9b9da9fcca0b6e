//! Which fixes the caller consents to: all at once by one yes, one by one, or by flags.

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
    /// The fixes that were confirmed, in the order in which they are carried out.
    pub(super) async fn confirm_fixes(
        &self,
        session: &Session,
        diagnosis: &DoctorReport,
    ) -> Result<Vec<ConfirmedFix>, CommandError> {
        let inventory = &*diagnosis.inventory;
        let consented = |finding: &Finding| {
            let change = self.consented_change(finding)?;
            Some(ConfirmedFix::new(finding, change, inventory))
        };
        let together: Vec<_> = self.selected_findings(diagnosis).filter_map(consented).collect();
        if self.writing.yes {
            if !together.is_empty() {
                output::note(&describe_fixes(&together, inventory));
            }
            return Ok(together);
        }
        if !together.is_empty() {
            apply::ask_to_continue(session, &describe_fixes(&together, inventory)).await?;
        }
        let mut all = together;
        if apply::can_prompt() {
            for finding in
                self.selected_findings(diagnosis).filter(|finding| self.consented_change(finding).is_none())
            {
                all.extend(ask_about_finding(session, finding, inventory).await?);
            }
        }
        let order = |fix: &ConfirmedFix| (fix.finding.kind, fix.finding.subject.clone());
        all.sort_by_key(order);
        Ok(all)
    }

    /// The change that the flags consent to; `None` where the finding is a question of its own.
    fn consented_change<'a>(&self, finding: &'a Finding) -> Option<&'a Change> {
        match &finding.fix {
            FixOffer::Manual => None,
            FixOffer::WithAll(change) => Some(change),
            FixOffer::Asked(_) => finding.fix.only_change().filter(|_| self.names(finding.kind)),
            FixOffer::Choice(choice) => choice.change_for(self.prefer?),
        }
    }
}

/// The findings with their steps, and what all of it affects.
fn describe_fixes(fixes: &[ConfirmedFix], inventory: &Inventory) -> String {
    let steps = fixes.iter().flat_map(|fix| {
        let steps = fix.steps.iter().map(|step| format!("  {}", plain::escape_line(step)));
        std::iter::once(plain::escape_line(&fix.finding.summary)).chain(steps).collect::<Vec<_>>()
    });
    let parts = fixes.iter().filter_map(|fix| Announcement::new(&fix.change, inventory).ok());
    let whole = Announcement::merge("", parts);
    let mut lines: Vec<_> = steps.collect();
    lines.extend(announcement::affected_lines(&whole, usize::MAX));
    lines.extend(announcement::cautions(&whole));
    lines.join("\n")
}

/// Asks for one finding, and where there are several ways to fix it, which one.
async fn ask_about_finding(
    session: &Session,
    finding: &Finding,
    inventory: &Inventory,
) -> Result<Option<ConfirmedFix>, CommandError> {
    let answers = finding.fix.options();
    let fix = |change: &Change| ConfirmedFix::new(finding, change, inventory);
    let chosen = match &answers[..] {
        [] => None,
        [(None, change)] => {
            let fix = fix(change);
            let yes = apply::read_answer(
                session,
                &describe_fixes(std::slice::from_ref(&fix), inventory),
                "fix this one? [y/N] ",
            )
            .await?;
            apply::is_yes(&yes).then_some(fix)
        }
        several => {
            let lines = several
                .iter()
                .zip(1..)
                .map(|((source, change), number)| describe_option(number, *source, change, inventory));
            let text =
                format!("{}\n{}", plain::escape_line(&finding.summary), lines.collect::<Vec<_>>().join("\n"));
            let numbers: Vec<_> = (1..=several.len()).map(|number| number.to_string()).collect();
            let prompt = format!("which one? [{}/N] ", numbers.join("/"));
            let given = apply::read_answer(session, &text, &prompt).await?;
            let at = numbers.iter().position(|number| *number == given);
            at.and_then(|at| several.get(at)).map(|(_, change)| fix(change))
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
