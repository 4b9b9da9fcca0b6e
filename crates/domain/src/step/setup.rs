//! The writes to usage plans, APIs and the account.

use crate::change::{PlanEdit, pluralize};
use crate::setup::StageLogging;
use crate::{Inventory, MethodRef, Plan, PlanId, PriceListEntry, StageRef};

/// What UpdateUsagePlan may wait for.
const UPDATE_PLAN_PACE: &str = " (AWS takes one UpdateUsagePlan in 20 s)";

/// A write that sets an API up or says what is sold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SetupStep {
    /// CreateUsagePlan with its stages and limits.
    CreatePlan(Box<Plan>),
    /// UpdateUsagePlan, one PATCH for everything.
    UpdatePlan {
        /// the plan; `None` is the one that an earlier step of the unit makes
        plan: Option<PlanId>,
        /// what changes
        edit: Box<PlanEdit>,
    },
    /// DeleteUsagePlan.
    DeletePlan(PlanId),
    /// UntagResource: keypool's tag leaves a plan.
    UntagPlan(PlanId),
    /// UpdateItem of the Plans table with all that buyers are told.
    SetPriceListEntry {
        /// the plan; `None` is the one that an earlier step of the unit makes
        plan: Option<PlanId>,
        /// what they are told
        entry: PriceListEntry,
    },
    /// UpdateMethod apiKeyRequired, which callers meet after a deployment.
    RequireKey {
        /// the REST API
        api: String,
        /// the resource's id
        resource: String,
        /// the method
        method: MethodRef,
        /// whether it wants a key
        required: bool,
    },
    /// CreateDeployment to a stage.
    Deploy(StageRef),
    /// UpdateAccount cloudwatchRoleArn.
    SetLogRole(String),
    /// UpdateStage with what it writes into logs, one PATCH for both logs.
    SetStageLogging {
        /// the stage
        stage: StageRef,
        /// what is set
        logging: StageLogging,
    },
    /// CreateTable, and waiting until it stands.
    CreateTable(String),
}

impl SetupStep {
    /// What it does, for the confirm dialog, `--dry-run` and the log.
    pub fn describe(&self, inventory: &Inventory) -> String {
        let plan = |id| inventory.plan_name(id);
        match self {
            Self::CreatePlan(new) => describe_new_plan(new),
            Self::UpdatePlan { plan: Some(of), edit } => {
                format!("on usage plan {} {}{UPDATE_PLAN_PACE}", plan(of), edit.describe())
            }
            Self::UpdatePlan { plan: None, edit } => {
                format!("on the new usage plan {}{UPDATE_PLAN_PACE}", edit.describe())
            }
            Self::DeletePlan(of) => format!("delete usage plan {}", plan(of)),
            Self::UntagPlan(of) => format!("take keypool's tag from usage plan {}", plan(of)),
            Self::SetPriceListEntry { entry: window, .. } => {
                let price =
                    window.price.map_or_else(|| "no price".to_owned(), |price| format!("price {price}"));
                let limits: Vec<_> =
                    [&window.quota, &window.throttle].into_iter().filter(|text| !text.is_empty()).collect();
                let limits = limits.into_iter().map(|text| format!(", {text}")).collect::<String>();
                format!("write \"{}\" into the Plans table: {price}{limits}", window.name)
            }
            Self::RequireKey { method, required: true, .. } => format!("let {method} need an API key"),
            Self::RequireKey { method, required: false, .. } => format!("let {method} need no API key"),
            Self::Deploy(stage) => format!("deploy the API {} to its stage {}", stage.api, stage.stage),
            Self::SetLogRole(role) => format!("set the account's role for logs to {role}"),
            Self::SetStageLogging { stage, logging } => format!("on stage {stage} {}", logging.describe()),
            Self::CreateTable(table) => format!("create the DynamoDB table {table}"),
        }
    }
}

fn describe_new_plan(new: &Plan) -> String {
    let throttle = new.throttle.map_or_else(|| "no throttle".to_owned(), |throttle| throttle.to_string());
    let quota = new.quota.map_or_else(|| "no quota".to_owned(), |quota| quota.to_string());
    let stages: Vec<_> = new.stages.iter().map(ToString::to_string).collect();
    let over =
        if stages.is_empty() { "over no stage".to_owned() } else { format!("over {}", stages.join(", ")) };
    let methods = match new.method_throttles.len() {
        0 => String::new(),
        count => format!(", {} limited", pluralize(count, "method")),
    };
    format!("create usage plan \"{}\": {throttle}; {quota}; {over}{methods}", new.name)
}
