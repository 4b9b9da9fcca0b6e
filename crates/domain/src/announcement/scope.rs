//! The usage plans and API stages that each change affects.

use std::collections::BTreeSet;

use crate::change::Fix;
use crate::key_file::ImportAction;
use crate::{ApiChange, ApiKeyId, Change, Inventory, PlanChange, PlanId, StageRef, TenantKey, TenantKeyId};

#[derive(Debug, Default)]
pub(super) struct Scope {
    pub(super) plans: BTreeSet<PlanId>,
    pub(super) stages: BTreeSet<StageRef>,
}

pub(super) fn scope(change: &Change, inventory: &Inventory) -> Scope {
    match change {
        Change::Plan(change) => plan_change_scope(change, inventory),
        Change::Api(change) => api_change_scope(change, inventory),
        Change::Create(new) => plans_with_stages(vec![new.template.plan.clone()], inventory),
        Change::Import(keys) => {
            let pending = || keys.iter().filter(|key| key.action != ImportAction::Unchanged);
            let listed = plans_with_stages(pending().flat_map(|key| key.key.plans.clone()), inventory);
            // An overwritten API key may also be in other plans.
            let existing = pending().filter_map(|key| key.key.existing.as_ref());
            existing.map(|api_key| api_key_scope(api_key, inventory)).fold(listed, merge)
        }
        Change::Restore(keys) => {
            let plans = keys.iter().flat_map(|key| key.api_key.plans.iter().chain([&key.tenant_key.plan]));
            plans_with_stages(plans.cloned(), inventory)
        }
        Change::Edit { tenant_key, .. } | Change::SetCustomer { tenant_key, .. } => {
            tenant_keys_scope(std::slice::from_ref(tenant_key), inventory)
        }
        Change::SetEnabled { tenant_keys, .. }
        | Change::Rotate { tenant_keys, .. }
        | Change::Isolate(tenant_keys)
        | Change::Consolidate { tenant_keys, .. } => tenant_keys_scope(tenant_keys, inventory),
        Change::Delete(tenant_keys) => {
            let api_keys =
                tenant_keys.iter().filter_map(|id| inventory.tenant_key(id)?.api_key().into_result().ok());
            let predecessors = api_keys.flat_map(|api_key| inventory.predecessors(&api_key));
            let of_predecessors = predecessors.map(|key| api_key_scope(&key.id, inventory));
            of_predecessors.fold(tenant_keys_scope(tenant_keys, inventory), merge)
        }
        Change::ChangePlan { tenant_keys, plan, .. } => {
            let target = plans_with_stages([plan.clone()], inventory);
            merge(tenant_keys_scope(tenant_keys, inventory), target)
        }
        Change::RotatePoolKey { api_key, .. } | Change::Retire(api_key) | Change::Drain(api_key) => {
            api_key_scope(api_key, inventory)
        }
        Change::SetPool { plan, .. } | Change::Grow { plan, .. } => {
            plans_with_stages([plan.clone()], inventory)
        }
        Change::CreatePool(request) => plans_with_stages([request.plan.clone()], inventory),
        Change::Rebalance(plan) | Change::DissolvePool(plan) => {
            let keys = inventory.pool(plan).map(|pool| pool.keys.as_slice()).unwrap_or_default();
            let of_keys = keys.iter().map(|key| api_key_scope(&key.api_key, inventory));
            of_keys.fold(plans_with_stages([plan.clone()], inventory), merge)
        }
        Change::Extend(extension) => plans_with_stages([extension.plan.clone()], inventory),
        Change::Fix(fix) => fix_scope(fix, inventory),
    }
}

fn plan_change_scope(change: &PlanChange, inventory: &Inventory) -> Scope {
    match change {
        PlanChange::Create(new) => Scope { stages: new.stages.iter().cloned().collect(), ..Scope::default() },
        PlanChange::Edit { plan, edit } => {
            let mut scope = Scope { plans: BTreeSet::from([plan.clone()]), ..Scope::default() };
            if edit.affects_tenants() {
                scope = plans_with_stages([plan.clone()], inventory);
            }
            scope.stages.extend(edit.link.iter().chain(&edit.unlink).cloned());
            scope
        }
        PlanChange::Delete(plan) => plans_with_stages([plan.clone()], inventory),
        PlanChange::Adopt { plan, .. } | PlanChange::Release(plan) => {
            Scope { plans: BTreeSet::from([plan.clone()]), ..Scope::default() }
        }
    }
}

fn api_change_scope(change: &ApiChange, inventory: &Inventory) -> Scope {
    let plans_of = |stage: &StageRef| {
        let covering = inventory.plans().iter().filter(|plan| plan.stages.contains(stage));
        covering.map(|plan| plan.id.clone()).collect()
    };
    match change {
        ApiChange::Deploy(stage) => Scope { plans: plans_of(stage), stages: BTreeSet::from([stage.clone()]) },
        ApiChange::SetStageLogging { stage, .. } => {
            Scope { stages: BTreeSet::from([stage.clone()]), ..Scope::default() }
        }
        // Edited methods affect callers only after a deployment; roles and tables never do.
        ApiChange::RequireKeys { .. } | ApiChange::SetLogRole { .. } | ApiChange::CreateTables(_) => {
            Scope::default()
        }
    }
}

fn fix_scope(fix: &Fix, inventory: &Inventory) -> Scope {
    match fix {
        Fix::FinishMove { tenant_key, plan } | Fix::UndoMove { tenant_key, from: plan } => merge(
            tenant_keys_scope(std::slice::from_ref(tenant_key), inventory),
            plans_with_stages([plan.clone()], inventory),
        ),
        Fix::CorrectValue(tenant_key)
        | Fix::ApplyEnabled(tenant_key)
        | Fix::ReassignPoolKey(tenant_key)
        | Fix::EditApiKey { tenant_key, .. }
        | Fix::EditTenantKey { tenant_key, .. }
        | Fix::ReplaceWithStoredValue(tenant_key) => {
            tenant_keys_scope(std::slice::from_ref(tenant_key), inventory)
        }
        Fix::ReturnToPlan { api_key, plan, .. } => {
            merge(api_key_scope(api_key, inventory), plans_with_stages([plan.clone()], inventory))
        }
        Fix::FinishRotation(api_key) | Fix::ReplaceDisabled(api_key) => api_key_scope(api_key, inventory),
        Fix::DeleteCounter(_) | Fix::DeletePoolItem(_) => Scope::default(),
        Fix::WritePoolItem { plan, .. } => {
            Scope { plans: BTreeSet::from([plan.clone()]), ..Scope::default() }
        }
        Fix::Attach { plan, .. } | Fix::Recount { plan, .. } | Fix::RemoveFromPool { plan, .. } => {
            plans_with_stages([plan.clone()], inventory)
        }
        Fix::RestorePlan { plan, .. } => plans_with_stages([plan.clone()], inventory),
        Fix::WritePriceListEntry(plan)
        | Fix::RestorePriceListEntry { plan, .. }
        | Fix::DeletePriceListEntry { plan, .. } => {
            Scope { plans: BTreeSet::from([plan.clone()]), ..Scope::default() }
        }
    }
}

/// The plans and all their stages.
fn plans_with_stages(plans: impl IntoIterator<Item = PlanId>, inventory: &Inventory) -> Scope {
    let plans: BTreeSet<PlanId> = plans.into_iter().collect();
    let stages = plans.iter().filter_map(|id| inventory.plan(id)).flat_map(|plan| plan.stages.clone());
    Scope { stages: stages.collect(), plans }
}

/// The plans of tenant keys, and every other plan of their API keys, shared or own.
fn tenant_keys_scope(ids: &[TenantKeyId], inventory: &Inventory) -> Scope {
    let keys = ids.iter().filter_map(|id| inventory.tenant_key(id));
    let scope_of_key = |key: &TenantKey| {
        let plan = plans_with_stages([key.plan.clone()], inventory);
        match key.api_key().value_to_show() {
            Some(api_key) => merge(plan, api_key_scope(api_key, inventory)),
            None => plan,
        }
    };
    keys.map(scope_of_key).fold(Scope::default(), merge)
}

/// Every known plan of an API key.
fn api_key_scope(api_key: &ApiKeyId, inventory: &Inventory) -> Scope {
    let pool = inventory.pool_of_api_key(api_key).map(|pool| pool.plan.clone());
    let known = inventory.plans_of_api_key(api_key).into_result().unwrap_or_default();
    plans_with_stages(known.iter().cloned().chain(pool), inventory)
}

fn merge(mut one: Scope, other: Scope) -> Scope {
    one.plans.extend(other.plans);
    one.stages.extend(other.stages);
    one
}
