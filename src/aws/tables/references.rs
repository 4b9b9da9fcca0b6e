//! Creates and deletes references to pool keys: tenant key and counter change in one transaction.

use keypool_domain::{ApiKeyId, FormerKey, TenantKeyId};

use super::counters::{CounterDecrement, transfer_outcome};
use super::transaction::{CommitOutcome, Condition, Transaction};
use super::transfers::{TargetPoolKey, TransferOutcome};
use super::{NewKeyItem, Tables};
use crate::aws::{Aws, Failure};

/// The item still refers to `:key`, or has no pool key id, like items that the sample application writes.
const STILL_REFERS: &str = "attribute_exists(id) AND (poolKeyId = :key OR attribute_not_exists(poolKeyId))";

impl Aws {
    /// Writes a tenant key that refers to a pool key, and increments the key's counter.
    pub(crate) async fn create_reference(
        &self,
        tables: &Tables,
        new: &NewKeyItem<'_>,
        to: TargetPoolKey<'_>,
    ) -> Result<TransferOutcome, Failure> {
        let transaction = Transaction::default()
            .put(&tables.keys, new.item(self.stores_values()), Condition::item_absent())
            .increment_counter(tables.pools_table()?, 1, to);
        Ok(transfer_outcome(self.commit(transaction).await?, 1))
    }

    /// Deletes a tenant key that refers to a pool key, decrements the key's counter, and adds the note.
    pub(crate) async fn delete_reference(
        &self,
        tables: &Tables,
        id: &TenantKeyId,
        from: &ApiKeyId,
        decrement: &CounterDecrement,
        note: Option<&FormerKey>,
    ) -> Result<TransferOutcome, Failure> {
        let condition = Condition::new(STILL_REFERS).with_text(":key", from.as_str());
        let mut transaction = Transaction::default().delete(&tables.keys, id.as_str(), condition);
        if *decrement != CounterDecrement::NoCounter {
            transaction = transaction.decrement_counter(tables.pools_table()?, from, decrement);
        }
        Ok(match self.commit(transaction.note(tables, note)).await? {
            CommitOutcome::Done => TransferOutcome::Done,
            CommitOutcome::Busy => TransferOutcome::Busy,
            CommitOutcome::Refused(positions) if positions.contains(&0) => {
                TransferOutcome::ItemsRefused(vec![0])
            }
            CommitOutcome::Refused(_) => TransferOutcome::SourceRefused,
        })
    }

    /// Whether the tenant key exists now.
    pub(crate) async fn has_tenant_key(&self, tables: &Tables, id: &TenantKeyId) -> Result<bool, Failure> {
        Ok(self.get_key_item(tables, id).await?.is_some())
    }
}
