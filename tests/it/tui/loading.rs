//! Loading the account: first screen, progress, failures, age, and idling.

use std::time::Duration;

use jiff::SignedDuration;
use keypool::aws::Failure;
use keypool::ops::Progress;
use keypool::tui::{Effect, Event, Options, Query, TaskId, TaskReport};
use keypool_domain::Inventory;
use keypool_domain::testing::{InventoryBuilder, start_time};

use crate::support::console::{Console, options};

fn timeout_failure() -> Failure {
    Failure::Unreachable {
        endpoint: "https://apigateway.eu-central-1.amazonaws.com".into(),
        cause: "timed out".into(),
    }
}

fn denied_outcome() -> TaskReport {
    let action = "apigateway:GET".to_owned();
    TaskReport::Loaded(Err(Failure::Denied { action, resource: "/apikeys".to_owned() }))
}

#[test]
fn the_first_screen_appears_before_any_data() {
    let mut console = Console::new(80, 24, options());
    assert_eq!(console.effects, [Effect::Connect(TaskId(1))]);
    console.shows("connecting").finish_connecting().shows("reading keys");
    assert_eq!(console.effects[1..], [Effect::Load(TaskId(2), Query::Inventory, None)]);
    let doing = "API keys".to_owned();
    console.send_event(Event::Task(
        TaskId(2),
        TaskReport::Progress(Progress { done: 500, total: Some(1_200), doing }),
    ));
    console
        .shows("reading keys · API keys 500/1,200")
        .finish_loading(InventoryBuilder::sample().build())
        .shows("just now");
}

#[test]
fn a_failed_connection_suggests_what_to_do_and_is_retried_by_hand() {
    let mut console = Console::new(80, 24, options());
    console.finish_task(TaskReport::Connected(Err(timeout_failure())));
    console
        .shows("no connection to https://apigateway")
        .shows("check the network")
        .shows("could not read keys")
        .lacks("no keys")
        .shows("r refresh");
    console.press("r");
    assert_eq!(console.effects[1..], [Effect::Connect(TaskId(2))]);
}

#[test]
fn stale_data_stays_visible_and_is_marked() {
    let mut console = Console::with_inventory(InventoryBuilder::sample().build(), 80, 24);
    console.wait(125).press("r").shows("reading").finish_task(denied_outcome());
    console
        .shows("stale, 2 min ago")
        .shows("not allowed: apigateway:GET on /apikeys")
        .shows("ask for the IAM action")
        .shows("r refresh");
    console
        .shows("acme")
        .press("r")
        .finish_loading(InventoryBuilder::sample().build())
        .lacks("stale")
        .lacks("r refresh");
}

#[test]
fn outcomes_of_unknown_tasks_are_ignored() {
    let mut console = Console::with_inventory(InventoryBuilder::sample().build(), 80, 24);
    console.send_event(Event::Task(TaskId(99), denied_outcome())).lacks("not allowed");
    console.send_event(Event::Task(TaskId(2), denied_outcome())).lacks("not allowed");
}

#[test]
fn refreshes_run_at_the_interval_and_one_at_a_time() {
    let every_minute = Options { refresh: Some(Duration::from_secs(60)), ..options() };
    let mut console = Console::with_options(every_minute, InventoryBuilder::sample().build(), 80, 24);
    console.wait(59);
    assert_eq!(console.effects, []);
    console.wait(1);
    assert!(matches!(console.effects[..], [Effect::Load(_, Query::Inventory, Some(_))]));
    console.press("r").wait(120);
    assert_eq!(console.effects.len(), 1);
}

/// When the console wakes up next, in seconds after the start.
fn next_wake_up(console: &Console) -> Option<i64> {
    console.app.wakes_at().map(|at| at.duration_since(start_time()).as_secs())
}

#[test]
fn an_idle_console_wakes_only_to_update_ages() {
    let mut console = Console::with_inventory(InventoryBuilder::sample().build(), 80, 24);
    assert_eq!(next_wake_up(&console), Some(10));
    console.wait(61);
    assert_eq!(next_wake_up(&console), Some(120));
    console.wait(3_600);
    assert_eq!(next_wake_up(&console), Some(7_200));
    let connecting = Console::new(80, 24, options());
    let wake_up = connecting.app.wakes_at().map(|at| at.duration_since(start_time()));
    assert!(wake_up.is_some_and(|wake_up| wake_up < SignedDuration::from_secs(1)), "the spinner moves");
}

#[test]
fn user_actions_add_no_wakeups() {
    let every_minute = Options { refresh: Some(Duration::from_secs(60)), ..options() };
    let mut console =
        Console::with_options(every_minute, InventoryBuilder::many_keys(40_000).build(), 120, 40);
    for keys in ["j", "3jG", "/ tenant <enter>", "S", "<space>", "? <esc>", "n <esc>", "<esc>", "d <esc>"] {
        console.press(keys);
        assert_eq!(next_wake_up(&console), Some(10), "after {keys}");
        assert_eq!(console.effects, [], "after {keys}");
    }
    console.wait(55);
    assert_eq!(next_wake_up(&console), Some(60));
}

#[test]
fn esc_cancels_a_refresh_and_keeps_the_data() {
    let mut console = Console::with_inventory(InventoryBuilder::sample().build(), 80, 24);
    console.press("r");
    let id = console.last_task_id();
    console.press("<esc>");
    assert_eq!(console.effects.last(), Some(&Effect::Cancel(id)));
    console.finish_task(TaskReport::Loaded(Err(Failure::Cancelled))).shows("just now").lacks("stale");
    console.shows("stopped reading the account · r starts it again").press("j").lacks("stopped");
}

#[test]
fn the_old_inventory_is_dropped_outside_the_loop_after_a_successful_refresh() {
    let mut console = Console::with_inventory(InventoryBuilder::sample().build(), 80, 24);
    console.press("r").finish_task(denied_outcome());
    assert!(!console.effects.iter().any(|effect| matches!(effect, Effect::DropSnapshot(_))));
    console.press("r").finish_loading(InventoryBuilder::sample().build());
    assert!(
        console.effects.iter().any(|effect| matches!(effect, Effect::DropSnapshot(_))),
        "it is dropped in another task"
    );
}

#[test]
fn the_selection_survives_a_refresh() {
    let mut console = Console::with_inventory(InventoryBuilder::sample().build(), 120, 40);
    console.press("jjj 3 jj").shows("▌ web initech").press("r");
    let mut changed = InventoryBuilder::empty().plan("Another", 5);
    changed = changed.plan("BasicPlan", 2_000).pool("BasicPlan", &["basic0001x"], 10);
    for tenant in ["aaa", "initech", "zzz"] {
        changed = changed.pooled_key("BasicPlan", "basic0001x", tenant, "web");
    }
    console.finish_loading(changed.build()).shows("Pool · BasicPlan").shows("▌ web initech");
    console
        .press("r")
        .finish_loading(InventoryBuilder::empty().plan("Other", 1).build())
        .shows("3 Keys · all plans · 0");
}

#[test]
fn an_empty_inventory_is_not_an_error() {
    let empty = Inventory::clone(&InventoryBuilder::empty().build());
    Console::with_inventory(empty.into(), 80, 24).shows("keys 0/10,000");
}

#[test]
fn remarks_are_shown_once_and_kept_in_the_details() {
    let builder = || {
        InventoryBuilder::sample()
            .remark("the Keys table has no index: it is read as a whole")
            .remark("another")
    };
    let mut console = Console::opened(builder().build(), 100, 40);
    console
        .shows("the Keys table has no index")
        .shows("and 1 more")
        .press("r")
        .finish_loading(builder().build());
    console.lacks("no index").press("1d").shows("account and region").shows("no index").shows("another");
}

#[test]
fn a_slow_refresh_shows_its_duration_and_esc_cancels_it_from_any_pane() {
    let mut console = Console::with_inventory(InventoryBuilder::sample().build(), 80, 24);
    console.press("r");
    let id = console.last_task_id();
    console.press("3").wait(4).lacks("Esc stops");
    console.wait(8).shows("reading the account: waiting for AWS for 12 s · Esc cancels").press("<esc>");
    assert_eq!(console.effects.last(), Some(&Effect::Cancel(id)));
    console.shows("►3 Keys").lacks("Esc stops");
}
