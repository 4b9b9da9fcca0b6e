//! Quota status, each figure worked out by hand from the pairs above it.

use super::super::quota_status::QuotaStatus;
use super::*;
use crate::{Period, Quota};

const fn quota(limit: u64, period: Period, offset: u32) -> Quota {
    Quota { limit, period, offset }
}

/// The status of a key at the time of the fetch.
fn key_status(quota: Quota, first: &str, day_pairs: &[(u64, i64)], now: &str) -> QuotaStatus {
    let today = &now[..10];
    let usage = plan_usage("p", range(first, today), now, [("k", day_uses(first, day_pairs))]);
    usage.quota_status(&"k".into(), Some(&quota), at(now)).expect("a status")
}

fn balance(status: &QuotaStatus) -> (u64, Option<u64>, Option<u64>, Option<u8>) {
    (status.used, status.remaining, status.limit, status.whole_percent())
}

fn assert_near(value: f64, expected: f64) {
    assert!((value - expected).abs() < 1e-9, "{value} is not {expected}");
}

#[test]
fn a_daily_quota_counts_only_today() {
    let day = quota(100, Period::Day, 0);
    let s = key_status(day, "2026-11-20", &[(100, 0), (40, 60), (25, 75)], "2026-11-22T12:00:00Z");
    assert_eq!(balance(&s), (25, Some(75), Some(100), Some(25)));
    assert_eq!(s.resets_at, Some(at("2026-11-23T00:00:00Z")));
    // 165 calls in 2.5 days.
    assert_near(s.burn_rate, 66.0);
    // 25 calls in half a day are 50 per day: the remaining 75 suffice until after midnight.
    assert_eq!((s.runs_out_at, s.days_at_limit), (None, 1));
}

#[test]
fn a_daily_quota_forecast_uses_only_todays_calls() {
    let day = quota(100, Period::Day, 0);
    // 60 calls in half a day are 120 per day; the remaining 40 are used up in 8 hours.
    let s = key_status(day, "2026-11-21", &[(0, 100), (60, 40)], "2026-11-22T12:00:00Z");
    assert_eq!(s.runs_out_at, Some(at("2026-11-22T20:00:00Z")));
    // Just after midnight today gives no rate yet: 300 + 2 calls in a day and an eighth of an hour.
    let s = key_status(day, "2026-11-21", &[(300, -200), (2, 98)], "2026-11-22T00:07:30Z");
    assert_near(s.burn_rate, 302.0 / (1.0 + 0.125 / 24.0));
    assert!(s.runs_out_at.is_some() && s.days_at_limit == 1);
}

#[test]
fn a_week_starts_on_the_offset_day() {
    // The 22nd is a Sunday; the week starts on Monday the 23rd.
    let week = quota(200, Period::Week, 1);
    let days_of_key = [(10, 90), (0, 90), (15, 75), (30, 170), (0, 170), (20, 150)];
    let s = key_status(week, "2026-11-20", &days_of_key, "2026-11-25T12:00:00Z");
    assert_eq!(balance(&s), (50, Some(150), Some(200), Some(25)));
    assert_eq!(s.resets_at, Some(at("2026-11-30T00:00:00Z")));
    assert_near(s.burn_rate, 75.0 / 5.5);
    assert_eq!(s.runs_out_at, None);
}

#[test]
fn the_remaining_quota_of_the_last_period_does_not_carry_over() {
    let months = quota(1000, Period::Month, 9);
    let before = key_status(months, "2026-11-08", &[(400, 300), (250, 50)], "2026-11-09T12:00:00Z");
    assert_eq!((before.remaining, before.resets_at), (Some(50), Some(at("2026-11-10T00:00:00Z"))));
    let after = key_status(months, "2026-11-08", &[(400, 300), (250, 50), (0, 1000)], "2026-11-10T12:00:00Z");
    assert_eq!(balance(&after), (0, Some(1000), Some(1000), Some(0)));
    // The new period's first day has no data yet.
    let without_data = key_status(months, "2026-11-08", &[(400, 300), (250, 50)], "2026-11-10T00:05:00Z");
    assert_eq!(balance(&without_data), (0, Some(1000), Some(1000), Some(0)));
}

#[test]
fn an_extension_raises_the_limit_and_exhausted_days_are_counted() {
    let month = quota(1000, Period::Month, 0);
    let mut days_of_key = vec![(500, 500), (500, 0), (0, 0), (100, 400)];
    days_of_key.extend([(50, 350), (50, 300), (50, 250), (50, 200), (50, 150), (50, 100)]);
    let s = key_status(month, "2026-11-01", &days_of_key, "2026-11-10T12:00:00Z");
    assert_eq!(balance(&s), (1400, Some(100), Some(1500), Some(93)));
    assert_eq!(s.days_at_limit, 2);
    // 400 calls in 6.5 days; the remaining 100 are used up in 39 hours.
    assert_near(s.burn_rate, 400.0 / 6.5);
    assert_eq!(s.runs_out_at, Some(at("2026-11-12T03:00:00Z")));
}

#[test]
fn idle_days_lower_the_burn_rate_but_days_before_the_first_call_do_not() {
    let month = quota(1000, Period::Month, 0);
    let idle = [(0, 1000), (0, 1000), (90, 910), (0, 910), (0, 910), (0, 910)];
    let s = key_status(month, "2026-11-15", &idle, "2026-11-20T00:00:00Z");
    assert_eq!(balance(&s), (90, Some(910), Some(1000), Some(9)));
    // From the 17th to the start of the 20th.
    assert_near(s.burn_rate, 30.0);
    let silent = key_status(month, "2026-11-15", &[(0, 1000); 6], "2026-11-20T12:00:00Z");
    assert_eq!((silent.burn_rate, silent.runs_out_at), (0.0, None));
}

#[test]
fn days_that_are_missing_count_as_idle() {
    let mut days = day_uses("2026-11-01", &[(10, 990), (10, 980), (30, 950), (50, 900)]);
    days.remove(1);
    days[2].remaining = Some(910);
    let usage = plan_usage("p", range("2026-11-01", "2026-11-06"), "2026-11-06T12:00:00Z", [("k", days)]);
    let s = usage
        .quota_status(&"k".into(), Some(&quota(1000, Period::Month, 0)), usage.fetched_at)
        .expect("known");
    assert_eq!(balance(&s), (90, Some(910), Some(1000), Some(9)));
    let by_day: Vec<_> = usage.calls_by_day().into_iter().map(|(_, used)| used).collect();
    assert_eq!(by_day, [10, 0, 30, 50, 0, 0]);
}

#[test]
fn usage_before_the_range_is_derived_from_the_remaining_quota() {
    let month = quota(1000, Period::Month, 0);
    let s = key_status(month, "2026-11-20", &[(20, 350), (30, 320), (20, 300)], "2026-11-22T12:00:00Z");
    assert_eq!(balance(&s), (700, Some(300), Some(1000), Some(70)));
}

#[test]
fn a_key_without_data_or_a_period_outside_the_range_has_no_status() {
    let day_quota = quota(100, Period::Day, 0);
    let usage = plan_usage(
        "p",
        range("2026-11-20", "2026-11-21"),
        "2026-11-21T23:00:00Z",
        [("k", day_uses("2026-11-20", &[(1, 99), (2, 98)]))],
    );
    assert_eq!(usage.quota_status(&"other".into(), Some(&day_quota), usage.fetched_at), None);
    assert!(usage.quota_status(&"k".into(), Some(&day_quota), usage.fetched_at).is_some());
    assert_eq!(usage.quota_status(&"k".into(), Some(&day_quota), at("2026-11-22T00:00:01Z")), None);
    let october = PlanUsage { fetched_at: at("2026-11-22T12:00:00Z"), ..usage };
    assert_eq!(
        october.quota_status(&"k".into(), Some(&quota(9, Period::Month, 0)), october.fetched_at),
        None
    );
}

#[test]
fn without_a_quota_only_calls_are_reported() {
    let usage = plan_usage(
        "p",
        range("2026-11-20", "2026-11-21"),
        "2026-11-21T12:00:00Z",
        [("k", day_uses("2026-11-20", &[(30, 0), (15, 0)]))],
    );
    let s = usage.quota_status(&"k".into(), None, usage.fetched_at).expect("known");
    assert_eq!(balance(&s), (45, None, None, None));
    assert_eq!((s.resets_at, s.runs_out_at, s.days_at_limit), (None, None, 0));
    assert_near(s.burn_rate, 30.0);
}

#[test]
fn the_limit_is_hidden_while_an_extension_settles() {
    let month = quota(5, Period::Month, 0);
    let days = day_uses("2026-11-22", &[(5, 1000)]);
    let mut usage = plan_usage("p", range("2026-11-01", "2026-11-22"), "2026-11-22T12:01:00Z", [("k", days)]);
    usage.extended_at.insert("k".into(), at("2026-11-22T12:00:30Z"));
    let status =
        |usage: &PlanUsage| usage.quota_status(&"k".into(), Some(&month), usage.fetched_at).expect("known");
    let s = status(&usage);
    assert!(s.is_settling);
    assert_eq!(balance(&s), (5, None, None, None));
    let later = PlanUsage {
        fetched_at: at("2026-11-22T12:06:00Z"),
        keys: [("k".into(), day_uses("2026-11-22", &[(7, 993)]))].into(),
        ..usage
    };
    assert!(!status(&later).is_settling);
    assert_eq!(balance(&status(&later)), (7, Some(993), Some(1000), Some(0)));
}

#[test]
fn a_plans_status_sums_its_keys_and_runs_out_with_the_first() {
    let day_quota = quota(100, Period::Day, 0);
    let now = "2026-11-22T12:00:00Z";
    let keys = [
        ("a", day_uses("2026-11-22", &[(80, 20)])),
        ("b", day_uses("2026-11-22", &[(10, 90)])),
        ("c", day_uses("2026-11-22", &[(60, 40)])),
    ];
    let usage = plan_usage("p", range("2026-11-22", "2026-11-22"), now, keys);
    let s = usage.total_quota_status(Some(&day_quota), at(now)).expect("known");
    assert_eq!(balance(&s), (150, Some(150), Some(300), Some(50)));
    // 80 calls in half a day: 20 more last three hours.
    assert_eq!(s.runs_out_at, Some(at("2026-11-22T15:00:00Z")));
    assert_near(s.burn_rate, 300.0);
    let empty = plan_usage("p", range("2026-11-22", "2026-11-22"), now, []);
    assert_eq!(empty.total_quota_status(Some(&day_quota), at(now)), None);
}

#[test]
fn a_zero_limit_counts_as_exhausted() {
    let s = key_status(quota(0, Period::Day, 0), "2026-11-22", &[(0, 0)], "2026-11-22T12:00:00Z");
    assert!(s.is_exhausted());
    assert_eq!(balance(&s), (0, Some(0), Some(0), Some(100)));
}
