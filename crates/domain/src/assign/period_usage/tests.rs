//! Shares of a period's quota, computed by hand.

use std::collections::BTreeMap;

use jiff::civil::date;

use super::*;
use crate::assign::{AssignmentContext, choose_pool_key};
use crate::testing::{self, pool_key, tenant_key};
use crate::usage::DayUse;
use crate::{Period, Quota, Strategy, TenantKey};

const NOW: &str = "2026-11-22T12:00:00Z";

fn now() -> Timestamp {
    NOW.parse().expect("a time")
}

fn plan() -> Plan {
    Plan {
        quota: Some(Quota { limit: 1_000, period: Period::Month, offset: 0 }),
        ..Plan::new("basic", "Basic")
    }
}

fn pool(keys: &[(&str, u32)]) -> Pool {
    let keys = keys.iter().map(|&(id, tenants)| pool_key(id, tenants, 100)).collect();
    Pool { strategy: Strategy::LeastUsed, ..testing::pool("basic", 100, keys) }
}

/// Each key with its calls on 1 November and today; the rest of a quota of 1,000 remains.
fn usage(keys: &[(&str, u64, u64)]) -> PlanUsage {
    let days_of_key = |&(id, first, today): &(&str, u64, u64)| {
        let day = |day, used, left| DayUse { day: date(2026, 11, day), used, remaining: Some(left) };
        let left = 1_000 - i64::try_from(first + today).expect("small");
        let days = (1..=22).map(|n| match n {
            1 => day(1, first, 0),
            22 => day(22, today, left),
            n => day(n, 0, 0),
        });
        (ApiKeyId::from(id), days.collect())
    };
    let keys: BTreeMap<_, _> = keys.iter().map(days_of_key).collect();
    PlanUsage::new("basic".into(), PeriodUsage::period_days(&plan(), now()), keys, now())
}

fn inventory_with_plan() -> Inventory {
    testing::inventory(vec![plan()], Vec::new())
}

/// Assigns so many tenants, one after another, and returns the key of each.
fn assigned_keys(mut pool: Pool, mut usage: PeriodUsage, tenants: u32) -> Vec<String> {
    let mut assigned = Vec::new();
    for _ in 0..tenants {
        let context = AssignmentContext {
            tenant: &"acme".into(),
            is_live: &|_| true,
            share_used: &|id| usage.used_share(id),
            draw: 0,
        };
        let id = choose_pool_key(&pool, &context).expect("room").api_key.clone();
        usage.record_assignment(&id);
        pool.keys.iter_mut().filter(|key| key.api_key == id).for_each(|key| {
            key.tenants = key.tenants.clone().map(|tenants| tenants + 1);
        });
        assigned.push(id.to_string());
    }
    assigned
}

#[test]
fn a_key_near_its_quota_gets_no_tenants_even_if_unused_today() {
    let pool = pool(&[("spent", 1), ("busy", 30)]);
    let usage = usage(&[("spent", 900, 0), ("busy", 10, 90)]);
    let used = PeriodUsage::new(&usage, &plan(), &pool, &inventory_with_plan(), now());
    assert_eq!((used.used_share(&"spent".into()), used.used_share(&"busy".into())), (900_000, 100_000));
    assert_eq!(assigned_keys(pool, used, 6), ["busy"; 6]);
}

#[test]
fn recent_assignments_count_with_the_average_usage_per_tenant() {
    let pool = pool(&[("a", 4), ("b", 4)]);
    // 80 calls of 8 tenants: each new one is expected to use 10.
    let usage = usage(&[("a", 10, 10), ("b", 50, 10)]);
    let used = PeriodUsage::new(&usage, &plan(), &pool, &inventory_with_plan(), now());
    assert_eq!(assigned_keys(pool, used, 5), ["a", "a", "a", "a", "b"]);
}

#[test]
fn equal_shares_are_decided_by_tenants_and_an_extension_lowers_the_share() {
    let pool = pool(&[("fuller", 3), ("emptier", 1), ("extended", 9)]);
    let mut usage = usage(&[("fuller", 100, 0), ("emptier", 100, 0), ("extended", 100, 0)]);
    let used = PeriodUsage::new(&usage, &plan(), &pool, &inventory_with_plan(), now());
    assert_eq!(assigned_keys(pool.clone(), used, 1), ["emptier"]);
    let days = usage.keys.get_mut(&"extended".into()).expect("days");
    days.last_mut().expect("today").remaining = Some(1_900);
    let used = PeriodUsage::new(&usage, &plan(), &pool, &inventory_with_plan(), now());
    assert_eq!(assigned_keys(pool, used, 1), ["extended"]);
}

#[test]
fn a_tenant_key_created_in_the_last_30_minutes_counts_as_recent() {
    let created = |id: &str, minutes| TenantKey {
        created_at: Some((now() - SignedDuration::from_mins(minutes)).into()),
        ..tenant_key(id, "basic", "acme", Some("a")).with_attributes(|its| its.revision = Some(1))
    };
    let inventory = testing::inventory(vec![plan()], vec![created("new", 5), created("old", 45)]);
    let pool = pool(&[("a", 2), ("b", 2)]);
    let used = PeriodUsage::new(&usage(&[("a", 40, 0), ("b", 40, 0)]), &plan(), &pool, &inventory, now());
    assert_eq!(used.used_share(&"a".into()), 60_000);
    assert_eq!(used.used_share(&"b".into()), 40_000);
}

#[test]
fn without_a_quota_calls_of_the_last_30_days_decide() {
    let unlimited = Plan { quota: None, ..plan() };
    let days = PeriodUsage::period_days(&unlimited, now());
    assert_eq!(days.len(), 30);
    let pool = pool(&[("a", 0), ("b", 0)]);
    let keys = usage(&[("a", 5, 0), ("b", 0, 4)]).keys;
    let usage = PlanUsage::new("basic".into(), days, keys, now());
    let used = PeriodUsage::new(&usage, &unlimited, &pool, &inventory_with_plan(), now());
    assert_eq!(assigned_keys(pool, used, 1), ["b"]);
}
