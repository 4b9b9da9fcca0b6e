//! Quitting during a change, and waiting while AWS does not respond.

use std::time::Duration;

use keypool::aws::{Failure, Pace};
use keypool::ops::{Applied, Progress};
use keypool::tui::{Effect, Event, Query, TaskId, TaskReport};
use keypool_domain::TenantKeyId;
use keypool_domain::testing::InventoryBuilder;

use crate::support::console::{Console, change_outcome, options};

/// A console that is deleting three keys, with the focus on the plans.
fn console_deleting() -> (Console, TaskId) {
    let mut console = Console::with_inventory(InventoryBuilder::sample().build(), 80, 24);
    console.press("jj 3 <space><space><space> D").type_text("3").press("<enter>").press("1gg");
    let id = console.last_task_id();
    console.shows("delete 3 keys").shows("Esc stops");
    console.effects.clear();
    (console, id)
}

/// The outcome of a deletion that was stopped after the first of three keys.
fn partial_outcome() -> TaskReport {
    change_outcome(Err(Failure::Partial {
        done: 1,
        total: 3,
        subject: "globex · trial".to_owned(),
        failure: Box::new(Failure::Cancelled),
    }))
}

#[test]
fn q_warns_of_a_running_change_and_a_second_q_stops_it_and_quits() {
    let (mut console, id) = console_deleting();
    console.press("q").shows("a change is running: press q again to stop it after this step and quit");
    assert_eq!(console.effects, []);
    console.press("q").shows("stopping after this step, then quitting");
    assert_eq!(console.effects, [Effect::Cancel(id)]);
    console.press("q");
    console.send_event(Event::Task(id, partial_outcome()));
    assert_eq!(console.effects.last(), Some(&Effect::Quit));
    let message = console.app.final_message().expect("a message");
    assert!(message.starts_with("delete 3 keys: 1 of 3 done, then globex"), "{message}");
}

#[test]
fn any_other_key_cancels_the_quit_warning() {
    let (mut console, id) = console_deleting();
    console.press("q").shows("q again").press("j").lacks("q again").press("k q").shows("q again");
    assert_eq!(console.effects, []);
    console.send_event(Event::Task(id, change_outcome(Ok(Applied::default()))));
    console.effects.clear();
    console.press("q");
    assert_eq!(console.effects, [Effect::Quit]);
    assert_eq!(console.app.final_message(), None);
}

#[test]
fn ctrl_c_quits_and_reports_the_result_of_the_running_change() {
    let (mut console, id) = console_deleting();
    console.press("<ctrl-c>");
    assert_eq!(console.effects, [Effect::Quit]);
    let status = console.app.pending_change_text().expect("a status");
    assert!(status.starts_with("delete 3 keys: stopping after the running step"), "{status}");
    let message = console.app.final_message().expect("a message");
    assert!(message.contains("quit in the middle of a step"), "{message}");
    let applied =
        Applied { deleted: vec![TenantKeyId::new("a"), TenantKeyId::new("b")], ..Applied::default() };
    console.send_event(Event::Task(id, change_outcome(Ok(applied))));
    assert_eq!(console.app.pending_change_text(), None);
    assert_eq!(console.app.final_message().as_deref(), Some("2 keys deleted: tenants acme, globex, initech"));
}

#[test]
fn quitting_without_a_running_change_waits_for_nothing() {
    let mut console = Console::with_inventory(InventoryBuilder::sample().build(), 80, 24);
    console.press("r").send_event(Event::Shutdown);
    assert_eq!(console.effects.last(), Some(&Effect::Quit));
    assert_eq!((console.app.pending_change_text(), console.app.final_message()), (None, None));
}

#[test]
fn a_change_waiting_for_aws_shows_how_long_and_how_to_stop() {
    let (mut console, id) = console_deleting();
    console.wait(4).lacks("waiting for AWS").wait(3).shows("waiting for AWS for 7 s · Esc stops");
    let progress = Progress { done: 1, total: Some(3), doing: "globex · trial".to_owned() };
    console.send_event(Event::Task(id, TaskReport::Progress(progress))).lacks("waiting for AWS");
    console.wait(6).shows("· 1/3 · globex").shows("waiting for AWS for 6 s · Esc stops").press("<esc>");
    assert_eq!(console.effects, [Effect::Cancel(id)]);
    console.shows("waiting for AWS for 6 s · stopping after this step");
}

#[test]
fn a_change_that_waits_because_aws_limits_the_rate_says_so() {
    let (mut console, _) = console_deleting();
    let wait = Duration::from_secs(14);
    let pace = Pace { operation: Some("DeleteApiKey"), calls_per_second: 0.5, waiting: 7, wait };
    console.send_event(Event::Pace(Some(pace))).shows("AWS limits the rate, about 14 s · Esc stops");
    console.send_event(Event::Pace(None)).lacks("AWS limits");
}

#[test]
fn a_load_waiting_for_aws_shows_how_long_and_esc_stops_it() {
    let mut console = Console::new(80, 24, options());
    console.wait(4).lacks("waiting").wait(1).shows("connecting: waiting for AWS for 5 s · Esc cancels");
    console.finish_connecting().wait(9).shows("reading the account: waiting for AWS for 9 s · Esc cancels");
    console
        .finish_loading(InventoryBuilder::sample().build())
        .lacks("waiting")
        .press("jj 3 y")
        .shows("reading the secret value");
    let id = console.last_task_id();
    assert!(matches!(console.effects.last(), Some(Effect::Load(_, Query::Secret(..), _))));
    console.wait(5).shows("reading the secret value: waiting for AWS for 5 s · Esc cancels").press("<esc>");
    assert_eq!(console.effects.last(), Some(&Effect::Cancel(id)));
    console.finish_task(TaskReport::Loaded(Err(Failure::Cancelled))).lacks("waiting for AWS");
    console.shows("stopped reading the secret value · y starts it again");
}
