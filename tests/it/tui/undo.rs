//! Undo and key lookup.

use keypool::aws::Failure;
use keypool::ops::{Applied, KeyLookup};
use keypool::tui::{self, Effect, Event, Options, TaskReport};
use keypool_domain::key_lookup::{KeyMatch, MatchKind};
use keypool_domain::testing::InventoryBuilder;
use keypool_domain::{ApiKey, Change, FormerApiKey, Secret};
use keypool_local_aws::{Answer, Fault, World};

use crate::support::accounts::both_consoles;
use crate::support::console::{Console, change_outcome, options};
use crate::support::scenario::Scenario;

fn sample() -> Scenario {
    Scenario::builder(World::Sample).size(120, 40).start()
}

#[test]
fn undo_restores_a_deleted_siloed_key_with_its_value() {
    for (mut scenario, keys) in both_consoles() {
        scenario
            .press("j 3 t")
            .shows("200 · ok")
            .press("D y")
            .shows("1 key deleted: \"acme-sandbox\" of acme · U undoes it");
        scenario
            .shows(&format!("keys {}/10,000", keys - 1))
            .press("U")
            .shows("restore key \"acme-sandbox\" of acme")
            .press("<enter>");
        scenario
            .shows(&format!("keys {}/10,000", keys - 1))
            .press("U y")
            .shows("1 key created")
            .shows(&format!("keys {keys}/10,000"));
        scenario.press("t").shows("▌ acme-sandbox").shows("200 · ok").lacks("29326ml64l");
        scenario.press("U").shows("nothing to undo in this session");
    }
}

#[test]
fn undo_restores_every_plan_and_tag_of_a_deleted_key() {
    for (mut scenario, _) in both_consoles() {
        // The console loaded the account before the key was attached to another plan.
        scenario.attach_to_extra_plan("29326ml64l");
        scenario.press("j 3 D y").shows("1 key deleted").press("U y").shows("1 key created");
        let key = scenario.describe_api_key("acme-sandbox");
        assert_eq!(key, (2, Some("cust-1".to_owned()), Some("blue".to_owned())));
    }
}

#[test]
fn an_edit_is_undone_once() {
    for (mut scenario, _) in both_consoles() {
        scenario.press("j 3 e").type_text("-2").press("<enter>").shows("acme-sandbox-2").shows("U undoes it");
        scenario.press("U").shows("set name to \"acme-sandbox\"").press("y").shows("1 key edited").press("k");
        scenario.lacks("acme-sandbox-2").press("U").shows("nothing to undo in this session");
    }
}

#[test]
fn undo_reverts_every_field_of_a_plan_edit() {
    let mut scenario = sample();
    scenario
        .press("jj e")
        .shows("edit usage plan FreePlan")
        .press("<tab>")
        .type_text("for trials")
        .press("<tab><tab><tab>");
    scenario.type_text("1500").press("<enter>").shows("set quota to 1,500").type_text("12").press("<enter>");
    scenario.shows("done: usage plan FreePlan").shows("U undoes it").press("U");
    scenario
        .shows("set description to \"For small projects\"")
        .shows("2,000/day")
        .type_text("12")
        .press("<enter>");
    scenario.lacks("undoes it").press("d").shows("2,000/day").lacks("1,500").lacks("for trials");
}

#[test]
fn undo_reverts_the_completed_part_of_a_failed_quota_change() {
    for (mut scenario, _) in both_consoles() {
        let denied = Fault::on("UpdateUsage", Answer::AccessDenied { action: None }).skip(1).always();
        scenario.press("j 3 <space><space><space> +").shows("remaining quota of 3 API keys").type_text("7");
        scenario
            .press("<tab>")
            .type_text("a demo")
            .press("<enter>")
            .inject_fault(denied)
            .type_text("3")
            .press("<enter>");
        scenario.shows("1 of 3 done").shows("U undoes it").clear_faults().press("U");
        scenario
            .shows("subtract 7 calls from the remaining quota of API key")
            .lacks("of 3 API keys")
            .press("y");
        scenario.shows("calls left (was").lacks("undoes it");
    }
}

#[test]
fn undo_waits_until_the_account_has_been_refreshed() {
    let mut console = Console::with_inventory(InventoryBuilder::sample().build(), 100, 40);
    console.press("jjjj 3 e").type_text("-2").press("<enter>");
    let edited =
        || InventoryBuilder::sample().edit_key("premium000", |key| key.name = "backend-2".into()).build();
    let applied = Applied { edited: vec!["premium000".into()], ..Applied::default() };
    console
        .finish_task(change_outcome(Ok(applied)))
        .shows("U undoes it")
        .press("U")
        .shows("waiting until the account is loaded");
    console
        .lacks("nothing would change")
        .finish_loading(edited())
        .shows("set name to \"backend\"")
        .press("<esc>");
    console.press("r U j").finish_loading(edited()).lacks("set name to");
}

#[test]
fn deleting_a_shared_key_cannot_be_undone() {
    let mut scenario = sample();
    scenario.press("jjj 3 D y").shows("1 key deleted").lacks("undoes it");
}

/// A console that is deleting a siloed key whose value is not stored.
fn console_deleting_without_value() -> Console {
    let builder = InventoryBuilder::empty().plan("PremiumPlan", 100).siloed_key(
        "PremiumPlan",
        "premium000",
        "acme",
        "web",
    );
    let mut console =
        Console::with_inventory(builder.edit_last_key(|key| key.value = None.into()).build(), 100, 40);
    console.press("j 3 D y");
    assert!(matches!(console.effects.last(), Some(Effect::Load(..))), "the value is fetched first");
    assert_eq!(count_deletions(&console), 0);
    console
}

fn count_deletions(console: &Console) -> usize {
    let deletes = |effect: &&Effect| matches!(effect, Effect::Apply(_, Change::Delete(_), _));
    console.effects.iter().filter(deletes).count()
}

fn deleted_outcome() -> TaskReport {
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
    change_outcome(Ok(Applied {
        deleted: vec!["premium000".into()],
        former_keys: former,
        ..Applied::default()
    }))
}

#[test]
fn a_value_that_is_not_stored_is_fetched_before_deletion() {
    let mut console = console_deleting_without_value();
    let secret = Secret::new("value-of-premium000");
    console.finish_task(TaskReport::Loaded(Ok(tui::QueryResult::Secret("premium000".into(), secret))));
    assert_eq!(count_deletions(&console), 1);
    console
        .finish_task(deleted_outcome())
        .shows("1 key deleted: ")
        .shows("U undoes it")
        .press("U")
        .finish_loading(InventoryBuilder::empty().plan("PremiumPlan", 100).build())
        .shows("restore key \"web\" of acme");
    assert!(!format!("{:?}", console.app).contains("value-of-premium000"));
}

#[test]
fn a_deletion_without_the_value_cannot_be_undone() {
    let mut console = console_deleting_without_value();
    console.finish_task(TaskReport::Loaded(Err(Failure::Gone("API key premium000".to_owned()))));
    assert_eq!(count_deletions(&console), 1);
    console.finish_task(deleted_outcome()).shows("1 key deleted").lacks("undoes it");
}

#[test]
fn cancelling_the_fetch_of_the_value_deletes_nothing() {
    let mut console = console_deleting_without_value();
    console.finish_task(TaskReport::Loaded(Err(Failure::Cancelled))).shows("nothing was deleted");
    assert_eq!(count_deletions(&console), 0);
}

#[test]
fn key_lookup_finds_tenants_and_offers_rotation() {
    let mut scenario = sample();
    scenario.press("w<enter>").shows("give an API key's value").type_text("09fquo6sbe").press("<enter>");
    scenario
        .shows("matched by tenant key id")
        .shows("plan: FreePlan")
        .shows("wonka · wonka-shop")
        .shows("used by 12 tenants");
    scenario.press("R<enter>").shows("rotate pool key 33xtplpft7").shows("type 12").press("<esc>");
    scenario.press(":").type_text("whose").press("<enter>").type_text("no-such-value").press("<enter>");
    scenario.shows("no key matches").shows("14 API keys in API Gateway").press("q").shows("1 Plans");
}

#[test]
fn a_lookup_result_waits_until_the_open_dialog_is_closed() {
    let mut console = Console::with_inventory(InventoryBuilder::sample().build(), 100, 40);
    console.press("w").type_text("premium000").press("<enter>");
    let lookup_task = console.last_task_id();
    console.press("n").shows("new key");
    let hit = KeyMatch {
        kind: MatchKind::TenantKey,
        api_key: "premium000".into(),
        tenant_key: Some("premium000".into()),
    };
    let lookup =
        KeyLookup { matches: vec![hit], searched: vec!["the ids of 12 rows".to_owned()], remark: None };
    console.send_event(Event::Task(lookup_task, TaskReport::Loaded(Ok(tui::QueryResult::KeyLookup(lookup)))));
    console.shows("new key").shows("key found: close this to see it").lacks("key lookup");
    console.press("<esc>").shows("key lookup").shows("acme · backend").press("<esc>").lacks("acme · backend");
    console.press("n<esc>").lacks("key lookup");
}

#[test]
fn a_typed_key_value_is_masked() {
    let mut scenario = sample();
    scenario.press("w").type_text("value-that-has-leaked").shows("•••••••••••••••••aked").lacks("value-that");
}

#[test]
fn a_read_only_context_looks_up_keys_but_does_not_rotate() {
    let read_only = Options { is_read_only: true, ..options() };
    let mut scenario = Scenario::builder(World::Sample).size(120, 40).with_options(read_only).start();
    scenario.press("w").type_text("29326ml64l").press("<enter>").shows("acme · acme-sandbox").press("R");
    scenario.shows("start without --readonly");
}

#[test]
fn a_failed_deletion_leaves_nothing_to_undo() {
    let mut scenario = sample();
    let denied = Fault::on("UpdateApiKey", Answer::AccessDenied { action: None }).always();
    scenario
        .inject_fault(denied)
        .press("j 3 D y")
        .shows("apigateway:")
        .press("U")
        .shows("nothing to undo in this session");
}

#[test]
fn a_released_plan_is_not_editable_and_adoption_can_be_undone() {
    let mut scenario = sample();
    scenario
        .press("j:")
        .type_text("release-plan")
        .press("<enter>")
        .shows("release usage plan TestPlan")
        .press("y");
    scenario.shows("done: release usage plan TestPlan").press("e").shows("is not managed by keypool");
    scenario.press("D").shows("plans adopt TestPlan");
    scenario.press("A").shows("adopt usage plan TestPlan").shows("API keys").press("y");
    scenario.shows("done: adopt usage plan TestPlan").shows("U undoes it").press("U");
    scenario.shows("release usage plan TestPlan").press("y").shows("done: release usage plan TestPlan");
}
