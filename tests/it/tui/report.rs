//! The report view: what tenants owe for a month.

use std::sync::Arc;

use keypool::ops::{ChargeReport, FrozenMonth, Progress};
use keypool::tui::{Effect, Event, Query, QueryResult, TaskReport};
use keypool_domain::charging::{Currency, Line, Rate, Report, UnpricedTenant};
use keypool_domain::testing::{InventoryBuilder, start_time};
use keypool_domain::usage::{DayRange, KeyUse, SharedUse};
use keypool_domain::{Price, Unknown};
use keypool_local_aws::{Answer, Fault, World};

use crate::support::console::Console;
use crate::support::scenario::Scenario;

fn sample(width: u16, height: u16) -> Scenario {
    Scenario::builder(World::Sample).size(width, height).start()
}

#[test]
fn the_report_opens_on_last_month_and_other_months_can_be_chosen() {
    let mut console = sample(120, 40);
    console.press(":").type_text("report").press("<enter>").shows("Report · October 2026").shows("tenants");
    console.shows("aperture BasicPlan 49").shows("~").shows("shared key");
    console
        .press("<right>")
        .shows("November 2026 · not frozen")
        .press("<left><left>")
        .shows("September 2026");
    console.press("G k q").shows("3 Keys");
}

#[test]
fn tenants_and_totals_fit_on_the_smallest_screen() {
    let mut console = sample(40, 10);
    console.press("$").shows("tenant plan total").shows("acme TestPlan 0").shows("acme Premium… 199");
}

#[test]
fn a_report_that_cannot_be_read_shows_the_reason() {
    let mut console = sample(80, 24);
    console.inject_fault(Fault::on("GetUsage", Answer::AccessDenied { action: None }).always());
    console
        .press(":")
        .type_text("report")
        .press("<enter>")
        .shows("could not create the report")
        .shows("apigateway:GET");
    console.clear_faults().press("r").shows("total").press("<esc>").shows("▌ all plans");
}

#[test]
fn a_frozen_month_shows_differences_from_current_figures() {
    let inventory = InventoryBuilder::sample().build();
    let mut console = Console::with_inventory(Arc::clone(&inventory), 120, 30);
    console.press(":").type_text("report").press("<enter>").shows("reading usage for the month");
    let charges = frozen_charges(vec!["acme in BasicPlan: 7 calls more".to_owned(), "two".to_owned()]);
    console.finish_task(TaskReport::Loaded(Ok(QueryResult::Charges(Box::new(charges)))));
    console
        .shows("October 2026 · frozen")
        .shows("total 59 USD · 2 tenants")
        .shows("frozen on 22 Nov 2026 18:48 UTC");
    console.shows("differs from current usage: acme in BasicPlan: 7 calls more · 1 more");
    console.shows("acme BasicPlan 49 1,200 – – 49").shows("globex FreePlan 10 0 ~40 of 120 by 3 – 10");
}

fn frozen_charges(differences: Vec<String>) -> ChargeReport {
    let frozen = Some(FrozenMonth { at: start_time(), file: "2026-10.json".into() });
    ChargeReport { report: report(), frozen, differences, remarks: Vec::new() }
}

fn report() -> Report {
    let shared = SharedUse {
        key: KeyUse { plan: "freeplan".into(), api_key: "freeq0001x".into(), used: 120 },
        tenants: 3,
    };
    let line = |tenant: &str, plan: &str, flat_cents, own_calls, shared_keys| Line {
        tenant: tenant.into(),
        plan: plan.into(),
        plan_name: if plan == "basicplan" { "BasicPlan" } else { "FreePlan" }.to_owned(),
        key_names: Vec::new(),
        days: None,
        flat_price: Some(Price::from_cents(flat_cents)),
        own_calls: Some(own_calls),
        logged_calls: None,
        shared_keys,
        rate: None,
        price_gap: None,
    };
    Report {
        month: DayRange::parse_month("2026-10").expect("a month"),
        currency: Currency::new("USD").expect("a currency"),
        lines: vec![
            line("acme", "basicplan", 4_900, 1_200, Vec::new()),
            line("globex", "freeplan", 1_000, 0, vec![shared]),
        ],
        unattributed: Vec::new(),
        unlisted: Vec::new(),
        unpriced: Vec::new(),
    }
}

#[test]
fn unknown_calls_are_not_shown_as_zero() {
    let mut console = Console::with_inventory(InventoryBuilder::sample().build(), 120, 30);
    console.press(":").type_text("report").press("<enter>").shows("reading usage for the month");
    let mut charges = frozen_charges(Vec::new());
    let rate = Some(Rate { per_1000: Price::from_cents(50), included: 0 });
    let line = charges.report.lines[0].clone();
    charges.report.lines[0] = Line { own_calls: None, rate, ..line };
    console.finish_task(TaskReport::Loaded(Ok(QueryResult::Charges(Box::new(charges)))));
    console.shows("acme BasicPlan 49 ? – ? 49");
}

#[test]
fn each_tenant_with_several_plans_has_a_total() {
    let mut console = Console::with_inventory(InventoryBuilder::sample().build(), 100, 30);
    console.press(":").type_text("report").press("<enter>").shows("reading usage for the month");
    let mut charges = frozen_charges(Vec::new());
    let second =
        Line { plan: "premium".into(), plan_name: "Premium".to_owned(), ..charges.report.lines[0].clone() };
    charges.report.lines.insert(1, second);
    console.finish_task(TaskReport::Loaded(Ok(QueryResult::Charges(Box::new(charges)))));
    console.shows("acme Premium 49 1,200 – – 49").shows("acme all 2 plans 98 – 98").lacks("globex all");
    console.press("G").shows("▌ globex FreePlan").press("k").shows("▌ acme all 2 plans");
}

#[test]
fn calls_and_tenants_that_are_not_charged_are_named() {
    let mut console = Console::with_inventory(InventoryBuilder::sample().build(), 140, 40);
    console.press("$");
    let mut charges = frozen_charges(Vec::new());
    let unattributed =
        |api_key: &str, used| KeyUse { plan: "basicplan".into(), api_key: api_key.into(), used };
    charges.report.unattributed = vec![unattributed("gone000001", 1_200), unattributed("gone000002", 5)];
    charges.report.unpriced.push(UnpricedTenant {
        tenant: "initech".into(),
        plan: "premium".into(),
        plan_name: "Premium".to_owned(),
        reason: Unknown::NotReadYet,
    });
    console.finish_task(TaskReport::Loaded(Ok(QueryResult::Charges(Box::new(charges)))));
    console.shows("initech is left out: the price of Premium cannot be read");
    console.shows("unattributed, not charged: 1,205 calls with API keys that have no tenant");
}

#[test]
fn notes_without_room_are_counted() {
    let mut console = Console::with_inventory(InventoryBuilder::sample().build(), 100, 30);
    console.press("$");
    let mut charges = frozen_charges(Vec::new());
    charges.remarks = (1..=6).map(|number| format!("remark {number}")).collect();
    console.finish_task(TaskReport::Loaded(Ok(QueryResult::Charges(Box::new(charges)))));
    console.shows("remark 1").lacks("remark 2");
    console.shows("5 more notes: `keypool report --month 2026-10` prints them");
}

#[test]
fn an_access_log_attributes_calls_of_shared_keys_to_tenants() {
    let folder = tempfile::TempDir::new().expect("a folder");
    let log = folder.path().join("calls.jsonl");
    let line = r#"{"apiKeyId":"33xtplpft7","tenant":"wonka","status":"200","ts":1791633600}"#;
    let unknown_tenant = line.replace("wonka", "unknown");
    std::fs::write(&log, format!("{line}\n{line}\n{unknown_tenant}\n")).expect("a log");
    let mut console = sample(120, 40);
    console.press(":").type_text("report").press("<enter>").lacks("calls.jsonl").press("l");
    console
        .shows("access log")
        .shows("API Gateway access log as JSON lines")
        .type_text(&log.display().to_string());
    console
        .press("<enter>")
        .shows("October 2026 · not frozen · calls from calls.jsonl")
        .shows("not charged: 1 call in the log, of tenants without a tenant key");
    console.press("G").shows("wonka FreePlan").press("l<enter>").shows("calls from calls.jsonl");
    std::fs::remove_file(&log).expect("removed");
    console.press("r").shows("cannot be read").press("l<ctrl-u>");
    for _ in 0..80 {
        console.press("<backspace>");
    }
    console.press("<enter>").lacks("calls.jsonl").shows("~");
}

#[test]
fn a_long_access_log_shows_how_many_lines_were_read() {
    let mut console = Console::with_inventory(InventoryBuilder::sample().build(), 120, 30);
    console.press("$");
    let charges = |effect: &Effect| match effect {
        Effect::Load(id, Query::Charges(_), _) => Some(*id),
        _ => None,
    };
    let id = console.effects.iter().find_map(charges).expect("a read");
    let doing = "lines of the access log".to_owned();
    let progress = TaskReport::Progress(Progress { done: 50_000, total: None, doing });
    console.send_event(Event::Task(id, progress)).shows("· 50,000 lines of the access log");
}

#[test]
fn an_unfrozen_month_is_marked() {
    let mut console = sample(120, 40);
    console.press("$").shows("not frozen: figures are current and may change").lacks("folder");
    console.press("F").shows("the month is not frozen").lacks("keep the frozen figures");
}

#[test]
fn a_frozen_month_can_be_refrozen() {
    let mut console = Console::with_inventory(InventoryBuilder::sample().build(), 120, 30);
    console.press("$F").shows("the report is not loaded yet");
    console.finish_task(TaskReport::Loaded(Ok(QueryResult::Charges(Box::new(frozen_charges(vec![
        "one".to_owned(),
    ]))))));
    console
        .shows("F replaces them with current figures")
        .press("F")
        .shows("the month was frozen on 22 Nov 2026 18:48 UTC");
    console.shows("► keep the frozen figures").press("<enter>").lacks("keep the frozen").press("F j<enter>");
    let refreezes =
        |effect: &Effect| matches!(effect, Effect::Load(_, Query::Charges(request), _) if request.refreeze);
    assert_eq!(console.effects.iter().filter(|effect| refreezes(effect)).count(), 1);
    console.finish_task(TaskReport::Loaded(Ok(QueryResult::Charges(Box::new(frozen_charges(Vec::new()))))));
    console.shows("figures no longer change").lacks("F replaces").press("F").shows("are current");
}
