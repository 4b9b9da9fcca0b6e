//! Stages that a usage plan no longer covers.

use crate::text::pluralize;
use crate::{Inventory, Known, PlanId};

/// The caution for these stages.
pub(super) fn lost_stages_caution(plan: &PlanId, stages: &str, inventory: &Inventory) -> String {
    let keys = match inventory.members(plan) {
        Known::Value(members) => format!("{} of the plan", pluralize(members.len(), "API key")),
        Known::Unknown(_) => "every API key of the plan".to_owned(),
    };
    format!("{keys} will get 403 on {stages}")
}
