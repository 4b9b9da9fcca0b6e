//! Warnings about quotas and account limits.

use super::*;
use crate::testing::parts;
use crate::{ApiKey, Inventory, InventoryParts, Known, Period, Plan, Quota};

fn plan(id: &str, limit: Option<u64>) -> Plan {
    Plan {
        quota: limit.map(|limit| Quota { limit, period: Period::Day, offset: 0 }),
        ..Plan::new(id, id.to_uppercase())
    }
}

fn inventory(plans: Vec<Plan>, api_keys: usize) -> Inventory {
    let key = |n: usize| ApiKey::new(format!("k{n}"), "");
    let members = plans.iter().map(|plan| (plan.id.clone(), vec!["k1".into()].into())).collect();
    Inventory::new(InventoryParts {
        plans,
        api_keys: Known::Value((0..api_keys).map(key).collect()),
        members,
        ..parts()
    })
}

#[test]
fn warnings_list_exhausted_keys_first_then_those_running_out_then_those_above_the_threshold() {
    let today = range("2026-11-22", "2026-11-22");
    let evening = "2026-11-22T18:00:00Z";
    let keys = [
        ("spent", day_uses("2026-11-22", &[(100, 0)])),
        // 72 calls a day: the remaining 28 suffice until after midnight.
        ("calm", day_uses("2026-11-22", &[(72, 28)])),
        // 90 calls a day: the remaining 10 are used up in 2 h 40 min.
        ("late", day_uses("2026-11-22", &[(90, 10)])),
        // 81 calls a day: the remaining 19 are used up in 5 h 37 min 46.7 s.
        ("later", day_uses("2026-11-22", &[(81, 19)])),
    ];
    let usage = usage_of_plans(
        today,
        [
            plan_usage("daily", today, evening, keys),
            plan_usage("open", today, evening, [("any", day_uses("2026-11-22", &[(900, 0)]))]),
        ],
    );
    let account = inventory(vec![plan("daily", Some(100)), plan("open", None), plan("unread", Some(1))], 10);
    let quota_warnings = |percent| {
        let warnings = find_warnings(&account, &usage, at(evening), percent).quotas;
        warnings.into_iter().map(|warning| (warning.api_key.to_string(), warning.kind)).collect::<Vec<_>>()
    };
    let runs_out = |text| QuotaWarningKind::RunsOut(at(text));
    let urgent = [
        ("spent".to_owned(), QuotaWarningKind::Exhausted),
        ("late".to_owned(), runs_out("2026-11-22T20:40:00Z")),
        ("later".to_owned(), runs_out("2026-11-22T23:37:46.666666667Z")),
    ];
    assert_eq!(quota_warnings(80), urgent);
    assert_eq!(
        quota_warnings(72),
        [&urgent[..], &[("calm".to_owned(), QuotaWarningKind::AboveThreshold)]].concat()
    );
}

#[test]
fn account_limits_are_reported_and_warned_about() {
    let no_usage = Usage::empty(range("2026-11-22", "2026-11-22"));
    let plans = (0..8).map(|n| plan(&format!("p{n}"), None)).collect();
    let account = inventory(plans, 7_999);
    let warnings_at = |percent| find_warnings(&account, &no_usage, at("2026-11-22T12:00:00Z"), percent);
    let all = warnings_at(80);
    let counts: Vec<_> =
        all.account_limits.iter().map(|limit| (limit.count, limit.max, limit.is_above_threshold)).collect();
    assert_eq!(counts, [(7_999, 10_000, false), (8, 300, false), (8, 10, true)]);
    assert_eq!(all.account_limits[2].limit, AccountLimit::PlansOfKey("k1".into()));
    assert!(!all.is_empty());
    assert!(warnings_at(81).is_empty());
}
