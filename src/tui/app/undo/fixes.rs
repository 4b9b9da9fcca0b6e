//! Reverses plan edits and the doctor's fixes.

use keypool_domain::change::Fix;
use keypool_domain::{Change, Edit, Inventory, Plan, PlanChange, PlanEdit, TenantKeyId};

use crate::tui::app::undo::inverse_edit;

/// The change that restores the plan's fields, and also its price-list entry where restoring the fields does
/// not bring it back.
pub(super) fn reverse_plan_edit(before: &Plan, edit: &PlanEdit) -> Change {
    let (plan, inverse) = (before.id.clone(), edit.inverse(before));
    match &before.price_list_entry {
        Some(entry) if inverse.apply_to(&edit.apply_to(before)).price_list_entry.as_ref() != Some(entry) => {
            let (edit, entry) = (Box::new(inverse), Box::new(entry.clone()));
            Change::Fix(Fix::RestorePlan { plan, edit, entry })
        }
        _ => PlanChange::Edit { plan, edit: inverse }.into(),
    }
}

/// The reversal of a fix, if there is one.
pub(super) fn reverse_fix(fix: &Fix, inventory: &Inventory) -> Option<Change> {
    let inverse = match fix {
        Fix::ApplyEnabled(id) => {
            // Only which fields are set matters here, not their values.
            let enabled_field = Edit { enabled: Some(true), ..Edit::default() };
            restore_api_key_fields(id, &enabled_field, inventory)?
        }
        Fix::EditApiKey { tenant_key: id, edit } => restore_api_key_fields(id, edit, inventory)?,
        Fix::EditTenantKey { tenant_key: id, edit } => {
            let edit = inverse_edit(inventory.tenant_key(id)?, edit)?;
            Fix::EditTenantKey { tenant_key: id.clone(), edit }
        }
        Fix::WritePriceListEntry(plan) => {
            let entry = inventory.plan(plan)?.price_list_entry.clone().map(Box::new);
            Fix::RestorePriceListEntry { plan: plan.clone(), entry }
        }
        Fix::DeletePriceListEntry { plan, before } => {
            Fix::RestorePriceListEntry { plan: plan.clone(), entry: Some(before.clone()) }
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
        | Fix::RemoveFromPool { .. }
        | Fix::RestorePriceListEntry { .. }
        | Fix::RestorePlan { .. } => return None,
    };
    Some(Change::Fix(inverse))
}

/// The fix that restores the fields of an API key that this edit changes.
fn restore_api_key_fields(id: &TenantKeyId, edit: &Edit, inventory: &Inventory) -> Option<Fix> {
    let api_key = inventory.tenant_key(id)?.api_key().into_result().ok()?;
    let key = inventory.api_key(&api_key).key()?;
    let edit = Edit {
        name: edit.name.as_ref().map(|_| key.name.clone()),
        description: edit.description.as_ref().map(|_| key.description.clone()),
        enabled: edit.enabled.map(|_| key.enabled),
    };
    Some(Fix::EditApiKey { tenant_key: id.clone(), edit })
}
