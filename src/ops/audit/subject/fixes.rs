//! The doctor's fixes in the trail: price-list entries and API keys before and after them.

use keypool_domain::change::Fix;
use keypool_domain::drift::plans::accurate_price_list_entry;
use keypool_domain::{ApiKeyId, Change, Edit, Inventory, Plan, PlanId, PriceListEntry};
use serde_json::{Value, json};

use super::{apply_edit, plan_of_change, plan_record, plan_record_with_entry, tenant_key_record};

/// Records the state before a change, except that of plans, pools and tenant keys.
pub(super) fn records_before(change: &Change, inventory: &Inventory) -> Vec<Value> {
    match change {
        Change::Retire(id) => api_key_record(id, None, inventory).into_iter().collect(),
        Change::Fix(Fix::ApplyEnabled(_) | Fix::EditApiKey { .. }) => {
            api_key_records(change, None, inventory)
        }
        Change::Fix(Fix::DeletePriceListEntry { plan, before }) => {
            vec![price_list_record(plan, Some(before))]
        }
        _ => Vec::new(),
    }
}

/// Records the state after a fix, as far as it is known beforehand.
pub(super) fn records_after(fix: &Fix, change: &Change, inventory: &Inventory) -> Vec<Value> {
    let plan_with = |entry: Option<PriceListEntry>| {
        plan_of_change(change, inventory).map(|before| plan_record_with_entry(before, entry))
    };
    match fix {
        Fix::EditTenantKey { edit, .. } => {
            let tenant_keys = change.tenant_keys(inventory).into_iter();
            tenant_keys.map(|before| tenant_key_record(&apply_edit(before, edit), inventory)).collect()
        }
        Fix::ApplyEnabled(id) => {
            let enabled =
                inventory.tenant_key(id).and_then(|tenant_key| tenant_key.enabled.value_to_show().copied());
            api_key_records(change, Some(&Edit { enabled, ..Edit::default() }), inventory)
        }
        Fix::EditApiKey { edit, .. } => api_key_records(change, Some(edit), inventory),
        Fix::WritePriceListEntry(id) => {
            plan_with(inventory.plan(id).map(accurate_price_list_entry)).into_iter().collect()
        }
        Fix::RestorePriceListEntry { entry, .. } => {
            plan_with(entry.as_deref().cloned()).into_iter().collect()
        }
        Fix::RestorePlan { edit, entry, .. } => {
            let restored =
                |before: &Plan| Plan { price_list_entry: Some((**entry).clone()), ..edit.apply_to(before) };
            plan_of_change(change, inventory)
                .map(|before| plan_record(&restored(before)))
                .into_iter()
                .collect()
        }
        Fix::DeletePriceListEntry { plan, .. } => vec![price_list_record(plan, None)],
        _ => Vec::new(),
    }
}

/// Records of the API keys of the affected tenant keys, with `edit` applied if given.
fn api_key_records(change: &Change, edit: Option<&Edit>, inventory: &Inventory) -> Vec<Value> {
    let ids = change
        .tenant_keys(inventory)
        .into_iter()
        .filter_map(|tenant_key| tenant_key.api_key().into_result().ok());
    ids.filter_map(|id| api_key_record(&id, edit, inventory)).collect()
}

fn api_key_record(id: &ApiKeyId, edit: Option<&Edit>, inventory: &Inventory) -> Option<Value> {
    let key = inventory.api_key(id).key()?;
    let edit = edit.cloned().unwrap_or_default();
    let plans = inventory.plans_of_api_key(id).into_result().unwrap_or_default();
    Some(json!({
        "apiKeyId": id.as_str(),
        "name": edit.name.as_ref().unwrap_or(&key.name),
        "description": edit.description.as_ref().unwrap_or(&key.description),
        "enabled": edit.enabled.unwrap_or(key.enabled),
        "planIds": plans.iter().map(PlanId::as_str).collect::<Vec<_>>(),
        "tags": key.tags,
    }))
}

fn price_list_record(plan: &PlanId, entry: Option<&PriceListEntry>) -> Value {
    json!({ "planId": plan.as_str(), "priceList": entry.map(entry_record) })
}

pub(super) fn entry_record(entry: &PriceListEntry) -> Value {
    json!({
        "name": entry.name,
        "description": entry.description,
        "quota": entry.quota,
        "throttle": entry.throttle,
        "price": entry.price.map(|price| price.to_string()),
    })
}
