//! The figure itself, for one key and for several together.

use super::*;
use crate::usage::quota_status::KeyTerms;
use crate::{Period, Plan, Quota, Verdict, testing};

const NOON: &str = "2026-11-22T12:00:00Z";

/// A figure that a refused call at this time overrules.
fn spent(figure: QuotaFigure, refused_at: &str) -> QuotaFigure {
    figure.spent(at(refused_at), at(NOON))
}

fn month_quota() -> KeyTerms {
    let quota = Quota { limit: 100, period: Period::Month, offset: 0 };
    KeyTerms { quota: Some(quota), created_at: None }
}

#[test]
fn a_figure_without_a_known_limit_is_not_exhausted() {
    assert!(!QuotaFigure::without_quota(3).is_exhausted());
    assert!(!QuotaFigure::from_balance(3, 0).settling().is_exhausted());
    assert_eq!(QuotaFigure::from_balance(0, 0).percent(), Some(100.0));
    // A quota that was lowered is not used less because a call was refused.
    assert_eq!(spent(QuotaFigure::from_balance(60, -40), NOON).used(), 60);
}

#[test]
fn several_keys_have_the_source_of_the_latest_refusal_and_no_limit_while_one_settles() {
    let known = QuotaFigure::from_balance(5, 5);
    let unlisted = spent(QuotaFigure::unlisted(10), "2026-11-22T11:00:00Z");
    let source = |figure: QuotaFigure| figure.refusal_source();
    let expected = Some("429 seen 11:00; GetUsage of 12:00 says 50%".to_owned());
    assert_eq!(source(known.combine(unlisted)), expected);
    assert_eq!(source(unlisted.combine(known)), expected);
    let later = spent(known, "2026-11-22T11:30:00Z");
    for both in [later.combine(unlisted), unlisted.combine(later)] {
        assert_eq!(both.refused_at(), Some(at("2026-11-22T11:30:00Z")));
    }
    for settling in [known.settling().combine(known), known.combine(known.settling())] {
        assert!(settling.is_settling());
        assert_eq!((settling.used(), settling.limit()), (10, None));
    }
}

#[test]
fn an_extension_has_settled_after_five_minutes() {
    let days = day_uses("2026-11-22", &[(5, 1_000)]);
    let is_settling = |fetched_at| {
        let mut usage = plan_usage("p", range("2026-11-01", "2026-11-22"), fetched_at, [("k", days.clone())]);
        usage.extended_at.insert("k".into(), at(NOON));
        let status = usage.status(&"k".into(), month_quota(), usage.fetched_at);
        status.expect("a status").figure.is_settling()
    };
    assert!(is_settling("2026-11-22T12:04:59Z"));
    assert!(!is_settling("2026-11-22T12:05:00Z"));
}

#[test]
fn a_quota_counts_the_days_of_its_period_and_a_plan_without_quota_the_requested_ones() {
    let recent = [("k".into(), day_uses("2026-11-20", &[(4, 96), (2, 94), (1, 93)]))].into();
    let requested = [("k", day_uses("2026-11-22", &[(1, 93)]))];
    let usage = plan_usage("p", range("2026-11-22", "2026-11-22"), NOON, requested)
        .with_recent_days(range("2026-11-01", "2026-11-22"), recent);
    let used = |usage: &PlanUsage, terms| {
        usage.status(&"k".into(), terms, at(NOON)).map(|status| status.figure.used())
    };
    assert_eq!(used(&usage, KeyTerms::default()), Some(1));
    assert_eq!(used(&usage, month_quota()), Some(7));
    // Cutting the requested days, even to none, changes no quota.
    let cut = usage.with_calls_since(day("2026-11-23"));
    assert_eq!((cut.total(), used(&cut, month_quota())), (0, Some(7)));
    let unrequested = PlanUsage { keys: BTreeMap::new(), ..cut };
    assert_eq!(used(&unrequested, month_quota()), Some(7));
    assert_eq!(used(&unrequested, KeyTerms::default()), None);
}

#[test]
fn older_days_with_current_statuses_keep_the_refusals_that_were_seen() {
    let days = range("2026-11-01", "2026-11-22");
    let mut refusals = QuotaRefusals::default();
    refusals.note(&"p".into(), &"k".into(), Verdict::QuotaExhausted, at(NOON), 100);
    let refusals = Arc::new(refusals);
    let current = usage_of_plans(days, [plan_usage("p", days, NOON, [])]).with_refusals(&refusals);
    let older = usage_of_plans(days, [plan_usage("p", days, NOON, [])]).with_statuses_of(&current);
    assert_eq!(older.refusals(), &refusals);
    let status = older.plans[&"p".into()].status(&"k".into(), month_quota(), at(NOON));
    assert!(status.is_some_and(|status| status.figure.is_exhausted()));
}

#[test]
fn the_most_used_quota_is_warned_of_first_and_a_day_at_the_limit_counts_once() {
    let days = range("2026-11-01", "2026-11-22");
    let keys = [("a", day_uses("2026-11-22", &[(100, 0)])), ("b", day_uses("2026-11-22", &[(300, -200)]))];
    let usage = usage_of_plans(days, [plan_usage("p", days, NOON, keys)]);
    let plan = Plan { quota: month_quota().quota, ..Plan::new("p", "P") };
    let inventory = testing::inventory(vec![plan], Vec::new());
    let warnings = find_warnings(&inventory, &usage, at(NOON), 80).quotas;
    let keys: Vec<_> = warnings.iter().map(|warning| warning.api_key.as_str()).collect();
    assert_eq!(keys, ["b", "a"]);
    let total = usage.plans[&"p".into()].total_quota_status(&inventory, at(NOON));
    assert_eq!(total.map(|status| status.days_at_limit), Some(1));
}
