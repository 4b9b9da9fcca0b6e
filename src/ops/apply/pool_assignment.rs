//! Assigns tenant keys to pool keys: picks a key, then writes tenant key and counter in one
//! transaction, retried on conflicts.

use std::collections::HashMap;

use keypool_domain::assign::{self, AssignmentContext, AssignmentError, PeriodUsage};
use keypool_domain::usage::PlanUsage;
use keypool_domain::{
    ApiKeyId, FormerKey, Known, NewTenantKey, PlanId, Pool, PoolKey, Refusal, Secret, Strategy, Tenant,
    TenantKeyId,
};

use super::key_check::describe_new_key;
use super::retry::RetryState;
use super::unit::UnitExecutor;
use crate::aws::{
    CapacityLimit, CounterDecrement, Failure, NewKeyItem, PoolTableItems, TargetPoolKey, TransferOutcome,
};

/// Length of the id of a pooled tenant key, in characters. The id of a siloed one is that of its API key,
/// which is shorter, so the two never collide.
const TENANT_KEY_ID_LEN: usize = 16;

/// Pools and key values as read during this change, updated with what it writes.
#[derive(Default)]
pub(super) struct PoolCache {
    pools: HashMap<PlanId, CachedPool>,
    values: HashMap<ApiKeyId, Secret>,
    /// Tenant keys written by other programs, which the counter does not include.
    uncounted_tenants: HashMap<ApiKeyId, u32>,
    /// Usage in the current quota period, only for pools whose strategy needs it.
    usage: HashMap<PlanId, PeriodUsage>,
}

/// A pool as last read, updated with the assignments made since.
struct CachedPool {
    /// The number of tenants of each key is its counter or the number of its tenant keys, whichever is
    /// larger.
    pool: Pool,
    /// The first key without a counter.
    key_without_counter: Option<ApiKeyId>,
}

/// A pool key picked by the pool's strategy.
pub(super) struct ChosenKey {
    pub(super) api_key: ApiKeyId,
    limit: CapacityLimit,
}

impl ChosenKey {
    pub(super) const fn as_target<'a>(&'a self, value: Option<&'a Secret>) -> TargetPoolKey<'a> {
        TargetPoolKey { api_key: &self.api_key, value, limit: Some(self.limit) }
    }
}

impl UnitExecutor<'_> {
    /// Writes a new tenant key that refers to a key of the plan's pool.
    pub(super) async fn assign_pool_key(&mut self, key: &NewTenantKey) -> Result<TenantKeyId, Failure> {
        let mut retries = RetryState::new();
        loop {
            let chosen = self.choose_pool_key(&key.plan, &key.tenant).await?;
            let value = self.read_shared_value(&chosen.api_key).await?;
            let id = TenantKeyId::new(self.aws.random_text(TENANT_KEY_ID_LEN));
            let tenant_key = NewKeyItem {
                id: id.clone(),
                key,
                pool_key: Some(chosen.api_key.clone()),
                value,
                created_at: self.aws.now(),
            };
            let to = chosen.as_target(tenant_key.value.as_ref());
            let assigned = match self.pools_table() {
                Some(_) => self.aws.create_reference(self.tables()?, &tenant_key, to).await?,
                // Pools in a file or parameter have no counters.
                None => self
                    .aws
                    .put_tenant_key(self.tables()?, &tenant_key, None, None)
                    .await
                    .map(|()| TransferOutcome::Done)?,
            };
            if assigned == TransferOutcome::Done {
                self.count_assignment(&key.plan, &chosen.api_key);
                if let Err(failure) = self.check_key_once(&chosen.api_key, || describe_new_key(key)).await {
                    self.unassign_pool_key(&id, &chosen.api_key, None).await?;
                    return Err(failure.after_undo());
                }
                return Ok(id);
            }
            let cached = self.forget_pool(&key.plan);
            if !self.wait_to_retry(&mut retries, cached).await? {
                return Err(self.pool_changed_failure(&key.plan));
            }
        }
    }

    /// Deletes a pooled tenant key and decrements the counter of its pool key.
    pub(super) async fn unassign_pool_key(
        &self,
        tenant_key: &TenantKeyId,
        api_key: &ApiKeyId,
        note: Option<&FormerKey>,
    ) -> Result<(), Failure> {
        let mut retries = RetryState::new();
        let mut decrement =
            if self.pools_table().is_some() { CounterDecrement::By(1) } else { CounterDecrement::NoCounter };
        loop {
            match self.aws.delete_reference(self.tables()?, tenant_key, api_key, &decrement, note).await? {
                TransferOutcome::Done => return Ok(()),
                TransferOutcome::SourceRefused => {
                    decrement = self.reread_counter_decrement(&mut retries, api_key, 1).await?
                }
                TransferOutcome::Busy if self.wait_to_retry(&mut retries, None).await? => {}
                TransferOutcome::Busy => return Err(Failure::Changed(format!("tenant key {tenant_key}"))),
                TransferOutcome::ItemsRefused(_) | TransferOutcome::TargetRefused => {
                    return Err(self.explain_refusal(tenant_key).await?);
                }
            }
        }
    }

    /// Explains a refused write: the tenant key was changed or deleted meanwhile.
    pub(super) async fn explain_refusal(&self, tenant_key: &TenantKeyId) -> Result<Failure, Failure> {
        let exists = self.aws.has_tenant_key(self.tables()?, tenant_key).await?;
        let name = format!("tenant key {tenant_key}");
        Ok(if exists { Failure::Changed(name) } else { Failure::Gone(name) })
    }

    pub(super) fn pool_changed_failure(&self, plan: &PlanId) -> Failure {
        Failure::Changed(format!("the pool of {}", self.inventory.plan_name(plan)))
    }

    /// Picks a key by the pool's strategy from the pool's current state.
    pub(super) async fn choose_pool_key(
        &mut self,
        plan: &PlanId,
        tenant: &Tenant,
    ) -> Result<ChosenKey, Failure> {
        if !self.pool_cache.pools.contains_key(plan) {
            let cached = self.read_pool(plan).await?;
            self.pool_cache.pools.insert(plan.clone(), cached);
        }
        let cached = &self.pool_cache.pools[plan];
        let usage = self.pool_cache.usage.get(plan);
        let context = AssignmentContext {
            tenant,
            is_live: &|id| self.inventory.is_live(id),
            share_used: &|id| usage.map_or(0, |usage| usage.used_share(id)),
            draw: self.aws.random_number(),
        };
        let chosen = assign::choose_pool_key(&cached.pool, &context)
            .map_err(|why| self.assignment_failure(cached, why))?;
        let uncounted = self.pool_cache.uncounted_tenants.get(&chosen.api_key).copied().unwrap_or(0);
        let capacity = chosen.require_capacity()?;
        // If a tenant was added since the read, this key may no longer be the emptiest.
        let max_tenants = match cached.pool.strategy {
            Strategy::LeastTenants => chosen.require_tenant_count()?.saturating_add(1),
            Strategy::LeastUsed | Strategy::Sticky | Strategy::Random => capacity,
        };
        let limit = CapacityLimit { capacity, max_tenants_after: max_tenants.saturating_sub(uncounted) };
        Ok(ChosenKey { api_key: chosen.api_key.clone(), limit })
    }

    fn assignment_failure(&self, cached: &CachedPool, reason: AssignmentError) -> Failure {
        let plan = self.inventory.plan_name(&cached.pool.plan).to_owned();
        match &cached.key_without_counter {
            Some(key) if reason == AssignmentError::NoKeys => Failure::Tables(format!(
                "the Pools table has no counter `key#{key}` for that key of the pool of {plan}, so no tenant can be \
                 assigned to it: write the item with planId, tenants, capacity and state"
            )),
            _ => Refusal::NoPoolKey { plan, reason }.into(),
        }
    }

    async fn read_pool(&mut self, plan: &PlanId) -> Result<CachedPool, Failure> {
        let gone = || Failure::Gone(format!("the pool of {}", self.inventory.plan_name(plan)));
        let Some(table) = self.pools_table().map(str::to_owned) else {
            if self.aws.pools_location().is_none() {
                return Err(self
                    .tables()
                    .and_then(crate::aws::Tables::pools_table)
                    .err()
                    .unwrap_or_else(gone));
            }
            let pool = self.inventory.pool(plan).cloned().ok_or_else(gone)?;
            self.read_usage(&pool).await?;
            return Ok(CachedPool { pool, key_without_counter: None });
        };
        let PoolTableItems { pools, mut counters, .. } = self.aws.pool(&table, plan).await?;
        let item = pools.into_iter().next().ok_or_else(gone)?;
        let key_without_counter = item.api_keys.iter().find(|&id| !counters.contains_key(id)).cloned();
        let mut keys: Vec<_> = item.api_keys.iter().filter_map(|id| counters.remove(id)).collect();
        for key in &mut keys {
            if let Known::Value(uncounted) = self.count_uncounted_tenants(key) {
                key.tenants = key.tenants.clone().map(|tenants| tenants.saturating_add(uncounted));
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
        Ok(CachedPool { pool, key_without_counter })
    }

    /// Counts the tenant keys that a counter does not include, once per pool key. If nothing was assigned
    /// since the inventory was read, compares the inventory's tenant keys with the inventory's counter.
    fn count_uncounted_tenants(&mut self, current: &PoolKey) -> Known<u32> {
        let id = &current.api_key;
        if let Some(uncounted) = self.pool_cache.uncounted_tenants.get(id) {
            return Known::Value(*uncounted);
        }
        let in_inventory = self.inventory.pool_of_api_key(id).and_then(|pool| pool.pool_key(id));
        let in_inventory =
            in_inventory.filter(|key| key.revision == current.revision && key.tenants.reason().is_none());
        let uncounted = self.inventory.uncounted_references(in_inventory.unwrap_or(current));
        if let Known::Value(uncounted) = uncounted {
            self.pool_cache.uncounted_tenants.insert(id.clone(), uncounted);
        }
        uncounted
    }

    /// Reads the usage of the pool's keys once, if the strategy needs it.
    async fn read_usage(&mut self, pool: &Pool) -> Result<(), Failure> {
        let is_needed =
            pool.strategy == Strategy::LeastUsed && !self.pool_cache.usage.contains_key(&pool.plan);
        let Some(plan) = self.inventory.plan(&pool.plan).filter(|_| is_needed) else { return Ok(()) };
        let now = self.aws.now();
        let days = PeriodUsage::period_days(plan, now);
        let keys = self.aws.usage(&plan.id, days).await?;
        let usage = PlanUsage::new(plan.id.clone(), days, keys, now);
        let usage = PeriodUsage::new(&usage, plan, pool, self.inventory, now);
        self.pool_cache.usage.insert(plan.id.clone(), usage);
        Ok(())
    }

    /// Drops the cached pool so that it is read again, and returns it.
    pub(super) fn forget_pool(&mut self, plan: &PlanId) -> Option<Pool> {
        self.pool_cache.pools.remove(plan).map(|cached| cached.pool)
    }

    /// Counts an assignment in the cached pool and its usage.
    pub(super) fn count_assignment(&mut self, plan: &PlanId, api_key: &ApiKeyId) {
        let keys = self.pool_cache.pools.get_mut(plan).map(|cached| &mut cached.pool.keys);
        if let Some(key) = keys.into_iter().flatten().find(|key| &key.api_key == api_key) {
            key.tenants = key.tenants.clone().map(|tenants| tenants.saturating_add(1));
        }
        if let Some(usage) = self.pool_cache.usage.get_mut(plan) {
            usage.record_assignment(api_key);
        }
    }

    /// Returns the value of a pool key, to store in the tenant keys that refer to it, if values are stored.
    pub(super) async fn read_shared_value(&mut self, api_key: &ApiKeyId) -> Result<Option<Secret>, Failure> {
        if !self.aws.stores_values() {
            return Ok(None);
        }
        if let Some(value) = self.pool_cache.values.get(api_key) {
            return Ok(Some(value.clone()));
        }
        let value = self.aws.api_key_value(api_key).await?;
        self.pool_cache.values.insert(api_key.clone(), value.clone());
        Ok(Some(value))
    }
}
