//! `keypool plans link` and `keypool plans unlink`.

use clap::Args;
use keypool_domain::{Inventory, Plan, PlanEdit};

use super::edited;
use crate::cli::Stop;
use crate::cli::changed::ChangedArgs;
use crate::cli::session::Session;
use crate::cli::stages;

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
    /// The stages, each as the API's id or name and the stage's name
    #[arg(value_name = "API:STAGE", required = true)]
    stages: Vec<String>,
}

impl Link {
    pub(super) async fn run(&self, session: &Session) -> Result<(), Stop> {
        let before = session.inventory().await?;
        let plan = self.stages.plan(&before)?;
        let link = stages::meant(session, &self.stages.stages, &[]).await?;
        edited::edit(&self.changed, session, &before, &plan.id, PlanEdit { link, ..PlanEdit::default() })
            .await
    }
}

impl Unlink {
    pub(super) async fn run(&self, session: &Session) -> Result<(), Stop> {
        let before = session.inventory().await?;
        let plan = self.stages.plan(&before)?;
        let unlink = stages::meant(session, &self.stages.stages, &plan.stages).await?;
        edited::edit(&self.changed, session, &before, &plan.id, PlanEdit { unlink, ..PlanEdit::default() })
            .await
    }
}

impl StageArgs {
    fn plan<'a>(&self, inventory: &'a Inventory) -> Result<&'a Plan, Stop> {
        Ok(inventory.find_plan(&self.plan)?)
    }
}
