//! Reports checked against figures worked out by hand.

mod attribution;
mod endings;
mod stays;

use jiff::Timestamp;

use super::*;
use crate::testing::{inventory as inventory_of, parts, pool, pool_key, tenant_key};
use crate::usage::{DayUse, PlanUsage, Usage};
use crate::{Inventory, InventoryParts, Plan, PriceListEntry};

fn plan(id: &str, price: Option<i64>) -> Plan {
    let entry = |cents| PriceListEntry {
        name: id.to_owned(),
        description: String::new(),
        quota: String::new(),
        throttle: String::new(),
        price: Some(Price::from_cents(cents)).into(),
    };
    Plan { price_list_entry: price.map(entry), ..Plan::new(id, id.to_uppercase()) }
}

/// acme has two keys of its own in `silo` and shares `s` of `pool` with globex and hooli. hooli made no
/// calls.
fn inventory() -> Inventory {
    inventory_of(
        vec![plan("silo", Some(19_900)), plan("pool", Some(4_900)), plan("free", None)],
        vec![
            tenant_key("a1", "silo", "acme", None),
            tenant_key("a2", "silo", "acme", None),
            tenant_key("r1", "pool", "acme", Some("s")),
            tenant_key("r2", "pool", "globex", Some("s")),
            tenant_key("r3", "pool", "hooli", Some("s")),
            tenant_key("f1", "free", "initech", None),
        ],
    )
}

/// The usage of all plans, without calls.
fn read_usage(month: DayRange) -> Usage {
    let mut usage = Usage::empty(month);
    for plan in ["free", "odd", "penny", "pool", "pro", "silo"] {
        let plan_usage = PlanUsage::new(plan.into(), month, BTreeMap::new(), Timestamp::UNIX_EPOCH);
        usage.plans.insert(plan.into(), plan_usage);
    }
    usage
}

fn usage(month_usage: &[(&str, &str, u64)]) -> Usage {
    let month = DayRange::parse_month("2026-10").expect("a month");
    let mut usage = read_usage(month);
    for (plan, key, used) in month_usage {
        let plan_usage = usage.plans.get_mut(&PlanId::new(*plan)).expect("a plan of the tests");
        plan_usage
            .keys
            .insert((*key).into(), vec![DayUse { day: month.from(), used: *used, remaining: None }]);
    }
    usage
}

fn october() -> Usage {
    usage(&[
        ("silo", "a1", 100_000),
        ("silo", "a2", 1_234),
        ("pool", "s", 9_000),
        ("free", "f1", 70),
        ("pool", "gone", 5),
    ])
}

fn tariff(rates: &[(&str, i64, u64)]) -> Tariff {
    let rate = |cents, included| Rate { per_1000: Price::from_cents(cents), included };
    Tariff {
        currency: Currency::new("USD").expect("a currency"),
        billing: Billing::WholeMonths,
        rates: rates
            .iter()
            .map(|(plan, cents, included)| ((*plan).to_owned(), rate(*cents, *included)))
            .collect(),
    }
}

/// Calls that are unknown, in expectations.
const UNKNOWN: u64 = u64::MAX;

/// Tenant, plan, flat price, exact calls, estimated calls, metered price, total.
type ExpectedLine = (&'static str, &'static str, Option<i64>, u64, Option<u64>, Option<i64>, i64);

fn assert_lines(report: &Report, expected: &[ExpectedLine]) {
    let cents = |price: Option<Price>| price.map(Price::cents);
    let lines: Vec<_> = report
        .lines
        .iter()
        .map(|line| {
            let (tenant, plan) = (line.tenant.as_str(), line.plan.as_str());
            let metered = cents(line.metered_price());
            (
                tenant,
                plan,
                cents(line.flat_price),
                line.exact_calls().unwrap_or(UNKNOWN),
                line.estimated_calls(),
                metered,
                line.total().cents(),
            )
        })
        .collect();
    assert_eq!(lines, expected);
}

fn unlisted(report: &Report) -> Vec<(&str, UnlistedReason, u64)> {
    report.unlisted.iter().map(|calls| (calls.tenant.as_str(), calls.reason, calls.calls)).collect()
}

/// Tenant, number of plans, flat price, exact calls, estimated calls, metered price, total.
type ExpectedTotal = (&'static str, usize, Option<i64>, u64, Option<u64>, Option<i64>, i64);

fn assert_totals(report: &Report, expected: &[ExpectedTotal]) {
    let cents = |price: Option<Price>| price.map(Price::cents);
    let totals: Vec<_> = report
        .tenants()
        .map(|tenant_total| {
            let (flat, metered) = (cents(tenant_total.flat_price()), cents(tenant_total.metered_price()));
            let (tenant, plans) = (tenant_total.tenant.as_str(), tenant_total.lines.len());
            (
                tenant,
                plans,
                flat,
                tenant_total.exact_calls().unwrap_or(UNKNOWN),
                tenant_total.estimated_calls(),
                metered,
                tenant_total.total().cents(),
            )
        })
        .collect();
    assert_eq!(totals, expected);
}

#[test]
fn flat_prices_are_charged_once_and_only_exact_calls_are_metered() {
    let tariff = tariff(&[("SILO", 50, 100_000), ("pool", 100, 0)]);
    let report = report(&inventory(), &october(), &tariff, None);
    assert_lines(
        &report,
        &[
            // A third of the 9,000 calls is only an estimate, and estimates are not charged.
            ("acme", "pool", Some(4_900), 0, Some(3_000), None, 4_900),
            // 1,234 calls beyond 100,000 at 0.50 per 1,000 are 61.7 cents.
            ("acme", "silo", Some(19_900), 101_234, None, Some(62), 19_962),
            ("globex", "pool", Some(4_900), 0, Some(3_000), None, 4_900),
            ("hooli", "pool", Some(4_900), 0, Some(3_000), None, 4_900),
            ("initech", "free", None, 70, None, None, 0),
        ],
    );
    assert_eq!(report.total().to_string(), "346.62");
    let unattributed: Vec<_> =
        report.unattributed.iter().map(|key| (key.api_key.as_str(), key.used)).collect();
    assert_eq!(unattributed, [("gone", 5)]);
}

#[test]
fn an_access_log_makes_shared_calls_exact_and_excludes_refused_ones() {
    let mut log = LoggedCalls::default();
    let mut calls = |tenant: &str, api_key: &str, status, times| {
        for _ in 0..times {
            match LoggedAnswer::from_status(status) {
                LoggedAnswer::Accepted => log.add(api_key.into(), Some(tenant.into()), 1),
                LoggedAnswer::Limited => log.add_limited(api_key.into(), 1),
                LoggedAnswer::Refused => log.add_refused(1),
            }
        }
    };
    calls("acme", "s", 200, 2_000);
    calls("acme", "s", 502, 1);
    calls("acme", "s", 429, 9);
    calls("globex", "s", 200, 6_000);
    calls("globex", "s", 403, 1);
    // API Gateway already counts these.
    calls("acme", "a1", 200, 400);
    calls("stranger", "s", 200, 3);
    assert_eq!(log.refused_count, 10);
    let report = report(&inventory(), &october(), &tariff(&[("POOL", 100, 1_000)]), Some(&log));
    assert_lines(
        &report,
        &[
            // 1,001 calls beyond 1,000 at 1.00 per 1,000 are 100.1 cents.
            ("acme", "pool", Some(4_900), 2_001, None, Some(100), 5_000),
            ("acme", "silo", Some(19_900), 101_234, None, None, 19_900),
            ("globex", "pool", Some(4_900), 6_000, None, Some(500), 5_400),
            ("hooli", "pool", Some(4_900), 0, None, Some(0), 4_900),
            ("initech", "free", None, 70, None, None, 0),
        ],
    );
    assert_eq!(unlisted(&report), [("stranger", UnlistedReason::UnknownTenant, 3)]);
}

#[test]
fn calls_in_a_former_plan_are_listed_without_its_flat_price() {
    let month_usage = usage(&[("silo", "a1", 10), ("free", "a1", 20)]);
    let report = report(&inventory(), &month_usage, &tariff(&[]), None);
    let of_a1: Vec<_> = report
        .lines
        .iter()
        .filter(|line| line.own_calls != Some(0))
        .map(|line| (line.plan.as_str(), line.own_calls, line.flat_price.map(Price::cents)))
        .collect();
    assert_eq!(of_a1, [("free", Some(20), None), ("silo", Some(10), Some(19_900))]);
}

#[test]
fn a_tenant_that_changes_plans_owes_the_new_flat_price_and_the_calls_of_both() {
    let tenant_keys = vec![
        tenant_key("a1", "pro", "acme", None),
        tenant_key("g1", "silo", "globex", None),
        tenant_key("g2", "pro", "globex", None),
        tenant_key("h1", "silo", "hooli", None),
    ];
    let inventory = inventory_of(vec![plan("silo", Some(19_900)), plan("pro", Some(49_900))], tenant_keys);
    let month_usage = usage(&[
        // acme moved from silo to pro mid-month, together with its API key.
        ("silo", "a1", 3_000),
        ("pro", "a1", 5_000),
        ("silo", "g1", 1_000),
        ("pro", "g2", 1_000),
        ("silo", "h1", 1_010),
    ]);
    let report = report(&inventory, &month_usage, &tariff(&[("silo", 50, 1_000), ("pro", 100, 4_000)]), None);
    assert_lines(
        &report,
        &[
            ("acme", "pro", Some(49_900), 5_000, None, Some(100), 50_000),
            // The included calls of silo are deducted and its own rate applies: 2,000 calls at 0.50 per
            // 1,000.
            ("acme", "silo", None, 3_000, None, Some(100), 100),
            ("globex", "pro", Some(49_900), 1_000, None, Some(0), 49_900),
            ("globex", "silo", Some(19_900), 1_000, None, Some(0), 19_900),
            // 10 calls at 0.50 per 1,000 are half a cent.
            ("hooli", "silo", Some(19_900), 1_010, None, Some(1), 19_901),
        ],
    );
    let former: Vec<_> = report
        .lines_of_former_plans(&inventory)
        .map(|line| (line.tenant.as_str(), line.plan.as_str()))
        .collect();
    assert_eq!(former, [("acme", "silo")]);
    assert_totals(
        &report,
        &[
            ("acme", 2, Some(49_900), 8_000, None, Some(200), 50_100),
            ("globex", 2, Some(69_800), 2_000, None, Some(0), 69_800),
            ("hooli", 1, Some(19_900), 1_010, None, Some(1), 19_901),
        ],
    );
    assert_eq!(report.total().cents(), 139_801);
}

#[test]
fn tenant_totals_keep_estimates_separate() {
    let tariff = tariff(&[("SILO", 50, 100_000), ("pool", 100, 0)]);
    assert_totals(
        &report(&inventory(), &october(), &tariff, None),
        &[
            // The 3,000 pool calls are an estimate; only those of silo are metered.
            ("acme", 2, Some(24_800), 101_234, Some(3_000), Some(62), 24_862),
            ("globex", 1, Some(4_900), 0, Some(3_000), None, 4_900),
            ("hooli", 1, Some(4_900), 0, Some(3_000), None, 4_900),
            ("initech", 1, None, 70, None, None, 0),
        ],
    );
}

#[test]
fn calls_with_a_pool_key_stay_an_estimate_even_if_a_tenant_key_has_its_id() {
    let parts = InventoryParts {
        plans: vec![plan("silo", None)],
        tenant_keys: vec![tenant_key("a1", "silo", "acme", None)],
        pools: vec![pool("silo", 5, vec![pool_key("a1", 0, 5)])],
        ..parts()
    };
    // Former tenants of the pool key may have made any of these calls.
    let month_report =
        report(&Inventory::new(parts), &usage(&[("silo", "a1", 90)]), &tariff(&[("silo", 100, 0)]), None);
    assert_lines(&month_report, &[("acme", "silo", None, 0, Some(90), None, 0)]);
}

#[test]
fn metered_prices_are_rounded_half_up_to_the_cent() {
    let rate = |cents| Rate { per_1000: Price::from_cents(cents), included: 0 };
    for (cents, calls, price) in
        [(50, 9, 0), (50, 10, 1), (50, 1_000, 50), (1, 499, 0), (1, 500, 1), (333, 1, 0), (333, 2, 1)]
    {
        assert_eq!(rate(cents).price_of(calls).cents(), price, "{calls} calls at {cents}");
    }
    assert_eq!(rate(i64::MAX).price_of(u64::MAX).cents(), i64::MAX);
}

#[test]
fn a_currency_is_three_capital_letters() {
    assert_eq!(Currency::new("EUR").map(|currency| currency.to_string()), Ok("EUR".to_owned()));
    for text in ["", "usd", "US", "USDT", "€"] {
        assert_eq!(Currency::new(text), Err(ParseCurrencyError(text.to_owned())));
    }
}

#[test]
fn calls_in_a_plan_whose_usage_was_not_read_are_unknown_and_not_metered() {
    let mut october = october();
    october.plans.remove(&PlanId::new("silo"));
    let rates = tariff(&[("SILO", 50, 0), ("pool", 100, 0), ("free", 100, 0)]);
    let report = report(&inventory(), &october, &rates, None);
    assert_lines(
        &report,
        &[
            ("acme", "pool", Some(4_900), 0, Some(3_000), None, 4_900),
            ("acme", "silo", Some(19_900), UNKNOWN, None, None, 19_900),
            ("globex", "pool", Some(4_900), 0, Some(3_000), None, 4_900),
            ("hooli", "pool", Some(4_900), 0, Some(3_000), None, 4_900),
            ("initech", "free", None, 70, None, Some(7), 7),
        ],
    );
    assert_eq!(report.tenants().next().expect("acme").exact_calls(), None);
    let unknown: Vec<_> = report.tenants_with_unknown_calls().into_iter().map(Tenant::as_str).collect();
    assert_eq!(unknown, ["acme"]);
}
