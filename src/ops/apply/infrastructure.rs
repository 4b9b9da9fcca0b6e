//! Executes steps on APIs, stages, the account and the tables themselves.
//!
//! Each step is idempotent and complete in itself, so nothing is undone.

use keypool_domain::{InfrastructureStep, Inventory, Step, TableStep, Unit};

use super::unit::steps_out_of_order_failure;
use crate::aws::{Aws, Failure};
use crate::ops::Run;
use crate::ops::setup::complete_index_step;

pub(super) struct InfrastructureExecutor<'a> {
    pub(super) aws: &'a Aws,
    pub(super) inventory: &'a Inventory,
    pub(super) run: &'a Run,
}

impl InfrastructureExecutor<'_> {
    /// Executes the steps of a unit up to the first that fails.
    pub(super) async fn execute_unit(&self, unit: &Unit) -> Result<(), Failure> {
        for step in &unit.steps {
            if self.run.cancel.is_cancelled() {
                return Err(Failure::Cancelled);
            }
            let result = if let Step::Infrastructure(step) = step {
                self.execute_step(step).await
            } else {
                Err(steps_out_of_order_failure())
            };
            tracing::info!(of = unit.subject, step = step.describe(self.inventory), failed = result.is_err());
            result?;
        }
        Ok(())
    }

    async fn execute_step(&self, step: &InfrastructureStep) -> Result<(), Failure> {
        match step {
            InfrastructureStep::RequireKey { api, resource, method, required } => {
                self.aws.set_key_required(api, resource, method, *required).await
            }
            InfrastructureStep::Deploy(stage) => self.aws.deploy(stage).await,
            InfrastructureStep::SetLogRole(role) => self.aws.set_log_role(role).await,
            InfrastructureStep::SetStageLogging { stage, logging } => {
                self.aws.set_stage_logging(stage, logging).await
            }
            InfrastructureStep::SetUpTable(step) => match step {
                TableStep::Create { table } => self.create_table(table).await,
                TableStep::AddIndex { .. } | TableStep::RemoveIndex { .. } => {
                    complete_index_step(self.aws, step, self.run).await
                }
            },
            InfrastructureStep::CreatePlan(_)
            | InfrastructureStep::UpdatePlan { .. }
            | InfrastructureStep::DeletePlan(_)
            | InfrastructureStep::UntagPlan(_)
            | InfrastructureStep::SetPriceListEntry { .. } => Err(steps_out_of_order_failure()),
        }
    }

    async fn create_table(&self, name: &str) -> Result<(), Failure> {
        let tables = self.aws.table_specs().await?;
        if let Some(table) = tables.iter().find(|table| table.name == name && !table.exists) {
            self.aws.create_table(table).await?;
        }
        Ok(())
    }
}
