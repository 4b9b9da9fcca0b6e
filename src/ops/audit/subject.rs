//! What a change affects, as far as the inventory knows it. Never contains a key value.

use std::collections::BTreeMap;

use keypool_domain::change::ResourceState;
use keypool_domain::{
    ApiKey, ApiKeyId, Change, FormerApiKey, Inventory, Plan, PlanId, Pool, PoolKey, PriceListEntry, Tenant,
    TenantKey, TenantKeyId, Unit,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::extensions::balance_record;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(in crate::ops) struct ChangeSubject {
    pub(in crate::ops) operation: String,
    /// The reason that the change itself contains, for example that of an extension.
    #[serde(skip)]
    pub(in crate::ops) reason: Option<String>,
    pub(in crate::ops) tenants: Vec<String>,
    pub(in crate::ops) steps: Vec<String>,
    pub(in crate::ops) before: Vec<Value>,
}

impl ChangeSubject {
    pub(in crate::ops) fn for_change(change: &Change, units: &[Unit], inventory: &Inventory) -> Self {
        let steps = units.iter().flat_map(|unit| &unit.steps);
        Self {
            operation: change.describe(inventory),
            reason: change.reason().map(str::to_owned),
            tenants: change.affected_tenants(inventory).iter().map(Tenant::to_string).collect(),
            steps: steps.map(|step| step.describe(inventory)).collect(),
            before: records(change.states_before(inventory), inventory),
        }
    }
}

impl ChangeSubject {
    /// Records the remaining quota of the API keys of an extension.
    pub(in crate::ops) fn with_balances(
        mut self,
        change: &Change,
        balances: Option<&BTreeMap<ApiKeyId, u64>>,
    ) -> Self {
        if let (Change::Extend(extension), Some(balances)) = (change, balances) {
            let before =
                balances.iter().map(|(api_key, left)| balance_record(&extension.plan, api_key, *left));
            self.before = before.collect();
        }
        self
    }
}

impl ChangeSubject {
    /// Adds the state of deleted API keys to the records of their tenant keys.
    pub(in crate::ops) fn with_former_keys(mut self, former_keys: &[(TenantKeyId, FormerApiKey)]) -> Self {
        for (tenant_key, former) in former_keys {
            let is_its_record =
                |value: &&mut Value| value.get("id").and_then(Value::as_str) == Some(tenant_key.as_str());
            if let Some(Value::Object(fields)) = self.before.iter_mut().find(is_its_record) {
                fields.insert("apiKey".to_owned(), former_key_record(former));
            }
        }
        self
    }
}

/// Records a deleted API key without its value.
fn former_key_record(former: &FormerApiKey) -> Value {
    json!({
        "name": former.name,
        "description": former.description,
        "enabled": former.enabled,
        "customerId": former.customer_id,
        "tags": former.tags,
        "usagePlanIds": former.plans.iter().map(PlanId::as_str).collect::<Vec<_>>(),
    })
}

/// State of the affected resources after a successful change.
pub(in crate::ops) fn records_after(change: &Change, inventory: &Inventory) -> Vec<Value> {
    records(change.states_after(inventory), inventory)
}

fn records(states: Vec<ResourceState>, inventory: &Inventory) -> Vec<Value> {
    let record = |state: &ResourceState| match state {
        ResourceState::TenantKey(tenant_key) => tenant_key_record(tenant_key, inventory),
        ResourceState::ApiKey { key, plans } => api_key_record(key, plans),
        ResourceState::Pool(pool) => pool_record(pool),
        ResourceState::Plan(plan) => plan_record(plan),
        ResourceState::PriceListEntry { plan, entry } => {
            json!({ "planId": plan.as_str(), "priceList": entry.as_ref().map(entry_record) })
        }
    };
    states.iter().map(record).collect()
}

fn plan_record(plan: &Plan) -> Value {
    let methods = plan.method_throttles.iter();
    let methods = methods.map(|((stage, method), throttle)| format!("{method} on {stage}: {throttle}"));
    json!({
        "planId": plan.id.as_str(),
        "name": plan.name,
        "description": plan.description,
        "throttle": plan.throttle.map(|throttle| throttle.to_string()),
        "quota": plan.quota.map(|quota| quota.to_string()),
        "stages": plan.stages.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "methods": methods.collect::<Vec<_>>(),
        "price": plan.price().map(|price| price.to_string()),
        "priceList": plan.price_list_entry.as_ref().map(entry_record),
    })
}

fn entry_record(entry: &PriceListEntry) -> Value {
    json!({
        "name": entry.name,
        "description": entry.description,
        "quota": entry.quota,
        "throttle": entry.throttle,
        "price": entry.price().map(|price| price.to_string()),
    })
}

fn api_key_record(key: &ApiKey, plans: &[PlanId]) -> Value {
    json!({
        "apiKeyId": key.id.as_str(),
        "name": key.name,
        "description": key.description,
        "enabled": key.enabled,
        "planIds": plans.iter().map(PlanId::as_str).collect::<Vec<_>>(),
        "tags": key.tags,
    })
}

fn tenant_key_record(tenant_key: &TenantKey, inventory: &Inventory) -> Value {
    json!({
        "id": tenant_key.id.as_str(),
        "tenant": tenant_key.tenant.as_str(),
        "planId": tenant_key.plan.as_str(),
        "name": tenant_key.name.as_str(),
        "description": tenant_key.description.as_str(),
        "enabled": tenant_key.enabled.value_to_show(),
        "mode": inventory.mode_name(tenant_key).value_to_show(),
        "apiKeyId": tenant_key.api_key().value_to_show().map(ApiKeyId::as_str),
        "expiresAt": tenant_key.expires_at.value_to_show().copied().flatten().map(|at| format!("{at:.0}")),
    })
}

pub(in crate::ops) fn pool_record(pool: &Pool) -> Value {
    let key = |key: &PoolKey| {
        json!({
            "apiKeyId": key.api_key.as_str(),
            "tenants": key.tenants.value_to_show(),
            "capacity": key.capacity.value_to_show(),
            "state": key.state.as_str(),
        })
    };
    json!({
        "planId": pool.plan.as_str(),
        "strategy": pool.strategy.as_str(),
        "capacity": pool.capacity.value_to_show(),
        "revision": pool.revision,
        "keys": pool.keys.iter().map(key).collect::<Vec<_>>(),
    })
}
