//! Marks that killed operations left in the Pools table: the next change takes them away, and none inside its deadline.

mod by_tag;

use std::time::{SystemTime, UNIX_EPOCH};

use keypool::ops;
use keypool_domain::work::WORK_RENEWAL;
use keypool_local_aws::{LocalAws, Options, World};

use super::stage::{Backend, POOLS, Stage, item, n, new_keys, s};
use super::support::unwatched;

async fn staged() -> (LocalAws, Stage) {
    let local =
        LocalAws::start(Options { world: World::Empty, ..Options::default() }).await.expect("local AWS");
    let stage = Stage::build(Backend::LocalAws, &local.endpoint()).await;
    (local, stage)
}

/// A mark whose deadline is so many seconds from now.
async fn put_mark(stage: &Stage, subject: &str, seconds: i64) {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970").as_secs();
    let until = now.checked_add_signed(seconds).expect("a time");
    let mark = item(&[
        ("id", s(&format!("work#{subject}"))),
        ("requestId", s(subject)),
        ("operationText", s("create web of acme")),
        ("workingUntil", n(u32::try_from(until).expect("before 2106"))),
    ]);
    stage.put(POOLS, mark).await;
}

async fn is_there(stage: &Stage, subject: &str) -> bool {
    stage.item(POOLS, &format!("work#{subject}")).await.is_some()
}

#[tokio::test]
async fn a_change_takes_away_what_killed_operations_left_and_nothing_else() {
    let (_local, stage) = staged().await;
    let renewal = WORK_RENEWAL.as_secs();
    put_mark(&stage, "killed", -renewal - 60).await;
    put_mark(&stage, "import#killed", -86_400).await;
    put_mark(&stage, "perhaps-late", -1).await;
    put_mark(&stage, "in-progress", 120).await;
    ops::diagnose(&stage.aws, &unwatched()).await.expect("a diagnosis");
    assert!(is_there(&stage, "killed").await, "a look writes nothing");
    stage.one(&stage.siloed, "web").await;
    let mut left = Vec::new();
    for subject in ["killed", "import#killed", "perhaps-late", "in-progress"] {
        left.extend(is_there(&stage, subject).await.then_some(subject));
    }
    assert_eq!(left, ["perhaps-late", "in-progress"]);
}

#[tokio::test]
async fn a_mark_that_was_renewed_since_it_was_read_stays() {
    let (_local, stage) = staged().await;
    put_mark(&stage, "suspended", -600).await;
    let account = stage.inventory().await;
    put_mark(&stage, "suspended", 120).await;
    let change = new_keys(&stage.siloed, "web", 1);
    ops::apply(&stage.aws, &account, &change, &unwatched()).await.expect("it is created");
    assert!(is_there(&stage, "suspended").await);
}
