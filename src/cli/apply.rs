//! Announces changes, asks for confirmation, and applies them. Without a terminal or `--yes`, a change that
//! needs confirmation is refused.

use std::io::{self, IsTerminal};

use clap::Args;
use keypool_domain::{Announcement, Change, Inventory, TenantKeyId};

use super::output::{self, Format};
use super::session::Session;
use super::{CommandError, announcement};
use crate::ops::{self, Applied};

#[derive(Debug, Clone, Copy, Default, Args)]
pub(super) struct WriteArgs {
    /// Show the steps without making changes
    #[arg(long)]
    pub(super) dry_run: bool,
    /// Do not ask for confirmation
    #[arg(short, long)]
    pub(super) yes: bool,
}

/// Announces and applies a change. `None` after a dry run.
pub(super) async fn apply_change(
    session: &Session,
    inventory: &Inventory,
    change: &Change,
    args: WriteArgs,
    format: Format,
) -> Result<Option<Applied>, CommandError> {
    let changes = std::slice::from_ref(change);
    let applied = apply_changes(session, inventory, changes, args, format).await?;
    Ok(applied.and_then(|mut applied| applied.pop()))
}

/// Announces several changes together and applies them. `None` after a dry run.
pub(super) async fn apply_changes(
    session: &Session,
    inventory: &Inventory,
    changes: &[Change],
    args: WriteArgs,
    format: Format,
) -> Result<Option<Vec<Applied>>, CommandError> {
    let inventory = ops::with_change_details(&session.aws, inventory.clone(), changes).await?;
    let announcement = announce_changes(changes, &inventory)?;
    if args.dry_run {
        announcement::print(&announcement, format)?;
        return Ok(None);
    }
    confirm(session, &announcement, args).await?;
    let mut all_applied = Vec::new();
    for change in changes {
        tracing::info!("{}", output::plain::escape_line(&change.describe(&inventory)));
        let operation = ops::apply_with_partial_result(&session.aws, &inventory, change, &session.run);
        let (applied, result) = session.wait_for(operation).await;
        session.defer_audit_failure(result)?;
        all_applied.push(applied);
    }
    Ok(Some(all_applied))
}

/// Asks for confirmation if the announced change needs it, and otherwise prints its cautions. Fails with
/// `--readonly`.
pub(super) async fn confirm(
    session: &Session,
    announcement: &Announcement,
    args: WriteArgs,
) -> Result<(), CommandError> {
    session.require_writable()?;
    if announcement.needs_confirmation && !args.yes {
        return ask_to_continue(session, &announcement::question_text(announcement)).await;
    }
    announcement::note_cautions(announcement);
    Ok(())
}

pub(super) fn announce_changes(
    changes: &[Change],
    inventory: &Inventory,
) -> Result<Announcement, CommandError> {
    let parts: Result<Vec<_>, _> =
        changes.iter().map(|change| Announcement::new(change, inventory)).collect();
    let parts = parts?;
    let summaries: Vec<_> = parts.iter().map(|part| part.summary.clone()).collect();
    Ok(Announcement::merge(summaries.join("; "), parts))
}

/// Asks for confirmation; only `y` or `yes` continues.
pub(super) async fn ask_to_continue(session: &Session, announcement: &str) -> Result<(), CommandError> {
    if !can_prompt() {
        return Err(CommandError::NeedsConfirmation { has_dry_run: true });
    }
    let answer = read_answer(session, announcement, "continue? [y/N] ").await?;
    if is_yes(&answer) { Ok(()) } else { Err(CommandError::Declined) }
}

pub(super) fn can_prompt() -> bool {
    io::stdin().is_terminal() && io::stderr().is_terminal()
}

pub(super) fn is_yes(answer: &str) -> bool {
    matches!(answer, "y" | "yes")
}

/// Reads an answer from the terminal, in lower case.
pub(super) async fn read_answer(
    session: &Session,
    announcement: &str,
    prompt: &str,
) -> Result<String, CommandError> {
    output::note(announcement);
    output::prompt(prompt)?;
    // On its own thread, so that Ctrl-C is handled while it waits.
    let answer = tokio::task::spawn_blocking(|| io::stdin().lines().next());
    let answer = tokio::select! {
        answer = answer => answer.ok().flatten().transpose()?.unwrap_or_default(),
        () = session.run.cancel.cancelled() => return Err(CommandError::Declined),
    };
    Ok(answer.trim().to_lowercase())
}

/// Reads the inventory again after a write. If that fails, prints at least the ids of the tenant keys that
/// were written.
pub(super) async fn read_back(session: &Session, written: &[TenantKeyId]) -> Result<Inventory, CommandError> {
    let inventory = session.read_inventory_for_change(written).await;
    if inventory.is_err() {
        let ids: Vec<_> = written.iter().map(TenantKeyId::as_str).collect();
        output::note(&format!("note: done, but the result cannot be read: {}", ids.join(" ")));
    }
    Ok(inventory?)
}
