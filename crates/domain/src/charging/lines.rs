//! From what was used to what is owed: a line for each tenant and plan.

use std::collections::{BTreeMap, BTreeSet};

use jiff::tz::TimeZone;

use super::attribution::Attribution;
use super::{Line, Logged, Report, Tariff};
use crate::usage::{DayRange, KeyUse, SharedUse, Usage};
use crate::{ApiKeyId, Inventory, Plan, PlanId, Tenant, TenantKey};

type Lines = BTreeMap<(Tenant, PlanId), Line>;

/// What every tenant owes for the month that was read; an access log makes the calls with shared keys exact.
pub fn report(inventory: &Inventory, usage: &Usage, tariff: &Tariff, log: Option<&Logged>) -> Report {
    let mut lines = Lines::new();
    for row in inventory.rows().iter().filter(|row| was_there(row, usage.range)) {
        line(&mut lines, &row.tenant, &row.plan, inventory, tariff, log);
    }
    for key in usage.top_keys() {
        used(&mut lines, key, usage.range, inventory, tariff, log);
    }
    let whose = Attribution::of(inventory, usage);
    for (tenant, plan, calls) in log.iter().flat_map(|log| whose.charged(log)) {
        let line = line(&mut lines, tenant, plan, inventory, tariff, log);
        line.logged = line.logged.map(|logged| logged.saturating_add(calls));
    }
    for row in inventory.rows() {
        if let Some(line) = lines.get_mut(&(row.tenant.clone(), row.plan.clone())) {
            // Who called was there, whatever the row says.
            if line.exact() > 0 || was_there(row, usage.range) {
                line.flat = inventory.plan(&row.plan).and_then(Plan::price);
            }
        }
    }
    Report {
        month: usage.range,
        currency: tariff.currency.clone(),
        lines: lines.into_values().collect(),
        of_nobody: of_nobody(usage.of_nobody(inventory), log),
        strangers: log.map(|log| whose.strangers(log)).unwrap_or_default(),
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
fn used(
    lines: &mut Lines,
    key: KeyUse,
    month: DayRange,
    inventory: &Inventory,
    tariff: &Tariff,
    log: Option<&Logged>,
) {
    let now = inventory.in_place_of(&key.api_key);
    let there = inventory.rows_behind(now).filter(|row| was_there(row, month));
    let mut tenants: BTreeSet<_> = there.map(|row| &row.tenant).collect();
    if tenants.is_empty() && key.used > 0 {
        // They may have had their keys before the rows were written.
        tenants.extend(inventory.tenants_behind(now));
    }
    let is_own = is_own(now, inventory);
    for tenant in &tenants {
        let line = line(lines, tenant, &key.plan, inventory, tariff, log);
        if is_own && tenants.len() == 1 {
            line.own = line.own.saturating_add(key.used);
        } else {
            line.shared.push(SharedUse { key: key.clone(), tenants: tenants.len() });
        }
    }
}

/// Plans that have a price, with how many tenants do not owe it because they came there after the month.
pub fn came_later<'a>(report: &Report, inventory: &'a Inventory) -> Vec<(&'a Plan, usize)> {
    let owing = report.lines.iter().filter(|line| line.flat.is_some());
    let owing: BTreeSet<_> = owing.map(|line| (&line.tenant, &line.plan)).collect();
    let priced = inventory.plans().iter().filter(|plan| plan.price().is_some());
    let later = priced.map(|plan| {
        let tenants = inventory.tenants_of(&plan.id).into_iter();
        (plan, tenants.filter(|tenant| !owing.contains(&(*tenant, &plan.id))).count())
    });
    later.filter(|(_, count)| *count > 0).collect()
}

/// Calls with keys behind which nobody is known now, and the log does not say who was.
fn of_nobody(keys: Vec<KeyUse>, log: Option<&Logged>) -> Vec<KeyUse> {
    let in_log = log.map(Logged::by_key).unwrap_or_default();
    let is_open = |key: &KeyUse| in_log.get(&key.api_key).is_none_or(|calls| *calls < key.used);
    keys.into_iter().filter(is_open).collect()
}

/// Whether the API key is known to be one tenant's alone: while another may send it, its calls are not metered as theirs.
pub(super) fn is_own(api_key: &ApiKeyId, inventory: &Inventory) -> bool {
    inventory.unresolved(api_key).is_none()
        && inventory.rows_behind(api_key).all(|row| inventory.shares(row).is_known_to_be(&false))
}

/// Whether a row was written by the end of the month; one that does not say when was.
pub(super) fn was_there(row: &TenantKey, month: DayRange) -> bool {
    row.created_at.is_none_or(|at| at.to_zoned(TimeZone::UTC).date() <= month.to())
}
