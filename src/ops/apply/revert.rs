//! Points tenant keys back at their old API key, which still works, if the new one is gone.

use keypool_domain::{ApiKeyId, PlanId, TenantKey, TenantKeyId};

use super::retry::RetryState;
use super::unit::UnitExecutor;
use crate::aws::{CounterDecrement, Failure, NewSiloedKey, TargetPoolKey, TransferOutcome};

pub(super) enum RevertOutcome {
    /// The new API key exists.
    NotNeeded,
    /// Reverted because of this failure.
    Reverted(Failure),
}

impl UnitExecutor<'_> {
    /// Checks a rotated tenant key, which now has the id of its new API key.
    pub(super) async fn check_or_revert_rotation(
        &self,
        tenant_key: &TenantKeyId,
        new: &ApiKeyId,
    ) -> Result<RevertOutcome, Failure> {
        let Err(failure) = self.check_own_key(new, tenant_key).await else {
            return Ok(RevertOutcome::NotNeeded);
        };
        let old = ApiKeyId::new(tenant_key.as_str());
        let reverted = async {
            let value = self.aws.api_key_value(&old).await?;
            // The note about the rotation stays: what it says of the old API key is true.
            let old = NewSiloedKey { api_key: &old, value: &value, fence: None, note: None };
            self.aws.replace_tenant_key(self.tables()?, &TenantKeyId::new(new.as_str()), old).await
        };
        revert_outcome(reverted.await, failure)
    }

    /// Checks an isolated tenant key, which now has the id of its new API key. Reverting makes it refer to
    /// its pool key again.
    pub(super) async fn check_or_revert_isolation(
        &mut self,
        tenant_key: &TenantKeyId,
        new: &ApiKeyId,
        from: &ApiKeyId,
    ) -> Result<RevertOutcome, Failure> {
        let Err(failure) = self.check_own_key(new, tenant_key).await else {
            return Ok(RevertOutcome::NotNeeded);
        };
        let plan = self.inventory.tenant_key(tenant_key).map(|tenant_key| tenant_key.plan.clone());
        let tenant_keys = [TenantKeyId::new(new.as_str())];
        revert_outcome(self.restore_references(&tenant_keys, plan.as_ref(), None, from).await, failure)
    }

    /// Checks tenant keys that were moved to the pool key `new`. `from` is their old pool key, or `None` for a
    /// tenant key that had its own API key.
    pub(super) async fn check_or_revert_references(
        &mut self,
        tenant_keys: &[TenantKeyId],
        new: &ApiKeyId,
        from: Option<&ApiKeyId>,
    ) -> Result<RevertOutcome, Failure> {
        let Err(failure) = self.check_shared_key(new, tenant_keys).await else {
            return Ok(RevertOutcome::NotNeeded);
        };
        let reverted = match (tenant_keys, from) {
            // All of the tenant keys were in the plan of their old pool key.
            (_, Some(from)) => {
                let plan = self.inventory.pool_of_api_key(from).map(|pool| pool.plan.clone());
                self.restore_references(tenant_keys, plan.as_ref(), Some(new), from).await
            }
            ([tenant_key], None) => self.restore_own_key(tenant_key, new).await,
            (_, None) => Err(super::unit::steps_out_of_order_failure()),
        };
        revert_outcome(reverted, failure)
    }

    /// Makes tenant keys refer to the pool key `to` again. `lost_key` is the pool key they leave, if any.
    async fn restore_references(
        &mut self,
        tenant_keys: &[TenantKeyId],
        plan: Option<&PlanId>,
        lost_key: Option<&ApiKeyId>,
        to: &ApiKeyId,
    ) -> Result<(), Failure> {
        let value = self.read_shared_value(to).await?;
        let to = TargetPoolKey { api_key: to, value: value.as_ref(), limit: None };
        let mut decrement =
            lost_key.map_or(CounterDecrement::NoCounter, |_| CounterDecrement::By(tenant_keys.len()));
        let mut retries = RetryState::new();
        loop {
            match self
                .aws
                .revert_to_pool_key(self.tables()?, tenant_keys, plan, lost_key, to, &decrement)
                .await?
            {
                TransferOutcome::Done => return Ok(()),
                TransferOutcome::Busy if self.wait_to_retry(&mut retries, None).await? => {}
                TransferOutcome::SourceRefused => match lost_key {
                    Some(lost_key) => {
                        decrement =
                            self.reread_counter_decrement(&mut retries, lost_key, tenant_keys.len()).await?
                    }
                    None => return Err(tenant_keys_changed_failure(tenant_keys)),
                },
                TransferOutcome::Busy | TransferOutcome::ItemsRefused(_) | TransferOutcome::TargetRefused => {
                    return Err(tenant_keys_changed_failure(tenant_keys));
                }
            }
        }
    }

    /// Points a tenant key at its own API key again. `lost_key` is the pool key it leaves.
    async fn restore_own_key(&self, tenant_key: &TenantKeyId, lost_key: &ApiKeyId) -> Result<(), Failure> {
        let current: &TenantKey = self
            .inventory
            .tenant_key(tenant_key)
            .ok_or_else(|| Failure::Gone(format!("tenant key {tenant_key}")))?;
        let value = self.aws.api_key_value(&current.require_api_key()?).await?;
        let mut decrement = CounterDecrement::By(1);
        let mut retries = RetryState::new();
        loop {
            match self
                .aws
                .revert_to_own_key(self.tables()?, tenant_key, &current.plan, &value, (lost_key, &decrement))
                .await?
            {
                TransferOutcome::Done => return Ok(()),
                TransferOutcome::Busy if self.wait_to_retry(&mut retries, None).await? => {}
                TransferOutcome::SourceRefused => {
                    decrement = self.reread_counter_decrement(&mut retries, lost_key, 1).await?
                }
                TransferOutcome::Busy | TransferOutcome::ItemsRefused(_) | TransferOutcome::TargetRefused => {
                    return Err(tenant_keys_changed_failure(std::slice::from_ref(tenant_key)));
                }
            }
        }
    }
}

fn revert_outcome(reverted: Result<(), Failure>, failure: Failure) -> Result<RevertOutcome, Failure> {
    match reverted {
        Ok(()) => Ok(RevertOutcome::Reverted(failure.after_undo())),
        Err(why) => {
            tracing::error!("cannot restore the old API key: {why}");
            Err(failure)
        }
    }
}

fn tenant_keys_changed_failure(tenant_keys: &[TenantKeyId]) -> Failure {
    let names: Vec<_> = tenant_keys.iter().take(3).map(ToString::to_string).collect();
    Failure::Changed(format!("tenant key {}", names.join(", ")))
}
