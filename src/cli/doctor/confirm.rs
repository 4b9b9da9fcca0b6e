//! Which fixes the caller consents to: all at once by one yes, one by one, or by flags.

use keypool_domain::drift::{Finding, Fix, Source};
use keypool_domain::{Announcement, Change, Inventory};

use super::Doctor;
use crate::cli::Stop;
use crate::cli::announced;
use crate::cli::output::{self, plain};
use crate::cli::session::Session;
use crate::cli::writing;
use crate::ops::listing::sentences;
use crate::ops::{ConfirmedFix, Diagnosis};

impl Doctor {
    /// The fixes that were confirmed, in the order in which they are carried out.
    pub(super) async fn confirmed(
        &self,
        session: &Session,
        diagnosis: &Diagnosis,
    ) -> Result<Vec<ConfirmedFix>, Stop> {
        let inventory = &*diagnosis.inventory;
        let consented = |finding: &Finding| {
            let change = self.consented(finding)?;
            Some(ConfirmedFix::new(finding, change, inventory))
        };
        let together: Vec<_> = self.chosen(diagnosis).filter_map(consented).collect();
        if self.writing.yes {
            if !together.is_empty() {
                output::note(&announcement(&together, inventory));
            }
            return Ok(together);
        }
        if !together.is_empty() {
            writing::ask(session, &announcement(&together, inventory)).await?;
        }
        let mut all = together;
        if writing::can_ask() {
            for finding in self.chosen(diagnosis).filter(|finding| self.consented(finding).is_none()) {
                all.extend(ask_for(session, finding, inventory).await?);
            }
        }
        let order = |fix: &ConfirmedFix| (fix.finding.kind, fix.finding.subject.clone());
        all.sort_by_key(order);
        Ok(all)
    }

    /// The change that the flags consent to; `None` where the finding is a question of its own.
    fn consented<'a>(&self, finding: &'a Finding) -> Option<&'a Change> {
        match &finding.fix {
            Fix::Manual => None,
            Fix::WithAll(change) => Some(change),
            Fix::Asked(_) => finding.fix.only_change().filter(|_| self.names(finding.kind)),
            Fix::Choice(choice) => choice.of(self.prefer?),
        }
    }
}

/// The findings with their steps, and what all of it affects.
fn announcement(fixes: &[ConfirmedFix], inventory: &Inventory) -> String {
    let steps = fixes.iter().flat_map(|fix| {
        let steps = fix.steps.iter().map(|step| format!("  {}", plain::line(step)));
        std::iter::once(plain::line(&fix.finding.seen)).chain(steps).collect::<Vec<_>>()
    });
    let parts = fixes.iter().filter_map(|fix| Announcement::new(&fix.change, inventory).ok());
    let whole = Announcement::merged("", parts);
    let mut lines: Vec<_> = steps.collect();
    lines.extend(announced::affected(&whole, usize::MAX));
    lines.extend(announced::cautions(&whole));
    lines.join("\n")
}

/// Asks for one finding, and where there are several ways to fix it, which one.
async fn ask_for(
    session: &Session,
    finding: &Finding,
    inventory: &Inventory,
) -> Result<Option<ConfirmedFix>, Stop> {
    let answers = finding.fix.answers();
    let fix = |change: &Change| ConfirmedFix::new(finding, change, inventory);
    let chosen = match &answers[..] {
        [] => None,
        [(None, change)] => {
            let fix = fix(change);
            let yes = writing::answer(
                session,
                &announcement(std::slice::from_ref(&fix), inventory),
                "fix this one? [y/N] ",
            )
            .await?;
            writing::is_yes(&yes).then_some(fix)
        }
        several => {
            let lines = several
                .iter()
                .zip(1..)
                .map(|((source, change), number)| option_lines(number, *source, change, inventory));
            let text = format!("{}\n{}", plain::line(&finding.seen), lines.collect::<Vec<_>>().join("\n"));
            let numbers: Vec<_> = (1..=several.len()).map(|number| number.to_string()).collect();
            let prompt = format!("which one? [{}/N] ", numbers.join("/"));
            let given = writing::answer(session, &text, &prompt).await?;
            let at = numbers.iter().position(|number| *number == given);
            at.and_then(|at| several.get(at)).map(|(_, change)| fix(change))
        }
    };
    Ok(chosen)
}

fn option_lines(number: usize, source: Option<Source>, change: &Change, inventory: &Inventory) -> String {
    let title = source.map(|source| format!("{}: ", source.title())).unwrap_or_default();
    let first = plain::line(&format!("{number}  {title}{}", change.describe(inventory)));
    let steps = sentences(change, inventory);
    let steps = steps.iter().map(|step| format!("     {}", plain::line(step)));
    std::iter::once(format!("  {first}")).chain(steps).collect::<Vec<_>>().join("\n")
}
