//! What takes a fix of the doctor back, and the edit of a plan.

use keypool_domain::change::Fix;
use keypool_domain::{Change, Edit, Inventory, Plan, PlanChange, PlanEdit, TenantKeyId};

use super::inverse_edit;

/// The limits that a plan had, and what its price list said where that does not follow from them.
pub(super) fn reverse_plan_edit(before: &Plan, edit: &PlanEdit) -> Change {
    let (plan, back) = (before.id.clone(), edit.inverse(before));
    match &before.price_list_entry {
        Some(entry) if back.apply_to(&edit.apply_to(before)).price_list_entry.as_ref() != Some(entry) => {
            let (edit, entry) = (Box::new(back), Box::new(entry.clone()));
            Change::Fix(Fix::RestorePlan { plan, edit, entry })
        }
        _ => PlanChange::Edit { plan, edit: back }.into(),
    }
}

/// What takes a fix back, where something does.
pub(super) fn reverse_fix(fix: &Fix, inventory: &Inventory) -> Option<Change> {
    let back = match fix {
        Fix::ApplyEnabled(row) => {
            let enabled = Edit { enabled: Some(true), ..Edit::default() };
            restore_api_key_fields(row, &enabled, inventory)?
        }
        Fix::EditApiKey { tenant_key: row, edit } => restore_api_key_fields(row, edit, inventory)?,
        Fix::EditTenantKey { tenant_key: row, edit } => {
            let edit = inverse_edit(inventory.tenant_key(row)?, edit)?;
            Fix::EditTenantKey { tenant_key: row.clone(), edit }
        }
        Fix::WritePriceListEntry(plan) => {
            let entry = inventory.plan(plan)?.price_list_entry.clone().map(Box::new);
            Fix::RestorePriceListEntry { plan: plan.clone(), entry }
        }
        Fix::DeletePriceListEntry { plan, before } => {
            Fix::RestorePriceListEntry { plan: plan.clone(), entry: Some(before.clone()) }
        }
        Fix::CorrectValue(_)
        | Fix::IssueStoredValue(_)
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
    Some(Change::Fix(back))
}

/// What the fields of an API key are that this edit changes.
fn restore_api_key_fields(row: &TenantKeyId, edit: &Edit, inventory: &Inventory) -> Option<Fix> {
    let id = inventory.tenant_key(row)?.api_key().into_result().ok()?;
    let key = inventory.api_key(&id).key()?;
    let edit = Edit {
        name: edit.name.as_ref().map(|_| key.name.clone()),
        description: edit.description.as_ref().map(|_| key.description.clone()),
        enabled: edit.enabled.map(|_| key.enabled),
    };
    Some(Fix::EditApiKey { tenant_key: row.clone(), edit })
}
