//! The console of an account with more tenant keys than it reads unasked.

use super::account::Account;

const ESCAPE: &str = "\x1b";

#[test]
fn keys_above_the_limit_are_paged_and_one_is_edited() {
    let account = Account::start_large();
    let scans = account.count_calls("Scan");
    let mut console = account.start_console_with(&[("KEYPOOL_TABLES_SCAN_LIMIT", "10")]);
    console.wait_for("in the table's order").wait_for("Shared").wait_for("Silo");

    // The keys of the plan under the cursor, a page of 10 at a time.
    console.send_keys("1").send_keys("j").wait_for("Keys · Silo · ").wait_for("acme-00");
    console.send_keys("3").repeat_until("G", "acme-44").wait_for("Keys · Silo · 45 ·");
    assert_eq!(account.count_calls("Query"), 5);
    assert!(account.count_calls("Scan") - scans <= 6, "the Keys table is not read as a whole");

    // What needs other keys is refused; an edit reads its key again.
    console.send_keys("D").wait_for("tenant keys are read only as they are listed (");
    assert!(!console.screen().contains("Cancel"));
    let reads = account.count_calls("GetItem");
    console.send_keys("e").wait_for("edit key \"key-44\"").send_keys("-b");
    console.press_until("\r", "[ Cancel ]").press_until("y", "key-44-b");
    assert!(account.count_calls("GetItem") > reads);
    console.send_keys(ESCAPE).send_keys("q");
}
