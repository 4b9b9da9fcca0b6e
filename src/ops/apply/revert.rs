//! Tenant keys whose new API key is gone go back to the one that they had, which still works.

use keypool_domain::{ApiKeyId, PlanId, TenantKey, TenantKeyId};

use super::retry::RetryState;
use super::unit::UnitExecutor;
use crate::aws::{CounterDecrement, Failure, TargetPoolKey, TransferOutcome};

/// What became of tenant keys that were pointed at an API key.
pub(super) enum RevertOutcome {
    /// Their new API key is there.
    NotNeeded,
    /// They have their old one again, because of this.
    Reverted(Failure),
}

impl UnitExecutor<'_> {
    /// A rotated tenant key, which has the id of its new API key since.
    pub(super) async fn check_or_revert_rotation(
        &self,
        row: &TenantKeyId,
        new: &ApiKeyId,
    ) -> Result<RevertOutcome, Failure> {
        let Err(lost) = self.check_own_key(new, row).await else { return Ok(RevertOutcome::NotNeeded) };
        let old = ApiKeyId::new(row.as_str());
        let back = async {
            let value = self.aws.api_key_value(&old).await?;
            self.aws
                .replace_tenant_key(&self.tables, &TenantKeyId::new(new.as_str()), &old, &value, None)
                .await
        };
        revert_outcome(back.await, lost)
    }

    /// An isolated tenant key, which has the id of its new API key since, refers to its pool key again.
    pub(super) async fn check_or_revert_isolation(
        &mut self,
        row: &TenantKeyId,
        new: &ApiKeyId,
        from: &ApiKeyId,
    ) -> Result<RevertOutcome, Failure> {
        let Err(lost) = self.check_own_key(new, row).await else { return Ok(RevertOutcome::NotNeeded) };
        let plan = self.inventory.tenant_key(row).map(|row| row.plan.clone());
        let rows = [TenantKeyId::new(new.as_str())];
        revert_outcome(self.restore_references(&rows, plan.as_ref(), None, from).await, lost)
    }

    /// Tenant keys that refer to another pool key, or to one in place of an API key of their own.
    pub(super) async fn check_or_revert_references(
        &mut self,
        rows: &[TenantKeyId],
        gone: &ApiKeyId,
        from: Option<&ApiKeyId>,
    ) -> Result<RevertOutcome, Failure> {
        let Err(lost) = self.check_shared_key(gone, rows).await else { return Ok(RevertOutcome::NotNeeded) };
        let back = match (rows, from) {
            // All of them were in the plan of that pool key.
            (_, Some(from)) => {
                let plan = self.inventory.pool_of_api_key(from).map(|pool| pool.plan.clone());
                self.restore_references(rows, plan.as_ref(), Some(gone), from).await
            }
            ([row], None) => self.restore_own_key(row, gone).await,
            (_, None) => Err(super::unit::steps_out_of_order()),
        };
        revert_outcome(back, lost)
    }

    async fn restore_references(
        &mut self,
        rows: &[TenantKeyId],
        plan: Option<&PlanId>,
        gone: Option<&ApiKeyId>,
        to: &ApiKeyId,
    ) -> Result<(), Failure> {
        let value = self.read_shared_value(to).await?;
        let to = TargetPoolKey { api_key: to, value: value.as_ref(), limit: None };
        let mut leave = gone.map_or(CounterDecrement::NoCounter, |_| CounterDecrement::By(rows.len()));
        let mut races = RetryState::new();
        loop {
            match self.aws.revert_to_pool_key(&self.tables, rows, plan, gone, to, &leave).await? {
                TransferOutcome::Done => return Ok(()),
                TransferOutcome::Busy if self.wait_to_retry(&mut races, None).await? => {}
                TransferOutcome::SourceRefused => match gone {
                    Some(gone) => leave = self.reread_counter_to_leave(&mut races, gone, rows.len()).await?,
                    None => return Err(tenant_keys_changed(rows)),
                },
                TransferOutcome::Busy | TransferOutcome::ItemsRefused(_) | TransferOutcome::TargetRefused => {
                    return Err(tenant_keys_changed(rows));
                }
            }
        }
    }

    async fn restore_own_key(&self, row: &TenantKeyId, gone: &ApiKeyId) -> Result<(), Failure> {
        let known: &TenantKey =
            self.inventory.tenant_key(row).ok_or_else(|| Failure::Gone(format!("row {row}")))?;
        let value = self.aws.api_key_value(&known.require_api_key()?).await?;
        let mut leave = CounterDecrement::By(1);
        let mut races = RetryState::new();
        loop {
            match self.aws.revert_to_own_key(&self.tables, row, &known.plan, &value, (gone, &leave)).await? {
                TransferOutcome::Done => return Ok(()),
                TransferOutcome::Busy if self.wait_to_retry(&mut races, None).await? => {}
                TransferOutcome::SourceRefused => {
                    leave = self.reread_counter_to_leave(&mut races, gone, 1).await?
                }
                TransferOutcome::Busy | TransferOutcome::ItemsRefused(_) | TransferOutcome::TargetRefused => {
                    return Err(tenant_keys_changed(std::slice::from_ref(row)));
                }
            }
        }
    }
}

fn revert_outcome(back: Result<(), Failure>, lost: Failure) -> Result<RevertOutcome, Failure> {
    match back {
        Ok(()) => Ok(RevertOutcome::Reverted(lost.after_undo())),
        Err(why) => {
            tracing::error!("the old API key cannot be given back: {why}");
            Err(lost)
        }
    }
}

fn tenant_keys_changed(rows: &[TenantKeyId]) -> Failure {
    let names: Vec<_> = rows.iter().take(3).map(ToString::to_string).collect();
    Failure::Changed(format!("row {}", names.join(", ")))
}
