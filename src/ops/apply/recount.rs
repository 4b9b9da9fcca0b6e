//! Recounts the tenants of pool keys. A counter is written only if no tenant key joined or left the pool key
//! since the count.

use keypool_domain::key::POOL_KEY_OWNER;
use keypool_domain::{ApiKeyId, PlanId, PoolKey, PoolKeyState, Presence};

use super::retry::RetryState;
use super::unit::UnitExecutor;
use crate::aws::{CounterDecrement, CounterWrite, Failure, KeyReference, PoolItem, PoolTableItems};

/// Maximum number of attempts; each scans the Keys table.
const MAX_RECOUNTS: u32 = 20;

impl UnitExecutor<'_> {
    /// Sets the counter of a pool key to the number of tenant keys that refer to it.
    pub(super) async fn set_counter(&mut self, plan: &PlanId, id: &ApiKeyId) -> Result<(), Failure> {
        self.recount_and_write(plan, id, |counter, tenants, pool| {
            let fresh = PoolKey {
                api_key: id.clone(),
                tenants: tenants.into(),
                capacity: pool.capacity.clone(),
                state: PoolKeyState::Active,
                revision: 0,
            };
            let after =
                counter.map_or(fresh, |counter| PoolKey { tenants: tenants.into(), ..counter.clone() });
            Ok((counter != Some(&after)).then_some(Some(after)))
        })
        .await
    }

    /// Removes a pool key from its pool once no tenant key refers to it, whatever its counter says.
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

    /// Deletes the counter of an API key that is in no pool, if it is unchanged since it was read.
    pub(super) async fn delete_counter(&self, seen: &PoolKey) -> Result<(), Failure> {
        let id = &seen.api_key;
        let current = self.aws.pools(self.tables()?.pools_table()?).await?;
        if current.pools.iter().any(|pool| pool.api_keys.contains(id)) {
            return Err(Failure::Changed(format!("API key {id}, which has joined a pool,")));
        }
        if !current.counters.contains_key(id) {
            return Ok(());
        }
        self.aws.delete_counter(self.tables()?, seen).await
    }

    /// Reads a counter, counts its tenant keys and writes the edit; starts again if either changes
    /// meanwhile. `edit` returns `None` to write nothing, and `Some(None)` to delete the counter.
    async fn recount_and_write(
        &mut self,
        plan: &PlanId,
        id: &ApiKeyId,
        edit: impl Fn(Option<&PoolKey>, u32, &mut PoolItem) -> Result<Option<Option<PoolKey>>, Failure>,
    ) -> Result<(), Failure> {
        let table = self.tables()?.pools_table()?.to_owned();
        let mut retries = RetryState::new();
        for _ in 0..MAX_RECOUNTS {
            let PoolTableItems { pools, mut counters, .. } = self.aws.pool(&table, plan).await?;
            let gone = || Failure::Gone(format!("the pool of {}", self.inventory.plan_name(plan)));
            let mut pool = pools.into_iter().next().ok_or_else(gone)?;
            let counter = match counters.remove(id) {
                Some(counter) => Some(counter),
                None => self.aws.counters(&table, std::slice::from_ref(id)).await?.remove(id),
            };
            let tenants = self.count_referring_tenant_keys(id).await?;
            let revision = pool.revision;
            let Some(after) = edit(counter.as_ref(), tenants, &mut pool)? else { return Ok(()) };
            pool.revision = revision + 1;
            let has_no_counter = counter.is_none() && after.is_none();
            let write = CounterWrite { api_key: id.clone(), before: counter.clone(), after };
            let writes: Vec<_> = (!has_no_counter).then_some(write).into_iter().collect();
            self.forget_pool(plan);
            match self.aws.put_pool(self.tables()?, &pool, &writes, Some(revision), None).await {
                Err(Failure::Changed(_)) if self.wait_to_retry(&mut retries, (revision, counter)).await? => {}
                written => return written,
            }
        }
        Err(Failure::Changed(format!("the counter of pool key {id}")))
    }

    pub(super) async fn count_referring_tenant_keys(&self, id: &ApiKeyId) -> Result<u32, Failure> {
        let value = match self.aws.api_key_value(id).await {
            Ok(value) => Some(value),
            // Without the value of a deleted key, items that hold only the value cannot be recognised.
            Err(Failure::Gone(_)) => None,
            Err(failure) => return Err(failure),
        };
        let references = self.aws.find_references(self.tables()?, id, value.as_ref()).await?;
        let count = references.iter().filter(|reference| self.is_tenant_key(reference)).count();
        Ok(u32::try_from(count).unwrap_or(u32::MAX))
    }

    /// Whether the item is a tenant key that refers to the pool key. The item of a siloed key contains its
    /// own key's value and refers to nothing.
    fn is_tenant_key(&self, reference: &KeyReference) -> bool {
        let own_key = ApiKeyId::new(reference.id.as_str());
        let refers =
            reference.has_pool_key_id || !matches!(self.inventory.api_key(&own_key), Presence::Present(_));
        refers && reference.owner != POOL_KEY_OWNER
    }

    /// Reads the counter of the pool key `from`, which `count` tenant keys leave, and returns how to
    /// decrement it. The counter may be lower than `count`.
    pub(super) async fn read_counter_decrement(
        &self,
        from: &ApiKeyId,
        count: usize,
    ) -> Result<CounterDecrement, Failure> {
        let Some(table) = self.pools_table() else { return Ok(CounterDecrement::NoCounter) };
        let mut counters = self.aws.counters(table, std::slice::from_ref(from)).await?;
        Ok(CounterDecrement::for_counter(counters.remove(from), count))
    }
}
