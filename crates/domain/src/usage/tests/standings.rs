//! Where a key stands: each number worked by hand from the pairs above it.

use super::super::standing::Standing;
use super::*;
use crate::{Period, Quota};

const fn quota(limit: u64, period: Period, offset: u32) -> Quota {
    Quota { limit, period, offset }
}

/// The standing of a key that is asked about at once.
fn standing(quota: Quota, first: &str, told_pairs: &[(u64, i64)], now: &str) -> Standing {
    let today = &now[..10];
    let usage = told("p", range(first, today), now, [("k", pairs(first, told_pairs))]);
    usage.standing(&"k".into(), Some(&quota), at(now)).expect("a standing")
}

fn balance(standing: &Standing) -> (u64, Option<u64>, Option<u64>, Option<u8>) {
    (standing.used, standing.left, standing.limit, standing.whole_percent())
}

fn assert_near(value: f64, expected: f64) {
    assert!((value - expected).abs() < 1e-9, "{value} is not {expected}");
}

#[test]
fn a_daily_quota_is_todays() {
    let day = quota(100, Period::Day, 0);
    let s = standing(day, "2026-11-20", &[(100, 0), (40, 60), (25, 75)], "2026-11-22T12:00:00Z");
    assert_eq!(balance(&s), (25, Some(75), Some(100), Some(25)));
    assert_eq!(s.resets_at, Some(at("2026-11-23T00:00:00Z")));
    // 165 calls in two and a half days.
    assert_near(s.burn, 66.0);
    // 25 in half a day are 50 a day: the other 75 last beyond midnight.
    assert_eq!((s.runs_out, s.days_at_limit), (None, 1));
}

#[test]
fn a_daily_quota_is_spent_by_the_calls_of_today() {
    let day = quota(100, Period::Day, 0);
    // 60 in half a day are 120 a day; 40 more last 8 hours.
    let s = standing(day, "2026-11-21", &[(0, 100), (60, 40)], "2026-11-22T12:00:00Z");
    assert_eq!(s.runs_out, Some(at("2026-11-22T20:00:00Z")));
    // Just after midnight today says nothing yet: 300 and 2 calls in a day and an eighth of an hour.
    let s = standing(day, "2026-11-21", &[(300, -200), (2, 98)], "2026-11-22T00:07:30Z");
    assert_near(s.burn, 302.0 / (1.0 + 0.125 / 24.0));
    assert!(s.runs_out.is_some() && s.days_at_limit == 1);
}

#[test]
fn a_week_begins_on_its_day() {
    // The 22nd is a Sunday; the week begins on Monday the 23rd.
    let week = quota(200, Period::Week, 1);
    let told = [(10, 90), (0, 90), (15, 75), (30, 170), (0, 170), (20, 150)];
    let s = standing(week, "2026-11-20", &told, "2026-11-25T12:00:00Z");
    assert_eq!(balance(&s), (50, Some(150), Some(200), Some(25)));
    assert_eq!(s.resets_at, Some(at("2026-11-30T00:00:00Z")));
    assert_near(s.burn, 75.0 / 5.5);
    assert_eq!(s.runs_out, None);
}

#[test]
fn what_was_left_at_the_end_of_the_last_period_is_not_left_of_this_one() {
    let months = quota(1000, Period::Month, 9);
    let before = standing(months, "2026-11-08", &[(400, 300), (250, 50)], "2026-11-09T12:00:00Z");
    assert_eq!((before.left, before.resets_at), (Some(50), Some(at("2026-11-10T00:00:00Z"))));
    let after = standing(months, "2026-11-08", &[(400, 300), (250, 50), (0, 1000)], "2026-11-10T12:00:00Z");
    assert_eq!(balance(&after), (0, Some(1000), Some(1000), Some(0)));
    // The new period's first day is not told of yet.
    let unsaid = standing(months, "2026-11-08", &[(400, 300), (250, 50)], "2026-11-10T00:05:00Z");
    assert_eq!(balance(&unsaid), (0, Some(1000), Some(1000), Some(0)));
}

#[test]
fn an_extension_grows_the_limit_and_days_without_anything_left_are_counted() {
    let month = quota(1000, Period::Month, 0);
    let mut told = vec![(500, 500), (500, 0), (0, 0), (100, 400)];
    told.extend([(50, 350), (50, 300), (50, 250), (50, 200), (50, 150), (50, 100)]);
    let s = standing(month, "2026-11-01", &told, "2026-11-10T12:00:00Z");
    assert_eq!(balance(&s), (1400, Some(100), Some(1500), Some(93)));
    assert_eq!(s.days_at_limit, 2);
    // 400 calls in six and a half days; 100 more last 39 hours.
    assert_near(s.burn, 400.0 / 6.5);
    assert_eq!(s.runs_out, Some(at("2026-11-12T03:00:00Z")));
}

#[test]
fn idle_days_slow_the_burn_and_days_before_the_first_call_do_not() {
    let month = quota(1000, Period::Month, 0);
    let idle = [(0, 1000), (0, 1000), (90, 910), (0, 910), (0, 910), (0, 910)];
    let s = standing(month, "2026-11-15", &idle, "2026-11-20T00:00:00Z");
    assert_eq!(balance(&s), (90, Some(910), Some(1000), Some(9)));
    // From the 17th to the start of the 20th.
    assert_near(s.burn, 30.0);
    let silent = standing(month, "2026-11-15", &[(0, 1000); 6], "2026-11-20T12:00:00Z");
    assert_eq!((silent.burn, silent.runs_out), (0.0, None));
}

#[test]
fn days_that_are_missing_count_as_idle() {
    let mut days = pairs("2026-11-01", &[(10, 990), (10, 980), (30, 950), (50, 900)]);
    days.remove(1);
    days[2].left = Some(910);
    let usage = told("p", range("2026-11-01", "2026-11-06"), "2026-11-06T12:00:00Z", [("k", days)]);
    let s = usage.standing(&"k".into(), Some(&quota(1000, Period::Month, 0)), usage.asked_at).expect("known");
    assert_eq!(balance(&s), (90, Some(910), Some(1000), Some(9)));
    let by_day: Vec<_> = usage.by_day().into_iter().map(|(_, used)| used).collect();
    assert_eq!(by_day, [10, 0, 30, 50, 0, 0]);
}

#[test]
fn what_was_used_before_the_range_is_missing_of_the_limit() {
    let month = quota(1000, Period::Month, 0);
    let s = standing(month, "2026-11-20", &[(20, 350), (30, 320), (20, 300)], "2026-11-22T12:00:00Z");
    assert_eq!(balance(&s), (700, Some(300), Some(1000), Some(70)));
}

#[test]
fn nothing_is_said_of_a_key_without_data_nor_of_a_period_that_was_not_asked_for() {
    let day_quota = quota(100, Period::Day, 0);
    let usage = told(
        "p",
        range("2026-11-20", "2026-11-21"),
        "2026-11-21T23:00:00Z",
        [("k", pairs("2026-11-20", &[(1, 99), (2, 98)]))],
    );
    assert_eq!(usage.standing(&"other".into(), Some(&day_quota), usage.asked_at), None);
    assert!(usage.standing(&"k".into(), Some(&day_quota), usage.asked_at).is_some());
    assert_eq!(usage.standing(&"k".into(), Some(&day_quota), at("2026-11-22T00:00:01Z")), None);
    let october = PlanUsage { asked_at: at("2026-11-22T12:00:00Z"), ..usage };
    assert_eq!(october.standing(&"k".into(), Some(&quota(9, Period::Month, 0)), october.asked_at), None);
}

#[test]
fn without_a_quota_only_calls_are_told() {
    let usage = told(
        "p",
        range("2026-11-20", "2026-11-21"),
        "2026-11-21T12:00:00Z",
        [("k", pairs("2026-11-20", &[(30, 0), (15, 0)]))],
    );
    let s = usage.standing(&"k".into(), None, usage.asked_at).expect("known");
    assert_eq!(balance(&s), (45, None, None, None));
    assert_eq!((s.resets_at, s.runs_out, s.days_at_limit), (None, None, 0));
    assert_near(s.burn, 30.0);
}

#[test]
fn what_is_told_right_after_an_extension_is_not_shown_as_truth() {
    let month = quota(5, Period::Month, 0);
    let days = pairs("2026-11-22", &[(5, 1000)]);
    let mut usage = told("p", range("2026-11-01", "2026-11-22"), "2026-11-22T12:01:00Z", [("k", days)]);
    usage.extended.insert("k".into(), at("2026-11-22T12:00:30Z"));
    let standing =
        |usage: &PlanUsage| usage.standing(&"k".into(), Some(&month), usage.asked_at).expect("known");
    let s = standing(&usage);
    assert!(s.settling);
    assert_eq!(balance(&s), (5, None, None, None));
    let later = PlanUsage {
        asked_at: at("2026-11-22T12:06:00Z"),
        keys: [("k".into(), pairs("2026-11-22", &[(7, 993)]))].into(),
        ..usage
    };
    assert!(!standing(&later).settling);
    assert_eq!(balance(&standing(&later)), (7, Some(993), Some(1000), Some(0)));
}

#[test]
fn keys_of_a_plan_stand_together_and_the_first_to_run_out_is_told() {
    let day_quota = quota(100, Period::Day, 0);
    let now = "2026-11-22T12:00:00Z";
    let keys = [
        ("a", pairs("2026-11-22", &[(80, 20)])),
        ("b", pairs("2026-11-22", &[(10, 90)])),
        ("c", pairs("2026-11-22", &[(60, 40)])),
    ];
    let usage = told("p", range("2026-11-22", "2026-11-22"), now, keys);
    let s = usage.overall(Some(&day_quota), at(now)).expect("known");
    assert_eq!(balance(&s), (150, Some(150), Some(300), Some(50)));
    // 80 in half a day: 20 more last three hours.
    assert_eq!(s.runs_out, Some(at("2026-11-22T15:00:00Z")));
    assert_near(s.burn, 300.0);
    let nobody = told("p", range("2026-11-22", "2026-11-22"), now, []);
    assert_eq!(nobody.overall(Some(&day_quota), at(now)), None);
}

#[test]
fn a_limit_of_nothing_is_used_up() {
    let s = standing(quota(0, Period::Day, 0), "2026-11-22", &[(0, 0)], "2026-11-22T12:00:00Z");
    assert!(s.is_spent());
    assert_eq!(balance(&s), (0, Some(0), Some(0), Some(100)));
}
