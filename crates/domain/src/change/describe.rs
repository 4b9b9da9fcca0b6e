//! Changes in words: the line that names one, and what a person should know before saying yes.

use std::collections::BTreeSet;

use crate::key::tag;
use crate::step::format_duration;
use crate::{Inventory, PlanId, TenantKey, TenantKeyId};

use super::{Change, Edit, Fix, Restoration, cloudformation, fix, import, plans, pluralize};

pub(super) fn describe(change: &Change, inventory: &Inventory) -> String {
    let plan = |id| inventory.plan_name(id);
    match change {
        Change::Create(new) => format!(
            "create {} in {} for {}",
            pluralize(new.count as usize, "key"),
            plan(&new.template.plan),
            new.template.tenant
        ),
        Change::Import(keys) => import::describe(keys, inventory),
        Change::Edit { tenant_key: row, edit } => format!("{}: {}", title(inventory, row), edit.describe()),
        Change::SetCustomer { tenant_key: row, customer } if customer.is_empty() => {
            format!("{}: no customer of AWS Marketplace", title(inventory, row))
        }
        Change::SetCustomer { tenant_key: row, customer } => {
            format!("{}: set the AWS Marketplace customer to \"{customer}\"", title(inventory, row))
        }
        Change::SetEnabled { tenant_keys: rows, enabled } => {
            format!("{} {}", if *enabled { "enable" } else { "disable" }, titles(inventory, rows))
        }
        Change::Delete(rows) => format!("delete {}", titles(inventory, rows)),
        Change::Restore(keys) => match &keys[..] {
            [key] => format!("restore key \"{}\" of {}", key.tenant_key.name, key.tenant_key.tenant),
            keys => format!("restore {}", pluralize(keys.len(), "key")),
        },
        Change::Rotate { tenant_keys: rows, grace } => {
            format!("rotate {}{}", titles(inventory, rows), grace_suffix(*grace))
        }
        Change::RotatePoolKey { api_key, grace } => {
            format!("rotate pool key {api_key}{}", grace_suffix(*grace))
        }
        Change::Retire(api_key) => format!("retire API key {api_key}"),
        Change::Isolate(rows) => format!("give {} an API key of its own", titles(inventory, rows)),
        Change::Consolidate { tenant_keys: rows, others } => {
            format!("move {} into the pool{}", titles(inventory, rows), others.description_suffix())
        }
        Change::ChangePlan { tenant_keys: rows, plan: to, others } => {
            format!("move {} to {}{}", titles(inventory, rows), plan(to), others.description_suffix())
        }
        Change::Rebalance(of) => format!("rebalance the pool of {}", plan(of)),
        Change::CreatePool(asked) => {
            let keys = [(asked.api_keys.len(), "API key"), (asked.new_keys as usize, "new API key")];
            let keys =
                keys.iter().filter(|(count, _)| *count > 0).map(|(count, what)| pluralize(*count, what));
            format!("make {} the pool of {}", keys.collect::<Vec<_>>().join(" and "), plan(&asked.plan))
        }
        Change::DissolvePool(of) => format!("dissolve the pool of {}", plan(of)),
        Change::SetPool { plan: of, .. } => format!("change the pool of {}", plan(of)),
        Change::Grow { plan: of, count } => {
            format!("add {} to the pool of {}", pluralize(*count as usize, "API key"), plan(of))
        }
        Change::Drain(api_key) => format!("drain pool key {api_key}"),
        Change::Extend(extension) => extension.describe(inventory),
        Change::Fix(one) => fix::describe(one, inventory),
        Change::Plan(one) => one.describe(inventory),
        Change::Api(one) => one.describe(),
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
        Change::Fix(_) => "Mend",
        Change::Plan(one) => one.verb(),
        Change::Api(one) => one.verb(),
    }
}

fn grace_suffix(grace: u64) -> String {
    if grace == 0 {
        String::new()
    } else {
        format!(", the old value works for {} more", format_duration(grace))
    }
}

pub(super) fn cautions(change: &Change, inventory: &Inventory) -> Vec<String> {
    let mut all = plans::adoption_cautions(change, inventory);
    all.extend(cloudformation::cautions(change, inventory));
    all.extend(own_cautions(change, inventory));
    if let Change::Delete(_) = change {
        all.extend(predecessor_cautions(change, inventory));
    }
    all
}

/// The API keys in their grace that a deletion ends.
fn predecessor_cautions(change: &Change, inventory: &Inventory) -> Vec<String> {
    let own = change
        .tenant_keys(inventory)
        .into_iter()
        .filter(|row| inventory.is_shared(row).is_known_to_be(&false));
    let ended = own.filter_map(|row| row.api_key().into_result().ok()).flat_map(|own| {
        let ended = |key: &crate::ApiKey| {
            let until = key.tags.get(tag::RETIRES_AT);
            let until =
                until.map(|at| format!(" and which would have worked until {at}")).unwrap_or_default();
            format!("API key {}, whose place {own} took{until}, ends too", key.id)
        };
        inventory.predecessors(&own).into_iter().map(ended).collect::<Vec<_>>()
    });
    ended.collect()
}

fn own_cautions(change: &Change, inventory: &Inventory) -> Vec<String> {
    let rows = change.tenant_keys(inventory);
    let pooled = rows.iter().filter(|row| inventory.is_shared(row).is_known_to_be(&true)).count();
    let caution = match change {
        Change::Delete(_) if pooled > 0 => format!(
            "{} shared: whoever knew the shared value can still call with it until that pool key is rotated",
            if pooled == 1 { "this key is".to_owned() } else { format!("{pooled} of these keys are") },
        ),
        Change::Edit { edit: Edit { enabled: Some(false), .. }, .. } | Change::SetEnabled { enabled: false, .. }
            if pooled > 0 =>
        {
            "API Gateway cannot disable one tenant of a shared key: the row will say disabled, the calls go on; \
             isolate it first to stop them"
                .to_owned()
        }
        Change::Import(keys) if import::count_overwritten(keys) > 0 => format!(
            "{} overwritten: what they are named and described as now, and whether they are enabled, is lost",
            match import::count_overwritten(keys) {
                1 => "1 API key is".to_owned(),
                count => format!("{count} API keys are"),
            }
        ),
        Change::SetCustomer { .. } if pooled > 0 => {
            "the API key is shared: AWS Marketplace meters all who share it as this one customer".to_owned()
        }
        Change::Restore(keys) => return restore_cautions(keys, inventory),
        Change::Rotate { grace: 0, .. } => {
            "the old values stop working at once: tenants must have the new ones first, or give a grace; a report of \
             this month may lack the calls of API keys that are deleted"
                .to_owned()
        }
        Change::RotatePoolKey { grace: 0, .. } => format!(
            "the old value stops working at once for {}: give a grace unless it has leaked",
            pluralize(rows.len(), "tenant key")
        ),
        Change::Rotate { .. } | Change::RotatePoolKey { .. } => {
            "a new API key has a quota of its own: what was used of the old one is not counted against it".to_owned()
        }
        Change::Isolate(_) => {
            "these tenants still know the shared value: it works until the pool key is rotated".to_owned()
        }
        Change::Fix(Fix::IssueStoredValue(_)) => {
            "the value that the API key has now stops working at once: whoever sends it is answered 403".to_owned()
        }
        Change::Consolidate { .. } | Change::Drain(_) => {
            "the values that these tenants use now stop working: they need the shared value first".to_owned()
        }
        Change::Rebalance(_) => format!(
            "{} get another value; the one they use now works on",
            pluralize(rows.len(), "tenant key")
        ),
        Change::ChangePlan { .. } => plan_caution(pooled, rows.len()),
        Change::Plan(one) => return one.cautions(inventory),
        Change::Api(one) => return one.cautions(),
        Change::Extend(extension) => return extension.cautions(inventory),
        Change::Create(_) | Change::Import(_) | Change::Edit { .. } | Change::SetCustomer { .. } | Change::SetEnabled { .. } | Change::Delete(_) | Change::Retire(_) | Change::CreatePool(_) | Change::DissolvePool(_) | Change::SetPool { .. } | Change::Grow { .. } | Change::Fix(_) => return Vec::new(),
    };
    vec![caution]
}

fn restore_cautions(keys: &[Restoration], inventory: &Inventory) -> Vec<String> {
    let (id, is) = match keys {
        [_] => ("the API key gets a new id: what counts calls by id begins at zero", "the key is"),
        _ => ("the API keys get new ids: what counts calls by id begins at zero", "its keys are"),
    };
    let plans: BTreeSet<&PlanId> = keys.iter().flat_map(|key| &key.api_key.plans).collect();
    let gone = plans.into_iter().filter(|plan| inventory.plan(plan).is_none());
    let gone = gone.map(|plan| format!("usage plan {plan} is gone: {is} not in it"));
    [id.to_owned()].into_iter().chain(gone).collect()
}

fn plan_caution(pooled: usize, all: usize) -> String {
    let keys = if all == 1 { "the key is" } else { "the keys are" };
    let known = if pooled > 0 { "; values of shared keys stay known to who leaves them" } else { "" };
    format!("for a moment {keys} in no plan, and quotas begin anew{known}")
}

fn titles(inventory: &Inventory, rows: &[TenantKeyId]) -> String {
    match rows {
        [row] => title(inventory, row),
        _ => pluralize(rows.len(), "key"),
    }
}

fn title(inventory: &Inventory, id: &TenantKeyId) -> String {
    let named = |row: &TenantKey| format!("key \"{}\" of {}", row.name, row.tenant);
    inventory.tenant_key(id).map_or_else(|| format!("key {id}"), named)
}
