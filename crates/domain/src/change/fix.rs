//! What mends a finding where no other change does.

use crate::step::{KeyRef, SetupStep, Step, Unit};
use crate::{
    ApiKeyId, Edit, Inventory, Known, PlanId, PoolKey, PriceListEntry, Tenant, TenantKey, TenantKeyId,
};

use super::refusal::{self, Refusal};
use super::{PlanEdit, create, delete, other_plans, plans, rotate, transfer, units};

/// Any grace but none: the tag that says when it ends is there already and stays.
const NONZERO_GRACE_SECS: u64 = 1;

/// One thing put right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fix {
    /// API Gateway is told whether a row says enabled.
    ApplyEnabled(TenantKeyId),
    /// The API key of a tenant key alone changes, so that it says what the tables say.
    EditApiKey {
        /// the tenant key
        tenant_key: TenantKeyId,
        /// what changes
        edit: Edit,
    },
    /// The item of a tenant key alone changes, so that it says what API Gateway says.
    EditTenantKey {
        /// the tenant key
        tenant_key: TenantKeyId,
        /// what changes
        edit: Edit,
    },
    /// A row gets the value that its API key has.
    CorrectValue(TenantKeyId),
    /// A siloed tenant key gets a new API key with the value that the tables hold.
    IssueStoredValue(TenantKeyId),
    /// A row that refers to no key of its plan's pool refers to one.
    ReassignPoolKey(TenantKeyId),
    /// The tenants of a pool key whose rotation was cut follow to its successor; its grace stays as it was promised.
    FinishRotation(ApiKeyId),
    /// A pool key that was disabled while tenants are behind it gets an enabled successor.
    ReplaceDisabled(ApiKeyId),
    /// An API key joins the plan it belongs to.
    Attach {
        /// the API key
        api_key: ApiKeyId,
        /// the plan
        plan: PlanId,
    },
    /// A pool key leaves a plan that covers a stage of its pool's plan, and joins that.
    ReturnToPlan {
        /// the API key
        api_key: ApiKeyId,
        /// the plan of its pool
        plan: PlanId,
        /// the plan that it is in
        from: PlanId,
    },
    /// A tenant key says the plan that its API key is in, where a move to it was interrupted.
    FinishMove {
        /// the tenant key
        tenant_key: TenantKeyId,
        /// the plan that its API key is in
        plan: PlanId,
    },
    /// An API key goes back to the plan that its tenant key says.
    UndoMove {
        /// the tenant key
        tenant_key: TenantKeyId,
        /// the plan that its API key is in
        from: PlanId,
    },
    /// A pool key's counter says how many rows refer to it.
    Recount {
        /// the plan of the pool
        plan: PlanId,
        /// the pool key
        api_key: ApiKeyId,
    },
    /// The counter of an API key that is in no pool goes, where it is as it was read.
    DeleteCounter(PoolKey),
    /// A pool key stands in the Keys table.
    WritePoolItem {
        /// the plan of the pool
        plan: PlanId,
        /// the pool key
        api_key: ApiKeyId,
    },
    /// The item of an API key that is in no pool leaves the Keys table.
    DeletePoolItem(ApiKeyId),
    /// A pool key that API Gateway does not have leaves its pool.
    RemoveFromPool {
        /// the plan of the pool
        plan: PlanId,
        /// the pool key
        api_key: ApiKeyId,
    },
    /// The Plans table tells what the plan enforces.
    WritePriceListEntry(PlanId),
    /// A price-list entry says what it said before.
    RestorePriceListEntry {
        /// the plan
        plan: PlanId,
        /// the entry; where there is none, it goes
        entry: Option<Box<PriceListEntry>>,
    },
    /// A usage plan gets back its limits, and its price-list entry what it said.
    RestorePlan {
        /// the plan
        plan: PlanId,
        /// the limits
        edit: Box<PlanEdit>,
        /// the entry
        entry: Box<PriceListEntry>,
    },
    /// The Plans table no longer has a plan that is gone.
    DeletePriceListEntry {
        /// the plan
        plan: PlanId,
        /// the entry as it was read
        before: Box<PriceListEntry>,
    },
}

pub(super) fn unit(mend: &Fix, inventory: &Inventory) -> Result<Unit, Refusal> {
    let plan = |id: &PlanId| inventory.plan_name(id).to_owned();
    match mend {
        Fix::ApplyEnabled(row) => {
            let row = units::find_tenant_key(row, inventory)?;
            let enabled = *row.enabled.require(format!("whether key {} is enabled", row.id))?;
            let edit = Edit { enabled: Some(enabled), ..Edit::default() };
            Ok(units::tenant_key_unit(
                row,
                vec![Step::UpdateApiKey { api_key: row.require_api_key()?, edit }],
            ))
        }
        Fix::EditApiKey { tenant_key: row, edit } => {
            let row = units::find_tenant_key(row, inventory)?;
            let step = Step::UpdateApiKey { api_key: row.require_api_key()?, edit: edit.clone() };
            Ok(units::tenant_key_unit(row, vec![step]))
        }
        Fix::EditTenantKey { tenant_key: row, edit } => {
            let row = units::find_tenant_key(row, inventory)?;
            let (id, revision) = (row.id.clone(), row.revision);
            let step = Step::UpdateTenantKey { tenant_key: id, revision, edit: edit.clone() };
            Ok(units::tenant_key_unit(row, vec![step]))
        }
        Fix::IssueStoredValue(row) => issue_stored_value(units::find_tenant_key(row, inventory)?, inventory),
        Fix::CorrectValue(row) => {
            let row = units::find_tenant_key(row, inventory)?;
            Ok(units::tenant_key_unit(
                row,
                vec![Step::WriteValue { tenant_key: row.id.clone(), api_key: row.require_api_key()? }],
            ))
        }
        Fix::ReassignPoolKey(row) => {
            let row = units::find_tenant_key(row, inventory)?;
            row.require_pool_key()?;
            create::require_tenant_counts(transfer::require_pool(&row.plan, inventory)?, inventory)?;
            let step = Step::ReassignPoolKey { tenant_key: row.id.clone(), plan: row.plan.clone() };
            Ok(units::tenant_key_unit(row, vec![step]))
        }
        Fix::FinishRotation(api_key) => {
            let mut unit = rotate::rotate_pool_key(api_key, NONZERO_GRACE_SECS, inventory)?;
            unit.steps.retain(|step| !matches!(step, Step::TagRetirement { .. }));
            Ok(unit)
        }
        Fix::ReplaceDisabled(api_key) => rotate::replace_disabled_pool_key(api_key, inventory),
        Fix::Attach { api_key, plan: to } => {
            if let (Some(found), Known::Value(others)) =
                (inventory.plan(to), inventory.plans_of_api_key(api_key))
            {
                let others: Vec<_> = others.iter().filter(|other| *other != to).cloned().collect();
                other_plans::check_one_plan_per_stage(api_key, found, &others, inventory)?;
            }
            let step = Step::AttachApiKey { api_key: KeyRef::Existing(api_key.clone()), plan: to.clone() };
            Ok(Unit { subject: format!("API key {api_key}"), steps: vec![step] })
        }
        Fix::ReturnToPlan { api_key, plan: to, from } => {
            let back = Step::AttachApiKey { api_key: KeyRef::Existing(api_key.clone()), plan: to.clone() };
            let out = Step::DetachApiKey { api_key: api_key.clone(), plan: from.clone() };
            Ok(Unit { subject: format!("pool key {api_key} of {}", plan(to)), steps: vec![out, back] })
        }
        Fix::FinishMove { tenant_key: row, plan: to } => {
            let row = units::find_tenant_key(row, inventory)?;
            let step = Step::SetTenantKeyPlan {
                tenant_key: row.id.clone(),
                revision: row.revision,
                plan: to.clone(),
            };
            Ok(units::tenant_key_unit(row, vec![step]))
        }
        Fix::UndoMove { tenant_key: row, from } => {
            let row = units::find_tenant_key(row, inventory)?;
            let id = row.require_api_key()?;
            let back = Step::AttachApiKey { api_key: KeyRef::Existing(id.clone()), plan: row.plan.clone() };
            let out = Step::DetachApiKey { api_key: id, plan: from.clone() };
            Ok(units::tenant_key_unit(row, vec![out, back]))
        }
        Fix::Recount { plan: of, api_key } => {
            let tenants =
                *inventory.reference_count(api_key).require(refusal::describe_tenant_key_count(api_key))?;
            let step = Step::SetCounter { plan: of.clone(), api_key: api_key.clone(), tenants };
            Ok(Unit { subject: format!("pool key {api_key} of {}", plan(of)), steps: vec![step] })
        }
        Fix::DeleteCounter(counter) => {
            let steps = vec![Step::DeleteCounter(counter.clone())];
            Ok(Unit { subject: format!("counter of API key {}", counter.api_key), steps })
        }
        Fix::WritePoolItem { plan: of, api_key } => {
            let own = KeyRef::Existing(api_key.clone());
            // An item that stands there keeps everything but its value.
            let step = match inventory.pool_item(api_key) {
                Some(_) => Step::ForwardPoolItem { api_key: api_key.clone(), to: own },
                None => rotate::write_pool_item(of, own),
            };
            Ok(Unit { subject: format!("pool key {api_key} of {}", plan(of)), steps: vec![step] })
        }
        Fix::DeletePoolItem(api_key) => {
            let steps = vec![Step::DeletePoolItem(api_key.clone())];
            Ok(Unit { subject: format!("item of API key {api_key}"), steps })
        }
        Fix::RemoveFromPool { plan: of, api_key } => {
            inventory.tenant_key_count(api_key).require(refusal::describe_tenant_key_count(api_key))?;
            let step = Step::RemovePoolKey { plan: of.clone(), api_key: api_key.clone() };
            let steps = [step].into_iter().chain(delete::delete_pool_items(api_key, inventory)).collect();
            Ok(Unit { subject: format!("pool key {api_key} of {}", plan(of)), steps })
        }
        Fix::WritePriceListEntry(id) => {
            let found = plans::require_managed_plan(id, inventory)?;
            Ok(Unit { subject: found.name.clone(), steps: vec![Step::WritePriceListEntry(id.clone())] })
        }
        Fix::RestorePlan { plan: id, edit, entry } => {
            let found = inventory.plan(id).ok_or_else(|| Refusal::NoPlan(id.clone()))?;
            let update = SetupStep::UpdatePlan { plan: Some(id.clone()), edit: edit.clone() };
            let set = SetupStep::SetPriceListEntry { plan: Some(id.clone()), entry: (**entry).clone() };
            Ok(Unit { subject: found.name.clone(), steps: [update, set].map(Step::Setup).to_vec() })
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

/// As by a rotation without a grace, with the value that the tables hold in the place of a random one.
fn issue_stored_value(row: &TenantKey, inventory: &Inventory) -> Result<Unit, Refusal> {
    let mut unit = rotate::rotate_siloed_key(row, 0, inventory)?;
    for step in &mut unit.steps {
        if let Step::CreateApiKey(new) = step {
            new.value = row.stored_value().cloned();
        }
    }
    Ok(unit)
}

pub(super) fn describe(mend: &Fix, inventory: &Inventory) -> String {
    match mend {
        Fix::ApplyEnabled(row) => format!("let API Gateway follow row {row}"),
        Fix::EditApiKey { tenant_key: row, edit } => {
            format!("on the API key of tenant key {row} {}", edit.describe())
        }
        Fix::EditTenantKey { tenant_key: row, edit } => format!("on tenant key {row} {}", edit.describe()),
        Fix::CorrectValue(row) => format!("correct the value of row {row}"),
        Fix::IssueStoredValue(row) => {
            format!("give tenant key {row} a new API key with the value that the tables hold")
        }
        Fix::ReassignPoolKey(row) => format!("give row {row} a key of its plan's pool"),
        Fix::FinishRotation(api_key) => {
            format!("finish the rotation of pool key {api_key}, whose grace stays as promised")
        }
        Fix::ReplaceDisabled(api_key) => format!("replace disabled pool key {api_key} by an enabled one"),
        Fix::Attach { api_key, plan } => {
            format!("attach API key {api_key} to {}", inventory.plan_name(plan))
        }
        Fix::ReturnToPlan { api_key, plan, from } => {
            let (home, from) = (inventory.plan_name(plan), inventory.plan_name(from));
            format!("take pool key {api_key} out of {from}, back to {home}")
        }
        Fix::FinishMove { tenant_key: row, plan } => {
            format!("finish the move of row {row} to {}", inventory.plan_name(plan))
        }
        Fix::UndoMove { tenant_key: row, from } => {
            let home = inventory.tenant_key(row).map_or("its plan", |row| inventory.plan_name(&row.plan));
            format!("undo the move of row {row}: out of {}, back to {home}", inventory.plan_name(from))
        }
        Fix::Recount { api_key, .. } => format!("recount the tenants of pool key {api_key}"),
        Fix::DeleteCounter(counter) => format!("delete the counter of API key {}", counter.api_key),
        Fix::WritePoolItem { api_key, .. } => format!("write pool key {api_key} into the Keys table"),
        Fix::DeletePoolItem(api_key) => format!("delete the item of API key {api_key} from the Keys table"),
        Fix::RemoveFromPool { api_key, .. } => format!("take {api_key} out of its pool"),
        Fix::WritePriceListEntry(plan) => {
            format!("write what {} enforces into the Plans table", inventory.plan_name(plan))
        }
        Fix::RestorePlan { plan, edit, .. } => {
            let name = inventory.plan_name(plan);
            format!("usage plan {name}: {}, and its price-list entry as it was", edit.describe())
        }
        Fix::RestorePriceListEntry { plan, entry: Some(_) } => {
            format!("write the price-list entry of {} as it was", inventory.plan_name(plan))
        }
        Fix::RestorePriceListEntry { plan, entry: None } | Fix::DeletePriceListEntry { plan, .. } => {
            format!("delete {plan} from the Plans table")
        }
    }
}

/// The tenants that it affects: those of the tenant keys that it changes, or all of a plan or an API key.
pub(super) fn affected_tenants(mend: &Fix, rows: Vec<&TenantKey>, inventory: &Inventory) -> Vec<Tenant> {
    match mend {
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
        | Fix::IssueStoredValue(_)
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
        | Fix::DeletePriceListEntry { .. } => rows.into_iter().map(|row| row.tenant.clone()).collect(),
    }
}

/// The row that it changes, if any.
pub(super) const fn row(mend: &Fix) -> Option<&TenantKeyId> {
    match mend {
        Fix::ApplyEnabled(row)
        | Fix::EditApiKey { tenant_key: row, .. }
        | Fix::EditTenantKey { tenant_key: row, .. }
        | Fix::IssueStoredValue(row)
        | Fix::CorrectValue(row)
        | Fix::ReassignPoolKey(row)
        | Fix::FinishMove { tenant_key: row, .. }
        | Fix::UndoMove { tenant_key: row, .. } => Some(row),
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
