//! The view of the doctor in the real program, by keys alone at 80×24, and what the account says then.

use keypool_local_aws::World;

use super::account::{Account, BASIC};

const ENTER: &str = "\r";

#[test]
fn one_finding_is_fixed_and_then_all_others() {
    let account = Account::start(World::SampleDrifted);
    let mut console = account.console();
    console.wait_for("FreePlan").send_keys("!").wait_for("Doctor · 20 problems").wait_for("counter-missing");
    let uncounted = "3efr4edt2s";
    assert_eq!(account.tenant_counter(uncounted), None);
    console.send_keys(ENTER).wait_for("set the counter of pool key").wait_for(uncounted).wait_for("Cancel");
    console.press_until("y", "1 problem fixed").wait_for("Doctor · 19 problems");
    assert_eq!(account.tenant_counter(uncounted), Some(account.count_tenant_keys(uncounted)));

    let disabled = "9ri19r0wyo";
    let behind = account.count_tenant_keys(disabled);
    console.send_keys("a").wait_for("Fix all").wait_for("the number of tenants");
    let screen = console.screen();
    let (_, asked) = screen.split_once("type ").unwrap();
    let tenants = asked.split(',').next().unwrap().to_owned();
    console.send_keys(&tenants).press_until(ENTER, "problems fixed").wait_until_gone("pool-key-disabled");

    let (_, _, keys) = account.pool(BASIC).unwrap();
    assert!(behind > 0 && !keys.contains(&disabled.to_owned()), "its tenants have another");
    for key in &keys {
        assert_eq!(account.tenant_counter(key), Some(account.count_tenant_keys(key)), "the counter of {key}");
        assert!(account.api_keys()[key].1, "{key} works");
    }
    let lost = account.find_row("rekall-booking").unwrap();
    assert!(keys.contains(&lost.api_key) && account.api_keys()[&lost.api_key].0 == lost.value);
    // What is a question of its own is as it was: a value, a state, and a key that somebody attached by hand.
    let strayed = account.find_row("paper-orders").unwrap();
    assert_ne!(account.api_keys()[&strayed.api_key].0, strayed.value);
    assert!(
        account.find_row("wonka-factory").is_some(),
        "whether a tenant whose key is gone goes, too, is asked"
    );
    let off = account.find_row("globex-trial").unwrap();
    assert!(!off.enabled && account.api_keys()[&off.id].1, "nobody said which is right");
    assert!(account.api_keys()["q80idw3706"].1, "a key without a row is a question of its own");
    assert!(!account.api_keys().contains_key("i8j76b2laj"), "what a create left is gone");
    console.send_keys("q").wait_for("▶1 Plans").send_keys("q");
    assert_eq!(console.wait_for_exit(), 0);
}
