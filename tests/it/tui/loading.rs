//! Reading the account: the first picture, progress, failures, age, and doing nothing when nothing is to be done.

use std::time::Duration;

use jiff::SignedDuration;
use keypool::aws::Failure;
use keypool::ops::{Progress, Query};
use keypool::tui::{Effect, Event, Options, Outcome, TaskId};
use keypool_domain::Inventory;

use crate::support::console::{Console, options};
use crate::support::world::{World, start};

fn no_network() -> Failure {
    Failure::Unreachable {
        endpoint: "https://apigateway.eu-central-1.amazonaws.com".into(),
        why: "timed out".into(),
    }
}

fn denied() -> Outcome {
    let action = "apigateway:GET".to_owned();
    Outcome::Loaded(Err(Failure::Denied { action, resource: "/apikeys".to_owned() }))
}

#[test]
fn draws_before_anything_is_known() {
    let mut console = Console::new(80, 24, options());
    assert_eq!(console.asked, [Effect::Connect(TaskId(1))]);
    console.sees("connecting").connected().sees("reading keys");
    assert_eq!(console.asked[1..], [Effect::Load(TaskId(2), Query::Inventory, None)]);
    let doing = "API keys".to_owned();
    console
        .event(Event::Done(TaskId(2), Outcome::Progress(Progress { done: 500, total: Some(1_200), doing })));
    console.sees("reading keys · API keys 500/1,200").loaded(World::sample().build()).sees("just now");
}

#[test]
fn a_failed_connection_says_what_to_do_and_is_tried_again_by_hand() {
    let mut console = Console::new(80, 24, options());
    console.done(Outcome::Connected(Err(no_network())));
    console
        .sees("no connection to https://apigateway")
        .sees("check the network")
        .sees("no keys could be read")
        .sees("nothing to call yet")
        .sees("r refresh");
    console.press("r");
    assert_eq!(console.asked[1..], [Effect::Connect(TaskId(2))]);
}

#[test]
fn stale_data_stays_and_says_so() {
    let mut console = Console::showing(World::sample().build(), 80, 24);
    console.wait(125).press("r").sees("reading").done(denied());
    console
        .sees("stale, 2 min ago")
        .sees("not allowed: apigateway:GET on /apikeys")
        .sees("ask for the IAM action")
        .sees("r refresh");
    console.sees("acme").press("r").loaded(World::sample().build()).misses("stale").misses("r refresh");
}

#[test]
fn an_outcome_that_nobody_awaits_is_dropped() {
    let mut console = Console::showing(World::sample().build(), 80, 24);
    console.event(Event::Done(TaskId(99), denied())).misses("not allowed");
    console.event(Event::Done(TaskId(2), denied())).misses("not allowed");
}

#[test]
fn refresh_comes_by_interval_and_one_at_a_time() {
    let every_minute = Options { refresh: Some(Duration::from_secs(60)), ..options() };
    let mut console = Console::with(every_minute, World::sample().build(), 80, 24);
    console.wait(59);
    assert_eq!(console.asked, []);
    console.wait(1);
    assert!(matches!(console.asked[..], [Effect::Load(_, Query::Inventory, Some(_))]));
    console.press("r").wait(120);
    assert_eq!(console.asked.len(), 1);
}

#[test]
fn idle_means_asleep() {
    let mut console = Console::showing(World::sample().build(), 80, 24);
    let wakes = |console: &Console| console.app.wakes_at().map(|at| at.duration_since(start()).as_secs());
    assert_eq!(wakes(&console), Some(10));
    console.wait(61);
    assert_eq!(wakes(&console), Some(120));
    console.wait(3_600);
    assert_eq!(wakes(&console), Some(7_200));
    let spinning = Console::new(80, 24, options());
    let soon = spinning.app.wakes_at().map(|at| at.duration_since(start()));
    assert!(soon.is_some_and(|soon| soon < SignedDuration::from_secs(1)));
}

#[test]
fn whatever_was_done_only_age_and_interval_wake_it() {
    let every_minute = Options { refresh: Some(Duration::from_secs(60)), ..options() };
    let mut console = Console::with(every_minute, World::many(40_000).build(), 120, 40);
    for done in ["j", "3jG", "/ tenant <enter>", "S", "<space>", "? <esc>", "n <esc>", "<esc>", "d <esc>"] {
        console.press(done);
        let wakes = console.app.wakes_at().map(|at| at.duration_since(start()).as_secs());
        assert_eq!(wakes, Some(10), "after {done}");
        assert_eq!(console.asked, [], "after {done}");
    }
    console.wait(55);
    let wakes = console.app.wakes_at().map(|at| at.duration_since(start()).as_secs());
    assert_eq!(wakes, Some(60));
}

#[test]
fn esc_stops_a_reading_and_what_was_there_stays() {
    let mut console = Console::showing(World::sample().build(), 80, 24);
    console.press("r");
    let id = console.last_task();
    console.press("<esc>");
    assert_eq!(console.asked.last(), Some(&Effect::Cancel(id)));
    console.done(Outcome::Loaded(Err(Failure::Cancelled))).misses("stopped").sees("just now");
}

#[test]
fn what_was_read_before_is_let_go_of_elsewhere_and_only_when_something_new_came() {
    let mut console = Console::showing(World::sample().build(), 80, 24);
    console.press("r").done(denied());
    assert!(!console.asked.iter().any(|effect| matches!(effect, Effect::Forget(_))));
    console.press("r").loaded(World::sample().build());
    assert!(console.asked.iter().any(|effect| matches!(effect, Effect::Forget(_))), "the loop frees it");
}

#[test]
fn the_selection_outlives_a_refresh() {
    let mut console = Console::showing(World::sample().build(), 120, 40);
    console.press("jjj 3 jj").sees("▌ web initech").press("r");
    let mut more = World::empty().plan("Another", 5);
    more = more.plan("BasicPlan", 2_000).pool("BasicPlan", &["basic0001x"], 10);
    for tenant in ["aaa", "initech", "zzz"] {
        more = more.pooled("BasicPlan", "basic0001x", tenant, "web");
    }
    console.loaded(more.build()).sees("Pool · BasicPlan").sees("▌ web initech");
    console.press("r").loaded(World::empty().plan("Other", 1).build()).sees("3 Keys · all plans · 0");
}

#[test]
fn an_empty_reading_is_not_an_error() {
    let empty = Inventory::clone(&World::empty().build());
    Console::showing(empty.into(), 80, 24).sees("keys 0/10,000");
}

#[test]
fn what_could_not_be_read_is_said_once_and_kept() {
    let world =
        || World::sample().remark("the Keys table has no index: it is read as a whole").remark("another");
    let mut console = Console::showing(world().build(), 100, 40);
    console.sees("the Keys table has no index").sees("and 1 more").press("r").loaded(world().build());
    console.misses("no index").press("d").sees("account and region").sees("no index").sees("another");
}

#[test]
fn a_reading_that_takes_long_says_so_and_esc_stops_it_from_anywhere() {
    let mut console = Console::showing(World::sample().build(), 80, 24);
    console.press("r");
    let id = console.last_task();
    console.press("3").wait(4).misses("Esc stops");
    console.wait(8).sees("reading the account: waiting for AWS for 12 s · Esc stops it").press("<esc>");
    assert_eq!(console.asked.last(), Some(&Effect::Cancel(id)));
    console.sees("▶3 Keys").misses("Esc stops");
}
