//! Details that a change depends on but the inventory lacks are loaded in the background before the change's dialog
//! opens.

use std::collections::BTreeMap;
use std::sync::Arc;

use keypool::aws::Failure;
use keypool::tui::{Effect, Query, QueryResult, TaskReport};
use keypool_domain::testing::InventoryBuilder;
use keypool_domain::{Change, Inventory, Known, PlanChange, Unknown};
use keypool_local_aws::{Answer, Fault, World};

use crate::support::console::Console;
use crate::support::scenario::Scenario;

fn deny(operation: &str) -> Fault {
    Fault::on(operation, Answer::AccessDenied { action: None }).always()
}

/// A scenario whose role may not read API keys, so that it is unknown which tenant keys are shared.
fn scenario_without_key_access() -> Scenario {
    let mut builder = Scenario::builder(World::Sample).size(120, 40);
    for operation in ["GetApiKeys", "GetApiKey", "GetUsagePlanKeys", "GetUsagePlanKey"] {
        builder = builder.with_fault(deny(operation));
    }
    builder.start()
}

/// Selects the first tenant key of PremiumPlan, a siloed plan.
const SELECT_FIRST_SILOED_KEY: &str = "1jjjj3";

#[test]
fn a_key_that_is_not_loaded_is_read_before_its_dialog_opens() {
    let mut scenario = scenario_without_key_access();
    scenario.press(SELECT_FIRST_SILOED_KEY).press("j").shows("skynet-feed").press("D");
    scenario.lacks("is not known").shows("[ Delete 1 key ]");
    let mut denied_completely = scenario_without_key_access();
    denied_completely.inject_fault(deny("GetUsagePlans"));
    denied_completely
        .press(SELECT_FIRST_SILOED_KEY)
        .press("jD")
        .shows("is not known")
        .lacks("[ Delete 1 key ]");
}

/// A console with the first tenant key of PremiumPlan selected, whose pool key, if any, is unknown.
fn console_with_unknown_pool_key() -> Console {
    let unknown = Known::not_allowed("apigateway:GET", "/usageplans/p/keys");
    let inventory = InventoryBuilder::sample().edit_key("premium000", |key| key.pool_key = unknown).build();
    let mut console = Console::with_inventory(inventory, 120, 40);
    console.press(SELECT_FIRST_SILOED_KEY);
    console
}

fn sample_with_plan_tags(tags: Known<BTreeMap<String, String>>) -> Arc<Inventory> {
    InventoryBuilder::sample().edit_plan("TestPlan", |plan| plan.tags = tags).build()
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
    let loaded = InventoryBuilder::sample().build();
    console.finish_task(TaskReport::Loaded(Ok(QueryResult::ChangeDetails(
        Box::new(delete.clone()),
        loaded.clone(),
    ))));
    console.shows("Delete 1").press("<tab>").press("<enter>");
    // The deletion uses the loaded details, which the displayed inventory lacks.
    let uses_loaded_inventory =
        |effect: &Effect| matches!(effect, Effect::Apply(_, _, inventory) if *inventory == loaded);
    assert!(console.effects.iter().any(uses_loaded_inventory), "no deletion was started");
}

#[test]
fn details_arriving_after_the_user_moved_on_open_no_dialog() {
    let mut console = console_with_unknown_pool_key();
    let delete = Change::Delete(vec!["premium000".into()]);
    console.press("D").press("/");
    let details = QueryResult::ChangeDetails(Box::new(delete), InventoryBuilder::sample().build());
    console.finish_task(TaskReport::Loaded(Ok(details))).lacks("[ Delete 1 key ]");
    console.shows("cancelled, because something else was opened");
    let mut console = console_with_unknown_pool_key();
    console.press("D").finish_task(TaskReport::Loaded(Err(Failure::NoRegion))).lacks("Delete 1");
}

#[test]
fn unread_plan_tags_are_read_before_the_plan_is_changed() {
    let mut console =
        Console::with_inventory(sample_with_plan_tags(Known::Unknown(Unknown::NotReadYet)), 120, 40);
    console.press("1jD").shows("reading what the change depends on");
    let delete: Change = PlanChange::Delete("testplan".into()).into();
    assert_eq!(requested_details(&console), std::slice::from_ref(&delete));
    let still_unknown = sample_with_plan_tags(Known::not_allowed("apigateway:GET", "/usageplans/p"));
    assert!(matches!(still_unknown.plans()[0].tags, Known::Unknown(_)));
    console.finish_task(TaskReport::Loaded(Ok(QueryResult::ChangeDetails(Box::new(delete), still_unknown))));
    console.shows("is not known").shows("apigateway:GET").lacks("[ Delete");
}
