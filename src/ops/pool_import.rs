//! Pools from a file into the Pools table, or into the parameter that is there in its place.

use std::collections::{BTreeSet, HashMap, HashSet};

use keypool_domain::change::counted;
use keypool_domain::pool_file::{self, PoolEntry, PoolToBe, Problem};
use keypool_domain::{ApiKeyId, Inventory, PoolKey, Presence, Secret};

use super::audit::{self, Subject};
use super::{Applied, Progress, Run, apply};
use crate::aws::{Aws, CounterWrite, Failure, PoolItem, Tables};

/// Why nothing can be imported.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PoolsDoNotFit {
    /// The file names what the account does not have.
    #[error("{}", lines(.0))]
    Problems(Vec<Problem>),
    /// AWS could not be asked.
    #[error(transparent)]
    Failure(#[from] Failure),
}

/// Problems told one by one before the rest is only counted.
const TOLD: usize = 20;

fn lines(problems: &[Problem]) -> String {
    let mut lines: Vec<_> = problems.iter().take(TOLD).map(ToString::to_string).collect();
    if problems.len() > TOLD {
        lines.push(format!("and {} more", counted(problems.len() - TOLD, "problem")));
    }
    lines.join("\n")
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
        matches!(inventory.api_key(&ApiKeyId::new(key.expose())), Presence::Here(_) | Presence::Unknown(_))
    };
    let all_ids = entries.iter().flat_map(|entry| &entry.api_keys).all(is_id);
    let listed = if all_ids { Vec::new() } else { aws.api_key_values().await? };
    let by_value: HashMap<&str, &ApiKeyId> = listed.iter().map(|(id, value)| (value.expose(), id)).collect();
    let id_of = |value: &Secret| by_value.get(value.expose()).map(|&id| id.clone());
    pool_file::compare(entries, inventory, capacity, &id_of).map_err(PoolsDoNotFit::Problems)
}

/// Writes the pools that differ from what there is, each in one transaction, after adopting the plans that need it.
pub async fn import_pools(
    aws: &Aws,
    inventory: &Inventory,
    pools: &[PoolToBe],
    run: &Run,
) -> Result<(), Failure> {
    let changed: Vec<_> = pools.iter().filter(|pool| !pool.is_unchanged()).collect();
    if changed.is_empty() {
        return Ok(());
    }
    for adoption in pool_file::adoptions(pools, inventory) {
        Box::pin(apply(aws, inventory, &adoption, run)).await?;
    }
    let named = pools.iter().flat_map(|pool| &pool.after.keys).map(|key| &key.api_key).collect();
    let tables = aws.tables().await?;
    let work = Work { aws, inventory, run, tables: &tables, pools, named };
    let entry = audit::begin(aws, run, || work.subject(&changed)).await?;
    #[cfg(feature = "ssm")]
    let done = match aws.pools_parameter().filter(|_| tables.pools.is_none()) {
        Some(name) => work.list(&name, pools).await,
        None => work.each(&changed).await,
    };
    #[cfg(not(feature = "ssm"))]
    let done = work.each(&changed).await;
    let after = changed.iter().map(|pool| audit::pool(&pool.after)).collect();
    entry.end(&Applied::default(), done, after)
}

struct Work<'a> {
    aws: &'a Aws,
    inventory: &'a Inventory,
    run: &'a Run,
    tables: &'a Tables,
    /// All pools of the file.
    pools: &'a [PoolToBe],
    /// All keys that the file puts into pools: what one pool leaves out, another may take.
    named: HashSet<&'a ApiKeyId>,
}

impl Work<'_> {
    async fn each(&self, pools: &[&PoolToBe]) -> Result<(), Failure> {
        for (at, pool) in pools.iter().enumerate() {
            let subject = self.title(pool);
            let total = pools.len();
            (self.run.progress)(Progress { done: at, total: Some(total), doing: subject.clone() });
            match self.put(pool).await {
                Ok(()) => {}
                Err(failure) if at == 0 => return Err(failure),
                Err(failure) => {
                    return Err(Failure::Partial { done: at, total, subject, failure: Box::new(failure) });
                }
            }
        }
        Ok(())
    }

    async fn put(&self, pool: &PoolToBe) -> Result<(), Failure> {
        if self.run.cancel.is_cancelled() {
            return Err(Failure::Cancelled);
        }
        let counters = counters(self.aws, self.tables.pools_table()?, pool, &self.named).await?;
        let expected = pool.before.as_ref().map(|before| before.revision);
        for key in pool.after.keys.iter().filter(|key| !self.inventory.is_in_keys_table(&key.api_key)) {
            let of = (&pool.after.plan, self.inventory.plan_name(&pool.after.plan));
            let value = self.aws.api_key_value(&key.api_key).await?;
            self.aws.put_pool_item(self.tables, of, &key.api_key, &value).await?;
        }
        self.aws.put_pool(self.tables, &item(pool), &counters, expected, None).await?;
        let left_out = pool.leaves_out().map(|key| &key.api_key).filter(|id| !self.named.contains(id));
        for id in left_out.filter(|id| self.inventory.pool_item(id).is_some()) {
            self.aws.delete_pool_item(self.tables, id).await?;
        }
        Ok(())
    }

    /// All pools in one list: those that are imported, and those of other plans as they are.
    #[cfg(feature = "ssm")]
    async fn list(&self, name: &str, pools: &[PoolToBe]) -> Result<(), Failure> {
        if self.run.cancel.is_cancelled() {
            return Err(Failure::Cancelled);
        }
        let is_kept = |pool: &&keypool_domain::Pool| pools.iter().all(|one| one.after.plan != pool.plan);
        let kept = self.inventory.pools().iter().filter(is_kept);
        let entry = |pool: &keypool_domain::Pool| PoolEntry::of(pool, self.inventory.plan_name(&pool.plan));
        let entries: Vec<_> = kept.chain(pools.iter().map(|one| &one.after)).map(entry).collect();
        self.aws.put_parameter(name, &pool_file::write(&entries, pool_file::FileFormat::Json)).await
    }

    fn title(&self, pool: &PoolToBe) -> String {
        format!("the pool of {}", self.inventory.plan_name(&pool.after.plan))
    }

    fn subject(&self, pools: &[&PoolToBe]) -> Subject {
        let tenants: BTreeSet<_> =
            pools.iter().flat_map(|pool| self.inventory.tenants_of(&pool.after.plan)).collect();
        Subject {
            operation: format!("import {}", counted(pools.len(), "pool")),
            reason: None,
            tenants: tenants.into_iter().map(ToString::to_string).collect(),
            steps: pools.iter().flat_map(|pool| pool_file::steps(pool, self.pools, self.inventory)).collect(),
            before: pools.iter().filter_map(|pool| pool.before.as_ref()).map(audit::pool).collect(),
        }
    }
}

fn item(pool: &PoolToBe) -> PoolItem {
    let after = &pool.after;
    PoolItem {
        plan: after.plan.clone(),
        strategy: after.strategy,
        capacity: after.capacity.clone(),
        api_keys: after.keys.iter().map(|key| key.api_key.clone()).collect(),
        revision: after.revision,
    }
}

/// The counters of a pool, on the condition that they stand as they were read.
///
/// What one pool leaves out and another takes, as `named` says, keeps its counter.
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
        let seen = now.get(&api_key).cloned();
        let read = pool.before.as_ref().and_then(|before| before.key(&api_key));
        let counted = |key: &PoolKey| (key.tenants.clone(), key.revision);
        // A tenant key that came or went since the tenant keys were counted would not be counted.
        if seen.is_some() && read.is_some() && seen.as_ref().map(counted) != read.map(counted) {
            return Some(Err(Failure::Changed(format!("the counter of pool key {api_key}"))));
        }
        let nothing_to_do = seen.is_none() && then.is_none();
        (!nothing_to_do).then_some(Ok(CounterWrite { api_key, seen, then }))
    };
    writes.into_iter().filter_map(write).collect()
}
