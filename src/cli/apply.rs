//! What all writes have in common: the announcement, the question, and the refusal where nobody can be asked.

use std::io::{self, IsTerminal};

use clap::Args;
use keypool_domain::{Announcement, Change, Inventory, TenantKeyId};

use super::output::{self, Format};
use super::session::Session;
use super::{CommandError, announcement};
use crate::ops::{self, Applied};

/// The flags of everything that writes.
#[derive(Debug, Clone, Copy, Default, Args)]
pub(super) struct WriteArgs {
    /// Show the steps and do nothing
    #[arg(long)]
    pub(super) dry_run: bool,
    /// Do not ask, where it would
    #[arg(short, long)]
    pub(super) yes: bool,
}

/// Carries a change out, after its announcement; `None` after a dry run.
pub(super) async fn apply_change(
    session: &Session,
    inventory: &Inventory,
    change: &Change,
    writing: WriteArgs,
    format: Format,
) -> Result<Option<Applied>, CommandError> {
    let changes = std::slice::from_ref(change);
    let done = apply_changes(session, inventory, changes, writing, format).await?;
    Ok(done.and_then(|mut applied| applied.pop()))
}

/// Carries several changes out, after one announcement of all of them; `None` after a dry run.
pub(super) async fn apply_changes(
    session: &Session,
    inventory: &Inventory,
    changes: &[Change],
    writing: WriteArgs,
    format: Format,
) -> Result<Option<Vec<Applied>>, CommandError> {
    let inventory = ops::with_change_details(&session.aws, inventory.clone(), changes).await?;
    let announcement = announce_changes(changes, &inventory)?;
    if writing.dry_run {
        announcement::print(&announcement, format)?;
        return Ok(None);
    }
    confirm(session, &announcement, writing).await?;
    let mut all = Vec::new();
    for change in changes {
        tracing::info!("{}", output::plain::escape_line(&change.describe(&inventory)));
        let (applied, ended) =
            ops::apply_with_partial_result(&session.aws, &inventory, change, &session.run).await;
        session.clear_progress();
        session.defer_unrecorded(ended)?;
        all.push(applied);
    }
    Ok(Some(all))
}

/// Announces what is done next, and asks where that is needed.
pub(super) async fn confirm(
    session: &Session,
    announcement: &Announcement,
    writing: WriteArgs,
) -> Result<(), CommandError> {
    session.require_writable()?;
    if announcement.needs_confirmation && !writing.yes {
        return ask_to_continue(session, &announcement::question_text(announcement)).await;
    }
    announcement::note_cautions(announcement);
    Ok(())
}

fn announce_changes(changes: &[Change], inventory: &Inventory) -> Result<Announcement, CommandError> {
    let parts: Result<Vec<_>, _> =
        changes.iter().map(|change| Announcement::new(change, inventory)).collect();
    let parts = parts?;
    let sentences: Vec<_> = parts.iter().map(|part| part.summary.clone()).collect();
    Ok(Announcement::merge(sentences.join("; "), parts))
}

/// Asks the person at the terminal; only `y` or `yes` goes on.
pub(super) async fn ask_to_continue(session: &Session, announcement: &str) -> Result<(), CommandError> {
    if !can_prompt() {
        return Err(CommandError::NeedsConfirmation);
    }
    let given = read_answer(session, announcement, "go on? [y/N] ").await?;
    if is_yes(&given) { Ok(()) } else { Err(CommandError::Declined) }
}

/// Whether there is a terminal to ask at.
pub(super) fn can_prompt() -> bool {
    io::stdin().is_terminal() && io::stderr().is_terminal()
}

/// Whether an answer goes on.
pub(super) fn is_yes(given: &str) -> bool {
    matches!(given, "y" | "yes")
}

/// What is answered at the terminal, in lower case.
pub(super) async fn read_answer(
    session: &Session,
    announcement: &str,
    prompt: &str,
) -> Result<String, CommandError> {
    output::note(announcement);
    output::prompt(prompt)?;
    // On a thread of its own, so that Ctrl-c is heard meanwhile.
    let answer = tokio::task::spawn_blocking(|| io::stdin().lines().next());
    let answer = tokio::select! {
        answer = answer => answer.ok().flatten().transpose()?.unwrap_or_default(),
        () = session.run.cancel.cancelled() => return Err(CommandError::Declined),
    };
    Ok(answer.trim().to_lowercase())
}

/// Reads the account anew after a write; where that fails, at least the ids of what was written are told.
pub(super) async fn read_back(session: &Session, written: &[TenantKeyId]) -> Result<Inventory, CommandError> {
    let read = session.read_inventory().await;
    if read.is_err() {
        let ids: Vec<_> = written.iter().map(TenantKeyId::as_str).collect();
        output::note(&format!("note: done, but the result cannot be read: {}", ids.join(" ")));
    }
    Ok(read?)
}
