//! Descriptions, button labels and cautions of changes.

use std::collections::BTreeSet;

use crate::key::tag;
use crate::text::{format_duration, pluralize};
use crate::{Edit, Inventory, PlanId, TenantKey, TenantKeyId};

use super::{Change, Fix, Restoration, cloudformation, fix, import, plans};

pub(super) fn describe(change: &Change, inventory: &Inventory) -> String {
    let plan_name = |id| inventory.plan_name(id);
    let title = |id| title(inventory, id);
    let titles = |ids: &[TenantKeyId]| titles(inventory, ids);
    match change {
        Change::Create(new) => format!(
            "create {} in {} for {}",
            pluralize(new.count as usize, "key"),
            plan_name(&new.template.plan),
            new.template.tenant
        ),
        Change::Import(keys) => import::describe(keys, inventory),
        Change::Edit { tenant_key, edit } => format!("{}: {}", title(tenant_key), edit.describe()),
        Change::SetCustomer { tenant_key, customer } if customer.is_empty() => {
            format!("{}: remove the AWS Marketplace customer", title(tenant_key))
        }
        Change::SetCustomer { tenant_key, customer } => {
            format!("{}: set the AWS Marketplace customer to \"{customer}\"", title(tenant_key))
        }
        Change::SetEnabled { tenant_keys, enabled: true } => format!("enable {}", titles(tenant_keys)),
        Change::SetEnabled { tenant_keys, enabled: false } => format!("disable {}", titles(tenant_keys)),
        Change::Delete(tenant_keys) => format!("delete {}", titles(tenant_keys)),
        Change::Restore(keys) => match &keys[..] {
            [key] => format!("restore key \"{}\" of {}", key.tenant_key.name, key.tenant_key.tenant),
            keys => format!("restore {}", pluralize(keys.len(), "key")),
        },
        Change::Rotate { tenant_keys, grace } => {
            format!("rotate {}{}", titles(tenant_keys), grace_suffix(*grace))
        }
        Change::RotatePoolKey { api_key, grace } => {
            format!("rotate pool key {api_key}{}", grace_suffix(*grace))
        }
        Change::Retire(api_key) => format!("retire API key {api_key}"),
        Change::Isolate(tenant_keys) if tenant_keys.len() > 1 => {
            format!("give {} an API key each", titles(tenant_keys))
        }
        Change::Isolate(tenant_keys) => format!("give {} its own API key", titles(tenant_keys)),
        Change::Consolidate { tenant_keys, other_plans } => {
            format!("move {} into the pool{}", titles(tenant_keys), other_plans.description_suffix())
        }
        Change::ChangePlan { tenant_keys, plan, other_plans } => {
            format!("move {} to {}{}", titles(tenant_keys), plan_name(plan), other_plans.description_suffix())
        }
        Change::Rebalance(plan) => format!("rebalance the pool of {}", plan_name(plan)),
        Change::CreatePool(request) => {
            let counts = [(request.api_keys.len(), "API key"), (request.new_keys as usize, "new API key")];
            let keys =
                counts.iter().filter(|(count, _)| *count > 0).map(|(count, noun)| pluralize(*count, noun));
            format!(
                "make {} the pool of {}",
                keys.collect::<Vec<_>>().join(" and "),
                plan_name(&request.plan)
            )
        }
        Change::DissolvePool(plan) => format!("dissolve the pool of {}", plan_name(plan)),
        Change::SetPool { plan, .. } => format!("edit the pool of {}", plan_name(plan)),
        Change::Grow { plan, count } => {
            format!("add {} to the pool of {}", pluralize(*count as usize, "API key"), plan_name(plan))
        }
        Change::Drain(api_key) => format!("drain pool key {api_key}"),
        Change::Extend(extension) => extension.describe(inventory),
        Change::Fix(fix) => fix::describe(fix, inventory),
        Change::Plan(change) => change.describe(inventory),
        Change::Api(change) => change.describe(),
    }
}

pub(super) fn verb(change: &Change) -> &'static str {
    match change {
        Change::Create(_) | Change::CreatePool(_) => "Create",
        Change::Import(_) => "Import",
        Change::Edit { .. } | Change::SetCustomer { .. } | Change::SetPool { .. } => "Save",
        Change::SetEnabled { enabled: true, .. } => "Enable",
        Change::SetEnabled { enabled: false, .. } => "Disable",
        Change::Delete(_) => "Delete",
        Change::Restore(_) => "Restore",
        Change::Rotate { .. } | Change::RotatePoolKey { .. } => "Rotate",
        Change::Retire(_) => "Retire",
        Change::Isolate(_) => "Isolate",
        Change::Consolidate { .. } => "Consolidate",
        Change::ChangePlan { .. } => "Move",
        Change::Rebalance(_) => "Rebalance",
        Change::DissolvePool(_) => "Dissolve",
        Change::Grow { .. } => "Grow",
        Change::Drain(_) => "Drain",
        Change::Extend(extension) => extension.verb(),
        Change::Fix(_) => "Fix",
        Change::Plan(change) => change.verb(),
        Change::Api(change) => change.verb(),
    }
}

fn grace_suffix(grace: u64) -> String {
    if grace == 0 {
        String::new()
    } else {
        format!(", old value works for another {}", format_duration(grace))
    }
}

pub(super) fn cautions(change: &Change, inventory: &Inventory) -> Vec<String> {
    let mut all = plans::adoption_cautions(change, inventory);
    all.extend(cloudformation::cautions(change, inventory));
    all.extend(change_cautions(change, inventory));
    if let Change::Delete(_) = change {
        all.extend(predecessor_cautions(change, inventory));
    }
    all
}

/// One caution for each replaced API key that is deleted together with its successor.
fn predecessor_cautions(change: &Change, inventory: &Inventory) -> Vec<String> {
    let siloed = change
        .tenant_keys(inventory)
        .into_iter()
        .filter(|key| inventory.is_shared(key).is_known_to_be(&false));
    let api_keys = siloed.filter_map(|key| key.api_key().into_result().ok());
    let cautions = api_keys.flat_map(|api_key| {
        let caution = |old: &crate::ApiKey| {
            let until = old.tags.get(tag::RETIRES_AT);
            let until = until.map(|at| format!(" and in its grace period until {at}")).unwrap_or_default();
            format!("API key {}, replaced by {api_key}{until}, is deleted too", old.id)
        };
        inventory.predecessors(&api_key).into_iter().map(caution).collect::<Vec<_>>()
    });
    cautions.collect()
}

fn change_cautions(change: &Change, inventory: &Inventory) -> Vec<String> {
    let tenant_keys = change.tenant_keys(inventory);
    let shared = tenant_keys.iter().filter(|key| inventory.is_shared(key).is_known_to_be(&true)).count();
    let caution = match change {
        Change::Delete(_) if shared == 1 => {
            "this key is shared: its tenant can still call with the shared value until the pool key is rotated"
                .to_owned()
        }
        Change::Delete(_) if shared > 1 => format!(
            "{shared} of these keys are shared: their tenants can still call with the shared values until the \
             pool keys are rotated"
        ),
        Change::Edit { edit: Edit { enabled: Some(false), .. }, .. }
        | Change::SetEnabled { enabled: false, .. }
            if shared > 0 =>
        {
            "API Gateway cannot disable a shared key for one tenant: the tenant can still call; isolate the tenant key \
             first to stop its calls"
                .to_owned()
        }
        Change::Import(keys) if import::count_overwritten(keys) > 0 => format!(
            "{} overwritten: current name, description and enabled state are lost",
            match import::count_overwritten(keys) {
                1 => "1 API key is".to_owned(),
                count => format!("{count} API keys are"),
            }
        ),
        Change::SetCustomer { .. } if shared > 0 => {
            "the API key is shared: AWS Marketplace meters all its tenants as this one customer".to_owned()
        }
        Change::Restore(keys) => return restore_cautions(keys, inventory),
        Change::Rotate { grace: 0, .. } => {
            "the old values stop working at once: set a grace period to hand out the new ones first; this \
             month's report may lack the calls of deleted API keys"
                .to_owned()
        }
        Change::RotatePoolKey { grace: 0, .. } => format!(
            "the old value stops working at once for {}: set a grace period unless it has leaked",
            pluralize(tenant_keys.len(), "tenant key")
        ),
        Change::Rotate { .. } | Change::RotatePoolKey { .. } => {
            "a new API key has its own quota: calls with the old one do not count against it".to_owned()
        }
        Change::Isolate(_) => {
            "these tenants still have the shared value: rotate the pool key to revoke it".to_owned()
        }
        Change::Fix(Fix::ReplaceWithStoredValue(_)) => {
            "the API key's current value stops working at once: calls with it get 403".to_owned()
        }
        Change::Consolidate { .. } | Change::Drain(_) => {
            "the current values of these tenants stop working: give them the shared value first".to_owned()
        }
        Change::Rebalance(_) if tenant_keys.len() == 1 => {
            "1 tenant key gets another value; its current value keeps working".to_owned()
        }
        Change::Rebalance(_) => format!(
            "{} get other values; their current values keep working",
            pluralize(tenant_keys.len(), "tenant key")
        ),
        Change::ChangePlan { .. } => change_plan_caution(shared, tenant_keys.len()),
        Change::Plan(change) => return change.cautions(inventory),
        Change::Api(change) => return change.cautions(),
        Change::Extend(extension) => return extension.cautions(inventory),
        Change::Create(_)
        | Change::Import(_)
        | Change::Edit { .. }
        | Change::SetCustomer { .. }
        | Change::SetEnabled { .. }
        | Change::Delete(_)
        | Change::Retire(_)
        | Change::CreatePool(_)
        | Change::DissolvePool(_)
        | Change::SetPool { .. }
        | Change::Grow { .. }
        | Change::Fix(_) => return Vec::new(),
    };
    vec![caution]
}

fn restore_cautions(keys: &[Restoration], inventory: &Inventory) -> Vec<String> {
    let (new_id, subject) = match keys {
        [_] => ("the API key gets a new id: usage counters restart", "the key is restored"),
        _ => ("the API keys get new ids: usage counters restart", "the keys are restored"),
    };
    let plans: BTreeSet<&PlanId> = keys.iter().flat_map(|key| &key.api_key.plans).collect();
    let missing = plans.into_iter().filter(|plan| inventory.plan(plan).is_none());
    let missing = missing.map(|plan| format!("usage plan {plan} no longer exists: {subject} without it"));
    [new_id.to_owned()].into_iter().chain(missing).collect()
}

fn change_plan_caution(shared: usize, total: usize) -> String {
    let moving = if total == 1 { "the key moves" } else { "the keys move" };
    let leak = if shared > 0 { "; tenants that leave a shared key still have its value" } else { "" };
    format!("calls may fail briefly while {moving}; usage counters restart{leak}")
}

/// The title of a single key, or the number of keys.
fn titles(inventory: &Inventory, ids: &[TenantKeyId]) -> String {
    match ids {
        [id] => title(inventory, id),
        _ => pluralize(ids.len(), "key"),
    }
}

/// For example `key "web" of acme`.
fn title(inventory: &Inventory, id: &TenantKeyId) -> String {
    let title = |key: &TenantKey| format!("key \"{}\" of {}", key.name, key.tenant);
    inventory.tenant_key(id).map_or_else(|| format!("key {id}"), title)
}
