//! `keypool keys retire --due` and `keypool pools retire --due`: end the keys whose end has passed.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use keypool_domain::ApiKeyId;
use keypool_domain::ending::{EndingKind, find_endings};

use super::CommandError;
use super::announcement;
use super::apply::{self, WriteArgs};
use super::output::{self, Format};
use super::session::Session;
use crate::ops::listing::EndingRecord;
use crate::ops::{self, DueEnding, EndingOutcome, EndingScope};

/// Lists the keys that were ended. Prints no table if nothing was due, so that a cron job is quiet.
pub(super) async fn run(
    session: &Session,
    scope: EndingScope,
    writing: WriteArgs,
    format: Format,
) -> Result<(), CommandError> {
    let inventory = session.read_inventory().await?;
    let inventory = session.wait_for(ops::with_tags_of_replaced_keys(&session.aws, inventory)).await?;
    let now = session.aws.now();
    let found = ops::find_due_endings(&inventory, scope, now);
    output::remarks(found.obstacles.iter().map(|obstacle| format!("not ended: {obstacle}")));
    let mut records: Vec<(EndingKind, ApiKeyId, EndingRecord)> = Vec::new();
    for ending in find_endings(&inventory) {
        let record = EndingRecord::new(&ending, &inventory, now, format.record_format());
        records.push((ending.kind, ending.api_key, record));
    }
    let mut not_ended = found.obstacles.len();
    let mut ended = BTreeSet::new();
    if !found.due.is_empty() {
        let changes: Vec<_> = found.due.iter().map(|due| due.change.clone()).collect();
        let detailed = ops::with_change_details(&session.aws, inventory, &changes).await?;
        let announced = apply::announce_changes(&changes, &detailed)?;
        if writing.dry_run {
            return announcement::print(&announced, format);
        }
        apply::confirm(session, &announced, writing).await?;
        (ended, not_ended) = end_keys(session, scope, &found.due, not_ended).await?;
    }
    let ended: Vec<_> = records
        .into_iter()
        .filter(|(kind, api_key, _)| ended.contains(&(*kind, api_key.clone())))
        .map(|(_, _, record)| record.ended())
        .collect();
    if !(ended.is_empty() && format == Format::Table) {
        output::list(&ended, format)?;
    }
    if not_ended > 0 { Err(CommandError::KeysNotEnded(not_ended)) } else { Ok(()) }
}

/// Ends confirmed keys, and says of each that it was not. Returns those that were, and how many were not.
async fn end_keys(
    session: &Session,
    scope: EndingScope,
    due: &[DueEnding],
    obstacles: usize,
) -> Result<(BTreeSet<(EndingKind, ApiKeyId)>, usize), CommandError> {
    let results = Mutex::new((BTreeSet::new(), obstacles));
    let report = |due: &DueEnding, outcome: EndingOutcome| {
        output::progress("");
        let mut results = results.lock().unwrap_or_else(PoisonError::into_inner);
        match outcome.failure_message() {
            Some(why) => {
                results.1 += 1;
                output::remarks([format!("not ended: API key {}: {why}", due.id.api_key)]);
            }
            None if outcome == EndingOutcome::Ended => {
                results.0.insert((due.id.kind, due.id.api_key.clone()));
            }
            None => {}
        }
    };
    session.wait_for(ops::end_confirmed(&session.aws, due, scope, &report, &session.run)).await?;
    Ok(results.into_inner().unwrap_or_else(PoisonError::into_inner))
}
