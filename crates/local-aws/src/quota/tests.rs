//! Periods, and the calls left in them.

use super::*;

const NO_LAG: Duration = Duration::ZERO;

fn day(text: &str) -> Date {
    text.parse().unwrap()
}

fn noon(text: &str) -> Timestamp {
    format!("{text}T12:00:00Z").parse().unwrap()
}

fn quota(limit: i64, offset: i64, period: Period) -> Quota {
    Quota { limit, offset, period }
}

#[test]
fn periods_start_on_the_day_given_by_their_offset() {
    // 2026-03-01 is a Sunday.
    let cases = [
        (Period::Day, 0, "2026-03-01", "2026-03-01"),
        (Period::Week, 0, "2026-02-28", "2026-02-22"),
        (Period::Week, 0, "2026-03-01", "2026-03-01"),
        (Period::Week, 0, "2026-03-07", "2026-03-01"),
        (Period::Week, 2, "2026-03-02", "2026-02-24"),
        (Period::Week, 2, "2026-03-03", "2026-03-03"),
        (Period::Week, 6, "2026-03-06", "2026-02-28"),
        (Period::Week, 6, "2026-03-07", "2026-03-07"),
        (Period::Month, 0, "2026-03-01", "2026-03-01"),
        (Period::Month, 0, "2026-03-31", "2026-03-01"),
        (Period::Month, 0, "2026-02-28", "2026-02-01"),
        (Period::Month, 14, "2026-03-14", "2026-02-15"),
        (Period::Month, 14, "2026-03-15", "2026-03-15"),
        (Period::Month, 27, "2026-03-27", "2026-02-28"),
        (Period::Month, 27, "2028-03-28", "2028-03-28"),
        (Period::Month, 27, "2027-01-05", "2026-12-28"),
    ];
    for (period, offset, date, expected) in cases {
        let start = quota(1, offset, period).period_start(day(date));
        assert_eq!(start, day(expected), "{period:?} + {offset}, {date}");
    }
}

#[test]
fn days_are_utc_days() {
    assert_eq!(utc_day("2026-03-01T23:59:59.999Z".parse().unwrap()), day("2026-03-01"));
    assert_eq!(utc_day("2026-03-02T00:00:00Z".parse().unwrap()), day("2026-03-02"));
    assert_eq!(utc_day("2026-03-02T00:30:00+01:00".parse().unwrap()), day("2026-03-01"));
}

#[test]
fn remaining_calls_are_counted_from_the_start_of_the_period() {
    let mut meter = Meter::default();
    for (date, calls) in [("2026-02-28", 3), ("2026-03-01", 5), ("2026-03-02", 7)] {
        meter.add_calls(day(date), calls);
    }
    let cases = [
        (Period::Day, 0, "2026-03-01", 95),
        (Period::Day, 0, "2026-03-02", 93),
        (Period::Day, 0, "2026-03-03", 100),
        (Period::Week, 0, "2026-02-28", 97),
        (Period::Week, 0, "2026-03-02", 88),
        (Period::Month, 0, "2026-02-28", 97),
        (Period::Month, 0, "2026-03-02", 88),
        (Period::Month, 1, "2026-03-01", 92),
        (Period::Month, 1, "2026-03-02", 93),
    ];
    for (period, offset, date, expected) in cases {
        let remaining = meter.remaining(&quota(100, offset, period), day(date));
        assert_eq!(remaining, expected, "{period:?} + {offset}, {date}");
    }
}

#[test]
fn an_extension_lasts_until_the_period_ends() {
    let daily = quota(20, 0, Period::Day);
    let mut meter = Meter::default();
    meter.add_calls(day("2026-03-01"), 20);
    assert_eq!(meter.remaining(&daily, day("2026-03-01")), 0);

    meter.set_remaining(&daily, day("2026-03-01"), 30);
    assert_eq!(meter.remaining(&daily, day("2026-03-01")), 30);
    meter.record_call(noon("2026-03-01"), NO_LAG);
    assert_eq!(meter.remaining(&daily, day("2026-03-01")), 29);

    meter.set_remaining(&daily, day("2026-03-01"), 0);
    assert_eq!(meter.remaining(&daily, day("2026-03-01")), 0, "a grant can be reduced to 0");
    assert_eq!(meter.remaining(&daily, day("2026-03-02")), 20, "the next day has the full quota");
}

#[test]
fn an_edited_limit_keeps_the_used_calls() {
    let mut meter = Meter::default();
    meter.add_calls(day("2026-03-01"), 15);
    assert_eq!(meter.remaining(&quota(10, 0, Period::Month), day("2026-03-01")), -5);
    assert_eq!(meter.remaining(&quota(40, 0, Period::Month), day("2026-03-01")), 25);
}

#[test]
fn usage_is_reported_per_day_including_idle_days() {
    let mut meter = Meter::default();
    meter.add_calls(day("2026-03-01"), 137);
    meter.add_calls(day("2026-03-03"), 84);
    let monthly = quota(1000, 0, Period::Month);
    let reported =
        meter.daily_usage(Some(&monthly), day("2026-02-28"), day("2026-03-03"), noon("2026-03-03"), NO_LAG);
    let reported: Vec<_> = reported.iter().map(|day| (day.used, day.remaining)).collect();
    assert_eq!(reported, [(0, 1000), (137, 863), (0, 863), (84, 779)]);
}

#[test]
fn usage_lags_until_the_quota_is_exhausted() {
    let lag = Duration::from_secs(30 * 60);
    let daily = quota(3, 0, Period::Day);
    let mut meter = Meter::default();
    let noon = noon("2026-03-01");
    let used_at = |meter: &Meter, minutes: i64| {
        let now = noon + minutes.minutes();
        meter.daily_usage(Some(&daily), day("2026-03-01"), day("2026-03-01"), now, lag)[0].used
    };
    meter.record_call(noon, lag);
    meter.record_call(noon + 10.minutes(), lag);
    assert_eq!(used_at(&meter, 29), 0);
    assert_eq!(used_at(&meter, 30), 1);
    assert_eq!(used_at(&meter, 40), 2);
    assert_eq!(meter.remaining(&daily, day("2026-03-01")), 1, "the gateway itself does not lag");

    meter.record_call(noon + 11.minutes(), lag);
    assert_eq!(used_at(&meter, 11), 3, "an exhausted quota is reported immediately");
}
