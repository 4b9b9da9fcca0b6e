//! End-to-end scenarios of the console on a local AWS, with and without failures of AWS.

use keypool::tui::{Effect, Options};
use keypool_local_aws::{Answer, Fault, Service, When, World};

use crate::support::accounts::both_consoles;
use crate::support::console::options;
use crate::support::scenario::{Scenario, is_quit};

fn sample() -> Scenario {
    Scenario::builder(World::Sample).size(120, 40).start()
}

fn fault_on(operation: &str, answer: Answer) -> Fault {
    Fault { operation: Some(operation.to_owned()), answer, ..Fault::default() }
}

#[test]
fn the_sample_at_a_glance() {
    let mut scenario = sample();
    scenario.press("jjj");
    insta::assert_snapshot!(scenario.screen());
}

#[test]
fn siloed_and_pooled_keys_are_created_and_deleted() {
    let mut scenario = sample();
    scenario
        .shows("keys 14/10,000")
        .press("j n")
        .type_text("zeta")
        .press("<tab>")
        .type_text("one")
        .press("<enter>");
    scenario.shows("1 key created").shows("keys 15/10,000").shows("▌ one zeta");
    scenario
        .press("jj n")
        .type_text("zeta")
        .press("<tab>")
        .type_text("two")
        .press("<enter>")
        .shows("1 key created");
    scenario.shows("keys 15/10,000").shows("3 Keys · BasicPlan · 15").shows("▌ two zeta");
    scenario.press("3 D y").shows("1 key deleted").shows("3 Keys · BasicPlan · 14");
    scenario
        .press("<esc>g 3/")
        .type_text("zeta")
        .press("<enter> D y")
        .shows("no keys match")
        .shows("keys 14/10,000");
}

#[test]
fn ten_keys_are_created_and_deleted_in_bulk() {
    for (mut scenario, keys) in both_consoles() {
        scenario.press("j n").type_text("demo").press("<tab>").type_text("k");
        scenario
            .press("<tab><tab><tab><backspace>")
            .type_text("10")
            .press("<enter>")
            .shows("10 keys created");
        scenario
            .shows(&format!("keys {}/10,000", keys + 10))
            .press("g 3/")
            .type_text("tenant:demo")
            .press("<enter>")
            .shows("all plans · 10");
        scenario
            .press("<space> G <ctrl-space>")
            .shows("10 marked")
            .press("D")
            .shows("Delete 10")
            .press("<tab><enter>");
        scenario.shows("10 keys deleted").shows(&format!("keys {keys}/10,000")).lacks("marked");
    }
}

#[test]
fn an_edit_changes_the_tenant_key_and_the_api_key() {
    for (mut scenario, _) in both_consoles() {
        scenario.press("j 3 e").type_text("-2").press("<tab><tab><space><enter>").shows("Cancel");
        scenario.press("y").shows("1 key edited").press("d");
        scenario.shows("-2").shows("enabled no").shows("disabled: calls return 403");
    }
}

#[test]
fn a_key_value_is_revealed_hidden_and_copied() {
    for (mut scenario, _) in both_consoles() {
        scenario
            .press("j 3 d")
            .shows("value ••••")
            .press("v")
            .lacks("value ••••")
            .wait(30)
            .shows("value ••••");
        scenario.press("y").shows("is on the clipboard");
        assert_eq!(scenario.count_effects(|effect| matches!(effect, Effect::CopyValue(_))), 1);
    }
}

#[test]
fn calls_succeed_until_the_quota_is_spent() {
    for (mut scenario, _) in both_consoles() {
        scenario.press("j 3 t").shows("200 · ok");
        for _ in 0..24 {
            scenario.press("t").wait(1);
        }
        scenario.shows("429").shows("quota");
    }
}

#[test]
fn a_failed_create_leaves_nothing_behind_and_shows_the_reason() {
    for (mut scenario, keys) in both_consoles() {
        let limit_exceeded = fault_on(
            "CreateUsagePlanKey",
            Answer::Error {
                status: 429,
                code: "LimitExceededException".to_owned(),
                message: "too many keys".to_owned(),
            },
        );
        scenario
            .inject_fault(limit_exceeded)
            .press("j n")
            .type_text("zeta")
            .press("<tab>")
            .type_text("one")
            .press("<enter>");
        scenario.shows("too many keys").shows(&format!("keys {keys}/10,000")).shows("3 Keys · TestPlan · 4");
    }
}

#[test]
fn a_denied_refresh_names_the_iam_action_and_keeps_the_data() {
    for (mut scenario, _) in both_consoles() {
        scenario
            .inject_fault(fault_on("GetUsagePlans", Answer::AccessDenied { action: None }))
            .wait(150)
            .press("r");
        scenario
            .shows("apigateway:GET")
            .shows("ask for the IAM action")
            .shows("stale, 2 min ago")
            .shows("acme");
        scenario.clear_faults().press("r").lacks("stale").shows("just now");
    }
}

#[test]
fn plans_and_tenants_are_shown_without_permission_to_list_api_keys() {
    let mut scenario = sample();
    scenario.inject_fault(fault_on("GetApiKeys", Answer::AccessDenied { action: None })).press("r");
    scenario.shows("apigateway:GET on /apikeys").shows("keys ?/10,000").shows("acme").lacks("missing");
}

#[test]
fn a_lost_connection_does_not_end_the_console() {
    let connection_cut =
        Fault { service: Some(Service::ApiGateway), answer: Answer::Cut, ..Fault::default() };
    let mut scenario = Scenario::builder(World::Sample).with_fault(connection_cut).start();
    scenario.shows("could not read keys").shows("check the network").clear_faults().press("r").shows("acme");
    assert_eq!(scenario.count_effects(is_quit), 0);
}

#[test]
fn expired_credentials_show_how_to_renew_them() {
    for (mut scenario, _) in both_consoles() {
        scenario
            .inject_fault(fault_on("GetUsagePlans", Answer::ExpiredToken))
            .press("r")
            .shows("expired")
            .shows("renew");
    }
}

#[test]
fn deleting_a_key_whose_api_key_is_already_gone_succeeds() {
    for (mut scenario, _) in both_consoles() {
        let lost_response = Fault {
            operation: Some("DeleteApiKey".to_owned()),
            times: Some(1),
            when: When::After,
            answer: Answer::Cut,
            ..Fault::default()
        };
        scenario.inject_fault(lost_response).press("j 3 D y").lacks("1 key deleted");
        scenario.clear_faults().press("r D y").shows("1 key deleted");
    }
}

#[test]
fn a_read_only_context_writes_nothing() {
    let read_only = Options { is_read_only: true, ..options() };
    let mut scenario = Scenario::builder(World::Sample).size(120, 40).with_options(read_only).start();
    for keys in ["j 3 D y", "D<tab><enter>", "n<enter>", "e<enter>", ":delete<enter>y"] {
        scenario.press(keys).shows("[ro]");
    }
    scenario.press("<esc>r").shows("keys 14/10,000").shows("3 Keys · TestPlan · 4");
    assert_eq!(scenario.count_effects(|effect| matches!(effect, Effect::Apply(..))), 0);
}

#[test]
fn an_empty_account_names_the_key_that_sets_it_up() {
    Scenario::builder(World::Empty).start().shows("Press s to set up this account");
}
