//! `keypool plans link` and `keypool plans unlink`.

use clap::Args;
use keypool_domain::{PlanEdit, StageRef};

use super::changed::{ChangedArgs, stage};
use crate::cli::Stop;
use crate::cli::session::Session;

/// Let a usage plan's keys open more stages
#[derive(Debug, Args)]
pub(super) struct Link {
    #[command(flatten)]
    stages: StageArgs,
    #[command(flatten)]
    changed: ChangedArgs,
}

/// Let a usage plan's keys open stages no longer
#[derive(Debug, Args)]
pub(super) struct Unlink {
    #[command(flatten)]
    stages: StageArgs,
    #[command(flatten)]
    changed: ChangedArgs,
}

#[derive(Debug, Args)]
struct StageArgs {
    /// The usage plan
    #[arg(value_name = "PLAN")]
    plan: String,
    /// The stages, each as the API's id and the stage's name
    #[arg(value_name = "API:STAGE", value_parser = stage, required = true)]
    stages: Vec<StageRef>,
}

impl Link {
    pub(super) async fn run(&self, session: &Session) -> Result<(), Stop> {
        let edit = PlanEdit { link: self.stages.stages.clone(), ..PlanEdit::default() };
        self.stages.edit(session, &self.changed, edit).await
    }
}

impl Unlink {
    pub(super) async fn run(&self, session: &Session) -> Result<(), Stop> {
        let edit = PlanEdit { unlink: self.stages.stages.clone(), ..PlanEdit::default() };
        self.stages.edit(session, &self.changed, edit).await
    }
}

impl StageArgs {
    async fn edit(&self, session: &Session, changed: &ChangedArgs, edit: PlanEdit) -> Result<(), Stop> {
        let before = session.inventory().await?;
        let plan = before.find_plan(&self.plan)?.id.clone();
        changed.edit(session, &before, &plan, edit).await
    }
}
