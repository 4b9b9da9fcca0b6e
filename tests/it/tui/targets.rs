//! What an action is about: never what is out of sight, and what a message speaks of before what is selected.

use keypool::ops::{Applied, Query};
use keypool::tui::{Answer, Effect, Outcome};
use keypool_domain::{Change, RowId, Secret};
use keypool_local_aws::World as LocalWorld;

use crate::support::console::{Console, ended};
use crate::support::scenario::Scenario;
use crate::support::world::World;

fn console() -> Console {
    Console::showing(World::sample().build(), 120, 40)
}

fn sample() -> Scenario {
    Scenario::in_world(LocalWorld::Sample).size(120, 40).open()
}

fn row(id: &str) -> RowId {
    RowId::new(id)
}

fn changes(console: &Console) -> Vec<Change> {
    let change = |effect: &Effect| match effect {
        Effect::Apply(_, change, _) => Some(change.clone()),
        _ => None,
    };
    console.asked.iter().filter_map(change).collect()
}

/// The tenant key whose value was asked for last.
fn asked_value(console: &Console) -> Option<&str> {
    console.asked.iter().rev().find_map(|effect| match effect {
        Effect::Load(_, Query::Secret(row), _) => Some(row.as_str()),
        _ => None,
    })
}

/// A console in which zeta has just got a key, before the account is read again.
fn just_created(start: &str) -> Console {
    let mut console = console();
    console.press(start).press("n").type_in("zeta").press("<tab>").type_in("web").press("<enter>");
    let applied = Applied { created: vec![row("BasicPlan-zeta-web")], ..Applied::default() };
    console.done(ended(Ok(applied)));
    console.sees("1 key created: \"web\" of zeta · y copies its value");
    console
}

fn with_new_key() -> std::sync::Arc<keypool_domain::Inventory> {
    World::sample().pooled("BasicPlan", "basic0005x", "zeta", "web").build()
}

#[test]
fn after_a_key_is_created_y_copies_its_value_and_not_that_of_the_selected_key() {
    for start in ["jjj", "jjj 4", "jjj 3", "jjj 3 / acme <enter>"] {
        let mut console = just_created(start);
        console.loaded(with_new_key()).press("y");
        assert_eq!(asked_value(&console), Some("BasicPlan-zeta-web"), "{start}");
        console
            .done(Outcome::Loaded(Ok(Answer::Secret(row("BasicPlan-zeta-web"), Secret::new("new-value")))));
        console.sees("the value of \"web\" of zeta is on the clipboard");
        assert_eq!(console.asked.last(), Some(&Effect::Copy(Secret::new("new-value"))));
    }
}

#[test]
fn the_offer_waits_for_the_new_key_to_be_read() {
    let mut console = just_created("jjj 3");
    console.press("y").sees("the new key is being read first");
    assert_eq!(asked_value(&console), None);
    let reading = console.asked.iter().rev().find_map(|effect| match effect {
        Effect::Load(id, Query::Inventory, _) => Some(*id),
        _ => None,
    });
    let arrived = Answer::Account(keypool::tui::Reading::new(with_new_key()));
    let reading = reading.expect("the account is read again");
    console.event(keypool::tui::Event::Done(reading, Outcome::Loaded(Ok(arrived))));
    assert_eq!(asked_value(&console), Some("BasicPlan-zeta-web"));
}

#[test]
fn the_message_is_about_its_key_for_v_and_c_too_and_the_next_key_ends_it() {
    let mut console = just_created("jjj 3");
    console.loaded(with_new_key()).press("c");
    assert_eq!(console.asked.last(), Some(&Effect::Copy(Secret::new("BasicPlan-zeta-web"))));
    let mut console = just_created("jjj 3");
    console.loaded(with_new_key()).press("v").sees("zeta").sees("web");
    assert_eq!(asked_value(&console), Some("BasicPlan-zeta-web"));
    let mut console = just_created("jjj 3");
    console.loaded(with_new_key()).press("g y");
    assert_eq!(asked_value(&console), Some("BasicPlan-acme-web"), "the selected key again");
}

#[test]
fn the_cursor_follows_a_new_key_and_says_so_where_it_is_not_listed() {
    let mut console = just_created("jjj 3");
    console.loaded(with_new_key()).sees("▌ web zeta").misses("not listed");
    let mut console = just_created("jjj 3 / acme <enter>");
    console.loaded(with_new_key()).sees("▌ web acme").sees("not listed here: the filter hides it");
    console.press("<esc>").sees("▌ web zeta");
    let mut console = console_in_another_plan();
    console.loaded(with_new_key()).sees("not listed here: it is in BasicPlan").sees("▌ trial acme");
}

/// The key is made in another plan than the one that is shown.
fn console_in_another_plan() -> Console {
    let mut console = console();
    console.press("jj 3 n").press("<backtab><right>").sees("← BasicPlan →");
    console.press("<tab>").type_in("zeta").press("<tab>").type_in("web").press("<enter>");
    let applied = Applied { created: vec![row("BasicPlan-zeta-web")], ..Applied::default() };
    console.done(ended(Ok(applied)));
    console
}

#[test]
fn rotated_isolated_and_moved_keys_are_followed_and_named() {
    let mut scenario = sample();
    scenario
        .press("j 3 R <right><enter> y")
        .sees("of acme")
        .sees("y copies its value")
        .sees("▌ acme-sandbox");
    scenario.press("1 jj 3 m<enter> y").sees("done: give key").sees("y copies its value");
    scenario.press("1 g j 3 m<enter>").sees("to which plan?").press("jj<enter>y").sees("done: move key");
    scenario.sees("not listed here: it is in PremiumPlan");
}

#[test]
fn results_name_the_tenants() {
    let mut scenario = sample();
    scenario.press("j 3 D y").sees("1 key deleted: \"acme-sandbox\" of acme");
    scenario.press("<space><space> e<enter>").type_in("2").press("<enter>").sees("2 keys edited: tenants ");
}

#[test]
fn the_details_act_on_their_key_when_the_cursor_has_moved_under_them() {
    let mut console = console();
    console.press("jjjj 3 r d").sees("premium000");
    console
        .loaded(World::sample().without("premium000").build())
        .press("y")
        .sees("tenant key premium000 is not there any more");
    assert_eq!(asked_value(&console), None);
}

#[test]
fn marks_that_the_filter_hides_are_counted_and_never_acted_on() {
    let mut console = console();
    console.press("jj 3 <space><space><space>").sees("3 marked").press("/ globex <enter>");
    console
        .sees("3 marked, 2 hidden")
        .press("D")
        .sees("3 marked, 2 hidden: keys that are not listed are left out");
    console.sees("delete key").press("y");
    assert_eq!(changes(&console), [Change::Delete(vec![row("FreePlan-globex-trial")])]);
}

#[test]
fn where_all_marks_are_hidden_nothing_is_done_not_even_to_the_selected_key() {
    for keys in ["D", "R", "e", "m", "+", "<ctrl-s>", ":create-pool<enter>"] {
        let mut console = console();
        console.press("jjjj 3 <space><space>/ umbrella <enter>").sees("2 marked, 2 hidden").press(keys);
        console.sees("2 marked, 2 hidden: only listed keys are acted on").misses("Cancel");
        assert_eq!(changes(&console), []);
        console.press("<esc> D").sees("delete 2 keys");
    }
}

#[test]
fn marks_of_another_plan_are_hidden_until_all_plans_are_shown() {
    let mut console = console();
    console.press("jj 3 <space> 1 j 3 <space>").sees("2 marked, 1 hidden").press("D y");
    assert_eq!(changes(&console), [Change::Delete(vec![row("BasicPlan-acme-web")])]);
    let mut console = self::console();
    console.press("jj 3 <space> 1 j 3 <space> 1 g 3").sees("2 marked ·").press("D").sees("delete 2 keys");
    console.press("<tab><enter>");
    let both = vec![row("BasicPlan-acme-web"), row("FreePlan-acme-trial")];
    assert_eq!(changes(&console), [Change::Delete(both)]);
}

#[test]
fn marks_of_keys_that_are_gone_are_no_longer_counted() {
    let mut console = console();
    console.press("jjjj 3 <space><space>").sees("2 marked");
    console.press("r").loaded(World::sample().without("premium000").build()).sees("1 marked ·");
}

#[test]
fn a_filter_matches_parts_of_words_and_fuzzy_only_after_a_tilde() {
    let world = || {
        let world = World::empty().plan("TestPlan", 20).siloed("TestPlan", "k1", "demo", "web");
        world.siloed("TestPlan", "k2", "initech", "van-demo-x").siloed(
            "TestPlan",
            "k3",
            "vandelay",
            "imports-od",
        )
    };
    let listed = |filter: &str| {
        let mut console = Console::showing(world().build(), 120, 40);
        console.press("3/").type_in(filter).press("<enter>");
        let screen = console.screen();
        ["web", "van-demo-x", "imports-od"].map(|name| screen.contains(&format!(" {name} ")))
    };
    assert_eq!(listed("DEMO"), [true, true, false]);
    assert_eq!(listed("dmo"), [false, false, false]);
    assert_eq!(listed("~dmo"), [true, true, false]);
    assert_eq!(listed("!~dmo"), [false, false, true]);
    assert_eq!(listed("~"), [true, true, true]);
}

#[test]
fn enter_in_the_palette_runs_no_write_whose_name_was_not_typed() {
    for typed in ["dark", "d", "de", "remaining", "marked", "value", "pool"] {
        let mut console = console();
        console.press("3:").type_in(typed).press("<enter>").misses("Cancel").misses("delete key");
        assert_eq!(changes(&console), []);
    }
    let mut console = console();
    console.press("3:").type_in("dele").press("<enter>").sees("delete key \"backend\" of acme");
    console.press("<esc>:").type_in("marked").press("<enter>").sees("runs only by its name");
    console.press("<backspace>").misses("runs only by its name");
    console.press("<esc>:").type_in("edit").press("<enter>").sees("edit key");
}

#[test]
fn an_action_named_in_the_palette_never_acts_on_what_is_out_of_sight() {
    let mut console = console();
    for start in ["1", "4", "!", "u"] {
        console.press("<esc><esc><esc>").press(start).press(":delete<enter>").misses("Cancel");
        console.sees("▶3 Keys").sees("delete acts on what is selected here: D does it");
    }
    console
        .press("1:drain<enter>")
        .sees("▶2 Pool")
        .sees("drain acts on what is selected here")
        .misses("Cancel");
    console.press("1 g 3:dissolve-pool<enter>").sees("▶2 Pool").misses("Cancel");
    console.press("u:copy-value<enter>").sees("▶3 Keys").sees("copy-value acts on what is selected here");
    assert_eq!(asked_value(&console), None);
}

/// Whom the last call was made with.
fn called(scenario: &Scenario) -> usize {
    scenario.asked(|effect| matches!(effect, Effect::Probe(..)))
}

#[test]
fn t_calls_only_what_is_selected_in_the_pane_with_the_focus() {
    let mut scenario = sample();
    scenario.press("t").sees("a call needs one key: choose it in pane 3, then press t");
    scenario.press("T").sees("a call needs one key").press("jj t").sees("a call needs one key");
    assert_eq!(called(&scenario), 0);
    scenario.press("2 t").sees("200 · ok");
    assert_eq!(called(&scenario), 1);
    scenario
        .press("1 g /")
        .type_in("acme-sandbox")
        .press("<enter> 1 t")
        .sees("(TestPlan/acme)")
        .sees("200 · ok");
    assert_eq!(called(&scenario), 2);
}

#[test]
fn t_on_a_pool_key_calls_with_that_pool_key() {
    let mut console = console();
    console.press("jjj 2 jj t");
    let routes = vec![super::calls::route("GET", "/api")];
    console.done(Outcome::Loaded(Ok(Answer::Routes("basicplan".into(), routes))));
    let plan = console.asked.iter().find_map(|effect| match effect {
        Effect::Probe(_, plan, _) => Some(plan.row.as_str().to_owned()),
        _ => None,
    });
    assert_eq!(plan.as_deref(), Some("BasicPlan-initech-web"));
    console.press("jj t").sees("no tenant key is behind pool key basic0005x");
}
