//! The view of the doctor in the real program, by keys alone at 80×24, and what the account says then.

use keypool_local_aws::World;

use super::account::{Account, BASIC};

const ENTER: &str = "\r";

#[test]
fn one_finding_is_mended_and_then_all_of_them() {
    let account = Account::start(World::SampleDrifted);
    let mut console = account.console();
    console.sees("FreePlan").types("!").sees("Doctor · findings 20").sees("counter-missing");
    let uncounted = "3efr4edt2s";
    assert_eq!(account.counter(uncounted), None);
    console.types(ENTER).sees("set the counter of pool key").sees(uncounted).sees("Cancel");
    console.presses_until("y", "1 finding fixed").sees("Doctor · findings 19");
    assert_eq!(account.counter(uncounted), Some(account.behind(uncounted)));

    let disabled = "9ri19r0wyo";
    let behind = account.behind(disabled);
    console.types("a").sees("Fix all").sees("the number of tenants");
    let screen = console.screen();
    let (_, asked) = screen.split_once("type ").unwrap();
    let tenants = asked.split(',').next().unwrap().to_owned();
    console.types(&tenants).presses_until(ENTER, "findings fixed").no_longer_sees("pool-key-disabled");

    let (_, _, keys) = account.pool(BASIC).unwrap();
    assert!(behind > 0 && !keys.contains(&disabled.to_owned()), "its tenants have another");
    for key in &keys {
        assert_eq!(account.counter(key), Some(account.behind(key)), "the counter of {key}");
        assert!(account.api_keys()[key].1, "{key} works");
    }
    let lost = account.row("rekall-booking").unwrap();
    assert!(keys.contains(&lost.api_key) && account.api_keys()[&lost.api_key].0 == lost.value);
    // What is a question of its own is as it was: a value, a state, and a key that somebody attached by hand.
    let strayed = account.row("paper-orders").unwrap();
    assert_ne!(account.api_keys()[&strayed.api_key].0, strayed.value);
    assert!(account.row("wonka-factory").is_some(), "whether a tenant whose key is gone goes, too, is asked");
    let off = account.row("globex-trial").unwrap();
    assert!(!off.enabled && account.api_keys()[&off.id].1, "nobody said which is right");
    assert!(account.api_keys()["q80idw3706"].1, "a key without a row is a question of its own");
    assert!(!account.api_keys().contains_key("i8j76b2laj"), "what a create left is gone");
    console.types("q").sees("▶1 Plans").types("q");
    assert_eq!(console.ends(), 0);
}
