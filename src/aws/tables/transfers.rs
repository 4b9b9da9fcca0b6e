//! Moves tenant keys to another API key: item and counters change in one transaction.
//!
//! Attributes of other applications move with the item.

use aws_sdk_dynamodb::types::AttributeValue;
use keypool_domain::{ApiKeyId, FormerKey, PlanId, Secret, TenantKeyId};

use super::Tables;
use super::counters::{CounterDecrement, transfer_outcome};
use super::item_requests::{number, text};
use super::items::Item;
use super::transaction::{CommitOutcome, Condition, Transaction};
use super::work::Fence;
use crate::aws::{Aws, Failure};

/// A new API key that becomes a tenant key's own.
#[derive(Debug, Clone, Copy)]
pub(crate) struct NewSiloedKey<'a> {
    pub(crate) api_key: &'a ApiKeyId,
    pub(crate) value: &'a Secret,
    /// The work mark that the operation must still hold.
    pub(crate) fence: Option<&'a Fence>,
    /// About the tenant key in its old place.
    pub(crate) note: Option<&'a FormerKey>,
}

/// The pool key that a tenant key moves to.
#[derive(Debug, Clone, Copy)]
pub(crate) struct TargetPoolKey<'a> {
    pub(crate) api_key: &'a ApiKeyId,
    /// Its value, if items store values.
    pub(crate) value: Option<&'a Secret>,
    /// `None` for a successor, which takes over all of its predecessor's tenants one by one.
    pub(crate) limit: Option<CapacityLimit>,
}

/// How many tenants a pool key accepts.
#[derive(Debug, Clone, Copy)]
pub(crate) struct CapacityLimit {
    /// The capacity as read from its counter.
    pub(crate) capacity: u32,
    /// The most tenants that its counter may have after the write, computed from the counter as read.
    pub(crate) max_tenants_after: u32,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum TransferOutcome {
    /// Items and counters are written.
    Done,
    /// These items, by position, have changed.
    ItemsRefused(Vec<usize>),
    /// The source's counter has fewer tenants than would leave.
    SourceRefused,
    /// The target is full, or accepts no tenants any more.
    TargetRefused,
    /// Another transaction was changing one of the items; the caller retries.
    Busy,
}

impl Aws {
    /// Moves a siloed tenant key to a new API key: writes its item under the new id and deletes the
    /// old item.
    pub(crate) async fn replace_tenant_key(
        &self,
        tables: &Tables,
        id: &TenantKeyId,
        new: NewSiloedKey<'_>,
    ) -> Result<(), Failure> {
        let Some(item) = self.get_key_item(tables, id).await? else {
            return Err(Failure::Gone(format!("tenant key {id}")));
        };
        let transaction = Transaction::default()
            .put(
                &tables.keys,
                self.own_key_item(item.clone(), new.api_key, new.value),
                Condition::item_absent(),
            )
            .delete(&tables.keys, id.as_str(), revision_unchanged(item.get("revision")))
            .note(tables, new.note);
        self.commit_fenced(transaction, new.fence, format!("tenant key {id}")).await
    }

    /// Gives a pooled tenant key its own API key: writes its item under the new id, deletes the
    /// reference and decrements the pool key's counter.
    pub(crate) async fn isolate_tenant_key(
        &self,
        tables: &Tables,
        id: &TenantKeyId,
        from: &ApiKeyId,
        plan: &PlanId,
        own_key: NewSiloedKey<'_>,
        decrement: &CounterDecrement,
    ) -> Result<TransferOutcome, Failure> {
        let Some(item) = self.get_key_item(tables, id).await? else {
            return Err(Failure::Gone(format!("tenant key {id}")));
        };
        let fence = own_key.fence;
        let mut own_item = self.own_key_item(item.clone(), own_key.api_key, own_key.value);
        own_item.insert("planId".to_owned(), text(plan.as_str()));
        let mut transaction = Transaction::default()
            .delete(&tables.keys, id.as_str(), revision_unchanged(item.get("revision")))
            .put(&tables.keys, own_item, Condition::item_absent())
            .with_fence(fence, self.work_mark_deadline());
        let counter_position = if fence.is_some() { 3 } else { 2 };
        if let Some(pools) = tables.pools.as_deref() {
            transaction = transaction.decrement_counter(pools, from, decrement);
        }
        transaction = transaction.note(tables, own_key.note);
        Ok(match self.commit(transaction).await? {
            CommitOutcome::Done => TransferOutcome::Done,
            CommitOutcome::Busy => TransferOutcome::Busy,
            CommitOutcome::Refused(positions) if positions.contains(&counter_position) => {
                TransferOutcome::SourceRefused
            }
            CommitOutcome::Refused(positions) => match fence {
                Some(fence) if positions.contains(&2) => return Err(fence.taken_over_failure()),
                _ => TransferOutcome::ItemsRefused(positions),
            },
        })
    }

    /// Points a tenant key at a pool key of the plan, from another pool key or from its own API
    /// key, and adds the note about its old place.
    pub(crate) async fn point_at_pool_key(
        &self,
        tables: &Tables,
        id: &TenantKeyId,
        plan: &PlanId,
        from: Option<&ApiKeyId>,
        to: TargetPoolKey<'_>,
        (decrement, note): (&CounterDecrement, Option<&FormerKey>),
    ) -> Result<TransferOutcome, Failure> {
        let pools = tables.pools_table()?;
        let condition =
            self.pool_key_write(from, to).with_set("planId = :plan").with_text(":plan", plan.as_str());
        let mut transaction = Transaction::default()
            .update(&tables.keys, id.as_str(), condition)
            .increment_counter(pools, 1, to);
        if let Some(from) = from {
            transaction = transaction.decrement_counter(pools, from, decrement);
        }
        Ok(transfer_outcome(self.commit(transaction.note(tables, note)).await?, 1))
    }

    /// Points tenant keys of one pool key at another.
    pub(crate) async fn repoint_tenant_keys(
        &self,
        tables: &Tables,
        ids: &[TenantKeyId],
        from: &ApiKeyId,
        to: TargetPoolKey<'_>,
        decrement: &CounterDecrement,
    ) -> Result<TransferOutcome, Failure> {
        let pools = tables.pools_table()?;
        let mut transaction = Transaction::default();
        for id in ids {
            transaction = transaction.update(&tables.keys, id.as_str(), self.pool_key_write(Some(from), to));
        }
        transaction =
            transaction.increment_counter(pools, ids.len(), to).decrement_counter(pools, from, decrement);
        Ok(transfer_outcome(self.commit(transaction).await?, ids.len()))
    }

    /// Changes the plan of a tenant key, if the tenant key is unchanged since it was read.
    pub(crate) async fn set_tenant_key_plan(
        &self,
        tables: &Tables,
        id: &TenantKeyId,
        revision: Option<u64>,
        plan: &PlanId,
        (fence, note): (Option<&Fence>, Option<&FormerKey>),
    ) -> Result<(), Failure> {
        let revision = revision.map(number);
        let condition = revision_unchanged(revision.as_ref())
            .with_set("planId = :plan")
            .with_text(":plan", plan.as_str())
            .with_next_revision();
        let transaction =
            Transaction::default().update(&tables.keys, id.as_str(), condition).note(tables, note);
        self.commit_fenced(transaction, fence, format!("tenant key {id}")).await
    }

    /// Changes the value stored in an item.
    pub(crate) async fn set_tenant_key_value(
        &self,
        tables: &Tables,
        id: &TenantKeyId,
        value: &Secret,
    ) -> Result<(), Failure> {
        let condition = Condition::new("attribute_exists(id)").with_stored_value(value).with_next_revision();
        match self.commit(Transaction::default().update(&tables.keys, id.as_str(), condition)).await? {
            CommitOutcome::Done => Ok(()),
            CommitOutcome::Refused(_) => Err(Failure::Gone(format!("tenant key {id}"))),
            CommitOutcome::Busy => Err(Failure::Changed(format!("tenant key {id}"))),
        }
    }

    /// Returns a tenant key's item with an API key of its own; `createdAt` is kept.
    fn own_key_item(&self, mut item: Item, new: &ApiKeyId, value: &Secret) -> Item {
        item.remove("poolKeyId");
        item.remove("value");
        item.insert("id".to_owned(), text(new.as_str()));
        item.insert("revision".to_owned(), number(1));
        if self.stores_values() {
            item.insert("value".to_owned(), text(value.expose()));
        }
        item
    }

    /// Points an item that still refers to the previous key at a pool key; references of the sample
    /// application have no key id.
    pub(super) fn pool_key_write(&self, from: Option<&ApiKeyId>, to: TargetPoolKey<'_>) -> Condition {
        let condition = match from {
            Some(from) => Condition::new(
                "attribute_exists(id) AND (poolKeyId = :from OR attribute_not_exists(poolKeyId))",
            )
            .with_text(":from", from.as_str()),
            None => Condition::new("attribute_exists(id) AND attribute_not_exists(poolKeyId)"),
        };
        let condition =
            condition.with_set("poolKeyId = :to").with_text(":to", to.api_key.as_str()).with_next_revision();
        match to.value.filter(|_| self.stores_values()) {
            Some(value) => condition.with_stored_value(value),
            None => condition,
        }
    }
}

/// Requires that the item's revision is unchanged; items of other applications have none.
fn revision_unchanged(revision: Option<&AttributeValue>) -> Condition {
    match revision {
        Some(revision) => Condition::new("revision = :revision").with_value(":revision", revision.clone()),
        None => Condition::new("attribute_exists(id) AND attribute_not_exists(revision)"),
    }
}
