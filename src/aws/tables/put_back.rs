//! Tenant keys that go back to the API key that they had, because the one that they were pointed at is gone.
//!
//! They were counted there just before, so that neither state nor capacity of that pool key stands in their way.

use keypool_domain::{ApiKeyId, PlanId, RowId, Secret};

use super::Tables;
use super::counters::{Leave, transferred};
use super::pools::KEY;
use super::transaction::{Terms, Transaction};
use super::transfers::{Shared, Transferred};
use crate::aws::{Aws, Failure};

impl Aws {
    /// Rows refer to the pool key that they left, and not to `gone`, or to an API key of their own, any more.
    pub(crate) async fn refer_back(
        &self,
        tables: &Tables,
        rows: &[RowId],
        plan: Option<&PlanId>,
        gone: Option<&ApiKeyId>,
        to: Shared<'_>,
        leave: &Leave,
    ) -> Result<Transferred, Failure> {
        let pools = tables.pools_table()?;
        let mut transaction = Transaction::default();
        for row in rows {
            let terms = self.referring(gone, to);
            let terms = match plan {
                Some(plan) => {
                    terms.update(&format!("{}, planId = :plan", self.sets())).text(":plan", plan.as_str())
                }
                None => terms.update(&self.sets()),
            };
            transaction = transaction.update(&tables.keys, row.as_str(), terms);
        }
        let joins = Terms::on("attribute_exists(id)")
            .update("SET tenants = tenants + :count, revision = if_not_exists(revision, :zero) + :one")
            .number(":count", rows.len())
            .number(":zero", 0)
            .number(":one", 1);
        transaction = transaction.update(pools, &format!("{KEY}{}", to.api_key), joins);
        if let Some(gone) = gone {
            transaction = transaction.leave(pools, gone, leave);
        }
        Ok(transferred(self.commit(transaction).await?, rows.len()))
    }

    /// A row has its own API key again, in the plan that it was in, and refers to no pool key.
    pub(crate) async fn own_again(
        &self,
        tables: &Tables,
        row: &RowId,
        plan: &PlanId,
        value: &Secret,
        (gone, leave): (&ApiKeyId, &Leave),
    ) -> Result<Transferred, Failure> {
        let set = "SET planId = :plan, revision = if_not_exists(revision, :zero) + :one";
        let terms = Terms::on("poolKeyId = :gone")
            .text(":gone", gone.as_str())
            .text(":plan", plan.as_str())
            .number(":zero", 0)
            .number(":one", 1);
        let terms = if self.stores_values() {
            let terms = terms.name("#value", "value").text(":value", value.expose());
            terms.update(&format!("{set}, #value = :value REMOVE poolKeyId"))
        } else {
            terms.update(&format!("{set} REMOVE poolKeyId"))
        };
        let transaction = Transaction::default().update(&tables.keys, row.as_str(), terms);
        let transaction = transaction.leave(tables.pools_table()?, gone, leave);
        Ok(match transferred(self.commit(transaction).await?, 1) {
            // Nothing is joined: what is refused beside the row is the counter.
            Transferred::ToRefused => Transferred::LeftRefused,
            other => other,
        })
    }
}
