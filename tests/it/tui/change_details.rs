//! Before a dialog opens: what the change depends on and was not read with the account is asked for, without holding up
//! the console.

use keypool::aws::Failure;
use keypool::ops::Query;
use keypool::tui::{Effect, LoadedData, TaskReport};
use keypool_domain::{Change, Known, PlanChange};
use keypool_local_aws::{Answer as LocalAnswer, Fault, World as LocalWorld};

use crate::support::console::Console;
use crate::support::inventory_builder::InventoryBuilder;
use crate::support::scenario::Scenario;

fn deny(operation: &str) -> Fault {
    Fault::on(operation, LocalAnswer::AccessDenied { action: None }).always()
}

/// A console whose role may read no values, and so does not know from the lists which tenant keys are shared.
fn scenario_without_key_access() -> Scenario {
    let mut beginning = Scenario::builder(LocalWorld::Sample).size(120, 40);
    for operation in ["GetApiKeys", "GetApiKey", "GetUsagePlanKeys", "GetUsagePlanKey"] {
        beginning = beginning.with_fault(deny(operation));
    }
    beginning.start()
}

/// The first tenant key in PremiumPlan, where each has an API key of its own.
const SELECT_FIRST_SILOED: &str = "1jjjj3";

#[test]
fn a_key_that_is_not_loaded_is_read_before_its_dialog_opens() {
    let mut scenario = scenario_without_key_access();
    scenario.press(SELECT_FIRST_SILOED).press("j").shows("skynet-feed").press("D");
    scenario.lacks("is not known").shows("[ Delete 1 key ]");
    let mut denied_too = scenario_without_key_access();
    denied_too.inject_fault(deny("GetUsagePlans"));
    denied_too.press(SELECT_FIRST_SILOED).press("jD").shows("is not known").lacks("[ Delete 1 key ]");
}

/// A console that does not know which API key the first tenant key of PremiumPlan sends.
fn console_with_unknown_pool_key() -> Console {
    let inventory = InventoryBuilder::sample().with_unknown_pool_key("premium000").build();
    let mut console = Console::with_inventory(inventory, 120, 40);
    console.press(SELECT_FIRST_SILOED);
    console
}

fn requested_details(console: &Console) -> Vec<Change> {
    let change = |effect: &Effect| match effect {
        Effect::Load(_, Query::ChangeDetails(change), _) => Some((**change).clone()),
        _ => None,
    };
    console.effects.iter().filter_map(change).collect()
}

#[test]
fn the_console_stays_usable_while_change_details_load() {
    let mut console = console_with_unknown_pool_key();
    let delete = Change::Delete(vec!["premium000".into()]);
    console.press("D").shows("reading what the change depends on");
    assert_eq!(requested_details(&console), std::slice::from_ref(&delete));
    console.press("jk").shows("reading what the change depends on");
    let known = InventoryBuilder::sample().build();
    console.finish_task(TaskReport::Loaded(Ok(LoadedData::ChangeDetails(
        Box::new(delete.clone()),
        known.clone(),
    ))));
    console.shows("Delete 1").press("<tab>").press("<enter>");
    // The deletion is decided on what was asked for, although the account that is shown does not have it.
    let is_decided_on = |effect: &Effect| matches!(effect, Effect::Apply(_, _, on) if *on == known);
    assert!(console.effects.iter().any(is_decided_on), "nothing is deleted");
}

#[test]
fn details_arriving_after_the_user_moved_on_open_no_dialog() {
    let mut console = console_with_unknown_pool_key();
    let delete = Change::Delete(vec!["premium000".into()]);
    console.press("D").press("/");
    let answer = LoadedData::ChangeDetails(Box::new(delete), InventoryBuilder::sample().build());
    console.finish_task(TaskReport::Loaded(Ok(answer))).lacks("[ Delete 1 key ]");
    console.shows("cancelled, because something else was opened");
    let mut console = console_with_unknown_pool_key();
    console.press("D").finish_task(TaskReport::Loaded(Err(Failure::NoRegion))).lacks("Delete 1");
}

#[test]
fn unread_plan_tags_are_read_before_the_plan_is_changed() {
    let mut console =
        Console::with_inventory(InventoryBuilder::sample().with_unread_tags("TestPlan").build(), 120, 40);
    console.press("1jD").shows("reading what the change depends on");
    let delete: Change = PlanChange::Delete("testplan".into()).into();
    assert_eq!(requested_details(&console), std::slice::from_ref(&delete));
    let still = InventoryBuilder::sample().with_denied_tags("TestPlan").build();
    assert!(matches!(still.plans()[0].tags, Known::Unknown(_)));
    console.finish_task(TaskReport::Loaded(Ok(LoadedData::ChangeDetails(Box::new(delete), still))));
    console.shows("is not known").shows("apigateway:GET").lacks("[ Delete");
}
