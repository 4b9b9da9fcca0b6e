//! From what was used to what is owed: a line for each tenant and plan.

use std::collections::BTreeMap;

use super::{Line, Logged, Report, Tariff};
use crate::usage::{KeyUse, SharedUse, Usage};
use crate::{Inventory, Mode, Plan, PlanId, Tenant, TenantKey};

type Lines = BTreeMap<(Tenant, PlanId), Line>;

/// What every tenant owes for the month that was read; an access log makes the calls with shared keys exact.
pub fn report(inventory: &Inventory, usage: &Usage, tariff: &Tariff, log: Option<&Logged>) -> Report {
    let mut lines = Lines::new();
    for row in inventory.rows() {
        let line = line(&mut lines, &row.tenant, &row.plan, inventory, tariff, log);
        line.flat = inventory.plan(&row.plan).and_then(Plan::price);
    }
    for key in usage.top_keys() {
        used(&mut lines, key, inventory, tariff, log);
    }
    if let Some(log) = log {
        logged(&mut lines, log, inventory);
    }
    Report {
        month: usage.range,
        currency: tariff.currency.clone(),
        lines: lines.into_values().collect(),
        of_nobody: usage.of_nobody(inventory),
        strangers: log.map(|log| strangers(log, inventory)).unwrap_or_default(),
    }
}

/// The line of a tenant and a plan, begun where there is none.
fn line<'a>(
    lines: &'a mut Lines,
    tenant: &Tenant,
    plan: &PlanId,
    inventory: &Inventory,
    tariff: &Tariff,
    log: Option<&Logged>,
) -> &'a mut Line {
    lines.entry((tenant.clone(), plan.clone())).or_insert_with(|| Line {
        tenant: tenant.clone(),
        plan: plan.clone(),
        flat: None,
        own: 0,
        logged: log.map(|_| 0),
        shared: Vec::new(),
        rate: inventory.plan(plan).and_then(|plan| tariff.rate(plan)),
    })
}

/// Adds the calls of a key to the lines of whoever is behind it, in the plan in which they were made.
fn used(lines: &mut Lines, key: KeyUse, inventory: &Inventory, tariff: &Tariff, log: Option<&Logged>) {
    let tenants = inventory.tenants_behind(&key.api_key);
    let is_own = inventory.rows_behind(&key.api_key).all(|row| row.mode() == Mode::Siloed);
    for tenant in &tenants {
        let line = line(lines, tenant, &key.plan, inventory, tariff, log);
        if is_own && tenants.len() == 1 {
            line.own = line.own.saturating_add(key.used);
        } else {
            line.shared.push(SharedUse { key: key.clone(), tenants: tenants.len() });
        }
    }
}

/// Adds what the log has of shared keys; a tenant's own keys are counted by API Gateway already.
fn logged(lines: &mut Lines, log: &Logged, inventory: &Inventory) {
    for (api_key, tenant, calls) in log.all() {
        let row = inventory.rows_behind(api_key).find(|row| row.tenant == *tenant && is_shared(row));
        let line = row.and_then(|row| lines.get_mut(&(tenant.clone(), row.plan.clone())));
        if let Some(logged) = line.and_then(|line| line.logged.as_mut()) {
            *logged = logged.saturating_add(calls);
        }
    }
}

fn strangers(log: &Logged, inventory: &Inventory) -> Vec<(Tenant, u64)> {
    let mut strangers: BTreeMap<Tenant, u64> = BTreeMap::new();
    for (api_key, tenant, calls) in log.all() {
        if !inventory.rows_behind(api_key).any(|row| row.tenant == *tenant) {
            *strangers.entry(tenant.clone()).or_default() += calls;
        }
    }
    strangers.into_iter().collect()
}

fn is_shared(row: &TenantKey) -> bool {
    row.mode() == Mode::Pooled
}
