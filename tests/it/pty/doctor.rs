//! The doctor in the real console at 80×24, compared with the resulting account.

use keypool_local_aws::World;

use super::account::{Account, BASIC_PLAN};

const ENTER: &str = "\r";

#[test]
fn one_finding_is_fixed_and_then_all_others() {
    let account = Account::start(World::SampleDrifted);
    let mut console = account.start_console();
    console.wait_until_read().send_keys("!").wait_for("Doctor · 20 problems").wait_for("counter-missing");
    let uncounted = "3efr4edt2s";
    assert_eq!(account.tenant_counter(uncounted), None);
    console.send_keys(ENTER).wait_for("set the counter of pool key").wait_for(uncounted).wait_for("Cancel");
    console.press_until("y", "1 problem fixed").wait_for("Doctor · 19 problems");
    assert_eq!(account.tenant_counter(uncounted), Some(account.count_tenant_keys(uncounted)));

    let disabled = "9ri19r0wyo";
    let tenants_before = account.count_tenant_keys(disabled);
    console.send_keys("a").wait_for("Fix all").wait_for("the number of tenants");
    let screen = console.screen();
    let (_, prompt) = screen.split_once("type ").unwrap();
    let number_to_type = prompt.split(',').next().unwrap().to_owned();
    console
        .send_keys(&number_to_type)
        .press_until(ENTER, "problems fixed")
        .wait_until_gone("pool-key-disabled");

    let (_, _, keys) = account.pool(BASIC_PLAN).unwrap();
    assert!(
        tenants_before > 0 && !keys.contains(&disabled.to_owned()),
        "its tenants were moved to other keys"
    );
    for key in &keys {
        assert_eq!(account.tenant_counter(key), Some(account.count_tenant_keys(key)), "the counter of {key}");
        assert!(account.api_keys()[key].1, "{key} is enabled");
    }
    let reattached = account.find_tenant_key("rekall-booking").unwrap();
    assert!(
        keys.contains(&reattached.api_key) && account.api_keys()[&reattached.api_key].0 == reattached.value
    );
    // Findings that need their own decision are unchanged: a differing value, a differing state, a missing API key, and
    // an API key attached by hand.
    let differing = account.find_tenant_key("paper-orders").unwrap();
    assert_ne!(account.api_keys()[&differing.api_key].0, differing.value);
    assert!(
        account.find_tenant_key("wonka-factory").is_some(),
        "a tenant key whose API key is missing needs its own decision"
    );
    let disagreeing = account.find_tenant_key("globex-trial").unwrap();
    assert!(!disagreeing.enabled && account.api_keys()[&disagreeing.id].1, "this finding needs a decision");
    assert!(account.api_keys()["q80idw3706"].1, "an orphan API key needs its own decision");
    assert!(
        !account.api_keys().contains_key("i8j76b2laj"),
        "the leftover of an interrupted create is deleted"
    );
    console.send_keys("q").wait_for("►3 Keys").send_keys("q");
    assert_eq!(console.wait_for_exit(), 0);
}
