//! The console while only a part of the account was read, and the reads of the keys of plans.

use std::sync::Arc;
use std::time::Duration;

use keypool::aws::{Failure, Pace};
use keypool::ops::{KeyLookup, Progress};
use keypool::tui::{Effect, Event, Options, PartialResult, Query, QueryResult, Snapshot, TaskId, TaskReport};
use keypool_domain::key_lookup::KeyQuery;
use keypool_domain::testing::InventoryBuilder;
use keypool_domain::{Extent, Extents, Inventory, Known, PlanId, TenantKey, Unknown};

use crate::support::console::{Console, options};

/// The task that reads the account first.
const FIRST_READ: TaskId = TaskId(2);

fn part(inventory: Arc<Inventory>) -> TaskReport {
    TaskReport::Part(PartialResult::Inventory(Snapshot::new(inventory)))
}

/// The first two tenant keys of the sample; pools and API keys are not read.
fn first_keys() -> Arc<Inventory> {
    let tenant_keys = Extent::Partial { read: 2, about: Some(12) };
    let mut count = 0;
    InventoryBuilder::sample()
        .edit_parts(|parts| {
            parts.tenant_keys.retain(|_| {
                count += 1;
                count <= 2
            });
            parts.pools.clear();
            parts.members.clear();
            parts.api_keys = Known::Unknown(Unknown::NotReadYet);
            parts.extents = Extents { tenant_keys, ..Extents::NOTHING };
        })
        .build_as_read()
}

/// The whole sample without the keys of its plans.
fn without_members() -> Arc<Inventory> {
    InventoryBuilder::sample().build_as_read()
}

fn reading_console() -> Console {
    let mut console = Console::new(120, 40, options());
    console.finish_connecting();
    assert_eq!(console.effects.last(), Some(&Effect::Load(FIRST_READ, Query::Inventory, None)));
    console
}

fn member_queries(console: &Console) -> Vec<&Query> {
    let queries = console.effects.iter().filter_map(|effect| match effect {
        Effect::Load(_, query @ (Query::MembersOfPlan(_) | Query::MembersOfPlans(_)), _) => Some(query),
        _ => None,
    });
    queries.collect()
}

fn task_of(console: &Console, query: &Query) -> TaskId {
    let task = |effect: &Effect| match effect {
        Effect::Load(id, other, _) if other == query => Some(*id),
        _ => None,
    };
    console.effects.iter().rev().find_map(task).expect("the query runs")
}

#[test]
fn what_is_not_read_yet_is_shown_as_such() {
    let mut console = reading_console();
    let doing = "tenant keys: 2 of about 12 · API keys: 500 so far".to_owned();
    let progress = Progress { done: 502, total: None, doing };
    console.send_event(Event::Task(FIRST_READ, TaskReport::Progress(progress)));
    console.send_event(Event::Task(FIRST_READ, part(first_keys())));
    console
        .shows("reading the account · tenant keys: 2 of about 12 · API keys: 500 so far")
        .shows("all plans 1…")
        .shows("PremiumPlan … …")
        .shows("Keys · all plans · 2…")
        .shows("pools are not read yet")
        .lacks("siloed")
        .lacks("stale");
    assert_eq!(member_queries(&console), [&Query::Inventory; 0]);
    console.press("1jj").shows("2 Pool · FreePlan · …");
    console.press("kk").send_event(Event::Task(FIRST_READ, loaded(InventoryBuilder::sample().build())));
    console.shows("PremiumPlan siloed 4").shows("Keys · all plans · 12 ·").lacks("of about").lacks("12…");
}

#[test]
fn what_the_rest_of_the_account_waits_for_is_shown_with_how_much_was_read() {
    let mut console = reading_console();
    let doing = "tenant keys: 2 of about 12".to_owned();
    let progress = Progress { done: 2, total: None, doing };
    console.send_event(Event::Task(FIRST_READ, TaskReport::Progress(progress)));
    console.send_event(Event::Task(FIRST_READ, part(first_keys())));
    let pace = Pace { operation: None, calls_per_second: 3.0, waiting: 42, wait: Duration::from_secs(14) };
    console.send_event(Event::Pace(Some(pace)));
    let line = "reading the account · tenant keys: 2 of about 12 · AWS limits the rate, about 14 s";
    console.shows(line).wait(6).shows(&format!("{line} · Esc cancels"));
    console.send_event(Event::Pace(None)).shows("2 of about 12 · Esc cancels");
}

#[test]
fn what_needs_the_missing_parts_is_refused_and_the_rest_works() {
    let mut console = reading_console();
    console.send_event(Event::Task(FIRST_READ, part(first_keys())));
    console.effects.clear();
    let missing = "not read yet";
    for keys in ["3 D", "R", "E", "u"] {
        console.press(keys);
        assert!(
            console.effects.iter().all(|effect| !matches!(effect, Effect::Apply(..) | Effect::Export(..))),
            "{keys}"
        );
    }
    console.press("<esc> 3 D").shows(missing).shows("wait for the rest, or refresh");
    console.press("3 v");
    let reveals = |effect: &Effect| matches!(effect, Effect::Load(_, Query::Secret(..), Some(_)));
    assert!(console.effects.iter().any(reveals), "{:?}", console.effects);
}

#[test]
fn a_complete_account_stays_until_the_next_is_complete() {
    let mut console = Console::with_inventory(InventoryBuilder::sample().build(), 120, 40);
    console.press("r");
    let refresh = task_of(&console, &Query::Inventory);
    console.send_event(Event::Task(refresh, part(first_keys())));
    console.shows("Keys · all plans · 12 ·").shows("PremiumPlan siloed 4");
    console.press("3 D").shows("Cancel");
}

#[test]
fn a_failed_read_keeps_the_part_that_was_shown() {
    let mut console = reading_console();
    console.send_event(Event::Task(FIRST_READ, part(first_keys())));
    let failure = Failure::TooManyRequests { operation: "Scan".to_owned() };
    console.send_event(Event::Task(FIRST_READ, TaskReport::Loaded(Err(failure))));
    console.shows("Keys · all plans · 2…").shows("stale").shows("r refresh");
    console.press("r");
    let refresh = task_of(&console, &Query::Inventory);
    console.send_event(Event::Task(refresh, loaded(InventoryBuilder::sample().build())));
    console.shows("Keys · all plans · 12 ·").lacks("stale");
}

#[test]
fn a_key_lookup_waits_for_all_keys() {
    let mut console = reading_console();
    console.send_event(Event::Task(FIRST_READ, part(first_keys())));
    console.press("w").type_text("acme-key").press("<enter>").shows("waiting until all keys are read");
    let looks_up = |effect: &Effect| matches!(effect, Effect::Load(_, Query::KeyLookup(_), _));
    assert!(!console.effects.iter().any(looks_up));
    console.send_event(Event::Task(FIRST_READ, loaded(InventoryBuilder::sample().build())));
    assert!(console.lacks("waiting").effects.iter().any(looks_up));
}

#[test]
fn a_found_key_is_shown_once_it_is_known_who_shares_it() {
    let mut console = reading_console();
    let unresolved = InventoryBuilder::sample().edit_parts(|parts| {
        parts.members.clear();
        parts.tenant_keys[0].pool_key = Known::Unknown(Unknown::NotReadYet);
    });
    console.send_event(Event::Task(FIRST_READ, loaded(unresolved.build_as_read())));
    let complete = InventoryBuilder::sample().build();
    let members = task_of(&console, &Query::MembersOfPlans(plan_ids(&complete)));
    console.press("w").type_text("acme-key").press("<enter>");
    let lookup = task_of(&console, &Query::KeyLookup(KeyQuery::new("acme-key").expect("a query")));
    let found = KeyLookup { matches: Vec::new(), searched: vec!["two keys".to_owned()], remark: None };
    console.send_event(Event::Task(lookup, TaskReport::Loaded(Ok(QueryResult::KeyLookup(found)))));
    console.lacks("searched two keys");
    let read = QueryResult::Membership(Snapshot::new(complete));
    console.send_event(Event::Task(members, TaskReport::Loaded(Ok(read))));
    console.shows("searched two keys");
}

#[test]
fn the_number_of_tenants_of_a_key_is_marked_while_there_may_be_more() {
    let mut console = reading_console();
    let complete = InventoryBuilder::sample().build();
    let pooled = |key: &&TenantKey| key.known_pool_key().is_some();
    let api_key = complete.tenant_keys().iter().find(pooled).expect("a pooled key").known_pool_key();
    let api_key = api_key.expect("a pool key").clone();
    let all = complete.tenant_keys_of_api_key(&api_key).len();
    let unresolved = InventoryBuilder::sample().edit_parts(|parts| {
        let mut keys = parts.tenant_keys.iter_mut();
        let key = keys.find(|key| key.refers_to(&api_key)).expect("a reference");
        key.pool_key = Known::Unknown(Unknown::NotReadYet);
    });
    console.send_event(Event::Task(FIRST_READ, loaded(unresolved.build_as_read())));
    console.press("3").shows(&format!("by {}…", all - 1)).lacks(&format!("by {all} "));
}

#[test]
fn a_cursor_on_the_first_row_stays_there_while_keys_arrive() {
    let mut console = reading_console();
    let last = InventoryBuilder::sample().edit_parts(|parts| {
        parts.tenant_keys.retain(|key| key.tenant.as_str() == "umbrella");
        parts.extents =
            Extents { tenant_keys: Extent::Partial { read: 3, about: None }, ..Extents::default() };
    });
    let last = last.build_as_read();
    let selected = |console: &Console| {
        let screen = console.screen();
        let list = screen.split_once("3 Keys").map(|(_, list)| list.to_owned()).expect("the keys");
        list.lines().find(|line| line.contains('▌')).expect("a cursor").to_owned()
    };
    console.send_event(Event::Task(FIRST_READ, part(Arc::clone(&last)))).press("3");
    assert!(selected(&console).contains("umbrella"));
    let mut moved = console.clone();
    moved.press("j");
    console.send_event(Event::Task(FIRST_READ, loaded(InventoryBuilder::sample().build())));
    assert!(selected(&console).contains("acme"), "{}", console.screen());
    moved.send_event(Event::Task(FIRST_READ, loaded(InventoryBuilder::sample().build())));
    assert!(selected(&moved).contains("umbrella"), "{}", moved.screen());
}

fn loaded(inventory: Arc<Inventory>) -> TaskReport {
    TaskReport::Loaded(Ok(QueryResult::Inventory(Snapshot::new(inventory))))
}

fn plan_ids(inventory: &Inventory) -> Vec<PlanId> {
    inventory.plans().iter().map(|plan| plan.id.clone()).collect()
}

#[test]
fn the_keys_of_plans_are_read_after_the_account_and_of_the_plan_under_the_cursor_first() {
    let inventory = without_members();
    let all = Query::MembersOfPlans(plan_ids(&inventory));
    let mut console = reading_console();
    console.send_event(Event::Task(FIRST_READ, loaded(Arc::clone(&inventory))));
    assert_eq!(member_queries(&console), [&all]);
    console.press("1j");
    let first = Query::MembersOfPlan(inventory.plans()[0].id.clone());
    assert_eq!(member_queries(&console), [&all, &first]);
    // A cursor that moves on waits until that plan was read, and asks only for the plan where it stops.
    console.press("jj");
    assert_eq!(member_queries(&console), [&all, &first]);
    let id = task_of(&console, &first);
    let result = QueryResult::Membership(Snapshot::new(Arc::clone(&inventory)));
    console.send_event(Event::Task(id, TaskReport::Loaded(Ok(result))));
    let last = Query::MembersOfPlan(inventory.plans()[2].id.clone());
    assert_eq!(member_queries(&console), [&all, &first, &last]);
    let id = task_of(&console, &last);
    console.send_event(Event::Task(id, TaskReport::Loaded(Err(Failure::Cancelled))));
    console.press("j k");
    assert!(member_queries(&console).len() <= 5, "a failed read is not repeated without end");
}

#[test]
fn known_keys_of_plans_are_read_again_only_on_request_or_when_they_are_old() {
    let every_minute = Options { refresh: Some(Duration::from_secs(60)), ..options() };
    let complete = InventoryBuilder::sample().build();
    let mut console = Console::with_options(every_minute, Arc::clone(&complete), 120, 40);
    console.press("1jj");
    assert_eq!(member_queries(&console), [&Query::Inventory; 0]);
    console.wait(60);
    let refresh = task_of(&console, &Query::Inventory);
    console.send_event(Event::Task(refresh, loaded(Arc::clone(&complete))));
    let under_cursor = Query::MembersOfPlan(complete.plans()[1].id.clone());
    assert_eq!(member_queries(&console), [&under_cursor], "a refresh keeps all others");
    let id = task_of(&console, &under_cursor);
    let result = || TaskReport::Loaded(Ok(QueryResult::Membership(Snapshot::new(Arc::clone(&complete)))));
    console.send_event(Event::Task(id, result()));
    console.effects.clear();
    console.press("r");
    let refresh = task_of(&console, &Query::Inventory);
    console.send_event(Event::Task(refresh, loaded(Arc::clone(&complete))));
    let all = Query::MembersOfPlans(plan_ids(&complete));
    assert_eq!(member_queries(&console), [&all]);
    let id = task_of(&console, &all);
    console.send_event(Event::Task(id, result()));
    console.effects.clear();
    console.press("k");
    assert_eq!(member_queries(&console), [&Query::Inventory; 0]);
    console.wait(59);
    console.press("j");
    assert_eq!(member_queries(&console), [&Query::Inventory; 0]);
    console.wait(1);
    assert_eq!(member_queries(&console), [&under_cursor], "older than a refresh");
}

#[test]
fn the_keys_pane_says_what_the_keys_of_the_plans_wait_for_or_why_they_are_not_known() {
    let mut console = reading_console();
    console.send_event(Event::Task(FIRST_READ, loaded(without_members()))).lacks("keys of the plans");
    let pace = Pace { operation: None, calls_per_second: 3.0, waiting: 42, wait: Duration::from_secs(14) };
    console.send_event(Event::Pace(Some(pace))).shows("keys of the plans: waiting for AWS's rate");
    console.press("1j").shows("keys of the plan: waiting for AWS's rate").send_event(Event::Pace(None));
    let members = task_of(&console, &Query::MembersOfPlans(plan_ids(&without_members())));
    let denied = Failure::Denied { action: "apigateway:GET".to_owned(), resource: "/usageplans".to_owned() };
    console.send_event(Event::Task(members, TaskReport::Loaded(Err(denied))));
    console.shows("keys of the plan: denied: apigateway:GET").press("k").shows("keys of the plans: denied");
}

#[test]
fn the_footer_offers_only_what_is_not_refused_and_the_refusal_names_the_missing_part() {
    let mut console = reading_console();
    console.press("3").lacks("D delete").lacks("t test").press("n").shows("the account is not loaded yet");
    console.send_event(Event::Task(FIRST_READ, part(first_keys()))).press("3");
    console.lacks("n new").lacks("D delete").lacks("e edit").lacks("R rotate").shows("t test");
    for keys in ["n", "e", "D", "R", "m", "+"] {
        console.press(keys).shows("not read yet").shows("wait for the rest, or refresh").lacks("new key");
    }
    console.send_event(Event::Task(FIRST_READ, loaded(InventoryBuilder::sample().build()))).press("3");
    console.shows("n new").shows("D delete").shows("e edit").press("n").shows("new key");
}
