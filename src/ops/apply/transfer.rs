//! Moves tenant keys to another API key, retried on conflicts.

use keypool_domain::{ApiKeyId, FormerKey, PlanId, Refusal, TenantKeyId};

use super::retry::RetryState;
use super::unit::UnitExecutor;
use crate::aws::{CapacityLimit, CounterDecrement, Failure, NewSiloedKey, TargetPoolKey, TransferOutcome};

impl UnitExecutor<'_> {
    /// Gives a pooled tenant key its own API key, and decrements the counter of the pool key it leaves.
    pub(super) async fn isolate_tenant_key(
        &self,
        tenant_key: &TenantKeyId,
        from: &ApiKeyId,
        plan: &PlanId,
        own_key: NewSiloedKey<'_>,
    ) -> Result<(), Failure> {
        let mut retries = RetryState::new();
        let mut decrement = CounterDecrement::By(1);
        loop {
            match self
                .aws
                .isolate_tenant_key(self.tables()?, tenant_key, from, plan, own_key, &decrement)
                .await?
            {
                TransferOutcome::Done => return Ok(()),
                TransferOutcome::SourceRefused => {
                    decrement = self.reread_counter_decrement(&mut retries, from, 1).await?
                }
                TransferOutcome::Busy if self.wait_to_retry(&mut retries, None).await? => {}
                TransferOutcome::ItemsRefused(_) | TransferOutcome::TargetRefused | TransferOutcome::Busy => {
                    return Err(Failure::Changed(format!("tenant key {tenant_key}")));
                }
            }
        }
    }

    /// Makes the tenant key refer to a key of the plan's pool, decrements the counter of the pool key it
    /// leaves, and returns the new pool key.
    pub(super) async fn refer_to_pool(
        &mut self,
        tenant_key: &TenantKeyId,
        plan: &PlanId,
        from: Option<&ApiKeyId>,
        note: Option<&FormerKey>,
    ) -> Result<ApiKeyId, Failure> {
        let current = self
            .inventory
            .tenant_key(tenant_key)
            .ok_or_else(|| Failure::Gone(format!("tenant key {tenant_key}")))?;
        let (mut retries, mut counter_retries) = (RetryState::new(), RetryState::new());
        let is_counted = from.is_some_and(|from| self.inventory.pool_of_api_key(from).is_some());
        let mut decrement = if is_counted { CounterDecrement::By(1) } else { CounterDecrement::NoCounter };
        loop {
            let chosen = self.choose_pool_key(plan, &current.tenant).await?;
            let value = self.read_shared_value(&chosen.api_key).await?;
            let to = chosen.as_target(value.as_ref());
            let referred = self
                .aws
                .point_at_pool_key(self.tables()?, tenant_key, plan, from, to, (&decrement, note))
                .await?;
            match referred {
                TransferOutcome::Done => {
                    self.count_assignment(plan, &chosen.api_key);
                    return Ok(chosen.api_key);
                }
                TransferOutcome::ItemsRefused(_) => return Err(self.explain_refusal(tenant_key).await?),
                TransferOutcome::SourceRefused => {
                    let from = from.ok_or_else(|| Failure::Gone(format!("tenant key {tenant_key}")))?;
                    decrement = self.reread_counter_decrement(&mut counter_retries, from, 1).await?;
                    continue;
                }
                TransferOutcome::TargetRefused | TransferOutcome::Busy => {}
            }
            let cached = self.forget_pool(plan);
            if !self.wait_to_retry(&mut retries, cached).await? {
                return Err(self.pool_changed_failure(plan));
            }
        }
    }

    /// Moves tenant keys from one pool key to another. Skips those deleted or moved elsewhere meanwhile.
    pub(super) async fn repoint_tenant_keys(
        &mut self,
        tenant_keys: &[TenantKeyId],
        from: &ApiKeyId,
        to: TargetPoolKey<'_>,
    ) -> Result<(), Failure> {
        let value = match to.value {
            Some(_) => None,
            None => self.read_shared_value(to.api_key).await?,
        };
        let to = TargetPoolKey { value: to.value.or(value.as_ref()), ..to };
        let mut remaining = tenant_keys.to_vec();
        let counted_tenants = |remaining: &[TenantKeyId]| {
            remaining.iter().filter(|tenant_key| self.is_counted(tenant_key)).count()
        };
        let mut decrement = CounterDecrement::By(counted_tenants(&remaining));
        let mut retries = RetryState::new();
        while !remaining.is_empty() {
            match self.aws.repoint_tenant_keys(self.tables()?, &remaining, from, to, &decrement).await? {
                TransferOutcome::Done => return Ok(()),
                TransferOutcome::ItemsRefused(refused) => {
                    let mut at = 0;
                    remaining.retain(|_| {
                        at += 1;
                        !refused.contains(&(at - 1))
                    });
                    decrement = CounterDecrement::By(counted_tenants(&remaining));
                }
                TransferOutcome::TargetRefused => {
                    return Err(self.no_room_failure(to.api_key, remaining.len()));
                }
                TransferOutcome::SourceRefused => {
                    decrement = self
                        .reread_counter_decrement(&mut retries, from, counted_tenants(&remaining))
                        .await?;
                }
                TransferOutcome::Busy if self.wait_to_retry(&mut retries, None).await? => {}
                TransferOutcome::Busy => return Err(Failure::Changed(format!("pool key {from}"))),
            }
        }
        Ok(())
    }

    /// Reads the counter of the pool key `from` again after a conflict; see [`Self::read_counter_decrement`].
    pub(super) async fn reread_counter_decrement(
        &self,
        retries: &mut RetryState<Option<CounterDecrement>>,
        from: &ApiKeyId,
        count: usize,
    ) -> Result<CounterDecrement, Failure> {
        let decrement = self.read_counter_decrement(from, count).await?;
        if self.wait_to_retry(retries, Some(decrement.clone())).await? {
            Ok(decrement)
        } else {
            Err(Failure::Changed(format!("the counter of pool key {from}")))
        }
    }

    /// Whether the pool key's counter includes this tenant key; it does not include the pool key's own
    /// item.
    fn is_counted(&self, tenant_key: &TenantKeyId) -> bool {
        self.inventory.tenant_key(tenant_key).is_some_and(|tenant_key| tenant_key.known_pool_key().is_some())
    }

    /// Returns how many tenants a pool key may take. Tenant keys written by other programs count too.
    pub(super) fn pool_key_limit(&self, id: &ApiKeyId) -> Result<CapacityLimit, Failure> {
        let Some(key) = self.inventory.pool_of_api_key(id).and_then(|pool| pool.pool_key(id)) else {
            return Ok(CapacityLimit { capacity: 0, max_tenants_after: 0 });
        };
        let capacity = key.require_capacity()?;
        let uncounted = self.inventory.known_reference_count(id).saturating_sub(key.require_tenant_count()?);
        Ok(CapacityLimit { capacity, max_tenants_after: capacity.saturating_sub(uncounted) })
    }

    fn no_room_failure(&self, to: &ApiKeyId, count: usize) -> Failure {
        let plan = self
            .inventory
            .pool_of_api_key(to)
            .map_or("the pool", |pool| self.inventory.plan_name(&pool.plan));
        let count = u32::try_from(count).unwrap_or(u32::MAX);
        Refusal::NotEnoughRoom { plan: plan.to_owned(), room: 0, requested: count }.into()
    }
}
