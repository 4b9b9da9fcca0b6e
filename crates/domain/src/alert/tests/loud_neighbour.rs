//! Tenants that share API key `p1` of plan Free, which are globex and initech, and sometimes others.

use std::collections::BTreeSet;

use super::*;
use crate::charging::LoggedCalls;
use crate::usage::{LogCoverage, LoggedUsage, TimeSpan};

/// The loud tenant, and when its alert is due, of calls with `p1`.
fn loud(
    inventory: &Inventory,
    calls: &[(&str, u64)],
    refused: u64,
    quotas: Vec<QuotaWarning>,
) -> Option<(String, Option<Timestamp>)> {
    let alerts = find(inventory, calls, refused, quotas);
    alerts.into_iter().next().map(|alert| (alert.loud.expect("a tenant").tenant.to_string(), alert.at))
}

fn find(inventory: &Inventory, calls: &[(&str, u64)], refused: u64, quotas: Vec<QuotaWarning>) -> Vec<Alert> {
    let mut log = LoggedCalls::default();
    for (tenant, count) in calls {
        log.add("p1".into(), Some((*tenant).into()), *count);
    }
    log.add_limited("p1".into(), refused);
    let plans: BTreeSet<PlanId> = ["free", "silo"].map(Into::into).into();
    let usage = LoggedUsage::new(inventory, &plans, &log, &LogCoverage::NamedKeys);
    let span = TimeSpan::new(at("2026-03-10T11:45:00Z"), at(NOW)).expect("a span");
    let counted = Some(CountedCalls { usage: &usage, span });
    let alerts = find_alerts(inventory, &warnings(quotas, 1), &[], counted, at(NOW));
    alerts.into_iter().filter(|alert| alert.kind == AlertKind::LoudNeighbour).collect()
}

/// With this many tenants behind `p1`: t0, t1, …
fn shared_by(tenants: usize) -> Inventory {
    let key = |number| tenant_key(&format!("r{number}"), "free", &format!("t{number}"), Some("p1"));
    Inventory::new(InventoryParts {
        plans: vec![Plan::new("free", "Free")],
        api_keys: vec![ApiKey::new("p1", "")].into(),
        tenant_keys: (0..tenants).map(key).collect(),
        pools: vec![pool("free", 10, vec![pool_key("p1", 2, 10)])],
        ..parts()
    })
}

fn nearly_used() -> Vec<QuotaWarning> {
    vec![warning("p1", "free", QuotaWarningKind::AboveThreshold)]
}

#[test]
fn a_loud_tenant_is_an_alert_with_its_share_its_neighbours_and_the_way_to_isolate_it() {
    let calls = [("t0", 71), ("t1", 18), ("t2", 11)];
    let alerts = find(&shared_by(3), &calls, 4, nearly_used());
    let [alert] = &alerts[..] else { panic!("{alerts:?}") };
    assert_eq!(alert.id(), "loud-neighbour/free/p1/t0");
    assert_eq!(alert.tenants, ["t0", "t1", "t2"].map(Tenant::from), "an alert names all tenants of the key");
    assert_eq!(
        alert.summary,
        "t0 makes 71 of the 100 calls with API key p1 of Free (71%, in 2026-03-10 11:45 to 12:00 UTC), which 3 \
         tenants share; 4 calls with it got 429"
    );
    assert!(alert.remedy.contains("`keypool keys isolate r0`"), "{}", alert.remedy);
    let loud = alert.loud.as_ref().expect("a tenant");
    assert_eq!((loud.count.calls, loud.count.key_calls, loud.count.key_limited), (71, 100, 4));
}

#[test]
fn a_tenant_is_loud_with_more_than_half_of_the_calls_and_half_more_than_an_equal_share() {
    for (shares, is_loud) in [
        (&[74, 26][..], false),
        (&[75, 25], true),
        (&[50, 25, 25], false),
        (&[51, 25, 24], true),
        (&[50, 50, 0, 0, 0, 0, 0, 0, 0, 0], false),
        (&[51, 49, 0, 0, 0, 0, 0, 0, 0, 0], true),
        (&[0, 0], false),
        (&[100], false),
    ] {
        let names: Vec<_> = (0..shares.len()).map(|number| format!("t{number}")).collect();
        let calls: Vec<_> = names.iter().map(String::as_str).zip(shares.iter().copied()).collect();
        let found = loud(&shared_by(shares.len()), &calls, 0, nearly_used());
        assert_eq!(found.is_some(), is_loud, "{shares:?}");
    }
}

#[test]
fn a_loud_tenant_is_no_alert_while_the_others_get_what_they_ask_for() {
    let (calls, inventory) = ([("t0", 9), ("t1", 1)], shared_by(2));
    let found = |refused, quotas| loud(&inventory, &calls, refused, quotas);
    let runs_out = at("2026-03-10T20:00:00Z");
    let t0 = |at| Some(("t0".to_owned(), at));
    assert_eq!(found(0, Vec::new()), None);
    assert_eq!(found(0, vec![warning("k1", "free", QuotaWarningKind::Exhausted)]), None, "another key");
    assert_eq!(found(1, Vec::new()), t0(None), "calls were refused");
    assert_eq!(found(0, nearly_used()), t0(Some(at(MIDNIGHT))));
    assert_eq!(
        found(0, vec![warning("p1", "free", QuotaWarningKind::RunsOut(runs_out))]),
        t0(Some(runs_out))
    );
    assert_eq!(
        found(1, vec![warning("p1", "free", QuotaWarningKind::Exhausted)]),
        t0(Some(at(MIDNIGHT))),
        "until the reset"
    );
}

#[test]
fn a_tenant_that_was_isolated_is_no_longer_a_neighbour() {
    let calls = [("t0", 71), ("t1", 18), ("t2", 11)];
    assert_eq!(loud(&shared_by(3), &calls, 0, nearly_used()), Some(("t0".to_owned(), Some(at(MIDNIGHT)))));
    // The calls that it made before are in the log for a while.
    let isolated = Inventory::new(InventoryParts {
        plans: vec![Plan::new("free", "Free")],
        api_keys: vec![ApiKey::new("p1", ""), ApiKey::new("own", "")].into(),
        tenant_keys: vec![
            tenant_key("own", "free", "t0", None),
            tenant_key("r1", "free", "t1", Some("p1")),
            tenant_key("r2", "free", "t2", Some("p1")),
        ],
        pools: vec![pool("free", 10, vec![pool_key("p1", 2, 10)])],
        ..parts()
    });
    assert_eq!(loud(&isolated, &calls, 0, nearly_used()), None);
}

#[test]
fn the_old_value_of_a_rotated_key_has_no_loud_tenant_because_it_ends_anyway() {
    let new = ApiKey { tags: tags(&[(tag::REPLACES, "p1")]), ..ApiKey::new("p2", "") };
    let rotated = Inventory::new(InventoryParts {
        plans: vec![Plan::new("free", "Free")],
        api_keys: vec![new].into(),
        tenant_keys: vec![
            tenant_key("r0", "free", "t0", Some("p2")),
            tenant_key("r1", "free", "t1", Some("p2")),
        ],
        pools: vec![pool("free", 10, vec![pool_key("p2", 2, 10)])],
        ..parts()
    });
    assert_eq!(loud(&rotated, &[("t0", 9), ("t1", 1)], 5, nearly_used()), None);
}

#[test]
fn an_alert_of_another_kind_has_no_id_of_this_one() {
    assert!(AlertKind::LoudNeighbour.is_of_id("loud-neighbour/free/p1/t0"));
    assert!(!AlertKind::Problem.is_of_id("loud-neighbour/problem"));
}
