//! The console while the account is still being read: a page of the tenant keys is held back until the test releases it.

use keypool_local_aws::{Answer, Fault, World};

use super::account::{Account, KEYS_TABLE};

const ENTER: &str = "\r";
const ESCAPE: &str = "\x1b";

#[test]
fn the_first_page_of_keys_can_be_used_before_the_second_is_answered() {
    let account = Account::start(World::Scale { plans: 4, keys: 40, tenants: 200 });
    let held =
        Fault { path: Some(KEYS_TABLE.to_owned()), ..Fault::on("Scan", Answer::Hold).skip(1).always() };
    account.faults().script(held);
    let mut console = account.start_console();

    // Plans with their models, headroom and the first keys; counts are marked as incomplete.
    console.wait_for("Plan000").wait_for("sharded").wait_for("siloed").wait_for("keys 40/10,000");
    console.wait_for(" of about 2").wait_for("app-0");
    let screen = console.screen();
    assert!(screen.contains("Keys · all plans · ") && !screen.contains("all plans · 200"), "{screen}");
    let count = screen.split("Keys · all plans · ").nth(1).and_then(|rest| rest.split(' ').next());
    assert!(count.is_some_and(|count| count.ends_with('…')), "{screen}");

    // It moves, filters, shows details and reveals a value.
    console.send_keys("3").send_keys("j").send_keys("/nosuchkey").wait_for("no keys match the filter");
    console.send_keys(ENTER).send_keys(ESCAPE).wait_until_gone("nosuchkey").wait_for("app-0");
    console.send_keys("d").wait_for("throttle").wait_for("••••");
    console.send_keys("v").wait_for("hide").send_keys(ESCAPE).wait_until_gone("throttle");

    // What needs the other keys is refused with the reason.
    console.send_keys("D").wait_for("tenant keys are not all read yet (");
    assert!(!console.screen().contains("Cancel"));
    assert_eq!(account.count_calls("GetUsagePlanKeys"), 0, "the keys of plans are read last");

    account.faults().clear();
    console.wait_for("Keys · all plans · 200 ·");
    console.send_keys("D").wait_for("Cancel").send_keys(ESCAPE).wait_until_gone("Cancel");
    console.send_keys("q");
}
