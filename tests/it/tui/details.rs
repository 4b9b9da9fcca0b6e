//! Before a dialog opens: what the change depends on and was not read with the account is asked for, without holding up
//! the console.

use keypool::aws::Failure;
use keypool::ops::Query;
use keypool::tui::{Answer, Effect, Outcome};
use keypool_domain::{Change, Known, PlanChange};
use keypool_local_aws::{Answer as LocalAnswer, Fault, World as LocalWorld};

use crate::support::console::Console;
use crate::support::scenario::Scenario;
use crate::support::world::World;

fn denied(operation: &str) -> Fault {
    Fault::on(operation, LocalAnswer::AccessDenied { action: None }).always()
}

/// A console whose role may read no values, and so does not know from the lists which tenant keys are shared.
fn without_values() -> Scenario {
    let mut beginning = Scenario::in_world(LocalWorld::Sample).size(120, 40);
    for operation in ["GetApiKeys", "GetApiKey", "GetUsagePlanKeys", "GetUsagePlanKey"] {
        beginning = beginning.meeting(denied(operation));
    }
    beginning.open()
}

/// The first tenant key in PremiumPlan, where each has an API key of its own.
const FIRST_SILOED: &str = "1jjjj3";

#[test]
fn the_key_at_hand_is_asked_for_before_the_dialog_opens() {
    let mut scenario = without_values();
    scenario.press(FIRST_SILOED).press("j").sees("skynet-feed").press("D");
    scenario.misses("is not known").sees("[ Delete 1 ]");
    let mut denied_too = without_values();
    denied_too.meets(denied("GetUsagePlans"));
    denied_too.press(FIRST_SILOED).press("jD").sees("is not known").misses("[ Delete 1 ]");
}

/// A console that does not know which API key the first tenant key of PremiumPlan sends.
fn unknown_reference() -> Console {
    let inventory = World::sample().unknown_reference("premium000").build();
    let mut console = Console::showing(inventory, 120, 40);
    console.press(FIRST_SILOED);
    console
}

fn details_asked(console: &Console) -> Vec<Change> {
    let change = |effect: &Effect| match effect {
        Effect::Load(_, Query::ChangeDetails(change), _) => Some((**change).clone()),
        _ => None,
    };
    console.asked.iter().filter_map(change).collect()
}

#[test]
fn the_console_goes_on_while_details_are_read_and_says_what_it_reads() {
    let mut console = unknown_reference();
    let delete = Change::Delete(vec!["premium000".into()]);
    console.press("D").sees("reading what the change depends on");
    assert_eq!(details_asked(&console), std::slice::from_ref(&delete));
    console.press("jk").sees("reading what the change depends on");
    let known = World::sample().build();
    console.done(Outcome::Loaded(Ok(Answer::ChangeDetails(Box::new(delete.clone()), known.clone()))));
    console.sees("Delete 1").press("<tab>").press("<enter>");
    // The deletion is decided on what was asked for, although the account that is shown does not have it.
    let is_decided_on = |effect: &Effect| matches!(effect, Effect::Apply(_, _, on) if *on == known);
    assert!(console.asked.iter().any(is_decided_on), "nothing is deleted");
}

#[test]
fn details_that_come_too_late_open_no_dialog() {
    let mut console = unknown_reference();
    let delete = Change::Delete(vec!["premium000".into()]);
    console.press("D").press("/");
    let answer = Answer::ChangeDetails(Box::new(delete), World::sample().build());
    console.done(Outcome::Loaded(Ok(answer))).misses("[ Delete 1 ]");
    console.sees("not asked");
    let mut console = unknown_reference();
    console.press("D").done(Outcome::Loaded(Err(Failure::NoRegion))).misses("Delete 1");
}

#[test]
fn a_plan_whose_tags_were_not_read_is_asked_for_before_it_is_changed() {
    let mut console = Console::showing(World::sample().unread_tags("TestPlan").build(), 120, 40);
    console.press("1jD").sees("reading what the change depends on");
    let delete: Change = PlanChange::Delete("testplan".into()).into();
    assert_eq!(details_asked(&console), std::slice::from_ref(&delete));
    let still = World::sample().tags_not_allowed("TestPlan").build();
    assert!(matches!(still.plans()[0].tags, Known::Unknown(_)));
    console.done(Outcome::Loaded(Ok(Answer::ChangeDetails(Box::new(delete), still))));
    console.sees("is not known").sees("apigateway:GET").misses("[ Delete");
}
