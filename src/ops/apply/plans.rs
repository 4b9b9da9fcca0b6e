//! Usage plans together with their price-list entries: create, edit, delete, and undo.

use keypool_domain::key::tag;
use keypool_domain::{InfrastructureStep, PlanEdit, PlanId, PriceListEntry};

use super::unit::{UnitExecutor, may_have_happened, steps_out_of_order_failure};
use crate::aws::Failure;

/// What the steps on a usage plan changed.
#[derive(Default)]
pub(super) struct PlanUndoLog {
    /// The created plan, and whether it has a price-list entry.
    created: Option<(PlanId, bool)>,
    /// The edited plan and the reverse edit.
    edited: Option<(PlanId, PlanEdit)>,
    /// The price-list entry before it was overwritten.
    previous_entry: Option<PriceListEntry>,
    is_deleted: bool,
}

impl UnitExecutor<'_> {
    pub(super) async fn execute_plan_step(
        &self,
        step: &InfrastructureStep,
        log: &mut PlanUndoLog,
    ) -> Result<(), Failure> {
        match step {
            InfrastructureStep::CreatePlan(new) => {
                log.created = Some((self.aws.create_usage_plan(new).await?, false));
            }
            InfrastructureStep::UpdatePlan { plan: None, edit } => {
                let (new, _) = log.created.as_ref().ok_or_else(steps_out_of_order_failure)?;
                self.aws.update_usage_plan(new, edit).await?;
            }
            InfrastructureStep::UpdatePlan { plan: Some(plan), edit } => {
                let before = self.inventory.plan(plan);
                let updated = self.aws.update_usage_plan(plan, edit).await;
                log.edited = before
                    .filter(|_| may_have_happened(&updated))
                    .map(|before| (plan.clone(), edit.inverse(before)));
                updated?;
            }
            InfrastructureStep::DeletePlan(plan) => {
                let deleted = self.aws.delete_usage_plan(plan).await;
                log.is_deleted = deleted.is_ok();
                deleted?;
            }
            InfrastructureStep::UntagPlan(plan) => self.aws.untag_plan(plan, tag::REQUEST).await?,
            InfrastructureStep::SetPriceListEntry { plan, entry } => {
                self.write_price_list_entry(plan.as_ref(), entry, log).await?
            }
            // `InfrastructureExecutor` executes these.
            InfrastructureStep::RequireKey { .. }
            | InfrastructureStep::Deploy(_)
            | InfrastructureStep::SetLogRole(_)
            | InfrastructureStep::SetStageLogging { .. }
            | InfrastructureStep::SetUpTable(_) => return Err(steps_out_of_order_failure()),
        }
        Ok(())
    }

    async fn write_price_list_entry(
        &self,
        plan: Option<&PlanId>,
        entry: &PriceListEntry,
        log: &mut PlanUndoLog,
    ) -> Result<(), Failure> {
        let id = match (plan, &log.created) {
            (Some(plan), _) => plan,
            (None, Some((plan, _))) => plan,
            (None, None) => return Err(steps_out_of_order_failure()),
        };
        let written = self.aws.write_price_list_entry(self.tables()?, id, entry).await;
        let happened = may_have_happened(&written);
        log.previous_entry =
            plan.and_then(|plan| self.inventory.plan(plan)?.price_list_entry.clone()).filter(|_| happened);
        if let Some((_, in_table)) = &mut log.created {
            *in_table = happened;
        }
        written
    }

    /// Undoes the steps and returns their failure, or an error with what could not be undone. A deletion is
    /// final.
    pub(super) async fn undo_plan(&self, log: &PlanUndoLog, failure: Failure) -> Result<Failure, Failure> {
        if log.is_deleted {
            let subject = "its price-list entry".to_owned();
            return Err(Failure::Partial { done: 1, total: 2, subject, failure: Box::new(failure) });
        }
        let (remnant, undone) = match (&log.created, &log.edited) {
            (Some((plan, in_table)), _) => {
                (format!("usage plan {plan}"), self.delete_created_plan(plan, *in_table).await)
            }
            (None, Some((plan, reverse))) => (
                format!("the edit of usage plan {plan}"),
                self.restore_plan(plan, reverse, log.previous_entry.as_ref()).await,
            ),
            (None, None) => return Ok(failure),
        };
        match undone {
            Ok(()) => Ok(failure),
            Err(undo) => {
                Err(Failure::UndoFailed { remnant, failure: Box::new(failure), undo: Box::new(undo) })
            }
        }
    }

    /// Deletes a created plan. Its stages go first: API Gateway deletes no plan that has stages.
    async fn delete_created_plan(&self, plan: &PlanId, in_table: bool) -> Result<(), Failure> {
        let stages = self.aws.usage_plan(plan).await?.map(|plan| plan.stages).unwrap_or_default();
        if !stages.is_empty() {
            let unlink = PlanEdit { unlink: stages, ..PlanEdit::default() };
            self.aws.update_usage_plan(plan, &unlink).await?;
        }
        self.aws.delete_usage_plan(plan).await?;
        if in_table { self.aws.delete_price_list_entry(self.tables()?, plan).await } else { Ok(()) }
    }

    /// Restores an edited plan. The edit may not have happened, so only values that differ now are restored.
    async fn restore_plan(
        &self,
        plan: &PlanId,
        reverse: &PlanEdit,
        entry: Option<&PriceListEntry>,
    ) -> Result<(), Failure> {
        if let Some(current) = self.aws.usage_plan(plan).await? {
            let reverse = reverse.difference(&current);
            if reverse.changes_api_gateway() {
                self.aws.update_usage_plan(plan, &reverse).await?;
            }
        }
        match entry {
            Some(entry) => self.aws.write_price_list_entry(self.tables()?, plan, entry).await,
            None => Ok(()),
        }
    }
}
