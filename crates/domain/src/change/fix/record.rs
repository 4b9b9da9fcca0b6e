//! What is kept of each fix, for the audit trail and for undo.

use crate::change::kinds::{Change, Fix};
use crate::change::operation::{Record, ResourceState, Reversal, Subject};
use crate::price_list::accurate_price_list_entry;
use crate::{Edit, Inventory, Plan, PlanId, TenantKeyId};

pub(super) fn record(fix: &Fix, inventory: &Inventory) -> Record {
    match fix {
        Fix::ApplyEnabled(id) => {
            let enabled = inventory.tenant_key(id).and_then(|key| key.enabled.value_to_show().copied());
            api_key_record(id, &Edit { enabled, ..Edit::default() }, inventory)
        }
        Fix::EditApiKey { tenant_key: id, edit } => api_key_record(id, edit, inventory),
        Fix::EditTenantKey { tenant_key: id, edit } => {
            let before = inventory.tenant_key(id);
            let inverse = before.and_then(|before| edit.inverse(before, inventory));
            let after = before.map(|before| ResourceState::TenantKey(edit.apply_to(before)));
            let restore = inverse.map(|edit| Fix::EditTenantKey { tenant_key: id.clone(), edit });
            fix_record(Vec::new(), after.into_iter().collect(), restore)
        }
        Fix::WritePriceListEntry(id) => {
            let written = |plan: &Plan| Plan {
                price_list_entry: Some(accurate_price_list_entry(plan)),
                ..plan.clone()
            };
            let before = inventory.plan(id).map(|plan| plan.price_list_entry.clone().map(Box::new));
            let restore = before.map(|entry| Fix::RestorePriceListEntry { plan: id.clone(), entry });
            plan_record(id, written, restore, inventory)
        }
        Fix::RestorePriceListEntry { plan: id, entry } => {
            let entry = entry.as_deref().cloned();
            plan_record(id, |plan| Plan { price_list_entry: entry, ..plan.clone() }, None, inventory)
        }
        Fix::RestorePlan { plan: id, edit, entry } => {
            let restored =
                |plan: &Plan| Plan { price_list_entry: Some((**entry).clone()), ..edit.apply_to(plan) };
            plan_record(id, restored, None, inventory)
        }
        Fix::DeletePriceListEntry { plan, before } => {
            let state = |entry| vec![ResourceState::PriceListEntry { plan: plan.clone(), entry }];
            let restore = Fix::RestorePriceListEntry { plan: plan.clone(), entry: Some(before.clone()) };
            fix_record(state(Some((**before).clone())), state(None), Some(restore))
        }
        Fix::CorrectValue(_)
        | Fix::ReplaceWithStoredValue(_)
        | Fix::ReassignPoolKey(_)
        | Fix::FinishRotation(_)
        | Fix::ReplaceDisabled(_)
        | Fix::Attach { .. }
        | Fix::ReturnToPlan { .. }
        | Fix::FinishMove { .. }
        | Fix::UndoMove { .. }
        | Fix::Recount { .. }
        | Fix::DeleteCounter(_)
        | Fix::WritePoolItem { .. }
        | Fix::DeletePoolItem(_)
        | Fix::RemoveFromPool { .. } => Record::new(Subject::NamedInDescription),
    }
}

fn fix_record(before: Vec<ResourceState>, after: Vec<ResourceState>, restore: Option<Fix>) -> Record {
    let reversal = Reversal::Units(vec![restore.map(Change::Fix)]);
    Record::new(Subject::NamedInDescription).with_before(before).with_after(after).with_reversal(reversal)
}

/// An edit of the API key of a tenant key; undo restores the edited fields.
fn api_key_record(id: &TenantKeyId, edit: &Edit, inventory: &Inventory) -> Record {
    let api_key = inventory.tenant_key(id).and_then(|key| key.api_key().into_result().ok());
    let Some(api_key) = api_key else { return Record::new(Subject::NamedInDescription) };
    let state = |edit: &Edit| ResourceState::api_key(&api_key, edit, inventory);
    let restore = inventory.api_key(&api_key).key().map(|key| Edit {
        name: edit.name.as_ref().map(|_| key.name.clone()),
        description: edit.description.as_ref().map(|_| key.description.clone()),
        enabled: edit.enabled.map(|_| key.enabled),
        expiry: None,
    });
    let restore = restore.map(|edit| Fix::EditApiKey { tenant_key: id.clone(), edit });
    fix_record(state(&Edit::default()), state(edit), restore)
}

fn plan_record(
    id: &PlanId,
    after: impl FnOnce(&Plan) -> Plan,
    restore: Option<Fix>,
    inventory: &Inventory,
) -> Record {
    let before = ResourceState::plan(id, Plan::clone, inventory);
    fix_record(before, ResourceState::plan(id, after, inventory), restore)
}
