//! Rows that go to another API key: the row and the counters change in one transaction.
//!
//! Attributes that others keep in a row go with it.

use aws_sdk_dynamodb::types::AttributeValue;
use keypool_domain::{ApiKeyId, PlanId, Secret, TenantKeyId};

use super::Tables;
use super::counters::{CounterDecrement, transfer_outcome};
use super::items::Item;
use super::transaction::{CommitOutcome, Condition, Transaction};
use super::work::Fence;
use crate::aws::{Aws, Failure};

/// A new API key that a tenant key gets for its own.
#[derive(Debug, Clone, Copy)]
pub(crate) struct NewOwnKey<'a> {
    pub(crate) api_key: &'a ApiKeyId,
    pub(crate) value: &'a Secret,
    /// The mark that must still hold.
    pub(crate) fence: Option<&'a Fence>,
}

/// A pool key that a row comes to refer to.
#[derive(Debug, Clone, Copy)]
pub(crate) struct TargetPoolKey<'a> {
    pub(crate) api_key: &'a ApiKeyId,
    /// Its value, where rows hold values.
    pub(crate) value: Option<&'a Secret>,
    /// How many tenants it takes; the successor of a pool key takes all of that key's, for they come one by one.
    pub(crate) limit: Option<CapacityLimit>,
}

/// How many tenants a pool key takes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct CapacityLimit {
    /// The capacity that its counter was read with.
    pub(crate) capacity: u32,
    /// The most that its counter may say afterwards.
    pub(crate) max_tenants: u32,
}

/// What became of a transfer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum TransferOutcome {
    /// Rows and counters are written.
    Done,
    /// These rows, by position, are not as they were any more.
    ItemsRefused(Vec<usize>),
    /// The key they should leave counts fewer tenants than would leave it.
    SourceRefused,
    /// The key they should go to is full, or takes nobody any more.
    TargetRefused,
    /// Another transaction was at one of them: try again.
    Busy,
}

impl Aws {
    /// The row under the id of another API key of its own; the old row goes.
    pub(crate) async fn replace_tenant_key(
        &self,
        tables: &Tables,
        row: &TenantKeyId,
        new: &ApiKeyId,
        value: &Secret,
        fence: Option<&Fence>,
    ) -> Result<(), Failure> {
        let Some(item) = self.get_key_item(tables, row).await? else {
            return Err(Failure::Gone(format!("row {row}")));
        };
        let transaction = Transaction::default()
            .put(&tables.keys, self.own_key_item(item.clone(), new, value), Condition::item_absent())
            .delete(&tables.keys, row.as_str(), revision_unchanged(item.get("revision")))
            .with_fence(fence, self.work_mark_deadline());
        match (self.commit(transaction).await?, fence) {
            (CommitOutcome::Done, _) => Ok(()),
            (CommitOutcome::Refused(at), Some(fence)) if at.contains(&2) => Err(fence.taken_over()),
            (CommitOutcome::Refused(_) | CommitOutcome::Busy, _) => {
                Err(Failure::Changed(format!("row {row}")))
            }
        }
    }

    /// The row under the id of an API key of its own; the reference goes, and its pool key counts one tenant less.
    pub(crate) async fn isolate_tenant_key(
        &self,
        tables: &Tables,
        row: &TenantKeyId,
        from: &ApiKeyId,
        plan: &PlanId,
        own_key: NewOwnKey<'_>,
        leave: &CounterDecrement,
    ) -> Result<TransferOutcome, Failure> {
        let Some(item) = self.get_key_item(tables, row).await? else {
            return Err(Failure::Gone(format!("row {row}")));
        };
        let fence = own_key.fence;
        let mut own = self.own_key_item(item.clone(), own_key.api_key, own_key.value);
        own.insert("planId".to_owned(), AttributeValue::S(plan.to_string()));
        let mut transaction = Transaction::default()
            .delete(&tables.keys, row.as_str(), revision_unchanged(item.get("revision")))
            .put(&tables.keys, own, Condition::item_absent())
            .with_fence(fence, self.work_mark_deadline());
        let counter = if fence.is_some() { 3 } else { 2 };
        if let Some(pools) = tables.pools.as_deref() {
            transaction = transaction.decrement_counter(pools, from, leave);
        }
        Ok(match self.commit(transaction).await? {
            CommitOutcome::Done => TransferOutcome::Done,
            CommitOutcome::Busy => TransferOutcome::Busy,
            CommitOutcome::Refused(at) if at.contains(&counter) => TransferOutcome::SourceRefused,
            CommitOutcome::Refused(at) => match fence {
                Some(fence) if at.contains(&2) => return Err(fence.taken_over()),
                _ => TransferOutcome::ItemsRefused(at),
            },
        })
    }

    /// The row refers to a pool key of the plan, from another pool key or from an API key of its own.
    pub(crate) async fn point_at_pool_key(
        &self,
        tables: &Tables,
        row: &TenantKeyId,
        plan: &PlanId,
        from: Option<&ApiKeyId>,
        to: TargetPoolKey<'_>,
        leave: &CounterDecrement,
    ) -> Result<TransferOutcome, Failure> {
        let pools = tables.pools_table()?;
        let update = format!("{}, planId = :plan", self.pool_key_update());
        let terms = self.pool_key_condition(from, to).update(&update).with_text(":plan", plan.as_str());
        let mut transaction =
            Transaction::default().update(&tables.keys, row.as_str(), terms).increment_counter(pools, 1, to);
        if let Some(from) = from {
            transaction = transaction.decrement_counter(pools, from, leave);
        }
        Ok(transfer_outcome(self.commit(transaction).await?, 1))
    }

    /// Rows of one pool key refer to another from now on.
    pub(crate) async fn repoint_tenant_keys(
        &self,
        tables: &Tables,
        rows: &[TenantKeyId],
        from: &ApiKeyId,
        to: TargetPoolKey<'_>,
        leave: &CounterDecrement,
    ) -> Result<TransferOutcome, Failure> {
        let pools = tables.pools_table()?;
        let mut transaction = Transaction::default();
        for row in rows {
            let terms = self.pool_key_condition(Some(from), to).update(&self.pool_key_update());
            transaction = transaction.update(&tables.keys, row.as_str(), terms);
        }
        transaction =
            transaction.increment_counter(pools, rows.len(), to).decrement_counter(pools, from, leave);
        Ok(transfer_outcome(self.commit(transaction).await?, rows.len()))
    }

    /// Another plan for a row that is as it was read.
    pub(crate) async fn set_tenant_key_plan(
        &self,
        tables: &Tables,
        row: &TenantKeyId,
        revision: Option<u64>,
        plan: &PlanId,
        fence: Option<&Fence>,
    ) -> Result<(), Failure> {
        let revision = revision.map(|revision| AttributeValue::N(revision.to_string()));
        let terms = revision_unchanged(revision.as_ref())
            .update("SET planId = :plan, revision = if_not_exists(revision, :zero) + :one")
            .with_text(":plan", plan.as_str())
            .with_number(":zero", 0)
            .with_number(":one", 1);
        let transaction = Transaction::default()
            .update(&tables.keys, row.as_str(), terms)
            .with_fence(fence, self.work_mark_deadline());
        match (self.commit(transaction).await?, fence) {
            (CommitOutcome::Done, _) => Ok(()),
            (CommitOutcome::Refused(at), Some(fence)) if at.contains(&1) => Err(fence.taken_over()),
            (CommitOutcome::Refused(_) | CommitOutcome::Busy, _) => {
                Err(Failure::Changed(format!("row {row}")))
            }
        }
    }

    /// The value that a row repeats.
    pub(crate) async fn set_tenant_key_value(
        &self,
        tables: &Tables,
        row: &TenantKeyId,
        value: &Secret,
    ) -> Result<(), Failure> {
        let terms = Condition::new("attribute_exists(id)")
            .update("SET #value = :value, revision = if_not_exists(revision, :zero) + :one")
            .with_name("#value", "value")
            .with_text(":value", value.expose())
            .with_number(":zero", 0)
            .with_number(":one", 1);
        match self.commit(Transaction::default().update(&tables.keys, row.as_str(), terms)).await? {
            CommitOutcome::Done => Ok(()),
            CommitOutcome::Refused(_) => Err(Failure::Gone(format!("row {row}"))),
            CommitOutcome::Busy => Err(Failure::Changed(format!("row {row}"))),
        }
    }

    /// The same item for an API key of its own; since when the tenant has the key stays what it was.
    fn own_key_item(&self, mut item: Item, new: &ApiKeyId, value: &Secret) -> Item {
        item.remove("poolKeyId");
        item.remove("value");
        item.insert("id".to_owned(), AttributeValue::S(new.to_string()));
        item.insert("revision".to_owned(), AttributeValue::N("1".to_owned()));
        if self.stores_values() {
            item.insert("value".to_owned(), AttributeValue::S(value.expose().to_owned()));
        }
        item
    }

    pub(super) fn pool_key_update(&self) -> String {
        let set = "SET poolKeyId = :to, revision = if_not_exists(revision, :zero) + :one";
        if self.stores_values() { format!("{set}, #value = :value") } else { set.to_owned() }
    }

    /// The row still refers where it did; a reference that the sample wrote does not say to which key.
    pub(super) fn pool_key_condition(&self, from: Option<&ApiKeyId>, to: TargetPoolKey<'_>) -> Condition {
        let terms = match from {
            Some(from) => Condition::new(
                "attribute_exists(id) AND (poolKeyId = :from OR attribute_not_exists(poolKeyId))",
            )
            .with_text(":from", from.as_str()),
            None => Condition::new("attribute_exists(id) AND attribute_not_exists(poolKeyId)"),
        };
        let terms =
            terms.with_text(":to", to.api_key.as_str()).with_number(":zero", 0).with_number(":one", 1);
        match to.value {
            Some(value) if self.stores_values() => {
                terms.with_name("#value", "value").with_text(":value", value.expose())
            }
            _ => terms,
        }
    }
}

/// The item still has the revision it was read with; those that others write have none.
fn revision_unchanged(revision: Option<&AttributeValue>) -> Condition {
    match revision {
        Some(revision) => Condition::new("revision = :revision").with_value(":revision", revision.clone()),
        None => Condition::new("attribute_exists(id) AND attribute_not_exists(revision)"),
    }
}
