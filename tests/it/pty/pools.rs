//! What is done to a pool and its keys, in the real program by keys alone at 80×24, and what the account says then.

use keypool_local_aws::World;

use super::account::{Account, BASIC, FREE, TEST};
use super::operations::find;

const ENTER: &str = "\r";
const RIGHT: &str = "\x1b[C";
const TAB: &str = "\t";

/// The tenant keys behind each key of a pool; the counters must say the same.
fn filled(account: &Account, plan: &str) -> Vec<usize> {
    let (_, _, keys) = account.pool(plan).unwrap();
    let behind = |key: &String| {
        let rows = account.behind(key);
        assert_eq!(account.counter(key), Some(rows), "the counter of {key}");
        rows
    };
    keys.iter().map(behind).collect()
}

#[test]
fn a_pool_grows_is_levelled_set_and_drained() {
    let account = Account::start(World::Sample);
    let mut console = account.console();
    console.sees("keys 14/10,000").types("jjj").sees("Keys · BasicPlan · 14").types("2").sees("▶2 Pool");
    console
        .types("n")
        .sees("how many")
        .types("2")
        .types(ENTER)
        .sees("touches no tenant")
        .presses_until("y", "done: add 2 API keys")
        .sees("keys 16/10,000")
        .sees("0/10");
    assert_eq!(filled(&account, BASIC), [3, 3, 3, 3, 2, 0, 0]);
    assert_eq!(account.members(BASIC).len(), 7);

    console.types("m").sees("▶ rebalance").types(ENTER).sees("type 4, the number of tenants").types("4");
    console.presses_until(ENTER, "done: rebalance").no_longer_sees("0/10");
    assert_eq!(filled(&account, BASIC), [2; 7]);

    console.types("e").sees("least-tenants").types(RIGHT).types(RIGHT).sees("sticky").types(TAB).types("12");
    console.types(ENTER).sees("Cancel").presses_until("y", "done: change the pool").sees("2/12");
    let (strategy, capacity, keys) = account.pool(BASIC).unwrap();
    assert_eq!((strategy.as_str(), capacity.as_str()), ("sticky", "12"));

    let (first, last) = (&keys[0], &keys[6]);
    console
        .types("g")
        .types("D")
        .sees(&format!("drain pool key {first}"))
        .sees("type 2, the number of tenants");
    console
        .types("2")
        .presses_until(ENTER, "done: drain pool key")
        .sees("keys 15/10,000")
        .types("j")
        .no_longer_sees(first);
    assert_eq!(filled(&account, BASIC).iter().sum::<usize>(), 14);
    assert!(!account.api_keys().contains_key(first) && account.counter(first).is_none());
    assert!(account.api_keys().contains_key(last));
}

#[test]
fn a_leaked_value_is_found_and_its_pool_key_rotated() {
    let account = Account::start(World::Sample);
    let mut console = account.console();
    console.sees("keys 14/10,000");
    let leaked = account.row("banana-stand").unwrap();
    let end: String = leaked.value.chars().skip(leaked.value.chars().count() - 6).collect();
    console.types("w").sees("whose key is this?").types(&format!("****{end}")).types(ENTER);
    console
        .sees("found by the end of a value")
        .sees(&leaked.api_key)
        .sees("12 tenants behind it")
        .sees("banana-stand");
    assert_eq!(account.behind(&leaked.api_key), 12);

    console
        .types("R")
        .sees("grace")
        .types("0")
        .types(ENTER)
        .sees("type 12, the number of tenants")
        .types("12");
    console.presses_until(ENTER, "done: rotate pool key").sees("keys 14/10,000");
    let (_, _, keys) = account.pool(FREE).unwrap();
    assert_eq!((keys.len(), filled(&account, FREE)), (1, vec![12]));
    let now = account.row("banana-stand").unwrap();
    assert_eq!((&now.id, &now.api_key), (&leaked.id, &keys[0]));
    assert_eq!(account.api_keys()[&keys[0]], (now.value.clone(), true));
    assert!(now.value != leaked.value && !account.api_keys().contains_key(&leaked.api_key));
    find(&mut console, "banana-stand");
    console.sees(&now.api_key);
}

#[test]
fn a_siloed_key_becomes_a_pool_which_goes_again() {
    let account = Account::start(World::Sample);
    let mut console = account.console();
    console.sees("keys 14/10,000").types("j").sees("Keys · TestPlan · 4");
    let shared = account.row("acme-sandbox").unwrap();
    console.types("3").sees("▌ acme-sandbox").types(" ").sees("1 marked").types("2").types("P");
    console.sees("a pool for TestPlan").sees(&shared.id).types(TAB).types("5").types(ENTER);
    console
        .sees("Cancel")
        .presses_until("y", "done: make 1 API key the pool")
        .sees("TestPlan · pooled")
        .sees("0/5");
    let pool = ("least-tenants".to_owned(), "5".to_owned(), vec![shared.id.clone()]);
    assert_eq!(account.pool(TEST), Some(pool));
    assert_eq!(account.counter(&shared.id), Some(0), "the pool key's own row is not counted");

    console.types("X").sees("the pool of TestPlan has 1 tenant key");
    find(&mut console, "acme-sandbox");
    console
        .types("m")
        .sees("▶ isolate")
        .types(ENTER)
        .sees("Cancel")
        .presses_until("y", "done: give key")
        .sees("keys 15/10,000");
    let own = account.row("acme-sandbox").unwrap();
    assert!(own.id != shared.id && account.api_keys()[&own.id].1, "it has a key that works");
    assert!(account.api_keys()[&shared.id].1, "and the pool key works as well");

    console.types("1").types("j").sees("Pool · TestPlan").types("2").sees("▶2 Pool").types("X");
    console.sees("Cancel").presses_until("y", "done: dissolve").sees("siloed: every tenant key");
    assert_eq!((account.pool(TEST), account.counter(&shared.id)), (None, None));
    assert!(!account.api_keys().contains_key(&shared.id));
    assert_eq!(account.row("acme-sandbox"), Some(own));
}
