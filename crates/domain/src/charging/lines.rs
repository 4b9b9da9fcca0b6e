//! Turns usage into charges, one line for each tenant and plan.

use std::collections::{BTreeMap, BTreeSet};

use super::attribution::{Attribution, has_single_tenant};
use super::flat_prices::{FlatPrice, UnpricedTenant, flat_prices};
use super::former_usage::{add_former_usage, former_keys_with_unknown_usage};
use super::missing_usage::keys_with_unknown_usage;
use super::stays::{Stay, Stays, existed_in};
use super::{Billing, Line, LoggedCalls, PriceGap, Report, Tariff};
use crate::usage::{DayRange, KeyUse, SharedUse, Usage};
use crate::{Inventory, Known, Plan, PlanId, Tenant};

/// The report while its lines are built.
struct Lines<'a> {
    inventory: &'a Inventory,
    stays: &'a Stays<'a>,
    tariff: &'a Tariff,
    log: Option<&'a LoggedCalls>,
    by_subject: BTreeMap<(Tenant, PlanId), Line>,
    unattributed: Vec<KeyUse>,
}

/// The charges of every tenant for the usage's month. An access log makes calls with shared keys exact.
pub fn report(inventory: &Inventory, usage: &Usage, tariff: &Tariff, log: Option<&LoggedCalls>) -> Report {
    let read_usage = usage;
    let usage = &add_former_usage(read_usage, inventory);
    let month = usage.range;
    let stays = &Stays::new(inventory, month);
    let mut lines =
        Lines { inventory, stays, tariff, log, by_subject: BTreeMap::new(), unattributed: Vec::new() };
    for stay in stays.all.iter().filter(|stay| stay.days_in(month).is_some()) {
        let line = lines.line(stay.tenant, stay.plan);
        if !line.key_names.iter().any(|name| name == stay.key_name) {
            line.key_names.push(stay.key_name.to_owned());
        }
    }
    for key in usage.top_keys() {
        lines.add_usage(key, usage);
    }
    let attribution = Attribution::new(inventory, stays, usage);
    for (tenant, plan, calls) in log.iter().flat_map(|log| attribution.attributed_calls(log)) {
        let line = lines.line(tenant, plan);
        line.logged_calls = line.logged_calls.map(|logged| logged.saturating_add(calls));
    }
    let unpriced = lines.add_flat_prices(usage);
    lines.forget_unknown_calls(read_usage);
    lines.note_gone_plans(month);
    let left_out: BTreeSet<_> = unpriced.iter().map(|unpriced| &unpriced.tenant).collect();
    let charged = lines.by_subject.into_values().filter(|line| !left_out.contains(&line.tenant)).collect();
    let mut report = Report {
        month,
        currency: tariff.currency.clone(),
        lines: charged,
        unattributed: exclude_logged_calls(lines.unattributed, log),
        unlisted: log.map(|log| attribution.unlisted_calls(log)).unwrap_or_default(),
        unpriced,
    };
    note_unmatched_rates(&mut report, inventory, tariff);
    report
}

/// Notes deleted plans without a rate, if a rate is left whose plan is not known.
fn note_unmatched_rates(report: &mut Report, inventory: &Inventory, tariff: &Tariff) {
    if tariff.names_without_plan(inventory, report).is_empty() {
        return;
    }
    for line in report.lines.iter_mut().filter(|line| line.rate.is_none()) {
        if inventory.is_plan_gone(&line.plan) {
            line.price_gap.get_or_insert(PriceGap::RateUnmatched);
        }
    }
}

impl Lines<'_> {
    fn line(&mut self, tenant: &Tenant, plan: &PlanId) -> &mut Line {
        let (inventory, tariff, log) = (self.inventory, self.tariff, self.log);
        self.by_subject.entry((tenant.clone(), plan.clone())).or_insert_with(|| Line {
            tenant: tenant.clone(),
            plan: plan.clone(),
            plan_name: inventory.plan_name(plan).to_owned(),
            key_names: Vec::new(),
            flat_price: None,
            days: None,
            own_calls: Some(0),
            logged_calls: log.map(|_| 0),
            shared_keys: Vec::new(),
            rate: tariff.rate(plan, inventory.stored_or_noted_plan_name(plan)),
            price_gap: None,
        })
    }

    /// Adds the calls of a key to the lines of its tenants, in the plan where they were made.
    fn add_usage(&mut self, key: KeyUse, usage: &Usage) {
        let (inventory, month) = (self.inventory, usage.range);
        let current = inventory.api_key_after_rotations(&key.api_key);
        let tenant_keys = inventory
            .tenant_keys_of_api_key(current)
            .filter(|tenant_key| existed_in(tenant_key, inventory, month));
        let mut tenants: BTreeSet<_> = tenant_keys.map(|tenant_key| &tenant_key.tenant).collect();
        tenants.extend(self.stays.former_tenants_of(&key.api_key, month));
        if tenants.is_empty() && key.used > 0 {
            // The tenants may have used the key before their tenant keys were written.
            tenants.extend(inventory.tenants_of_api_key(current));
        }
        if tenants.is_empty() && key.used > 0 {
            // GetUsage may count late, and the beginning in a note may be wrong.
            let former_keys = self.stays.former_keys_of(&key.api_key).iter();
            tenants.extend(former_keys.filter_map(|former| former.tenant.as_ref()));
        }
        if tenants.is_empty() && inventory.tenant_keys_of_api_key(current).len() == 0 {
            if key.used > 0 {
                self.unattributed.push(key);
            }
            return;
        }
        let is_own = has_single_tenant(current, inventory)
            && !self.stays.former_keys_of(&key.api_key).iter().any(|former| former.is_shared);
        let count = tenants.len();
        for tenant in tenants {
            let line = self.line(tenant, &key.plan);
            if is_own && count == 1 {
                line.own_calls = line.own_calls.map(|calls| calls.saturating_add(key.used));
            } else {
                line.shared_keys.push(SharedUse { key: key.clone(), tenants: count });
            }
        }
    }

    /// Makes the calls unknown where the usage of a plan was not read, or where nothing tells those with an API
    /// key that is gone: not even the log.
    fn forget_unknown_calls(&mut self, usage: &Usage) {
        let inventory = self.inventory;
        let is_unread = |plan: &PlanId| {
            usage.plan(plan).is_none()
                && (inventory.plan(plan).is_some() || inventory.unreadable_plans().is_some())
        };
        let former = former_keys_with_unknown_usage(inventory, usage, self.log).into_iter();
        let former = former.filter_map(|former| Some((former.tenant.as_ref()?, &former.plan)));
        let gaps = keys_with_unknown_usage(inventory, usage, self.log).into_iter();
        let present = gaps.map(|(tenant_key, _)| (&tenant_key.tenant, &tenant_key.plan));
        let unknown: BTreeSet<_> = former.chain(present).collect();
        for line in self.by_subject.values_mut() {
            if is_unread(&line.plan) || unknown.contains(&(&line.tenant, &line.plan)) {
                line.own_calls = None;
            }
        }
    }

    /// Notes the plans that were deleted elsewhere: nothing tells their prices.
    fn note_gone_plans(&mut self, month: DayRange) {
        let inventory = self.inventory;
        let is_gone = |stay: &&Stay<'_>| stay.present.is_some() && inventory.is_plan_gone(stay.plan);
        let stays = self.stays.all.iter().filter(is_gone);
        for stay in stays.filter(|stay| stay.days_in(month).is_some()) {
            self.line(stay.tenant, stay.plan).price_gap = Some(PriceGap::PlanGone);
        }
    }

    /// Adds the flat prices, and returns those that cannot be read.
    fn add_flat_prices(&mut self, usage: &Usage) -> Vec<UnpricedTenant> {
        let (inventory, month) = (self.inventory, usage.range);
        let mut prices = flat_prices(self.stays, month, self.tariff.billing);
        let present: BTreeSet<_> = self
            .stays
            .all
            .iter()
            .filter(|stay| stay.days_in(month).is_some())
            .map(|stay| stay.lineage)
            .collect();
        let later_keys = inventory.tenant_keys().iter().filter(|key| !present.contains(&key.id));
        let later_keys = later_keys.filter(|key| !inventory.is_plan_gone(&key.plan));
        let later_keys = later_keys.map(|key| (&key.tenant, &key.plan, inventory.plan_price(&key.plan)));
        let is_later = |stay: &&Stay<'_>| {
            stay.present.is_none() && stay.first_day > Some(month.to()) && !present.contains(stay.lineage)
        };
        let later_notes = self.stays.all.iter().rev().filter(is_later);
        let later_notes = later_notes.map(|stay| (stay.tenant, stay.plan, stay.price.clone()));
        for (tenant, plan, price) in later_keys.chain(later_notes) {
            let subject = (tenant, plan);
            let line = self.by_subject.get(&(tenant.clone(), plan.clone()));
            // A tenant with calls was a customer, whatever its tenant key's creation date.
            if line.and_then(Line::exact_calls).is_some_and(|calls| calls > 0) {
                let days = match self.tariff.billing {
                    Billing::WholeMonths => None,
                    Billing::Days => u8::try_from(month.len()).ok(),
                };
                prices.entry(subject).or_insert(FlatPrice { price, days });
            }
        }
        let mut unpriced = Vec::new();
        for ((tenant, plan), flat) in prices {
            let line = self.line(tenant, plan);
            match flat.price {
                Known::Value(price) => (line.flat_price, line.days) = (price, flat.days),
                Known::Unknown(reason) => unpriced.push(UnpricedTenant {
                    tenant: tenant.clone(),
                    plan: plan.clone(),
                    plan_name: line.plan_name.clone(),
                    reason,
                }),
            }
        }
        unpriced
    }
}

/// Plans with a price, each with the number of its tenants that owe nothing because they joined after the
/// month.
pub fn joined_later<'a>(report: &Report, inventory: &'a Inventory) -> Vec<(&'a Plan, usize)> {
    let stays = Stays::new(inventory, report.month);
    let charged_lines = report.lines.iter().filter(|line| line.flat_price.is_some());
    let mut not_later: BTreeSet<_> = charged_lines.map(|line| (&line.tenant, &line.plan)).collect();
    let stays_in_month = stays.all.iter().filter(|stay| stay.days_in(report.month).is_some());
    not_later.extend(stays_in_month.map(|stay| (stay.tenant, stay.plan)));
    let priced = inventory.plans().iter().filter(|plan| plan.price().is_some());
    let counts = priced.map(|plan| {
        let tenants = inventory.tenants_of_plan(&plan.id).into_iter();
        (plan, tenants.filter(|tenant| !not_later.contains(&(*tenant, &plan.id))).count())
    });
    counts.filter(|(_, count)| *count > 0).collect()
}

/// The tenants that are charged although since when they have had their keys is unknown, in order.
pub fn tenants_since_unknown<'a>(report: &'a Report, inventory: &Inventory) -> Vec<&'a Tenant> {
    let stays = Stays::new(inventory, report.month);
    let undated = stays.all.iter().filter(|stay| stay.first_day.is_none());
    let undated = undated.filter(|stay| stay.days_in(report.month).is_some());
    let undated: BTreeSet<_> = undated.map(|stay| (stay.tenant, stay.plan)).collect();
    let charged = report.lines.iter().filter(|line| line.flat_price.is_some());
    let charged = charged.filter(|line| undated.contains(&(&line.tenant, &line.plan)));
    let mut tenants: Vec<_> = charged.map(|line| &line.tenant).collect();
    tenants.dedup();
    tenants
}

/// Calls with keys that have no known tenant, without those that the log has: it says whose they are.
fn exclude_logged_calls(keys: Vec<KeyUse>, log: Option<&LoggedCalls>) -> Vec<KeyUse> {
    let logged_by_key = log.map(LoggedCalls::calls_by_key).unwrap_or_default();
    let not_logged = |key: KeyUse| {
        let used = key.used.saturating_sub(logged_by_key.get(&key.api_key).copied().unwrap_or(0));
        (used > 0).then_some(KeyUse { used, ..key })
    };
    keys.into_iter().filter_map(not_logged).collect()
}
