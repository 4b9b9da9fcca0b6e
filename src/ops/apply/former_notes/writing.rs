//! Writes notes about the keys that a unit ends: each with, or right before, the step that ends it.

use futures_util::{StreamExt, stream};
use keypool_domain::{FormerKey, NewTenantKey, TenantKey, TenantKeyId};

use super::super::retry::RetryState;
use super::super::unit::UnitExecutor;
use crate::aws::{Failure, TransferOutcome};

/// How many notes of a deleted plan are written at a time.
const MAX_CONCURRENT_NOTES: usize = 16;

impl UnitExecutor<'_> {
    /// Writes notes right before the step that makes them true. A note that cannot be written goes to the audit trail:
    /// a deletion that has started must not stop halfway.
    pub(in crate::ops::apply) async fn write_notes(&mut self, notes: Vec<FormerKey>) {
        let (aws, tables) = (self.aws, self.tables.as_deref());
        let writes = notes.into_iter().map(|note| async move {
            let written = match tables {
                Some(tables) => aws.note_former_key(tables, &note).await,
                None => Ok(false),
            };
            let written = written.unwrap_or_else(|why| {
                tracing::warn!("the note about API key {} is only in the audit trail: {why}", note.api_key);
                false
            });
            (!written).then_some(note)
        });
        let unwritten: Vec<_> = stream::iter(writes).buffered(MAX_CONCURRENT_NOTES).collect().await;
        self.trail_notes.extend(unwritten.into_iter().flatten());
    }

    /// Keeps a written note for the audit trail, if there is no Pools table.
    pub(in crate::ops::apply) fn keep_for_trail(&mut self, note: impl IntoIterator<Item = FormerKey>) {
        if self.pools_table().is_none() {
            self.trail_notes.extend(note);
        }
    }

    /// Deletes a siloed tenant key together with its note.
    pub(in crate::ops::apply) async fn delete_siloed_tenant_key(
        &self,
        id: &TenantKeyId,
        note: Option<&FormerKey>,
    ) -> Result<(), Failure> {
        let Some(note) = note.filter(|_| self.pools_table().is_some()) else {
            return self.aws.delete_siloed_tenant_key(self.tables()?, id).await;
        };
        let mut retries = RetryState::<Option<()>>::new();
        loop {
            match self.aws.delete_noted_tenant_key(self.tables()?, id, note).await? {
                TransferOutcome::Done => return Ok(()),
                // The API key is disabled already: the deletion goes on even if cancelled.
                TransferOutcome::Busy if self.wait_to_retry(&mut retries, None).await.unwrap_or(true) => {}
                TransferOutcome::ItemsRefused(_) if !self.aws.has_tenant_key(self.tables()?, id).await? => {
                    return Ok(());
                }
                TransferOutcome::ItemsRefused(_)
                | TransferOutcome::SourceRefused
                | TransferOutcome::TargetRefused
                | TransferOutcome::Busy => return Err(Failure::Changed(format!("tenant key {id}"))),
            }
        }
    }

    /// The note about the deletion that a new tenant key takes back: its tenant has never left.
    pub(in crate::ops::apply) async fn note_of_restored_key(
        &self,
        new: &NewTenantKey,
        id: &TenantKeyId,
    ) -> Result<Option<FormerKey>, Failure> {
        let is_restored = |deleted: &&TenantKey| {
            (&deleted.plan, &deleted.tenant, &*deleted.name) == (&new.plan, &new.tenant, &*new.name)
        };
        let deleted = self.restored_keys.iter().filter(is_restored).map(|deleted| &deleted.id);
        let (deleted, Some(pools)) = (deleted.collect::<Vec<_>>(), self.pools_table()) else {
            return Ok(None);
        };
        if deleted.is_empty() {
            return Ok(None);
        }
        let notes = self.aws.pools(pools).await?.former_keys.into_iter();
        let deletions = notes.filter(|note| {
            note.continued_as.is_none() && note.tenant_key.as_ref().is_some_and(|id| deleted.contains(&id))
        });
        let last = deletions.max_by_key(|note| note.until);
        Ok(last.map(|note| FormerKey { continued_as: Some(id.clone()), ..note }))
    }
}
