//! What is done to one tenant key, in the real program by keys alone at 80×24, and what the account says then.

use keypool_local_aws::World;

use super::account::{Account, BASIC, PREMIUM, TEST};
use crate::support::pty::Terminal;

const ENTER: &str = "\r";
/// Takes out what is in a line.
const CTRL_U: &str = "\x15";

/// Puts the cursor on the key of this name, whatever its plan.
pub(super) fn find(console: &mut Terminal, name: &str) {
    console
        .types("1")
        .sees("▶1 Plans")
        .types("g")
        .sees("Keys · all plans")
        .types("/")
        .types(CTRL_U)
        .types(name);
    console.types(ENTER).sees("▶3 Keys").sees("all plans · 1 ·").sees(name);
}

#[test]
fn a_siloed_key_is_rotated_and_goes_to_another_plan() {
    let account = Account::start(World::Sample);
    let mut console = account.console();
    console.sees("keys 14/10,000");
    let before = account.row("acme-sandbox").unwrap();
    find(&mut console, "acme-sandbox");
    console.types("R").sees("grace").types("0").types(ENTER);
    console
        .sees("stop working at once")
        .sees("Cancel")
        .presses_until("y", "done: rotate key")
        .sees("keys 14/10,000");
    let rotated = account.row("acme-sandbox").unwrap();
    assert_ne!(rotated.value, before.value);
    assert_eq!(account.api_keys()[&rotated.id], (rotated.value.clone(), true));
    assert!(account.members(TEST).contains(&rotated.id));
    assert!(!account.api_keys().contains_key(&before.id));
    console.no_longer_sees(&before.id);

    console
        .types("m")
        .sees("▶ change plan")
        .types(ENTER)
        .sees("to which plan?")
        .types("jj")
        .sees("▶ PremiumPlan");
    console.types(ENTER).sees("of acme to PremiumPlan").sees("Cancel").presses_until("y", "done: move key");
    let moved = account.row("acme-sandbox").unwrap();
    assert_eq!((moved.plan.as_str(), &moved.value), (PREMIUM, &rotated.value));
    assert!(account.members(PREMIUM).contains(&moved.id) && !account.members(TEST).contains(&moved.id));
}

#[test]
fn a_tenant_is_isolated_and_comes_back_into_the_pool() {
    let account = Account::start(World::Sample);
    let mut console = account.console();
    console.sees("keys 14/10,000");
    let shared = account.row("wayne-alarms").unwrap();
    find(&mut console, "wayne-alarms");
    console
        .types("m")
        .sees("▶ isolate")
        .types(ENTER)
        .sees("still know the shared value")
        .presses_until("y", "done: give key")
        .sees("keys 15/10,000");
    let own = account.row("wayne-alarms").unwrap();
    assert_eq!(account.api_keys()[&own.id], (own.value.clone(), true));
    assert!(own.value != shared.value && account.members(BASIC).contains(&own.id));
    assert_eq!((account.counter(&shared.api_key), account.behind(&shared.api_key)), (Some(2), 2));

    console
        .types("m")
        .sees("▶ consolidate")
        .types(ENTER)
        .sees("into the pool")
        .presses_until("y", "done: move key");
    console.sees("keys 14/10,000");
    let back = account.row("wayne-alarms").unwrap();
    assert_eq!(account.api_keys()[&back.api_key], (back.value, true));
    assert_eq!(
        (account.counter(&back.api_key), account.behind(&back.api_key)),
        (Some(3), 3),
        "an emptiest key"
    );
    assert!(!account.api_keys().contains_key(&own.id));
}

#[test]
fn an_edit_and_a_deletion_are_taken_back() {
    let account = Account::start(World::Sample);
    let mut console = account.console();
    console.sees("keys 14/10,000");
    let before = account.row("acme-sandbox").unwrap();
    find(&mut console, "acme-sandbox");
    console.types("e").sees("edit").types("-2").presses_until(ENTER, "1 key edited").sees("U takes it back");
    assert_eq!(account.row("acme-sandbox-2").map(|row| row.id), Some(before.id.clone()));
    console
        .types("U")
        .sees("set name to")
        .presses_until("y", "✔ 1 key edited")
        .no_longer_sees("acme-sandbox-2");
    assert_eq!(account.row("acme-sandbox"), Some(before.clone()));

    console.types("D").sees("Cancel").presses_until("y", "1 key deleted").sees("keys 13/10,000");
    assert_eq!(account.row("acme-sandbox"), None);
    assert!(!account.api_keys().contains_key(&before.id));
    console.types("U").sees("restore key").presses_until("y", "1 key created").sees("keys 14/10,000");
    let back = account.row("acme-sandbox").unwrap();
    assert_eq!((&back.value, &back.plan), (&before.value, &before.plan));
    assert_eq!(account.api_keys()[&back.id], (before.value, true));
    assert!(account.members(TEST).contains(&back.id));
}

#[test]
fn several_keys_are_made_disabled_and_deleted_at_once() {
    let account = Account::start(World::Sample);
    let mut console = account.console();
    console.sees("keys 14/10,000").types("j").sees("Keys · TestPlan · 4");
    console
        .types("n")
        .sees("new key")
        .types("newco\tbatch\t\t\t3")
        .presses_until(ENTER, "3 keys created")
        .sees("keys 17/10,000");
    let made = || ["batch-1", "batch-2", "batch-3"].map(|name| account.row(name));
    let [first, ..] = made();
    let first = first.unwrap().id;
    assert_eq!(account.members(TEST).len(), 7);

    console.types("/batch").types(ENTER).types("   ").sees("3 marked").types("e").sees("edit 3 keys");
    console.types(ENTER).sees("Cancel").presses_until("y", "3 keys edited").no_longer_sees("yes");
    assert!(made().iter().flatten().all(|row| !row.enabled && !account.api_keys()[&row.id].1));
    console
        .types("e")
        .sees("edit 3 keys")
        .sees("▶ enable")
        .types(ENTER)
        .sees("Cancel")
        .presses_until("y", "✔ 3 keys edited")
        .sees("yes");
    assert!(account.api_keys()[&first].1);

    console
        .types("D")
        .sees("Delete 3")
        .sees("newco")
        .presses_until("y", "3 keys deleted")
        .sees("keys 14/10,000");
    assert_eq!(made(), [None, None, None]);
    assert!(!account.api_keys().contains_key(&first));
}
