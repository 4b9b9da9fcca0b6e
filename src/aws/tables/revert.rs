//! Tenant keys that go back to the API key that they had, because the one that they were pointed at is gone.
//!
//! They were counted there just before, so that neither state nor capacity of that pool key stands in their way.

use keypool_domain::{ApiKeyId, PlanId, Secret, TenantKeyId};

use super::Tables;
use super::counters::{CounterDecrement, transfer_outcome};
use super::pools::POOL_KEY_ID_PREFIX;
use super::transaction::{Condition, Transaction};
use super::transfers::{TargetPoolKey, TransferOutcome};
use crate::aws::{Aws, Failure};

impl Aws {
    /// Rows refer to the pool key that they left, and not to `gone`, or to an API key of their own, any more.
    pub(crate) async fn revert_to_pool_key(
        &self,
        tables: &Tables,
        rows: &[TenantKeyId],
        plan: Option<&PlanId>,
        gone: Option<&ApiKeyId>,
        to: TargetPoolKey<'_>,
        leave: &CounterDecrement,
    ) -> Result<TransferOutcome, Failure> {
        let pools = tables.pools_table()?;
        let mut transaction = Transaction::default();
        for row in rows {
            let terms = self.pool_key_condition(gone, to);
            let terms = match plan {
                Some(plan) => terms
                    .update(&format!("{}, planId = :plan", self.pool_key_update()))
                    .with_text(":plan", plan.as_str()),
                None => terms.update(&self.pool_key_update()),
            };
            transaction = transaction.update(&tables.keys, row.as_str(), terms);
        }
        let joins = Condition::new("attribute_exists(id)")
            .update("SET tenants = tenants + :count, revision = if_not_exists(revision, :zero) + :one")
            .with_number(":count", rows.len())
            .with_number(":zero", 0)
            .with_number(":one", 1);
        transaction = transaction.update(pools, &format!("{POOL_KEY_ID_PREFIX}{}", to.api_key), joins);
        if let Some(gone) = gone {
            transaction = transaction.decrement_counter(pools, gone, leave);
        }
        Ok(transfer_outcome(self.commit(transaction).await?, rows.len()))
    }

    /// A row has its own API key again, in the plan that it was in, and refers to no pool key.
    pub(crate) async fn revert_to_own_key(
        &self,
        tables: &Tables,
        row: &TenantKeyId,
        plan: &PlanId,
        value: &Secret,
        (gone, leave): (&ApiKeyId, &CounterDecrement),
    ) -> Result<TransferOutcome, Failure> {
        let set = "SET planId = :plan, revision = if_not_exists(revision, :zero) + :one";
        let terms = Condition::new("poolKeyId = :gone")
            .with_text(":gone", gone.as_str())
            .with_text(":plan", plan.as_str())
            .with_number(":zero", 0)
            .with_number(":one", 1);
        let terms = if self.stores_values() {
            let terms = terms.with_name("#value", "value").with_text(":value", value.expose());
            terms.update(&format!("{set}, #value = :value REMOVE poolKeyId"))
        } else {
            terms.update(&format!("{set} REMOVE poolKeyId"))
        };
        let transaction = Transaction::default().update(&tables.keys, row.as_str(), terms);
        let transaction = transaction.decrement_counter(tables.pools_table()?, gone, leave);
        Ok(match transfer_outcome(self.commit(transaction).await?, 1) {
            // Nothing is joined: what is refused beside the row is the counter.
            TransferOutcome::TargetRefused => TransferOutcome::SourceRefused,
            other => other,
        })
    }
}
