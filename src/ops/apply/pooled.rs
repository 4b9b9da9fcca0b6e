//! References to pool keys: which key, and the transaction over row and counter, tried again when a race is lost.

use std::collections::HashMap;

use keypool_domain::assign::{self, Ask, PeriodUse, Unassignable};
use keypool_domain::usage::PlanUsage;
use keypool_domain::{
    ApiKeyId, Known, NewKey, PlanId, Pool, PoolKey, Refusal, RowId, Secret, Strategy, Tenant,
};

use super::prove::name_of;
use super::race::Races;
use super::unit::Worker;
use crate::aws::{Failure, Leave, Limit, NewRow, PoolsRead, Shared, Transferred};

/// Length of the id of a reference: API Gateway's ids of API keys are shorter, so that the two never meet.
const ROW_ID: usize = 16;

/// The pools as this change has read and changed them, and the values of their keys.
#[derive(Default)]
pub(super) struct PoolsAtWork {
    pools: HashMap<PlanId, Fresh>,
    values: HashMap<ApiKeyId, Secret>,
    /// Tenant keys that refer to a key and that its counter does not count: other programs wrote them.
    beyond_counter: HashMap<ApiKeyId, u32>,
    /// What the keys of pools have used, where that decides.
    used: HashMap<PlanId, PeriodUse>,
}

/// A pool as it stood when it was read, kept up with what was assigned since.
struct Fresh {
    /// Its keys with the larger of counter and tenant keys.
    pool: Pool,
    /// The first of its keys that has no counter.
    uncounted: Option<ApiKeyId>,
}

/// The key that a pool's strategy gives.
pub(super) struct Chosen {
    pub(super) api_key: ApiKeyId,
    limit: Limit,
}

impl Chosen {
    pub(super) const fn shared<'a>(&'a self, value: Option<&'a Secret>) -> Shared<'a> {
        Shared { api_key: &self.api_key, value, limit: Some(self.limit) }
    }
}

impl Worker<'_> {
    /// A new row that refers to a key of the plan's pool.
    pub(super) async fn assign(&mut self, key: &NewKey) -> Result<RowId, Failure> {
        let mut races = Races::new();
        loop {
            let chosen = self.choose(&key.plan, &key.tenant).await?;
            let value = self.shared_value(&chosen.api_key).await?;
            let id = RowId::new(self.aws.random_text(ROW_ID));
            let row = NewRow {
                id: id.clone(),
                key,
                pool_key: Some(chosen.api_key.clone()),
                value,
                created_at: self.aws.now(),
            };
            let to = chosen.shared(row.value.as_ref());
            let assigned = match self.tables.pools {
                Some(_) => self.aws.assign(&self.tables, &row, to).await?,
                // The pool lives in a list, which counts nothing.
                None => self.aws.put_row(&self.tables, &row, None).await.map(|()| Transferred::Done)?,
            };
            if assigned == Transferred::Done {
                self.count_one_more(&key.plan, &chosen.api_key);
                if let Err(lost) = self.prove_once(&chosen.api_key, || name_of(key)).await {
                    self.unassign(&id, &chosen.api_key).await?;
                    return Err(lost.undone());
                }
                return Ok(id);
            }
            let seen = self.forget_pool(&key.plan);
            if !self.again(&mut races, seen).await? {
                return Err(self.pool_changed(&key.plan));
            }
        }
    }

    /// A row that refers goes, and its key counts one tenant less.
    pub(super) async fn unassign(&self, row: &RowId, api_key: &ApiKeyId) -> Result<(), Failure> {
        let mut races = Races::new();
        let mut leave = if self.tables.pools.is_some() { Leave::Fewer(1) } else { Leave::Uncounted };
        loop {
            match self.aws.unassign(&self.tables, row, api_key, &leave).await? {
                Transferred::Done => return Ok(()),
                Transferred::LeftRefused => leave = self.left_anew(&mut races, api_key, 1).await?,
                Transferred::Busy if self.again(&mut races, None).await? => {}
                Transferred::Busy => return Err(Failure::Changed(format!("row {row}"))),
                Transferred::RowsRefused(_) | Transferred::ToRefused => {
                    return Err(self.why_refused(row).await?);
                }
            }
        }
    }

    pub(super) async fn why_refused(&self, row: &RowId) -> Result<Failure, Failure> {
        let there = self.aws.has_row(&self.tables, row).await?;
        let name = format!("row {row}");
        Ok(if there { Failure::Changed(name) } else { Failure::Gone(name) })
    }

    pub(super) fn pool_changed(&self, plan: &PlanId) -> Failure {
        Failure::Changed(format!("the pool of {}", self.inventory.plan_name(plan)))
    }

    /// The key that the pool's strategy gives, of the pool as it stands now.
    pub(super) async fn choose(&mut self, plan: &PlanId, tenant: &Tenant) -> Result<Chosen, Failure> {
        if !self.pools.pools.contains_key(plan) {
            let fresh = self.read_pool(plan).await?;
            self.pools.pools.insert(plan.clone(), fresh);
        }
        let fresh = &self.pools.pools[plan];
        let used = self.pools.used.get(plan);
        let ask = Ask {
            tenant,
            is_live: &|id| self.inventory.is_live(id),
            share_used: &|id| used.map_or(0, |used| used.share(id)),
            draw: self.aws.random_number(),
        };
        let chosen = assign::choose(&fresh.pool, &ask).map_err(|why| self.unassignable(fresh, why))?;
        let beyond = self.pools.beyond_counter.get(&chosen.api_key).copied().unwrap_or(0);
        let capacity = chosen.require_capacity()?;
        // Whoever came to the key since it was read has made it no longer the emptiest.
        let most = match fresh.pool.strategy {
            Strategy::LeastTenants => chosen.require_tenants()?.saturating_add(1),
            Strategy::LeastUsed | Strategy::Sticky | Strategy::Random => capacity,
        };
        let limit = Limit { capacity, most: most.saturating_sub(beyond) };
        Ok(Chosen { api_key: chosen.api_key.clone(), limit })
    }

    fn unassignable(&self, fresh: &Fresh, why: Unassignable) -> Failure {
        let plan = self.inventory.plan_name(&fresh.pool.plan).to_owned();
        match &fresh.uncounted {
            Some(key) if why == Unassignable::Empty => Failure::Tables(format!(
                "the table of pools has no counter `key#{key}` for that key of the pool of {plan}: without it nobody can be \
                 assigned; write the item with planId, tenants, capacity and state"
            )),
            _ => Refusal::Pool { plan, why }.into(),
        }
    }

    async fn read_pool(&mut self, plan: &PlanId) -> Result<Fresh, Failure> {
        let gone = || Failure::Gone(format!("the pool of {}", self.inventory.plan_name(plan)));
        let Some(table) = self.tables.pools.clone() else {
            if self.aws.pools_place().is_none() {
                return Err(self.tables.pools_table().err().unwrap_or_else(gone));
            }
            let pool = self.inventory.pool(plan).cloned().ok_or_else(gone)?;
            self.read_use(&pool).await?;
            return Ok(Fresh { pool, uncounted: None });
        };
        let PoolsRead { pools, mut counters, .. } = self.aws.pool(&table, plan).await?;
        let item = pools.into_iter().next().ok_or_else(gone)?;
        let uncounted = item.api_keys.iter().find(|&id| !counters.contains_key(id)).cloned();
        let mut keys: Vec<_> = item.api_keys.iter().filter_map(|id| counters.remove(id)).collect();
        for key in &mut keys {
            if let Known::Value(beyond) = self.beyond_counter(key) {
                key.tenants = key.tenants.clone().map(|tenants| tenants.saturating_add(beyond));
            }
        }
        let pool = Pool {
            plan: plan.clone(),
            strategy: item.strategy,
            capacity: item.capacity,
            keys,
            revision: item.revision,
        };
        self.read_use(&pool).await?;
        Ok(Fresh { pool, uncounted })
    }

    /// Tenant keys that a counter does not count, found out when it is first read; what was read of it before counts
    /// as long as nothing was assigned since.
    fn beyond_counter(&mut self, now: &PoolKey) -> Known<u32> {
        let id = &now.api_key;
        if let Some(beyond) = self.pools.beyond_counter.get(id) {
            return Known::Value(*beyond);
        }
        let read = self.inventory.pool_of(id).and_then(|pool| pool.key(id));
        let read = read.filter(|read| read.revision == now.revision && read.tenants.reason().is_none());
        let beyond = self.inventory.uncounted(read.unwrap_or(now));
        if let Known::Value(beyond) = beyond {
            self.pools.beyond_counter.insert(id.clone(), beyond);
        }
        beyond
    }

    /// Asks once what the keys of the pool have used, where its strategy goes by that.
    async fn read_use(&mut self, pool: &Pool) -> Result<(), Failure> {
        let wanted = pool.strategy == Strategy::LeastUsed && !self.pools.used.contains_key(&pool.plan);
        let Some(plan) = self.inventory.plan(&pool.plan).filter(|_| wanted) else { return Ok(()) };
        let now = self.aws.now();
        let days = PeriodUse::days(plan, now);
        let keys = self.aws.usage_now(&plan.id, days).await?;
        let usage = PlanUsage::new(plan.id.clone(), days, keys, now);
        let used = PeriodUse::new(&usage, plan, pool, self.inventory, now);
        self.pools.used.insert(plan.id.clone(), used);
        Ok(())
    }

    /// The pool is read anew before it is used again; gives what was known of it.
    pub(super) fn forget_pool(&mut self, plan: &PlanId) -> Option<Pool> {
        self.pools.pools.remove(plan).map(|fresh| fresh.pool)
    }

    pub(super) fn count_one_more(&mut self, plan: &PlanId, api_key: &ApiKeyId) {
        let keys = self.pools.pools.get_mut(plan).map(|fresh| &mut fresh.pool.keys);
        if let Some(key) = keys.into_iter().flatten().find(|key| &key.api_key == api_key) {
            key.tenants = key.tenants.clone().map(|tenants| tenants.saturating_add(1));
        }
        if let Some(used) = self.pools.used.get_mut(plan) {
            used.assign(api_key);
        }
    }

    /// The value that the row repeats, where rows hold values.
    pub(super) async fn shared_value(&mut self, api_key: &ApiKeyId) -> Result<Option<Secret>, Failure> {
        if !self.aws.stores_values() {
            return Ok(None);
        }
        if let Some(value) = self.pools.values.get(api_key) {
            return Ok(Some(value.clone()));
        }
        let value = self.aws.api_key_value(api_key).await?;
        self.pools.values.insert(api_key.clone(), value.clone());
        Ok(Some(value))
    }
}
