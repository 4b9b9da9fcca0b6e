//! Rows that go to another API key: the row and the counters change in one transaction.
//!
//! Attributes that others keep in a row go with it.

use aws_sdk_dynamodb::types::AttributeValue;
use keypool_domain::{ApiKeyId, PlanId, RowId, Secret};

use super::Tables;
use super::counters::{Leave, transferred};
use super::items::Item;
use super::transaction::{Committed, Terms, Transaction};
use super::work::Fence;
use crate::aws::{Aws, Failure};

/// A new API key that a tenant key gets for its own.
#[derive(Debug, Clone, Copy)]
pub(crate) struct OwnKey<'a> {
    pub(crate) api_key: &'a ApiKeyId,
    pub(crate) value: &'a Secret,
    /// The mark that must still hold.
    pub(crate) fence: Option<&'a Fence>,
}

/// A pool key that a row comes to refer to.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Shared<'a> {
    pub(crate) api_key: &'a ApiKeyId,
    /// Its value, where rows hold values.
    pub(crate) value: Option<&'a Secret>,
    /// How many tenants it takes; the successor of a pool key takes all of that key's, for they come one by one.
    pub(crate) limit: Option<Limit>,
}

/// How many tenants a pool key takes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limit {
    /// The capacity that its counter was read with.
    pub(crate) capacity: u32,
    /// The most that its counter may say afterwards.
    pub(crate) most: u32,
}

/// What became of a transfer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Transferred {
    /// Rows and counters are written.
    Done,
    /// These rows, by position, are not as they were any more.
    RowsRefused(Vec<usize>),
    /// The key they should leave counts fewer tenants than would leave it.
    LeftRefused,
    /// The key they should go to is full, or takes nobody any more.
    ToRefused,
    /// Another transaction was at one of them: try again.
    Busy,
}

impl Aws {
    /// The row under the id of another API key of its own; the old row goes.
    pub(crate) async fn replace_row(
        &self,
        tables: &Tables,
        row: &RowId,
        new: &ApiKeyId,
        value: &Secret,
        fence: Option<&Fence>,
    ) -> Result<(), Failure> {
        let Some(item) = self.get_row(tables, row).await? else {
            return Err(Failure::Gone(format!("row {row}")));
        };
        let transaction = Transaction::default()
            .put(&tables.keys, self.under_own_key(item.clone(), new, value), Terms::absent())
            .delete(&tables.keys, row.as_str(), unchanged(item.get("revision")))
            .fenced(fence, self.work_deadline());
        match (self.commit(transaction).await?, fence) {
            (Committed::Done, _) => Ok(()),
            (Committed::Refused(at), Some(fence)) if at.contains(&2) => Err(fence.lost()),
            (Committed::Refused(_) | Committed::Busy, _) => Err(Failure::Changed(format!("row {row}"))),
        }
    }

    /// The row under the id of an API key of its own; the reference goes, and its pool key counts one tenant less.
    pub(crate) async fn isolate_row(
        &self,
        tables: &Tables,
        row: &RowId,
        from: &ApiKeyId,
        plan: &PlanId,
        own_key: OwnKey<'_>,
        leave: &Leave,
    ) -> Result<Transferred, Failure> {
        let Some(item) = self.get_row(tables, row).await? else {
            return Err(Failure::Gone(format!("row {row}")));
        };
        let fence = own_key.fence;
        let mut own = self.under_own_key(item.clone(), own_key.api_key, own_key.value);
        own.insert("planId".to_owned(), AttributeValue::S(plan.to_string()));
        let mut transaction = Transaction::default()
            .delete(&tables.keys, row.as_str(), unchanged(item.get("revision")))
            .put(&tables.keys, own, Terms::absent())
            .fenced(fence, self.work_deadline());
        let counter = if fence.is_some() { 3 } else { 2 };
        if let Some(pools) = tables.pools.as_deref() {
            transaction = transaction.leave(pools, from, leave);
        }
        Ok(match self.commit(transaction).await? {
            Committed::Done => Transferred::Done,
            Committed::Busy => Transferred::Busy,
            Committed::Refused(at) if at.contains(&counter) => Transferred::LeftRefused,
            Committed::Refused(at) => match fence {
                Some(fence) if at.contains(&2) => return Err(fence.lost()),
                _ => Transferred::RowsRefused(at),
            },
        })
    }

    /// The row refers to a pool key of the plan, from another pool key or from an API key of its own.
    pub(crate) async fn refer(
        &self,
        tables: &Tables,
        row: &RowId,
        plan: &PlanId,
        from: Option<&ApiKeyId>,
        to: Shared<'_>,
        leave: &Leave,
    ) -> Result<Transferred, Failure> {
        let pools = tables.pools_table()?;
        let update = format!("{}, planId = :plan", self.sets());
        let terms = self.referring(from, to).update(&update).text(":plan", plan.as_str());
        let mut transaction =
            Transaction::default().update(&tables.keys, row.as_str(), terms).join(pools, 1, to);
        if let Some(from) = from {
            transaction = transaction.leave(pools, from, leave);
        }
        Ok(transferred(self.commit(transaction).await?, 1))
    }

    /// Rows of one pool key refer to another from now on.
    pub(crate) async fn repoint(
        &self,
        tables: &Tables,
        rows: &[RowId],
        from: &ApiKeyId,
        to: Shared<'_>,
        leave: &Leave,
    ) -> Result<Transferred, Failure> {
        let pools = tables.pools_table()?;
        let mut transaction = Transaction::default();
        for row in rows {
            let terms = self.referring(Some(from), to).update(&self.sets());
            transaction = transaction.update(&tables.keys, row.as_str(), terms);
        }
        transaction = transaction.join(pools, rows.len(), to).leave(pools, from, leave);
        Ok(transferred(self.commit(transaction).await?, rows.len()))
    }

    /// Another plan for a row that is as it was read.
    pub(crate) async fn set_row_plan(
        &self,
        tables: &Tables,
        row: &RowId,
        revision: Option<u64>,
        plan: &PlanId,
        fence: Option<&Fence>,
    ) -> Result<(), Failure> {
        let revision = revision.map(|revision| AttributeValue::N(revision.to_string()));
        let terms = unchanged(revision.as_ref())
            .update("SET planId = :plan, revision = if_not_exists(revision, :zero) + :one")
            .text(":plan", plan.as_str())
            .number(":zero", 0)
            .number(":one", 1);
        let transaction = Transaction::default()
            .update(&tables.keys, row.as_str(), terms)
            .fenced(fence, self.work_deadline());
        match (self.commit(transaction).await?, fence) {
            (Committed::Done, _) => Ok(()),
            (Committed::Refused(at), Some(fence)) if at.contains(&1) => Err(fence.lost()),
            (Committed::Refused(_) | Committed::Busy, _) => Err(Failure::Changed(format!("row {row}"))),
        }
    }

    /// The value that a row repeats.
    pub(crate) async fn write_value(
        &self,
        tables: &Tables,
        row: &RowId,
        value: &Secret,
    ) -> Result<(), Failure> {
        let terms = Terms::on("attribute_exists(id)")
            .update("SET #value = :value, revision = if_not_exists(revision, :zero) + :one")
            .name("#value", "value")
            .text(":value", value.expose())
            .number(":zero", 0)
            .number(":one", 1);
        match self.commit(Transaction::default().update(&tables.keys, row.as_str(), terms)).await? {
            Committed::Done => Ok(()),
            Committed::Refused(_) => Err(Failure::Gone(format!("row {row}"))),
            Committed::Busy => Err(Failure::Changed(format!("row {row}"))),
        }
    }

    /// The same item for an API key of its own; since when the tenant has the key stays what it was.
    fn under_own_key(&self, mut item: Item, new: &ApiKeyId, value: &Secret) -> Item {
        item.remove("poolKeyId");
        item.remove("value");
        item.insert("id".to_owned(), AttributeValue::S(new.to_string()));
        item.insert("revision".to_owned(), AttributeValue::N("1".to_owned()));
        if self.stores_values() {
            item.insert("value".to_owned(), AttributeValue::S(value.expose().to_owned()));
        }
        item
    }

    pub(super) fn sets(&self) -> String {
        let set = "SET poolKeyId = :to, revision = if_not_exists(revision, :zero) + :one";
        if self.stores_values() { format!("{set}, #value = :value") } else { set.to_owned() }
    }

    /// The row still refers where it did; a reference that the sample wrote does not say to which key.
    pub(super) fn referring(&self, from: Option<&ApiKeyId>, to: Shared<'_>) -> Terms {
        let terms = match from {
            Some(from) => {
                Terms::on("attribute_exists(id) AND (poolKeyId = :from OR attribute_not_exists(poolKeyId))")
                    .text(":from", from.as_str())
            }
            None => Terms::on("attribute_exists(id) AND attribute_not_exists(poolKeyId)"),
        };
        let terms = terms.text(":to", to.api_key.as_str()).number(":zero", 0).number(":one", 1);
        match to.value {
            Some(value) if self.stores_values() => {
                terms.name("#value", "value").text(":value", value.expose())
            }
            _ => terms,
        }
    }
}

/// The item still has the revision it was read with; those that others write have none.
fn unchanged(revision: Option<&AttributeValue>) -> Terms {
    match revision {
        Some(revision) => Terms::on("revision = :revision").value(":revision", revision.clone()),
        None => Terms::on("attribute_exists(id) AND attribute_not_exists(revision)"),
    }
}
