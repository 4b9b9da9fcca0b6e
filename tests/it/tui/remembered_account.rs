//! The console while it shows what was remembered of the account.

use std::sync::Arc;

use jiff::SignedDuration;
use keypool::aws::Failure;
use keypool::tui::{Effect, Event, PartialResult, Query, QueryResult, Snapshot, TaskId, TaskReport};
use keypool_domain::testing::{InventoryBuilder, start_time};
use keypool_domain::{Extent, Extents, Inventory};

use crate::support::console::{Console, options};

/// The task that reads the account first.
const FIRST_READ: TaskId = TaskId(2);

fn remembered() -> Snapshot {
    let at = start_time() - SignedDuration::from_hours(2);
    let inventory = Inventory::clone(&InventoryBuilder::sample().build()).into_remembered(at);
    Snapshot::new(Arc::new(inventory))
}

fn part(part: PartialResult) -> Event {
    Event::Task(FIRST_READ, TaskReport::Part(part))
}

fn loaded(inventory: Arc<Inventory>) -> TaskReport {
    TaskReport::Loaded(Ok(QueryResult::Inventory(Snapshot::new(inventory))))
}

fn remembering_console() -> Console {
    let mut console = Console::new(120, 40, options());
    console.finish_connecting();
    console.send_event(part(PartialResult::Remembered(remembered())));
    console.effects.clear();
    console
}

#[test]
fn a_remembered_account_is_shown_whole_with_its_age_until_it_is_read() {
    let mut console = remembering_console();
    console
        .shows("as of 16:48 UTC, 2 h ago; reading")
        .shows("Keys · all plans · 12 ·")
        .shows("PremiumPlan siloed 4")
        .shows("reading the account")
        .lacks("stale");
    console.press("3jjj");
    let selected = |console: &Console| {
        let screen = console.screen();
        let list = screen.split_once("3 Keys").map(|(_, list)| list.to_owned()).expect("the keys");
        let line = list.lines().find(|line| line.contains('▌')).expect("a cursor").to_owned();
        // Without its usage.
        line.split("premium").next().map(str::to_owned)
    };
    let before = selected(&console);
    // A part of the account never makes the screen poorer.
    let partial = InventoryBuilder::sample().edit_parts(|parts| {
        let tenant_keys = Extent::Partial { read: 12, about: None };
        parts.extents = Extents { tenant_keys, ..Extents::default() };
    });
    console.send_event(part(PartialResult::Inventory(Snapshot::new(partial.build()))));
    console.shows("as of 16:48 UTC");
    console.send_event(Event::Task(FIRST_READ, loaded(InventoryBuilder::sample().build())));
    console.lacks("as of 16:48").lacks("; reading").shows("just now");
    assert_eq!(selected(&console), before, "the cursor stays on its key");
    console.press("D").shows("Cancel");
}

#[test]
fn nothing_is_written_called_read_or_exported_on_a_remembered_account() {
    let mut console = remembering_console();
    for keys in ["3 D", "E", "R", "+", "e", "i", "1 N", "D", "e", "2 g", "4 t", "$", "u", "x"] {
        console.press(keys).press("<enter>");
        let rests_on_it = |effect: &Effect| match effect {
            Effect::Apply(..) | Effect::Fix(..) | Effect::Probe(..) | Effect::Export(..) => true,
            Effect::Load(_, query, _) => !matches!(query, Query::Inventory | Query::Diagnosis),
            _ => false,
        };
        assert!(!console.effects.iter().any(rests_on_it), "{keys}: {:?}", console.effects);
        console.press("<esc> <esc>");
    }
    console.press("1 3 D").shows("shown is what was remembered at 22 Nov 2026 16:48 UTC: wait for the rest");
    console.press("<ctrl-s>").shows("shown is what was remembered");
}

#[test]
fn a_value_is_revealed_as_soon_as_the_account_is_read() {
    let mut console = remembering_console();
    console.press("3 v").shows("waiting until the account is read");
    assert!(!console.effects.iter().any(|effect| matches!(effect, Effect::Load(_, Query::Secret(..), _))));
    console.send_event(Event::Task(FIRST_READ, loaded(InventoryBuilder::sample().build())));
    assert!(console.effects.iter().any(|effect| matches!(effect, Effect::Load(_, Query::Secret(..), _))));
}

#[test]
fn a_failed_read_leaves_what_was_remembered_and_says_so() {
    let mut console = remembering_console();
    let failure = Failure::TooManyRequests { operation: "Scan".to_owned() };
    console.send_event(Event::Task(FIRST_READ, TaskReport::Loaded(Err(failure))));
    console.shows("as of 16:48 UTC, 2 h ago; not read").shows("Keys · all plans · 12").shows("r refresh");
    console.press("3 v").shows("shown is what was remembered");
    console.press("<esc> w").type_text("acme-key").press("<enter>").shows("shown is what was remembered");
}

#[test]
fn an_account_that_is_read_is_never_replaced_by_a_remembered_one() {
    let mut console = Console::new(120, 40, options());
    console.finish_connecting();
    let partial = InventoryBuilder::sample().edit_parts(|parts| {
        parts.tenant_keys.truncate(2);
        let tenant_keys = Extent::Partial { read: 2, about: Some(12) };
        parts.extents = Extents { tenant_keys, ..Extents::default() };
    });
    console.send_event(part(PartialResult::Inventory(Snapshot::new(partial.build()))));
    console.send_event(part(PartialResult::Remembered(remembered())));
    console.shows("Keys · all plans · 2…").lacks("as of 16:48");
}
