//! Writes to pools: each reads the current pool and writes only if it has not changed since.

use std::collections::HashMap;

use keypool_domain::{ApiKeyId, NewPool, PlanId, PoolKey, PoolKeyState, Strategy};

use super::retry::RetryState;
use super::unit::UnitExecutor;
use crate::aws::{CounterWrite, Failure, Fence, PoolItem, PoolTableItems};

type CountersByKey = HashMap<ApiKeyId, PoolKey>;

impl UnitExecutor<'_> {
    pub(super) async fn put_pool(&mut self, new: &NewPool) -> Result<(), Failure> {
        let pool = PoolItem {
            plan: new.plan.clone(),
            strategy: new.strategy,
            capacity: new.capacity.into(),
            api_keys: new.keys.iter().map(|(id, _)| id.clone()).collect(),
            revision: 1,
        };
        let counter = |(id, tenants): &(ApiKeyId, u32)| CounterWrite {
            api_key: id.clone(),
            before: None,
            after: Some(new_pool_key(id, *tenants, new.capacity)),
        };
        let counters: Vec<_> = new.keys.iter().map(counter).collect();
        self.forget_pool(&new.plan);
        self.aws.put_pool(self.tables()?, &pool, &counters, None, None).await
    }

    pub(super) async fn add_pool_key(
        &mut self,
        plan: &PlanId,
        id: &ApiKeyId,
        capacity: u32,
        replaces: Option<&ApiKeyId>,
        fence: Option<&Fence>,
    ) -> Result<(), Failure> {
        self.rewrite_pool_with_fence(plan, fence, |pool, counters| {
            pool.api_keys.push(id.clone());
            let new = CounterWrite {
                api_key: id.clone(),
                before: None,
                after: Some(new_pool_key(id, 0, capacity)),
            };
            let drained = replaces.and_then(|old| counters.get(old));
            let old = drained.map(|old| build_state_write(old, PoolKeyState::Draining));
            Ok([new].into_iter().chain(old).collect())
        })
        .await
    }

    pub(super) async fn set_pool_key_state(
        &mut self,
        id: &ApiKeyId,
        state: PoolKeyState,
    ) -> Result<(), Failure> {
        let pool = self.inventory.pool_of_api_key(id).ok_or_else(|| pool_key_gone_failure(id))?;
        self.rewrite_pool(&pool.plan, |_, counters| {
            let key = counters.get(id).ok_or_else(|| pool_key_gone_failure(id))?;
            Ok(vec![build_state_write(key, state)])
        })
        .await
    }

    pub(super) async fn update_pool(
        &mut self,
        plan: &PlanId,
        strategy: Option<Strategy>,
        capacity: Option<u32>,
    ) -> Result<(), Failure> {
        self.rewrite_pool(plan, |pool, counters| {
            pool.strategy = strategy.unwrap_or(pool.strategy);
            let Some(capacity) = capacity else { return Ok(Vec::new()) };
            pool.capacity = capacity.into();
            let writes = pool.api_keys.iter().filter_map(|id| counters.get(id)).map(|key| CounterWrite {
                api_key: key.api_key.clone(),
                before: Some(key.clone()),
                after: Some(PoolKey { capacity: capacity.into(), ..key.clone() }),
            });
            Ok(writes.collect())
        })
        .await
    }

    pub(super) async fn delete_pool(&mut self, plan: &PlanId) -> Result<(), Failure> {
        self.forget_pool(plan);
        self.aws.delete_pool(self.tables()?, plan).await
    }

    /// Applies an edit to the current pool and retries with the new state on a conflict.
    async fn rewrite_pool(
        &mut self,
        plan: &PlanId,
        edit: impl Fn(&mut PoolItem, &CountersByKey) -> Result<Vec<CounterWrite>, Failure>,
    ) -> Result<(), Failure> {
        self.rewrite_pool_with_fence(plan, None, edit).await
    }

    /// Like [`Self::rewrite_pool`], but fails if the fence's work mark no longer belongs to this operation.
    async fn rewrite_pool_with_fence(
        &mut self,
        plan: &PlanId,
        fence: Option<&Fence>,
        edit: impl Fn(&mut PoolItem, &CountersByKey) -> Result<Vec<CounterWrite>, Failure>,
    ) -> Result<(), Failure> {
        let name = || format!("the pool of {}", self.inventory.plan_name(plan));
        let table = self.tables()?.pools_table()?.to_owned();
        let mut retries = RetryState::new();
        loop {
            let PoolTableItems { pools, counters, .. } = self.aws.pool(&table, plan).await?;
            let mut pool = pools.into_iter().next().ok_or_else(|| Failure::Gone(name()))?;
            let revision = pool.revision;
            let writes = edit(&mut pool, &counters)?;
            pool.revision = revision + 1;
            let put = self.aws.put_pool(self.tables()?, &pool, &writes, Some(revision), fence).await;
            let is_conflict = matches!(put, Err(Failure::Changed(_)));
            if !(is_conflict && self.wait_to_retry(&mut retries, (revision, counters)).await?) {
                self.forget_pool(plan);
                return put;
            }
        }
    }
}

fn new_pool_key(id: &ApiKeyId, tenants: u32, capacity: u32) -> PoolKey {
    PoolKey {
        api_key: id.clone(),
        tenants: tenants.into(),
        capacity: capacity.into(),
        state: PoolKeyState::Active,
        revision: 0,
    }
}

fn build_state_write(key: &PoolKey, state: PoolKeyState) -> CounterWrite {
    CounterWrite {
        api_key: key.api_key.clone(),
        before: Some(key.clone()),
        after: Some(PoolKey { state, ..key.clone() }),
    }
}

fn pool_key_gone_failure(id: &ApiKeyId) -> Failure {
    Failure::Gone(format!("pool key {id}"))
}
