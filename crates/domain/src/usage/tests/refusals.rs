//! Calls that were refused with 429 Limit Exceeded as part of the quota figure.

use super::*;
use crate::usage::quota_status::KeyTerms;
use crate::{Period, Plan, Quota, Verdict, testing};

const KEY: &str = "k";

/// Notes the response to a call with the key, whose limit was 5,000 as far as known.
fn note(refusals: &mut QuotaRefusals, verdict: Verdict, time: &str) {
    refusals.note(&"p".into(), &KEY.into(), verdict, at(time), 5_000);
}

fn refused_at(time: &str) -> QuotaRefusals {
    let mut refusals = QuotaRefusals::default();
    note(&mut refusals, Verdict::QuotaExhausted, time);
    refusals
}

/// A reading of 4,500 calls in November, of which so many remain.
fn reading(fetched_at: &str, remaining: i64) -> PlanUsage {
    let days = day_uses("2026-11-22", &[(4_500, remaining)]);
    plan_usage("p", range("2026-11-01", "2026-11-30"), fetched_at, [(KEY, days)])
}

/// Used and left calls, percentage and source of the key's figure at the time of the reading.
fn figure(reading: PlanUsage, refusals: QuotaRefusals) -> (u64, Option<u64>, Option<u64>, Option<String>) {
    figure_at(reading.fetched_at, reading, refusals)
}

fn figure_at(
    now: Timestamp,
    reading: PlanUsage,
    refusals: QuotaRefusals,
) -> (u64, Option<u64>, Option<u64>, Option<String>) {
    let quota = Quota { limit: 5_000, period: Period::Month, offset: 0 };
    let usage = usage_of_plans(reading.range, [reading]).with_refusals(&Arc::new(refusals));
    let terms = KeyTerms { quota: Some(quota), created_at: None };
    let status = usage.plans[&"p".into()].status(&KEY.into(), terms, now).expect("a status");
    let figure = status.figure;
    (figure.used(), figure.left(), figure.whole_percent(), figure.refusal_source())
}

#[test]
fn a_429_shows_the_quota_as_spent_with_its_source() {
    let (before, minute) = ("2026-11-22T16:02:00Z", "2026-11-22T16:03:00Z");
    let reported = (4_500, Some(500), Some(90), None);
    assert_eq!(figure(reading(before, 500), QuotaRefusals::default()), reported);
    let source = "429 seen 16:03; GetUsage of 16:02 says 90%".to_owned();
    let spent = (5_000, Some(0), Some(100), Some(source));
    assert_eq!(figure(reading(before, 500), refused_at(minute)), spent);
    // GetUsage lags, so a reading minutes later that says the same proves nothing.
    let source = Some("429 seen 16:03; GetUsage of 16:32 says 90%".to_owned());
    assert_eq!(figure(reading("2026-11-22T16:32:00Z", 500), refused_at(minute)).3, source);
    // Around midnight, the days are named.
    let source = Some("429 seen 21 Nov 23:59; GetUsage of 22 Nov 00:10 says 90%".to_owned());
    assert_eq!(figure(reading("2026-11-22T00:10:00Z", 500), refused_at("2026-11-21T23:59:00Z")).3, source);
}

#[test]
fn a_429_ends_with_the_period_with_an_extension_and_with_proof_of_the_contrary() {
    let minute = "2026-11-22T16:03:00Z";
    let is_spent = |reading, refusals| figure(reading, refusals).3.is_some();
    // GetUsage says so itself; half an hour later it says otherwise; the limit is higher than it was.
    assert_eq!(
        figure(reading("2026-11-22T16:04:00Z", 0), refused_at(minute)),
        (4_500, Some(0), Some(100), None)
    );
    assert!(!is_spent(reading("2026-11-22T16:33:00Z", 500), refused_at(minute)));
    assert!(!is_spent(reading("2026-11-22T16:04:00Z", 501), refused_at(minute)));
    // keypool extended it after the call, and the new balance has settled.
    let mut extended = reading("2026-11-22T16:12:00Z", 500);
    extended.extended_at.insert(KEY.into(), at("2026-11-22T16:05:00Z"));
    assert!(!is_spent(extended.clone(), refused_at(minute)));
    assert!(!is_spent(extended.clone(), refused_at("2026-11-22T16:05:00Z")));
    assert!(is_spent(extended, refused_at("2026-11-22T16:06:00Z")));
    // The first day of a period belongs to it.
    assert!(is_spent(reading("2026-11-01T10:05:00Z", 500), refused_at("2026-11-01T10:00:00Z")));
    // A new month has begun.
    let reading = reading("2026-11-22T16:02:00Z", 500);
    let reading = PlanUsage { range: range("2026-11-01", "2026-12-31"), ..reading };
    assert!(figure_at(at("2026-11-30T23:59:59Z"), reading.clone(), refused_at(minute)).3.is_some());
    assert_eq!(
        figure_at(at("2026-12-01T00:00:00Z"), reading, refused_at(minute)),
        (0, Some(5_000), Some(0), None)
    );
}

#[test]
fn a_later_200_ends_a_429_and_other_responses_do_not() {
    let key = (&"p".into(), &KEY.into());
    let is_noted = |refusals: &QuotaRefusals| refusals.get(key.0, key.1).is_some();
    let mut refusals = refused_at("2026-11-22T16:03:00Z");
    for verdict in [Verdict::Throttled, Verdict::Forbidden, Verdict::Other] {
        note(&mut refusals, verdict, "2026-11-22T16:04:00Z");
        assert!(is_noted(&refusals), "{verdict}");
    }
    // The response to an earlier call arrives late.
    note(&mut refusals, Verdict::Ok, "2026-11-22T16:02:59Z");
    assert!(is_noted(&refusals));
    note(&mut refusals, Verdict::Ok, "2026-11-22T16:04:00Z");
    assert_eq!(refusals, QuotaRefusals::default());
    refusals = refused_at("2026-11-22T16:03:00Z");
    note(&mut refusals, Verdict::Ok, "2026-11-22T16:03:00Z");
    assert_eq!(refusals, QuotaRefusals::default());
    refusals = refused_at("2026-11-22T16:03:00Z");
    refusals.forget(key.0, key.1);
    assert_eq!(refusals, QuotaRefusals::default());
}

#[test]
fn a_series_of_refused_calls_is_noted_once_a_minute() {
    let mut refusals = refused_at("2026-11-22T16:03:00Z");
    let noted_at = |refusals: &QuotaRefusals| refusals.get(&"p".into(), &KEY.into()).expect("noted").at;
    note(&mut refusals, Verdict::QuotaExhausted, "2026-11-22T16:03:59Z");
    assert_eq!(noted_at(&refusals), at("2026-11-22T16:03:00Z"));
    note(&mut refusals, Verdict::QuotaExhausted, "2026-11-22T16:04:00Z");
    assert_eq!(noted_at(&refusals), at("2026-11-22T16:04:00Z"));
    refusals.note(&"p".into(), &KEY.into(), Verdict::QuotaExhausted, at("2026-11-22T16:04:01Z"), 6_000);
    assert_eq!(refusals.get(&"p".into(), &KEY.into()).map(|refusal| refusal.limit), Some(6_000));
}

#[test]
fn a_plans_figure_includes_a_spent_key() {
    let fetched_at = "2026-11-22T16:02:00Z";
    let mut reading = reading(fetched_at, 500);
    reading.keys.insert("other".into(), day_uses("2026-11-22", &[(1_000, 4_000)]));
    let refusals = Arc::new(refused_at("2026-11-22T16:03:00Z"));
    let usage = usage_of_plans(reading.range, [reading]).with_refusals(&refusals);
    let quota = Some(Quota { limit: 5_000, period: Period::Month, offset: 0 });
    let inventory = testing::inventory(vec![Plan { quota, ..Plan::new("p", "P") }], Vec::new());
    let status = usage.plans[&"p".into()].total_quota_status(&inventory, at(fetched_at));
    let figure = status.expect("a status").figure;
    assert_eq!((figure.used(), figure.limit(), figure.left()), (6_000, Some(10_000), Some(4_000)));
    assert_eq!(figure.refusal_source().as_deref(), Some("429 seen 16:03; GetUsage of 16:02 says 55%"));
    let warning = &find_warnings(&inventory, &usage, at(fetched_at), 80).quotas[0];
    assert_eq!((warning.api_key.as_str(), warning.kind), (KEY, QuotaWarningKind::Exhausted));
}

#[test]
fn a_spent_key_that_get_usage_does_not_list_has_a_figure() {
    let unlisted = plan_usage("p", range("2026-11-01", "2026-11-30"), "2026-11-22T16:02:00Z", []);
    let source = "429 seen 16:03; GetUsage of 16:02 lists no calls".to_owned();
    let spent = (5_000, Some(0), Some(100), Some(source));
    assert_eq!(figure(unlisted.clone(), refused_at("2026-11-22T16:03:00Z")), spent);
    let usage = usage_of_plans(unlisted.range, [unlisted]);
    let usage = usage.with_refusals(&Arc::new(refused_at("2026-11-22T16:03:00Z")));
    let keys: Vec<_> = usage.plans[&"p".into()].keys_with_status().collect();
    assert_eq!(keys, [&KEY.into()]);
}
