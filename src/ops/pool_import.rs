//! Pools from a file into the Pools table.

use std::collections::{HashMap, HashSet};

use keypool_domain::pool_file::{self, PoolEntry, PoolToBe, Problem};
use keypool_domain::{ApiKeyId, Inventory, PoolKey, Presence, Secret};

use super::{Progress, Run};
use crate::aws::{Aws, CounterWrite, Failure, PoolItem, Tables};

/// Why nothing can be imported.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PoolsDoNotFit {
    /// The file names what the account does not have.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
    Problems(Vec<Problem>),
    /// AWS could not be asked.
    #[error(transparent)]
    Failure(#[from] Failure),
}

/// What the pools of a file would make of the account; `capacity` is for those that say nothing of theirs.
///
/// Values are asked of API Gateway only where the file names a key otherwise than by its id.
pub async fn planned_import(
    aws: &Aws,
    inventory: &Inventory,
    entries: &[PoolEntry],
    capacity: u32,
) -> Result<Vec<PoolToBe>, PoolsDoNotFit> {
    let is_id = |key: &Secret| {
        matches!(inventory.api_key(&ApiKeyId::new(key.expose())), Presence::Here(_) | Presence::Unknown)
    };
    let all_ids = entries.iter().flat_map(|entry| &entry.api_keys).all(is_id);
    let listed = if all_ids { Vec::new() } else { aws.api_key_values().await? };
    let by_value: HashMap<&str, &ApiKeyId> = listed.iter().map(|(id, value)| (value.expose(), id)).collect();
    let id_of = |value: &Secret| by_value.get(value.expose()).map(|&id| id.clone());
    pool_file::compare(entries, inventory, capacity, &id_of).map_err(PoolsDoNotFit::Problems)
}

/// Writes the pools that differ from what there is, each in one transaction.
pub async fn import_pools(
    aws: &Aws,
    inventory: &Inventory,
    pools: &[PoolToBe],
    run: &Run,
) -> Result<(), Failure> {
    let changed: Vec<_> = pools.iter().filter(|pool| !pool.is_unchanged()).collect();
    let named = pools.iter().flat_map(|pool| &pool.after.keys).map(|key| &key.api_key).collect();
    let tables = aws.tables().await?;
    for (at, pool) in changed.iter().enumerate() {
        let subject = format!("the pool of {}", inventory.plan_name(&pool.after.plan));
        (run.progress)(Progress { done: at, total: Some(changed.len()), doing: subject.clone() });
        let written = if run.cancel.is_cancelled() {
            Err(Failure::Cancelled)
        } else {
            put(aws, &tables, pool, &named).await
        };
        match written {
            Ok(()) => {}
            Err(failure) if at == 0 => return Err(failure),
            Err(failure) => {
                let (total, failure) = (changed.len(), Box::new(failure));
                return Err(Failure::Partial { done: at, total, subject, failure });
            }
        }
    }
    Ok(())
}

async fn put(aws: &Aws, tables: &Tables, pool: &PoolToBe, named: &HashSet<&ApiKeyId>) -> Result<(), Failure> {
    let counters = counters(aws, tables.pools_table()?, pool, named).await?;
    let expected = pool.before.as_ref().map(|before| before.revision);
    aws.put_pool(tables, &item(pool), &counters, expected).await
}

fn item(pool: &PoolToBe) -> PoolItem {
    let after = &pool.after;
    PoolItem {
        plan: after.plan.clone(),
        strategy: after.strategy,
        capacity: after.capacity,
        api_keys: after.keys.iter().map(|key| key.api_key.clone()).collect(),
        revision: after.revision,
    }
}

/// The counters of a pool, on the condition that they stand as they were read.
///
/// `named` are all keys that the file puts into pools: what one pool leaves out, another may take.
async fn counters(
    aws: &Aws,
    table: &str,
    pool: &PoolToBe,
    named: &HashSet<&ApiKeyId>,
) -> Result<Vec<CounterWrite>, Failure> {
    let gone = pool.leaves_out().map(|key| &key.api_key).filter(|id| !named.contains(id));
    let gone = gone.map(|id| (id.clone(), None));
    let kept = pool.after.keys.iter().map(|key| (key.api_key.clone(), Some(key.clone())));
    let writes: Vec<_> = kept.chain(gone).collect();
    let keys: Vec<_> = writes.iter().map(|(id, _)| id.clone()).collect();
    let now = aws.counters(table, &keys).await?;
    let write = |(api_key, then): (ApiKeyId, Option<PoolKey>)| {
        let seen = now.get(&api_key).map(|key| key.tenants);
        let read = pool.before.as_ref().and_then(|before| before.key(&api_key)).map(|key| key.tenants);
        // Who came or went since the rows were counted would not be counted.
        if seen.is_some() && read.is_some() && seen != read {
            return Some(Err(Failure::Changed(format!("the counter of pool key {api_key}"))));
        }
        let nothing_to_do = seen.is_none() && then.is_none();
        (!nothing_to_do).then_some(Ok(CounterWrite { api_key, seen, then }))
    };
    writes.into_iter().filter_map(write).collect()
}
