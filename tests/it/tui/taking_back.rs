//! What is taken back in the session, and whose key something is, by keys alone on a local AWS.

use keypool::aws::Failure;
use keypool::ops::{Applied, Whose};
use keypool::tui::{self, Effect, Event, Options, Outcome};
use keypool_domain::whose::{By, Found};
use keypool_domain::{ApiKey, Change, FormerApiKey, Secret};
use keypool_local_aws::{Answer, Fault, World};

use crate::support::console::{Console, ended, options};
use crate::support::scenario::Scenario;
use crate::support::world;

fn sample() -> Scenario {
    Scenario::in_world(World::Sample).size(120, 40).open()
}

#[test]
fn a_deleted_siloed_key_comes_back_with_its_value() {
    let mut scenario = sample();
    scenario
        .press("j 3 t")
        .sees("200 · ok")
        .press("D y")
        .sees("1 key deleted: \"acme-sandbox\" of acme · U takes it back");
    scenario.sees("keys 13/10,000").press("U").sees("restore key \"acme-sandbox\" of acme").press("<enter>");
    scenario.sees("keys 13/10,000").press("U y").sees("1 key created").sees("keys 14/10,000");
    scenario.press("t").sees("▌ acme-sandbox").sees("200 · ok").misses("29326ml64l");
    scenario.press("U").sees("nothing of this session can be taken back");
}

#[test]
fn a_deleted_key_comes_back_in_every_plan_for_the_same_customer() {
    let mut scenario = sample();
    // The console read the account before the key entered another plan.
    scenario.enters_another_plan("29326ml64l");
    scenario.press("j 3 D y").sees("1 key deleted").press("U y").sees("1 key created");
    let key = scenario.api_key_named("acme-sandbox");
    assert_eq!(key, (2, Some("cust-1".to_owned()), Some("blue".to_owned())));
}

#[test]
fn an_edit_is_taken_back_once() {
    let mut scenario = sample();
    scenario.press("j 3 e").type_in("-2").press("<enter>").sees("acme-sandbox-2").sees("U takes it back");
    scenario.press("U").sees("set name to \"acme-sandbox\"").press("y").sees("1 key edited").press("k");
    scenario.misses("acme-sandbox-2").press("U").sees("nothing of this session can be taken back");
}

#[test]
fn the_edit_of_a_plan_is_taken_back_whole() {
    let mut scenario = sample();
    scenario
        .press("jj e")
        .sees("edit usage plan FreePlan")
        .press("<tab>")
        .type_in("for trials")
        .press("<tab><tab><tab>");
    scenario.type_in("1500").press("<enter>").sees("set quota to 1,500").type_in("12").press("<enter>");
    scenario.sees("done: usage plan FreePlan").sees("U takes it back").press("U");
    scenario
        .sees("set description to \"For small projects\"")
        .sees("to 2,000 a day")
        .type_in("12")
        .press("<enter>");
    scenario.misses("takes it back").press("d").sees("2,000 a day").misses("1,500").misses("for trials");
}

#[test]
fn of_an_extension_that_was_stopped_half_way_what_was_done_is_taken_back() {
    let mut scenario = sample();
    let denied = Fault::on("UpdateUsage", Answer::AccessDenied { action: None }).skip(1).always();
    scenario.press("j 3 <space><space><space> +").sees("more calls for 3 API keys").type_in("7");
    scenario.press("<tab>").type_in("a demo").press("<enter>").meets(denied).type_in("3").press("<enter>");
    scenario.sees("1 of 3 done").sees("U takes it back").without_faults().press("U");
    scenario.sees("take 7 calls from what API key").misses("3 API keys").press("y");
    scenario.sees("calls left, it had").misses("takes it back");
}

#[test]
fn what_is_asked_for_before_the_account_is_read_again_waits_for_that() {
    let mut console = Console::showing(world::World::sample().build(), 100, 40);
    console.press("jjjj 3 e").type_in("-2").press("<enter>");
    let edited = || world::World::sample().renamed("premium000", "backend-2").build();
    let applied = Applied { edited: vec!["premium000".into()], ..Applied::default() };
    console.done(ended(Ok(applied))).sees("U takes it back").press("U").sees("is being read first");
    console.misses("nothing would change").loaded(edited()).sees("set name to \"backend\"").press("<esc>");
    console.press("r U j").loaded(edited()).misses("set name to");
}

#[test]
fn shared_keys_are_not_taken_back() {
    let mut scenario = sample();
    scenario.press("jjj 3 D y").sees("1 key deleted").misses("takes it back");
}

/// A console at a siloed key whose row holds no value, asked to delete it.
fn deleting_without_value() -> Console {
    let world =
        world::World::empty().plan("PremiumPlan", 100).siloed("PremiumPlan", "premium000", "acme", "web");
    let mut console = Console::showing(world.with(|row| row.value = None.into()).build(), 100, 40);
    console.press("j 3 D y");
    assert!(matches!(console.asked.last(), Some(Effect::Load(..))), "it asks for the value first");
    assert_eq!(deletions(&console), 0);
    console
}

fn deletions(console: &Console) -> usize {
    let deletes = |effect: &&Effect| matches!(effect, Effect::Apply(_, Change::Delete(_), _));
    console.asked.iter().filter(deletes).count()
}

fn deleted() -> Outcome {
    let key = ApiKey {
        id: "premium000".into(),
        name: "web".to_owned(),
        description: String::new(),
        enabled: true,
        created_at: None,
        customer_id: None,
        tags: std::collections::BTreeMap::new(),
    };
    let former = vec![("premium000".into(), FormerApiKey::new(&key, &["premiumplan".into()]))];
    ended(Ok(Applied { deleted: vec!["premium000".into()], former, ..Applied::default() }))
}

#[test]
fn a_value_that_no_row_holds_is_kept_before_its_key_goes() {
    let mut console = deleting_without_value();
    let secret = Secret::new("value-of-premium000");
    console.done(Outcome::Loaded(Ok(tui::Answer::Secret("premium000".into(), secret))));
    assert_eq!(deletions(&console), 1);
    console
        .done(deleted())
        .sees("1 key deleted: ")
        .sees("U takes it back")
        .press("U")
        .loaded(world::World::empty().plan("PremiumPlan", 100).build())
        .sees("restore key \"web\" of acme");
    assert!(!format!("{:?}", console.app).contains("value-of-premium000"));
}

#[test]
fn without_its_value_a_key_goes_and_does_not_come_back() {
    let mut console = deleting_without_value();
    console.done(Outcome::Loaded(Err(Failure::Gone("API key premium000".to_owned()))));
    assert_eq!(deletions(&console), 1);
    console.done(deleted()).sees("1 key deleted").misses("takes it back");
}

#[test]
fn who_stops_the_reading_of_the_value_deletes_nothing() {
    let mut console = deleting_without_value();
    console.done(Outcome::Loaded(Err(Failure::Cancelled))).sees("nothing was deleted");
    assert_eq!(deletions(&console), 0);
}

#[test]
fn whose_key_it_is_and_its_rotation() {
    let mut scenario = sample();
    scenario.press("w<enter>").sees("give a key's value").type_in("09fquo6sbe").press("<enter>");
    scenario
        .sees("found by the id of a row")
        .sees("plan: FreePlan")
        .sees("wonka · wonka-shop")
        .sees("12 tenants behind it");
    scenario.press("R<enter>").sees("rotate pool key 33xtplpft7").sees("type 12").press("<esc>");
    scenario.press(":").type_in("whose").press("<enter>").type_in("nobody-knows-this").press("<enter>");
    scenario.sees("nobody's: no key fits").sees("14 API keys in API Gateway").press("q").sees("1 Plans");
}

#[test]
fn an_answer_that_comes_while_a_dialog_is_open_is_shown_after_it() {
    let mut console = Console::showing(world::World::sample().build(), 100, 40);
    console.press("w").type_in("premium000").press("<enter>");
    let asked = console.last_task();
    console.press("n").sees("new key");
    let hit = Found { by: By::Row, api_key: "premium000".into(), row: Some("premium000".into()) };
    let whose = Whose { found: vec![hit], looked: vec!["the ids of 12 rows".to_owned()], remark: None };
    console.event(Event::Done(asked, Outcome::Loaded(Ok(tui::Answer::Whose(whose)))));
    console.sees("new key").sees("will be shown as soon as this is closed").misses("whose key this is");
    console
        .press("<esc>")
        .sees("whose key this is")
        .sees("acme · backend")
        .press("<esc>")
        .misses("acme · backend");
    console.press("n<esc>").misses("whose key this is");
}

#[test]
fn a_value_that_is_typed_is_masked() {
    let mut scenario = sample();
    scenario.press("w").type_in("value-that-has-leaked").sees("•••••••••••••••••aked").misses("value-that");
}

#[test]
fn read_only_finds_and_does_not_rotate() {
    let closed = Options { read_only: true, ..options() };
    let mut scenario = Scenario::in_world(World::Sample).size(120, 40).with(closed).open();
    scenario.press("w").type_in("29326ml64l").press("<enter>").sees("acme · acme-sandbox").press("R");
    scenario.sees("start without --readonly");
}

#[test]
fn a_deletion_that_fails_leaves_nothing_to_take_back() {
    let mut scenario = sample();
    let denied = Fault::on("UpdateApiKey", Answer::AccessDenied { action: None }).always();
    scenario.meets(denied).press("j 3 D y").sees("apigateway:").press("U").sees("nothing of this session");
}

#[test]
fn a_plan_is_released_refused_and_adopted_again_and_that_is_taken_back() {
    let mut scenario = sample();
    scenario
        .press("j:")
        .type_in("release-plan")
        .press("<enter>")
        .sees("release usage plan TestPlan")
        .press("y");
    scenario.sees("done: release usage plan TestPlan").press("e").sees("is not managed by keypool");
    scenario.press("D").sees("plans adopt TestPlan");
    scenario.press("A").sees("adopt usage plan TestPlan").sees("API keys").press("y");
    scenario.sees("done: adopt usage plan TestPlan").sees("U takes it back").press("U");
    scenario.sees("release usage plan TestPlan").press("y").sees("done: release usage plan TestPlan");
}
