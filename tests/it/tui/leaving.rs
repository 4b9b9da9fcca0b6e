//! Leaving while a change is under way, and an AWS that does not answer.

use keypool::aws::Failure;
use keypool::ops::{Applied, Progress, Query};
use keypool::tui::{Effect, Event, Outcome, TaskId};
use keypool_domain::RowId;

use crate::support::console::{Console, ended, options};
use crate::support::world::World;

/// A console on which three keys are being deleted, at its root.
fn deleting() -> (Console, TaskId) {
    let mut console = Console::showing(World::sample().build(), 80, 24);
    console.press("jj 3 <space><space><space> D").type_in("3").press("<enter>").press("1gg");
    let id = console.last_task();
    console.sees("delete 3 keys").sees("Esc stops");
    console.asked.clear();
    (console, id)
}

fn stopped_after_one() -> Outcome {
    ended(Err(Failure::Partial {
        done: 1,
        total: 3,
        subject: "globex · trial".to_owned(),
        failure: Box::new(Failure::Cancelled),
    }))
}

#[test]
fn q_says_what_runs_and_the_second_q_stops_it_after_its_step_and_quits() {
    let (mut console, id) = deleting();
    console.press("q").sees("a change is under way: q again stops it after this step and quits");
    assert_eq!(console.asked, []);
    console.press("q").sees("stopping after this step, then leaving");
    assert_eq!(console.asked, [Effect::Cancel(id)]);
    console.press("q");
    console.event(Event::Done(id, stopped_after_one()));
    assert_eq!(console.asked.last(), Some(&Effect::Quit));
    let words = console.app.last_words().expect("what was left undone");
    assert!(words.starts_with("delete 3 keys: 1 of 3 done, then globex"), "{words}");
}

#[test]
fn another_key_than_q_takes_the_question_back() {
    let (mut console, id) = deleting();
    console.press("q").sees("q again").press("j").misses("q again").press("k q").sees("q again");
    assert_eq!(console.asked, []);
    console.event(Event::Done(id, ended(Ok(Applied::default()))));
    console.asked.clear();
    console.press("q");
    assert_eq!(console.asked, [Effect::Quit]);
    assert_eq!(console.app.last_words(), None);
}

#[test]
fn ctrl_c_quits_at_once_and_what_comes_of_the_change_is_said() {
    let (mut console, id) = deleting();
    console.press("<ctrl-c>");
    assert_eq!(console.asked, [Effect::Quit]);
    let waits = console.app.waits_for().expect("what is waited for");
    assert!(waits.starts_with("delete 3 keys: stopping after the step under way"), "{waits}");
    let words = console.app.last_words().expect("what is not known");
    assert!(words.contains("left in the middle of a step"), "{words}");
    let applied = Applied { deleted: vec![RowId::new("a"), RowId::new("b")], ..Applied::default() };
    console.event(Event::Done(id, ended(Ok(applied))));
    assert_eq!(console.app.waits_for(), None);
    assert_eq!(console.app.last_words().as_deref(), Some("2 keys deleted: tenants acme, globex, initech"));
}

#[test]
fn without_a_change_nothing_is_waited_for_or_said() {
    let mut console = Console::showing(World::sample().build(), 80, 24);
    console.press("r").event(Event::Shutdown);
    assert_eq!(console.asked.last(), Some(&Effect::Quit));
    assert_eq!((console.app.waits_for(), console.app.last_words()), (None, None));
}

#[test]
fn a_change_that_aws_is_silent_about_says_so_and_how_to_stop_it() {
    let (mut console, id) = deleting();
    console.wait(4).misses("waiting for AWS").wait(3).sees("waiting for AWS for 7 s · Esc stops");
    let progress = Progress { done: 1, total: Some(3), doing: "globex · trial".to_owned() };
    console.event(Event::Done(id, Outcome::Progress(progress))).misses("waiting for AWS");
    console.wait(6).sees("· 1/3 · globex").sees("waiting for AWS for 6 s · Esc stops").press("<esc>");
    assert_eq!(console.asked, [Effect::Cancel(id)]);
    console.sees("waiting for AWS for 6 s · stopping after this step");
}

#[test]
fn every_reading_that_aws_is_silent_about_says_so_and_esc_stops_it() {
    let mut console = Console::new(80, 24, options());
    console.wait(4).misses("waiting").wait(1).sees("connecting: waiting for AWS for 5 s · Esc stops it");
    console.connected().wait(9).sees("reading the account: waiting for AWS for 9 s · Esc stops it");
    console
        .loaded(World::sample().build())
        .misses("waiting")
        .press("jj 3 y")
        .sees("reading the secret value");
    let id = console.last_task();
    assert!(matches!(console.asked.last(), Some(Effect::Load(_, Query::Secret(_), _))));
    console.wait(5).sees("reading the secret value: waiting for AWS for 5 s · Esc stops it").press("<esc>");
    assert_eq!(console.asked.last(), Some(&Effect::Cancel(id)));
    console.done(Outcome::Loaded(Err(Failure::Cancelled))).misses("reading");
}
