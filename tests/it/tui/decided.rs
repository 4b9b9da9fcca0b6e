//! A confirmed change is made of what its dialog showed, a bulk comes back at once, and pane 4 says what a call calls.

use std::sync::Arc;

use keypool::tui::Effect;
use keypool_domain::{Change, Inventory};
use keypool_local_aws::{Answer, Fault, World};

use crate::support::console::Console;
use crate::support::scenario::Scenario;
use crate::support::world;

fn sample() -> Scenario {
    Scenario::in_world(World::Sample).size(120, 40).open()
}

/// The inventories of the changes that were begun.
fn begun(console: &Console) -> Vec<Arc<Inventory>> {
    let inventory = |effect: &Effect| match effect {
        Effect::Apply(_, _, inventory) => Some(Arc::clone(inventory)),
        _ => None,
    };
    console.asked.iter().filter_map(inventory).collect()
}

#[test]
fn a_change_is_made_of_the_inventory_that_its_dialog_showed() {
    let shown = world::World::sample().build();
    let mut console = Console::showing(Arc::clone(&shown), 100, 40);
    // Another reading, which says the same, arrives while the dialog is open.
    console.press("jjjj 3 r D").sees("delete key \"backend\" of acme");
    console.loaded(world::World::sample().build()).sees("delete key").press("y");
    let begun = begun(&console);
    assert!(matches!(&begun[..], [one] if Arc::ptr_eq(one, &shown)), "{} changes", begun.len());
}

#[test]
fn a_change_is_refused_where_the_account_changed_since_its_dialog() {
    // Another user renamed and disabled the key while the dialog was open.
    let renamed = world::World::sample().renamed("premium000", "other").build();
    let gone = world::World::empty().plan("PremiumPlan", 100).build();
    for (newer, why) in [(renamed, "look at them again"), (gone, "there is no key premium000")] {
        let mut console = Console::showing(world::World::sample().build(), 160, 40);
        console.press("jjjj 3 r D").sees("delete key \"backend\" of acme");
        console.loaded(newer).sees("delete key \"backend\" of acme").press("y");
        assert_eq!(begun(&console).len(), 0, "{why}");
        console.sees("nothing was done: the account has changed since its steps were shown").sees(why);
    }
}

#[test]
fn a_bulk_deletion_is_taken_back_at_once() {
    let mut scenario = sample();
    scenario.press("j 3 <space><space><space> D").sees("delete 3 keys").type_in("3").press("<enter>");
    scenario.sees("3 keys deleted").sees("U takes it back").sees("keys 11/10,000").press("U");
    scenario.sees("restore 3 keys").sees("touches 3 tenants").type_in("3").press("<enter>");
    scenario.sees("3 keys created").sees("keys 14/10,000").press("U");
    scenario.sees("nothing of this session can be taken back");
}

#[test]
fn what_came_back_of_a_bulk_is_not_made_a_second_time() {
    let mut scenario = sample();
    scenario.press("j 3 <space><space><space> D").type_in("3").press("<enter>").sees("3 keys deleted");
    let denied = Fault::on("CreateApiKey", Answer::AccessDenied { action: None }).skip(1).always();
    scenario.press("U").sees("restore 3 keys").meets(denied).type_in("3").press("<enter>");
    scenario.sees("1 of 3 done").without_faults().sees("keys 12/10,000").press("U").sees("restore 2 keys");
    scenario.type_in("2").press("<enter>").sees("2 keys created").sees("keys 14/10,000");
}

#[test]
fn a_bulk_that_was_disabled_is_enabled_again_at_once() {
    let mut scenario = sample();
    scenario.press("j 3 <space><space> e<enter>").sees("disable 2 keys").type_in("2").press("<enter>");
    scenario.sees("U takes it back").press("U").sees("enable 2 keys").type_in("2").press("<enter>");
    scenario.sees("2 keys edited").press("U").sees("nothing of this session can be taken back");
    let both = |effect: &Effect| matches!(effect, Effect::Apply(_, Change::Switch { rows, enabled: true }, _) if rows.len() == 2);
    assert_eq!(scenario.asked(both), 1);
}

#[test]
fn pane_4_says_what_a_call_calls_in_the_pane_that_has_the_focus() {
    let mut scenario = sample();
    scenario.sees("a call needs one key: choose it in pane 3, then press t").misses("with this key");
    scenario
        .press("jj 2")
        .sees("t calls the API with key \"")
        .press("3")
        .sees("t calls the API with this key");
    scenario.press("1 /").type_in("name:acme-sandbox").press("<enter>1g");
    scenario.sees("t calls the API with key \"acme-sandbox\" of acme");
}
