//! `keypool plans link` and `keypool plans unlink`.

use clap::Args;
use keypool_domain::{Plan, PlanEdit, StageRef};

use super::edit_plan;
use crate::cli::CommandError;
use crate::cli::change_args::ChangeArgs;
use crate::cli::session::Session;
use crate::cli::stages;

/// Add stages to a usage plan
#[derive(Debug, Args)]
pub(super) struct LinkStages {
    #[command(flatten)]
    args: PlanStageArgs,
}

/// Remove stages from a usage plan
#[derive(Debug, Args)]
pub(super) struct UnlinkStages {
    #[command(flatten)]
    args: PlanStageArgs,
}

#[derive(Debug, Args)]
struct PlanStageArgs {
    /// Usage plan
    #[arg(value_name = "PLAN")]
    plan: String,
    /// Stages, each with the API's ID or name
    #[arg(value_name = "API:STAGE", required = true)]
    stages: Vec<String>,
    #[command(flatten)]
    change: ChangeArgs,
}

impl LinkStages {
    pub(super) async fn run(&self, session: &Session) -> Result<(), CommandError> {
        let edit = |link| PlanEdit { link, ..PlanEdit::default() };
        self.args.edit_plan(session, |_| &[], edit).await
    }
}

impl UnlinkStages {
    pub(super) async fn run(&self, session: &Session) -> Result<(), CommandError> {
        let edit = |unlink| PlanEdit { unlink, ..PlanEdit::default() };
        self.args.edit_plan(session, |plan| &plan.stages, edit).await
    }
}

impl PlanStageArgs {
    /// Finds the stages, looking among `known_stages` first, and edits the plan.
    async fn edit_plan(
        &self,
        session: &Session,
        known_stages: impl Fn(&Plan) -> &[StageRef],
        edit: impl FnOnce(Vec<StageRef>) -> PlanEdit,
    ) -> Result<(), CommandError> {
        let before = session.read_inventory().await?;
        let plan = before.find_plan(&self.plan)?;
        let stages = stages::find_stages(session, &self.stages, known_stages(plan)).await?;
        edit_plan::edit_plan(&self.change, session, &before, &plan.id, edit(stages)).await
    }
}
