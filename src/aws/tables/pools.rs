//! Pools and their counters as the Pools table has them.
//!
//! One item for each pool (`pool#<planId>`), one for each pool key (`key#<apiKeyId>`) and one for each mark of an operation in
//! progress (`work#<subject>`).

use std::collections::HashMap;

use aws_sdk_dynamodb::types::{AttributeValue, KeysAndAttributes};
use keypool_domain::{ApiKeyId, Known, PlanId, PoolKey, PoolKeyState, Strategy, Work};

use super::items::{Item, Odd, Reader};
use super::work::{self, WORK};
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
    pub(crate) capacity: Known<u32>,
    pub(crate) api_keys: Vec<ApiKeyId>,
    pub(crate) revision: u64,
}

/// All pools, and the counters of their keys.
#[derive(Debug, Default)]
pub(crate) struct PoolsRead {
    pub(crate) pools: Vec<PoolItem>,
    pub(crate) counters: HashMap<ApiKeyId, PoolKey>,
    /// The marks of operations in progress, which stand in the same table.
    pub(crate) work: Vec<Work>,
    pub(crate) odd: Odd,
}

impl PoolsRead {
    /// A pool's keys, its strategy and the state of a key decide too much to go on where they cannot be read.
    fn take(&mut self, table: &str, item: Item) -> Result<(), Failure> {
        let Some(mut item) = Reader::new(item, &mut self.odd) else { return Ok(()) };
        if item.id().starts_with(POOL) {
            self.pools.push(PoolItem {
                plan: PlanId::new(item.text("planId")),
                strategy: item.word("strategy", table)?.unwrap_or_default(),
                capacity: item.known_number("capacity", "Pools"),
                api_keys: item.required_texts("apiKeys", table)?.into_iter().map(ApiKeyId::new).collect(),
                revision: item.maybe("revision").unwrap_or(0),
            });
        } else if let Some(id) = item.id().strip_prefix(KEY).map(ApiKeyId::new) {
            let counter = PoolKey {
                api_key: id.clone(),
                tenants: item.known_number("tenants", "Pools"),
                capacity: item.known_number("capacity", "Pools"),
                state: item.word("state", table)?.unwrap_or(PoolKeyState::Active),
                revision: item.maybe("revision").unwrap_or(0),
            };
            self.counters.insert(id, counter);
        } else if let Some(subject) = item.id().strip_prefix(WORK).map(str::to_owned) {
            self.work.extend(work::read(subject, item));
        }
        Ok(())
    }
}

impl Aws {
    /// All pools with their counters, in order of plan.
    pub(crate) async fn pools(&self, table: &str) -> Result<PoolsRead, Failure> {
        let mut read = PoolsRead::default();
        self.scan(table, 1, |_| ()).await?.into_iter().try_for_each(|item| read.take(table, item))?;
        read.pools.sort_unstable_by(|a, b| a.plan.cmp(&b.plan));
        Ok(read)
    }

    /// The pool of one plan with its counters, as they stand now.
    pub(crate) async fn pool(&self, table: &str, plan: &PlanId) -> Result<PoolsRead, Failure> {
        let mut read = PoolsRead::default();
        let ids = [format!("{POOL}{plan}")];
        self.get_items(table, &ids).await?.into_iter().try_for_each(|item| read.take(table, item))?;
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
            self.get_items(table, batch).await?.into_iter().try_for_each(|item| read.take(table, item))?;
        }
        Ok(read.counters)
    }

    pub(super) async fn get_items(&self, table: &str, ids: &[String]) -> Result<Vec<Item>, Failure> {
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
}

fn key(id: &str) -> Item {
    Item::from([("id".to_owned(), AttributeValue::S(id.to_owned()))])
}
