//! Usage plans and keys of the same name: each is shown with its id wherever it is named.

use keypool_domain::testing::InventoryBuilder;

use crate::support::console::Console;

/// The sample, whose PremiumPlan has the name of BasicPlan.
fn console() -> Console {
    let inventory = InventoryBuilder::sample().rename_plan("premiumplan", "BasicPlan").build();
    Console::with_inventory(inventory, 120, 40)
}

#[test]
fn panes_forms_and_dialogs_show_the_ids_of_plans_with_the_same_name() {
    let mut console = console();
    console.shows("basicplan (").shows("premiumpla").shows("TestPlan").lacks("testplan");
    let label = "premiumplan (BasicPlan)";
    console.press("jjjj").shows(&format!("3 Keys · {label}")).shows(&format!("2 Pool · {label}"));
    console.press("n").shows(label).press("<esc>");
    console.press("1e").shows(&format!("edit usage plan {label}")).press("<esc>");
    console.press("1D").shows(&format!("delete usage plan {label}")).press("<esc>");
    console.press("3m<enter>").shows("basicplan (BasicPlan) · ");
}

#[test]
fn dialogs_show_the_ids_of_keys_that_look_alike() {
    let inventory = InventoryBuilder::empty()
        .plan("Gold", 100)
        .siloed_key("Gold", "k1", "acme", "ad\u{200b}min")
        .siloed_key("Gold", "k2", "acme", "ad\u{2060}min")
        .build();
    let mut console = Console::with_inventory(inventory, 120, 40);
    console.press("3D").shows("delete key \"k1 (ad").press("<esc>");
    console.press("3e").shows("edit key \"k1 (ad").press("<esc>");
    console.press("3jD").shows("delete key \"k2 (ad").press("<esc>");
}

#[test]
fn the_call_pane_shows_the_id_of_a_key_that_looks_like_one_of_another_plan() {
    let inventory = InventoryBuilder::empty()
        .plan("Gold", 100)
        .plan("Silver", 100)
        .siloed_key("Gold", "k1", "acme", "web")
        .siloed_key("Silver", "k2", "acme", "web ")
        .build();
    let mut console = Console::with_inventory(inventory, 120, 40);
    console.press("1j").shows("calls the API with key \"k1 (web)\" of acme");
}
