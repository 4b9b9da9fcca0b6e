//! Steps that write to usage plans, the price list, APIs, the account's settings and the tables themselves.

use crate::change::TableStep;
use crate::stage_logging::StageLogging;
use crate::text::pluralize;
use crate::{Inventory, MethodRef, Plan, PlanEdit, PlanId, PriceListEntry, StageRef};

const UPDATE_PLAN_PACE: &str = " (AWS allows one UpdateUsagePlan per 20 s)";

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum InfrastructureStep {
    /// CreateUsagePlan with its stages and limits.
    CreatePlan(Box<Plan>),
    /// UpdateUsagePlan: a single PATCH.
    UpdatePlan {
        /// `None` is the plan created by an earlier step of the unit.
        plan: Option<PlanId>,
        edit: Box<PlanEdit>,
    },
    /// DeleteUsagePlan.
    DeletePlan(PlanId),
    /// UntagResource: removes keypool's tag from a plan.
    UntagPlan(PlanId),
    /// UpdateItem of the Plans table.
    SetPriceListEntry {
        /// `None` is the plan created by an earlier step of the unit.
        plan: Option<PlanId>,
        entry: PriceListEntry,
    },
    /// UpdateMethod apiKeyRequired; takes effect with the next deployment.
    RequireKey {
        api: String,
        /// Resource id.
        resource: String,
        method: MethodRef,
        required: bool,
    },
    /// CreateDeployment to a stage.
    Deploy(StageRef),
    /// UpdateAccount cloudwatchRoleArn.
    SetLogRole(String),
    /// UpdateStage with the logging settings: one PATCH for both logs.
    SetStageLogging {
        stage: StageRef,
        logging: StageLogging,
    },
    SetUpTable(TableStep),
}

impl InfrastructureStep {
    pub fn describe(&self, inventory: &Inventory) -> String {
        let plan_name = |id| inventory.plan_name(id);
        match self {
            Self::CreatePlan(new) => describe_new_plan(new),
            Self::UpdatePlan { plan: Some(of), edit } => {
                format!("usage plan {}: {}{UPDATE_PLAN_PACE}", plan_name(of), edit.describe())
            }
            Self::UpdatePlan { plan: None, edit } => {
                format!("new usage plan: {}{UPDATE_PLAN_PACE}", edit.describe())
            }
            Self::DeletePlan(of) => format!("delete usage plan {}", plan_name(of)),
            Self::UntagPlan(of) => format!("remove keypool's tag from usage plan {}", plan_name(of)),
            Self::SetPriceListEntry { entry, .. } => {
                let price =
                    entry.price().map_or_else(|| "no price".to_owned(), |price| format!("price {price}"));
                let limits: Vec<_> =
                    [&entry.quota, &entry.throttle].into_iter().filter(|text| !text.is_empty()).collect();
                let limits = limits.into_iter().map(|text| format!(", {text}")).collect::<String>();
                format!("write \"{}\" to the Plans table: {price}{limits}", entry.name)
            }
            Self::RequireKey { method, required: true, .. } => format!("require an API key for {method}"),
            Self::RequireKey { method, required: false, .. } => format!("require no API key for {method}"),
            Self::Deploy(stage) => format!("deploy API {} to stage {}", stage.api, stage.stage),
            Self::SetLogRole(role) => format!("set the account's logging role to {role}"),
            Self::SetStageLogging { stage, logging } => format!("stage {stage}: {}", logging.describe()),
            Self::SetUpTable(step) => step.describe(),
        }
    }
}

fn describe_new_plan(new: &Plan) -> String {
    let throttle = new.throttle.map_or_else(|| "no throttle".to_owned(), |throttle| throttle.to_string());
    let quota = new.quota.map_or_else(|| "no quota".to_owned(), |quota| quota.to_string());
    let stages: Vec<_> = new.stages.iter().map(ToString::to_string).collect();
    let stage_list = if stages.is_empty() { "no stages".to_owned() } else { stages.join(", ") };
    let methods = match new.method_throttles.len() {
        0 => String::new(),
        count => format!(", {} limited", pluralize(count, "method")),
    };
    format!("create usage plan \"{}\": {throttle}; {quota}; {stage_list}{methods}", new.name)
}
