//! Creating, editing and deleting: what is asked, what is sent, and what is closed.

use keypool::aws::Failure;
use keypool::ops::{Applied, Progress};
use keypool::tui::{Effect, Event, Options, Outcome};
use keypool_domain::{Change, Edit, NewKey, NewKeys, RowId};

use crate::support::console::{Console, ended, options};
use crate::support::world::World;

fn console() -> Console {
    Console::showing(World::sample().build(), 100, 40)
}

/// The changes that were asked for.
fn changes(console: &Console) -> Vec<Change> {
    let change = |effect: &Effect| match effect {
        Effect::Apply(_, change, _) => Some(change.clone()),
        _ => None,
    };
    console.asked.iter().filter_map(change).collect()
}

fn rows(ids: &[&str]) -> Vec<RowId> {
    ids.iter().map(|id| RowId::new(*id)).collect()
}

#[test]
fn the_form_makes_keys_in_the_chosen_plan() {
    let mut console = console();
    console.press("jjj n").sees("BasicPlan → sharded: shares an API key, room for 46");
    console.type_in("acme").press("<tab>").type_in("web app").press("<tab>").type_in("for the shop");
    console.press("<tab><space><tab>").type_in("3").sees("← no →").press("<enter>");
    let key = NewKey {
        plan: "basicplan".into(),
        tenant: "acme".into(),
        name: "web app".into(),
        description: "for the shop".into(),
        enabled: false,
    };
    assert_eq!(changes(&console), [Change::Create(NewKeys { key, count: 3 })]);
    console.sees("create 3 keys in BasicPlan for acme · Esc stops");
}

#[test]
fn the_plan_is_chosen_by_arrow_or_letter() {
    let mut console = console();
    console
        .press("n<backtab>")
        .sees("← PremiumPlan →")
        .press("<right>")
        .sees("← TestPlan →")
        .press("f")
        .sees("← FreePlan →");
}

#[test]
fn a_refusal_stands_at_its_field() {
    let mut console = console();
    console.press("jjj n<enter>").sees("the tenant is empty: give one").type_in("ac?me").misses("is empty");
    console
        .press("<enter>")
        .sees("the tenant holds '?'")
        .press("<backspace><backspace><backspace>")
        .type_in("me");
    console.press("<enter>").sees("the name is empty").type_in("web").press("<backtab><backtab><backtab>");
    console.type_in("100").press("<enter>").sees("BasicPlan has room for 46 more keys, 100 were asked for");
    assert_eq!(changes(&console), []);
}

#[test]
fn an_edit_sends_only_what_differs() {
    let mut console = console();
    console.press("jjjj 3 e").sees("edit key \"backend\" of ").type_in("2").press("<enter>");
    let edit = Edit { name: Some("backend2".into()), ..Edit::default() };
    assert_eq!(changes(&console), [Change::Edit { row: "premium000".into(), edit }]);
    console.press("e<enter>").sees("nothing would change");
}

#[test]
fn marked_keys_are_enabled_or_disabled_together() {
    let mut console = console();
    console.press("jjjj 3 <space><space> e").sees("edit 2 keys").sees("nothing would change");
    console.press("<enter>").sees("disable 2 keys").type_in("2").press("<enter>");
    let [Change::Switch { rows, enabled: false }] = &changes(&console)[..] else {
        panic!("{:?}", changes(&console))
    };
    assert_eq!(rows.len(), 2);
}

#[test]
fn disabling_a_shared_key_asks_first_and_says_why() {
    let mut console = console();
    console
        .press("jj 3 e<tab><tab><space><enter>")
        .sees("API Gateway cannot disable one tenant of a shared key");
    assert_eq!(changes(&console), []);
    console.press("y");
    assert_eq!(changes(&console).len(), 1);
}

#[test]
fn what_is_left_behind_is_said_in_full_at_80_by_24() {
    let mut console = Console::showing(World::sample().build(), 80, 24);
    console.press("j n").type_in("zeta").press("<tab>").type_in("one").press("<enter>");
    let refused = |port: u16| Failure::Unreachable {
        endpoint: format!("http://127.0.0.1:{port}"),
        why: "Connection refused (os error 111)".to_owned(),
    };
    console.done(ended(Err(Failure::LeftBehind {
        failure: Box::new(refused(4599)),
        left: "perhaps an API key named \"one\"".to_owned(),
        undo: Box::new(refused(4599)),
    })));
    console.sees("is left").sees("mends what is left");
}

#[test]
fn delete_opens_on_cancel_and_shows_its_steps() {
    let mut console = console();
    console.press("jjjj 3 D").sees("delete key \"backend\" of acme").sees("touches 1 tenant: acme");
    console
        .sees("disable API key premium000")
        .sees("delete row premium000")
        .sees("▶[ Cancel ]")
        .press("<enter>");
    assert_eq!(changes(&console), []);
    console.misses("Cancel").press("D<tab><enter>");
    assert_eq!(changes(&console), [Change::Delete(rows(&["premium000"]))]);
}

#[test]
fn what_touches_several_tenants_asks_for_their_number() {
    let mut console = console();
    console.press("jj 3 <space><space><space> D").sees("touches 3 tenants: acme, globex, initech");
    console.sees("3 of these keys are shared").press("y <tab><enter>").misses("▶[ Delete");
    assert_eq!(changes(&console), []);
    console.press("D 2").sees("▶[ Cancel ]").press("<backspace>3").sees("▶[ Delete 3 ]").press("<enter>");
    let ids = ["FreePlan-acme-trial", "FreePlan-globex-trial", "FreePlan-initech-trial"];
    assert_eq!(changes(&console), [Change::Delete(rows(&ids))]);
}

#[test]
fn read_only_closes_every_way_of_writing() {
    let closed = Options { read_only: true, ..options() };
    let mut console = Console::with(closed, World::sample().build(), 100, 40);
    console.sees("[ro]").misses(" n new").press("3");
    for keys in ["n", "e", "D", ":new<enter>", ":delete<enter>", ":edit<enter>"] {
        console
            .press(keys)
            .sees("this context is read-only")
            .sees("start without --readonly")
            .misses("Cancel");
    }
    console.press(":").sees("create keys (read-only)");
    assert_eq!(changes(&console), []);
}

#[test]
fn a_change_reports_progress_and_esc_stops_it_between_steps() {
    let mut console = console();
    console.press("jjjj 3 D y");
    let id = console.last_task();
    let progress = Progress { done: 1, total: Some(3), doing: "delete API key premium000".to_owned() };
    console
        .event(Event::Done(id, Outcome::Progress(progress)))
        .sees("· 1/3 · delete API key premium000 · Esc stops");
    console.press("<esc>").sees("stopping after this step");
    assert_eq!(console.asked.last(), Some(&Effect::Cancel(id)));
    console.done(ended(Err(Failure::Cancelled))).sees("of acme: stopped before it was finished");
    assert!(matches!(console.asked.last(), Some(Effect::Load(..))), "it reads what became of it");
}

#[test]
fn after_a_change_the_account_is_read_and_the_cursor_is_on_the_new_key() {
    let mut console = console();
    console.press("jjj n").type_in("zeta").press("<tab>").type_in("web").press("<enter>");
    let applied = Applied { created: rows(&["BasicPlan-zeta-web"]), ..Applied::default() };
    console.done(ended(Ok(applied))).sees("1 key created");
    console.loaded(World::sample().pooled("BasicPlan", "basic0005x", "zeta", "web").build());
    console.sees("BasicPlan · 5 ·").sees("▌ web zeta");
}

#[test]
fn a_reading_from_before_a_change_is_not_taken_for_the_state_after_it() {
    let mut console = console();
    console.press("jjjj 3 r");
    let old = console.last_task();
    console.press("D y");
    console.done(ended(Ok(Applied { deleted: rows(&["premium000"]), ..Applied::default() })));
    assert!(console.asked.contains(&Effect::Cancel(old)));
    assert!(matches!(console.asked.last(), Some(Effect::Load(id, ..)) if *id != old));
}

#[test]
fn after_a_deletion_the_cursor_stays_in_its_place() {
    let mut console = console();
    console.press("jj 3 j D y");
    console.done(ended(Ok(Applied { deleted: rows(&["FreePlan-globex-trial"]), ..Applied::default() })));
    let mut world = World::empty().plan("FreePlan", 100).pool("FreePlan", &["freeq0001x"], 10);
    for tenant in ["acme", "initech", "umbrella"] {
        world = world.pooled("FreePlan", "freeq0001x", tenant, "trial");
    }
    console.loaded(world.build()).sees("1 key deleted").sees("▌ trial initech");
}
