//! Operations on pools in the real console at 80×24, compared with the resulting account.

use keypool_local_aws::World;

use super::account::{Account, BASIC_PLAN, FREE_PLAN, TEST_PLAN};
use super::operations::select_key;

const ENTER: &str = "\r";
const RIGHT: &str = "\x1b[C";
const TAB: &str = "\t";

/// The number of tenant keys of each pool key, which must equal its counter.
fn tenants_per_key(account: &Account, plan: &str) -> Vec<usize> {
    let (_, _, keys) = account.pool(plan).unwrap();
    let checked_count = |key: &String| {
        let count = account.count_tenant_keys(key);
        assert_eq!(account.tenant_counter(key), Some(count), "the counter of {key}");
        count
    };
    keys.iter().map(checked_count).collect()
}

#[test]
fn a_pool_is_grown_rebalanced_edited_and_drained() {
    let account = Account::start(World::Sample);
    let mut console = account.start_console();
    console
        .wait_for("keys 14/10,000")
        .wait_until_read()
        .send_keys("1")
        .send_keys("jjj")
        .wait_for("Keys · BasicPlan · 14")
        .send_keys("2")
        .wait_for("►2 Pool");
    console
        .send_keys("n")
        .wait_for("count")
        .send_keys("2")
        .send_keys(ENTER)
        .wait_for("affects no tenants")
        .press_until("y", "done: add 2 API keys")
        .wait_for("keys 16/10,000")
        .wait_for("0/10");
    assert_eq!(tenants_per_key(&account, BASIC_PLAN), [3, 3, 3, 3, 2, 0, 0]);
    assert_eq!(account.plan_members(BASIC_PLAN).len(), 7);

    console
        .send_keys("m")
        .wait_for("► rebalance")
        .send_keys(ENTER)
        .wait_for("type 4 (the number of tenants)")
        .send_keys("4");
    console.press_until(ENTER, "done: rebalance").wait_until_gone("0/10");
    assert_eq!(tenants_per_key(&account, BASIC_PLAN), [2; 7]);

    console
        .send_keys("e")
        .wait_for("least-tenants")
        .send_keys(RIGHT)
        .send_keys(RIGHT)
        .wait_for("sticky")
        .send_keys(TAB)
        .send_keys("12");
    console.send_keys(ENTER).wait_for("Cancel").press_until("y", "done: edit the pool").wait_for("2/12");
    let (strategy, capacity, keys) = account.pool(BASIC_PLAN).unwrap();
    assert_eq!((strategy.as_str(), capacity.as_str()), ("sticky", "12"));

    let (first, last) = (&keys[0], &keys[6]);
    console
        .send_keys("g")
        .send_keys("D")
        .wait_for(&format!("drain pool key {first}"))
        .wait_for("type 2 (the number of tenants)");
    console
        .send_keys("2")
        .press_until(ENTER, "done: drain pool key")
        .wait_for("keys 15/10,000")
        .send_keys("j")
        .wait_until_gone(first);
    assert_eq!(tenants_per_key(&account, BASIC_PLAN).iter().sum::<usize>(), 14);
    assert!(!account.api_keys().contains_key(first) && account.tenant_counter(first).is_none());
    assert!(account.api_keys().contains_key(last));
}

#[test]
fn a_leaked_value_is_looked_up_and_its_pool_key_rotated() {
    let account = Account::start(World::Sample);
    let mut console = account.start_console();
    console.wait_for("keys 14/10,000").wait_until_read();
    let leaked = account.find_tenant_key("banana-stand").unwrap();
    let end: String = leaked.value.chars().skip(leaked.value.chars().count() - 6).collect();
    console.send_keys("w").wait_for("look up a key").send_keys(&format!("****{end}")).send_keys(ENTER);
    console
        .wait_for("matched by end of value")
        .wait_for(&leaked.api_key)
        .wait_for("used by 12 tenants")
        .wait_for("banana-stand");
    assert_eq!(account.count_tenant_keys(&leaked.api_key), 12);

    console
        .send_keys("R")
        .wait_for("grace")
        .send_keys("0")
        .send_keys(ENTER)
        .wait_for("type 12 (the number of tenants)")
        .send_keys("12");
    console.press_until(ENTER, "done: rotate pool key").wait_for("keys 14/10,000").wait_until_read();
    let (_, _, keys) = account.pool(FREE_PLAN).unwrap();
    assert_eq!((keys.len(), tenants_per_key(&account, FREE_PLAN)), (1, vec![12]));
    let rotated = account.find_tenant_key("banana-stand").unwrap();
    assert_eq!((&rotated.id, &rotated.api_key), (&leaked.id, &keys[0]));
    assert_eq!(account.api_keys()[&keys[0]], (rotated.value.clone(), true));
    assert!(rotated.value != leaked.value && !account.api_keys().contains_key(&leaked.api_key));
    select_key(&mut console, "banana-stand");
    console.send_keys("d").wait_for(&rotated.api_key);
}

#[test]
fn a_pool_is_created_from_a_siloed_key_and_dissolved() {
    let account = Account::start(World::Sample);
    let mut console = account.start_console();
    console
        .wait_for("keys 14/10,000")
        .wait_until_read()
        .send_keys("1")
        .send_keys("j")
        .wait_for("Keys · TestPlan · 4");
    let shared = account.find_tenant_key("acme-sandbox").unwrap();
    console
        .send_keys("3")
        .wait_for("▌ acme-sandbox")
        .send_keys(" ")
        .wait_for("1 marked")
        .send_keys("2")
        .send_keys("P");
    console
        .wait_for("a pool for TestPlan")
        .wait_for(&shared.id)
        .send_keys(TAB)
        .send_keys("5")
        .send_keys(ENTER);
    console
        .wait_for("Cancel")
        .press_until("y", "done: make 1 API key the pool")
        .wait_for("TestPlan · pooled")
        .wait_for("0/5");
    let pool = ("least-tenants".to_owned(), "5".to_owned(), vec![shared.id.clone()]);
    assert_eq!(account.pool(TEST_PLAN), Some(pool));
    assert_eq!(account.tenant_counter(&shared.id), Some(0), "the pool key's own tenant key is not counted");

    console.send_keys("X").wait_for("the pool of TestPlan has 1 tenant key");
    select_key(&mut console, "acme-sandbox");
    console
        .send_keys("m")
        .wait_for("► isolate")
        .send_keys(ENTER)
        .wait_for("Cancel")
        .press_until("y", "done: give key")
        .wait_for("keys 15/10,000");
    let isolated = account.find_tenant_key("acme-sandbox").unwrap();
    assert!(isolated.id != shared.id && account.api_keys()[&isolated.id].1, "its own API key is enabled");
    assert!(account.api_keys()[&shared.id].1, "the pool key stays enabled");

    console
        .send_keys("1")
        .send_keys("j")
        .wait_for("Pool · TestPlan")
        .send_keys("2")
        .wait_for("►2 Pool")
        .send_keys("X");
    console.wait_for("Cancel").press_until("y", "done: dissolve").wait_for("siloed: every tenant key");
    assert_eq!((account.pool(TEST_PLAN), account.tenant_counter(&shared.id)), (None, None));
    assert!(!account.api_keys().contains_key(&shared.id));
    assert_eq!(account.find_tenant_key("acme-sandbox"), Some(isolated));
}
