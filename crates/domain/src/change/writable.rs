//! Whether a change is possible where the tenant keys are: one row per change.

use crate::{InventorySource, PlanRefusal, Refusal};

use super::kinds::{Change, Fix, PlanChange};
use crate::Inventory;

/// What a change needs of the account besides its plans and keys.
enum Need<'a> {
    Nothing,
    /// To know where a key's tenant is.
    Tenants,
    /// Tables, for what this names.
    Tables(&'static str),
    /// The config says which plans are managed where there are no tables.
    ManagedPlans(&'a crate::PlanId),
}

/// Refuses a change that the account's source cannot hold.
pub(super) fn check(change: &Change, inventory: &Inventory) -> Result<(), Refusal> {
    let tenants = match inventory.source() {
        InventorySource::Tables { .. } => return Ok(()),
        InventorySource::ApiGateway { tenants, .. } => Some(tenants),
        InventorySource::Usage => None,
    };
    match (need(change), tenants) {
        (Need::Nothing, _) => Ok(()),
        (Need::Tables(what), _) => Err(Refusal::NeedsTables(what)),
        (_, None) => Err(Refusal::KeysNotListed),
        (Need::Tenants, Some(tenants)) => tenants.place().map(drop),
        (Need::ManagedPlans(plan), Some(_)) => {
            Err(PlanRefusal::AdoptedInConfig(inventory.plan_name(plan).to_owned()).into())
        }
    }
}

fn need(change: &Change) -> Need<'_> {
    const POOL: Need<'_> = Need::Tables("a pool");
    match change {
        Change::Create(_)
        | Change::Edit { .. }
        | Change::SetCustomer { .. }
        | Change::SetEnabled { .. }
        | Change::Delete(_)
        | Change::Restore(_)
        | Change::Rotate { .. }
        | Change::Retire(_)
        | Change::ChangePlan { .. }
        | Change::Extend(_) => Need::Tenants,
        Change::Import(_) => Need::Tables("an import"),
        Change::RotatePoolKey { .. }
        | Change::Isolate(_)
        | Change::Consolidate { .. }
        | Change::Rebalance(_)
        | Change::CreatePool(_)
        | Change::DissolvePool(_)
        | Change::SetPool { .. }
        | Change::Grow { .. }
        | Change::Drain(_) => POOL,
        Change::Fix(fix) => need_of_fix(fix),
        Change::Plan(change) => match &**change {
            PlanChange::Create(_) | PlanChange::Edit { .. } | PlanChange::Delete(_) => Need::Tenants,
            PlanChange::Adopt { plan, .. } | PlanChange::Release(plan) => Need::ManagedPlans(plan),
        },
        Change::Api(_) => Need::Nothing,
    }
}

const fn need_of_fix(fix: &Fix) -> Need<'static> {
    match fix {
        Fix::Attach { .. } => Need::Tenants,
        Fix::ApplyEnabled(_)
        | Fix::EditApiKey { .. }
        | Fix::EditTenantKey { .. }
        | Fix::CorrectValue(_)
        | Fix::ReplaceWithStoredValue(_)
        | Fix::ReassignPoolKey(_)
        | Fix::FinishRotation(_)
        | Fix::ReplaceDisabled(_)
        | Fix::ReturnToPlan { .. }
        | Fix::FinishMove { .. }
        | Fix::UndoMove { .. }
        | Fix::Recount { .. }
        | Fix::DeleteCounter(_)
        | Fix::WritePoolItem { .. }
        | Fix::DeletePoolItem(_)
        | Fix::RemoveFromPool { .. }
        | Fix::WritePriceListEntry(_)
        | Fix::RestorePriceListEntry { .. }
        | Fix::RestorePlan { .. }
        | Fix::DeletePriceListEntry { .. } => Need::Tables("this fix"),
    }
}
