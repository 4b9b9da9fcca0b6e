//! What a change affects, as far as the inventory knows it. Never contains a key value.

mod fixes;

use std::collections::BTreeMap;

use keypool_domain::change::Fix;
use keypool_domain::drift::plans::accurate_price_list_entry;
use keypool_domain::{
    ApiKeyId, Change, Edit, FormerApiKey, Inventory, Known, Plan, PlanChange, Pool, PoolKey, PriceListEntry,
    Tenant, TenantKey, TenantKeyId, Unit,
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
            before: pool_of_change(change, inventory)
                .map(pool_record)
                .into_iter()
                .chain(plan_of_change(change, inventory).map(plan_record))
                .chain(fixes::records_before(change, inventory))
                .chain(
                    change
                        .tenant_keys(inventory)
                        .into_iter()
                        .map(|tenant_key| tenant_key_record(tenant_key, inventory)),
                )
                .collect(),
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
                fields.insert("apiKey".to_owned(), api_key_record(former));
            }
        }
        self
    }
}

/// Records an API key without its value.
fn api_key_record(former: &FormerApiKey) -> Value {
    json!({
        "name": former.name,
        "description": former.description,
        "enabled": former.enabled,
        "customerId": former.customer_id,
        "tags": former.tags,
        "usagePlanIds": former.plans.iter().map(keypool_domain::PlanId::as_str).collect::<Vec<_>>(),
    })
}

/// State of the affected tenant keys, plans or API keys after a successful change.
pub(in crate::ops) fn records_after(change: &Change, inventory: &Inventory) -> Vec<Value> {
    match change {
        Change::Edit { edit, .. } => change
            .tenant_keys(inventory)
            .into_iter()
            .map(|before| tenant_key_record(&apply_edit(before, edit), inventory))
            .collect(),
        Change::SetEnabled { enabled, .. } => {
            let edit = Edit { enabled: Some(*enabled), ..Edit::default() };
            change
                .tenant_keys(inventory)
                .into_iter()
                .map(|before| tenant_key_record(&apply_edit(before, &edit), inventory))
                .collect()
        }
        Change::Plan(plan_change) => match &**plan_change {
            PlanChange::Edit { edit, .. } => plan_of_change(change, inventory)
                .map(|before| plan_record(&edit.apply_to(before)))
                .into_iter()
                .collect(),
            PlanChange::Adopt { entry, .. } => {
                let adopted_entry =
                    |before: &Plan| entry.clone().unwrap_or_else(|| accurate_price_list_entry(before));
                let before = plan_of_change(change, inventory);
                before
                    .map(|before| plan_record_with_entry(before, Some(adopted_entry(before))))
                    .into_iter()
                    .collect()
            }
            PlanChange::Release(_) => plan_of_change(change, inventory)
                .map(|before| plan_record_with_entry(before, None))
                .into_iter()
                .collect(),
            PlanChange::Create(_) | PlanChange::Delete(_) => Vec::new(),
        },
        Change::Fix(fix) => fixes::records_after(fix, change, inventory),
        _ => Vec::new(),
    }
}

fn pool_of_change<'a>(change: &Change, inventory: &'a Inventory) -> Option<&'a Pool> {
    match change {
        Change::SetPool { plan, .. }
        | Change::Grow { plan, .. }
        | Change::DissolvePool(plan)
        | Change::Rebalance(plan) => inventory.pool(plan),
        Change::RotatePoolKey { api_key, .. } | Change::Retire(api_key) | Change::Drain(api_key) => {
            inventory.pools().iter().find(|pool| pool.pool_key(api_key).is_some())
        }
        _ => None,
    }
}

fn plan_of_change<'a>(change: &Change, inventory: &'a Inventory) -> Option<&'a Plan> {
    match change {
        Change::Plan(plan_change) => inventory.plan(plan_change.plan()?),
        Change::Fix(
            Fix::WritePriceListEntry(plan)
            | Fix::RestorePriceListEntry { plan, .. }
            | Fix::RestorePlan { plan, .. },
        ) => inventory.plan(plan),
        _ => None,
    }
}

fn plan_record_with_entry(before: &Plan, entry: Option<PriceListEntry>) -> Value {
    plan_record(&Plan { price_list_entry: entry, ..before.clone() })
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
        "priceList": plan.price_list_entry.as_ref().map(fixes::entry_record),
    })
}

fn apply_edit(tenant_key: &TenantKey, edit: &Edit) -> TenantKey {
    let tenant_key = tenant_key.clone();
    TenantKey {
        name: edit.name.clone().unwrap_or(tenant_key.name),
        description: edit.description.clone().unwrap_or(tenant_key.description),
        enabled: edit.enabled.map_or(tenant_key.enabled, Known::Value),
        ..tenant_key
    }
}

fn tenant_key_record(tenant_key: &TenantKey, inventory: &Inventory) -> Value {
    json!({
        "id": tenant_key.id.as_str(),
        "tenant": tenant_key.tenant.as_str(),
        "planId": tenant_key.plan.as_str(),
        "name": tenant_key.name,
        "description": tenant_key.description,
        "enabled": tenant_key.enabled.value_to_show(),
        "mode": inventory.mode_name(tenant_key).value_to_show(),
        "apiKeyId": tenant_key.api_key().value_to_show().map(keypool_domain::ApiKeyId::as_str),
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
