//! Counters of pool keys that follow the tenant keys: counted now, and written only where none has come or gone since.

use keypool_domain::key::POOL_KEY_OWNER;
use keypool_domain::{ApiKeyId, PlanId, PoolKey, PoolKeyState, Presence};

use super::retry::RetryState;
use super::unit::UnitExecutor;
use crate::aws::{CounterDecrement, CounterWrite, Failure, KeyReference, PoolItem, PoolTableItems};

/// How often a counter is tried that others keep writing to: each time the whole Keys table is read.
const MAX_RECOUNTS: u32 = 20;

impl UnitExecutor<'_> {
    /// The counter of a pool key says how many tenant keys refer to it.
    pub(super) async fn set_counter(&mut self, plan: &PlanId, id: &ApiKeyId) -> Result<(), Failure> {
        self.recount_and_write(plan, id, |counter, tenants, pool| {
            let fresh = PoolKey {
                api_key: id.clone(),
                tenants: tenants.into(),
                capacity: pool.capacity.clone(),
                state: PoolKeyState::Active,
                revision: 0,
            };
            let then =
                counter.map_or(fresh, |counter| PoolKey { tenants: tenants.into(), ..counter.clone() });
            Ok((counter != Some(&then)).then_some(Some(then)))
        })
        .await
    }

    /// A pool key leaves its pool once no tenant key refers to it, whatever its counter says.
    pub(super) async fn remove_pool_key(&mut self, plan: &PlanId, id: &ApiKeyId) -> Result<(), Failure> {
        self.recount_and_write(plan, id, |_, tenants, pool| {
            if tenants > 0 {
                return Err(Failure::Occupied { api_key: id.clone(), tenants });
            }
            pool.api_keys.retain(|key| key != id);
            Ok(Some(None))
        })
        .await
    }

    /// The counter of an API key that is still in no pool goes, where it is as it was read.
    pub(super) async fn delete_counter(&self, seen: &PoolKey) -> Result<(), Failure> {
        let id = &seen.api_key;
        let read = self.aws.pools(self.tables.pools_table()?).await?;
        if read.pools.iter().any(|pool| pool.api_keys.contains(id)) {
            return Err(Failure::Changed(format!("API key {id}, which has joined a pool,")));
        }
        if !read.counters.contains_key(id) {
            return Ok(());
        }
        self.aws.delete_counter(&self.tables, seen).await
    }

    /// Writes what the edit makes of a counter and the tenant keys that were counted after it was read; where either
    /// changes meanwhile, what the edit makes of them then.
    async fn recount_and_write(
        &mut self,
        plan: &PlanId,
        id: &ApiKeyId,
        edit: impl Fn(Option<&PoolKey>, u32, &mut PoolItem) -> Result<Option<Option<PoolKey>>, Failure>,
    ) -> Result<(), Failure> {
        let table = self.tables.pools_table()?.to_owned();
        let mut races = RetryState::new();
        for _ in 0..MAX_RECOUNTS {
            let PoolTableItems { pools, mut counters, .. } = self.aws.pool(&table, plan).await?;
            let gone = || Failure::Gone(format!("the pool of {}", self.inventory.plan_name(plan)));
            let mut pool = pools.into_iter().next().ok_or_else(gone)?;
            let seen = match counters.remove(id) {
                Some(seen) => Some(seen),
                None => self.aws.counters(&table, std::slice::from_ref(id)).await?.remove(id),
            };
            let tenants = self.count_referring_tenant_keys(id).await?;
            let read = pool.revision;
            let Some(then) = edit(seen.as_ref(), tenants, &mut pool)? else { return Ok(()) };
            pool.revision = read + 1;
            let nothing = seen.is_none() && then.is_none();
            let write = CounterWrite { api_key: id.clone(), before: seen.clone(), after: then };
            let writes: Vec<_> = (!nothing).then_some(write).into_iter().collect();
            self.forget_pool(plan);
            match self.aws.put_pool(&self.tables, &pool, &writes, Some(read), None).await {
                Err(Failure::Changed(_)) if self.wait_to_retry(&mut races, (read, seen)).await? => {}
                written => return written,
            }
        }
        Err(Failure::Changed(format!("the counter of pool key {id}")))
    }

    /// How many tenant keys refer to a pool key now.
    pub(super) async fn count_referring_tenant_keys(&self, id: &ApiKeyId) -> Result<u32, Failure> {
        let value = match self.aws.api_key_value(id).await {
            Ok(value) => Some(value),
            // What only repeats the value of a key that is gone cannot be told from anything else.
            Err(Failure::Gone(_)) => None,
            Err(failure) => return Err(failure),
        };
        let all = self.aws.find_references(&self.tables, id, value.as_ref()).await?;
        let count = all.iter().filter(|one| self.is_tenant_key(one)).count();
        Ok(u32::try_from(count).unwrap_or(u32::MAX))
    }

    /// The item of an API key of its own repeats that key's value and refers to nothing.
    fn is_tenant_key(&self, one: &KeyReference) -> bool {
        let own = ApiKeyId::new(one.id.as_str());
        let refers = one.has_pool_key_id || !matches!(self.inventory.api_key(&own), Presence::Present(_));
        refers && one.owner != POOL_KEY_OWNER
    }

    /// What becomes of the counter of the pool key that so many leave, after it counted fewer than that: it goes to
    /// what is left by itself.
    pub(super) async fn read_counter_to_leave(
        &self,
        from: &ApiKeyId,
        count: usize,
    ) -> Result<CounterDecrement, Failure> {
        let Some(table) = self.tables.pools.as_deref() else { return Ok(CounterDecrement::NoCounter) };
        let mut counters = self.aws.counters(table, std::slice::from_ref(from)).await?;
        Ok(CounterDecrement::for_counter(counters.remove(from), count))
    }
}
