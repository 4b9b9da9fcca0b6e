//! Whole pools in one transaction: the pool's item and the counters of its keys change together or not at all.

use aws_sdk_dynamodb::types::AttributeValue;
use keypool_domain::{ApiKeyId, Known, PlanId, PoolKey};

use super::items::Item;
use super::pools::{KEY, POOL};
use super::transaction::{Committed, Terms, Transaction};
use super::work::Fence;
use super::{PoolItem, Tables, counters};
use crate::aws::{Aws, Failure};

/// What becomes of the counter of one pool key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CounterWrite {
    pub(crate) api_key: ApiKeyId,
    /// The counter as it was read; `None` where there must be none.
    pub(crate) seen: Option<PoolKey>,
    /// The counter as it is written, with the next revision; `None` takes it away.
    pub(crate) then: Option<PoolKey>,
}

impl Aws {
    /// Writes a pool with the counters of its keys, where nothing has changed since they were read.
    ///
    /// `expected` is the revision that was read; `None` where there must be no pool. The item holds the revision to
    /// come. An attribute that cannot be read stays as it is.
    pub(crate) async fn put_pool(
        &self,
        tables: &Tables,
        pool: &PoolItem,
        counters: &[CounterWrite],
        expected: Option<u64>,
        fence: Option<&Fence>,
    ) -> Result<(), Failure> {
        let table = tables.pools_table()?;
        let put = match expected {
            Some(revision) => Transaction::default().update(
                table,
                &format!("{POOL}{}", pool.plan),
                attributes(pool_item(pool), Terms::seen("revision", revision)),
            ),
            None => Transaction::default().put(table, pool_item(pool), Terms::absent()),
        };
        let all = counters.iter().fold(put, |transaction, counter| {
            let terms = counter.seen.as_ref().map_or_else(Terms::absent, counters::unchanged);
            let revision = counter.seen.as_ref().map_or(0, |seen| seen.revision) + 1;
            match &counter.then {
                Some(then) if counter.seen.is_some() => {
                    let terms = attributes(counter_item(then, pool, revision), terms);
                    transaction.update(table, &format!("{KEY}{}", counter.api_key), terms)
                }
                Some(then) => transaction.put(table, counter_item(then, pool, revision), terms),
                None => transaction.delete(table, &format!("{KEY}{}", counter.api_key), terms),
            }
        });
        let fence_at = counters.len() + 1;
        match (self.commit(all.fenced(fence, self.work_deadline())).await?, fence) {
            (Committed::Done, _) => Ok(()),
            (Committed::Refused(at), Some(fence)) if at.contains(&fence_at) => Err(fence.lost()),
            (Committed::Refused(_) | Committed::Busy, _) => Err(pool_changed(&pool.plan)),
        }
    }

    /// The item of a pool that has no keys any more goes.
    pub(crate) async fn delete_pool(&self, tables: &Tables, plan: &PlanId) -> Result<(), Failure> {
        let terms = Terms::on("attribute_not_exists(id) OR size(apiKeys) = :none").number(":none", 0);
        let transaction =
            Transaction::default().delete(tables.pools_table()?, &format!("{POOL}{plan}"), terms);
        self.commit_pool(transaction, plan).await
    }

    /// A counter goes, where it is as it was read: what joins a pool meanwhile has another.
    pub(crate) async fn delete_counter(&self, tables: &Tables, seen: &PoolKey) -> Result<(), Failure> {
        let id = format!("{KEY}{}", seen.api_key);
        let transaction =
            Transaction::default().delete(tables.pools_table()?, &id, counters::unchanged(seen));
        match self.commit(transaction).await? {
            Committed::Done => Ok(()),
            Committed::Refused(_) | Committed::Busy => {
                Err(Failure::Changed(format!("the counter of API key {}", seen.api_key)))
            }
        }
    }

    async fn commit_pool(&self, transaction: Transaction, plan: &PlanId) -> Result<(), Failure> {
        match self.commit(transaction).await? {
            Committed::Done => Ok(()),
            Committed::Refused(_) | Committed::Busy => Err(pool_changed(plan)),
        }
    }
}

fn pool_changed(plan: &PlanId) -> Failure {
    Failure::Changed(format!("the pool of usage plan {plan}"))
}

impl Tables {
    /// The Pools table, or where it comes from.
    pub(crate) fn pools_table(&self) -> Result<&str, Failure> {
        self.pools.as_deref().ok_or_else(|| {
            Failure::Tables("there is no table of pools: run `keypool setup tables`, then refresh".to_owned())
        })
    }
}

/// Sets the attributes of an item that is there.
fn attributes(item: Item, terms: Terms) -> Terms {
    const PLACEHOLDERS: [(&str, &str, &str); 7] = [
        ("planId", "#planId", ":newPlanId"),
        ("strategy", "#strategy", ":newStrategy"),
        ("capacity", "#capacity", ":newCapacity"),
        ("apiKeys", "#apiKeys", ":newApiKeys"),
        ("tenants", "#tenants", ":newTenants"),
        ("state", "#state", ":newState"),
        ("revision", "#revision", ":newRevision"),
    ];
    let mut item = item;
    let (mut terms, mut sets) = (terms, Vec::new());
    for (attribute, name, value) in PLACEHOLDERS {
        if let Some(new) = item.remove(attribute) {
            sets.push(format!("{name} = {value}"));
            terms = terms.name(name, attribute).value(value, new);
        }
    }
    terms.update(&format!("SET {}", sets.join(", ")))
}

fn pool_item(pool: &PoolItem) -> Item {
    let api_keys = pool.api_keys.iter().map(|id| text(id.as_str())).collect();
    let mut item = Item::from([
        ("id".to_owned(), text(&format!("{POOL}{}", pool.plan))),
        ("planId".to_owned(), text(pool.plan.as_str())),
        ("strategy".to_owned(), text(pool.strategy.as_str())),
        ("apiKeys".to_owned(), AttributeValue::L(api_keys)),
        ("revision".to_owned(), number(pool.revision)),
    ]);
    item.extend(known_number("capacity", &pool.capacity));
    item
}

fn counter_item(counter: &PoolKey, pool: &PoolItem, revision: u64) -> Item {
    let mut item = Item::from([
        ("id".to_owned(), text(&format!("{KEY}{}", counter.api_key))),
        ("planId".to_owned(), text(pool.plan.as_str())),
        ("state".to_owned(), text(counter.state.as_str())),
        ("revision".to_owned(), number(revision)),
    ]);
    item.extend(known_number("tenants", &counter.tenants));
    item.extend(known_number("capacity", &counter.capacity));
    item
}

/// An attribute that is written only where it is known.
fn known_number(name: &str, value: &Known<u32>) -> Option<(String, AttributeValue)> {
    value.value_to_show().map(|value| (name.to_owned(), number(*value)))
}

fn text(text: &str) -> AttributeValue {
    AttributeValue::S(text.to_owned())
}

fn number(number: impl ToString) -> AttributeValue {
    AttributeValue::N(number.to_string())
}
