//! What mends a finding where no other change does.

use crate::step::{KeyRef, SetupStep, Step, Unit};
use crate::{ApiKeyId, Edit, Inventory, Known, PlanId, PoolKey, RowId, ShopWindow, Tenant, TenantKey};

use super::check::{self, Refusal};
use super::{PlanEdit, create, delete, other_plans, plans, rotate, transfer, units};

/// Any grace but none: the tag that says when it ends is there already and stays.
const GRACE_AS_PROMISED: u64 = 1;

/// One thing put right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Mend {
    /// API Gateway is told whether a row says enabled.
    FollowRow(RowId),
    /// The API key of a tenant key alone changes, so that it says what the tables say.
    EditApiKey {
        /// the tenant key
        row: RowId,
        /// what changes
        edit: Edit,
    },
    /// The item of a tenant key alone changes, so that it says what API Gateway says.
    EditRow {
        /// the tenant key
        row: RowId,
        /// what changes
        edit: Edit,
    },
    /// A row gets the value that its API key has.
    CorrectValue(RowId),
    /// A siloed tenant key gets a new API key with the value that the tables hold.
    IssueRowValue(RowId),
    /// A row that refers to no key of its plan's pool refers to one.
    Rehome(RowId),
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
    BringBack {
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
        row: RowId,
        /// the plan that its API key is in
        plan: PlanId,
    },
    /// An API key goes back to the plan that its tenant key says.
    UndoMove {
        /// the tenant key
        row: RowId,
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
    TakeOutOfPool {
        /// the plan of the pool
        plan: PlanId,
        /// the pool key
        api_key: ApiKeyId,
    },
    /// The Plans table tells what the plan enforces.
    WriteWindow(PlanId),
    /// A price-list entry says what it said before.
    SetWindow {
        /// the plan
        plan: PlanId,
        /// the entry; where there is none, it goes
        entry: Option<Box<ShopWindow>>,
    },
    /// A usage plan gets back its limits, and its price-list entry what it said.
    RestorePlan {
        /// the plan
        plan: PlanId,
        /// the limits
        edit: Box<PlanEdit>,
        /// the entry
        entry: Box<ShopWindow>,
    },
    /// The Plans table no longer has a plan that is gone.
    DeleteWindow {
        /// the plan
        plan: PlanId,
        /// the entry as it was read
        before: Box<ShopWindow>,
    },
}

pub(super) fn unit(mend: &Mend, inventory: &Inventory) -> Result<Unit, Refusal> {
    let plan = |id: &PlanId| inventory.plan_name(id).to_owned();
    match mend {
        Mend::FollowRow(row) => {
            let row = units::known(row, inventory)?;
            let enabled = *row.enabled.require(format!("whether key {} is enabled", row.id))?;
            let edit = Edit { enabled: Some(enabled), ..Edit::default() };
            Ok(units::of_row(row, vec![Step::UpdateApiKey { api_key: row.require_api_key()?, edit }]))
        }
        Mend::EditApiKey { row, edit } => {
            let row = units::known(row, inventory)?;
            let step = Step::UpdateApiKey { api_key: row.require_api_key()?, edit: edit.clone() };
            Ok(units::of_row(row, vec![step]))
        }
        Mend::EditRow { row, edit } => {
            let row = units::known(row, inventory)?;
            let (id, revision) = (row.id.clone(), row.revision);
            let step = Step::UpdateRow { row: id, revision, edit: edit.clone() };
            Ok(units::of_row(row, vec![step]))
        }
        Mend::IssueRowValue(row) => issue_value(units::known(row, inventory)?, inventory),
        Mend::CorrectValue(row) => {
            let row = units::known(row, inventory)?;
            Ok(units::of_row(
                row,
                vec![Step::WriteValue { row: row.id.clone(), api_key: row.require_api_key()? }],
            ))
        }
        Mend::Rehome(row) => {
            let row = units::known(row, inventory)?;
            row.require_pool_key()?;
            create::counted(transfer::pool(&row.plan, inventory)?, inventory)?;
            let step = Step::Rehome { row: row.id.clone(), plan: row.plan.clone() };
            Ok(units::of_row(row, vec![step]))
        }
        Mend::FinishRotation(api_key) => {
            let mut unit = rotate::pool_key(api_key, GRACE_AS_PROMISED, inventory)?;
            unit.steps.retain(|step| !matches!(step, Step::TagRetirement { .. }));
            Ok(unit)
        }
        Mend::ReplaceDisabled(api_key) => rotate::disabled_pool_key(api_key, inventory),
        Mend::Attach { api_key, plan: to } => {
            if let (Some(found), Known::Value(others)) =
                (inventory.plan(to), inventory.plans_of_api_key(api_key))
            {
                let others: Vec<_> = others.iter().filter(|other| *other != to).cloned().collect();
                other_plans::one_plan_for_each_stage(api_key, found, &others, inventory)?;
            }
            let step = Step::AttachApiKey { api_key: KeyRef::Known(api_key.clone()), plan: to.clone() };
            Ok(Unit { subject: format!("API key {api_key}"), steps: vec![step] })
        }
        Mend::BringBack { api_key, plan: to, from } => {
            let back = Step::AttachApiKey { api_key: KeyRef::Known(api_key.clone()), plan: to.clone() };
            let out = Step::DetachApiKey { api_key: api_key.clone(), plan: from.clone() };
            Ok(Unit { subject: format!("pool key {api_key} of {}", plan(to)), steps: vec![out, back] })
        }
        Mend::FinishMove { row, plan: to } => {
            let row = units::known(row, inventory)?;
            let step = Step::SetRowPlan { row: row.id.clone(), revision: row.revision, plan: to.clone() };
            Ok(units::of_row(row, vec![step]))
        }
        Mend::UndoMove { row, from } => {
            let row = units::known(row, inventory)?;
            let id = row.require_api_key()?;
            let back = Step::AttachApiKey { api_key: KeyRef::Known(id.clone()), plan: row.plan.clone() };
            let out = Step::DetachApiKey { api_key: id, plan: from.clone() };
            Ok(units::of_row(row, vec![out, back]))
        }
        Mend::Recount { plan: of, api_key } => {
            let tenants = *inventory.referring(api_key).require(check::count_of(api_key))?;
            let step = Step::SetCounter { plan: of.clone(), api_key: api_key.clone(), tenants };
            Ok(Unit { subject: format!("pool key {api_key} of {}", plan(of)), steps: vec![step] })
        }
        Mend::DeleteCounter(counter) => {
            let steps = vec![Step::DeleteCounter(counter.clone())];
            Ok(Unit { subject: format!("counter of API key {}", counter.api_key), steps })
        }
        Mend::WritePoolItem { plan: of, api_key } => {
            let own = KeyRef::Known(api_key.clone());
            // An item that stands there keeps everything but its value.
            let step = match inventory.pool_item(api_key) {
                Some(_) => Step::ForwardPoolItem { api_key: api_key.clone(), to: own },
                None => rotate::pool_item(of, own),
            };
            Ok(Unit { subject: format!("pool key {api_key} of {}", plan(of)), steps: vec![step] })
        }
        Mend::DeletePoolItem(api_key) => {
            let steps = vec![Step::DeletePoolItem(api_key.clone())];
            Ok(Unit { subject: format!("item of API key {api_key}"), steps })
        }
        Mend::TakeOutOfPool { plan: of, api_key } => {
            inventory.sending(api_key).require(check::count_of(api_key))?;
            let step = Step::RemovePoolKey { plan: of.clone(), api_key: api_key.clone() };
            let steps = [step].into_iter().chain(delete::pool_items(api_key, inventory)).collect();
            Ok(Unit { subject: format!("pool key {api_key} of {}", plan(of)), steps })
        }
        Mend::WriteWindow(id) => {
            let found = plans::managed_plan(id, inventory)?;
            Ok(Unit { subject: found.name.clone(), steps: vec![Step::WriteWindow(id.clone())] })
        }
        Mend::RestorePlan { plan: id, edit, entry } => {
            let found = inventory.plan(id).ok_or_else(|| Refusal::NoPlan(id.clone()))?;
            let update = SetupStep::UpdatePlan { plan: Some(id.clone()), edit: edit.clone() };
            let set = SetupStep::SetWindow { plan: Some(id.clone()), window: (**entry).clone() };
            Ok(Unit { subject: found.name.clone(), steps: [update, set].map(Step::Setup).to_vec() })
        }
        Mend::SetWindow { plan, entry: Some(entry) } => {
            let set = SetupStep::SetWindow { plan: Some(plan.clone()), window: (**entry).clone() };
            Ok(Unit { subject: entry.name.clone(), steps: vec![Step::Setup(set)] })
        }
        Mend::SetWindow { plan, entry: None } | Mend::DeleteWindow { plan, .. } => {
            Ok(Unit { subject: plan.to_string(), steps: vec![Step::DeleteWindow(plan.clone())] })
        }
    }
}

/// As by a rotation without a grace, with the value that the tables hold in the place of a random one.
fn issue_value(row: &TenantKey, inventory: &Inventory) -> Result<Unit, Refusal> {
    let mut unit = rotate::siloed(row, 0, inventory)?;
    for step in &mut unit.steps {
        if let Step::CreateApiKey(new) = step {
            new.value = row.stored_value().cloned();
        }
    }
    Ok(unit)
}

pub(super) fn describe(mend: &Mend, inventory: &Inventory) -> String {
    match mend {
        Mend::FollowRow(row) => format!("let API Gateway follow row {row}"),
        Mend::EditApiKey { row, edit } => {
            format!("on the API key of tenant key {row} {}", edit.sentence())
        }
        Mend::EditRow { row, edit } => format!("on tenant key {row} {}", edit.sentence()),
        Mend::CorrectValue(row) => format!("correct the value of row {row}"),
        Mend::IssueRowValue(row) => {
            format!("give tenant key {row} a new API key with the value that the tables hold")
        }
        Mend::Rehome(row) => format!("give row {row} a key of its plan's pool"),
        Mend::FinishRotation(api_key) => {
            format!("finish the rotation of pool key {api_key}, whose grace stays as promised")
        }
        Mend::ReplaceDisabled(api_key) => format!("replace disabled pool key {api_key} by an enabled one"),
        Mend::Attach { api_key, plan } => {
            format!("attach API key {api_key} to {}", inventory.plan_name(plan))
        }
        Mend::BringBack { api_key, plan, from } => {
            let (home, from) = (inventory.plan_name(plan), inventory.plan_name(from));
            format!("take pool key {api_key} out of {from}, back to {home}")
        }
        Mend::FinishMove { row, plan } => {
            format!("finish the move of row {row} to {}", inventory.plan_name(plan))
        }
        Mend::UndoMove { row, from } => {
            let home = inventory.row(row).map_or("its plan", |row| inventory.plan_name(&row.plan));
            format!("undo the move of row {row}: out of {}, back to {home}", inventory.plan_name(from))
        }
        Mend::Recount { api_key, .. } => format!("recount the tenants of pool key {api_key}"),
        Mend::DeleteCounter(counter) => format!("delete the counter of API key {}", counter.api_key),
        Mend::WritePoolItem { api_key, .. } => format!("write pool key {api_key} into the Keys table"),
        Mend::DeletePoolItem(api_key) => format!("delete the item of API key {api_key} from the Keys table"),
        Mend::TakeOutOfPool { api_key, .. } => format!("take {api_key} out of its pool"),
        Mend::WriteWindow(plan) => {
            format!("write what {} enforces into the Plans table", inventory.plan_name(plan))
        }
        Mend::RestorePlan { plan, edit, .. } => {
            let name = inventory.plan_name(plan);
            format!("usage plan {name}: {}, and its price-list entry as it was", edit.sentence())
        }
        Mend::SetWindow { plan, entry: Some(_) } => {
            format!("write the price-list entry of {} as it was", inventory.plan_name(plan))
        }
        Mend::SetWindow { plan, entry: None } | Mend::DeleteWindow { plan, .. } => {
            format!("delete {plan} from the Plans table")
        }
    }
}

/// The tenants that it affects: those of the tenant keys that it changes, or all of a plan or an API key.
pub(super) fn blast_radius(mend: &Mend, rows: Vec<&TenantKey>, inventory: &Inventory) -> Vec<Tenant> {
    match mend {
        Mend::RestorePlan { plan, edit, .. } if edit.is_felt() => {
            inventory.tenants_of(plan).into_iter().cloned().collect()
        }
        Mend::Attach { api_key, .. } | Mend::BringBack { api_key, .. } => {
            inventory.tenants_behind(api_key).into_iter().cloned().collect()
        }
        Mend::FollowRow(_)
        | Mend::EditApiKey { .. }
        | Mend::EditRow { .. }
        | Mend::CorrectValue(_)
        | Mend::IssueRowValue(_)
        | Mend::Rehome(_)
        | Mend::FinishRotation(_)
        | Mend::ReplaceDisabled(_)
        | Mend::FinishMove { .. }
        | Mend::UndoMove { .. }
        | Mend::Recount { .. }
        | Mend::DeleteCounter(_)
        | Mend::WritePoolItem { .. }
        | Mend::DeletePoolItem(_)
        | Mend::TakeOutOfPool { .. }
        | Mend::WriteWindow(_)
        | Mend::SetWindow { .. }
        | Mend::RestorePlan { .. }
        | Mend::DeleteWindow { .. } => rows.into_iter().map(|row| row.tenant.clone()).collect(),
    }
}

/// The row that it changes, if any.
pub(super) const fn row(mend: &Mend) -> Option<&RowId> {
    match mend {
        Mend::FollowRow(row)
        | Mend::EditApiKey { row, .. }
        | Mend::EditRow { row, .. }
        | Mend::IssueRowValue(row)
        | Mend::CorrectValue(row)
        | Mend::Rehome(row)
        | Mend::FinishMove { row, .. }
        | Mend::UndoMove { row, .. } => Some(row),
        Mend::FinishRotation(_)
        | Mend::ReplaceDisabled(_)
        | Mend::Attach { .. }
        | Mend::BringBack { .. }
        | Mend::Recount { .. }
        | Mend::DeleteCounter(_)
        | Mend::WritePoolItem { .. }
        | Mend::DeletePoolItem(_)
        | Mend::TakeOutOfPool { .. }
        | Mend::WriteWindow(_)
        | Mend::SetWindow { .. }
        | Mend::RestorePlan { .. }
        | Mend::DeleteWindow { .. } => None,
    }
}
