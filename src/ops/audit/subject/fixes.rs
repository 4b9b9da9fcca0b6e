//! Fixes of the doctor in the trail: price-list entries and API keys, before and after.

use keypool_domain::change::Mend;
use keypool_domain::drift::plans::window;
use keypool_domain::{ApiKeyId, Change, Edit, Inventory, Plan, PlanId, ShopWindow};
use serde_json::{Value, json};

use super::{edited, plan, plan_of, row, sold_as};

/// What a fix is about besides plans, pools and tenant keys.
pub(super) fn before(change: &Change, inventory: &Inventory) -> Vec<Value> {
    match change {
        Change::Retire(id) => api_key(id, None, inventory).into_iter().collect(),
        Change::Mend(Mend::FollowRow(_) | Mend::EditApiKey { .. }) => api_keys(change, None, inventory),
        Change::Mend(Mend::DeleteWindow { plan, before }) => vec![price_list(plan, Some(before))],
        _ => Vec::new(),
    }
}

/// What a fix leaves, as far as it is known beforehand.
pub(super) fn after(fix: &Mend, change: &Change, inventory: &Inventory) -> Vec<Value> {
    let plan_with =
        |entry: Option<ShopWindow>| plan_of(change, inventory).map(|before| sold_as(before, entry));
    match fix {
        Mend::EditRow { edit, .. } => {
            let rows = change.rows(inventory).into_iter();
            rows.map(|before| row(&edited(before, edit), inventory)).collect()
        }
        Mend::FollowRow(id) => {
            let enabled = inventory.row(id).and_then(|row| row.enabled.value_to_show().copied());
            api_keys(change, Some(&Edit { enabled, ..Edit::default() }), inventory)
        }
        Mend::EditApiKey { edit, .. } => api_keys(change, Some(edit), inventory),
        Mend::WriteWindow(id) => plan_with(inventory.plan(id).map(window)).into_iter().collect(),
        Mend::SetWindow { entry, .. } => plan_with(entry.as_deref().cloned()).into_iter().collect(),
        Mend::RestorePlan { edit, entry, .. } => {
            let restored =
                |before: &Plan| Plan { shop_window: Some((**entry).clone()), ..edit.applied(before) };
            plan_of(change, inventory).map(|before| plan(&restored(before))).into_iter().collect()
        }
        Mend::DeleteWindow { plan, .. } => vec![price_list(plan, None)],
        _ => Vec::new(),
    }
}

/// The API keys of the tenant keys that a change is about, with an edit where there is one.
fn api_keys(change: &Change, edit: Option<&Edit>, inventory: &Inventory) -> Vec<Value> {
    let ids = change.rows(inventory).into_iter().filter_map(|row| row.api_key().into_result().ok());
    ids.filter_map(|id| api_key(&id, edit, inventory)).collect()
}

fn api_key(id: &ApiKeyId, edit: Option<&Edit>, inventory: &Inventory) -> Option<Value> {
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

fn price_list(plan: &PlanId, before: Option<&ShopWindow>) -> Value {
    json!({ "planId": plan.as_str(), "priceList": before.map(entry) })
}

/// A price-list entry as the trail has it.
pub(super) fn entry(entry: &ShopWindow) -> Value {
    json!({
        "name": entry.name,
        "description": entry.description,
        "quota": entry.quota,
        "throttle": entry.throttle,
        "price": entry.price.map(|price| price.to_string()),
    })
}
