//! Burn rates from successive readings of a day, each worked out by hand.

use super::*;
use crate::usage::QuotaStatus;
use crate::usage::quota_status::KeyTerms;
use crate::{Period, Plan, Quota, testing};

const MONTH: Quota = Quota { limit: 100_000, period: Period::Month, offset: 0 };

/// A reading of a key with 10,000 calls on the 21st, after which `left` remain, and `used` calls on the 22nd.
fn reading(time: &str, used: u64, left: i64) -> Usage {
    let remaining = left - i64::try_from(used).expect("few calls");
    let days_of_key = day_uses("2026-11-21", &[(10_000, left), (used, remaining)]);
    let days = range("2026-11-01", "2026-11-30");
    usage_of_plans(days, [plan_usage("p", days, &format!("2026-11-22T{time}:00Z"), [("k", days_of_key)])])
}

/// The quota status after these readings, of 90,000 calls on the 22nd.
fn status_after(readings: &[(&str, u64)]) -> QuotaStatus {
    status_with_calls(90_000, readings)
}

/// The quota status after these readings, of so many calls on the 22nd.
fn status_with_calls(left: i64, readings: &[(&str, u64)]) -> QuotaStatus {
    let usages = readings.iter().map(|(time, used)| reading(time, *used, left));
    let last = usages.reduce(|before, next| next.with_previous(&before)).expect("a reading");
    let plan_usage = &last.plans[&"p".into()];
    let terms = KeyTerms { quota: Some(MONTH), created_at: None };
    plan_usage.status(&"k".into(), terms, plan_usage.fetched_at).expect("known")
}

#[test]
fn two_readings_of_a_day_give_a_burn_rate() {
    for (readings, calls_a_day) in [
        // One reading gives no rate, and neither do two within 30 minutes.
        (&[("09:00", 100)][..], None),
        (&[("09:00", 100), ("09:29", 129)], None),
        // 60 calls in 30 minutes are 2,880 per day; none are 0.
        (&[("09:00", 100), ("09:30", 160)], Some(2_880.0)),
        (&[("09:00", 100), ("09:30", 100)], Some(0.0)),
        // A count that goes down gives no negative rate.
        (&[("09:00", 100), ("10:00", 90)], Some(0.0)),
        // The newest reading at least 30 minutes old counts: 20 calls since 09:20, in 40 minutes.
        (&[("09:00", 0), ("09:10", 50), ("09:20", 80), ("10:00", 100)], Some(720.0)),
        // A reading within 10 minutes of another is skipped: 100 calls since 09:00, in 32 minutes.
        (&[("09:00", 0), ("09:02", 70), ("09:32", 100)], Some(4_500.0)),
        // After a pause the old reading counts until the new one is 30 minutes old.
        (&[("09:00", 0), ("12:00", 300), ("12:15", 325)], Some(2_400.0)),
        (&[("09:00", 0), ("12:00", 300), ("12:15", 325), ("12:30", 310)], Some(480.0)),
    ] {
        let now = status_after(readings).current_burn_rate;
        let is_near = match (now, calls_a_day) {
            (Some(now), Some(expected)) => (now - expected).abs() < 1e-6,
            (now, expected) => now.is_none() && expected.is_none(),
        };
        assert!(is_near, "{readings:?}: {now:?} is not {calls_a_day:?}");
    }
}

#[test]
fn a_reading_of_the_day_before_does_not_count_for_today() {
    let days = range("2026-11-01", "2026-11-30");
    let evening =
        plan_usage("p", days, "2026-11-21T23:50:00Z", [("k", day_uses("2026-11-21", &[(9_000, 91_000)]))]);
    let next = reading("00:40", 10, 90_000).with_previous(&usage_of_plans(days, [evening]));
    assert_eq!(next.plans[&"p".into()].current_burn_rate(&"k".into()), None);
    let later = reading("01:20", 30, 90_000).with_previous(&next);
    // 20 calls in 40 minutes.
    assert_eq!(later.plans[&"p".into()].current_burn_rate(&"k".into()), Some(720.0));
}

#[test]
fn the_current_rate_is_extrapolated_for_one_day_and_the_average_for_longer() {
    // 9,000 calls in the last hour: the remaining 80,000 are used up in 8 h 53 min.
    let rush = status_after(&[("11:00", 1_000), ("12:00", 10_000)]);
    assert_eq!(rush.runs_out_at, Some(at("2026-11-22T20:53:20Z")));
    // 3,000 calls in an hour: the remaining calls would last 29 hours; the average is 13,000 in a week.
    let less = status_after(&[("11:00", 0), ("12:00", 3_000)]);
    assert_eq!(less.figure.left(), Some(87_000));
    assert_eq!(less.runs_out_at, None, "87,000 calls suffice until December at 1,857 a day");
    // A quiet hour does not postpone the forecast: 15,000 calls last 5¼ days at 20,000 a week.
    let quiet = status_with_calls(25_000, &[("11:00", 10_000), ("12:00", 10_000)]);
    assert_eq!((quiet.current_burn_rate, quiet.runs_out_at), (Some(0.0), Some(at("2026-11-27T18:00:00Z"))));
}

#[test]
fn burn_rates_of_a_plans_keys_add_up() {
    let days = range("2026-11-01", "2026-11-30");
    let both_keys = |time: &str, a: u64, b: Option<u64>| {
        let keys = [("a", Some(a)), ("b", b)].into_iter();
        let keys = keys.filter_map(|(key, used)| Some((key, day_uses("2026-11-22", &[(used?, 50_000)]))));
        usage_of_plans(days, [plan_usage("p", days, time, keys)])
    };
    // b had no calls before: 48 and 24 calls in an hour.
    let next = both_keys("2026-11-22T13:00:00Z", 148, Some(24)).with_previous(&both_keys(
        "2026-11-22T12:00:00Z",
        100,
        None,
    ));
    let plan = Plan { quota: Some(MONTH), ..Plan::new("p", "P") };
    let inventory = testing::inventory(vec![plan], Vec::new());
    let plan_usage = &next.plans[&"p".into()];
    let together = plan_usage.total_quota_status(&inventory, plan_usage.fetched_at).expect("known");
    assert_eq!(together.current_burn_rate.map(f64::round), Some(1_728.0));
}

#[test]
fn a_reading_of_one_plan_replaces_that_plan_only() {
    let days = range("2026-11-01", "2026-11-22");
    let plan = |plan, time: &str, used| {
        let days_of_key = day_uses("2026-11-22", &[(used, 90_000)]);
        plan_usage(plan, days, &format!("2026-11-22T{time}:00Z"), [("k", days_of_key)])
    };
    let before = usage_of_plans(days, [plan("p", "09:00", 100), plan("q", "09:00", 100)]);
    let next_days = range("2026-11-02", "2026-11-23");
    let updated =
        before.updated_with(Usage { range: next_days, ..usage_of_plans(days, [plan("p", "09:30", 160)]) });
    assert_eq!(updated.range, next_days);
    let total = |id: &str| updated.plan(&id.into()).map(PlanUsage::total);
    assert_eq!((total("p"), total("q")), (Some(160), Some(100)));
    let rate = |id: &str| updated.plans[&id.into()].current_burn_rate(&"k".into());
    assert_eq!((rate("p"), rate("q")), (Some(2_880.0), None), "the earlier reading is kept");
}
