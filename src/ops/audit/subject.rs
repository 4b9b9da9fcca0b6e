//! What a change is about, as far as the inventory knows: never a value.

mod fixes;

use std::collections::BTreeMap;

use keypool_domain::change::Mend;
use keypool_domain::drift::plans::window;
use keypool_domain::{
    ApiKeyId, Change, Edit, FormerApiKey, Inventory, Known, Plan, PlanChange, Pool, PoolKey, RowId,
    ShopWindow, Tenant, TenantKey, Unit,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::extended::balance;

/// What is to be changed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(in crate::ops) struct Subject {
    pub(in crate::ops) operation: String,
    /// Why, where the change itself says so.
    #[serde(skip)]
    pub(in crate::ops) reason: Option<String>,
    pub(in crate::ops) tenants: Vec<String>,
    pub(in crate::ops) steps: Vec<String>,
    pub(in crate::ops) before: Vec<Value>,
}

impl Subject {
    pub(in crate::ops) fn of(change: &Change, units: &[Unit], inventory: &Inventory) -> Self {
        let steps = units.iter().flat_map(|unit| &unit.steps);
        Self {
            operation: change.describe(inventory),
            reason: change.reason().map(str::to_owned),
            tenants: change.blast_radius(inventory).iter().map(Tenant::to_string).collect(),
            steps: steps.map(|step| step.sentence(inventory)).collect(),
            before: pool_of(change, inventory)
                .map(pool)
                .into_iter()
                .chain(plan_of(change, inventory).map(plan))
                .chain(fixes::before(change, inventory))
                .chain(change.rows(inventory).into_iter().map(|seen| row(seen, inventory)))
                .collect(),
        }
    }
}

impl Subject {
    /// With what the API keys of an extension have left.
    pub(in crate::ops) fn with_balances(
        mut self,
        change: &Change,
        balances: Option<&BTreeMap<ApiKeyId, u64>>,
    ) -> Self {
        if let (Change::Extend(extension), Some(balances)) = (change, balances) {
            let before = balances.iter().map(|(api_key, left)| balance(&extension.plan, api_key, *left));
            self.before = before.collect();
        }
        self
    }
}

impl Subject {
    /// With what the API keys of deleted tenant keys were, beside their tenant keys.
    pub(in crate::ops) fn with_former(mut self, all: &[(RowId, FormerApiKey)]) -> Self {
        for (row, former) in all {
            let is_it = |value: &&mut Value| value.get("id").and_then(Value::as_str) == Some(row.as_str());
            if let Some(Value::Object(fields)) = self.before.iter_mut().find(is_it) {
                fields.insert("apiKey".to_owned(), api_key(former));
            }
        }
        self
    }
}

/// An API key as the trail has it: never its value.
fn api_key(former: &FormerApiKey) -> Value {
    json!({
        "name": former.name,
        "description": former.description,
        "enabled": former.enabled,
        "customerId": former.customer_id,
        "tags": former.tags,
        "usagePlanIds": former.plans.iter().map(keypool_domain::PlanId::as_str).collect::<Vec<_>>(),
    })
}

/// What is known of the rows after a change that was done.
pub(in crate::ops) fn after(change: &Change, inventory: &Inventory) -> Vec<Value> {
    match change {
        Change::Edit { edit, .. } => {
            change.rows(inventory).into_iter().map(|before| row(&edited(before, edit), inventory)).collect()
        }
        Change::Switch { enabled, .. } => {
            let edit = Edit { enabled: Some(*enabled), ..Edit::default() };
            change.rows(inventory).into_iter().map(|before| row(&edited(before, &edit), inventory)).collect()
        }
        Change::Plan(one) => match &**one {
            PlanChange::Edit { edit, .. } => {
                plan_of(change, inventory).map(|before| plan(&edit.applied(before))).into_iter().collect()
            }
            PlanChange::Adopt { entry, .. } => {
                let adopted = |before: &Plan| entry.clone().unwrap_or_else(|| window(before));
                let before = plan_of(change, inventory);
                before.map(|before| sold_as(before, Some(adopted(before)))).into_iter().collect()
            }
            PlanChange::Release(_) => {
                plan_of(change, inventory).map(|before| sold_as(before, None)).into_iter().collect()
            }
            PlanChange::Create(_) | PlanChange::Delete(_) => Vec::new(),
        },
        Change::Mend(one) => fixes::after(one, change, inventory),
        _ => Vec::new(),
    }
}

/// The pool that a change is about.
fn pool_of<'a>(change: &Change, inventory: &'a Inventory) -> Option<&'a Pool> {
    match change {
        Change::SetPool { plan, .. }
        | Change::Grow { plan, .. }
        | Change::DissolvePool(plan)
        | Change::Rebalance(plan) => inventory.pool(plan),
        Change::RotatePoolKey { api_key, .. } | Change::Retire(api_key) | Change::Drain(api_key) => {
            inventory.pools().iter().find(|pool| pool.key(api_key).is_some())
        }
        _ => None,
    }
}

/// The usage plan that a change is about.
fn plan_of<'a>(change: &Change, inventory: &'a Inventory) -> Option<&'a Plan> {
    match change {
        Change::Plan(one) => inventory.plan(one.plan()?),
        Change::Mend(
            Mend::WriteWindow(plan) | Mend::SetWindow { plan, .. } | Mend::RestorePlan { plan, .. },
        ) => inventory.plan(plan),
        _ => None,
    }
}

/// A usage plan with another price-list entry, or none.
fn sold_as(before: &Plan, entry: Option<ShopWindow>) -> Value {
    plan(&Plan { shop_window: entry, ..before.clone() })
}

fn plan(plan: &Plan) -> Value {
    let methods = plan.method_throttles.iter();
    let methods = methods.map(|((stage, method), limits)| format!("{method} on {stage}: {limits}"));
    json!({
        "planId": plan.id.as_str(),
        "name": plan.name,
        "description": plan.description,
        "throttle": plan.throttle.map(|throttle| throttle.to_string()),
        "quota": plan.quota.map(|quota| quota.to_string()),
        "stages": plan.stages.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "methods": methods.collect::<Vec<_>>(),
        "price": plan.price().map(|price| price.to_string()),
        "priceList": plan.shop_window.as_ref().map(fixes::entry),
    })
}

fn edited(row: &TenantKey, edit: &Edit) -> TenantKey {
    let row = row.clone();
    TenantKey {
        name: edit.name.clone().unwrap_or(row.name),
        description: edit.description.clone().unwrap_or(row.description),
        enabled: edit.enabled.map_or(row.enabled, Known::Value),
        ..row
    }
}

fn row(row: &TenantKey, inventory: &Inventory) -> Value {
    json!({
        "id": row.id.as_str(),
        "tenant": row.tenant.as_str(),
        "planId": row.plan.as_str(),
        "name": row.name,
        "description": row.description,
        "enabled": row.enabled.value_to_show(),
        "mode": inventory.mode(row).value_to_show(),
        "apiKeyId": row.api_key().value_to_show().map(keypool_domain::ApiKeyId::as_str),
    })
}

/// A pool as the trail has it.
pub(in crate::ops) fn pool(pool: &Pool) -> Value {
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
