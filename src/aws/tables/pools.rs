//! Pools, counters, work marks and notes about former keys in the Pools table.
//!
//! The table has one item per pool (`pool#<planId>`), per pool key (`key#<apiKeyId>`), per operation in
//! progress (`work#<subject>`), and per key that has ended (`former#<tenantKeyId>#<time>`).

use std::collections::HashMap;

use aws_sdk_dynamodb::types::KeysAndAttributes;
use keypool_domain::{ApiKeyId, FormerKey, Known, PlanId, PoolKey, PoolKeyState, Strategy, WorkMark};

use super::former_keys::{self, FORMER_ID_PREFIX};
use super::item_requests::text;
use super::items::{AttributeProblems, Item, ItemReader};
use super::work::{self, WORK_ID_PREFIX};
use crate::aws::{Aws, Failure};

pub(super) const POOL_ID_PREFIX: &str = "pool#";
pub(super) const POOL_KEY_ID_PREFIX: &str = "key#";
/// The most items that BatchGetItem accepts.
const MAX_BATCH_ITEMS: usize = 100;
/// BatchGetItem leaves items unprocessed when it is throttled. After this many responses in a row without any item,
/// it has failed.
const MAX_IDLE_ROUNDS: u32 = 10;

/// The item of a pool.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PoolItem {
    pub(crate) plan: PlanId,
    pub(crate) strategy: Strategy,
    pub(crate) capacity: Known<u32>,
    pub(crate) api_keys: Vec<ApiKeyId>,
    pub(crate) revision: u64,
}

/// Pools, and the counters of their keys.
#[derive(Debug, Clone, Default)]
pub(crate) struct PoolTableItems {
    pub(crate) pools: Vec<PoolItem>,
    pub(crate) counters: HashMap<ApiKeyId, PoolKey>,
    /// Marks of operations in progress, which are in the same table.
    pub(crate) work_marks: Vec<WorkMark>,
    /// Notes about keys that have ended, which are in the same table.
    pub(crate) former_keys: Vec<FormerKey>,
    pub(crate) problems: AttributeProblems,
}

impl PoolTableItems {
    /// Adds an item of the table. Fails if a pool's keys or strategy or a key's state is unreadable:
    /// they are too important to continue without.
    fn add_item(&mut self, table: &str, item: Item) -> Result<(), Failure> {
        let Some(mut item) = ItemReader::new(item, &mut self.problems) else { return Ok(()) };
        if item.id().starts_with(POOL_ID_PREFIX) {
            self.pools.push(PoolItem {
                plan: PlanId::new(item.text("planId")),
                strategy: item.keyword("strategy", table)?.unwrap_or_default(),
                capacity: item.strict_number("capacity", "Pools"),
                api_keys: item.required_texts("apiKeys", table)?.into_iter().map(ApiKeyId::new).collect(),
                revision: item.optional_value("revision").unwrap_or(0),
            });
        } else if let Some(id) = item.id().strip_prefix(POOL_KEY_ID_PREFIX).map(ApiKeyId::new) {
            let counter = PoolKey {
                api_key: id.clone(),
                tenants: item.strict_number("tenants", "Pools"),
                capacity: item.strict_number("capacity", "Pools"),
                state: item.keyword("state", table)?.unwrap_or(PoolKeyState::Active),
                revision: item.optional_value("revision").unwrap_or(0),
            };
            self.counters.insert(id, counter);
        } else if let Some(subject) = item.id().strip_prefix(WORK_ID_PREFIX).map(str::to_owned) {
            self.work_marks.extend(work::read_mark(subject, item));
        } else if item.id().starts_with(FORMER_ID_PREFIX) {
            self.former_keys.extend(former_keys::read_note(item));
        }
        Ok(())
    }
}

impl Aws {
    /// Returns all pools with their counters, sorted by plan.
    pub(crate) async fn pools(&self, table: &str) -> Result<PoolTableItems, Failure> {
        let mut items = PoolTableItems::default();
        self.scan(table, |item| items.add_item(table, item)).await?;
        items.pools.sort_unstable_by(|a, b| a.plan.cmp(&b.plan));
        Ok(items)
    }

    /// Returns the current pool of one plan with its counters.
    pub(crate) async fn pool(&self, table: &str, plan: &PlanId) -> Result<PoolTableItems, Failure> {
        let mut items = PoolTableItems::default();
        let ids = [format!("{POOL_ID_PREFIX}{plan}")];
        self.get_items(table, &ids).await?.into_iter().try_for_each(|item| items.add_item(table, item))?;
        let keys: Vec<_> = items.pools.iter().flat_map(|pool| pool.api_keys.clone()).collect();
        items.counters = self.counters(table, &keys).await?;
        Ok(items)
    }

    /// Returns the current counters of these pool keys.
    pub(crate) async fn counters(
        &self,
        table: &str,
        keys: &[ApiKeyId],
    ) -> Result<HashMap<ApiKeyId, PoolKey>, Failure> {
        let mut items = PoolTableItems::default();
        let keys: Vec<_> = keys.iter().map(|id| format!("{POOL_KEY_ID_PREFIX}{id}")).collect();
        for batch in keys.chunks(MAX_BATCH_ITEMS) {
            self.get_items(table, batch)
                .await?
                .into_iter()
                .try_for_each(|item| items.add_item(table, item))?;
        }
        Ok(items.counters)
    }

    pub(super) async fn get_items(&self, table: &str, ids: &[String]) -> Result<Vec<Item>, Failure> {
        let call = self.table_call("BatchGetItem", format!("table {table}"));
        let mut remaining: Vec<Item> = ids.iter().map(|id| item_key(id)).collect();
        let (mut items, mut idle_rounds) = (Vec::new(), 0);
        while !remaining.is_empty() {
            let requested = remaining.len();
            let keys = KeysAndAttributes::builder().set_keys(Some(remaining)).consistent_read(true).build();
            let keys = keys.map_err(|error| call.unexpected_failure(error.to_string()))?;
            let response = self.shared.dynamodb.batch_get_item().request_items(table, keys).send().await;
            let page = response.map_err(|error| call.failure(error))?;
            items.extend(page.responses.unwrap_or_default().remove(table).unwrap_or_default());
            let unprocessed = page.unprocessed_keys.unwrap_or_default().remove(table);
            remaining = unprocessed.map(|keys| keys.keys).unwrap_or_default();
            idle_rounds = if remaining.len() < requested { 0 } else { idle_rounds + 1 };
            if idle_rounds >= MAX_IDLE_ROUNDS {
                return Err(Failure::TooManyRequests { operation: call.operation.to_owned() });
            }
        }
        Ok(items)
    }
}

fn item_key(id: &str) -> Item {
    Item::from([("id".to_owned(), text(id))])
}
