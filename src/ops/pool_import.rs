//! Imports pools from a file into the Pools table, or into the SSM parameter that replaces it.

use std::collections::{BTreeSet, HashMap, HashSet};

use keypool_domain::pool_file::{self, PlannedPool, PoolEntry, PoolFileConflict};
use keypool_domain::text::pluralize;
use keypool_domain::{ApiKeyId, Inventory, PoolKey, Presence, Secret};

use super::audit::{self, ChangeSubject};
use super::{Applied, Progress, Run, apply};
use crate::aws::{Aws, CounterWrite, Failure, PoolItem, Tables};

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PoolImportError {
    /// The file conflicts with the account.
    #[error("{}", list_problems(.0))]
    Problems(Vec<PoolFileConflict>),
    #[error(transparent)]
    Failure(#[from] Failure),
}

/// Problems beyond this number are only counted.
const MAX_LISTED_PROBLEMS: usize = 20;

fn list_problems(problems: &[PoolFileConflict]) -> String {
    let mut lines: Vec<_> = problems.iter().take(MAX_LISTED_PROBLEMS).map(ToString::to_string).collect();
    if problems.len() > MAX_LISTED_PROBLEMS {
        lines.push(format!("and {} more", pluralize(problems.len() - MAX_LISTED_PROBLEMS, "problem")));
    }
    lines.join("\n")
}

/// Plans the pools that a file defines. `capacity` applies to pools without one.
///
/// Reads key values only if the file names a key by something other than a known id.
pub async fn plan_pool_import(
    aws: &Aws,
    inventory: &Inventory,
    entries: &[PoolEntry],
    capacity: u32,
) -> Result<Vec<PlannedPool>, PoolImportError> {
    let is_id = |key: &Secret| {
        matches!(inventory.api_key(&ApiKeyId::new(key.expose())), Presence::Present(_) | Presence::Unknown(_))
    };
    let has_only_ids = entries.iter().flat_map(|entry| &entry.api_keys).all(is_id);
    let values = if has_only_ids { Vec::new() } else { aws.api_key_values().await? };
    let by_value: HashMap<&str, &ApiKeyId> = values.iter().map(|(id, value)| (value.expose(), id)).collect();
    let id_of = |value: &Secret| by_value.get(value.expose()).map(|&id| id.clone());
    pool_file::compare(entries, inventory, capacity, &id_of).map_err(PoolImportError::Problems)
}

/// Writes the changed pools, each in one transaction, after adopting the plans that are not managed yet.
pub async fn import_pools(
    aws: &Aws,
    inventory: &Inventory,
    pools: &[PlannedPool],
    run: &Run,
) -> Result<(), Failure> {
    let changed: Vec<_> = pools.iter().filter(|pool| !pool.is_unchanged()).collect();
    if changed.is_empty() {
        return Ok(());
    }
    for adoption in pool_file::adoptions(pools, inventory) {
        Box::pin(apply(aws, inventory, &adoption, run)).await?;
    }
    let keys_in_file = pools.iter().flat_map(|pool| &pool.after.keys).map(|key| &key.api_key).collect();
    let tables = aws.tables().await?;
    let import = PoolImport { aws, inventory, run, tables: &tables, pools, keys_in_file };
    let entry = audit::begin_entry(aws, run, || import.subject(&changed)).await?;
    #[cfg(feature = "ssm")]
    let result = match aws.pools_parameter().filter(|_| tables.pools.is_none()) {
        Some(name) => import.write_pool_list(&name, pools).await,
        None => import.put_pools(&changed).await,
    };
    #[cfg(not(feature = "ssm"))]
    let result = import.put_pools(&changed).await;
    let after = changed.iter().map(|pool| audit::pool_record(&pool.after)).collect();
    entry.end(&Applied::default(), result, after)
}

struct PoolImport<'a> {
    aws: &'a Aws,
    inventory: &'a Inventory,
    run: &'a Run,
    tables: &'a Tables,
    /// All pools of the file.
    pools: &'a [PlannedPool],
    /// All keys that the file assigns to pools: a key left out of one pool may be in another.
    keys_in_file: HashSet<&'a ApiKeyId>,
}

impl PoolImport<'_> {
    /// Writes the pools in order, up to the first that fails.
    async fn put_pools(&self, pools: &[&PlannedPool]) -> Result<(), Failure> {
        for (at, pool) in pools.iter().enumerate() {
            let subject = self.describe_pool(pool);
            let total = pools.len();
            (self.run.progress)(Progress { done: at, total: Some(total), doing: subject.clone() });
            match self.put_pool(pool).await {
                Ok(()) => {}
                Err(failure) if at == 0 => return Err(failure),
                Err(failure) => {
                    return Err(Failure::Partial { done: at, total, subject, failure: Box::new(failure) });
                }
            }
        }
        Ok(())
    }

    /// Writes a pool with its counters, and the Keys-table items of its keys.
    async fn put_pool(&self, pool: &PlannedPool) -> Result<(), Failure> {
        if self.run.cancel.is_cancelled() {
            return Err(Failure::Cancelled);
        }
        let counters = counter_writes(self.aws, self.tables.pools_table()?, pool, &self.keys_in_file).await?;
        let expected = pool.before.as_ref().map(|before| before.revision);
        for key in pool.after.keys.iter().filter(|key| !self.inventory.is_in_keys_table(&key.api_key)) {
            let plan_and_name = (&pool.after.plan, self.inventory.stored_plan_name(&pool.after.plan));
            let value = self.aws.api_key_value(&key.api_key).await?;
            self.aws.put_pool_key_item(self.tables, plan_and_name, &key.api_key, &value).await?;
        }
        self.aws.put_pool(self.tables, &pool_item(pool), &counters, expected, None).await?;
        let left_out =
            pool.removed_keys().map(|key| &key.api_key).filter(|id| !self.keys_in_file.contains(id));
        for id in left_out.filter(|id| self.inventory.pool_item(id).is_some()) {
            self.aws.delete_pool_key_item(self.tables, id).await?;
        }
        Ok(())
    }

    /// Writes all pools as one list: the imported ones, and those of other plans unchanged.
    #[cfg(feature = "ssm")]
    async fn write_pool_list(&self, name: &str, pools: &[PlannedPool]) -> Result<(), Failure> {
        if self.run.cancel.is_cancelled() {
            return Err(Failure::Cancelled);
        }
        let is_kept =
            |pool: &&keypool_domain::Pool| pools.iter().all(|planned| planned.after.plan != pool.plan);
        let kept = self.inventory.pools().iter().filter(is_kept);
        let entry = |pool: &keypool_domain::Pool| {
            PoolEntry::from_pool(pool, self.inventory.stored_plan_name(&pool.plan))
        };
        let entries: Vec<_> = kept.chain(pools.iter().map(|planned| &planned.after)).map(entry).collect();
        self.aws.put_parameter(name, &pool_file::write(&entries, pool_file::FileFormat::Json)).await
    }

    fn describe_pool(&self, pool: &PlannedPool) -> String {
        format!("the pool of {}", self.inventory.plan_name(&pool.after.plan))
    }

    fn subject(&self, pools: &[&PlannedPool]) -> ChangeSubject {
        let tenants: BTreeSet<_> =
            pools.iter().flat_map(|pool| self.inventory.tenants_of_plan(&pool.after.plan)).collect();
        ChangeSubject {
            operation: format!("import {}", pluralize(pools.len(), "pool")),
            reason: None,
            tenants: tenants.into_iter().map(ToString::to_string).collect(),
            steps: pools
                .iter()
                .flat_map(|pool| pool_file::describe_steps(pool, self.pools, self.inventory))
                .collect(),
            before: pools.iter().filter_map(|pool| pool.before.as_ref()).map(audit::pool_record).collect(),
        }
    }
}

fn pool_item(pool: &PlannedPool) -> PoolItem {
    let after = &pool.after;
    PoolItem {
        plan: after.plan.clone(),
        strategy: after.strategy,
        capacity: after.capacity.clone(),
        api_keys: after.keys.iter().map(|key| key.api_key.clone()).collect(),
        revision: after.revision,
    }
}

/// Returns the counter writes of a pool. Fails if a counter has changed since the pool was planned; each
/// write fails if its counter changes before it.
///
/// A key in `keys_in_file` that leaves this pool joins another one and keeps its counter.
async fn counter_writes(
    aws: &Aws,
    table: &str,
    pool: &PlannedPool,
    keys_in_file: &HashSet<&ApiKeyId>,
) -> Result<Vec<CounterWrite>, Failure> {
    let removed = pool.removed_keys().map(|key| &key.api_key).filter(|id| !keys_in_file.contains(id));
    let removed = removed.map(|id| (id.clone(), None));
    let kept = pool.after.keys.iter().map(|key| (key.api_key.clone(), Some(key.clone())));
    let writes: Vec<_> = kept.chain(removed).collect();
    let keys: Vec<_> = writes.iter().map(|(id, _)| id.clone()).collect();
    let current = aws.counters(table, &keys).await?;
    let write = |(api_key, after): (ApiKeyId, Option<PoolKey>)| {
        let before = current.get(&api_key).cloned();
        let planned_from = pool.before.as_ref().and_then(|before| before.pool_key(&api_key));
        let count_and_revision = |key: &PoolKey| (key.tenants.clone(), key.revision);
        // The planned counter would not include a tenant key that was added or removed since it was planned.
        if before.is_some()
            && planned_from.is_some()
            && before.as_ref().map(count_and_revision) != planned_from.map(count_and_revision)
        {
            return Some(Err(Failure::Changed(format!("the counter of pool key {api_key}"))));
        }
        let nothing_to_do = before.is_none() && after.is_none();
        (!nothing_to_do).then_some(Ok(CounterWrite { api_key, before, after }))
    };
    writes.into_iter().filter_map(write).collect()
}
