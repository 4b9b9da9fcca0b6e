//! `keypool doctor`.

mod confirm;

use clap::Args;
use keypool_domain::drift::{Finding, Kind, Source};

use super::CommandError;
use super::apply::WriteArgs;
use super::output::{self, OutputArgs};
use super::session::Session;
use crate::ops::listing::FindingRecord;
use crate::ops::{self, ConfirmedFix, DoctorReport, FixOutcome, FixReport};
use crate::settings::renamed;

/// Find inconsistencies, say what they mean for tenants, and fix them
///
/// The exit status is 0 where nothing was found or all was fixed, 1 where findings are left, 2 where the account could
/// not be looked over.
#[derive(Debug, Args)]
pub struct Doctor {
    /// Fix what can be fixed, after showing the steps and asking; what is a question of its own is asked one by one
    #[arg(long)]
    fix: bool,
    /// Only findings of this kind, as often as there are kinds; with --fix it consents to kinds that are asked one by
    /// one
    #[arg(long = "only", value_name = "KIND", value_parser = kind)]
    only: Vec<OnlyKind>,
    /// Which source is right where tables and API Gateway disagree: tables or api-gateway
    #[arg(long, value_name = "SOURCE", value_parser = source)]
    prefer: Option<Source>,
    #[command(flatten)]
    writing: WriteArgs,
    #[command(flatten)]
    output: OutputArgs,
}

/// A kind of problem, with the former name where it was given by that.
#[derive(Debug, Clone)]
struct OnlyKind {
    kind: Kind,
    former_name: Option<String>,
}

impl Doctor {
    pub(super) async fn run(&self, session: &Session) -> Result<(), CommandError> {
        for OnlyKind { kind, former_name } in &self.only {
            if let Some(former) = former_name {
                output::note(&format!("warning: --only: {}", renamed::warning(former, kind.as_str())));
            }
        }
        let mut diagnosis = ops::diagnose(&session.aws, &session.run).await?;
        session.clear_progress();
        diagnosis.remarks.iter().for_each(|remark| output::note(&format!("note: {remark}")));
        if self.fix && self.selected_findings(&diagnosis).any(|finding| finding.fix.is_possible()) {
            if self.writing.dry_run {
                return self.dry_run(&diagnosis);
            }
            session.require_writable()?;
            let fixes = self.confirm_fixes(session, &diagnosis).await?;
            if !fixes.is_empty() {
                diagnosis = apply_fixes(session, &diagnosis, &fixes).await?;
            }
        }
        let left: Vec<_> = self.selected_findings(&diagnosis).collect();
        let records: Vec<_> =
            left.iter().map(|finding| FindingRecord::new(finding, &diagnosis.inventory)).collect();
        output::list(&records, self.output.output)?;
        match left.len() {
            0 => Ok(()),
            count => Err(CommandError::Findings(count)),
        }
    }

    /// Whether `--only` names this kind.
    fn names(&self, kind: Kind) -> bool {
        self.only.iter().any(|only| only.kind == kind)
    }

    fn selected_findings<'a>(&'a self, diagnosis: &'a DoctorReport) -> impl Iterator<Item = &'a Finding> {
        let is_chosen = |finding: &&Finding| self.only.is_empty() || self.names(finding.kind);
        diagnosis.findings.iter().filter(is_chosen)
    }

    fn dry_run(&self, diagnosis: &DoctorReport) -> Result<(), CommandError> {
        let fixable = self.selected_findings(diagnosis).filter(|finding| finding.fix.is_possible());
        let records: Vec<_> =
            fixable.map(|finding| FindingRecord::new(finding, &diagnosis.inventory)).collect();
        output::list(&records, self.output.output)
    }
}

/// Carries out exactly these fixes; what only the looks meanwhile brought is named.
async fn apply_fixes(
    session: &Session,
    before: &DoctorReport,
    fixes: &[ConfirmedFix],
) -> Result<DoctorReport, CommandError> {
    let report = |one: FixReport| {
        session.clear_progress();
        let seen = &one.fix.finding.summary;
        let said = match (&one.outcome, one.failure_message()) {
            (FixOutcome::AlreadyGone, _) => format!("no longer there: {seen}"),
            (_, None) => format!("fixed: {seen}"),
            (_, Some(why)) => format!("not fixed: {seen}: {why}"),
        };
        output::note(&output::plain::escape_line(&said));
    };
    let after = ops::fix_confirmed(&session.aws, fixes, &report, &session.run).await;
    session.clear_progress();
    let after = after?;
    for finding in after.new_findings_since(before) {
        output::note(&output::plain::escape_line(&format!("new, not fixed: {}", finding.summary)));
    }
    Ok(after)
}

fn kind(word: &str) -> Result<OnlyKind, String> {
    let present = renamed::present_name(renamed::KINDS, word);
    let former_name = present.map(|_| word.to_owned());
    let kind = Kind::ALL.iter().find(|kind| kind.as_str() == present.unwrap_or(word));
    kind.map(|&kind| OnlyKind { kind, former_name }).ok_or_else(|| {
        let all: Vec<_> = Kind::ALL.iter().map(|kind| kind.as_str()).collect();
        format!("choose one of {}", all.join(", "))
    })
}

fn source(word: &str) -> Result<Source, String> {
    let known = Source::ALL.into_iter().find(|source| source.as_str() == word);
    known.ok_or_else(|| format!("choose one of {}", Source::ALL.map(Source::as_str).join(", ")))
}

/// Whatever kept the doctor from looking has one exit status, so that it is never taken for findings.
pub(super) fn as_inspection_failure(stop: CommandError) -> CommandError {
    match stop {
        CommandError::Findings(_)
        | CommandError::CallsFail(_)
        | CommandError::StepsMissing(_)
        | CommandError::ClosedPipe
        | CommandError::Declined
        | CommandError::NeedsConfirmation => stop,
        other => CommandError::InspectionFailed(Box::new(other)),
    }
}
