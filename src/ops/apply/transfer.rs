//! Rows that go to another API key, tried again when a race is lost.

use keypool_domain::{ApiKeyId, PlanId, Refusal, TenantKeyId};

use super::retry::RetryState;
use super::unit::UnitExecutor;
use crate::aws::{CapacityLimit, CounterDecrement, Failure, NewOwnKey, TargetPoolKey, TransferOutcome};

impl UnitExecutor<'_> {
    pub(super) async fn isolate_tenant_key(
        &self,
        row: &TenantKeyId,
        from: &ApiKeyId,
        plan: &PlanId,
        own_key: NewOwnKey<'_>,
    ) -> Result<(), Failure> {
        let mut races = RetryState::new();
        let mut leave = CounterDecrement::By(1);
        loop {
            match self.aws.isolate_tenant_key(&self.tables, row, from, plan, own_key, &leave).await? {
                TransferOutcome::Done => return Ok(()),
                TransferOutcome::SourceRefused => {
                    leave = self.reread_counter_to_leave(&mut races, from, 1).await?
                }
                TransferOutcome::Busy if self.wait_to_retry(&mut races, None).await? => {}
                TransferOutcome::ItemsRefused(_) | TransferOutcome::TargetRefused | TransferOutcome::Busy => {
                    return Err(Failure::Changed(format!("row {row}")));
                }
            }
        }
    }

    /// The row refers to the key that the plan's pool gives it, which is returned; a pool key that it leaves counts one
    /// fewer.
    pub(super) async fn refer_to_pool(
        &mut self,
        row: &TenantKeyId,
        plan: &PlanId,
        from: Option<&ApiKeyId>,
    ) -> Result<ApiKeyId, Failure> {
        let known = self.inventory.tenant_key(row).ok_or_else(|| Failure::Gone(format!("row {row}")))?;
        let (mut races, mut uncounted) = (RetryState::new(), RetryState::new());
        let is_counted = from.is_some_and(|from| self.inventory.pool_of_api_key(from).is_some());
        let mut leave = if is_counted { CounterDecrement::By(1) } else { CounterDecrement::NoCounter };
        loop {
            let chosen = self.choose_pool_key(plan, &known.tenant).await?;
            let value = self.read_shared_value(&chosen.api_key).await?;
            let to = chosen.as_shared(value.as_ref());
            match self.aws.point_at_pool_key(&self.tables, row, plan, from, to, &leave).await? {
                TransferOutcome::Done => {
                    self.count_assignment(plan, &chosen.api_key);
                    return Ok(chosen.api_key);
                }
                TransferOutcome::ItemsRefused(_) => return Err(self.explain_refusal(row).await?),
                TransferOutcome::SourceRefused => {
                    let from = from.ok_or_else(|| Failure::Gone(format!("row {row}")))?;
                    leave = self.reread_counter_to_leave(&mut uncounted, from, 1).await?;
                    continue;
                }
                TransferOutcome::TargetRefused | TransferOutcome::Busy => {}
            }
            let seen = self.forget_pool(plan);
            if !self.wait_to_retry(&mut races, seen).await? {
                return Err(self.pool_changed_failure(plan));
            }
        }
    }

    /// Rows of one pool key refer to another; those that are not there any more, or elsewhere, are left out.
    pub(super) async fn repoint_tenant_keys(
        &mut self,
        rows: &[TenantKeyId],
        from: &ApiKeyId,
        to: TargetPoolKey<'_>,
    ) -> Result<(), Failure> {
        let value = match to.value {
            Some(_) => None,
            None => self.read_shared_value(to.api_key).await?,
        };
        let to = TargetPoolKey { value: to.value.or(value.as_ref()), ..to };
        let mut left = rows.to_vec();
        let counted = |left: &[TenantKeyId]| left.iter().filter(|row| self.is_counted(row)).count();
        let mut leave = CounterDecrement::By(counted(&left));
        let mut races = RetryState::new();
        while !left.is_empty() {
            match self.aws.repoint_tenant_keys(&self.tables, &left, from, to, &leave).await? {
                TransferOutcome::Done => return Ok(()),
                TransferOutcome::ItemsRefused(gone) => {
                    let mut at = 0;
                    left.retain(|_| {
                        at += 1;
                        !gone.contains(&(at - 1))
                    });
                    leave = CounterDecrement::By(counted(&left));
                }
                TransferOutcome::TargetRefused => return Err(self.no_room_failure(to.api_key, left.len())),
                TransferOutcome::SourceRefused => {
                    leave = self.reread_counter_to_leave(&mut races, from, counted(&left)).await?;
                }
                TransferOutcome::Busy if self.wait_to_retry(&mut races, None).await? => {}
                TransferOutcome::Busy => return Err(Failure::Changed(format!("pool key {from}"))),
            }
        }
        Ok(())
    }

    /// What becomes of the counter of the pool key that so many leave, as it stands now.
    pub(super) async fn reread_counter_to_leave(
        &self,
        races: &mut RetryState<Option<CounterDecrement>>,
        from: &ApiKeyId,
        count: usize,
    ) -> Result<CounterDecrement, Failure> {
        let leave = self.read_counter_to_leave(from, count).await?;
        if self.wait_to_retry(races, Some(leave.clone())).await? {
            Ok(leave)
        } else {
            Err(Failure::Changed(format!("the counter of pool key {from}")))
        }
    }

    /// Whether the counter of a pool key counts this row: the row of the pool key's own it does not.
    fn is_counted(&self, row: &TenantKeyId) -> bool {
        self.inventory.tenant_key(row).is_some_and(|row| row.known_pool_key().is_some())
    }

    /// How many tenants a pool key takes: what other programs wrote takes room, too.
    pub(super) fn pool_key_limit(&self, id: &ApiKeyId) -> Result<CapacityLimit, Failure> {
        let Some(key) = self.inventory.pool_of_api_key(id).and_then(|pool| pool.pool_key(id)) else {
            return Ok(CapacityLimit { capacity: 0, max_tenants: 0 });
        };
        let capacity = key.require_capacity()?;
        let uncounted = self.inventory.known_reference_count(id).saturating_sub(key.require_tenants()?);
        Ok(CapacityLimit { capacity, max_tenants: capacity.saturating_sub(uncounted) })
    }

    fn no_room_failure(&self, to: &ApiKeyId, wanted: usize) -> Failure {
        let plan = self
            .inventory
            .pool_of_api_key(to)
            .map_or("the pool", |pool| self.inventory.plan_name(&pool.plan));
        let wanted = u32::try_from(wanted).unwrap_or(u32::MAX);
        Refusal::NotEnoughRoom { plan: plan.to_owned(), room: 0, wanted }.into()
    }
}
