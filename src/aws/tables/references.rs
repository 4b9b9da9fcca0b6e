//! References to pool keys that come and go: the row and the counter of its key change in one transaction.

use keypool_domain::{ApiKeyId, TenantKeyId};

use super::counters::{CounterDecrement, transfer_outcome};
use super::transaction::{CommitOutcome, Condition, Transaction};
use super::transfers::{TargetPoolKey, TransferOutcome};
use super::{NewKeyItem, Tables};
use crate::aws::{Aws, Failure};

/// The row still refers to `:key`, or does not say to which key it refers: the sample application writes it so.
const STILL_REFERS: &str = "attribute_exists(id) AND (poolKeyId = :key OR attribute_not_exists(poolKeyId))";

impl Aws {
    /// Writes a row that refers to a pool key, which counts one tenant more.
    pub(crate) async fn create_reference(
        &self,
        tables: &Tables,
        row: &NewKeyItem<'_>,
        to: TargetPoolKey<'_>,
    ) -> Result<TransferOutcome, Failure> {
        let transaction = Transaction::default()
            .put(&tables.keys, row.item(self.stores_values()), Condition::item_absent())
            .increment_counter(tables.pools_table()?, 1, to);
        Ok(transfer_outcome(self.commit(transaction).await?, 1))
    }

    /// Deletes a row that refers to a pool key.
    pub(crate) async fn delete_reference(
        &self,
        tables: &Tables,
        row: &TenantKeyId,
        from: &ApiKeyId,
        leave: &CounterDecrement,
    ) -> Result<TransferOutcome, Failure> {
        let refers = Condition::new(STILL_REFERS).with_text(":key", from.as_str());
        let mut transaction = Transaction::default().delete(&tables.keys, row.as_str(), refers);
        if *leave != CounterDecrement::NoCounter {
            transaction = transaction.decrement_counter(tables.pools_table()?, from, leave);
        }
        Ok(match self.commit(transaction).await? {
            CommitOutcome::Done => TransferOutcome::Done,
            CommitOutcome::Busy => TransferOutcome::Busy,
            CommitOutcome::Refused(at) if at.contains(&0) => TransferOutcome::ItemsRefused(vec![0]),
            CommitOutcome::Refused(_) => TransferOutcome::SourceRefused,
        })
    }

    /// Whether there is a row with this id now.
    pub(crate) async fn has_tenant_key(&self, tables: &Tables, id: &TenantKeyId) -> Result<bool, Failure> {
        Ok(self.get_key_item(tables, id).await?.is_some())
    }
}
