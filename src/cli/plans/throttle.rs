//! `keypool plans throttle`.

use clap::Args;
use keypool_domain::secret::mask_if_value;
use keypool_domain::{MethodRef, PlanEdit, Throttle};

use super::edit_plan;
use crate::cli::CommandError;
use crate::cli::change_args::ChangeArgs;
use crate::cli::session::Session;
use crate::cli::stages;

/// Set the throttle of a single method in a usage plan, in addition to the plan's throttle
#[derive(Debug, Args)]
pub(super) struct MethodThrottle {
    /// Usage plan
    #[arg(value_name = "PLAN")]
    plan: String,
    /// HTTP method, for example GET
    #[arg(value_name = "METHOD")]
    method: String,
    /// Path of the resource, for example /pets/{petId}
    #[arg(value_name = "PATH")]
    path: String,
    /// Requests per second
    #[arg(long, value_name = "NUMBER", requires = "burst", required_unless_present = "none")]
    rate: Option<f64>,
    /// Burst: most requests accepted at once
    #[arg(long, value_name = "NUMBER", requires = "rate")]
    burst: Option<u32>,
    /// Remove the throttle of the method
    #[arg(long, conflicts_with = "rate")]
    none: bool,
    /// Only on this stage; by default on every stage of the plan
    #[arg(long, value_name = "API:STAGE")]
    stage: Option<String>,
    #[command(flatten)]
    change: ChangeArgs,
}

impl MethodThrottle {
    pub(super) async fn run(&self, session: &Session) -> Result<(), CommandError> {
        let inventory = session.read_inventory().await?;
        let plan = inventory.find_plan(&self.plan)?;
        let method = MethodRef::parse(&format!("{} {}", self.method, self.path));
        let method = method.ok_or_else(|| {
            CommandError::usage(
                format!(
                    "`{} {}` is not an HTTP method and a path",
                    mask_if_value(&self.method),
                    mask_if_value(&self.path)
                ),
                "for example GET /pets",
            )
        })?;
        let throttle = self.rate.zip(self.burst).map(|(rate, burst)| Throttle { rate, burst });
        let stages = match &self.stage {
            Some(stage) => stages::find_stages(session, std::slice::from_ref(stage), &plan.stages).await?,
            None => plan.stages.clone(),
        };
        let methods = stages.into_iter().map(|stage| (stage, method.clone(), throttle)).collect();
        let edit = PlanEdit { methods, ..PlanEdit::default() };
        stages::warn_missing_methods(session, &edit.throttled_methods()).await;
        edit_plan::edit_plan(&self.change, session, &inventory, &plan.id, edit).await
    }
}
