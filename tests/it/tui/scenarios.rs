//! The console on a local AWS: what a person does from end to end, and what it looks like when AWS fails.

use keypool::tui::{Effect, Options};
use keypool_local_aws::{Answer, Fault, Service, When, World};

use crate::support::console::options;
use crate::support::scenario::{Scenario, quits};

fn sample() -> Scenario {
    Scenario::in_world(World::Sample).size(120, 40).open()
}

fn fails(operation: &str, answer: Answer) -> Fault {
    Fault { operation: Some(operation.to_owned()), answer, ..Fault::default() }
}

#[test]
fn the_sample_at_a_glance() {
    let mut scenario = sample();
    scenario.press("jjj");
    insta::assert_snapshot!(scenario.screen());
}

#[test]
fn a_siloed_and_a_pooled_key_come_and_go() {
    let mut scenario = sample();
    scenario
        .sees("keys 14/10,000")
        .press("j n")
        .type_in("zeta")
        .press("<tab>")
        .type_in("one")
        .press("<enter>");
    scenario.sees("1 key created").sees("keys 15/10,000").sees("▌ one zeta");
    scenario
        .press("jj n")
        .type_in("zeta")
        .press("<tab>")
        .type_in("two")
        .press("<enter>")
        .sees("1 key created");
    scenario.sees("keys 15/10,000").sees("3 Keys · BasicPlan · 15").sees("▌ two zeta");
    scenario.press("3 D y").sees("1 key deleted").sees("3 Keys · BasicPlan · 14");
    scenario
        .press("<esc>g /")
        .type_in("zeta")
        .press("<enter> D y")
        .sees("no key matches")
        .sees("keys 14/10,000");
}

#[test]
fn ten_keys_by_one_form_are_gone_by_one_question() {
    let mut scenario = sample();
    scenario.press("j n").type_in("demo").press("<tab>").type_in("k");
    scenario.press("<tab><tab><tab><backspace>").type_in("10").press("<enter>").sees("10 keys created");
    scenario
        .sees("keys 24/10,000")
        .press("g /")
        .type_in("tenant:demo")
        .press("<enter>")
        .sees("all plans · 10");
    scenario
        .press("<space> G <ctrl-space>")
        .sees("10 marked")
        .press("D")
        .sees("Delete 10")
        .press("<tab><enter>");
    scenario.sees("10 keys deleted").sees("keys 14/10,000").misses("marked");
}

#[test]
fn an_edit_reaches_row_and_gateway() {
    let mut scenario = sample();
    scenario.press("j 3 e").type_in("-2").press("<tab><tab><space><enter>").sees("Cancel");
    scenario.press("y").sees("1 key edited").press("d");
    scenario.sees("-2").sees("enabled no").sees("disabled: it answers 403");
}

#[test]
fn a_value_is_revealed_hidden_and_copied() {
    let mut scenario = sample();
    scenario.press("j 3 d").sees("value ••••").press("v").misses("value ••••").wait(30).sees("value ••••");
    scenario.press("y").sees("is on the clipboard");
    assert_eq!(scenario.asked(|effect| matches!(effect, Effect::Copy(_))), 1);
}

#[test]
fn a_call_answers_until_the_quota_is_spent() {
    let mut scenario = sample();
    scenario.press("j 3 t").sees("200 · ok");
    for _ in 0..24 {
        scenario.press("t").wait(1);
    }
    scenario.sees("429").sees("quota");
}

#[test]
fn a_create_that_fails_leaves_nothing_and_says_why() {
    let mut scenario = sample();
    let busy = fails(
        "CreateUsagePlanKey",
        Answer::Error {
            status: 429,
            code: "LimitExceededException".to_owned(),
            message: "too many keys".to_owned(),
        },
    );
    scenario.meets(busy).press("j n").type_in("zeta").press("<tab>").type_in("one").press("<enter>");
    scenario.sees("too many keys").sees("keys 14/10,000").sees("3 Keys · TestPlan · 4");
}

#[test]
fn what_iam_forbids_is_named_and_the_rest_stays() {
    let mut scenario = sample();
    scenario.meets(fails("GetUsagePlans", Answer::AccessDenied { action: None })).wait(150).press("r");
    scenario.sees("apigateway:GET").sees("ask for the IAM action").sees("stale, 2 min ago").sees("acme");
    scenario.without_faults().press("r").misses("stale").sees("just now");
}

#[test]
fn api_keys_that_may_not_be_listed_leave_plans_and_tenants() {
    let mut scenario = sample();
    scenario.meets(fails("GetApiKeys", Answer::AccessDenied { action: None })).press("r");
    scenario.sees("apigateway:GET on /apikeys").sees("keys ?/10,000").sees("acme").misses("missing");
}

#[test]
fn a_lost_connection_does_not_end_the_console() {
    let cut = Fault { service: Some(Service::ApiGateway), answer: Answer::Cut, ..Fault::default() };
    let mut scenario = Scenario::in_world(World::Sample).meeting(cut).open();
    scenario.sees("no keys could be read").sees("check the network").without_faults().press("r").sees("acme");
    assert_eq!(scenario.asked(quits), 0);
}

#[test]
fn expired_credentials_say_how_to_renew_them() {
    let mut scenario = sample();
    scenario.meets(fails("GetUsagePlans", Answer::ExpiredToken)).press("r").sees("expired").sees("renew");
}

#[test]
fn a_key_that_vanished_meanwhile_is_said() {
    let mut scenario = sample();
    let gone = Fault {
        operation: Some("DeleteApiKey".to_owned()),
        times: Some(1),
        when: When::After,
        answer: Answer::Cut,
        ..Fault::default()
    };
    scenario.meets(gone).press("j 3 D y").misses("1 key deleted");
    scenario.without_faults().press("r D y").sees("1 key deleted");
}

#[test]
fn read_only_writes_nothing_whatever_is_pressed() {
    let closed = Options { read_only: true, ..options() };
    let mut scenario = Scenario::in_world(World::Sample).size(120, 40).with(closed).open();
    for keys in ["j 3 D y", "D<tab><enter>", "n<enter>", "e<enter>", ":delete<enter>y"] {
        scenario.press(keys).sees("[ro]");
    }
    scenario.press("<esc>r").sees("keys 14/10,000").sees("3 Keys · TestPlan · 4");
    assert_eq!(scenario.asked(|effect| matches!(effect, Effect::Apply(..))), 0);
}

#[test]
fn an_empty_account_says_what_is_missing() {
    Scenario::in_world(World::Empty).open().sees("table");
}
