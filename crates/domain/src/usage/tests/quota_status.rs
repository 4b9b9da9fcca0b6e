//! Quota status, each figure worked out by hand from the pairs above it.

use super::super::quota_status::{KeyTerms, QuotaStatus};
use super::*;
use crate::{Period, Plan, Quota, testing};

const fn quota(limit: u64, period: Period, offset: u32) -> Quota {
    Quota { limit, period, offset }
}

/// A key with this quota and an unknown creation date.
const fn terms(quota: Quota) -> KeyTerms {
    KeyTerms { quota: Some(quota), created_at: None }
}

/// The status of a key at the time of the fetch. The period of the first day was read, too.
fn key_status(quota: Quota, first: &str, day_pairs: &[(u64, i64)], now: &str) -> QuotaStatus {
    let today = &now[..10];
    let range = range(&quota.period_start(day(first)).to_string(), today);
    let usage = plan_usage("p", range, now, [("k", day_uses(first, day_pairs))]);
    usage.status(&"k".into(), terms(quota), at(now)).expect("a status")
}

fn balance(status: &QuotaStatus) -> (u64, Option<u64>, Option<u64>, Option<u64>) {
    let figure = status.figure;
    (figure.used(), figure.left(), figure.limit(), figure.whole_percent())
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
    // 165 calls in the three days that were read.
    assert_near(s.burn_rate, 55.0);
    // The remaining 75 suffice until after midnight.
    assert_eq!((s.runs_out_at, s.days_at_limit), (None, 1));
}

#[test]
fn a_daily_quota_is_forecast_at_the_rate_that_is_shown() {
    let day = quota(100, Period::Day, 0);
    // 180 calls in two days are 90 per day; the remaining 30 are used up in 8 hours.
    let s = key_status(day, "2026-11-21", &[(110, -10), (70, 30)], "2026-11-22T12:00:00Z");
    assert_near(s.burn_rate, 90.0);
    assert_eq!(s.runs_out_at, Some(at("2026-11-22T20:00:00Z")));
    // One busy hour after a quiet day is no forecast: 30 per day.
    let s = key_status(day, "2026-11-21", &[(0, 100), (60, 40)], "2026-11-22T12:00:00Z");
    assert_near(s.burn_rate, 30.0);
    assert_eq!(s.runs_out_at, None);
}

#[test]
fn a_week_starts_on_the_offset_day() {
    // The 22nd is a Sunday; the week starts on Monday the 23rd.
    let week = quota(200, Period::Week, 1);
    let days_of_key = [(10, 90), (0, 90), (15, 75), (30, 170), (0, 170), (20, 150)];
    let s = key_status(week, "2026-11-20", &days_of_key, "2026-11-25T12:00:00Z");
    assert_eq!(balance(&s), (50, Some(150), Some(200), Some(25)));
    assert_eq!(s.resets_at, Some(at("2026-11-30T00:00:00Z")));
    assert_near(s.burn_rate, 75.0 / 7.0);
    assert_eq!(s.runs_out_at, None);
}

#[test]
fn the_remaining_quota_of_the_last_period_does_not_carry_over() {
    let months = quota(1000, Period::Month, 9);
    let before = key_status(months, "2026-11-08", &[(400, 300), (250, 50)], "2026-11-09T12:00:00Z");
    assert_eq!((before.figure.left(), before.resets_at), (Some(50), Some(at("2026-11-10T00:00:00Z"))));
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
    // 400 calls in seven days; the remaining 100 are used up in 42 hours.
    assert_near(s.burn_rate, 400.0 / 7.0);
    assert_eq!(s.runs_out_at, Some(at("2026-11-12T06:00:00Z")));
}

#[test]
fn idle_days_count_in_the_average_of_seven_days_whether_reported_or_not() {
    let month = quota(1000, Period::Month, 0);
    let rate = |days: Vec<DayUse>, created_at: Option<&str>| {
        let now = "2026-11-22T15:48:00Z";
        let usage = plan_usage("p", range("2026-11-01", "2026-11-22"), now, [("k", days)]);
        let terms = KeyTerms { created_at: created_at.map(at), ..terms(month) };
        usage.status(&"k".into(), terms, at(now)).expect("a status").burn_rate
    };
    let idle = |today| {
        let six_days = (0..6).map(|_| (0, 1000));
        day_uses("2026-11-16", &six_days.chain([(today, 869)]).collect::<Vec<_>>())
    };
    // Six idle days and one of 131 calls are 18.7 a day.
    assert_near(rate(idle(131), None), 131.0 / 7.0);
    // So they are if GetUsage reports only the day with calls, whichever it is.
    assert_near(rate(day_uses("2026-11-22", &[(131, 869)]), None), 131.0 / 7.0);
    assert_near(rate(day_uses("2026-11-16", &[(131, 869)]), None), 131.0 / 7.0);
    // The day before them does not count.
    assert_near(rate(day_uses("2026-11-15", &[(700, 300), (131, 169)]), None), 131.0 / 7.0);
    assert_near(rate(idle(0), None), 0.0);
    // A key is averaged over its own days: created three days ago, a day ago, an hour ago.
    assert_near(rate(idle(131), Some("2026-11-19T15:48:00Z")), 131.0 / 3.0);
    assert_near(rate(idle(131), Some("2026-11-21T15:48:00Z")), 131.0);
    assert_near(rate(idle(131), Some("2026-11-22T14:48:00Z")), 131.0);
    assert_near(rate(idle(131), Some("2026-11-15T15:48:00Z")), 131.0 / 7.0);
}

#[test]
fn a_quota_lowered_below_the_used_calls_is_used_to_more_than_100_percent() {
    // 30 calls of 100; then the plan's quota became 10.
    let s = key_status(quota(10, Period::Month, 0), "2026-11-01", &[(30, -20)], "2026-11-01T12:00:00Z");
    assert_eq!(balance(&s), (30, Some(0), Some(10), Some(300)));
    assert!(s.figure.is_exhausted());
    // A quota lowered to more than what is used just has a lower limit.
    let s = key_status(quota(50, Period::Month, 0), "2026-11-01", &[(30, 20)], "2026-11-01T12:00:00Z");
    assert_eq!(balance(&s), (30, Some(20), Some(50), Some(60)));
    let s = key_status(quota(0, Period::Month, 0), "2026-11-01", &[(30, -30)], "2026-11-01T12:00:00Z");
    assert_eq!(balance(&s), (30, Some(0), Some(0), Some(100)));
}

#[test]
fn days_that_are_missing_count_as_idle() {
    let mut days = day_uses("2026-11-01", &[(10, 990), (10, 980), (30, 950), (50, 900)]);
    days.remove(1);
    days[2].remaining = Some(910);
    let usage = plan_usage("p", range("2026-11-01", "2026-11-06"), "2026-11-06T12:00:00Z", [("k", days)]);
    let s = usage.status(&"k".into(), terms(quota(1000, Period::Month, 0)), usage.fetched_at).expect("known");
    assert_eq!(balance(&s), (90, Some(910), Some(1000), Some(9)));
    let by_day: Vec<_> = usage.calls_by_day().into_iter().map(|(_, used)| used).collect();
    assert_eq!(by_day, [10, 0, 30, 50, 0, 0]);
}

#[test]
fn a_percentage_is_rounded_down_without_rounding_errors() {
    for (used, left, percent) in
        [(29, 71, 29), (57, 43, 57), (99_999, 1, 99), (100, 0, 100), (0, 7, 0), (1, 999, 0)]
    {
        let limit = used + u64::try_from(left).expect("a small number");
        let s =
            key_status(quota(limit, Period::Day, 0), "2026-11-22", &[(used, left)], "2026-11-22T12:00:00Z");
        assert_eq!(s.figure.whole_percent(), Some(percent), "{used} of {limit}");
    }
}

#[test]
fn the_figure_is_the_same_whatever_days_were_requested() {
    let month = quota(1000, Period::Month, 0);
    // 700 of 1,000 calls are used; on the 20th the quota was extended by 500.
    let mut pairs = vec![(0, 1000); 22];
    (pairs[2], pairs[19], pairs[21]) = ((600, 400), (80, 820), (20, 800));
    (3..19).for_each(|day| pairs[day].1 = 400);
    pairs[20].1 = 820;
    let now = "2026-11-22T12:00:00Z";
    let all_days = day_uses("2026-11-01", &pairs);
    let whole = plan_usage("p", range("2026-11-01", "2026-11-22"), now, [("k", all_days.clone())]);
    let status = |usage: &PlanUsage| usage.status(&"k".into(), terms(month), at(now));
    let expected = status(&whole).expect("a status");
    assert_eq!(balance(&expected), (700, Some(800), Some(1500), Some(46)));
    for (first, last, requested) in [
        ("2026-11-20", "2026-11-22", &all_days[19..]),
        ("2026-11-22", "2026-11-22", &all_days[21..]),
        ("2026-10-01", "2026-10-31", &[][..]),
    ] {
        let days = [("k", requested.to_vec())];
        let part = plan_usage("p", range(first, last), now, days);
        assert_eq!(status(&part), None, "the period began before {first}: {part:?}");
        let part = part.with_recent_days(whole.range, whole.keys.clone());
        assert_eq!(status(&part), Some(expected), "{first} to {last}");
        assert_eq!(part.total(), requested.iter().map(|day| day.used).sum());
    }
    let october = range("2026-10-01", "2026-10-31");
    let stale = plan_usage("p", october, now, [("k", day_uses("2026-10-31", &[(7, 993)]))]);
    let current = usage_of_plans(whole.range, [whole.clone()]);
    let shown = usage_of_plans(october, [stale]).with_statuses_of(&current);
    assert_eq!((shown.total(), status(&shown.plans[&"p".into()])), (7, Some(expected)));
    let narrowed = whole.with_calls_since(day("2026-11-22"));
    assert_eq!((narrowed.total(), status(&narrowed)), (20, Some(expected)));
}

#[test]
fn the_days_of_a_status_are_those_of_the_period_and_of_a_week() {
    let days = |quota: Option<Quota>| status_days(quota.as_ref(), at("2026-11-22T12:00:00Z")).to_string();
    assert_eq!(days(Some(quota(1, Period::Month, 0))), "2026-11-01 to 2026-11-22");
    assert_eq!(days(Some(quota(1, Period::Month, 20))), "2026-11-16 to 2026-11-22");
    assert_eq!(days(Some(quota(1, Period::Month, 25))), "2026-10-26 to 2026-11-22");
    for quota in [None, Some(quota(1, Period::Week, 1)), Some(quota(1, Period::Day, 0))] {
        assert_eq!(days(quota), "2026-11-16 to 2026-11-22", "{quota:?}");
    }
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
    let status = |usage: &PlanUsage, key: &str, quota, now| usage.status(&key.into(), terms(quota), now);
    assert_eq!(status(&usage, "other", day_quota, usage.fetched_at), None);
    assert!(status(&usage, "k", day_quota, usage.fetched_at).is_some());
    assert_eq!(status(&usage, "k", day_quota, at("2026-11-22T00:00:01Z")), None);
    let october = PlanUsage { fetched_at: at("2026-11-22T12:00:00Z"), ..usage };
    assert_eq!(status(&october, "k", quota(9, Period::Month, 0), october.fetched_at), None);
}

#[test]
fn without_a_quota_only_calls_are_reported() {
    let usage = plan_usage(
        "p",
        range("2026-11-20", "2026-11-21"),
        "2026-11-21T12:00:00Z",
        [("k", day_uses("2026-11-20", &[(30, 0), (15, 0)]))],
    );
    let s = usage.status(&"k".into(), KeyTerms::default(), usage.fetched_at).expect("known");
    assert_eq!(balance(&s), (45, None, None, None));
    assert_eq!((s.resets_at, s.runs_out_at, s.days_at_limit), (None, None, 0));
    assert_near(s.burn_rate, 22.5);
}

#[test]
fn the_limit_is_hidden_while_an_extension_settles() {
    let month = quota(5, Period::Month, 0);
    let days = day_uses("2026-11-22", &[(5, 1000)]);
    let mut usage = plan_usage("p", range("2026-11-01", "2026-11-22"), "2026-11-22T12:01:00Z", [("k", days)]);
    usage.extended_at.insert("k".into(), at("2026-11-22T12:00:30Z"));
    let status =
        |usage: &PlanUsage| usage.status(&"k".into(), terms(month), usage.fetched_at).expect("known");
    let s = status(&usage);
    assert!(s.figure.is_settling());
    assert_eq!(balance(&s), (5, None, None, None));
    let later = PlanUsage {
        fetched_at: at("2026-11-22T12:06:00Z"),
        keys: [("k".into(), day_uses("2026-11-22", &[(7, 993)]))].into(),
        ..usage
    };
    assert!(!status(&later).figure.is_settling());
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
    let plan = Plan { quota: Some(day_quota), ..Plan::new("p", "P") };
    let inventory = testing::inventory(vec![plan], Vec::new());
    let s = usage.total_quota_status(&inventory, at(now)).expect("known");
    assert_eq!(balance(&s), (150, Some(150), Some(300), Some(50)));
    // 80 calls a day: 20 more last six hours.
    assert_eq!(s.runs_out_at, Some(at("2026-11-22T18:00:00Z")));
    // 150 calls on the only day that was read.
    assert_near(s.burn_rate, 150.0);
    let empty = plan_usage("p", range("2026-11-22", "2026-11-22"), now, []);
    assert_eq!(empty.total_quota_status(&inventory, at(now)), None);
}

#[test]
fn a_zero_limit_counts_as_exhausted() {
    let s = key_status(quota(0, Period::Day, 0), "2026-11-22", &[(0, 0)], "2026-11-22T12:00:00Z");
    assert!(s.figure.is_exhausted());
    assert_eq!(balance(&s), (0, Some(0), Some(0), Some(100)));
}
