//! Executes steps on APIs, stages, the account and the tables themselves.
//!
//! Each step is idempotent and complete in itself, so nothing is undone.

use keypool_domain::{Inventory, SetupStep, Step, Unit};

use super::unit::steps_out_of_order_failure;
use crate::aws::{Aws, Failure};
use crate::ops::Run;

pub(super) struct SetupExecutor<'a> {
    pub(super) aws: &'a Aws,
    pub(super) inventory: &'a Inventory,
    pub(super) run: &'a Run,
}

impl SetupExecutor<'_> {
    /// Executes the steps of a unit up to the first that fails.
    pub(super) async fn execute_unit(&self, unit: &Unit) -> Result<(), Failure> {
        for step in &unit.steps {
            if self.run.cancel.is_cancelled() {
                return Err(Failure::Cancelled);
            }
            let result = if let Step::Setup(step) = step {
                self.execute_step(step).await
            } else {
                Err(steps_out_of_order_failure())
            };
            tracing::info!(of = unit.subject, step = step.describe(self.inventory), failed = result.is_err());
            result?;
        }
        Ok(())
    }

    async fn execute_step(&self, step: &SetupStep) -> Result<(), Failure> {
        match step {
            SetupStep::RequireKey { api, resource, method, required } => {
                self.aws.set_key_required(api, resource, method, *required).await
            }
            SetupStep::Deploy(stage) => self.aws.deploy(stage).await,
            SetupStep::SetLogRole(role) => self.aws.set_log_role(role).await,
            SetupStep::SetStageLogging { stage, logging } => self.aws.set_stage_logging(stage, logging).await,
            SetupStep::CreateTable(name) => self.create_table(name).await,
            SetupStep::CreatePlan(_)
            | SetupStep::UpdatePlan { .. }
            | SetupStep::DeletePlan(_)
            | SetupStep::UntagPlan(_)
            | SetupStep::SetPriceListEntry { .. } => Err(steps_out_of_order_failure()),
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
