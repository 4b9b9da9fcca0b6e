//! What is to be seen to before the night.

use super::*;
use crate::{ApiKey, Inventory, Known, Parts, Period, Plan, Quota};

fn plan(id: &str, limit: Option<u64>) -> Plan {
    Plan {
        quota: limit.map(|limit| Quota { limit, period: Period::Day, offset: 0 }),
        ..Plan::new(id, id.to_uppercase())
    }
}

fn inventory(plans: Vec<Plan>, api_keys: usize) -> Inventory {
    let key = |n: usize| ApiKey::new(format!("k{n}"), "");
    let members = plans.iter().map(|plan| (plan.id.clone(), vec!["k1".into()].into())).collect();
    Inventory::new(Parts {
        plans,
        api_keys: Known::Value((0..api_keys).map(key).collect()),
        members,
        rows: Vec::new(),
        pools: Vec::new(),
        remarks: Vec::new(),
        taken_at: Timestamp::UNIX_EPOCH,
    })
}

#[test]
fn spent_keys_come_first_then_those_that_run_out_then_those_nearly_used() {
    let today = range("2026-11-22", "2026-11-22");
    let evening = "2026-11-22T18:00:00Z";
    let keys = [
        ("spent", pairs("2026-11-22", &[(100, 0)])),
        // 72 in 18 hours are 96 a day: 28 more last beyond midnight.
        ("calm", pairs("2026-11-22", &[(72, 28)])),
        // 90 in 18 hours are 120 a day: 10 more last two hours.
        ("late", pairs("2026-11-22", &[(90, 10)])),
        // 81 in 18 hours are 108 a day: 19 more last 4 h 13 m 20 s.
        ("later", pairs("2026-11-22", &[(81, 19)])),
    ];
    let usage = of_plans(
        today,
        [
            told("daily", today, evening, keys),
            told("open", today, evening, [("any", pairs("2026-11-22", &[(900, 0)]))]),
        ],
    );
    let account = inventory(vec![plan("daily", Some(100)), plan("open", None), plan("unread", Some(1))], 10);
    let warned = |percent| {
        let warnings = tonight(&account, &usage, at(evening), percent).quotas;
        warnings.into_iter().map(|warning| (warning.api_key.to_string(), warning.why)).collect::<Vec<_>>()
    };
    let runs_out = |text| Why::RunsOut(at(text));
    let urgent = [
        ("spent".to_owned(), Why::Spent),
        ("late".to_owned(), runs_out("2026-11-22T20:00:00Z")),
        ("later".to_owned(), runs_out("2026-11-22T22:13:20Z")),
    ];
    assert_eq!(warned(80), urgent);
    assert_eq!(warned(72), [&urgent[..], &[("calm".to_owned(), Why::Over)]].concat());
}

#[test]
fn the_limits_of_the_account_are_told_and_warned_of() {
    let none = Usage::empty(range("2026-11-22", "2026-11-22"));
    let plans = (0..8).map(|n| plan(&format!("p{n}"), None)).collect();
    let account = inventory(plans, 7_999);
    let tonight = |percent| tonight(&account, &none, at("2026-11-22T12:00:00Z"), percent);
    let told = tonight(80);
    let counts: Vec<_> = told.account.iter().map(|limit| (limit.count, limit.most, limit.over)).collect();
    assert_eq!(counts, [(7_999, 10_000, false), (8, 300, false), (8, 10, true)]);
    assert_eq!(told.account[2].limit, Limit::PlansOfKey("k1".into()));
    assert!(!told.is_quiet());
    assert!(tonight(81).is_quiet());
}
