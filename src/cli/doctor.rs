//! `keypool doctor`.

mod confirm;

use clap::Args;
use keypool_domain::drift::{Finding, FindingKind, Source};

use super::CommandError;
use super::apply::WriteArgs;
use super::output::{self, OutputArgs};
use super::session::Session;
use crate::aws::Failure;
use crate::ops::listing::FindingRecord;
use crate::ops::{self, ConfirmedFix, DoctorReport, FixOutcome, FixReport};
use crate::settings::renamed;

/// Find inconsistencies, show how they affect tenants, and fix them
///
/// The exit status is 0 if no problems were found or all were fixed, 1 if problems remain, 2 if the
/// account, or a part of it, could not be checked.
#[derive(Debug, Args)]
pub struct Doctor {
    /// Fix problems after showing the steps and asking for confirmation; fixes that need a decision are
    /// asked about one by one
    #[arg(long)]
    fix: bool,
    /// Check only for problems of this kind; may be repeated. With --fix, also confirms fixes of these
    /// kinds that would be asked about one by one
    #[arg(long = "only", value_name = "KIND", value_parser = parse_kind)]
    only: Vec<OnlyKind>,
    /// Source to trust if tables and API Gateway disagree: tables or api-gateway
    #[arg(long, value_name = "SOURCE", value_parser = parse_source)]
    prefer: Option<Source>,
    #[command(flatten)]
    writing: WriteArgs,
    #[command(flatten)]
    output: OutputArgs,
}

/// A kind of problem that `--only` selects, with its former name if the user gave that.
#[derive(Debug, Clone)]
struct OnlyKind {
    kind: FindingKind,
    former_name: Option<String>,
}

impl Doctor {
    pub(super) async fn run(&self, session: &Session) -> Result<(), CommandError> {
        for OnlyKind { kind, former_name } in &self.only {
            if let Some(former) = former_name {
                output::note(&format!("warning: --only: {}", renamed::warning(former, kind.as_str())));
            }
        }
        let mut report = session.wait_for(ops::diagnose(&session.aws, &session.run)).await?;
        output::remarks(&report.remarks);
        if self.fix && self.selected_findings(&report).any(|finding| finding.fix.is_possible()) {
            if self.writing.dry_run {
                return self.dry_run(&report);
            }
            session.require_writable()?;
            let fixes = self.confirm_fixes(session, &report).await?;
            if !fixes.is_empty() {
                report = apply_fixes(session, &report, &fixes).await?;
            }
        }
        let remaining: Vec<_> = self.selected_findings(&report).collect();
        let records: Vec<_> =
            remaining.iter().map(|finding| FindingRecord::new(finding, &report.inventory)).collect();
        output::list(&records, self.output.output)?;
        match remaining.len() {
            0 if report.unchecked_count > 0 => Err(CommandError::Unchecked(report.unchecked_count)),
            0 => Ok(()),
            count => Err(CommandError::Findings(count)),
        }
    }

    /// Whether `--only` includes this kind.
    fn includes(&self, kind: FindingKind) -> bool {
        self.only.iter().any(|only| only.kind == kind)
    }

    fn selected_findings<'a>(&'a self, report: &'a DoctorReport) -> impl Iterator<Item = &'a Finding> {
        let is_selected = |finding: &&Finding| self.only.is_empty() || self.includes(finding.kind);
        report.findings.iter().filter(is_selected)
    }

    fn dry_run(&self, report: &DoctorReport) -> Result<(), CommandError> {
        let fixable = self.selected_findings(report).filter(|finding| finding.fix.is_possible());
        let records: Vec<_> = fixable.map(|finding| FindingRecord::new(finding, &report.inventory)).collect();
        output::list(&records, self.output.output)
    }
}

/// Applies exactly these fixes, and prints problems that were not in the report before.
async fn apply_fixes(
    session: &Session,
    before: &DoctorReport,
    fixes: &[ConfirmedFix],
) -> Result<DoctorReport, CommandError> {
    let print_outcome = |fix_report: FixReport| {
        output::progress("");
        let summary = &fix_report.fix.finding.summary;
        let line = match (&fix_report.outcome, fix_report.failure_message()) {
            (FixOutcome::AlreadyGone, _) => format!("no longer there: {summary}"),
            (_, None) => format!("fixed: {summary}"),
            (_, Some(why)) => format!("not fixed: {summary}: {why}"),
        };
        output::note(&output::plain::escape_line(&line));
    };
    let after =
        session.wait_for(ops::fix_confirmed(&session.aws, fixes, &print_outcome, &session.run)).await?;
    for finding in after.new_findings_since(before) {
        output::note(&output::plain::escape_line(&format!("new, not fixed: {}", finding.summary)));
    }
    Ok(after)
}

fn parse_kind(word: &str) -> Result<OnlyKind, String> {
    let current = renamed::current_name(renamed::KINDS, word);
    let former_name = current.map(|_| word.to_owned());
    let kind = FindingKind::ALL.iter().find(|kind| kind.as_str() == current.unwrap_or(word));
    kind.map(|&kind| OnlyKind { kind, former_name }).ok_or_else(|| {
        let all: Vec<_> = FindingKind::ALL.iter().map(|kind| kind.as_str()).collect();
        format!("choose one of {}", all.join(", "))
    })
}

fn parse_source(word: &str) -> Result<Source, String> {
    let found = Source::ALL.into_iter().find(|source| source.as_str() == word);
    found.ok_or_else(|| format!("choose one of {}", Source::ALL.map(Source::as_str).join(", ")))
}

/// Wraps an error because of which the account was not checked, so that its exit status is not mistaken for
/// that of problems found.
pub(super) fn as_inspection_failure(error: CommandError) -> CommandError {
    match error {
        CommandError::Findings(_)
        | CommandError::Alerts(_)
        | CommandError::HookNotRun(_)
        | CommandError::CallsFail(_)
        | CommandError::Unchecked(_)
        | CommandError::StepsMissing(_)
        | CommandError::ClosedPipe
        | CommandError::Declined
        | CommandError::Failure(Failure::Cancelled)
        | CommandError::NeedsConfirmation { .. } => error,
        other => CommandError::InspectionFailed(Box::new(other)),
    }
}
