//! Opens the form that creates a pool.

use std::collections::BTreeSet;

use keypool_domain::{Inventory, PlanId, Refusal, TenantKeyId, Unknown};

use crate::tui::dialogs::forms::pool;
use crate::tui::model::message::Message;
use crate::tui::screen::Command;

/// Opens the form, unless the plan has a pool. `marked` are the tenant keys whose API keys are to be shared.
pub(super) fn create_pool(plan: PlanId, marked: &[TenantKeyId], inventory: &Inventory) -> Command {
    if inventory.pool(&plan).is_some() {
        let refusal = Refusal::HasPool(inventory.plan_name(&plan).to_owned());
        return Command::Say(Message::from_failure(&refusal.into()));
    }
    if marked.is_empty() && inventory.members(&plan).reason().is_some_and(|why| *why == Unknown::NotReadYet) {
        let name = inventory.plan_name(&plan);
        return Command::refuse(format!("the API keys of {name} are not read yet: try again in a moment"));
    }
    open_form(plan, marked, inventory)
}

/// Opens the form for a pool of the plan's marked keys, or of its keys without tenants if none is marked.
pub(super) fn open_form(plan: PlanId, marked: &[TenantKeyId], inventory: &Inventory) -> Command {
    let marked = marked.iter().filter_map(|id| inventory.tenant_key(id)).filter(|key| key.plan == plan);
    let marked: BTreeSet<_> = marked.filter_map(|key| key.api_key().into_result().ok()).collect();
    let unused = inventory.listed_members(&plan);
    let unused = unused.iter().filter(|id| inventory.tenant_key_count(id).is_known_to_be(&0)).cloned();
    let api_keys = if marked.is_empty() { unused.collect() } else { marked.into_iter().collect() };
    pool::open_for_new_pool(plan, api_keys, inventory)
}
