//! Top keys and tenants, with shared keys kept apart.

use super::*;
use crate::testing::{self, tenant_key};
use crate::{Inventory, TenantKey};

fn inventory(tenant_keys: Vec<TenantKey>) -> Inventory {
    testing::inventory(Vec::new(), tenant_keys)
}

#[test]
fn a_key_that_changed_plans_mid_month_has_days_in_both() {
    let november = range("2026-11-01", "2026-11-04");
    let now = "2026-11-04T12:00:00Z";
    let basic = plan_usage("basic", november, now, [("k", day_uses("2026-11-01", &[(10, 90), (20, 70)]))]);
    let premium = plan_usage(
        "premium",
        november,
        now,
        [("k", day_uses("2026-11-02", &[(5, 995), (40, 955), (50, 905)]))],
    );
    let usage = usage_of_plans(november, [basic, premium]);
    assert_eq!(usage.key_total(&"k".into()), Some(125));
    assert_eq!((usage.key_total(&"other".into()), usage.total()), (None, 125));
    let by_day: Vec<_> = usage.key_calls_by_day(&"k".into()).into_iter().map(|(_, used)| used).collect();
    assert_eq!(by_day, [10, 25, 40, 50]);
    assert_eq!(usage.calls_by_day(), usage.key_calls_by_day(&"k".into()));
    let top: Vec<_> = usage.top_keys().into_iter().map(|key| (key.plan.to_string(), key.used)).collect();
    assert_eq!(top, [("premium".to_owned(), 95), ("basic".to_owned(), 30)]);
    assert_eq!(usage.days(&"basic".into(), &"k".into()).len(), 2);
}

#[test]
fn ninety_days_across_new_year_are_contiguous() {
    let winter = range("2026-10-20", "2027-01-17");
    let days: Vec<_> =
        winter.days().map(|day| DayUse { day, used: u64::from(day.day() == 1), remaining: None }).collect();
    let usage = usage_of_plans(winter, [plan_usage("p", winter, "2027-01-17T12:00:00Z", [("k", days)])]);
    let by_day = usage.calls_by_day();
    assert_eq!((by_day.len(), by_day[0].0, by_day[89].0), (90, day("2026-10-20"), day("2027-01-17")));
    let firsts: Vec<_> =
        by_day.iter().filter(|(_, used)| *used > 0).map(|(day, _)| day.to_string()).collect();
    assert_eq!(firsts, ["2026-11-01", "2026-12-01", "2027-01-01"]);
}

#[test]
fn calls_with_a_shared_key_are_no_tenants_own_calls() {
    let tenant_keys = vec![
        tenant_key("own", "p", "acme", None),
        tenant_key("r1", "p", "acme", Some("shared")),
        tenant_key("r2", "p", "globex", Some("shared")),
        tenant_key("r3", "p", "globex", Some("shared")),
        tenant_key("r4", "p", "hooli", Some("shared")),
        tenant_key("r5", "p", "solo", Some("alone")),
    ];
    let today = range("2026-11-22", "2026-11-22");
    let keys = [("own", 7), ("shared", 100), ("alone", 9), ("gone", 3)]
        .map(|(key, used)| (key, day_uses("2026-11-22", &[(used, 0)])));
    let usage = usage_of_plans(today, [plan_usage("p", today, "2026-11-22T12:00:00Z", keys)]);
    let inventory = inventory(tenant_keys);
    let tenants: Vec<_> = usage
        .top_tenants(&inventory)
        .into_iter()
        .map(|tenant| {
            (tenant.tenant.to_string(), tenant.own_calls, tenant.estimate(), tenant.shared_keys.len())
        })
        .collect();
    // A third of 100 each, however many references a tenant has. A single tenant of a pool key may have
    // shared it before.
    let expected = [("acme", 7, 33, 1), ("globex", 0, 33, 1), ("hooli", 0, 33, 1), ("solo", 0, 9, 1)];
    assert_eq!(tenants, expected.map(|(name, own, share, keys)| (name.to_owned(), own, share, keys)));
    assert_eq!(usage.top_tenants(&inventory)[0].shared_keys[0].tenants, 3);
    let unattributed: Vec<_> =
        usage.unattributed_keys(&inventory).into_iter().map(|key| key.api_key).collect();
    assert_eq!(unattributed, ["gone".into()]);
}
