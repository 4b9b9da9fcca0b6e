//! Pools and keys out of a file: pools written whole with their counters, keys in bulk with their rows.

use keypool::aws::Failure;
use keypool::ops;
use keypool_domain::key_file::{self, Action};
use keypool_domain::pool_file::{FileFormat, PoolToBe, read};
use keypool_domain::{Change, Inventory};

use crate::wire::stage::{CAPACITY, POOLS, Stage, n};
use crate::wire::support::unwatched;

/// The file that names these keys for the sharded plan.
fn file(stage: &Stage, fields: &str, keys: &[&str]) -> String {
    format!("[{{planId: '{}', {fields} apiKeys: {keys:?}}}]", stage.sharded)
}

async fn planned(stage: &Stage, seen: &Inventory, text: &str) -> Vec<PoolToBe> {
    let entries = read(text, FileFormat::Js).expect("a file");
    ops::planned_import(&stage.aws, seen, &entries, 50).await.expect("it fits")
}

async fn import(stage: &Stage, seen: &Inventory, text: &str) -> Result<(), Failure> {
    let pools = planned(stage, seen, text).await;
    ops::import_pools(&stage.aws, seen, &pools, &unwatched()).await
}

async fn forget_the_pool(stage: &Stage) {
    stage.delete(POOLS, &format!("pool#{}", stage.sharded)).await;
    for id in &stage.pool_keys {
        stage.delete(POOLS, &format!("key#{id}")).await;
    }
}

pub(super) async fn pools_are_written_with_counters_from_the_rows(stage: &Stage) {
    let rows = stage.created(&stage.sharded, "web", 3).await;
    forget_the_pool(stage).await;
    let seen = stage.inventory().await;
    assert!(seen.pools().is_empty());
    let [first, second] = [0, 1].map(|at| stage.pool_keys[at].clone());
    let value = stage.api_key(&second).await.expect("the pool key").value.expect("its value");
    let text = file(stage, "", &[first.as_str(), &value]);
    import(stage, &seen, &text).await.expect("the pool is created");

    let seen = stage.inventory().await;
    let pool = seen.pool(&stage.sharded).expect("the pool");
    assert_eq!((&pool.capacity, pool.revision), (&50.into(), 1));
    let behind = |id| rows.iter().filter(|row| row.require_api_key().expect("known") == id).count();
    let counted: Vec<_> =
        pool.keys.iter().map(|key| key.require_tenants().expect("a number") as usize).collect();
    assert_eq!(counted, [behind(first), behind(second)]);
    assert!(planned(stage, &seen, &text).await[0].is_unchanged());
    stage.created(&stage.sharded, "more", 1).await;
    stage.is_consistent().await;
}

pub(super) async fn a_pool_that_was_changed_meanwhile_is_left_alone(stage: &Stage) {
    let before = stage.inventory().await;
    let keys: Vec<_> = stage.pool_keys.iter().map(|id| id.as_str()).collect();
    import(stage, &before, &file(stage, "capacity: 7,", &keys)).await.expect("the first");
    let failure = import(stage, &before, &file(stage, "capacity: 8,", &keys)).await.expect_err("too late");
    // The counters have another revision, too, and are looked at first.
    let first = format!("the counter of pool key {}", stage.pool_keys[0]);
    assert_eq!(failure, Failure::Changed(first));
    let seen = stage.inventory().await;
    let pool = seen.pool(&stage.sharded).expect("the pool");
    assert_eq!((&pool.capacity, &pool.keys[0].capacity, pool.revision), (&7.into(), &7.into(), 2));
    forget_the_pool(stage).await;
    let gone = import(stage, &seen, &file(stage, "capacity: 9,", &keys)).await.expect_err("no pool");
    assert!(matches!(gone, Failure::Changed(_)), "{gone:?}");
    assert!(stage.item(POOLS, &format!("pool#{}", stage.sharded)).await.is_none());
}

pub(super) async fn keys_out_of_a_file_come_with_their_plans_and_rows(stage: &Stage) {
    let mut text = "Name,Key,UsagePlanIds,Tenant\n".to_owned();
    (0..150).for_each(|n| text += &format!("key-{n},,Siloed,tenant-{}\n", n % 7));
    let lines = key_file::read(&text).expect("a file").keys;
    let seen = stage.inventory().await;
    let planned = ops::planned_keys(&stage.aws, &seen, &lines, false).await.expect("it fits");
    let applied = stage.apply(&Change::Import(planned)).await;
    assert_eq!(applied.is_ok(), stage.as_aws("import"), "{applied:?}");
    let seen = stage.inventory().await;
    let Ok(applied) = applied else {
        assert_eq!(seen.rows_of(&stage.siloed).len(), 0);
        return;
    };
    assert_eq!((applied.created.len(), seen.rows_of(&stage.siloed).len()), (150, 150));
    let again = ops::planned_keys(&stage.aws, &seen, &lines, false).await.expect("it fits");
    assert!(again.iter().all(|key| key.action == Action::Keep), "asked for again nothing is left to do");
    stage.is_consistent().await;
}

pub(super) async fn a_counter_that_moved_meanwhile_is_left_alone(stage: &Stage) {
    let before = stage.inventory().await;
    stage.created(&stage.sharded, "web", 1).await;
    let keys: Vec<_> = stage.pool_keys.iter().map(|id| id.as_str()).collect();
    let failure = import(stage, &before, &file(stage, "capacity: 7,", &keys)).await.expect_err("too late");
    assert!(matches!(&failure, Failure::Changed(what) if what.contains("counter")), "{failure:?}");
    stage.is_consistent().await;
}

pub(super) async fn what_a_pool_leaves_out_is_counted_no_more(stage: &Stage) {
    let before = stage.inventory().await;
    let [kept, gone] = &stage.pool_keys;
    import(stage, &before, &file(stage, "", &[kept.as_str()])).await.expect("the pool is smaller");
    assert!(stage.item(POOLS, &format!("key#{gone}")).await.is_none());
    let counter = stage.item(POOLS, &format!("key#{kept}")).await.expect("the counter");
    assert_eq!((&counter["tenants"], &counter["capacity"]), (&n(0), &n(CAPACITY)));
    // A counter that a pool has left behind is taken over.
    stage.put(POOLS, stage.counter(gone, 5)).await;
    let seen = stage.inventory().await;
    let both = file(stage, "", &[kept.as_str(), gone.as_str()]);
    import(stage, &seen, &both).await.expect("the pool is as it was");
    assert_eq!(stage.item(POOLS, &format!("key#{gone}")).await.expect("the counter")["tenants"], n(0));
}
