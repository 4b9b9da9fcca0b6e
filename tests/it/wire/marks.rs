//! Work marks of killed operations in the Pools table: the next change removes those that have expired.

mod by_tag;

use std::time::{SystemTime, UNIX_EPOCH};

use keypool::ops;
use keypool_domain::work::WORK_MARK_RENEWAL_INTERVAL;
use keypool_local_aws::{LocalAws, Options, World};

use super::support::silent_run;
use super::test_account::{Backend, POOLS_TABLE, TestAccount, create_change, make_item, n, s};

async fn start_account() -> (LocalAws, TestAccount) {
    let local =
        LocalAws::start(Options { world: World::Empty, ..Options::default() }).await.expect("local AWS");
    let account = TestAccount::build(Backend::LocalAws, &local.endpoint()).await;
    (local, account)
}

/// Writes a work mark that expires `seconds` from now.
async fn put_mark(account: &TestAccount, subject: &str, seconds: i64) {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970").as_secs();
    let until = now.checked_add_signed(seconds).expect("a time");
    let mark = make_item(&[
        ("id", s(&format!("work#{subject}"))),
        ("requestId", s(subject)),
        ("operationText", s("create web of acme")),
        ("workingUntil", n(u32::try_from(until).expect("before 2106"))),
    ]);
    account.put_item(POOLS_TABLE, mark).await;
}

async fn mark_exists(account: &TestAccount, subject: &str) -> bool {
    account.get_item(POOLS_TABLE, &format!("work#{subject}")).await.is_some()
}

#[tokio::test]
async fn a_change_removes_expired_marks_only() {
    let (_local, account) = start_account().await;
    let renewal = WORK_MARK_RENEWAL_INTERVAL.as_secs();
    put_mark(&account, "killed", -renewal - 60).await;
    put_mark(&account, "import#killed", -86_400).await;
    put_mark(&account, "perhaps-late", -1).await;
    put_mark(&account, "in-progress", 120).await;
    ops::diagnose(&account.aws, &silent_run()).await.expect("a diagnosis");
    assert!(mark_exists(&account, "killed").await, "a diagnosis writes nothing");
    account.create_key(&account.siloed_plan, "web").await;
    let mut remaining = Vec::new();
    for subject in ["killed", "import#killed", "perhaps-late", "in-progress"] {
        remaining.extend(mark_exists(&account, subject).await.then_some(subject));
    }
    assert_eq!(remaining, ["perhaps-late", "in-progress"]);
}

#[tokio::test]
async fn a_mark_renewed_since_it_was_read_stays() {
    let (_local, account) = start_account().await;
    put_mark(&account, "suspended", -600).await;
    let inventory = account.inventory().await;
    put_mark(&account, "suspended", 120).await;
    let change = create_change(&account.siloed_plan, "web", 1);
    ops::apply(&account.aws, &inventory, &change, &silent_run()).await.expect("it is created");
    assert!(mark_exists(&account, "suspended").await);
}
