//! Confirming changes, undoing bulk changes, and the hint of pane 4.

use std::sync::Arc;

use keypool::tui::Effect;
use keypool_domain::testing::InventoryBuilder;
use keypool_domain::{Change, Inventory};
use keypool_local_aws::{Answer, Fault, World};

use crate::support::accounts::both_consoles;
use crate::support::console::Console;
use crate::support::scenario::Scenario;

fn sample() -> Scenario {
    Scenario::builder(World::Sample).size(120, 40).start()
}

/// The inventory of each change that was started.
fn started_inventories(console: &Console) -> Vec<Arc<Inventory>> {
    let inventory = |effect: &Effect| match effect {
        Effect::Apply(_, _, inventory) => Some(Arc::clone(inventory)),
        _ => None,
    };
    console.effects.iter().filter_map(inventory).collect()
}

#[test]
fn a_confirmed_change_uses_the_inventory_its_dialog_showed() {
    let shown = InventoryBuilder::sample().build();
    let mut console = Console::with_inventory(Arc::clone(&shown), 100, 40);
    // An equal inventory arrives while the dialog is open.
    console.press("jjjj 3 r D").shows("delete key \"backend\" of acme");
    console.finish_loading(InventoryBuilder::sample().build()).shows("delete key").press("y");
    let inventories = started_inventories(&console);
    assert!(matches!(&inventories[..], [one] if Arc::ptr_eq(one, &shown)), "{} changes", inventories.len());
}

#[test]
fn a_confirmed_change_is_refused_if_the_account_has_changed() {
    // Another user renamed or deleted the key while the dialog was open.
    let renamed = InventoryBuilder::sample().edit_key("premium000", |key| key.name = "other".into()).build();
    let deleted = InventoryBuilder::empty().plan("PremiumPlan", 100).build();
    for (newer, message) in
        [(renamed, "review the new steps"), (deleted, "tenant key premium000 does not exist")]
    {
        let mut console = Console::with_inventory(InventoryBuilder::sample().build(), 160, 40);
        console.press("jjjj 3 r D").shows("delete key \"backend\" of acme");
        console.finish_loading(newer).shows("delete key \"backend\" of acme").press("y");
        assert_eq!(started_inventories(&console).len(), 0, "{message}");
        console.shows("nothing was done: the account changed since the steps were shown").shows(message);
    }
}

#[test]
fn undo_restores_a_bulk_deletion_in_one_step() {
    for (mut scenario, keys) in both_consoles() {
        scenario.press("j 3 <space><space><space> D").shows("delete 3 keys").type_text("3").press("<enter>");
        scenario
            .shows("3 keys deleted")
            .shows("U undoes it")
            .shows(&format!("keys {}/10,000", keys - 3))
            .press("U");
        scenario.shows("restore 3 keys").shows("affects 3 tenants").type_text("3").press("<enter>");
        scenario.shows("3 keys created").shows(&format!("keys {keys}/10,000")).press("U");
        scenario.shows("nothing to undo in this session");
    }
}

#[test]
fn undo_after_a_partial_restore_restores_only_the_rest() {
    for (mut scenario, keys) in both_consoles() {
        scenario.press("j 3 <space><space><space> D").type_text("3").press("<enter>").shows("3 keys deleted");
        let denied = Fault::on("CreateApiKey", Answer::AccessDenied { action: None }).skip(1).always();
        scenario.press("U").shows("restore 3 keys").inject_fault(denied).type_text("3").press("<enter>");
        scenario
            .shows("1 of 3 done")
            .clear_faults()
            .shows(&format!("keys {}/10,000", keys - 2))
            .press("U")
            .shows("restore 2 keys");
        scenario
            .type_text("2")
            .press("<enter>")
            .shows("2 keys created")
            .shows(&format!("keys {keys}/10,000"));
    }
}

#[test]
fn undo_reenables_keys_disabled_in_bulk() {
    for (mut scenario, _) in both_consoles() {
        scenario.press("j 3 <space><space> e<enter>").shows("disable 2 keys").type_text("2").press("<enter>");
        scenario.shows("U undoes it").press("U").shows("enable 2 keys").type_text("2").press("<enter>");
        scenario.shows("2 keys edited").press("U").shows("nothing to undo in this session");
        let enables_both = |effect: &Effect| matches!(effect, Effect::Apply(_, Change::SetEnabled { tenant_keys, enabled: true }, _) if tenant_keys.len() == 2);
        assert_eq!(scenario.count_effects(enables_both), 1);
    }
}

#[test]
fn pane_4_says_which_key_a_call_would_use() {
    let mut scenario = sample();
    scenario.shows("a call needs one key: select it in pane 3, then press t").lacks("with this key");
    scenario
        .press("jj 2")
        .shows("t calls the API with key \"")
        .press("3")
        .shows("t calls the API with this key");
    scenario.press("3 /").type_text("name:acme-sandbox").press("<enter>1g");
    scenario.shows("t calls the API with key \"acme-sandbox\" of acme");
}
