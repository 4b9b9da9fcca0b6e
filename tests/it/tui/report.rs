//! The view of what tenants owe for a month, on a local AWS with 45 days behind it and by hand.

use std::sync::Arc;

use keypool::ops::{Charged, Frozen, Query};
use keypool::tui::{Answer, Effect, Outcome};
use keypool_domain::Price;
use keypool_domain::charging::{Currency, Line, Report};
use keypool_domain::usage::{DayRange, KeyUse, SharedUse};
use keypool_local_aws::{Answer as Refusal, Fault, World};

use crate::support::console::Console;
use crate::support::scenario::Scenario;
use crate::support::world::{World as Story, start};

fn sample(width: u16, height: u16) -> Scenario {
    Scenario::in_world(World::Sample).size(width, height).open()
}

#[test]
fn a_month_that_is_over_is_reported_tenant_by_tenant_and_others_can_be_chosen() {
    let mut console = sample(120, 40);
    console.press(":").type_in("report").press("<enter>").sees("Report · October 2026").sees("tenants");
    console.sees("aperture BasicPlan 49").sees("~").sees("shared key");
    console.press("<right>").sees("November 2026 · not frozen").press("<left><left>").sees("September 2026");
    console.press("G k q").sees("3 Keys");
}

#[test]
fn what_cannot_be_read_says_why() {
    let mut console = sample(80, 24);
    console.meets(Fault::on("GetUsage", Refusal::AccessDenied { action: None }).always());
    console
        .press(":")
        .type_in("report")
        .press("<enter>")
        .sees("the report could not be made")
        .sees("apigateway:GET");
    console.without_faults().press("r").sees("total").press("<esc>").sees("▌ all plans");
}

#[test]
fn a_frozen_month_says_so_and_what_would_be_told_otherwise_now() {
    let inventory = Story::sample().build();
    let mut console = Console::showing(Arc::clone(&inventory), 120, 30);
    console.press(":").type_in("report").press("<enter>").sees("reading the usage of the month");
    let charged = frozen(vec!["acme in BasicPlan: 7 calls more".to_owned(), "two".to_owned()]);
    console.done(Outcome::Loaded(Ok(Answer::Charges(Box::new(charged)))));
    console
        .sees("October 2026 · frozen")
        .sees("total 59 USD · 2 tenants")
        .sees("frozen on 22 Nov 2026 18:48 UTC");
    console.sees("differs from what is told now: acme in BasicPlan: 7 calls more · 1 more");
    console.sees("acme BasicPlan 49 1,200 – – 49").sees("globex FreePlan 10 0 ~40 of 120 by 3 – 10");
}

fn frozen(differences: Vec<String>) -> Charged {
    let frozen = Some(Frozen { at: start(), file: "2026-10.json".into() });
    Charged { report: report(), frozen, differences, remarks: Vec::new() }
}

fn report() -> Report {
    let shared = SharedUse {
        key: KeyUse { plan: "freeplan".into(), api_key: "freeq0001x".into(), used: 120 },
        tenants: 3,
    };
    let line = |tenant: &str, plan: &str, flat, own, shared| Line {
        tenant: tenant.into(),
        plan: plan.into(),
        flat: Some(Price::from_cents(flat)),
        own,
        logged: None,
        shared,
        rate: None,
    };
    Report {
        month: DayRange::month("2026-10").expect("a month"),
        currency: Currency::new("USD").expect("a currency"),
        lines: vec![
            line("acme", "basicplan", 4_900, 1_200, Vec::new()),
            line("globex", "freeplan", 1_000, 0, vec![shared]),
        ],
        of_nobody: Vec::new(),
        strangers: Vec::new(),
    }
}

#[test]
fn an_access_log_is_chosen_and_tells_whose_the_calls_of_shared_keys_were() {
    let folder = tempfile::TempDir::new().expect("a folder");
    let log = folder.path().join("calls.jsonl");
    let line = r#"{"apiKeyId":"33xtplpft7","tenant":"wonka","status":"200"}"#;
    let stranger = line.replace("wonka", "nobody");
    std::fs::write(&log, format!("{line}\n{line}\n{stranger}\n")).expect("a log");
    let mut console = sample(120, 40);
    console.press(":").type_in("report").press("<enter>").misses("calls.jsonl").press("l");
    console.sees("which access log?").sees("apiKeyId, status and tenant").type_in(&log.display().to_string());
    console
        .press("<enter>")
        .sees("October 2026 · not frozen · by calls.jsonl")
        .sees("in no line: 1 call of the log by nobody");
    console.press("G").sees("wonka FreePlan").press("l<enter>").sees("by calls.jsonl");
    std::fs::remove_file(&log).expect("no log");
    console.press("r").sees("cannot be read").press("l<ctrl-u>");
    for _ in 0..80 {
        console.press("<backspace>");
    }
    console.press("<enter>").misses("calls.jsonl").sees("~");
}

#[test]
fn what_is_not_frozen_says_so_once() {
    let mut console = sample(120, 40);
    console.press("$").sees("not frozen: the figures are as of now").misses("folder");
    console.press("F").sees("the month is not frozen").misses("figures of now in its place");
}

#[test]
fn a_frozen_month_takes_the_figures_of_now_when_somebody_says_so() {
    let mut console = Console::showing(Story::sample().build(), 120, 30);
    console.press("$F").sees("the report is not here yet");
    console.done(Outcome::Loaded(Ok(Answer::Charges(Box::new(frozen(vec!["one".to_owned()]))))));
    console
        .sees("F puts the figures of now in their place")
        .press("F")
        .sees("the month was frozen on 22 Nov 2026 18:48 UTC");
    console.sees("▶ leave it as it is").press("<enter>").misses("leave it").press("F j<enter>");
    let refreezes =
        |effect: &Effect| matches!(effect, Effect::Load(_, Query::Charges(asked), _) if asked.refreeze);
    assert_eq!(console.asked.iter().filter(|effect| refreezes(effect)).count(), 1);
    console.done(Outcome::Loaded(Ok(Answer::Charges(Box::new(frozen(Vec::new()))))));
    console.sees("these figures no longer change").misses("F puts").press("F").sees("are those of now");
}
