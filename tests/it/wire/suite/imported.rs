//! Pools and keys out of a file: pools written whole with their counters, keys in bulk with their rows.

use keypool::aws::Failure;
use keypool::ops;
use keypool_domain::key_file::{self, ImportAction};
use keypool_domain::pool_file::{FileFormat, PlannedPool, read};
use keypool_domain::{Change, Inventory};

use crate::wire::support::plain_run;
use crate::wire::test_account::{POOL_KEY_CAPACITY, POOLS_TABLE, TestAccount, n};

/// The file that names these keys for the sharded plan.
fn pool_file_text(stage: &TestAccount, fields: &str, keys: &[&str]) -> String {
    format!("[{{planId: '{}', {fields} apiKeys: {keys:?}}}]", stage.sharded_plan)
}

async fn plan_import(stage: &TestAccount, seen: &Inventory, text: &str) -> Vec<PlannedPool> {
    let entries = read(text, FileFormat::Js).expect("a file");
    ops::plan_pool_import(&stage.aws, seen, &entries, 50).await.expect("it fits")
}

async fn import_pools(stage: &TestAccount, seen: &Inventory, text: &str) -> Result<(), Failure> {
    let pools = plan_import(stage, seen, text).await;
    ops::import_pools(&stage.aws, seen, &pools, &plain_run()).await
}

async fn delete_pool_items(stage: &TestAccount) {
    stage.delete_item(POOLS_TABLE, &format!("pool#{}", stage.sharded_plan)).await;
    for id in &stage.pool_keys {
        stage.delete_item(POOLS_TABLE, &format!("key#{id}")).await;
    }
}

pub(super) async fn pools_are_written_with_counters_from_the_rows(stage: &TestAccount) {
    let rows = stage.create_keys(&stage.sharded_plan, "web", 3).await;
    delete_pool_items(stage).await;
    let seen = stage.inventory().await;
    assert!(seen.pools().is_empty());
    let [first, second] = [0, 1].map(|at| stage.pool_keys[at].clone());
    let value = stage.api_key(&second).await.expect("the pool key").value.expect("its value");
    let text = pool_file_text(stage, "", &[first.as_str(), &value]);
    import_pools(stage, &seen, &text).await.expect("the pool is created");

    let seen = stage.inventory().await;
    let pool = seen.pool(&stage.sharded_plan).expect("the pool");
    assert_eq!((&pool.capacity, pool.revision), (&50.into(), 1));
    let behind = |id| rows.iter().filter(|row| row.require_api_key().expect("known") == id).count();
    let counted: Vec<_> =
        pool.keys.iter().map(|key| key.require_tenants().expect("a number") as usize).collect();
    assert_eq!(counted, [behind(first), behind(second)]);
    assert!(plan_import(stage, &seen, &text).await[0].is_unchanged());
    stage.create_keys(&stage.sharded_plan, "more", 1).await;
    stage.assert_consistent().await;
}

pub(super) async fn a_pool_that_was_changed_meanwhile_is_left_alone(stage: &TestAccount) {
    let before = stage.inventory().await;
    let keys: Vec<_> = stage.pool_keys.iter().map(|id| id.as_str()).collect();
    import_pools(stage, &before, &pool_file_text(stage, "capacity: 7,", &keys)).await.expect("the first");
    let failure = import_pools(stage, &before, &pool_file_text(stage, "capacity: 8,", &keys))
        .await
        .expect_err("too late");
    // The counters have another revision, too, and are looked at first.
    let first = format!("the counter of pool key {}", stage.pool_keys[0]);
    assert_eq!(failure, Failure::Changed(first));
    let seen = stage.inventory().await;
    let pool = seen.pool(&stage.sharded_plan).expect("the pool");
    assert_eq!((&pool.capacity, &pool.keys[0].capacity, pool.revision), (&7.into(), &7.into(), 2));
    delete_pool_items(stage).await;
    let gone =
        import_pools(stage, &seen, &pool_file_text(stage, "capacity: 9,", &keys)).await.expect_err("no pool");
    assert!(matches!(gone, Failure::Changed(_)), "{gone:?}");
    assert!(stage.get_item(POOLS_TABLE, &format!("pool#{}", stage.sharded_plan)).await.is_none());
}

pub(super) async fn keys_out_of_a_file_come_with_their_plans_and_rows(stage: &TestAccount) {
    let mut text = "Name,Key,UsagePlanIds,Tenant\n".to_owned();
    (0..150).for_each(|n| text += &format!("key-{n},,Siloed,tenant-{}\n", n % 7));
    let lines = key_file::read(&text).expect("a file").keys;
    let seen = stage.inventory().await;
    let planned = ops::plan_key_import(&stage.aws, &seen, &lines, false).await.expect("it fits");
    let applied = stage.apply(&Change::Import(planned)).await;
    assert_eq!(applied.is_ok(), stage.behaves_like_aws("import"), "{applied:?}");
    let seen = stage.inventory().await;
    let Ok(applied) = applied else {
        assert_eq!(seen.tenant_keys_of_plan(&stage.siloed_plan).len(), 0);
        return;
    };
    assert_eq!((applied.created.len(), seen.tenant_keys_of_plan(&stage.siloed_plan).len()), (150, 150));
    let again = ops::plan_key_import(&stage.aws, &seen, &lines, false).await.expect("it fits");
    assert!(
        again.iter().all(|key| key.action == ImportAction::Unchanged),
        "asked for again nothing is left to do"
    );
    stage.assert_consistent().await;
}

pub(super) async fn a_counter_that_moved_meanwhile_is_left_alone(stage: &TestAccount) {
    let before = stage.inventory().await;
    stage.create_keys(&stage.sharded_plan, "web", 1).await;
    let keys: Vec<_> = stage.pool_keys.iter().map(|id| id.as_str()).collect();
    let failure = import_pools(stage, &before, &pool_file_text(stage, "capacity: 7,", &keys))
        .await
        .expect_err("too late");
    assert!(matches!(&failure, Failure::Changed(what) if what.contains("counter")), "{failure:?}");
    stage.assert_consistent().await;
}

pub(super) async fn what_a_pool_leaves_out_is_counted_no_more(stage: &TestAccount) {
    let before = stage.inventory().await;
    let [kept, gone] = &stage.pool_keys;
    import_pools(stage, &before, &pool_file_text(stage, "", &[kept.as_str()]))
        .await
        .expect("the pool is smaller");
    assert!(stage.get_item(POOLS_TABLE, &format!("key#{gone}")).await.is_none());
    let counter = stage.get_item(POOLS_TABLE, &format!("key#{kept}")).await.expect("the counter");
    assert_eq!((&counter["tenants"], &counter["capacity"]), (&n(0), &n(POOL_KEY_CAPACITY)));
    // A counter that a pool has left behind is taken over.
    stage.put_item(POOLS_TABLE, stage.counter_item(gone, 5)).await;
    let seen = stage.inventory().await;
    let both = pool_file_text(stage, "", &[kept.as_str(), gone.as_str()]);
    import_pools(stage, &seen, &both).await.expect("the pool is as it was");
    assert_eq!(
        stage.get_item(POOLS_TABLE, &format!("key#{gone}")).await.expect("the counter")["tenants"],
        n(0)
    );
}
