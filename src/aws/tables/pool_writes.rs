//! Writes pools in one transaction: the pool's item and the counters of its keys change together or
//! not at all.

use aws_sdk_dynamodb::types::AttributeValue;
use keypool_domain::{ApiKeyId, Known, PlanId, PoolKey};

use super::item_requests::{number, text};
use super::items::Item;
use super::pools::{POOL_ID_PREFIX, POOL_KEY_ID_PREFIX};
use super::transaction::{Condition, Transaction};
use super::work::Fence;
use super::{PoolItem, Tables, counters};
use crate::aws::{Aws, Failure};

/// A change of one pool key's counter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CounterWrite {
    pub(crate) api_key: ApiKeyId,
    /// The counter as read; `None` requires that there is none.
    pub(crate) before: Option<PoolKey>,
    /// The counter to write, with the next revision; `None` deletes it.
    pub(crate) after: Option<PoolKey>,
}

impl Aws {
    /// Writes a pool with its keys' counters, if they are unchanged since they were read.
    ///
    /// `expected` is the revision that was read; `None` requires that there is no pool. `pool`
    /// holds the next revision. Unreadable attributes are kept.
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
                &format!("{POOL_ID_PREFIX}{}", pool.plan),
                set_attributes(pool_item(pool), Condition::number_unchanged("revision", revision)),
            ),
            None => Transaction::default().put(table, pool_item(pool), Condition::item_absent()),
        };
        let writes = counters.iter().fold(put, |transaction, counter| {
            let condition =
                counter.before.as_ref().map_or_else(Condition::item_absent, counters::counter_unchanged);
            let revision = counter.before.as_ref().map_or(0, |before| before.revision) + 1;
            match &counter.after {
                Some(after) if counter.before.is_some() => {
                    let condition = set_attributes(counter_item(after, pool, revision), condition);
                    transaction.update(table, &format!("{POOL_KEY_ID_PREFIX}{}", counter.api_key), condition)
                }
                Some(after) => transaction.put(table, counter_item(after, pool, revision), condition),
                None => {
                    transaction.delete(table, &format!("{POOL_KEY_ID_PREFIX}{}", counter.api_key), condition)
                }
            }
        });
        self.commit_fenced(writes, fence, format!("the pool of usage plan {}", pool.plan)).await
    }

    /// Deletes the item of a pool that has no keys left.
    pub(crate) async fn delete_pool(&self, tables: &Tables, plan: &PlanId) -> Result<(), Failure> {
        let condition =
            Condition::new("attribute_not_exists(id) OR size(apiKeys) = :none").with_number(":none", 0);
        let transaction = Transaction::default().delete(
            tables.pools_table()?,
            &format!("{POOL_ID_PREFIX}{plan}"),
            condition,
        );
        self.commit_fenced(transaction, None, format!("the pool of usage plan {plan}")).await
    }

    /// Deletes a counter, unless it has changed since it was read, for example because its pool key
    /// gained a tenant.
    pub(crate) async fn delete_counter(&self, tables: &Tables, counter: &PoolKey) -> Result<(), Failure> {
        let id = format!("{POOL_KEY_ID_PREFIX}{}", counter.api_key);
        let transaction =
            Transaction::default().delete(tables.pools_table()?, &id, counters::counter_unchanged(counter));
        self.commit_fenced(transaction, None, format!("the counter of API key {}", counter.api_key)).await
    }
}

impl Tables {
    /// Returns the Pools table; the error says how to create it.
    pub(crate) fn pools_table(&self) -> Result<&str, Failure> {
        self.pools.as_deref().ok_or_else(|| {
            Failure::Tables(
                "there is no Pools table: refresh, and run `keypool setup tables` if it is still missing"
                    .to_owned(),
            )
        })
    }
}

/// Adds to a condition the update that sets these attributes of an existing item.
fn set_attributes(mut item: Item, mut condition: Condition) -> Condition {
    const PLACEHOLDERS: [(&str, &str, &str); 7] = [
        ("planId", "#planId", ":newPlanId"),
        ("strategy", "#strategy", ":newStrategy"),
        ("capacity", "#capacity", ":newCapacity"),
        ("apiKeys", "#apiKeys", ":newApiKeys"),
        ("tenants", "#tenants", ":newTenants"),
        ("state", "#state", ":newState"),
        ("revision", "#revision", ":newRevision"),
    ];
    for (attribute, name, value) in PLACEHOLDERS {
        if let Some(new) = item.remove(attribute) {
            condition = condition
                .with_set(format!("{name} = {value}"))
                .with_name(name, attribute)
                .with_value(value, new);
        }
    }
    condition
}

fn pool_item(pool: &PoolItem) -> Item {
    let api_keys = pool.api_keys.iter().map(|id| text(id.as_str())).collect();
    let mut item = Item::from([
        ("id".to_owned(), text(format!("{POOL_ID_PREFIX}{}", pool.plan))),
        ("planId".to_owned(), text(pool.plan.as_str())),
        ("strategy".to_owned(), text(pool.strategy.as_str())),
        ("apiKeys".to_owned(), AttributeValue::L(api_keys)),
        ("revision".to_owned(), number(pool.revision)),
    ]);
    item.extend(optional_attribute("capacity", &pool.capacity));
    item
}

fn counter_item(counter: &PoolKey, pool: &PoolItem, revision: u64) -> Item {
    let mut item = Item::from([
        ("id".to_owned(), text(format!("{POOL_KEY_ID_PREFIX}{}", counter.api_key))),
        ("planId".to_owned(), text(pool.plan.as_str())),
        ("state".to_owned(), text(counter.state.as_str())),
        ("revision".to_owned(), number(revision)),
    ]);
    item.extend(optional_attribute("tenants", &counter.tenants));
    item.extend(optional_attribute("capacity", &counter.capacity));
    item
}

/// Returns an attribute only if its value is known.
fn optional_attribute(name: &str, value: &Known<u32>) -> Option<(String, AttributeValue)> {
    value.value_to_show().map(|value| (name.to_owned(), number(*value)))
}
