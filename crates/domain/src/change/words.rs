//! Changes in words: the line that names one, and what a person should know before saying yes.

use std::collections::BTreeSet;

use crate::key::tag;
use crate::step::duration;
use crate::{Inventory, PlanId, RowId, TenantKey};

use super::{Change, Edit, Mend, Restoration, counted, import, mend, plans, stack};

pub(super) fn describe(change: &Change, inventory: &Inventory) -> String {
    let plan = |id| inventory.plan_name(id);
    match change {
        Change::Create(new) => format!(
            "create {} in {} for {}",
            counted(new.count as usize, "key"),
            plan(&new.key.plan),
            new.key.tenant
        ),
        Change::Import(keys) => import::describe(keys, inventory),
        Change::Edit { row, edit } => format!("{}: {}", title(inventory, row), edit.sentence()),
        Change::SetCustomer { row, customer } if customer.is_empty() => {
            format!("{}: no customer of AWS Marketplace", title(inventory, row))
        }
        Change::SetCustomer { row, customer } => {
            format!("{}: set the AWS Marketplace customer to \"{customer}\"", title(inventory, row))
        }
        Change::Switch { rows, enabled } => {
            format!("{} {}", if *enabled { "enable" } else { "disable" }, titles(inventory, rows))
        }
        Change::Delete(rows) => format!("delete {}", titles(inventory, rows)),
        Change::Restore(keys) => match &keys[..] {
            [key] => format!("restore key \"{}\" of {}", key.row.name, key.row.tenant),
            keys => format!("restore {}", counted(keys.len(), "key")),
        },
        Change::Rotate { rows, grace } => format!("rotate {}{}", titles(inventory, rows), overlap(*grace)),
        Change::RotatePoolKey { api_key, grace } => format!("rotate pool key {api_key}{}", overlap(*grace)),
        Change::Retire(api_key) => format!("retire API key {api_key}"),
        Change::Isolate(rows) => format!("give {} an API key of its own", titles(inventory, rows)),
        Change::Consolidate { rows, others } => {
            format!("move {} into the pool{}", titles(inventory, rows), others.words())
        }
        Change::ChangePlan { rows, plan: to, others } => {
            format!("move {} to {}{}", titles(inventory, rows), plan(to), others.words())
        }
        Change::Rebalance(of) => format!("rebalance the pool of {}", plan(of)),
        Change::CreatePool(asked) => {
            let keys = [(asked.api_keys.len(), "API key"), (asked.new_keys as usize, "new API key")];
            let keys = keys.iter().filter(|(count, _)| *count > 0).map(|(count, what)| counted(*count, what));
            format!("make {} the pool of {}", keys.collect::<Vec<_>>().join(" and "), plan(&asked.plan))
        }
        Change::DissolvePool(of) => format!("dissolve the pool of {}", plan(of)),
        Change::SetPool { plan: of, .. } => format!("change the pool of {}", plan(of)),
        Change::Grow { plan: of, count } => {
            format!("add {} to the pool of {}", counted(*count as usize, "API key"), plan(of))
        }
        Change::Drain(api_key) => format!("drain pool key {api_key}"),
        Change::Extend(extension) => extension.describe(inventory),
        Change::Mend(one) => mend::describe(one, inventory),
        Change::Plan(one) => one.describe(inventory),
        Change::Api(one) => one.describe(),
    }
}

pub(super) fn verb(change: &Change) -> &'static str {
    match change {
        Change::Create(_) | Change::CreatePool(_) => "Create",
        Change::Import(_) => "Import",
        Change::Edit { .. } | Change::SetCustomer { .. } | Change::SetPool { .. } => "Save",
        Change::Switch { enabled: true, .. } => "Enable",
        Change::Switch { enabled: false, .. } => "Disable",
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
        Change::Mend(_) => "Mend",
        Change::Plan(one) => one.verb(),
        Change::Api(one) => one.verb(),
    }
}

fn overlap(grace: u64) -> String {
    if grace == 0 { String::new() } else { format!(", the old value works for {} more", duration(grace)) }
}

pub(super) fn cautions(change: &Change, inventory: &Inventory) -> Vec<String> {
    let mut all = plans::adoption_cautions(change, inventory);
    all.extend(stack::cautions(change, inventory));
    all.extend(own_cautions(change, inventory));
    if let Change::Delete(_) = change {
        all.extend(ended_predecessors(change, inventory));
    }
    all
}

/// The API keys in their grace that a deletion ends.
fn ended_predecessors(change: &Change, inventory: &Inventory) -> Vec<String> {
    let own = change.rows(inventory).into_iter().filter(|row| inventory.shares(row).is_known_to_be(&false));
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
    let rows = change.rows(inventory);
    let pooled = rows.iter().filter(|row| inventory.shares(row).is_known_to_be(&true)).count();
    let caution = match change {
        Change::Delete(_) if pooled > 0 => format!(
            "{} shared: whoever knew the shared value can still call with it until that pool key is rotated",
            if pooled == 1 { "this key is".to_owned() } else { format!("{pooled} of these keys are") },
        ),
        Change::Edit { edit: Edit { enabled: Some(false), .. }, .. } | Change::Switch { enabled: false, .. }
            if pooled > 0 =>
        {
            "API Gateway cannot disable one tenant of a shared key: the row will say disabled, the calls go on; \
             isolate it first to stop them"
                .to_owned()
        }
        Change::Import(keys) if import::overwritten(keys) > 0 => format!(
            "{} overwritten: what they are named and described as now, and whether they are enabled, is lost",
            match import::overwritten(keys) {
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
            counted(rows.len(), "tenant key")
        ),
        Change::Rotate { .. } | Change::RotatePoolKey { .. } => {
            "a new API key has a quota of its own: what was used of the old one is not counted against it".to_owned()
        }
        Change::Isolate(_) => {
            "these tenants still know the shared value: it works until the pool key is rotated".to_owned()
        }
        Change::Mend(Mend::IssueRowValue(_)) => {
            "the value that the API key has now stops working at once: whoever sends it is answered 403".to_owned()
        }
        Change::Consolidate { .. } | Change::Drain(_) => {
            "the values that these tenants use now stop working: they need the shared value first".to_owned()
        }
        Change::Rebalance(_) => format!(
            "{} get another value; the one they use now works on",
            counted(rows.len(), "tenant key")
        ),
        Change::ChangePlan { .. } => plan_caution(pooled, rows.len()),
        Change::Plan(one) => return one.cautions(inventory),
        Change::Api(one) => return one.cautions(),
        Change::Extend(extension) => return extension.cautions(inventory),
        Change::Create(_) | Change::Import(_) | Change::Edit { .. } | Change::SetCustomer { .. } | Change::Switch { .. } | Change::Delete(_) | Change::Retire(_) | Change::CreatePool(_) | Change::DissolvePool(_) | Change::SetPool { .. } | Change::Grow { .. } | Change::Mend(_) => return Vec::new(),
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

fn titles(inventory: &Inventory, rows: &[RowId]) -> String {
    match rows {
        [row] => title(inventory, row),
        _ => counted(rows.len(), "key"),
    }
}

fn title(inventory: &Inventory, id: &RowId) -> String {
    let named = |row: &TenantKey| format!("key \"{}\" of {}", row.name, row.tenant);
    inventory.row(id).map_or_else(|| format!("key {id}"), named)
}
