//! What takes a fix of the doctor back, and the edit of a plan.

use keypool_domain::change::Mend;
use keypool_domain::{Change, Edit, Inventory, Plan, PlanChange, PlanEdit, RowId};

use super::before_edit;

/// The limits that a plan had, and what its price list said where that does not follow from them.
pub(super) fn plan_before(before: &Plan, edit: &PlanEdit) -> Change {
    let (plan, back) = (before.id.clone(), edit.inverse(before));
    match &before.shop_window {
        Some(entry) if back.applied(&edit.applied(before)).shop_window.as_ref() != Some(entry) => {
            let (edit, entry) = (Box::new(back), Box::new(entry.clone()));
            Change::Mend(Mend::RestorePlan { plan, edit, entry })
        }
        _ => PlanChange::Edit { plan, edit: back }.into(),
    }
}

/// What takes a fix back, where something does.
pub(super) fn reversal(fix: &Mend, inventory: &Inventory) -> Option<Change> {
    let back = match fix {
        Mend::FollowRow(row) => {
            let enabled = Edit { enabled: Some(true), ..Edit::default() };
            edit_of_api_key(row, &enabled, inventory)?
        }
        Mend::EditApiKey { row, edit } => edit_of_api_key(row, edit, inventory)?,
        Mend::EditRow { row, edit } => {
            let edit = before_edit(inventory.row(row)?, edit)?;
            Mend::EditRow { row: row.clone(), edit }
        }
        Mend::WriteWindow(plan) => {
            let entry = inventory.plan(plan)?.shop_window.clone().map(Box::new);
            Mend::SetWindow { plan: plan.clone(), entry }
        }
        Mend::DeleteWindow { plan, before } => {
            Mend::SetWindow { plan: plan.clone(), entry: Some(before.clone()) }
        }
        Mend::CorrectValue(_)
        | Mend::IssueRowValue(_)
        | Mend::Rehome(_)
        | Mend::FinishRotation(_)
        | Mend::ReplaceDisabled(_)
        | Mend::Attach { .. }
        | Mend::BringBack { .. }
        | Mend::FinishMove { .. }
        | Mend::UndoMove { .. }
        | Mend::Recount { .. }
        | Mend::DeleteCounter(_)
        | Mend::WritePoolItem { .. }
        | Mend::DeletePoolItem(_)
        | Mend::TakeOutOfPool { .. }
        | Mend::SetWindow { .. }
        | Mend::RestorePlan { .. } => return None,
    };
    Some(Change::Mend(back))
}

/// What the fields of an API key are that this edit changes.
fn edit_of_api_key(row: &RowId, edit: &Edit, inventory: &Inventory) -> Option<Mend> {
    let id = inventory.row(row)?.api_key().into_result().ok()?;
    let key = inventory.api_key(&id).key()?;
    let edit = Edit {
        name: edit.name.as_ref().map(|_| key.name.clone()),
        description: edit.description.as_ref().map(|_| key.description.clone()),
        enabled: edit.enabled.map(|_| key.enabled),
    };
    Some(Mend::EditApiKey { row: row.clone(), edit })
}
