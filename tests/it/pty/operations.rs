//! Operations on tenant keys in the real console at 80×24, compared with the resulting account.

use keypool_local_aws::World;

use super::account::{Account, BASIC_PLAN, PREMIUM_PLAN, TEST_PLAN};
use crate::support::pty::Terminal;

const ENTER: &str = "\r";
const CTRL_U: &str = "\x15";

/// Moves the cursor to the key with this name, in any plan.
pub(super) fn select_key(console: &mut Terminal, name: &str) {
    console
        .send_keys("1")
        .wait_for("►1 Plans")
        .send_keys("g")
        .wait_for("Keys · all plans")
        .send_keys("3/")
        .send_keys(CTRL_U)
        .send_keys(name);
    console.send_keys(ENTER).wait_for("►3 Keys").wait_for("all plans · 1 of ").wait_for(name);
}

#[test]
fn a_siloed_key_is_rotated_and_moved_to_another_plan() {
    let account = Account::start(World::Sample);
    let mut console = account.start_console();
    console.wait_for("keys 14/10,000").wait_until_read();
    let before = account.find_tenant_key("acme-sandbox").unwrap();
    select_key(&mut console, "acme-sandbox");
    console.send_keys("R").wait_for("grace").send_keys("0").send_keys(ENTER);
    console
        .wait_for("stop working at once")
        .wait_for("Cancel")
        .press_until("y", "done: rotate key")
        .wait_for("keys 14/10,000")
        .wait_until_read();
    let rotated = account.find_tenant_key("acme-sandbox").unwrap();
    assert_ne!(rotated.value, before.value);
    assert_eq!(account.api_keys()[&rotated.id], (rotated.value.clone(), true));
    assert!(account.plan_members(TEST_PLAN).contains(&rotated.id));
    assert!(!account.api_keys().contains_key(&before.id));
    console.wait_until_gone(&before.id);

    console
        .send_keys("m")
        .wait_for("► change plan")
        .send_keys(ENTER)
        .wait_for("move to plan")
        .send_keys("jj")
        .wait_for("► PremiumPlan");
    console
        .send_keys(ENTER)
        .wait_for("of acme to PremiumPlan")
        .wait_for("Cancel")
        .press_until("y", "done: move key");
    let moved = account.find_tenant_key("acme-sandbox").unwrap();
    assert_eq!((moved.plan.as_str(), &moved.value), (PREMIUM_PLAN, &rotated.value));
    assert!(
        account.plan_members(PREMIUM_PLAN).contains(&moved.id)
            && !account.plan_members(TEST_PLAN).contains(&moved.id)
    );
}

#[test]
fn a_tenant_is_isolated_and_consolidated_again() {
    let account = Account::start(World::Sample);
    let mut console = account.start_console();
    console.wait_for("keys 14/10,000").wait_until_read();
    let shared = account.find_tenant_key("wayne-alarms").unwrap();
    select_key(&mut console, "wayne-alarms");
    console
        .send_keys("m")
        .wait_for("► isolate")
        .send_keys(ENTER)
        .wait_for("still have the shared value")
        .press_until("y", "done: give key")
        .wait_for("keys 15/10,000");
    let isolated = account.find_tenant_key("wayne-alarms").unwrap();
    assert_eq!(account.api_keys()[&isolated.id], (isolated.value.clone(), true));
    assert!(isolated.value != shared.value && account.plan_members(BASIC_PLAN).contains(&isolated.id));
    assert_eq!(
        (account.tenant_counter(&shared.api_key), account.count_tenant_keys(&shared.api_key)),
        (Some(2), 2)
    );

    console
        .send_keys("m")
        .wait_for("► consolidate")
        .send_keys(ENTER)
        .wait_for("into the pool")
        .press_until("y", "done: move key");
    console.wait_for("keys 14/10,000").wait_until_read();
    let back = account.find_tenant_key("wayne-alarms").unwrap();
    assert_eq!(account.api_keys()[&back.api_key], (back.value, true));
    assert_eq!(
        (account.tenant_counter(&back.api_key), account.count_tenant_keys(&back.api_key)),
        (Some(3), 3),
        "the pool key with the fewest tenants"
    );
    assert!(!account.api_keys().contains_key(&isolated.id));
}

#[test]
fn an_edit_and_a_deletion_are_undone() {
    let account = Account::start(World::Sample);
    let mut console = account.start_console();
    console.wait_for("keys 14/10,000").wait_until_read();
    let before = account.find_tenant_key("acme-sandbox").unwrap();
    select_key(&mut console, "acme-sandbox");
    console
        .send_keys("e")
        .wait_for("edit")
        .send_keys("-2")
        .submit_form("1 key edited")
        .wait_for("U undoes it");
    assert_eq!(account.find_tenant_key("acme-sandbox-2").map(|key| key.id), Some(before.id.clone()));
    console
        .send_keys("U")
        .wait_for("set name to")
        .press_until("y", "✔ 1 key edited")
        .wait_until_gone("acme-sandbox-2");
    assert_eq!(account.find_tenant_key("acme-sandbox"), Some(before.clone()));

    console.send_keys("D").wait_for("Cancel").press_until("y", "1 key deleted").wait_for("keys 13/10,000");
    assert_eq!(account.find_tenant_key("acme-sandbox"), None);
    assert!(!account.api_keys().contains_key(&before.id));
    console
        .send_keys("U")
        .wait_for("restore key")
        .press_until("y", "1 key created")
        .wait_for("keys 14/10,000")
        .wait_until_read();
    let back = account.find_tenant_key("acme-sandbox").unwrap();
    assert_eq!((&back.value, &back.plan), (&before.value, &before.plan));
    assert_eq!(account.api_keys()[&back.id], (before.value, true));
    assert!(account.plan_members(TEST_PLAN).contains(&back.id));
}

#[test]
fn keys_are_created_disabled_enabled_and_deleted_in_bulk() {
    let account = Account::start(World::Sample);
    let mut console = account.start_console();
    console
        .wait_for("keys 14/10,000")
        .wait_until_read()
        .send_keys("1")
        .send_keys("j")
        .wait_for("Keys · TestPlan · 4");
    console
        .send_keys("n")
        .wait_for("new key")
        .send_keys("newco\tbatch\t\t\t3")
        .press_until(ENTER, "3 keys created")
        .wait_for("keys 17/10,000");
    let find_keys = || ["batch-1", "batch-2", "batch-3"].map(|name| account.find_tenant_key(name));
    let [first, ..] = find_keys();
    let first = first.unwrap().id;
    assert_eq!(account.plan_members(TEST_PLAN).len(), 7);

    console
        .send_keys("3/batch")
        .send_keys(ENTER)
        .send_keys("   ")
        .wait_for("3 marked")
        .send_keys("e")
        .wait_for("edit 3 keys");
    console.send_keys(ENTER).wait_for("Cancel").press_until("y", "3 keys edited").wait_for("○");
    assert!(find_keys().iter().flatten().all(|key| !key.enabled && !account.api_keys()[&key.id].1));
    console
        .send_keys("e")
        .wait_for("edit 3 keys")
        .wait_for("► enable")
        .send_keys(ENTER)
        .wait_for("Cancel")
        .press_until("y", "✔ 3 keys edited")
        .wait_until_gone("○");
    assert!(account.api_keys()[&first].1);

    console
        .send_keys("D")
        .wait_for("Delete 3")
        .wait_for("newco")
        .press_until("y", "3 keys deleted")
        .wait_for("keys 14/10,000")
        .wait_until_read();
    assert_eq!(find_keys(), [None, None, None]);
    assert!(!account.api_keys().contains_key(&first));
}
