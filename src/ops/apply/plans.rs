//! Usage plans with their rows of the Plans table: made, edited and deleted together, or put back.

use keypool_domain::key::tag;
use keypool_domain::{PlanEdit, PlanId, PriceListEntry, SetupStep};

use super::unit::{UnitExecutor, may_have_happened, steps_out_of_order};
use crate::aws::Failure;

/// What the steps on a usage plan have made.
#[derive(Default)]
pub(super) struct PlanUndoLog {
    /// A plan that there was not, and whether it is in the Plans table.
    created: Option<(PlanId, bool)>,
    /// A plan that was edited, and what takes that back.
    edited: Option<(PlanId, PlanEdit)>,
    /// What the row of that plan said before it was written anew.
    previous_entry: Option<PriceListEntry>,
    /// A plan that is gone for good.
    is_deleted: bool,
}

impl UnitExecutor<'_> {
    pub(super) async fn execute_plan_step(
        &self,
        step: &SetupStep,
        made: &mut PlanUndoLog,
    ) -> Result<(), Failure> {
        match step {
            SetupStep::CreatePlan(new) => {
                made.created = Some((self.aws.create_usage_plan(new).await?, false));
            }
            SetupStep::UpdatePlan { plan: None, edit } => {
                let (new, _) = made.created.as_ref().ok_or_else(steps_out_of_order)?;
                self.aws.update_usage_plan(new, edit).await?;
            }
            SetupStep::UpdatePlan { plan: Some(plan), edit } => {
                let before = self.inventory.plan(plan);
                let updated = self.aws.update_usage_plan(plan, edit).await;
                made.edited = before
                    .filter(|_| may_have_happened(&updated))
                    .map(|before| (plan.clone(), edit.inverse(before)));
                updated?;
            }
            SetupStep::DeletePlan(plan) => {
                let deleted = self.aws.delete_usage_plan(plan).await;
                made.is_deleted = deleted.is_ok();
                deleted?;
            }
            SetupStep::UntagPlan(plan) => self.aws.untag_plan(plan, tag::REQUEST).await?,
            SetupStep::SetPriceListEntry { plan, entry: window } => {
                self.write_price_list_entry(plan.as_ref(), window, made).await?
            }
            // These need no plan, and are carried out elsewhere.
            SetupStep::RequireKey { .. }
            | SetupStep::Deploy(_)
            | SetupStep::SetLogRole(_)
            | SetupStep::SetStageLogging { .. }
            | SetupStep::CreateTable(_) => return Err(steps_out_of_order()),
        }
        Ok(())
    }

    async fn write_price_list_entry(
        &self,
        plan: Option<&PlanId>,
        window: &PriceListEntry,
        made: &mut PlanUndoLog,
    ) -> Result<(), Failure> {
        let id = match (plan, &made.created) {
            (Some(plan), _) => plan,
            (None, Some((plan, _))) => plan,
            (None, None) => return Err(steps_out_of_order()),
        };
        let shown = self.aws.write_price_list_entry(&self.tables, id, window).await;
        let happened = may_have_happened(&shown);
        made.previous_entry =
            plan.and_then(|plan| self.inventory.plan(plan)?.price_list_entry.clone()).filter(|_| happened);
        if let Some((_, in_table)) = &mut made.created {
            *in_table = happened;
        }
        shown
    }

    /// Takes back what was made, or says what is left; a plan that is deleted stays so.
    pub(super) async fn undo_plan(&self, made: &PlanUndoLog, failure: Failure) -> Result<Failure, Failure> {
        if made.is_deleted {
            let subject = "its row in the Plans table".to_owned();
            return Err(Failure::Partial { done: 1, total: 2, subject, failure: Box::new(failure) });
        }
        let (left, undone) = match (&made.created, &made.edited) {
            (Some((plan, in_table)), _) => {
                (format!("usage plan {plan}"), self.delete_created_plan(plan, *in_table).await)
            }
            (None, Some((plan, back))) => (
                format!("the edit of usage plan {plan}"),
                self.restore_plan(plan, back, made.previous_entry.as_ref()).await,
            ),
            (None, None) => return Ok(failure),
        };
        match undone {
            Ok(()) => Ok(failure),
            Err(undo) => Err(Failure::LeftBehind { left, failure: Box::new(failure), undo: Box::new(undo) }),
        }
    }

    /// A plan that was made goes again: its stages first, for with them it cannot be deleted.
    async fn delete_created_plan(&self, plan: &PlanId, in_table: bool) -> Result<(), Failure> {
        let stages = self.aws.usage_plan(plan).await?.map(|plan| plan.stages).unwrap_or_default();
        if !stages.is_empty() {
            let unlink = PlanEdit { unlink: stages, ..PlanEdit::default() };
            self.aws.update_usage_plan(plan, &unlink).await?;
        }
        self.aws.delete_usage_plan(plan).await?;
        if in_table { self.aws.delete_price_list_entry(&self.tables, plan).await } else { Ok(()) }
    }

    /// Where the answer was lost nobody knows what holds, so only what differs now is put back.
    async fn restore_plan(
        &self,
        plan: &PlanId,
        back: &PlanEdit,
        shown: Option<&PriceListEntry>,
    ) -> Result<(), Failure> {
        if let Some(now) = self.aws.usage_plan(plan).await? {
            let back = back.difference(&now);
            if back.changes_api_gateway() {
                self.aws.update_usage_plan(plan, &back).await?;
            }
        }
        match shown {
            Some(window) => self.aws.write_price_list_entry(&self.tables, plan, window).await,
            None => Ok(()),
        }
    }
}
