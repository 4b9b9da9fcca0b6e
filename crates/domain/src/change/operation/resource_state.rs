//! The state of resources before and after a change, for the audit trail.

use crate::{ApiKey, ApiKeyId, Edit, Inventory, Plan, PlanId, Pool, PriceListEntry, TenantKey};

/// The state of one resource; of an API key never the value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ResourceState {
    TenantKey(TenantKey),
    ApiKey {
        key: ApiKey,
        plans: Vec<PlanId>,
    },
    Pool(Pool),
    Plan(Box<Plan>),
    PriceListEntry {
        plan: PlanId,
        /// `None` after its deletion.
        entry: Option<PriceListEntry>,
    },
}

impl ResourceState {
    pub(crate) fn pool(plan: &PlanId, inventory: &Inventory) -> Vec<Self> {
        inventory.pool(plan).cloned().map(Self::Pool).into_iter().collect()
    }

    pub(crate) fn pool_of_key(api_key: &ApiKeyId, inventory: &Inventory) -> Vec<Self> {
        inventory.pool_of_api_key(api_key).cloned().map(Self::Pool).into_iter().collect()
    }

    /// The state of a plan after `change`; empty if the plan is missing.
    pub(crate) fn plan(id: &PlanId, change: impl FnOnce(&Plan) -> Plan, inventory: &Inventory) -> Vec<Self> {
        let plan = inventory.plan(id).map(change);
        plan.map(|plan| Self::Plan(Box::new(plan))).into_iter().collect()
    }

    /// The state of an API key after `edit`; empty if the API key is missing or unknown.
    pub(crate) fn api_key(id: &ApiKeyId, edit: &Edit, inventory: &Inventory) -> Vec<Self> {
        let Some(key) = inventory.api_key(id).key() else { return Vec::new() };
        let key = ApiKey {
            name: edit.name.clone().unwrap_or_else(|| key.name.clone()),
            description: edit.description.clone().unwrap_or_else(|| key.description.clone()),
            enabled: edit.enabled.unwrap_or(key.enabled),
            ..key.clone()
        };
        let plans = inventory.plans_of_api_key(id).into_result().unwrap_or_default().to_vec();
        vec![Self::ApiKey { key, plans }]
    }
}
