//! The steps on APIs, stages, the account and the tables themselves.
//!
//! Each is complete in itself and may be done twice, so nothing is undone.

use keypool_domain::{Inventory, SetupStep, Step, Unit};

use super::unit::out_of_order;
use crate::aws::{Aws, Failure};
use crate::ops::Run;

/// Carries out units that need no tables.
pub(super) struct ApiWorker<'a> {
    pub(super) aws: &'a Aws,
    pub(super) inventory: &'a Inventory,
    pub(super) run: &'a Run,
}

impl ApiWorker<'_> {
    /// The steps of a unit, up to the first that fails.
    pub(super) async fn carry_out(&self, unit: &Unit) -> Result<(), Failure> {
        for step in &unit.steps {
            if self.run.cancel.is_cancelled() {
                return Err(Failure::Cancelled);
            }
            let stepped =
                if let Step::Setup(step) = step { self.step(step).await } else { Err(out_of_order()) };
            tracing::info!(
                of = unit.subject,
                step = step.sentence(self.inventory),
                failed = stepped.is_err()
            );
            stepped?;
        }
        Ok(())
    }

    async fn step(&self, step: &SetupStep) -> Result<(), Failure> {
        match step {
            SetupStep::RequireKey { api, resource, method, required } => {
                self.aws.require_key(api, resource, method, *required).await
            }
            SetupStep::Deploy(stage) => self.aws.deploy(stage).await,
            SetupStep::SetLogRole(role) => self.aws.set_log_role(role).await,
            SetupStep::SetStageLogging { stage, logging } => self.aws.set_stage_logging(stage, logging).await,
            SetupStep::MakeTable(name) => self.make_table(name).await,
            SetupStep::CreatePlan(_)
            | SetupStep::UpdatePlan { .. }
            | SetupStep::DeletePlan(_)
            | SetupStep::UntagPlan(_)
            | SetupStep::SetWindow { .. } => Err(out_of_order()),
        }
    }

    async fn make_table(&self, name: &str) -> Result<(), Failure> {
        let wanted = self.aws.wanted_tables().await?;
        if let Some(table) = wanted.iter().find(|table| table.name == name && !table.stands) {
            self.aws.make_table(table).await?;
        }
        Ok(())
    }
}
