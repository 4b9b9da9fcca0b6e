//! The view of what tenants owe for a month, on a local AWS with 45 days behind it and by hand.

use std::sync::Arc;

use keypool::ops::{Charged, Frozen};
use keypool::tui::{Answer, Outcome};
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
    let charged = Charged {
        report: report(),
        frozen: Some(Frozen { at: start(), file: "2026-10.json".into() }),
        differences: vec!["acme in BasicPlan: 7 calls more".to_owned(), "two".to_owned()],
        remarks: Vec::new(),
    };
    console.done(Outcome::Loaded(Ok(Answer::Charges(Box::new(charged)))));
    console
        .sees("October 2026 · frozen")
        .sees("total 59 USD · 2 tenants")
        .sees("frozen on 22 Nov 2026 18:48 UTC");
    console.sees("differs from what is told now: acme in BasicPlan: 7 calls more · 1 more");
    console.sees("acme BasicPlan 49 1,200 – – 49").sees("globex FreePlan 10 0 ~40 of 120 by 3 – 10");
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
