//! Pools and their counters in the Pools table, and the transactions that keep rows and counters together.
//!
//! One item for each pool (`pool#<planId>`) and one for each pool key (`key#<apiKeyId>`). A row that refers to a pool
//! key and the counter of that key change in one transaction or not at all.

use std::collections::HashMap;

use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::types::{AttributeValue, Delete, KeysAndAttributes, Put, TransactWriteItem, Update};
use keypool_domain::{ApiKeyId, PlanId, PoolKey, PoolKeyState, RowId, Strategy};

use super::items::{Item, Odd, Reader};
use super::{NewRow, Tables};
use crate::aws::{Aws, Failure};

pub(super) const POOL: &str = "pool#";
pub(super) const KEY: &str = "key#";
/// The most items that BatchGetItem takes.
const BATCH: usize = 100;

/// The item of a pool.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PoolItem {
    pub(crate) plan: PlanId,
    pub(crate) strategy: Strategy,
    pub(crate) capacity: u32,
    pub(crate) api_keys: Vec<ApiKeyId>,
    pub(crate) revision: u64,
}

/// All pools, and the counters of their keys.
#[derive(Debug, Default)]
pub(crate) struct PoolsRead {
    pub(crate) pools: Vec<PoolItem>,
    pub(crate) counters: HashMap<ApiKeyId, PoolKey>,
    pub(crate) odd: Odd,
}

/// What became of a transaction over a row and a counter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Taken {
    /// Both are written.
    Done,
    /// The row's condition did not hold.
    RowRefused,
    /// The counter's condition did not hold.
    CounterRefused,
    /// Another transaction was at one of them: try again.
    Busy,
}

impl PoolsRead {
    fn take(&mut self, item: Item) {
        let Some(mut item) = Reader::new(item, &mut self.odd) else { return };
        if item.id().starts_with(POOL) {
            self.pools.push(PoolItem {
                plan: PlanId::new(item.text("planId")),
                strategy: item.maybe("strategy").unwrap_or_default(),
                capacity: item.number("capacity"),
                api_keys: item.texts("apiKeys").into_iter().map(ApiKeyId::new).collect(),
                revision: item.maybe("revision").unwrap_or(0),
            });
        } else if let Some(id) = item.id().strip_prefix(KEY).map(ApiKeyId::new) {
            let counter = PoolKey {
                api_key: id.clone(),
                tenants: item.number("tenants"),
                capacity: item.number("capacity"),
                state: item.maybe("state").unwrap_or(PoolKeyState::Active),
            };
            self.counters.insert(id, counter);
        }
    }
}

impl Aws {
    /// All pools with their counters, in order of plan.
    pub(crate) async fn pools(&self, table: &str) -> Result<PoolsRead, Failure> {
        let mut read = PoolsRead::default();
        self.scan(table, 1, |_| ()).await?.into_iter().for_each(|item| read.take(item));
        read.pools.sort_unstable_by(|a, b| a.plan.cmp(&b.plan));
        Ok(read)
    }

    /// The pool of one plan with its counters, as they stand now.
    pub(crate) async fn pool(&self, table: &str, plan: &PlanId) -> Result<PoolsRead, Failure> {
        let mut read = PoolsRead::default();
        let ids = [format!("{POOL}{plan}")];
        self.get_items(table, &ids).await?.into_iter().for_each(|item| read.take(item));
        let keys: Vec<_> = read.pools.iter().flat_map(|pool| pool.api_keys.clone()).collect();
        read.counters = self.counters(table, &keys).await?;
        Ok(read)
    }

    /// The counters of these pool keys, as they stand now.
    pub(crate) async fn counters(
        &self,
        table: &str,
        keys: &[ApiKeyId],
    ) -> Result<HashMap<ApiKeyId, PoolKey>, Failure> {
        let mut read = PoolsRead::default();
        let keys: Vec<_> = keys.iter().map(|id| format!("{KEY}{id}")).collect();
        for batch in keys.chunks(BATCH) {
            self.get_items(table, batch).await?.into_iter().for_each(|item| read.take(item));
        }
        Ok(read.counters)
    }

    async fn get_items(&self, table: &str, ids: &[String]) -> Result<Vec<Item>, Failure> {
        let call = self.table_call("BatchGetItem", format!("table {table}"));
        let mut left: Vec<Item> = ids.iter().map(|id| key(id)).collect();
        let mut items = Vec::new();
        while !left.is_empty() {
            let keys = KeysAndAttributes::builder().set_keys(Some(left)).consistent_read(true).build();
            let keys = keys.map_err(|why| call.unexpected(why.to_string()))?;
            let asked = self.shared.dynamodb.batch_get_item().request_items(table, keys).send().await;
            let answer = asked.map_err(|why| call.failed(why))?;
            items.extend(answer.responses.unwrap_or_default().remove(table).unwrap_or_default());
            let unprocessed = answer.unprocessed_keys.unwrap_or_default().remove(table);
            left = unprocessed.map(|keys| keys.keys).unwrap_or_default();
        }
        Ok(items)
    }

    /// Writes a row that refers to a pool key and counts one tenant more, where the key still takes one and has at
    /// most so many.
    pub(crate) async fn assign(
        &self,
        tables: &Tables,
        pools: &str,
        row: &NewRow<'_>,
        pool_key: &ApiKeyId,
        most: u32,
    ) -> Result<Taken, Failure> {
        let put = Put::builder()
            .table_name(&tables.keys)
            .set_item(Some(row.item(self.shared.store_values)))
            .condition_expression("attribute_not_exists(id)");
        let count = Update::builder()
            .table_name(pools)
            .set_key(Some(key(&format!("{KEY}{pool_key}"))))
            .update_expression("SET tenants = tenants + :one")
            .condition_expression("tenants < #capacity AND tenants <= :most AND #state = :active")
            .expression_attribute_names("#capacity", "capacity")
            .expression_attribute_names("#state", "state")
            .expression_attribute_values(":one", one())
            .expression_attribute_values(":most", AttributeValue::N(most.to_string()))
            .expression_attribute_values(":active", AttributeValue::S(PoolKeyState::Active.to_string()));
        let writes = [
            put.build().map(|put| TransactWriteItem::builder().put(put).build()),
            count.build().map(|update| TransactWriteItem::builder().update(update).build()),
        ];
        self.transact(tables, &row.id, true, writes).await
    }

    /// Deletes a row that refers to a pool key and counts one tenant less.
    ///
    /// A row that the sample application wrote does not say which key it refers to, and is taken as well.
    pub(crate) async fn unassign(
        &self,
        tables: &Tables,
        pools: &str,
        row: &RowId,
        pool_key: &ApiKeyId,
    ) -> Result<Taken, Failure> {
        let delete = Delete::builder()
            .table_name(&tables.keys)
            .set_key(Some(key(row.as_str())))
            .condition_expression(REFERS)
            .expression_attribute_values(":key", AttributeValue::S(pool_key.to_string()));
        let count = Update::builder()
            .table_name(pools)
            .set_key(Some(key(&format!("{KEY}{pool_key}"))))
            .update_expression("SET tenants = tenants - :one")
            .condition_expression("tenants >= :one")
            .expression_attribute_values(":one", one());
        let writes = [
            delete.build().map(|delete| TransactWriteItem::builder().delete(delete).build()),
            count.build().map(|update| TransactWriteItem::builder().update(update).build()),
        ];
        self.transact(tables, row, false, writes).await
    }

    /// Deletes a row that refers to a pool key which counts nothing any more.
    pub(crate) async fn delete_reference(
        &self,
        tables: &Tables,
        row: &RowId,
        pool_key: &ApiKeyId,
    ) -> Result<Taken, Failure> {
        let call = self.table_call("DeleteItem", format!("table {}", tables.keys));
        let asked = self
            .shared
            .dynamodb
            .delete_item()
            .table_name(&tables.keys)
            .set_key(Some(key(row.as_str())))
            .condition_expression(REFERS)
            .expression_attribute_values(":key", AttributeValue::S(pool_key.to_string()));
        match asked.send().await {
            Ok(_) => Ok(Taken::Done),
            Err(why)
                if why.as_service_error().is_some_and(|why| why.is_conditional_check_failed_exception()) =>
            {
                Ok(Taken::RowRefused)
            }
            Err(why) => Err(call.failed(why)),
        }
    }

    /// Whether there is a row with this id now.
    pub(crate) async fn has_row(&self, tables: &Tables, id: &RowId) -> Result<bool, Failure> {
        Ok(self.get_row(tables, id).await?.is_some())
    }

    /// Runs a transaction; `there` is whether the row is there once it is done, for when its answer is lost.
    async fn transact<E: std::fmt::Display>(
        &self,
        tables: &Tables,
        row: &RowId,
        there: bool,
        writes: [Result<TransactWriteItem, E>; 2],
    ) -> Result<Taken, Failure> {
        let call = self.table_call("TransactWriteItems", format!("table {}", tables.keys));
        let mut asked = self.shared.dynamodb.transact_write_items();
        for write in writes {
            asked = asked.transact_items(write.map_err(|why| call.unexpected(why.to_string()))?);
        }
        match asked.send().await {
            Ok(_) => Ok(Taken::Done),
            Err(why) => match why.as_service_error().and_then(refused) {
                Some(taken) => Ok(taken),
                None if self.has_row(tables, row).await.ok() == Some(there) => Ok(Taken::Done),
                None => Err(call.failed(why)),
            },
        }
    }
}

/// The row still refers to `:key`, or does not say to which key it refers.
const REFERS: &str = "attribute_exists(id) AND (poolKeyId = :key OR attribute_not_exists(poolKeyId))";

/// Which condition a cancelled transaction failed on; `None` where it was something else.
fn refused(error: &TransactWriteItemsError) -> Option<Taken> {
    if matches!(error, TransactWriteItemsError::TransactionInProgressException(_)) {
        return Some(Taken::Busy);
    }
    let TransactWriteItemsError::TransactionCanceledException(cancelled) = error else { return None };
    let codes: Vec<_> = cancelled.cancellation_reasons().iter().map(|reason| reason.code()).collect();
    match codes[..] {
        [Some("ConditionalCheckFailed"), ..] => Some(Taken::RowRefused),
        [_, Some("ConditionalCheckFailed")] => Some(Taken::CounterRefused),
        [Some("TransactionConflict"), _] | [_, Some("TransactionConflict")] => Some(Taken::Busy),
        _ => None,
    }
}

pub(super) fn key(id: &str) -> Item {
    Item::from([("id".to_owned(), AttributeValue::S(id.to_owned()))])
}

fn one() -> AttributeValue {
    AttributeValue::N("1".to_owned())
}
