//! Turns usage into charges, one line for each tenant and plan.

use std::collections::{BTreeMap, BTreeSet};

use jiff::tz::TimeZone;

use super::attribution::{Attribution, has_single_tenant};
use super::{Line, LoggedCalls, Report, Tariff};
use crate::usage::{DayRange, KeyUse, SharedUse, Usage};
use crate::{Inventory, Plan, PlanId, Tenant, TenantKey};

type Lines = BTreeMap<(Tenant, PlanId), Line>;

/// The charges of every tenant for the usage's month. An access log makes calls with shared keys exact.
pub fn report(inventory: &Inventory, usage: &Usage, tariff: &Tariff, log: Option<&LoggedCalls>) -> Report {
    let mut lines = Lines::new();
    for tenant_key in inventory.tenant_keys().iter().filter(|tenant_key| existed_in(tenant_key, usage.range))
    {
        line_for(&mut lines, &tenant_key.tenant, &tenant_key.plan, inventory, tariff, log);
    }
    for key in usage.top_keys() {
        add_usage(&mut lines, key, usage.range, inventory, tariff, log);
    }
    let attribution = Attribution::new(inventory, usage);
    for (tenant, plan, calls) in log.iter().flat_map(|log| attribution.attributed_calls(log)) {
        let line = line_for(&mut lines, tenant, plan, inventory, tariff, log);
        line.logged_calls = line.logged_calls.map(|logged| logged.saturating_add(calls));
    }
    for tenant_key in inventory.tenant_keys() {
        if let Some(line) = lines.get_mut(&(tenant_key.tenant.clone(), tenant_key.plan.clone())) {
            // A tenant with calls was a customer, whatever its tenant key's creation date.
            if line.exact_calls() > 0 || existed_in(tenant_key, usage.range) {
                line.flat_price = inventory.plan(&tenant_key.plan).and_then(Plan::price);
            }
        }
    }
    Report {
        month: usage.range,
        currency: tariff.currency.clone(),
        lines: lines.into_values().collect(),
        unattributed: exclude_attributed_keys(usage.unattributed_keys(inventory), log),
        unknown_tenants: log.map(|log| attribution.unknown_tenants(log)).unwrap_or_default(),
    }
}

fn line_for<'a>(
    lines: &'a mut Lines,
    tenant: &Tenant,
    plan: &PlanId,
    inventory: &Inventory,
    tariff: &Tariff,
    log: Option<&LoggedCalls>,
) -> &'a mut Line {
    lines.entry((tenant.clone(), plan.clone())).or_insert_with(|| Line {
        tenant: tenant.clone(),
        plan: plan.clone(),
        flat_price: None,
        own_calls: 0,
        logged_calls: log.map(|_| 0),
        shared_keys: Vec::new(),
        rate: inventory.plan(plan).and_then(|plan| tariff.rate(plan)),
    })
}

/// Adds the calls of a key to the lines of its tenants, in the plan where they were made.
fn add_usage(
    lines: &mut Lines,
    key: KeyUse,
    month: DayRange,
    inventory: &Inventory,
    tariff: &Tariff,
    log: Option<&LoggedCalls>,
) {
    let current = inventory.api_key_after_rotations(&key.api_key);
    let tenant_keys =
        inventory.tenant_keys_of_api_key(current).filter(|tenant_key| existed_in(tenant_key, month));
    let mut tenants: BTreeSet<_> = tenant_keys.map(|tenant_key| &tenant_key.tenant).collect();
    if tenants.is_empty() && key.used > 0 {
        // The tenants may have used the key before their tenant keys were written.
        tenants.extend(inventory.tenants_of_api_key(current));
    }
    let is_own = has_single_tenant(current, inventory);
    for tenant in &tenants {
        let line = line_for(lines, tenant, &key.plan, inventory, tariff, log);
        if is_own && tenants.len() == 1 {
            line.own_calls = line.own_calls.saturating_add(key.used);
        } else {
            line.shared_keys.push(SharedUse { key: key.clone(), tenants: tenants.len() });
        }
    }
}

/// Plans with a price, each with the number of its tenants that owe nothing because they joined after the
/// month.
pub fn joined_later<'a>(report: &Report, inventory: &'a Inventory) -> Vec<(&'a Plan, usize)> {
    let charged_lines = report.lines.iter().filter(|line| line.flat_price.is_some());
    let charged: BTreeSet<_> = charged_lines.map(|line| (&line.tenant, &line.plan)).collect();
    let priced = inventory.plans().iter().filter(|plan| plan.price().is_some());
    let counts = priced.map(|plan| {
        let tenants = inventory.tenants_of_plan(&plan.id).into_iter();
        (plan, tenants.filter(|tenant| !charged.contains(&(*tenant, &plan.id))).count())
    });
    counts.filter(|(_, count)| *count > 0).collect()
}

/// Calls with keys that have no known tenant, unless the log attributes all of them.
fn exclude_attributed_keys(keys: Vec<KeyUse>, log: Option<&LoggedCalls>) -> Vec<KeyUse> {
    let logged_by_key = log.map(LoggedCalls::calls_by_key).unwrap_or_default();
    let is_unattributed =
        |key: &KeyUse| logged_by_key.get(&key.api_key).is_none_or(|calls| *calls < key.used);
    keys.into_iter().filter(is_unattributed).collect()
}

/// Whether the tenant key was created by the end of the month; true if it has no creation date.
pub(super) fn existed_in(tenant_key: &TenantKey, month: DayRange) -> bool {
    tenant_key.created_at.is_none_or(|created_at| created_at.to_zoned(TimeZone::UTC).date() <= month.to())
}
