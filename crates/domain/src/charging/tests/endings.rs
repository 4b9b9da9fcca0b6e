//! Plans and keys that end: what notes say stays the bill, and what nothing says is unknown.

use std::collections::BTreeMap;

use super::super::*;
use super::{UNKNOWN, plan, usage};
use crate::testing::{at, members, parts, tenant_key};
use crate::{ApiKey, FormerKey, Inventory, InventoryParts, Known, Plan, PlanId, TenantKey};

fn key(id: &str, plan: &str) -> TenantKey {
    TenantKey { created_at: Some(at("2026-01-01T00:00:00Z").into()), ..tenant_key(id, plan, "acme", None) }
}

fn note(plan: &str, until: &str, calls: u64) -> FormerKey {
    FormerKey {
        tenant_key: Some("a".into()),
        tenant: Some("acme".into()),
        name: "web".to_owned(),
        plan: plan.into(),
        plan_name: plan.to_uppercase(),
        price: Known::Value(Some(Price::from_cents(19_900))),
        api_key: "a".into(),
        is_shared: false,
        since: Some(at("2026-01-01T00:00:00Z")),
        until: at(until),
        continued_as: None,
        calls: BTreeMap::from([(jiff::civil::date(2026, 10, 1), calls)]),
    }
}

fn tariff(rates: &[&str], billing: Billing) -> Tariff {
    let rate = Rate { per_1000: Price::from_cents(50), included: 0 };
    Tariff {
        currency: Currency::default(),
        billing,
        rates: rates.iter().map(|name| ((*name).to_owned(), rate)).collect(),
    }
}

/// Plan, flat price in cents, days, own calls, gap.
type Expected = (&'static str, Option<i64>, Option<u8>, u64, Option<PriceGap>);

fn assert_lines(inventory: &Inventory, used: &[(&str, &str, u64)], billing: Billing, expected: &[Expected]) {
    let report = report(inventory, &usage(used), &tariff(&[], billing), None);
    let lines: Vec<_> = report
        .lines
        .iter()
        .map(|line| {
            let flat = line.flat_price.map(Price::cents);
            (line.plan.as_str(), flat, line.days, line.own_calls.unwrap_or(UNKNOWN), line.price_gap)
        })
        .collect();
    assert_eq!(lines, expected, "{billing:?}");
}

fn inventory(tenant_keys: Vec<TenantKey>, notes: Vec<FormerKey>) -> Inventory {
    let plans = vec![plan("silo", Some(19_900)), plan("free", None)];
    Inventory::new(InventoryParts { plans, tenant_keys, ..parts() }).with_former_keys(notes)
}

#[test]
fn a_plan_that_is_gone_without_a_note_has_no_known_price_and_calls() {
    let inventory = inventory(vec![key("a", "gone"), key("b", "silo")], Vec::new());
    assert_lines(
        &inventory,
        &[("silo", "b", 3)],
        Billing::WholeMonths,
        &[("gone", None, None, UNKNOWN, Some(PriceGap::PlanGone)), ("silo", Some(19_900), None, 3, None)],
    );
    let report = report(&inventory, &usage(&[]), &tariff(&[], Billing::WholeMonths), None);
    assert_eq!(report.tenants_with_unknown_prices().len(), 1);
}

#[test]
fn a_plan_that_is_gone_with_a_note_owes_as_noted_to_its_end() {
    let inventory = inventory(vec![key("a", "gone")], vec![note("gone", "2026-10-10T12:00:00Z", 7)]);
    assert_lines(&inventory, &[], Billing::WholeMonths, &[("gone", Some(19_900), None, 7, None)]);
    // 199 × 10/31 = 64.1935…
    assert_lines(&inventory, &[], Billing::Days, &[("gone", Some(6_419), Some(10), 7, None)]);
    assert_eq!(inventory.plan_end(&key("a", "gone")), Some(at("2026-10-10T12:00:00Z")));
}

#[test]
fn a_key_whose_plan_was_deleted_owes_the_next_plan_from_its_move_on() {
    let moved = FormerKey {
        since: Some(at("2026-10-10T12:00:00Z")),
        continued_as: Some("a".into()),
        calls: BTreeMap::new(),
        price: Known::Value(None),
        ..note("", "2026-10-22T00:00:00Z", 0)
    };
    let notes = vec![note("gone", "2026-10-10T12:00:00Z", 7), moved];
    let inventory = inventory(vec![key("a", "silo")], notes);
    let used = [("silo", "a", 2)];
    let whole = [("gone", None, None, 7, None), ("silo", Some(19_900), None, 2, None)];
    assert_lines(&inventory, &used, Billing::WholeMonths, &whole);
    let days = [("gone", Some(6_419), Some(10), 7, None), ("silo", Some(6_419), Some(10), 2, None)];
    assert_lines(&inventory, &used, Billing::Days, &days);
}

#[test]
fn the_calls_of_a_key_that_is_not_in_its_plan_are_unknown_unless_get_usage_or_a_log_has_them() {
    let account = |in_plan: &[&str]| {
        let plans = vec![plan("silo", Some(19_900)), plan("free", None)];
        Inventory::new(InventoryParts {
            plans,
            members: members(&[("silo", in_plan), ("free", &[])]),
            api_keys: Known::Value(vec![ApiKey::new("a", "web")]),
            tenant_keys: vec![key("a", "silo")],
            ..parts()
        })
    };
    for (in_plan, used, calls) in [
        (&["a"][..], &[][..], 0),
        (&[], &[], UNKNOWN),
        (&[], &[("silo", "a", 5)], 5),
        (&[], &[("free", "a", 5)], UNKNOWN),
    ] {
        let report = report(&account(in_plan), &usage(used), &tariff(&[], Billing::WholeMonths), None);
        let line = report.lines.iter().find(|line| line.plan.as_str() == "silo").expect("its line");
        assert_eq!(
            (line.own_calls.unwrap_or(UNKNOWN), line.flat_price.map(Price::cents)),
            (calls, Some(19_900))
        );
    }
    let mut log = LoggedCalls::default();
    log.add("a".into(), Some("acme".into()), 4);
    let month = usage(&[]);
    let report = report(&account(&[]), &month, &tariff(&[], Billing::WholeMonths), Some(&log));
    assert_eq!(report.lines[0].exact_calls(), Some(4));
    let gaps = keys_with_unknown_usage(&account(&[]), &month, None).into_iter().map(|(_, gap)| gap);
    assert_eq!(gaps.collect::<Vec<_>>(), [UsageGap::NotInPlan]);
}

#[test]
fn a_rate_by_id_wins_over_one_by_name() {
    let (by_name, by_id) = (
        Rate { per_1000: Price::from_cents(50), included: 0 },
        Rate { per_1000: Price::from_cents(70), included: 0 },
    );
    let mut tariff = tariff(&[], Billing::WholeMonths);
    tariff.rates = BTreeMap::from([("Gold".to_owned(), by_name), ("p1".to_owned(), by_id)]);
    assert_eq!(tariff.rate(&"p1".into(), "Gold"), Some(by_id));
    assert_eq!(tariff.rate(&"p2".into(), "Gold"), Some(by_name));
    assert_eq!(Plan::new("p1", "Gold").entry_in(&tariff.rates), Some(&by_id));
}

#[test]
fn a_deleted_plan_of_a_common_name_is_shown_with_its_id_and_keeps_its_rate() {
    let plans = vec![Plan::new("p1", "Gold")];
    // Earlier versions noted the label.
    let labelled = FormerKey { plan_name: "p2 (Gold)".to_owned(), ..note("p2", "2026-10-10T12:00:00Z", 7) };
    let inventory = Inventory::new(InventoryParts { plans, ..parts() }).with_former_keys(vec![labelled]);
    let report_with =
        |rates: &[&str]| report(&inventory, &usage(&[]), &tariff(rates, Billing::WholeMonths), None);
    let report = report_with(&["Gold"]);
    let line = &report.lines[0];
    assert_eq!((&*line.plan_name, line.rate.is_some(), line.price_gap), ("p2 (Gold)", true, None));
    assert_eq!(inventory.plan_name(&PlanId::new("p1")), "Gold");
    let unmatched = report_with(&["Golden"]);
    assert_eq!(unmatched.lines[0].price_gap, Some(PriceGap::RateUnmatched));
    assert_eq!(report_with(&[]).lines[0].price_gap, None, "no rate is left over");
}

#[test]
fn a_key_that_goes_on_from_a_noted_one_lacks_no_calls() {
    let account = |notes| {
        let new = ApiKey { created_at: Some(at("2026-10-15T00:00:00Z")), ..ApiKey::new("n", "web") };
        let plans = vec![plan("silo", Some(19_900))];
        let (api_keys, tenant_keys) = (Known::Value(vec![new]), vec![key("n", "silo")]);
        Inventory::new(InventoryParts { plans, api_keys, tenant_keys, ..parts() }).with_former_keys(notes)
    };
    let isolated = FormerKey {
        is_shared: true,
        api_key: "s".into(),
        continued_as: Some("n".into()),
        ..note("pool", "2026-10-15T00:00:00Z", 0)
    };
    let names = |notes| keys_with_missing_usage(&account(notes), &usage(&[])).len();
    assert_eq!((names(Vec::new()), names(vec![isolated])), (1, 0));
}
