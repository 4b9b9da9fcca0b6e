//! What an action applies to: the key that the latest message names, or else the selected one, but never a hidden one.

use keypool::ops::Applied;
use keypool::tui::{Effect, Query, QueryResult, TaskReport};
use keypool_domain::testing::InventoryBuilder;
use keypool_domain::{Change, Secret, TenantKeyId};
use keypool_local_aws::World;

use crate::support::console::{Console, change_outcome};
use crate::support::scenario::Scenario;

fn console() -> Console {
    Console::with_inventory(InventoryBuilder::sample().build(), 120, 40)
}

fn sample() -> Scenario {
    Scenario::builder(World::Sample).size(120, 40).start()
}

fn tenant_key_id(id: &str) -> TenantKeyId {
    TenantKeyId::new(id)
}

fn changes(console: &Console) -> Vec<Change> {
    let change = |effect: &Effect| match effect {
        Effect::Apply(_, change, _) => Some(change.clone()),
        _ => None,
    };
    console.effects.iter().filter_map(change).collect()
}

/// The tenant key whose value was requested last.
fn last_requested_value(console: &Console) -> Option<&str> {
    console.effects.iter().rev().find_map(|effect| match effect {
        Effect::Load(_, Query::Secret(id, _), _) => Some(id.as_str()),
        _ => None,
    })
}

/// A console that has created a key for zeta and has not yet refreshed.
fn console_after_create(start: &str) -> Console {
    let mut console = console();
    console.press(start).press("n").type_text("zeta").press("<tab>").type_text("web").press("<enter>");
    let applied = Applied { created: vec![tenant_key_id("BasicPlan-zeta-web")], ..Applied::default() };
    console.finish_task(change_outcome(Ok(applied)));
    console.shows("1 key created: \"web\" of zeta · y copies the value");
    console
}

fn inventory_with_new_key() -> std::sync::Arc<keypool_domain::Inventory> {
    InventoryBuilder::sample().pooled_key("BasicPlan", "basic0005x", "zeta", "web").build()
}

#[test]
fn after_creating_a_key_y_copies_its_value_not_the_selected_one() {
    for start in ["jjj", "jjj 4", "jjj 3", "jjj 3 / acme <enter>"] {
        let mut console = console_after_create(start);
        console.finish_loading(inventory_with_new_key()).press("y");
        assert_eq!(last_requested_value(&console), Some("BasicPlan-zeta-web"), "{start}");
        console.finish_task(TaskReport::Loaded(Ok(QueryResult::Secret(
            tenant_key_id("BasicPlan-zeta-web"),
            Secret::new("new-value"),
        ))));
        console.shows("the value of \"web\" of zeta is on the clipboard");
        assert_eq!(console.effects.last(), Some(&Effect::CopyValue(Secret::new("new-value"))));
    }
}

#[test]
fn copying_a_new_value_waits_for_the_refresh() {
    let mut console = console_after_create("jjj 3");
    console.press("y").shows("waiting until the new key is loaded");
    assert_eq!(last_requested_value(&console), None);
    let load_task = console.effects.iter().rev().find_map(|effect| match effect {
        Effect::Load(id, Query::Inventory, _) => Some(*id),
        _ => None,
    });
    let snapshot = QueryResult::Inventory(keypool::tui::Snapshot::new(inventory_with_new_key()));
    let load_task = load_task.expect("a refresh");
    console.send_event(keypool::tui::Event::Task(load_task, TaskReport::Loaded(Ok(snapshot))));
    assert_eq!(last_requested_value(&console), Some("BasicPlan-zeta-web"));
}

#[test]
fn v_and_c_apply_to_the_new_key_until_another_key_is_pressed() {
    let mut console = console_after_create("jjj 3");
    console.finish_loading(inventory_with_new_key()).press("c");
    assert_eq!(console.effects.last(), Some(&Effect::CopyId("BasicPlan-zeta-web".to_owned())));
    let mut console = console_after_create("jjj 3");
    console.finish_loading(inventory_with_new_key()).press("v").shows("zeta").shows("web");
    assert_eq!(last_requested_value(&console), Some("BasicPlan-zeta-web"));
    let mut console = console_after_create("jjj 3");
    console.finish_loading(inventory_with_new_key()).press("g y");
    assert_eq!(last_requested_value(&console), Some("BasicPlan-acme-web"), "the selected key");
}

#[test]
fn the_cursor_moves_to_a_new_key_if_it_is_listed() {
    let mut console = console_after_create("jjj 3");
    console.finish_loading(inventory_with_new_key()).shows("▌ web zeta").lacks("not in this list");
    let mut console = console_after_create("jjj 3 / acme <enter>");
    console
        .finish_loading(inventory_with_new_key())
        .shows("▌ web acme")
        .shows("not in this list: the filter hides it");
    console.press("<esc>").shows("▌ web zeta");
    let mut console = console_after_create_in_another_plan();
    console
        .finish_loading(inventory_with_new_key())
        .shows("not in this list: the key is in BasicPlan")
        .shows("▌ trial acme");
}

/// Like [`console_after_create`], but the new key is not in the plan that the console shows.
fn console_after_create_in_another_plan() -> Console {
    let mut console = console();
    console.press("jj 3 n").press("<backtab><right>").shows("← BasicPlan →");
    console.press("<tab>").type_text("zeta").press("<tab>").type_text("web").press("<enter>");
    let applied = Applied { created: vec![tenant_key_id("BasicPlan-zeta-web")], ..Applied::default() };
    console.finish_task(change_outcome(Ok(applied)));
    console
}

#[test]
fn the_cursor_follows_rotated_isolated_and_moved_keys() {
    let mut scenario = sample();
    scenario
        .press("j 3 R <right><enter> y")
        .shows("of acme")
        .shows("y copies the value")
        .shows("▌ acme-sandbox");
    scenario.press("1 jj 3 m<enter> y").shows("done: give key").shows("y copies the value");
    scenario.press("1 g j 3 m<enter>").shows("move to plan").press("jj<enter>y").shows("done: move key");
    scenario.shows("not in this list: the key is in PremiumPlan");
}

#[test]
fn results_name_the_tenants() {
    let mut scenario = sample();
    scenario.press("j 3 D y").shows("1 key deleted: \"acme-sandbox\" of acme");
    scenario
        .press("<space><space> e<enter>")
        .type_text("2")
        .press("<enter>")
        .shows("2 keys edited: tenants ");
}

#[test]
fn details_act_on_their_own_key_after_a_refresh() {
    let mut console = console();
    console.press("jjjj 3 r d").shows("premium000");
    console
        .finish_loading(InventoryBuilder::sample().without_key("premium000").build())
        .press("y")
        .shows("tenant key premium000 no longer exists");
    assert_eq!(last_requested_value(&console), None);
}

#[test]
fn marked_keys_hidden_by_the_filter_are_not_changed() {
    let mut console = console();
    console.press("jj 3 <space><space><space>").shows("3 marked").press("/ globex <enter>");
    console.shows("3 marked, 2 hidden").press("D").shows("3 marked, 2 hidden: hidden keys are not changed");
    console.shows("delete key").press("y");
    assert_eq!(changes(&console), [Change::Delete(vec![tenant_key_id("FreePlan-globex-trial")])]);
}

#[test]
fn if_all_marked_keys_are_hidden_nothing_is_changed() {
    for keys in ["D", "R", "e", "m", "+", "<ctrl-s>", ":create-pool<enter>"] {
        let mut console = console();
        console.press("jjjj 3 <space><space>/ umbrella <enter>").shows("2 marked, 2 hidden").press(keys);
        console.shows("all 2 marked keys are hidden").lacks("Cancel");
        assert_eq!(changes(&console), []);
        console.press("<esc> D").shows("delete 2 keys");
    }
}

#[test]
fn marked_keys_of_another_plan_are_hidden_until_all_plans_are_shown() {
    let mut console = console();
    console.press("jj 3 <space> 1 j 3 <space>").shows("2 marked, 1 hidden").press("D y");
    assert_eq!(changes(&console), [Change::Delete(vec![tenant_key_id("BasicPlan-acme-web")])]);
    let mut console = self::console();
    console.press("jj 3 <space> 1 j 3 <space> 1 g 3").shows("2 marked ·").press("D").shows("delete 2 keys");
    console.press("<tab><enter>");
    let ids = vec![tenant_key_id("BasicPlan-acme-web"), tenant_key_id("FreePlan-acme-trial")];
    assert_eq!(changes(&console), [Change::Delete(ids)]);
}

#[test]
fn marks_of_deleted_keys_are_dropped() {
    let mut console = console();
    console.press("jjjj 3 <space><space>").shows("2 marked");
    console
        .press("r")
        .finish_loading(InventoryBuilder::sample().without_key("premium000").build())
        .shows("1 marked ·");
}

#[test]
fn a_filter_matches_substrings_and_is_fuzzy_after_a_tilde() {
    let builder = || {
        let builder =
            InventoryBuilder::empty().plan("TestPlan", 20).siloed_key("TestPlan", "k1", "demo", "web");
        builder.siloed_key("TestPlan", "k2", "initech", "van-demo-x").siloed_key(
            "TestPlan",
            "k3",
            "vandelay",
            "imports-od",
        )
    };
    let matches = |filter: &str| {
        let mut console = Console::with_inventory(builder().build(), 120, 40);
        console.press("3/").type_text(filter).press("<enter>");
        let screen = console.screen();
        ["web", "van-demo-x", "imports-od"].map(|name| screen.contains(&format!(" {name} ")))
    };
    assert_eq!(matches("DEMO"), [true, true, false]);
    assert_eq!(matches("dmo"), [false, false, false]);
    assert_eq!(matches("~dmo"), [true, true, false]);
    assert_eq!(matches("!~dmo"), [false, false, true]);
    assert_eq!(matches("~"), [true, true, true]);
}

#[test]
fn the_palette_runs_a_write_only_if_its_name_was_typed() {
    for typed in ["dark", "d", "de", "remaining", "marked", "value", "pool"] {
        let mut console = console();
        console.press("3:").type_text(typed).press("<enter>").lacks("Cancel").lacks("delete key");
        assert_eq!(changes(&console), []);
    }
    let mut console = console();
    console.press("3:").type_text("delet").press("<enter>").shows("type delete to run it");
    console.type_text("e").press("<enter>").shows("delete key \"backend\" of acme");
    console.press("<esc>:").type_text("marked").press("<enter>").shows("to run it");
    console.press("<backspace>").lacks("to run it");
    console.press("<esc>:").type_text("edit").press("<enter>").shows("edit key");
}

#[test]
fn a_palette_action_first_shows_the_pane_it_acts_on() {
    let mut console = console();
    for start in ["1", "4", "!", "u"] {
        console.press("<esc><esc><esc>").press(start).press(":delete<enter>").lacks("Cancel");
        console.shows("►3 Keys").shows("delete acts on the selection here: press D to run it");
    }
    console
        .press("1:drain<enter>")
        .shows("►2 Pool")
        .shows("drain acts on the selection here")
        .lacks("Cancel");
    console.press("1 g 3:dissolve-pool<enter>").shows("►2 Pool").lacks("Cancel");
    console.press("u:copy-value<enter>").shows("►3 Keys").shows("copy-value acts on the selection here");
    assert_eq!(last_requested_value(&console), None);
}

fn count_calls(scenario: &Scenario) -> usize {
    scenario.count_effects(|effect| matches!(effect, Effect::Probe(..)))
}

#[test]
fn t_calls_only_with_the_selection_of_the_focused_pane() {
    let mut scenario = sample();
    scenario.press("t").shows("a call needs one key: select it in pane 3, then press t");
    scenario.press("T").shows("a call needs one key").press("jj t").shows("a call needs one key");
    assert_eq!(count_calls(&scenario), 0);
    scenario.press("2 t").shows("200 · ok");
    assert_eq!(count_calls(&scenario), 1);
    scenario
        .press("1 g 3/")
        .type_text("acme-sandbox")
        .press("<enter> 1 t")
        .shows("(TestPlan/acme)")
        .shows("200 · ok");
    assert_eq!(count_calls(&scenario), 2);
}

#[test]
fn t_on_a_pool_key_calls_with_that_pool_key() {
    let mut console = console();
    console.press("jjj 2 jj t");
    let routes = vec![super::calls::api_route("GET", "/api")];
    console.finish_task(TaskReport::Loaded(Ok(QueryResult::Routes("basicplan".into(), routes))));
    let called_key = console.effects.iter().find_map(|effect| match effect {
        Effect::Probe(_, probe, _) => Some(probe.tenant_key.as_str().to_owned()),
        _ => None,
    });
    assert_eq!(called_key.as_deref(), Some("BasicPlan-initech-web"));
    console.press("jj t").shows("no tenant key uses pool key basic0005x");
}
