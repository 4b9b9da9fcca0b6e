//! One account with an alert of each kind.

mod loud_neighbour;

use super::*;
use crate::change::Change;
use crate::drift::FixOffer;
use crate::key::tag;
use crate::testing::{at, parts, pool, pool_key, tags, tenant_key};
use crate::usage::{QuotaFigure, QuotaStatus};
use crate::{ApiKey, InventoryParts, Plan};

const NOW: &str = "2026-03-10T12:00:00Z";
const MIDNIGHT: &str = "2026-03-11T00:00:00Z";

fn account(ends: &str) -> Inventory {
    let old = ApiKey { tags: tags(&[(tag::RETIRES_AT, ends)]), ..ApiKey::new("k0", "web") };
    let new = ApiKey { tags: tags(&[(tag::REPLACES, "k0")]), ..ApiKey::new("k1", "web") };
    Inventory::new(InventoryParts {
        plans: vec![Plan::new("silo", "Silo"), Plan::new("free", "Free")],
        api_keys: vec![old, new, ApiKey::new("p1", "")].into(),
        tenant_keys: vec![
            tenant_key("k1", "silo", "acme", None),
            tenant_key("r1", "free", "globex", Some("p1")),
            tenant_key("r2", "free", "initech", Some("p1")),
        ],
        pools: vec![pool("free", 10, vec![pool_key("p1", 2, 10)])],
        ..parts()
    })
}

fn warning(api_key: &str, plan: &str, kind: QuotaWarningKind) -> QuotaWarning {
    let status = QuotaStatus {
        figure: QuotaFigure::from_balance(90, 10),
        resets_at: Some(at(MIDNIGHT)),
        burn_rate: 100.0,
        current_burn_rate: None,
        runs_out_at: None,
        days_at_limit: 0,
    };
    QuotaWarning { plan: plan.into(), api_key: api_key.into(), kind, status }
}

fn warnings(quotas: Vec<QuotaWarning>, api_keys: usize) -> UsageWarnings {
    let limit = AccountLimitUse {
        limit: AccountLimit::ApiKeys,
        count: api_keys,
        max: 10_000,
        is_above_threshold: api_keys >= 8_000,
    };
    UsageWarnings { quotas, account_limits: vec![limit] }
}

fn finding(kind: FindingKind, subject: &str, fix: FixOffer) -> Finding {
    Finding { kind, subject: subject.to_owned(), summary: format!("{subject} is wrong"), fix }
}

#[test]
fn every_alert_has_its_tenants_its_time_and_what_to_do_most_urgent_first() {
    let runs_out = at("2026-03-10T20:00:00Z");
    let quotas = vec![
        warning("p1", "free", QuotaWarningKind::RunsOut(runs_out)),
        warning("k1", "silo", QuotaWarningKind::Exhausted),
    ];
    let findings = [
        finding(FindingKind::OrphanKey, "k1", FixOffer::Separate(vec![Change::Delete(vec!["k1".into()])])),
        finding(FindingKind::NoStage, "free", FixOffer::Manual),
        finding(FindingKind::NearLimit, "api-keys", FixOffer::Manual),
    ];
    let inventory = account("2026-03-12T00:00:00Z");
    let alerts = find_alerts(&inventory, &warnings(quotas, 9_000), &findings, None, at(NOW));
    let row = |alert: &Alert| {
        let tenants: Vec<_> = alert.tenants.iter().map(Tenant::as_str).collect();
        (alert.kind, alert.object.clone(), tenants.join(" "), alert.at)
    };
    let expected = |kind, object: &str, tenants: &str, time: Option<&str>| {
        (kind, object.to_owned(), tenants.to_owned(), time.map(at))
    };
    let all: Vec<_> = alerts.iter().map(row).collect();
    assert_eq!(
        all,
        [
            expected(AlertKind::QuotaExhausted, "k1", "acme", Some(MIDNIGHT)),
            expected(AlertKind::Problem, "free", "globex initech", None),
            expected(AlertKind::Problem, "k1", "acme", None),
            expected(AlertKind::QuotaRunsOut, "p1", "globex initech", Some("2026-03-10T20:00:00Z")),
            expected(AlertKind::KeyEnding, "k0", "acme", Some("2026-03-12T00:00:00Z")),
            expected(AlertKind::AccountLimit, "api-keys", "", None),
        ]
    );
    let remedies: Vec<_> = alerts.iter().map(|alert| alert.remedy.as_str()).collect();
    for (remedy, words) in remedies.into_iter().zip([
        "keypool usage extend k1 --plan silo",
        "keypool setup",
        "keypool doctor --fix --only orphan-key",
        "keypool usage extend p1 --plan free",
        "keypool keys retire --due",
        "delete keys",
    ]) {
        assert!(remedy.contains(words), "{remedy}");
    }
}

#[test]
fn an_ending_names_its_plan_which_is_no_part_of_its_id() {
    let alerts = find_alerts(&account("2026-03-12T00:00:00Z"), &warnings(Vec::new(), 1), &[], None, at(NOW));
    assert_eq!(alerts[0].plan, Some("silo".into()));
    assert_eq!(alerts[0].id(), "key-ending/k0/2026-03-12T00:00:00Z");
}

#[test]
fn a_problem_of_a_replaced_key_names_the_tenants_of_its_successor() {
    let retire = FixOffer::WithAll(Change::Retire("k0".into()));
    let findings = [finding(FindingKind::SupersededKey, "k0", retire)];
    let alerts = find_alerts(&account(NOW), &warnings(Vec::new(), 1), &findings, None, at(NOW));
    let tenants: Vec<_> = alerts[0].tenants.iter().map(Tenant::as_str).collect();
    assert_eq!(tenants, ["acme"]);
}

#[test]
fn an_ending_is_an_alert_a_week_before_and_a_problem_once_it_is_due() {
    let kinds = |ends: &str| {
        let alerts = find_alerts(&account(ends), &warnings(Vec::new(), 1), &[], None, at(NOW));
        alerts.into_iter().map(|alert| alert.kind).collect::<Vec<_>>()
    };
    assert_eq!(kinds("2026-03-17T12:00:00Z"), [AlertKind::KeyEnding]);
    assert_eq!(kinds("2026-03-17T12:00:01Z"), []);
    assert_eq!(kinds(NOW), [], "the doctor finds it");
}

#[test]
fn an_alert_keeps_its_id_while_its_forecast_moves_and_has_another_in_the_next_period() {
    let id = |runs_out: &str, resets_at: &str| {
        let mut warning = warning("k1", "silo", QuotaWarningKind::RunsOut(at(runs_out)));
        warning.status.resets_at = Some(at(resets_at));
        find_alerts(&account("2026-05-01T00:00:00Z"), &warnings(vec![warning], 1), &[], None, at(NOW))[0].id()
    };
    let first = id("2026-03-10T20:00:00Z", MIDNIGHT);
    assert_eq!(first, "quota-runs-out/silo/k1/2026-03-11T00:00:00Z");
    assert_eq!(first, id("2026-03-10T19:30:00Z", MIDNIGHT));
    assert_ne!(first, id("2026-03-11T20:00:00Z", "2026-03-12T00:00:00Z"));
}
