//! The usage plans and API stages that a change affects: one row for each change.

use std::collections::BTreeSet;

use crate::change::Mend;
use crate::key_file::Action;
use crate::{ApiChange, ApiKeyId, Change, Inventory, PlanChange, PlanId, RowId, StageRef, TenantKey};

/// What a change reaches.
#[derive(Debug, Default)]
pub(super) struct Scope {
    pub(super) plans: BTreeSet<PlanId>,
    pub(super) stages: BTreeSet<StageRef>,
}

pub(super) fn scope(change: &Change, inventory: &Inventory) -> Scope {
    match change {
        Change::Plan(one) => of_plan(one, inventory),
        Change::Api(one) => of_api(one, inventory),
        Change::Create(new) => covering(vec![new.key.plan.clone()], inventory),
        Change::Import(keys) => {
            let open = || keys.iter().filter(|key| key.action != Action::Keep);
            let listed = covering(open().flat_map(|key| key.key.plans.clone()), inventory);
            // An API key that is overwritten may be in other plans, too.
            let there = open().filter_map(|key| key.key.known.as_ref());
            there.map(|api_key| of_api_key(api_key, inventory)).fold(listed, joined)
        }
        Change::Restore(keys) => {
            let plans = keys.iter().flat_map(|key| key.api_key.plans.iter().chain([&key.row.plan]));
            covering(plans.cloned(), inventory)
        }
        Change::Edit { row, .. } | Change::SetCustomer { row, .. } => {
            of_tenant_keys(std::slice::from_ref(row), inventory)
        }
        Change::Switch { rows, .. }
        | Change::Rotate { rows, .. }
        | Change::Isolate(rows)
        | Change::Consolidate { rows, .. } => of_tenant_keys(rows, inventory),
        Change::Delete(rows) => {
            let sent = rows.iter().filter_map(|id| inventory.row(id)?.api_key().into_result().ok());
            let ended = sent.flat_map(|api_key| inventory.predecessors(&api_key));
            let of_ended = ended.map(|key| of_api_key(&key.id, inventory));
            of_ended.fold(of_tenant_keys(rows, inventory), joined)
        }
        Change::ChangePlan { rows, plan, .. } => {
            let target = covering([plan.clone()], inventory);
            joined(of_tenant_keys(rows, inventory), target)
        }
        Change::RotatePoolKey { api_key, .. } | Change::Retire(api_key) | Change::Drain(api_key) => {
            of_api_key(api_key, inventory)
        }
        Change::SetPool { plan, .. } | Change::Grow { plan, .. } => covering([plan.clone()], inventory),
        Change::CreatePool(asked) => covering([asked.plan.clone()], inventory),
        Change::Rebalance(plan) | Change::DissolvePool(plan) => {
            let keys = inventory.pool(plan).map(|pool| pool.keys.as_slice()).unwrap_or_default();
            let of_keys = keys.iter().map(|key| of_api_key(&key.api_key, inventory));
            of_keys.fold(covering([plan.clone()], inventory), joined)
        }
        Change::Extend(extension) => covering([extension.plan.clone()], inventory),
        Change::Mend(one) => of_mend(one, inventory),
    }
}

fn of_plan(change: &PlanChange, inventory: &Inventory) -> Scope {
    match change {
        PlanChange::Create(new) => Scope { stages: new.stages.iter().cloned().collect(), ..Scope::default() },
        PlanChange::Edit { plan, edit } => {
            let mut scope = Scope { plans: BTreeSet::from([plan.clone()]), ..Scope::default() };
            if edit.is_felt() {
                scope = covering([plan.clone()], inventory);
            }
            scope.stages.extend(edit.link.iter().chain(&edit.unlink).cloned());
            scope
        }
        PlanChange::Delete(plan) => covering([plan.clone()], inventory),
        PlanChange::Adopt { plan, .. } | PlanChange::Release(plan) => {
            Scope { plans: BTreeSet::from([plan.clone()]), ..Scope::default() }
        }
    }
}

fn of_api(change: &ApiChange, inventory: &Inventory) -> Scope {
    let plans_of = |stage: &StageRef| {
        let covering = inventory.plans().iter().filter(|plan| plan.stages.contains(stage));
        covering.map(|plan| plan.id.clone()).collect()
    };
    match change {
        ApiChange::Deploy(stage) => Scope { plans: plans_of(stage), stages: BTreeSet::from([stage.clone()]) },
        ApiChange::SetStageLogging { stage, .. } => {
            Scope { stages: BTreeSet::from([stage.clone()]), ..Scope::default() }
        }
        // Callers meet methods after a deployment, and roles and tables never.
        ApiChange::RequireKeys { .. } | ApiChange::SetLogRole { .. } | ApiChange::MakeTables(_) => {
            Scope::default()
        }
    }
}

fn of_mend(mend: &Mend, inventory: &Inventory) -> Scope {
    match mend {
        Mend::FinishMove { row, plan } | Mend::UndoMove { row, from: plan } => {
            joined(of_tenant_keys(std::slice::from_ref(row), inventory), covering([plan.clone()], inventory))
        }
        Mend::CorrectValue(row)
        | Mend::FollowRow(row)
        | Mend::Rehome(row)
        | Mend::EditApiKey { row, .. }
        | Mend::EditRow { row, .. }
        | Mend::IssueRowValue(row) => of_tenant_keys(std::slice::from_ref(row), inventory),
        Mend::BringBack { api_key, plan, .. } => {
            joined(of_api_key(api_key, inventory), covering([plan.clone()], inventory))
        }
        Mend::FinishRotation(api_key) | Mend::ReplaceDisabled(api_key) => of_api_key(api_key, inventory),
        Mend::DeleteCounter(_) | Mend::DeletePoolItem(_) => Scope::default(),
        Mend::WritePoolItem { plan, .. } => {
            Scope { plans: BTreeSet::from([plan.clone()]), ..Scope::default() }
        }
        Mend::Attach { plan, .. } | Mend::Recount { plan, .. } | Mend::TakeOutOfPool { plan, .. } => {
            covering([plan.clone()], inventory)
        }
        Mend::RestorePlan { plan, .. } => covering([plan.clone()], inventory),
        Mend::WriteWindow(plan) | Mend::SetWindow { plan, .. } | Mend::DeleteWindow { plan, .. } => {
            Scope { plans: BTreeSet::from([plan.clone()]), ..Scope::default() }
        }
    }
}

/// Plans with all stages they cover.
fn covering(plans: impl IntoIterator<Item = PlanId>, inventory: &Inventory) -> Scope {
    let plans: BTreeSet<PlanId> = plans.into_iter().collect();
    let stages = plans.iter().filter_map(|id| inventory.plan(id)).flat_map(|plan| plan.stages.clone());
    Scope { stages: stages.collect(), plans }
}

/// The plans of tenant keys, and every other plan that their API keys are in, shared or their own.
fn of_tenant_keys(ids: &[RowId], inventory: &Inventory) -> Scope {
    let keys = ids.iter().filter_map(|id| inventory.row(id));
    let of_key = |key: &TenantKey| {
        let plan = covering([key.plan.clone()], inventory);
        match key.api_key().value_to_show() {
            Some(api_key) => joined(plan, of_api_key(api_key, inventory)),
            None => plan,
        }
    };
    keys.map(of_key).fold(Scope::default(), joined)
}

/// Every plan that an API key is in, as far as that is known.
fn of_api_key(api_key: &ApiKeyId, inventory: &Inventory) -> Scope {
    let pool = inventory.pool_of(api_key).map(|pool| pool.plan.clone());
    let known = inventory.plans_of_api_key(api_key).into_result().unwrap_or_default();
    covering(known.iter().cloned().chain(pool), inventory)
}

fn joined(mut one: Scope, other: Scope) -> Scope {
    one.plans.extend(other.plans);
    one.stages.extend(other.stages);
    one
}
