//! References to pool keys: which key, and the transaction over row and counter, tried again when a race is lost.

use std::collections::HashMap;

use keypool_domain::assign::{self, AssignmentContext, AssignmentError, PeriodUsage};
use keypool_domain::usage::PlanUsage;
use keypool_domain::{
    ApiKeyId, Known, NewTenantKey, PlanId, Pool, PoolKey, Refusal, Secret, Strategy, Tenant, TenantKeyId,
};

use super::key_check::describe_new_key;
use super::retry::RetryState;
use super::unit::UnitExecutor;
use crate::aws::{
    CapacityLimit, CounterDecrement, Failure, NewKeyItem, PoolTableItems, TargetPoolKey, TransferOutcome,
};

/// Length of the id of a reference: API Gateway's ids of API keys are shorter, so that the two never meet.
const TENANT_KEY_ID_LEN: usize = 16;

/// The pools as this change has read and changed them, and the values of their keys.
#[derive(Default)]
pub(super) struct PoolCache {
    pools: HashMap<PlanId, CachedPool>,
    values: HashMap<ApiKeyId, Secret>,
    /// Tenant keys that refer to a key and that its counter does not count: other programs wrote them.
    uncounted_tenants: HashMap<ApiKeyId, u32>,
    /// What the keys of pools have used, where that decides.
    usage: HashMap<PlanId, PeriodUsage>,
}

/// A pool as it stood when it was read, kept up with what was assigned since.
struct CachedPool {
    /// Its keys with the larger of counter and tenant keys.
    pool: Pool,
    /// The first of its keys that has no counter.
    key_without_counter: Option<ApiKeyId>,
}

/// The key that a pool's strategy gives.
pub(super) struct ChosenKey {
    pub(super) api_key: ApiKeyId,
    limit: CapacityLimit,
}

impl ChosenKey {
    pub(super) const fn as_shared<'a>(&'a self, value: Option<&'a Secret>) -> TargetPoolKey<'a> {
        TargetPoolKey { api_key: &self.api_key, value, limit: Some(self.limit) }
    }
}

impl UnitExecutor<'_> {
    /// A new row that refers to a key of the plan's pool.
    pub(super) async fn assign_pool_key(&mut self, key: &NewTenantKey) -> Result<TenantKeyId, Failure> {
        let mut races = RetryState::new();
        loop {
            let chosen = self.choose_pool_key(&key.plan, &key.tenant).await?;
            let value = self.read_shared_value(&chosen.api_key).await?;
            let id = TenantKeyId::new(self.aws.random_text(TENANT_KEY_ID_LEN));
            let row = NewKeyItem {
                id: id.clone(),
                key,
                pool_key: Some(chosen.api_key.clone()),
                value,
                created_at: self.aws.now(),
            };
            let to = chosen.as_shared(row.value.as_ref());
            let assigned = match self.tables.pools {
                Some(_) => self.aws.create_reference(&self.tables, &row, to).await?,
                // The pool lives in a list, which counts nothing.
                None => {
                    self.aws.put_tenant_key(&self.tables, &row, None).await.map(|()| TransferOutcome::Done)?
                }
            };
            if assigned == TransferOutcome::Done {
                self.count_assignment(&key.plan, &chosen.api_key);
                if let Err(lost) = self.check_key_once(&chosen.api_key, || describe_new_key(key)).await {
                    self.unassign_pool_key(&id, &chosen.api_key).await?;
                    return Err(lost.after_undo());
                }
                return Ok(id);
            }
            let seen = self.forget_pool(&key.plan);
            if !self.wait_to_retry(&mut races, seen).await? {
                return Err(self.pool_changed_failure(&key.plan));
            }
        }
    }

    /// A row that refers goes, and its key counts one tenant less.
    pub(super) async fn unassign_pool_key(
        &self,
        row: &TenantKeyId,
        api_key: &ApiKeyId,
    ) -> Result<(), Failure> {
        let mut races = RetryState::new();
        let mut leave =
            if self.tables.pools.is_some() { CounterDecrement::By(1) } else { CounterDecrement::NoCounter };
        loop {
            match self.aws.delete_reference(&self.tables, row, api_key, &leave).await? {
                TransferOutcome::Done => return Ok(()),
                TransferOutcome::SourceRefused => {
                    leave = self.reread_counter_to_leave(&mut races, api_key, 1).await?
                }
                TransferOutcome::Busy if self.wait_to_retry(&mut races, None).await? => {}
                TransferOutcome::Busy => return Err(Failure::Changed(format!("row {row}"))),
                TransferOutcome::ItemsRefused(_) | TransferOutcome::TargetRefused => {
                    return Err(self.explain_refusal(row).await?);
                }
            }
        }
    }

    pub(super) async fn explain_refusal(&self, row: &TenantKeyId) -> Result<Failure, Failure> {
        let there = self.aws.has_tenant_key(&self.tables, row).await?;
        let name = format!("row {row}");
        Ok(if there { Failure::Changed(name) } else { Failure::Gone(name) })
    }

    pub(super) fn pool_changed_failure(&self, plan: &PlanId) -> Failure {
        Failure::Changed(format!("the pool of {}", self.inventory.plan_name(plan)))
    }

    /// The key that the pool's strategy gives, of the pool as it stands now.
    pub(super) async fn choose_pool_key(
        &mut self,
        plan: &PlanId,
        tenant: &Tenant,
    ) -> Result<ChosenKey, Failure> {
        if !self.pools.pools.contains_key(plan) {
            let fresh = self.read_pool(plan).await?;
            self.pools.pools.insert(plan.clone(), fresh);
        }
        let fresh = &self.pools.pools[plan];
        let used = self.pools.usage.get(plan);
        let ask = AssignmentContext {
            tenant,
            is_live: &|id| self.inventory.is_live(id),
            share_used: &|id| used.map_or(0, |used| used.used_share(id)),
            draw: self.aws.random_number(),
        };
        let chosen = assign::choose_pool_key(&fresh.pool, &ask)
            .map_err(|why| self.unassignable_failure(fresh, why))?;
        let beyond = self.pools.uncounted_tenants.get(&chosen.api_key).copied().unwrap_or(0);
        let capacity = chosen.require_capacity()?;
        // Whoever came to the key since it was read has made it no longer the emptiest.
        let most = match fresh.pool.strategy {
            Strategy::LeastTenants => chosen.require_tenants()?.saturating_add(1),
            Strategy::LeastUsed | Strategy::Sticky | Strategy::Random => capacity,
        };
        let limit = CapacityLimit { capacity, max_tenants: most.saturating_sub(beyond) };
        Ok(ChosenKey { api_key: chosen.api_key.clone(), limit })
    }

    fn unassignable_failure(&self, fresh: &CachedPool, why: AssignmentError) -> Failure {
        let plan = self.inventory.plan_name(&fresh.pool.plan).to_owned();
        match &fresh.key_without_counter {
            Some(key) if why == AssignmentError::NoKeys => Failure::Tables(format!(
                "the table of pools has no counter `key#{key}` for that key of the pool of {plan}: without it nobody can be \
                 assigned; write the item with planId, tenants, capacity and state"
            )),
            _ => Refusal::Unassignable { plan, why }.into(),
        }
    }

    async fn read_pool(&mut self, plan: &PlanId) -> Result<CachedPool, Failure> {
        let gone = || Failure::Gone(format!("the pool of {}", self.inventory.plan_name(plan)));
        let Some(table) = self.tables.pools.clone() else {
            if self.aws.pools_location().is_none() {
                return Err(self.tables.pools_table().err().unwrap_or_else(gone));
            }
            let pool = self.inventory.pool(plan).cloned().ok_or_else(gone)?;
            self.read_usage(&pool).await?;
            return Ok(CachedPool { pool, key_without_counter: None });
        };
        let PoolTableItems { pools, mut counters, .. } = self.aws.pool(&table, plan).await?;
        let item = pools.into_iter().next().ok_or_else(gone)?;
        let uncounted = item.api_keys.iter().find(|&id| !counters.contains_key(id)).cloned();
        let mut keys: Vec<_> = item.api_keys.iter().filter_map(|id| counters.remove(id)).collect();
        for key in &mut keys {
            if let Known::Value(beyond) = self.count_uncounted_tenants(key) {
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
        self.read_usage(&pool).await?;
        Ok(CachedPool { pool, key_without_counter: uncounted })
    }

    /// Tenant keys that a counter does not count, found out when it is first read; what was read of it before counts
    /// as long as nothing was assigned since.
    fn count_uncounted_tenants(&mut self, now: &PoolKey) -> Known<u32> {
        let id = &now.api_key;
        if let Some(beyond) = self.pools.uncounted_tenants.get(id) {
            return Known::Value(*beyond);
        }
        let read = self.inventory.pool_of_api_key(id).and_then(|pool| pool.pool_key(id));
        let read = read.filter(|read| read.revision == now.revision && read.tenants.reason().is_none());
        let beyond = self.inventory.uncounted_references(read.unwrap_or(now));
        if let Known::Value(beyond) = beyond {
            self.pools.uncounted_tenants.insert(id.clone(), beyond);
        }
        beyond
    }

    /// Asks once what the keys of the pool have used, where its strategy goes by that.
    async fn read_usage(&mut self, pool: &Pool) -> Result<(), Failure> {
        let wanted = pool.strategy == Strategy::LeastUsed && !self.pools.usage.contains_key(&pool.plan);
        let Some(plan) = self.inventory.plan(&pool.plan).filter(|_| wanted) else { return Ok(()) };
        let now = self.aws.now();
        let days = PeriodUsage::period_days(plan, now);
        let keys = self.aws.usage(&plan.id, days).await?;
        let usage = PlanUsage::new(plan.id.clone(), days, keys, now);
        let used = PeriodUsage::new(&usage, plan, pool, self.inventory, now);
        self.pools.usage.insert(plan.id.clone(), used);
        Ok(())
    }

    /// The pool is read anew before it is used again; gives what was known of it.
    pub(super) fn forget_pool(&mut self, plan: &PlanId) -> Option<Pool> {
        self.pools.pools.remove(plan).map(|fresh| fresh.pool)
    }

    pub(super) fn count_assignment(&mut self, plan: &PlanId, api_key: &ApiKeyId) {
        let keys = self.pools.pools.get_mut(plan).map(|fresh| &mut fresh.pool.keys);
        if let Some(key) = keys.into_iter().flatten().find(|key| &key.api_key == api_key) {
            key.tenants = key.tenants.clone().map(|tenants| tenants.saturating_add(1));
        }
        if let Some(used) = self.pools.usage.get_mut(plan) {
            used.record_assignment(api_key);
        }
    }

    /// The value that the row repeats, where rows hold values.
    pub(super) async fn read_shared_value(&mut self, api_key: &ApiKeyId) -> Result<Option<Secret>, Failure> {
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
