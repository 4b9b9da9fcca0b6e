//! Stages that a usage plan no longer covers.

use crate::text::pluralize;
use crate::{Inventory, Known, PlanId};

/// The caution for these stages.
pub(super) fn lost_stages_caution(plan: &PlanId, stages: &str, inventory: &Inventory) -> String {
    let keys = match inventory.members(plan) {
        Known::Value([]) => "no API key of the plan".to_owned(),
        Known::Value(members) => format!("{} of the plan", pluralize(members.len(), "API key")),
        Known::Unknown(_) => "every API key of the plan".to_owned(),
    };
    format!("{keys} will get 403 on {stages}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::InventoryParts;
    use crate::testing::parts;

    #[test]
    fn a_plan_without_keys_loses_none() {
        let members = [("p".into(), Known::Value(Vec::new()))].into();
        let inventory = Inventory::new(InventoryParts { members, ..parts() });
        let caution = lost_stages_caution(&"p".into(), "abc:prod", &inventory);
        assert_eq!(caution, "no API key of the plan will get 403 on abc:prod");
    }
}
