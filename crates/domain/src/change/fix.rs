//! Fixes for findings of the doctor that no other change covers.

use crate::managed::require_managed_plan;
use crate::refusal::{self, Refusal};
use crate::step::{KeyRef, SetupStep, Step, Unit};
use crate::{
    ApiKeyId, Edit, Inventory, Known, PlanEdit, PlanId, PoolKey, PriceListEntry, Tenant, TenantKey,
    TenantKeyId,
};

use super::{create, delete, other_plans, rotate, transfer, units};

/// Any grace period but 0 will do: finishing a rotation drops the step that tags its end.
const NONZERO_GRACE_SECS: u64 = 1;

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fix {
    /// Copies the enabled state of a tenant key to its API key.
    ApplyEnabled(TenantKeyId),
    /// Changes only the API key of a tenant key, to match the tables.
    EditApiKey { tenant_key: TenantKeyId, edit: Edit },
    /// Changes only the tenant key, to match API Gateway.
    EditTenantKey { tenant_key: TenantKeyId, edit: Edit },
    /// Copies the value of the API key to the tenant key.
    CorrectValue(TenantKeyId),
    /// Replaces the API key of a siloed tenant key with one that has the value in the tables.
    ReplaceWithStoredValue(TenantKeyId),
    /// Assigns a key of the plan's pool to a tenant key that refers to none of them.
    ReassignPoolKey(TenantKeyId),
    /// Finishes an interrupted rotation of a pool key. Its grace period does not change.
    FinishRotation(ApiKeyId),
    /// Replaces a disabled pool key that tenants use with an enabled one.
    ReplaceDisabled(ApiKeyId),
    /// Attaches an API key to the plan it belongs to.
    Attach { api_key: ApiKeyId, plan: PlanId },
    /// Moves a pool key back to its pool's plan, from a plan that covers one of the same stages.
    ReturnToPlan { api_key: ApiKeyId, plan: PlanId, from: PlanId },
    /// Finishes an interrupted move: sets the tenant key's plan to the one that its API key is in.
    FinishMove {
        tenant_key: TenantKeyId,
        /// The plan that the API key is in.
        plan: PlanId,
    },
    /// Undoes an interrupted move: returns the API key to the plan of its tenant key.
    UndoMove {
        tenant_key: TenantKeyId,
        /// The plan that the API key is in.
        from: PlanId,
    },
    /// Sets a pool key's counter to the number of tenant keys that refer to it.
    Recount { plan: PlanId, api_key: ApiKeyId },
    /// Deletes the counter of an API key that is in no pool, if it has not changed since it was read.
    DeleteCounter(PoolKey),
    /// Writes the item of a pool key to the Keys table.
    WritePoolItem { plan: PlanId, api_key: ApiKeyId },
    /// Deletes the Keys table item of an API key that is in no pool.
    DeletePoolItem(ApiKeyId),
    /// Removes a pool key that no longer exists in API Gateway from its pool.
    RemoveFromPool { plan: PlanId, api_key: ApiKeyId },
    /// Sets the price-list entry to the limits that the plan enforces.
    WritePriceListEntry(PlanId),
    /// Restores an earlier price-list entry (undo).
    RestorePriceListEntry {
        plan: PlanId,
        /// `None` deletes the entry.
        entry: Option<Box<PriceListEntry>>,
    },
    /// Restores earlier limits and the earlier price-list entry of a usage plan (undo).
    RestorePlan { plan: PlanId, edit: Box<PlanEdit>, entry: Box<PriceListEntry> },
    /// Deletes the price-list entry of a plan that no longer exists.
    DeletePriceListEntry {
        plan: PlanId,
        /// The entry as read.
        before: Box<PriceListEntry>,
    },
}

pub(super) fn unit(fix: &Fix, inventory: &Inventory) -> Result<Unit, Refusal> {
    let plan_name = |id: &PlanId| inventory.plan_name(id).to_owned();
    match fix {
        Fix::ApplyEnabled(id) => {
            let key = units::find_tenant_key(id, inventory)?;
            let enabled = *key.enabled.require(format!("whether key {id} is enabled"))?;
            let edit = Edit { enabled: Some(enabled), ..Edit::default() };
            let step = Step::UpdateApiKey { api_key: key.require_api_key()?, edit };
            Ok(units::tenant_key_unit(key, vec![step]))
        }
        Fix::EditApiKey { tenant_key, edit } => {
            let key = units::find_tenant_key(tenant_key, inventory)?;
            let step = Step::UpdateApiKey { api_key: key.require_api_key()?, edit: edit.clone() };
            Ok(units::tenant_key_unit(key, vec![step]))
        }
        Fix::EditTenantKey { tenant_key, edit } => {
            let key = units::find_tenant_key(tenant_key, inventory)?;
            let (id, revision) = (key.id.clone(), key.revision);
            let step = Step::UpdateTenantKey { tenant_key: id, revision, edit: edit.clone() };
            Ok(units::tenant_key_unit(key, vec![step]))
        }
        Fix::ReplaceWithStoredValue(id) => {
            issue_stored_value(units::find_tenant_key(id, inventory)?, inventory)
        }
        Fix::CorrectValue(id) => {
            let key = units::find_tenant_key(id, inventory)?;
            let step = Step::WriteValue { tenant_key: id.clone(), api_key: key.require_api_key()? };
            Ok(units::tenant_key_unit(key, vec![step]))
        }
        Fix::ReassignPoolKey(id) => {
            let key = units::find_tenant_key(id, inventory)?;
            key.require_pool_key()?;
            create::require_tenant_counts(transfer::require_pool(&key.plan, inventory)?, inventory)?;
            let step = Step::ReassignPoolKey { tenant_key: id.clone(), plan: key.plan.clone() };
            Ok(units::tenant_key_unit(key, vec![step]))
        }
        Fix::FinishRotation(api_key) => {
            let mut unit = rotate::rotate_pool_key(api_key, NONZERO_GRACE_SECS, inventory)?;
            unit.steps.retain(|step| !matches!(step, Step::TagRetirement { .. }));
            Ok(unit)
        }
        Fix::ReplaceDisabled(api_key) => rotate::replace_disabled_pool_key(api_key, inventory),
        Fix::Attach { api_key, plan: to } => {
            if let (Some(plan), Known::Value(current)) =
                (inventory.plan(to), inventory.plans_of_api_key(api_key))
            {
                let others: Vec<_> = current.iter().filter(|other| *other != to).cloned().collect();
                other_plans::check_one_plan_per_stage(api_key, plan, &others, inventory)?;
            }
            let step = Step::AttachApiKey { api_key: KeyRef::Existing(api_key.clone()), plan: to.clone() };
            Ok(Unit { subject: format!("API key {api_key}"), steps: vec![step] })
        }
        Fix::ReturnToPlan { api_key, plan, from } => {
            let attach =
                Step::AttachApiKey { api_key: KeyRef::Existing(api_key.clone()), plan: plan.clone() };
            let detach = Step::DetachApiKey { api_key: api_key.clone(), plan: from.clone() };
            let subject = format!("pool key {api_key} of {}", plan_name(plan));
            Ok(Unit { subject, steps: vec![detach, attach] })
        }
        Fix::FinishMove { tenant_key, plan } => {
            let key = units::find_tenant_key(tenant_key, inventory)?;
            let (id, revision) = (key.id.clone(), key.revision);
            let step = Step::SetTenantKeyPlan { tenant_key: id, revision, plan: plan.clone() };
            Ok(units::tenant_key_unit(key, vec![step]))
        }
        Fix::UndoMove { tenant_key, from } => {
            let key = units::find_tenant_key(tenant_key, inventory)?;
            let id = key.require_api_key()?;
            let attach = Step::AttachApiKey { api_key: KeyRef::Existing(id.clone()), plan: key.plan.clone() };
            let detach = Step::DetachApiKey { api_key: id, plan: from.clone() };
            Ok(units::tenant_key_unit(key, vec![detach, attach]))
        }
        Fix::Recount { plan, api_key } => {
            let count = inventory.reference_count(api_key);
            let tenants = *count.require(refusal::describe_tenant_key_count(api_key))?;
            let step = Step::SetCounter { plan: plan.clone(), api_key: api_key.clone(), tenants };
            let subject = format!("pool key {api_key} of {}", plan_name(plan));
            Ok(Unit { subject, steps: vec![step] })
        }
        Fix::DeleteCounter(counter) => {
            let steps = vec![Step::DeleteCounter(counter.clone())];
            Ok(Unit { subject: format!("counter of API key {}", counter.api_key), steps })
        }
        Fix::WritePoolItem { plan, api_key } => {
            let pool_key = KeyRef::Existing(api_key.clone());
            // An existing item keeps everything but its value.
            let step = match inventory.pool_item(api_key) {
                Some(_) => Step::ForwardPoolItem { api_key: api_key.clone(), to: pool_key },
                None => rotate::write_pool_item(plan, pool_key),
            };
            let subject = format!("pool key {api_key} of {}", plan_name(plan));
            Ok(Unit { subject, steps: vec![step] })
        }
        Fix::DeletePoolItem(api_key) => {
            let steps = vec![Step::DeletePoolItem(api_key.clone())];
            Ok(Unit { subject: format!("item of API key {api_key}"), steps })
        }
        Fix::RemoveFromPool { plan, api_key } => {
            let count = inventory.tenant_key_count(api_key);
            count.require(refusal::describe_tenant_key_count(api_key))?;
            let step = Step::RemovePoolKey { plan: plan.clone(), api_key: api_key.clone() };
            let steps = [step].into_iter().chain(delete::delete_pool_items(api_key, inventory)).collect();
            Ok(Unit { subject: format!("pool key {api_key} of {}", plan_name(plan)), steps })
        }
        Fix::WritePriceListEntry(id) => {
            let plan = require_managed_plan(id, inventory)?;
            Ok(Unit { subject: plan.name.clone(), steps: vec![Step::WritePriceListEntry(id.clone())] })
        }
        Fix::RestorePlan { plan: id, edit, entry } => {
            let plan = inventory.plan(id).ok_or_else(|| Refusal::NoPlan(id.clone()))?;
            let update = SetupStep::UpdatePlan { plan: Some(id.clone()), edit: edit.clone() };
            let set = SetupStep::SetPriceListEntry { plan: Some(id.clone()), entry: (**entry).clone() };
            Ok(Unit { subject: plan.name.clone(), steps: [update, set].map(Step::Setup).to_vec() })
        }
        Fix::RestorePriceListEntry { plan, entry: Some(entry) } => {
            let set = SetupStep::SetPriceListEntry { plan: Some(plan.clone()), entry: (**entry).clone() };
            Ok(Unit { subject: entry.name.clone(), steps: vec![Step::Setup(set)] })
        }
        Fix::RestorePriceListEntry { plan, entry: None } | Fix::DeletePriceListEntry { plan, .. } => {
            Ok(Unit { subject: plan.to_string(), steps: vec![Step::DeletePriceListEntry(plan.clone())] })
        }
    }
}

/// A rotation without a grace period, but with the value in the tables instead of a random one.
fn issue_stored_value(tenant_key: &TenantKey, inventory: &Inventory) -> Result<Unit, Refusal> {
    let mut unit = rotate::rotate_siloed_key(tenant_key, 0, inventory)?;
    for step in &mut unit.steps {
        if let Step::CreateApiKey(new) = step {
            new.value = tenant_key.stored_value().cloned();
        }
    }
    Ok(unit)
}

pub(super) fn describe(fix: &Fix, inventory: &Inventory) -> String {
    let plan_name = |id| inventory.plan_name(id);
    match fix {
        Fix::ApplyEnabled(id) => format!("copy the enabled state of tenant key {id} to its API key"),
        Fix::EditApiKey { tenant_key, edit } => {
            format!("API key of tenant key {tenant_key}: {}", edit.describe())
        }
        Fix::EditTenantKey { tenant_key, edit } => format!("tenant key {tenant_key}: {}", edit.describe()),
        Fix::CorrectValue(id) => format!("correct the value of tenant key {id}"),
        Fix::ReplaceWithStoredValue(id) => {
            format!("give tenant key {id} a new API key with the value in the tables")
        }
        Fix::ReassignPoolKey(id) => format!("assign tenant key {id} a key of its plan's pool"),
        Fix::FinishRotation(api_key) => {
            format!("finish the rotation of pool key {api_key} (its grace period does not change)")
        }
        Fix::ReplaceDisabled(api_key) => format!("replace disabled pool key {api_key} with an enabled one"),
        Fix::Attach { api_key, plan } => format!("attach API key {api_key} to {}", plan_name(plan)),
        Fix::ReturnToPlan { api_key, plan, from } => {
            format!("move pool key {api_key} from {} back to {}", plan_name(from), plan_name(plan))
        }
        Fix::FinishMove { tenant_key, plan } => {
            format!("finish the move of tenant key {tenant_key} to {}", plan_name(plan))
        }
        Fix::UndoMove { tenant_key, from } => {
            let home = inventory.tenant_key(tenant_key).map_or("its plan", |key| plan_name(&key.plan));
            format!("undo the move of tenant key {tenant_key}: from {} back to {home}", plan_name(from))
        }
        Fix::Recount { api_key, .. } => format!("recount the tenants of pool key {api_key}"),
        Fix::DeleteCounter(counter) => format!("delete the counter of API key {}", counter.api_key),
        Fix::WritePoolItem { api_key, .. } => format!("write pool key {api_key} to the Keys table"),
        Fix::DeletePoolItem(api_key) => format!("delete the item of API key {api_key} from the Keys table"),
        Fix::RemoveFromPool { api_key, .. } => format!("remove {api_key} from its pool"),
        Fix::WritePriceListEntry(plan) => {
            format!("write the limits of {} to the Plans table", plan_name(plan))
        }
        Fix::RestorePlan { plan, edit, .. } => {
            format!("usage plan {}: {}, and restore its price-list entry", plan_name(plan), edit.describe())
        }
        Fix::RestorePriceListEntry { plan, entry: Some(_) } => {
            format!("restore the price-list entry of {}", plan_name(plan))
        }
        Fix::RestorePriceListEntry { plan, entry: None } | Fix::DeletePriceListEntry { plan, .. } => {
            format!("delete {plan} from the Plans table")
        }
    }
}

/// The tenants of the changed tenant keys, or all tenants of the plan or API key.
pub(super) fn affected_tenants(
    fix: &Fix,
    tenant_keys: Vec<&TenantKey>,
    inventory: &Inventory,
) -> Vec<Tenant> {
    match fix {
        Fix::RestorePlan { plan, edit, .. } if edit.affects_tenants() => {
            inventory.tenants_of_plan(plan).into_iter().cloned().collect()
        }
        Fix::Attach { api_key, .. } | Fix::ReturnToPlan { api_key, .. } => {
            inventory.tenants_of_api_key(api_key).into_iter().cloned().collect()
        }
        Fix::ApplyEnabled(_)
        | Fix::EditApiKey { .. }
        | Fix::EditTenantKey { .. }
        | Fix::CorrectValue(_)
        | Fix::ReplaceWithStoredValue(_)
        | Fix::ReassignPoolKey(_)
        | Fix::FinishRotation(_)
        | Fix::ReplaceDisabled(_)
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
        | Fix::DeletePriceListEntry { .. } => {
            tenant_keys.into_iter().map(|tenant_key| tenant_key.tenant.clone()).collect()
        }
    }
}

pub(super) const fn tenant_key(fix: &Fix) -> Option<&TenantKeyId> {
    match fix {
        Fix::ApplyEnabled(tenant_key)
        | Fix::EditApiKey { tenant_key, .. }
        | Fix::EditTenantKey { tenant_key, .. }
        | Fix::ReplaceWithStoredValue(tenant_key)
        | Fix::CorrectValue(tenant_key)
        | Fix::ReassignPoolKey(tenant_key)
        | Fix::FinishMove { tenant_key, .. }
        | Fix::UndoMove { tenant_key, .. } => Some(tenant_key),
        Fix::FinishRotation(_)
        | Fix::ReplaceDisabled(_)
        | Fix::Attach { .. }
        | Fix::ReturnToPlan { .. }
        | Fix::Recount { .. }
        | Fix::DeleteCounter(_)
        | Fix::WritePoolItem { .. }
        | Fix::DeletePoolItem(_)
        | Fix::RemoveFromPool { .. }
        | Fix::WritePriceListEntry(_)
        | Fix::RestorePriceListEntry { .. }
        | Fix::RestorePlan { .. }
        | Fix::DeletePriceListEntry { .. } => None,
    }
}
