//! Who owes flat prices, from when and to when. The amounts are worked out by hand.

mod exceptions;
mod notes;

use std::collections::BTreeMap;

use super::super::*;
use super::{UNKNOWN, plan, read_usage, unlisted, usage};
use crate::key::tag;
use crate::testing::{at, parts, pool, pool_key, tenant_key};
use crate::usage::{DayRange, Usage};
use crate::{ApiKey, FormerKey, Inventory, InventoryParts, Known, TenantKey};

/// A plan named like its id in capital letters, for 199.00 (silo), 499.00 (pro) and 49.00 (pool).
fn inventory(tenant_keys: Vec<TenantKey>, former_keys: Vec<FormerKey>) -> Inventory {
    let plans = vec![
        plan("silo", Some(19_900)),
        plan("pro", Some(49_900)),
        plan("pool", Some(4_900)),
        plan("free", None),
    ];
    let pools = vec![pool("pool", 5, vec![pool_key("s", 0, 5)])];
    Inventory::new(InventoryParts { plans, tenant_keys, pools, ..parts() }).with_former_keys(former_keys)
}

fn key(id: &str, plan: &str, tenant: &str, created_at: &str) -> TenantKey {
    TenantKey { created_at: Some(at(created_at).into()), ..tenant_key(id, plan, tenant, None) }
}

fn pooled(id: &str, tenant: &str, created_at: &str) -> TenantKey {
    TenantKey { created_at: Some(at(created_at).into()), ..tenant_key(id, "pool", tenant, Some("s")) }
}

/// A key of its own that was deleted, with its calls in October, if known.
fn deleted(
    id: &str,
    plan: &str,
    tenant: &str,
    (since, until): (&str, &str),
    calls: Option<u64>,
) -> FormerKey {
    let prices = [("silo", 19_900), ("pro", 49_900), ("pool", 4_900)];
    let price = prices.iter().find(|(name, _)| *name == plan).map(|(_, cents)| Price::from_cents(*cents));
    FormerKey {
        tenant_key: Some(id.into()),
        tenant: Some(tenant.into()),
        name: id.to_owned(),
        plan: plan.into(),
        plan_name: plan.to_uppercase(),
        price: Known::Value(price),
        api_key: id.into(),
        is_shared: false,
        since: Some(at(since)),
        until: at(until),
        continued_as: None,
        calls: calls.map(|calls| (month("2026-10").from(), calls)).into_iter().collect(),
    }
}

fn moved(former: FormerKey, continued_as: &str) -> FormerKey {
    FormerKey { continued_as: Some(continued_as.into()), ..former }
}

fn month(month: &str) -> DayRange {
    DayRange::parse_month(month).expect("a month")
}

fn tariff(billing: Billing) -> Tariff {
    let rate = Rate { per_1000: Price::from_cents(50), included: 1_000 };
    Tariff { currency: Currency::default(), billing, rates: BTreeMap::from([("silo".to_owned(), rate)]) }
}

/// Tenant, plan, flat price in cents, days, calls known to be the tenant's.
type Expected = (&'static str, &'static str, Option<i64>, Option<u8>, u64);

fn assert_charged(inventory: &Inventory, usage: &Usage, billing: Billing, expected: &[Expected]) {
    let report = report(inventory, usage, &tariff(billing), None);
    let lines: Vec<_> = report
        .lines
        .iter()
        .map(|line| {
            let flat = line.flat_price.map(Price::cents);
            (line.tenant.as_str(), line.plan.as_str(), flat, line.days, line.own_calls.unwrap_or(UNKNOWN))
        })
        .collect();
    assert_eq!(lines, expected, "{billing:?}");
}

use Billing::{Days, WholeMonths};

#[test]
fn a_tenant_owes_from_the_day_its_key_was_made() {
    let keys = vec![
        key("a", "silo", "acme", "2025-01-01T00:00:00Z"),
        key("b", "silo", "bird", "2026-10-01T00:00:00Z"),
        key("c", "silo", "cat", "2026-10-17T23:59:59Z"),
        key("d", "silo", "dog", "2026-10-31T12:00:00Z"),
        key("e", "silo", "elk", "2026-11-01T00:00:00Z"),
    ];
    let inventory = inventory(keys, Vec::new());
    let october = usage(&[]);
    assert_charged(
        &inventory,
        &october,
        WholeMonths,
        &[
            ("acme", "silo", Some(19_900), None, 0),
            ("bird", "silo", Some(19_900), None, 0),
            ("cat", "silo", Some(19_900), None, 0),
            ("dog", "silo", Some(19_900), None, 0),
        ],
    );
    // 199.00 × 15/31 = 96.2903…, 199.00 × 1/31 = 6.4193…
    assert_charged(
        &inventory,
        &october,
        Days,
        &[
            ("acme", "silo", Some(19_900), Some(31), 0),
            ("bird", "silo", Some(19_900), Some(31), 0),
            ("cat", "silo", Some(9_629), Some(15), 0),
            ("dog", "silo", Some(642), Some(1), 0),
        ],
    );
}

#[test]
fn a_tenant_owes_to_the_day_it_left_and_not_longer() {
    let former = vec![
        deleted("a", "silo", "acme", ("2026-08-01T00:00:00Z", "2026-10-30T09:00:00Z"), Some(3_000)),
        deleted("b", "silo", "bird", ("2026-08-01T00:00:00Z", "2026-10-01T00:00:00Z"), Some(0)),
        deleted("c", "silo", "cat", ("2026-10-10T00:00:00Z", "2026-10-10T08:00:00Z"), None),
        deleted("d", "silo", "dog", ("2026-08-01T00:00:00Z", "2026-09-30T23:59:59Z"), None),
        deleted("e", "silo", "elk", ("2026-11-01T00:00:00Z", "2026-11-02T00:00:00Z"), None),
        deleted("f", "silo", "fox", ("2026-08-01T00:00:00Z", "2026-11-02T00:00:00Z"), Some(7)),
    ];
    let inventory = inventory(Vec::new(), former);
    let october = usage(&[]);
    assert_charged(
        &inventory,
        &october,
        WholeMonths,
        &[
            ("acme", "silo", Some(19_900), None, 3_000),
            ("bird", "silo", Some(19_900), None, 0),
            ("cat", "silo", Some(19_900), None, UNKNOWN),
            ("fox", "silo", Some(19_900), None, 7),
        ],
    );
    // 199.00 × 30/31 = 192.5806…
    assert_charged(
        &inventory,
        &october,
        Days,
        &[
            ("acme", "silo", Some(19_258), Some(30), 3_000),
            ("bird", "silo", Some(642), Some(1), 0),
            ("cat", "silo", Some(642), Some(1), UNKNOWN),
            ("fox", "silo", Some(19_900), Some(31), 7),
        ],
    );
    let report = report(&inventory, &october, &tariff(WholeMonths), None);
    // 2,000 calls beyond 1,000 at 0.50 per 1,000.
    assert_eq!(report.lines[0].total().cents(), 20_000);
    assert_eq!(
        (&*report.lines[0].plan_name, &report.lines[0].key_names[..]),
        ("SILO", &["a".to_owned()][..])
    );
    let unknown = former_keys_with_unknown_usage(&inventory, &october, None);
    assert_eq!(unknown.iter().map(|former| former.api_key.as_str()).collect::<Vec<_>>(), ["c"]);
}

#[test]
fn get_usage_and_the_note_are_not_added_up_and_the_larger_number_counts() {
    let former =
        |calls| vec![deleted("a", "silo", "acme", ("2026-08-01T00:00:00Z", "2026-10-30T09:00:00Z"), calls)];
    for (noted, listed, calls) in [(Some(90), 100, 100), (Some(100), 90, 100), (None, 40, 40)] {
        let inventory = inventory(Vec::new(), former(noted));
        let october = usage(&[("silo", "a", listed)]);
        assert_charged(&inventory, &october, WholeMonths, &[("acme", "silo", Some(19_900), None, calls)]);
        assert!(former_keys_with_unknown_usage(&inventory, &october, None).is_empty());
    }
}

#[test]
fn a_key_deleted_elsewhere_is_unattributed_with_its_calls_and_charged_to_nobody() {
    let inventory = inventory(vec![key("a", "silo", "acme", "2026-08-01T00:00:00Z")], Vec::new());
    let report =
        report(&inventory, &usage(&[("silo", "gone", 12), ("silo", "a", 5)]), &tariff(WholeMonths), None);
    assert_eq!(report.lines.len(), 1);
    let unattributed: Vec<_> =
        report.unattributed.iter().map(|key| (key.api_key.as_str(), key.used)).collect();
    assert_eq!(unattributed, [("gone", 12)]);
}

#[test]
fn a_key_that_moved_between_plans_owes_one_price_the_highest_or_its_days_in_each() {
    let october_days = ("2026-01-01T00:00:00Z", "2026-10-16T10:00:00Z");
    // Old plan, new plan, the two flat prices for the whole month, and by days: 15 in the old, 16 in the new.
    // 199 × 15/31 = 96.2903…, 499 × 16/31 = 257.5483…, 199 × 16/31 = 102.7096…, 499 × 15/31 = 241.4516…
    for (old, new, whole, days) in [
        ("silo", "pro", [None, Some(49_900)], [Some(9_629), Some(25_755)]),
        ("pro", "silo", [Some(49_900), None], [Some(24_145), Some(10_271)]),
        ("silo", "free", [Some(19_900), None], [Some(9_629), None]),
    ] {
        let note = moved(deleted("a", old, "acme", october_days, Some(10)), "a");
        let inventory = inventory(vec![key("a", new, "acme", "2026-01-01T00:00:00Z")], vec![note]);
        let october = usage(&[(old, "a", 10), (new, "a", 20)]);
        let expected = |prices: [Option<i64>; 2], days: [Option<u8>; 2]| {
            let mut lines =
                vec![("acme", old, prices[0], days[0], 10), ("acme", new, prices[1], days[1], 20)];
            lines.sort_unstable();
            lines
        };
        assert_charged(&inventory, &october, WholeMonths, &expected(whole, [None, None]));
        assert_charged(&inventory, &october, Days, &expected(days, [Some(15), Some(16)]));
        // The month before was spent in the old plan alone.
        let price = inventory.plan(&old.into()).and_then(|plan| plan.price()).map(Price::cents);
        let september = read_usage(month("2026-09"));
        assert_charged(&inventory, &september, Days, &[("acme", old, price, Some(30), UNKNOWN)]);
        assert_charged(&inventory, &september, WholeMonths, &[("acme", old, price, None, UNKNOWN)]);
    }
}

#[test]
fn a_key_that_went_and_came_back_owes_the_dearer_plan_once() {
    let notes = vec![
        moved(deleted("a", "silo", "acme", ("2026-01-01T00:00:00Z", "2026-10-11T00:00:00Z"), None), "a"),
        moved(deleted("a", "pro", "acme", ("2026-10-11T00:00:00Z", "2026-10-21T00:00:00Z"), None), "a"),
    ];
    let inventory = inventory(vec![key("a", "silo", "acme", "2026-01-01T00:00:00Z")], notes);
    let october = usage(&[("silo", "a", 5), ("pro", "a", 6)]);
    assert_charged(
        &inventory,
        &october,
        WholeMonths,
        &[("acme", "pro", Some(49_900), None, 6), ("acme", "silo", None, None, 5)],
    );
    // 499 × 10/31 = 160.9677…, 199 × 21/31 = 134.8064…
    assert_charged(
        &inventory,
        &october,
        Days,
        &[("acme", "pro", Some(16_097), Some(10), 6), ("acme", "silo", Some(13_481), Some(21), 5)],
    );
}

#[test]
fn a_rotated_key_owes_one_price_and_the_calls_of_both_api_keys() {
    let note = moved(
        deleted("old", "silo", "acme", ("2026-01-01T00:00:00Z", "2026-10-16T10:00:00Z"), Some(700)),
        "new",
    );
    // The tenant key keeps its creation date. API Gateway made the new API key on the day of the rotation.
    for created_at in [Some(at("2026-01-01T00:00:00Z").into()), None] {
        let rotated = TenantKey { created_at, ..tenant_key("new", "silo", "acme", None) };
        let inventory = inventory(vec![rotated], vec![note.clone()]);
        let october = usage(&[("silo", "new", 800)]);
        assert_charged(&inventory, &october, WholeMonths, &[("acme", "silo", Some(19_900), None, 1_500)]);
        assert_charged(&inventory, &october, Days, &[("acme", "silo", Some(19_900), Some(31), 1_500)]);
    }
}

#[test]
fn a_key_that_was_rotated_and_moved_within_the_month_owes_one_price() {
    let rotated = deleted("old", "silo", "acme", ("2026-01-01T00:00:00Z", "2026-10-11T00:00:00Z"), Some(7));
    let left = deleted("new", "silo", "acme", ("2026-10-11T00:00:00Z", "2026-10-21T00:00:00Z"), Some(8));
    let notes = vec![moved(rotated, "new"), moved(left, "new")];
    let inventory = inventory(vec![key("new", "pro", "acme", "2026-01-01T00:00:00Z")], notes);
    let october = usage(&[("pro", "new", 9)]);
    let expected = [("acme", "pro", Some(49_900), None, 9), ("acme", "silo", None, None, 15)];
    assert_charged(&inventory, &october, WholeMonths, &expected);
}

#[test]
fn a_rotated_key_without_a_date_of_its_own_is_as_old_as_its_first_api_key_that_still_exists() {
    let made = |id: &str, day: &str, replaces: Option<&str>| ApiKey {
        created_at: Some(at(day)),
        tags: replaces.into_iter().map(|id| (tag::REPLACES.to_owned(), id.to_owned())).collect(),
        ..ApiKey::new(id, "web")
    };
    let inventory = Inventory::new(InventoryParts {
        api_keys: Known::Value(vec![
            made("new", "2026-10-22T00:00:00Z", Some("old")),
            made("old", "2026-10-12T00:00:00Z", None),
        ]),
        plans: vec![plan("silo", Some(19_900))],
        tenant_keys: vec![tenant_key("new", "silo", "acme", None)],
        ..parts()
    });
    // 199 × 20/31 = 128.3870…
    assert_charged(&inventory, &usage(&[]), Days, &[("acme", "silo", Some(12_839), Some(20), 0)]);
}

#[test]
fn a_deleted_key_beside_another_one_owes_the_plan_once_and_its_calls() {
    let note = deleted("a", "silo", "acme", ("2026-01-01T00:00:00Z", "2026-10-10T10:00:00Z"), Some(30));
    let inventory = inventory(vec![key("b", "silo", "acme", "2026-10-22T00:00:00Z")], vec![note]);
    let october = usage(&[("silo", "b", 4)]);
    assert_charged(&inventory, &october, WholeMonths, &[("acme", "silo", Some(19_900), None, 34)]);
    // The 1st to the 10th and the 22nd to the 31st: 199 × 20/31 = 128.3870…
    assert_charged(&inventory, &october, Days, &[("acme", "silo", Some(12_839), Some(20), 34)]);
}

#[test]
fn a_tenant_that_left_a_shared_key_owes_its_price_and_still_has_a_share_of_the_calls() {
    let left = FormerKey {
        api_key: "s".into(),
        is_shared: true,
        ..deleted("r2", "pool", "globex", ("2026-01-01T00:00:00Z", "2026-10-15T00:00:00Z"), None)
    };
    let inventory = inventory(vec![pooled("r1", "acme", "2026-01-01T00:00:00Z")], vec![left]);
    let report = report(&inventory, &usage(&[("pool", "s", 900)]), &tariff(WholeMonths), None);
    let lines: Vec<_> = report
        .lines
        .iter()
        .map(|line| (line.tenant.as_str(), line.flat_price.map(Price::cents), line.estimated_calls()))
        .collect();
    assert_eq!(lines, [("acme", Some(4_900), Some(450)), ("globex", Some(4_900), Some(450))]);
    assert!(former_keys_with_unknown_usage(&inventory, &usage(&[]), None).is_empty());
}

#[test]
fn months_have_28_to_31_days() {
    // The key exists on the last ten days of each month.
    for (name, since, cents) in [
        ("2026-02", "2026-02-19T00:00:00Z", 7_107), // 199 × 10/28 = 71.0714…
        ("2028-02", "2028-02-20T00:00:00Z", 6_862), // 199 × 10/29 = 68.6206…
        ("2026-04", "2026-04-21T00:00:00Z", 6_633), // 199 × 10/30 = 66.3333…
        ("2026-12", "2026-12-22T00:00:00Z", 6_419), // 199 × 10/31 = 64.1935…
    ] {
        let inventory = inventory(vec![key("a", "silo", "acme", since)], Vec::new());
        let usage = read_usage(month(name));
        assert_charged(&inventory, &usage, Days, &[("acme", "silo", Some(cents), Some(10), 0)]);
        assert_charged(&inventory, &usage, WholeMonths, &[("acme", "silo", Some(19_900), None, 0)]);
    }
}

#[test]
fn half_a_cent_is_rounded_up() {
    let plans = vec![plan("penny", Some(1))];
    let tenant_keys = vec![key("a", "penny", "acme", "2026-04-16T00:00:00Z")];
    let inventory = Inventory::new(InventoryParts { plans, tenant_keys, ..parts() });
    // 15 of 30 days.
    assert_charged(
        &inventory,
        &read_usage(month("2026-04")),
        Days,
        &[("acme", "penny", Some(1), Some(15), 0)],
    );
}

#[test]
fn without_a_date_of_its_own_a_key_is_as_old_as_its_api_key_but_not_as_a_shared_one() {
    let made = |id: &str, day: &str| ApiKey { created_at: Some(at(day)), ..ApiKey::new(id, id) };
    let inventory = Inventory::new(InventoryParts {
        api_keys: Known::Value(vec![made("a", "2026-10-22T00:00:00Z"), made("s", "2026-11-03T00:00:00Z")]),
        plans: vec![plan("silo", Some(19_900)), plan("pool", Some(4_900))],
        tenant_keys: vec![
            tenant_key("a", "silo", "acme", None),
            tenant_key("r", "pool", "globex", Some("s")),
        ],
        pools: vec![pool("pool", 5, vec![pool_key("s", 1, 5)])],
        ..parts()
    });
    let october = usage(&[]);
    assert_charged(
        &inventory,
        &october,
        Days,
        &[("acme", "silo", Some(6_419), Some(10), 0), ("globex", "pool", Some(4_900), Some(31), 0)],
    );
    let month_report = report(&inventory, &october, &tariff(Days), None);
    let tenants = tenants_since_unknown(&month_report, &inventory);
    assert_eq!(tenants.iter().map(|tenant| tenant.as_str()).collect::<Vec<_>>(), ["globex"]);
    assert_charged(
        &inventory,
        &read_usage(month("2026-09")),
        WholeMonths,
        &[("globex", "pool", Some(4_900), None, 0)],
    );
}
