//! Notes about former keys at the bounds of the month, twice, and without dates or tenants.

use super::*;

fn names<'a>(tenants: impl IntoIterator<Item = &'a crate::Tenant>) -> Vec<&'a str> {
    tenants.into_iter().map(crate::Tenant::as_str).collect()
}

#[test]
fn calls_without_a_number_are_missed_for_every_key_of_the_month_once() {
    let undated = FormerKey {
        since: None,
        ..deleted("c", "silo", "cat", ("2026-01-01T00:00:00Z", "2026-10-10T00:00:00Z"), None)
    };
    let notes = vec![
        deleted("a", "silo", "acme", ("2026-01-01T00:00:00Z", "2026-10-01T00:00:00Z"), None),
        deleted("b", "silo", "bird", ("2026-10-31T12:00:00Z", "2026-11-03T00:00:00Z"), None),
        undated.clone(),
        FormerKey { tenant_key: None, ..undated },
        deleted("d", "silo", "dog", ("2026-01-01T00:00:00Z", "2026-09-30T23:59:59Z"), None),
        deleted("e", "silo", "elk", ("2026-11-01T00:00:00Z", "2026-11-03T00:00:00Z"), None),
    ];
    let inventory = inventory(Vec::new(), notes);
    let unknown = former_keys_with_unknown_usage(&inventory, &usage(&[]), None);
    let keys: Vec<_> = unknown.iter().map(|former| former.api_key.as_str()).collect();
    assert_eq!(keys, ["a", "b", "c"]);
}

#[test]
fn two_notes_about_one_api_key_are_not_added_up() {
    for (first, second) in [(30, 40), (40, 30)] {
        let note = |until, calls| deleted("a", "silo", "acme", ("2026-01-01T00:00:00Z", until), Some(calls));
        let notes = vec![note("2026-10-10T00:00:00Z", first), note("2026-10-20T00:00:00Z", second)];
        let inventory = inventory(Vec::new(), notes);
        assert_charged(&inventory, &usage(&[]), WholeMonths, &[("acme", "silo", Some(19_900), None, 40)]);
        let report = report(&inventory, &usage(&[]), &tariff(WholeMonths), None);
        assert_eq!(report.lines[0].key_names, ["a"]);
    }
}

#[test]
fn calls_with_a_key_of_nobody_are_unattributed() {
    let pool_key = FormerKey {
        tenant_key: None,
        tenant: None,
        ..deleted("g", "pool", "", ("2026-01-01T00:00:00Z", "2026-10-10T00:00:00Z"), Some(25))
    };
    let left = deleted("a", "silo", "acme", ("2026-01-01T00:00:00Z", "2026-09-30T00:00:00Z"), None);
    let inventory = inventory(Vec::new(), vec![pool_key, left]);
    let report = report(&inventory, &usage(&[("silo", "a", 12)]), &tariff(WholeMonths), None);
    let mut unattributed: Vec<_> =
        report.unattributed.iter().map(|key| (key.api_key.as_str(), key.used)).collect();
    unattributed.sort_unstable();
    assert_eq!(unattributed, [("g", 25)], "the calls with the other key are those of acme");
    let lines: Vec<_> =
        report.lines.iter().map(|line| (line.tenant.as_str(), line.own_calls, line.flat_price)).collect();
    assert_eq!(lines, [("acme", Some(12), None)]);
}

#[test]
fn a_key_given_to_another_tenant_starts_anew() {
    let note =
        moved(deleted("a", "silo", "acme", ("2026-01-01T00:00:00Z", "2026-10-16T00:00:00Z"), None), "b");
    let inventory = inventory(vec![key("b", "silo", "globex", "2026-10-22T00:00:00Z")], vec![note]);
    // 199 × 15/31 = 96.2903…, 199 × 10/31 = 64.1935…
    assert_charged(
        &inventory,
        &usage(&[]),
        Days,
        &[("acme", "silo", Some(9_629), Some(15), UNKNOWN), ("globex", "silo", Some(6_419), Some(10), 0)],
    );
}

#[test]
fn of_two_plans_with_the_same_price_the_latest_is_charged() {
    let note = deleted("a", "x", "acme", ("2026-01-01T00:00:00Z", "2026-10-16T00:00:00Z"), None);
    let note = FormerKey { price: Known::Value(Some(Price::from_cents(500))), ..moved(note, "a") };
    let inventory = Inventory::new(InventoryParts {
        plans: vec![plan("x", Some(500)), plan("y", Some(500))],
        tenant_keys: vec![key("a", "y", "acme", "2026-01-01T00:00:00Z")],
        ..parts()
    })
    .with_former_keys(vec![note]);
    let expected = [("acme", "x", None, None, UNKNOWN), ("acme", "y", Some(500), None, UNKNOWN)];
    assert_charged(&inventory, &usage(&[]), WholeMonths, &expected);
}

#[test]
fn a_tenant_that_left_a_plan_with_an_unreadable_price_is_left_out() {
    let mut odd = plan("odd", Some(1));
    odd.price_list_entry.as_mut().expect("an entry").price = Known::unreadable("$199", "the Plans table");
    let note = deleted("a", "odd", "acme", ("2026-01-01T00:00:00Z", "2026-10-16T00:00:00Z"), None);
    let note = FormerKey { price: Known::unreadable("$199", "the Plans table"), ..moved(note, "a") };
    let inventory = Inventory::new(InventoryParts {
        plans: vec![odd, plan("silo", Some(19_900))],
        tenant_keys: vec![key("a", "silo", "acme", "2026-01-01T00:00:00Z")],
        ..parts()
    })
    .with_former_keys(vec![note]);
    let report = report(&inventory, &usage(&[]), &tariff(WholeMonths), None);
    assert!(report.lines.is_empty(), "{:?}", report.lines);
    assert_eq!(names(report.unpriced.iter().map(|unpriced| &unpriced.tenant)), ["acme"]);
}

#[test]
fn a_key_dated_after_the_month_owes_only_if_it_has_calls_of_its_own() {
    let keys =
        || vec![key("e", "silo", "elk", "2026-11-01T00:00:00Z"), pooled("r", "fox", "2026-11-01T00:00:00Z")];
    let inventory = inventory(keys(), Vec::new());
    let used = usage(&[("silo", "e", 3), ("pool", "s", 9)]);
    let fox = ("fox", "pool", None, None, 0);
    assert_charged(&inventory, &used, WholeMonths, &[("elk", "silo", Some(19_900), None, 3), fox]);
    assert_charged(&inventory, &used, Days, &[("elk", "silo", Some(19_900), Some(31), 3), fox]);
    let report = report(&inventory, &usage(&[("silo", "e", 0)]), &tariff(WholeMonths), None);
    assert!(report.lines.is_empty() && report.unattributed.is_empty(), "{report:?}");
}

#[test]
fn a_tenant_that_moved_within_the_month_did_not_join_later() {
    let note =
        moved(deleted("a", "pro", "acme", ("2026-01-01T00:00:00Z", "2026-10-16T00:00:00Z"), None), "a");
    let keys = vec![
        key("a", "silo", "acme", "2026-01-01T00:00:00Z"),
        key("e", "silo", "elk", "2026-11-01T00:00:00Z"),
    ];
    let inventory = inventory(keys, vec![note]);
    let report = report(&inventory, &usage(&[]), &tariff(WholeMonths), None);
    let later: Vec<_> = joined_later(&report, &inventory)
        .into_iter()
        .map(|(plan, count)| (plan.id.as_str(), count))
        .collect();
    assert_eq!(later, [("silo", 1)], "elk alone");
}

#[test]
fn only_undated_stays_of_the_month_make_a_charge_uncertain_and_each_tenant_is_named_once() {
    let undated = FormerKey {
        since: None,
        ..deleted("a", "silo", "acme", ("2026-01-01T00:00:00Z", "2026-09-10T00:00:00Z"), None)
    };
    let keys = vec![
        key("b", "silo", "acme", "2026-10-05T00:00:00Z"),
        tenant_key("c", "silo", "cat", None),
        tenant_key("d", "pro", "cat", None),
    ];
    let inventory = inventory(keys, vec![undated]);
    let report = report(&inventory, &usage(&[]), &tariff(WholeMonths), None);
    assert_eq!(names(tenants_since_unknown(&report, &inventory)), ["cat"]);
}

#[test]
fn a_log_attributes_a_shared_key_to_those_that_left_it_within_the_month_only() {
    let left = |id: &str, tenant: &'static str, until: &str| FormerKey {
        api_key: "s".into(),
        is_shared: true,
        ..deleted(id, "pool", tenant, ("2026-01-01T00:00:00Z", until), None)
    };
    let notes = vec![
        left("r1", "globex", "2026-10-15T00:00:00Z"),
        left("r2", "hooli", "2026-10-20T00:00:00Z"),
        left("r3", "initech", "2026-09-15T00:00:00Z"),
    ];
    let mut log = LoggedCalls::default();
    for tenant in ["globex", "hooli", "initech"] {
        log.add("s".into(), Some(tenant.into()), 1);
    }
    let inventory = inventory(Vec::new(), notes);
    let report = report(&inventory, &usage(&[("pool", "s", 3)]), &tariff(WholeMonths), Some(&log));
    let lines: Vec<_> = report.lines.iter().map(|line| (line.tenant.as_str(), line.logged_calls)).collect();
    assert_eq!(lines, [("globex", Some(1)), ("hooli", Some(1))]);
    assert_eq!(unlisted(&report), [("initech", UnlistedReason::UnknownTenant, 1)]);
}

#[test]
fn a_tenant_that_came_back_after_the_month_owes_what_it_owed_when_it_left() {
    let note = |id: &str, (since, until): (&str, &str), cents| FormerKey {
        price: Known::Value(Some(Price::from_cents(cents))),
        ..deleted(id, "silo", "acme", (since, until), Some(0))
    };
    let notes = vec![
        note("a", ("2026-01-01T00:00:00Z", "2026-09-10T00:00:00Z"), 9_900),
        note("b", ("2026-11-05T00:00:00Z", "2026-11-20T00:00:00Z"), 14_900),
    ];
    let back = key("c", "silo", "acme", "2026-12-03T00:00:00Z");
    let inventory = inventory(vec![back], notes);
    for (name, cents, calls) in
        [("2026-09", 9_900, UNKNOWN), ("2026-11", 14_900, UNKNOWN), ("2026-12", 19_900, 0)]
    {
        let month_usage = read_usage(month(name));
        assert_charged(&inventory, &month_usage, WholeMonths, &[("acme", "silo", Some(cents), None, calls)]);
    }
    // 149 × 16/30 = 79.4666…
    let november = read_usage(month("2026-11"));
    assert_charged(&inventory, &november, Days, &[("acme", "silo", Some(7_947), Some(16), UNKNOWN)]);
}

#[test]
fn a_key_that_was_rotated_after_the_month_owes_the_price_of_its_plan() {
    let note = FormerKey {
        price: Known::Value(Some(Price::from_cents(9_900))),
        ..moved(deleted("a", "silo", "acme", ("2026-01-01T00:00:00Z", "2026-11-10T00:00:00Z"), Some(0)), "b")
    };
    let inventory = inventory(vec![key("b", "silo", "acme", "2026-11-10T00:00:00Z")], vec![note]);
    assert_charged(&inventory, &usage(&[]), WholeMonths, &[("acme", "silo", Some(19_900), None, 0)]);
}

#[test]
fn the_calls_of_a_tenant_that_left_a_plan_that_cannot_be_read_are_unknown() {
    let note = deleted("a", "hidden", "acme", ("2026-10-01T00:00:00Z", "2026-10-20T00:00:00Z"), Some(3));
    let inventory = inventory(Vec::new(), vec![note]);
    assert_charged(&inventory, &usage(&[]), WholeMonths, &[("acme", "hidden", None, None, 3)]);
    let reason = crate::Unknown::unreadable("a plan", "the list");
    let partial = inventory.with_unreadable_plans(Some(reason));
    assert_charged(&partial, &usage(&[]), WholeMonths, &[("acme", "hidden", None, None, UNKNOWN)]);
}
