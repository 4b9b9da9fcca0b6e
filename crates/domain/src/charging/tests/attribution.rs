//! Attribution of calls and prices when tenants join, leave or change keys within the month.

use super::*;
use crate::key::tag;
use crate::testing::{at, tags};
use crate::{ApiKey, FormerKey, Known, TenantKey, Unknown};

#[test]
fn a_tenant_that_joined_after_the_month_owes_nothing() {
    let with_creation_time = |mut tenant_key: TenantKey, at: &str| {
        tenant_key.created_at = Some(at.parse::<Timestamp>().expect("a time").into());
        tenant_key
    };
    let inventory = inventory_of(
        vec![plan("silo", Some(19_900)), plan("pool", Some(4_900)), plan("free", None)],
        vec![
            with_creation_time(tenant_key("r1", "pool", "acme", Some("s")), "2026-10-31T23:59:59Z"),
            with_creation_time(tenant_key("r2", "pool", "globex", Some("s")), "2026-11-01T00:00:00Z"),
            with_creation_time(tenant_key("r3", "pool", "hooli", Some("s")), "2026-11-02T00:00:00Z"),
            with_creation_time(tenant_key("a1", "silo", "initech", None), "2026-12-01T00:00:00Z"),
            with_creation_time(tenant_key("f1", "free", "umbrella", None), "2026-12-01T00:00:00Z"),
        ],
    );
    let month_usage = usage(&[("pool", "s", 9_000), ("silo", "a1", 10)]);
    let mut log = LoggedCalls::default();
    log.add("s".into(), Some("hooli".into()), 1);
    let without_log = report(&inventory, &month_usage, &tariff(&[]), None);
    assert_lines(
        &without_log,
        &[
            ("acme", "pool", Some(4_900), 0, Some(9_000), None, 4_900),
            // Calls count, even if the tenant key has a later creation date.
            ("initech", "silo", Some(19_900), 10, None, None, 19_900),
        ],
    );
    let with_log = report(&inventory, &month_usage, &tariff(&[]), Some(&log));
    let hooli: Vec<_> = with_log.lines.iter().filter(|line| line.tenant.as_str() == "hooli").collect();
    assert_eq!(
        hooli.iter().map(|line| (line.exact_calls(), line.flat_price.map(Price::cents))).collect::<Vec<_>>(),
        [(Some(1), Some(4_900))]
    );
    let later = |report: &Report| -> Vec<_> {
        let later = joined_later(report, &inventory).into_iter();
        later.map(|(plan, count)| (plan.id.to_string(), count)).collect()
    };
    assert_eq!(later(&without_log), [("pool".to_owned(), 2)]);
    assert_eq!(later(&with_log), [("pool".to_owned(), 1)]);
}

#[test]
fn calls_with_a_former_shared_key_stay_with_the_tenant() {
    let inventory = inventory_of(
        vec![plan("silo", Some(19_900)), plan("pool", Some(4_900))],
        vec![
            // acme moved to another key of the pool, hooli to its own key.
            tenant_key("r1", "pool", "acme", Some("new")),
            tenant_key("r2", "pool", "globex", Some("s")),
            tenant_key("h1", "silo", "hooli", None),
        ],
    );
    let mut log = LoggedCalls::default();
    for (tenant, api_key, times) in
        [("acme", "s", 20), ("acme", "new", 3), ("globex", "s", 7), ("hooli", "s", 5), ("hooli", "h1", 9)]
    {
        for _ in 0..times {
            log.add(api_key.into(), Some(tenant.into()), 1);
        }
    }
    for (tenant, api_key) in [("globex", "h1"), ("gone", "s"), ("acme", "unheard-of")] {
        log.add(api_key.into(), Some(tenant.into()), 1);
    }
    // A key that no tenant uses any more is attributed too.
    log.add("retired".into(), Some("globex".into()), 1);
    let month_usage =
        usage(&[("pool", "s", 33), ("pool", "new", 3), ("silo", "h1", 9), ("pool", "retired", 1)]);
    let report = report(&inventory, &month_usage, &tariff(&[]), Some(&log));
    assert_lines(
        &report,
        &[
            ("acme", "pool", Some(4_900), 23, None, None, 4_900),
            ("globex", "pool", Some(4_900), 8, None, None, 4_900),
            ("hooli", "pool", None, 5, None, None, 0),
            ("hooli", "silo", Some(19_900), 9, None, None, 19_900),
        ],
    );
    assert_eq!(
        unlisted(&report),
        [
            ("acme", UnlistedReason::UnknownApiKey, 1),
            ("globex", UnlistedReason::KeyOfOtherTenant, 1),
            ("gone", UnlistedReason::UnknownTenant, 1)
        ]
    );
    assert_eq!(report.unattributed, []);
}

#[test]
fn calls_before_a_rotation_stay_with_the_tenant() {
    let replacing =
        |id: &str, old: &str| ApiKey { tags: tags(&[(tag::REPLACES, old)]), ..ApiKey::new(id, "") };
    let inventory = Inventory::new(InventoryParts {
        plans: vec![plan("silo", Some(19_900)), plan("pool", Some(4_900))],
        // A key that was rotated twice, whose middle version is gone; a cycle; a replaced pool key that
        // still has tenants.
        api_keys: vec![
            replacing("a2", "a1"),
            replacing("a3", "a2"),
            replacing("x", "y"),
            replacing("y", "x"),
            replacing("p2", "p1"),
        ]
        .into(),
        tenant_keys: vec![
            tenant_key("a3", "silo", "acme", None),
            tenant_key("r1", "pool", "globex", Some("p1")),
            tenant_key("r2", "pool", "hooli", Some("p2")),
        ],
        ..parts()
    });
    let month_usage = usage(&[
        ("silo", "a1", 5),
        ("silo", "a3", 7),
        ("silo", "x", 1),
        ("pool", "p1", 10),
        ("pool", "p2", 20),
    ]);
    let mut log = LoggedCalls::default();
    for (tenant, api_key) in [("acme", "a1"), ("acme", "a2"), ("globex", "p1")] {
        log.add(api_key.into(), Some(tenant.into()), 1);
    }
    let without_log = report(&inventory, &month_usage, &tariff(&[]), None);
    assert_lines(
        &without_log,
        &[
            ("acme", "silo", Some(19_900), 12, None, None, 19_900),
            ("globex", "pool", Some(4_900), 0, Some(10), None, 4_900),
            ("hooli", "pool", Some(4_900), 0, Some(20), None, 4_900),
        ],
    );
    assert_eq!(without_log.unattributed.iter().map(|key| key.api_key.as_str()).collect::<Vec<_>>(), ["x"]);
    let acme_calls = |report: &Report| report.lines[0].exact_calls().expect("known");
    // GetUsage reports nothing for the middle version, so the log counts.
    assert_eq!(acme_calls(&report(&inventory, &month_usage, &tariff(&[]), Some(&log))), 13);
}

#[test]
fn calls_missing_from_the_log_are_reported_per_plan() {
    let mut log = LoggedCalls::default();
    for (tenant, api_key, times) in [("acme", "s", 2_000), ("stranger", "s", 500), ("acme", "a1", 7)] {
        for _ in 0..times {
            log.add(api_key.into(), Some(tenant.into()), 1);
        }
    }
    let inventory = inventory();
    let report_of = |usage: &Usage| report(&inventory, usage, &tariff(&[]), Some(&log));
    assert_eq!(log_gaps(&report_of(&october()), &log), [("POOL", 2_500, 9_000)]);
    assert_eq!(log_gaps(&report_of(&usage(&[("pool", "s", 2_500), ("silo", "a1", 9)])), &log), []);
    let excesses = |counted| {
        let report = report_of(&usage(&[("pool", "s", counted), ("silo", "a1", 1)]));
        log_excesses(&report, &log)
    };
    assert_eq!(excesses(2_500), []);
    assert_eq!(excesses(1_000), [("s".into(), 2_500, 1_000)], "a1 is acme's own key");
}

#[test]
fn a_gap_counts_the_calls_with_a_pool_key_that_was_retired() {
    let successor = ApiKey { tags: tags(&[(tag::REPLACES, "old")]), ..ApiKey::new("new", "") };
    let note = FormerKey {
        tenant_key: None,
        tenant: None,
        name: "pool key".to_owned(),
        plan: "pool".into(),
        plan_name: "POOL".to_owned(),
        price: Known::Value(None),
        api_key: "old".into(),
        is_shared: false,
        since: None,
        until: at("2026-10-15T00:00:00Z"),
        continued_as: None,
        calls: [(DayRange::parse_month("2026-10").expect("a month").from(), 100)].into(),
    };
    let parts = InventoryParts {
        plans: vec![plan("pool", Some(4_900))],
        api_keys: vec![successor].into(),
        tenant_keys: vec![
            tenant_key("r1", "pool", "acme", Some("new")),
            tenant_key("r2", "pool", "globex", Some("new")),
        ],
        pools: vec![pool("pool", 9, vec![pool_key("new", 2, 9)])],
        ..parts()
    };
    let mut log = LoggedCalls::default();
    log.add("old".into(), Some("acme".into()), 30);
    log.add("new".into(), Some("globex".into()), 40);
    // GetUsage has forgotten the old key: only the note has its calls.
    let month_usage = usage(&[("pool", "new", 50)]);
    let rotated = Inventory::new(parts.clone()).with_former_keys(vec![note.clone()]);
    let of_rotated = report(&rotated, &month_usage, &tariff(&[]), Some(&log));
    assert_eq!(log_gaps(&of_rotated, &log), [("POOL", 70, 150)]);
    // Nothing says which tenants had a key that was drained: what the log lacks of it is unattributed.
    let parts = InventoryParts { api_keys: vec![ApiKey::new("new", "")].into(), ..parts };
    let drained = Inventory::new(parts).with_former_keys(vec![note]);
    let of_drained = report(&drained, &month_usage, &tariff(&[]), Some(&log));
    assert_eq!(log_gaps(&of_drained, &log), [("POOL", 40, 50)]);
    let unattributed = |key: &KeyUse| (key.api_key.to_string(), key.used);
    let unattributed: Vec<_> = of_drained.unattributed.iter().map(unattributed).collect();
    assert_eq!(unattributed, [("old".to_owned(), 70)]);
}

#[test]
fn calls_without_a_tenant_are_those_of_the_only_tenant_of_their_key() {
    let replaced =
        |id: &str, old: &str| ApiKey { tags: tags(&[(tag::REPLACES, old)]), ..ApiKey::new(id, "") };
    let inventory = Inventory::new(InventoryParts {
        plans: vec![plan("silo", None), plan("pool", None)],
        api_keys: vec![replaced("a2", "a1"), ApiKey::new("s", "")].into(),
        tenant_keys: vec![
            tenant_key("a2", "silo", "acme", None),
            tenant_key("r1", "pool", "globex", Some("s")),
        ],
        pools: vec![pool("pool", 9, vec![pool_key("s", 1, 9)])],
        ..parts()
    });
    let mut log = LoggedCalls::default();
    log.add("a2".into(), Some("acme".into()), 1);
    for (api_key, calls) in [("a2", 10), ("a1", 100), ("s", 1_000), ("gone", 10_000)] {
        log.add(api_key.into(), None, calls);
    }
    let log = log.with_sole_tenants(&inventory);
    assert_eq!(
        log.iter().collect::<Vec<_>>(),
        [(&"a1".into(), &"acme".into(), 100), (&"a2".into(), &"acme".into(), 11)]
    );
    // Tenants that left a pool key still know its value.
    assert_eq!(log.without_tenant().collect::<Vec<_>>(), [(&"gone".into(), 10_000), (&"s".into(), 1_000)]);
}

#[test]
fn keys_replaced_during_the_month_without_usage_of_the_old_key_are_reported() {
    let api_key_created_at = |id: &str, at: &str, replaces: Option<&str>| ApiKey {
        created_at: Some(at.parse().expect("a time")),
        tags: replaces.map(|old| (tag::REPLACES.to_owned(), old.to_owned())).into_iter().collect(),
        ..ApiKey::new(id, "")
    };
    let tenant_key_created_at = |id: &str, tenant: &str, at: &str| {
        let created_at = Some(at.parse::<Timestamp>().expect("a time").into());
        TenantKey { created_at, ..tenant_key(id, "silo", tenant, None) }
    };
    let pooled = tenant_key_created_at("r", "pooled", "2026-09-01T00:00:00Z");
    let shared = TenantKey { pool_key: Some("p".into()).into(), ..pooled };
    let inventory = Inventory::new(InventoryParts {
        plans: vec![plan("silo", Some(19_900))],
        api_keys: vec![
            api_key_created_at("isolated", "2026-10-31T23:59:59Z", None),
            api_key_created_at("rotated", "2026-10-01T00:00:00Z", Some("deleted")),
            api_key_created_at("followed", "2026-10-15T00:00:00Z", Some("old")),
            api_key_created_at("together", "2026-10-15T00:04:00Z", None),
            api_key_created_at("before", "2026-09-30T23:59:59Z", Some("deleted")),
            api_key_created_at("after", "2026-11-01T00:00:00Z", Some("deleted")),
            api_key_created_at("later", "2026-11-05T00:00:00Z", Some("deleted")),
            api_key_created_at("p", "2026-10-15T00:00:00Z", None),
        ]
        .into(),
        tenant_keys: vec![
            tenant_key_created_at("isolated", "isolated", "2026-09-01T00:00:00Z"),
            tenant_key_created_at("rotated", "rotated", "2026-09-01T00:00:00Z"),
            tenant_key_created_at("followed", "followed", "2026-09-01T00:00:00Z"),
            tenant_key_created_at("together", "together", "2026-10-15T00:00:00Z"),
            tenant_key_created_at("before", "before", "2026-09-01T00:00:00Z"),
            tenant_key_created_at("after", "after", "2026-09-01T00:00:00Z"),
            tenant_key_created_at("later", "later", "2026-11-01T00:00:00Z"),
            shared,
        ],
        ..parts()
    });
    let month_usage = usage(&[("silo", "old", 5), ("silo", "followed", 7), ("silo", "isolated", 1)]);
    let incomplete: Vec<_> = keys_with_missing_usage(&inventory, &month_usage)
        .iter()
        .map(|tenant_key| tenant_key.tenant.as_str())
        .collect();
    assert_eq!(incomplete, ["isolated", "rotated", "after"]);
}

#[test]
fn keys_whose_api_key_was_deleted_elsewhere_are_named_unless_their_calls_are_known() {
    let inventory = Inventory::new(InventoryParts {
        plans: vec![plan("silo", Some(19_900))],
        api_keys: vec![ApiKey::new("there", "")].into(),
        tenant_keys: vec![
            tenant_key("there", "silo", "acme", None),
            tenant_key("gone", "silo", "globex", None),
            tenant_key("listed", "silo", "hooli", None),
        ],
        ..parts()
    });
    let month_usage = usage(&[("silo", "listed", 5)]);
    let missing = keys_with_unknown_usage(&inventory, &month_usage, None);
    let missing: Vec<_> = missing.iter().map(|(key, gap)| (key.tenant.as_str(), *gap)).collect();
    assert_eq!(missing, [("globex", UsageGap::ApiKeyGone)]);

    let calls = |log: Option<&LoggedCalls>| {
        let report = report(&inventory, &month_usage, &tariff(&[("SILO", 50, 0)]), log);
        let line = |line: &Line| (line.tenant.to_string(), line.exact_calls(), line.metered_price());
        report.lines.iter().map(line).collect::<Vec<_>>()
    };
    let line = |tenant: &str, calls: Option<u64>, cents: Option<i64>| {
        (tenant.to_owned(), calls, cents.map(Price::from_cents))
    };
    let known = |globex| vec![line("acme", Some(0), Some(0)), globex, line("hooli", Some(5), Some(0))];
    assert_eq!(calls(None), known(line("globex", None, None)));
    let mut log = LoggedCalls::default();
    log.add("gone".into(), Some("globex".into()), 2_000);
    assert_eq!(calls(Some(&log)), known(line("globex", Some(2_000), Some(100))));
}

#[test]
fn the_calls_with_a_shared_api_key_that_was_deleted_elsewhere_are_unknown() {
    let inventory = Inventory::new(InventoryParts {
        plans: vec![plan("pool", Some(4_900))],
        api_keys: vec![ApiKey::new("there", "")].into(),
        tenant_keys: vec![
            tenant_key("r1", "pool", "acme", Some("gone")),
            tenant_key("r2", "pool", "globex", Some("there")),
        ],
        pools: vec![pool("pool", 9, vec![pool_key("gone", 1, 9), pool_key("there", 1, 9)])],
        ..parts()
    });
    let report = report(&inventory, &usage(&[]), &tariff(&[("POOL", 50, 0)]), None);
    let lines: Vec<_> = report.lines.iter().map(|line| (line.tenant.as_str(), line.exact_calls())).collect();
    assert_eq!(lines, [("acme", None), ("globex", Some(0))]);
}

#[test]
fn a_plan_that_cannot_be_read_has_an_unknown_price_and_unknown_calls() {
    let listed = inventory_of(
        vec![plan("silo", Some(19_900))],
        vec![tenant_key("a1", "silo", "acme", None), tenant_key("h1", "hidden", "hooli", None)],
    );
    let deleted = report(&listed, &usage(&[]), &tariff(&[]), None);
    let lines = |report: &Report| {
        report.lines.iter().map(|line| (line.tenant.to_string(), line.own_calls)).collect::<Vec<_>>()
    };
    assert_eq!(lines(&deleted), [("acme".to_owned(), Some(0)), ("hooli".to_owned(), Some(0))]);

    let reason = Unknown::unreadable("a plan", "the list");
    let partial = listed.with_unreadable_plans(Some(reason.clone()));
    let report = report(&partial, &usage(&[]), &tariff(&[]), None);
    assert_eq!(lines(&report), [("acme".to_owned(), Some(0))]);
    let unpriced: Vec<_> =
        report.unpriced.iter().map(|unpriced| (unpriced.tenant.as_str(), &unpriced.reason)).collect();
    assert_eq!(unpriced, [("hooli", &reason)]);
}
