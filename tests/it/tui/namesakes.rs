//! Usage plans of the same name: each is shown with its id wherever plans are named.

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
