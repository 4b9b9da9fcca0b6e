//! Moves tenant keys back to their previous API key, because the new one was deleted or disabled.
//!
//! Their previous pool key counted them until just now, so its state and capacity are not checked.

use keypool_domain::{ApiKeyId, PlanId, Secret, TenantKeyId};

use super::Tables;
use super::counters::{CounterDecrement, transfer_outcome};
use super::pools::POOL_KEY_ID_PREFIX;
use super::transaction::{Condition, Transaction};
use super::transfers::{TargetPoolKey, TransferOutcome};
use crate::aws::{Aws, Failure};

impl Aws {
    /// Points tenant keys back at their previous pool key, away from the pool key `lost`, or from API
    /// keys of their own if that is `None`.
    pub(crate) async fn revert_to_pool_key(
        &self,
        tables: &Tables,
        ids: &[TenantKeyId],
        plan: Option<&PlanId>,
        lost: Option<&ApiKeyId>,
        to: TargetPoolKey<'_>,
        decrement: &CounterDecrement,
    ) -> Result<TransferOutcome, Failure> {
        let pools = tables.pools_table()?;
        let mut transaction = Transaction::default();
        for id in ids {
            let condition = self.pool_key_write(lost, to);
            let condition = match plan {
                Some(plan) => condition.with_set("planId = :plan").with_text(":plan", plan.as_str()),
                None => condition,
            };
            transaction = transaction.update(&tables.keys, id.as_str(), condition);
        }
        let increment = Condition::new("attribute_exists(id)")
            .with_set("tenants = tenants + :count")
            .with_number(":count", ids.len())
            .with_next_revision();
        transaction = transaction.update(pools, &format!("{POOL_KEY_ID_PREFIX}{}", to.api_key), increment);
        if let Some(lost) = lost {
            transaction = transaction.decrement_counter(pools, lost, decrement);
        }
        Ok(transfer_outcome(self.commit(transaction).await?, ids.len()))
    }

    /// Gives a tenant key its own API key back, in its previous plan, instead of a pool key.
    pub(crate) async fn revert_to_own_key(
        &self,
        tables: &Tables,
        id: &TenantKeyId,
        plan: &PlanId,
        value: &Secret,
        (lost, decrement): (&ApiKeyId, &CounterDecrement),
    ) -> Result<TransferOutcome, Failure> {
        let condition = Condition::new("poolKeyId = :lost")
            .with_text(":lost", lost.as_str())
            .with_set("planId = :plan")
            .with_text(":plan", plan.as_str())
            .with_next_revision()
            .with_remove("poolKeyId");
        let condition = if self.stores_values() { condition.with_stored_value(value) } else { condition };
        let transaction = Transaction::default().update(&tables.keys, id.as_str(), condition);
        let transaction = transaction.decrement_counter(tables.pools_table()?, lost, decrement);
        Ok(match transfer_outcome(self.commit(transaction).await?, 1) {
            // No counter is incremented here, so the second refused write is the decremented
            // counter.
            TransferOutcome::TargetRefused => TransferOutcome::SourceRefused,
            other => other,
        })
    }
}
