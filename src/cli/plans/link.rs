//! `keypool plans link` and `keypool plans unlink`.

use clap::Args;
use keypool_domain::{Inventory, Plan, PlanEdit};

use super::edit_plan;
use crate::cli::CommandError;
use crate::cli::change_args::ChangeArgs;
use crate::cli::session::Session;
use crate::cli::stages;

/// Add stages to a usage plan
#[derive(Debug, Args)]
pub(super) struct LinkStages {
    #[command(flatten)]
    stages: PlanStageArgs,
    #[command(flatten)]
    change: ChangeArgs,
}

/// Remove stages from a usage plan
#[derive(Debug, Args)]
pub(super) struct UnlinkStages {
    #[command(flatten)]
    stages: PlanStageArgs,
    #[command(flatten)]
    change: ChangeArgs,
}

#[derive(Debug, Args)]
struct PlanStageArgs {
    /// Usage plan
    #[arg(value_name = "PLAN")]
    plan: String,
    /// Stages, each with the API's ID or name
    #[arg(value_name = "API:STAGE", required = true)]
    stages: Vec<String>,
}

impl LinkStages {
    pub(super) async fn run(&self, session: &Session) -> Result<(), CommandError> {
        let before = session.read_inventory().await?;
        let plan = self.stages.find_plan(&before)?;
        let link = stages::find_stages(session, &self.stages.stages, &[]).await?;
        edit_plan::edit_plan(
            &self.change,
            session,
            &before,
            &plan.id,
            PlanEdit { link, ..PlanEdit::default() },
        )
        .await
    }
}

impl UnlinkStages {
    pub(super) async fn run(&self, session: &Session) -> Result<(), CommandError> {
        let before = session.read_inventory().await?;
        let plan = self.stages.find_plan(&before)?;
        let unlink = stages::find_stages(session, &self.stages.stages, &plan.stages).await?;
        edit_plan::edit_plan(
            &self.change,
            session,
            &before,
            &plan.id,
            PlanEdit { unlink, ..PlanEdit::default() },
        )
        .await
    }
}

impl PlanStageArgs {
    fn find_plan<'a>(&self, inventory: &'a Inventory) -> Result<&'a Plan, CommandError> {
        Ok(inventory.find_plan(&self.plan)?)
    }
}
