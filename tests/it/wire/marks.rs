//! Marks that killed operations left in the Pools table: the next change takes them away, and none inside its deadline.

mod by_tag;

use std::time::{SystemTime, UNIX_EPOCH};

use keypool::ops;
use keypool_domain::work::WORK_MARK_RENEWAL_INTERVAL;
use keypool_local_aws::{LocalAws, Options, World};

use super::support::plain_run;
use super::test_account::{Backend, POOLS_TABLE, TestAccount, create_change, item, n, s};

async fn start_account() -> (LocalAws, TestAccount) {
    let local =
        LocalAws::start(Options { world: World::Empty, ..Options::default() }).await.expect("local AWS");
    let stage = TestAccount::build(Backend::LocalAws, &local.endpoint()).await;
    (local, stage)
}

/// A mark whose deadline is so many seconds from now.
async fn put_mark(stage: &TestAccount, subject: &str, seconds: i64) {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970").as_secs();
    let until = now.checked_add_signed(seconds).expect("a time");
    let mark = item(&[
        ("id", s(&format!("work#{subject}"))),
        ("requestId", s(subject)),
        ("operationText", s("create web of acme")),
        ("workingUntil", n(u32::try_from(until).expect("before 2106"))),
    ]);
    stage.put_item(POOLS_TABLE, mark).await;
}

async fn mark_exists(stage: &TestAccount, subject: &str) -> bool {
    stage.get_item(POOLS_TABLE, &format!("work#{subject}")).await.is_some()
}

#[tokio::test]
async fn a_change_removes_expired_marks_only() {
    let (_local, stage) = start_account().await;
    let renewal = WORK_MARK_RENEWAL_INTERVAL.as_secs();
    put_mark(&stage, "killed", -renewal - 60).await;
    put_mark(&stage, "import#killed", -86_400).await;
    put_mark(&stage, "perhaps-late", -1).await;
    put_mark(&stage, "in-progress", 120).await;
    ops::diagnose(&stage.aws, &plain_run()).await.expect("a diagnosis");
    assert!(mark_exists(&stage, "killed").await, "a look writes nothing");
    stage.create_key(&stage.siloed_plan, "web").await;
    let mut left = Vec::new();
    for subject in ["killed", "import#killed", "perhaps-late", "in-progress"] {
        left.extend(mark_exists(&stage, subject).await.then_some(subject));
    }
    assert_eq!(left, ["perhaps-late", "in-progress"]);
}

#[tokio::test]
async fn a_mark_renewed_since_it_was_read_stays() {
    let (_local, stage) = start_account().await;
    put_mark(&stage, "suspended", -600).await;
    let account = stage.inventory().await;
    put_mark(&stage, "suspended", 120).await;
    let change = create_change(&stage.siloed_plan, "web", 1);
    ops::apply(&stage.aws, &account, &change, &plain_run()).await.expect("it is created");
    assert!(mark_exists(&stage, "suspended").await);
}
