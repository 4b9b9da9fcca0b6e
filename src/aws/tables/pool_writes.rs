//! Whole pools in one transaction: the pool's item and the counters of its keys change together or not at all.

use std::collections::HashMap;

use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::types::{AttributeValue, Delete, Put, TransactWriteItem};
use keypool_domain::{ApiKeyId, PoolKey};

use super::items::Item;
use super::pools::{KEY, POOL, key};
use super::{PoolItem, Tables};
use crate::aws::{Aws, Failure};

/// The most items that a transaction takes.
const TRANSACTION: usize = 100;

/// What becomes of the counter of one pool key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CounterWrite {
    pub(crate) api_key: ApiKeyId,
    /// The tenants that were read there; `None` where there must be no counter.
    pub(crate) seen: Option<u32>,
    /// What is written; `None` takes the counter away.
    pub(crate) then: Option<PoolKey>,
}

impl Aws {
    /// Writes a pool with the counters of its keys, where nothing has changed since they were read.
    ///
    /// `expected` is the revision that was read; `None` where there must be no pool. The item holds the revision to
    /// come. What others keep in these items does not stay: they are ours alone.
    pub(crate) async fn put_pool(
        &self,
        tables: &Tables,
        pool: &PoolItem,
        counters: &[CounterWrite],
        expected: Option<u64>,
    ) -> Result<(), Failure> {
        let table = tables.pools_table()?;
        let call = self.table_call("TransactWriteItems", format!("table {table}"));
        if counters.len() >= TRANSACTION {
            return Err(Failure::Limit {
                operation: "TransactWriteItems".to_owned(),
                message: format!(
                    "{} pool keys do not fit into one transaction, which takes the pool and {} of them",
                    counters.len(),
                    TRANSACTION - 1
                ),
            });
        }
        let mut asked = self.shared.dynamodb.transact_write_items();
        let put = put_item(table, pool_item(pool), expected.map(|revision| ("revision", revision)));
        let writes = [put].into_iter().chain(counters.iter().map(|counter| counter.write(table, pool)));
        for write in writes {
            asked = asked.transact_items(write.map_err(|why| call.unexpected(why))?);
        }
        let Err(why) = asked.send().await else { return Ok(()) };
        let lost = why.as_service_error().is_some_and(is_lost_race);
        // An attempt whose answer was lost has written just this; a retry of it is then refused by its own effect.
        if self.is_written(table, pool, counters).await {
            return Ok(());
        }
        Err(if lost {
            Failure::Changed(format!("the pool of usage plan {}", pool.plan))
        } else {
            call.failed(why)
        })
    }

    async fn is_written(&self, table: &str, pool: &PoolItem, counters: &[CounterWrite]) -> bool {
        let Ok(read) = self.pool(table, &pool.plan).await else { return false };
        let kept = counters.iter().filter_map(|counter| counter.then.as_ref());
        read.pools.first() == Some(pool)
            && kept.clone().all(|key| read.counters.get(&key.api_key) == Some(key))
    }
}

/// Whether a condition did not hold, or another transaction was at the same items; throttling is neither.
fn is_lost_race(error: &TransactWriteItemsError) -> bool {
    match error {
        TransactWriteItemsError::TransactionInProgressException(_) => true,
        TransactWriteItemsError::TransactionCanceledException(cancelled) => {
            let codes = cancelled.cancellation_reasons().iter().filter_map(|reason| reason.code());
            codes.into_iter().any(|code| ["ConditionalCheckFailed", "TransactionConflict"].contains(&code))
        }
        _ => false,
    }
}

impl Tables {
    /// The Pools table, or where it comes from.
    pub(crate) fn pools_table(&self) -> Result<&str, Failure> {
        self.pools.as_deref().ok_or_else(|| {
            Failure::Tables("there is no table of pools: run `keypool setup tables`, then refresh".to_owned())
        })
    }
}

impl CounterWrite {
    fn write(&self, table: &str, pool: &PoolItem) -> Result<TransactWriteItem, String> {
        let seen = self.seen.map(|tenants| ("tenants", u64::from(tenants)));
        match &self.then {
            Some(then) => put_item(table, counter_item(then, pool), seen),
            None => delete_item(table, key(&format!("{KEY}{}", self.api_key)), seen),
        }
    }
}

fn pool_item(pool: &PoolItem) -> Item {
    let api_keys = pool.api_keys.iter().map(|id| text(id.as_str())).collect();
    Item::from([
        ("id".to_owned(), text(&format!("{POOL}{}", pool.plan))),
        ("planId".to_owned(), text(pool.plan.as_str())),
        ("strategy".to_owned(), text(pool.strategy.as_str())),
        ("capacity".to_owned(), number(pool.capacity)),
        ("apiKeys".to_owned(), AttributeValue::L(api_keys)),
        ("revision".to_owned(), number(pool.revision)),
    ])
}

fn counter_item(counter: &PoolKey, pool: &PoolItem) -> Item {
    Item::from([
        ("id".to_owned(), text(&format!("{KEY}{}", counter.api_key))),
        ("planId".to_owned(), text(pool.plan.as_str())),
        ("tenants".to_owned(), number(counter.tenants)),
        ("capacity".to_owned(), number(counter.capacity)),
        ("state".to_owned(), text(counter.state.as_str())),
    ])
}

/// A put on the condition that an attribute is as it was read, or that there is no such item.
fn put_item(table: &str, item: Item, seen: Option<(&str, u64)>) -> Result<TransactWriteItem, String> {
    let put = Put::builder().table_name(table).set_item(Some(item)).condition_expression(condition(seen));
    let put = put.set_expression_attribute_names(names(seen)).set_expression_attribute_values(values(seen));
    let put = put.build().map_err(|why| why.to_string())?;
    Ok(TransactWriteItem::builder().put(put).build())
}

fn delete_item(table: &str, id: Item, seen: Option<(&str, u64)>) -> Result<TransactWriteItem, String> {
    let delete = Delete::builder().table_name(table).set_key(Some(id)).condition_expression(condition(seen));
    let delete =
        delete.set_expression_attribute_names(names(seen)).set_expression_attribute_values(values(seen));
    let delete = delete.build().map_err(|why| why.to_string())?;
    Ok(TransactWriteItem::builder().delete(delete).build())
}

const fn condition(seen: Option<(&str, u64)>) -> &'static str {
    match seen {
        None => "attribute_not_exists(id)",
        // An attribute that is absent was read as nought.
        Some((_, 0)) => "attribute_exists(id) AND (attribute_not_exists(#seen) OR #seen = :seen)",
        Some(_) => "#seen = :seen",
    }
}

fn names(seen: Option<(&str, u64)>) -> Option<HashMap<String, String>> {
    seen.map(|(name, _)| HashMap::from([("#seen".to_owned(), name.to_owned())]))
}

fn values(seen: Option<(&str, u64)>) -> Option<Item> {
    seen.map(|(_, value)| Item::from([(":seen".to_owned(), number(value))]))
}

fn text(text: &str) -> AttributeValue {
    AttributeValue::S(text.to_owned())
}

fn number(number: impl ToString) -> AttributeValue {
    AttributeValue::N(number.to_string())
}
