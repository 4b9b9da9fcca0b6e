//! `keypool doctor`.

use clap::Args;
use keypool_domain::Change;
use keypool_domain::drift::{Finding, Kind};

use super::Stop;
use super::output::{self, OutputArgs};
use super::session::Session;
use super::writing::{self, WritingArgs};
use crate::ops::listing::{FindingRecord, sentences};
use crate::ops::{self, Diagnosis};

/// Look for what does not fit together, say what it means for tenants, and mend it
///
/// The exit status is 0 where nothing was found or all was mended, 1 where findings are left, 2 where the account could
/// not be looked over.
#[derive(Debug, Args)]
pub struct Doctor {
    /// Mend what can be mended, after showing the steps and asking
    #[arg(long)]
    fix: bool,
    /// Only findings of this kind, as often as there are kinds
    #[arg(long = "only", value_name = "KIND", value_parser = kind)]
    only: Vec<Kind>,
    #[command(flatten)]
    writing: WritingArgs,
    #[command(flatten)]
    output: OutputArgs,
}

impl Doctor {
    pub(super) async fn run(&self, session: &Session) -> Result<(), Stop> {
        let mut diagnosis = ops::diagnose(&session.aws, &session.run).await?;
        session.clear_progress();
        diagnosis.remarks.iter().for_each(|remark| output::note(&format!("note: {remark}")));
        if self.fix && self.mendable(&diagnosis).next().is_some() {
            if self.writing.dry_run {
                return self.dry_run(&diagnosis);
            }
            session.may_write()?;
            self.ask(session, &diagnosis).await?;
            diagnosis = self.mend(session, diagnosis).await?;
        }
        let left: Vec<_> = self.chosen(&diagnosis).collect();
        let records: Vec<_> =
            left.iter().map(|finding| FindingRecord::of(finding, &diagnosis.inventory)).collect();
        output::list(&records, self.output.output)?;
        match left.len() {
            0 => Ok(()),
            count => Err(Stop::Findings(count)),
        }
    }

    fn is_chosen(&self, finding: &Finding) -> bool {
        self.only.is_empty() || self.only.contains(&finding.kind)
    }

    fn chosen<'a>(&'a self, diagnosis: &'a Diagnosis) -> impl Iterator<Item = &'a Finding> {
        diagnosis.findings.iter().filter(|finding| self.is_chosen(finding))
    }

    fn mendable<'a>(&'a self, diagnosis: &'a Diagnosis) -> impl Iterator<Item = (&'a Finding, &'a Change)> {
        self.chosen(diagnosis).filter_map(|finding| Some((finding, finding.mend.as_ref()?)))
    }

    fn dry_run(&self, diagnosis: &Diagnosis) -> Result<(), Stop> {
        let mendable = self.mendable(diagnosis);
        let records: Vec<_> =
            mendable.map(|(finding, _)| FindingRecord::of(finding, &diagnosis.inventory)).collect();
        output::list(&records, self.output.output)
    }

    async fn ask(&self, session: &Session, diagnosis: &Diagnosis) -> Result<(), Stop> {
        if self.writing.yes {
            return Ok(());
        }
        let mut lines = Vec::new();
        for (finding, change) in self.mendable(diagnosis) {
            lines.push(output::plain::line(&finding.seen));
            let steps = sentences(change, &diagnosis.inventory);
            lines.extend(steps.iter().map(|step| format!("  {}", output::plain::line(step))));
        }
        writing::ask(session, &lines.join("\n")).await
    }

    /// Mends kind by kind, and looks again after each.
    async fn mend(&self, session: &Session, diagnosis: Diagnosis) -> Result<Diagnosis, Stop> {
        let chosen = |finding: &Finding| self.is_chosen(finding);
        let tell = |one: &ops::Mended| {
            session.clear_progress();
            let said = match &one.outcome {
                Ok(()) => format!("mended: {}", one.finding.seen),
                Err(why) => format!("not mended: {}: {why}", one.finding.seen),
            };
            output::note(&output::plain::line(&said));
        };
        let left = ops::mend_all(&session.aws, diagnosis, &chosen, &tell, &session.run).await;
        session.clear_progress();
        Ok(left?)
    }
}

fn kind(word: &str) -> Result<Kind, String> {
    let known = Kind::ALL.iter().find(|kind| kind.as_str() == word);
    known.copied().ok_or_else(|| {
        let all: Vec<_> = Kind::ALL.iter().map(|kind| kind.as_str()).collect();
        format!("choose one of {}", all.join(", "))
    })
}

/// Whatever kept the doctor from looking has one exit status, so that it is never taken for findings.
pub(super) fn not_looked(stop: Stop) -> Stop {
    match stop {
        Stop::Findings(_)
        | Stop::LinkFails(_)
        | Stop::Missing(_)
        | Stop::ClosedPipe
        | Stop::Declined
        | Stop::NeedsYes => stop,
        other => Stop::NotLooked(Box::new(other)),
    }
}
