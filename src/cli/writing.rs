//! What all writes have in common: the steps shown first, the question, and the refusal where nobody can be asked.

use std::io::{self, IsTerminal};

use clap::Args;
use keypool_domain::step::Unit;
use keypool_domain::{Change, Inventory, RowId};
use serde::Serialize;

use super::Stop;
use super::output::{self, Format, Record};
use super::session::Session;
use crate::ops::{self, Applied};

/// The flags of everything that writes.
#[derive(Debug, Clone, Copy, Default, Args)]
pub(super) struct WritingArgs {
    /// Show the steps and do nothing
    #[arg(long)]
    pub(super) dry_run: bool,
    /// Do not ask, where it would
    #[arg(short, long)]
    pub(super) yes: bool,
}

/// One step, for `--dry-run`.
#[derive(Debug, Serialize)]
struct PlannedStep<'a> {
    subject: &'a str,
    step: String,
}

impl Record for PlannedStep<'_> {
    const FIELDS: &'static [&'static str] = &["subject", "step"];
    const TABLE: &'static [(&'static str, &'static str)] = &[("for", "subject"), ("step", "step")];
}

/// Carries a change out, after the question where it takes something away; `None` after a dry run.
pub(super) async fn carry_out(
    session: &Session,
    inventory: &Inventory,
    change: &Change,
    writing: WritingArgs,
    format: Format,
) -> Result<Option<Applied>, Stop> {
    let units = change.units(inventory)?;
    if writing.dry_run {
        dry_run(&units, inventory, format)?;
        return Ok(None);
    }
    session.may_write()?;
    if change.takes_away() && !writing.yes {
        ask(session, &announcement(change, &units, inventory)).await?;
    }
    tracing::info!("{}", output::plain::line(&change.describe(inventory)));
    let (applied, ended) = ops::apply_as_far(&session.aws, inventory, change, &session.run).await;
    session.clear_progress();
    session.made(ended)?;
    Ok(Some(applied))
}

fn dry_run(units: &[Unit], inventory: &Inventory, format: Format) -> Result<(), Stop> {
    let steps: Vec<PlannedStep<'_>> = units
        .iter()
        .flat_map(|unit| unit.steps.iter().map(move |step| (unit, step)))
        .map(|(unit, step)| PlannedStep { subject: &unit.subject, step: step.sentence(inventory) })
        .collect();
    output::list(&steps, format)
}

/// Steps shown for a question before the rest is only counted.
const SHOWN: usize = 12;

fn announcement(change: &Change, units: &[Unit], inventory: &Inventory) -> String {
    let mut lines = vec![output::plain::line(&change.describe(inventory))];
    let steps: Vec<_> = units.iter().flat_map(|unit| &unit.steps).collect();
    lines.extend(
        steps.iter().take(SHOWN).map(|step| format!("  {}", output::plain::line(&step.sentence(inventory)))),
    );
    if steps.len() > SHOWN {
        lines.push(format!("  and {} more steps: --dry-run shows all", steps.len() - SHOWN));
    }
    lines.extend(touched(change, inventory));
    lines.extend(change.cautions(inventory).into_iter().map(|caution| format!("note: {caution}")));
    lines.join("\n")
}

/// The tenants that it touches, where there are any.
fn touched(change: &Change, inventory: &Inventory) -> Option<String> {
    let tenants = change.blast_radius(inventory);
    if tenants.is_empty() {
        return None;
    }
    let named: Vec<_> =
        tenants.iter().take(SHOWN).map(|tenant| output::plain::line(tenant.as_str())).collect();
    let more =
        if tenants.len() > SHOWN { format!(" and {} more", tenants.len() - SHOWN) } else { String::new() };
    Some(format!("tenants: {}{more}", named.join(", ")))
}

/// Asks the person at the terminal; only `y` or `yes` goes on.
pub(super) async fn ask(session: &Session, announcement: &str) -> Result<(), Stop> {
    if !can_ask() {
        return Err(Stop::NeedsYes);
    }
    let given = answer(session, announcement, "go on? [y/N] ").await?;
    if is_yes(&given) { Ok(()) } else { Err(Stop::Declined) }
}

/// Whether there is a terminal to ask at.
pub(super) fn can_ask() -> bool {
    io::stdin().is_terminal() && io::stderr().is_terminal()
}

/// Whether an answer goes on.
pub(super) fn is_yes(given: &str) -> bool {
    matches!(given, "y" | "yes")
}

/// What is answered at the terminal, in lower case.
pub(super) async fn answer(session: &Session, announcement: &str, prompt: &str) -> Result<String, Stop> {
    output::note(announcement);
    output::prompt(prompt)?;
    // On a thread of its own, so that Ctrl-c is heard meanwhile.
    let answer = tokio::task::spawn_blocking(|| io::stdin().lines().next());
    let answer = tokio::select! {
        answer = answer => answer.ok().flatten().transpose()?.unwrap_or_default(),
        () = session.run.cancel.cancelled() => return Err(Stop::Declined),
    };
    Ok(answer.trim().to_lowercase())
}

/// Reads the account anew after a write; where that fails, at least the ids of what was written are told.
pub(super) async fn read_back(session: &Session, written: &[RowId]) -> Result<Inventory, Stop> {
    let read = session.inventory().await;
    if read.is_err() {
        let ids: Vec<_> = written.iter().map(RowId::as_str).collect();
        output::note(&format!("note: done, but the result cannot be read: {}", ids.join(" ")));
    }
    Ok(read?)
}
