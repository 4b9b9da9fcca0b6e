//! Importing pools with their counters, and API keys with their tenant keys, from files.

use keypool::aws::Failure;
use keypool::ops;
use keypool_domain::key_file::{self, ImportAction};
use keypool_domain::pool_file::{FileFormat, PlannedPool, read};
use keypool_domain::{Change, Inventory};

use crate::wire::support::silent_run;
use crate::wire::test_account::{POOL_KEY_CAPACITY, POOLS_TABLE, TestAccount, n};

/// A pool file with these fields and pool keys for the sharded plan.
fn pool_file_text(account: &TestAccount, fields: &str, keys: &[&str]) -> String {
    format!("[{{planId: '{}', {fields} apiKeys: {keys:?}}}]", account.pooled_plan)
}

async fn plan_import(account: &TestAccount, inventory: &Inventory, text: &str) -> Vec<PlannedPool> {
    let entries = read(text, FileFormat::Js).expect("a file");
    ops::plan_pool_import(&account.aws, inventory, &entries, 50).await.expect("a plan for the import")
}

async fn import_pools(account: &TestAccount, inventory: &Inventory, text: &str) -> Result<(), Failure> {
    let pools = plan_import(account, inventory, text).await;
    ops::import_pools(&account.aws, inventory, &pools, &silent_run()).await
}

async fn delete_pool_and_counters(account: &TestAccount) {
    account.delete_item(POOLS_TABLE, &format!("pool#{}", account.pooled_plan)).await;
    for id in &account.pool_keys {
        account.delete_item(POOLS_TABLE, &format!("key#{id}")).await;
    }
}

pub(super) async fn imported_pools_get_counters_from_tenant_keys(account: &TestAccount) {
    let tenant_keys = account.create_keys(&account.pooled_plan, "web", 3).await;
    delete_pool_and_counters(account).await;
    let inventory = account.inventory().await;
    assert!(inventory.pools().is_empty());
    let [first, second] = [0, 1].map(|at| account.pool_keys[at].clone());
    let value = account.api_key(&second).await.expect("the pool key").value.expect("its value");
    let text = pool_file_text(account, "", &[first.as_str(), &value]);
    import_pools(account, &inventory, &text).await.expect("the pool is created");

    let inventory = account.inventory().await;
    let pool = inventory.pool(&account.pooled_plan).expect("the pool");
    assert_eq!((&pool.capacity, pool.revision), (&50.into(), 1));
    let tenants_of = |id| {
        tenant_keys.iter().filter(|tenant_key| tenant_key.require_api_key().expect("known") == id).count()
    };
    let counters: Vec<_> = pool
        .keys
        .iter()
        .map(|key| key.require_tenant_count().expect("the tenant count is known") as usize)
        .collect();
    assert_eq!(counters, [tenants_of(first), tenants_of(second)]);
    assert!(plan_import(account, &inventory, &text).await[0].is_unchanged());
    account.create_keys(&account.pooled_plan, "more", 1).await;
    account.assert_consistent().await;
}

pub(super) async fn an_import_is_refused_if_the_pool_changed_meanwhile(account: &TestAccount) {
    let before = account.inventory().await;
    let keys: Vec<_> = account.pool_keys.iter().map(|id| id.as_str()).collect();
    import_pools(account, &before, &pool_file_text(account, "capacity: 7,", &keys))
        .await
        .expect("the first import");
    let failure = import_pools(account, &before, &pool_file_text(account, "capacity: 8,", &keys))
        .await
        .expect_err("stale inventory");
    // The revision of the counters has changed too, and they are checked first.
    let first = format!("the counter of pool key {}", account.pool_keys[0]);
    assert_eq!(failure, Failure::Changed(first));
    let inventory = account.inventory().await;
    let pool = inventory.pool(&account.pooled_plan).expect("the pool");
    assert_eq!((&pool.capacity, &pool.keys[0].capacity, pool.revision), (&7.into(), &7.into(), 2));
    delete_pool_and_counters(account).await;
    let failure = import_pools(account, &inventory, &pool_file_text(account, "capacity: 9,", &keys))
        .await
        .expect_err("no pool");
    assert!(matches!(failure, Failure::Changed(_)), "{failure:?}");
    assert!(account.get_item(POOLS_TABLE, &format!("pool#{}", account.pooled_plan)).await.is_none());
}

pub(super) async fn imported_keys_get_plans_and_tenant_keys(account: &TestAccount) {
    let mut text = "Name,Key,UsagePlanIds,Tenant\n".to_owned();
    (0..150).for_each(|n| text += &format!("key-{n},,Siloed,tenant-{}\n", n % 7));
    let lines = key_file::read(&text).expect("a file").keys;
    let inventory = account.inventory().await;
    let planned =
        ops::plan_key_import(&account.aws, &inventory, &lines, false).await.expect("a plan for the import");
    let applied = account.apply(&Change::Import(planned)).await;
    assert_eq!(applied.is_ok(), account.behaves_like_aws("import"), "{applied:?}");
    let inventory = account.inventory().await;
    let Ok(applied) = applied else {
        assert_eq!(inventory.tenant_keys_of_plan(&account.siloed_plan).len(), 0);
        return;
    };
    assert_eq!(
        (applied.created.len(), inventory.tenant_keys_of_plan(&account.siloed_plan).len()),
        (150, 150)
    );
    let again =
        ops::plan_key_import(&account.aws, &inventory, &lines, false).await.expect("a plan for the import");
    assert!(
        again.iter().all(|key| key.action == ImportAction::Unchanged),
        "importing the same file again changes nothing"
    );
    account.assert_consistent().await;
}

pub(super) async fn an_import_is_refused_if_a_counter_changed_meanwhile(account: &TestAccount) {
    let before = account.inventory().await;
    account.create_keys(&account.pooled_plan, "web", 1).await;
    let keys: Vec<_> = account.pool_keys.iter().map(|id| id.as_str()).collect();
    let failure = import_pools(account, &before, &pool_file_text(account, "capacity: 7,", &keys))
        .await
        .expect_err("stale inventory");
    assert!(matches!(&failure, Failure::Changed(what) if what.contains("counter")), "{failure:?}");
    account.assert_consistent().await;
}

pub(super) async fn importing_a_pool_without_one_of_its_keys_deletes_the_counter(account: &TestAccount) {
    let before = account.inventory().await;
    let [kept, removed] = &account.pool_keys;
    import_pools(account, &before, &pool_file_text(account, "", &[kept.as_str()]))
        .await
        .expect("the pool is smaller");
    assert!(account.get_item(POOLS_TABLE, &format!("key#{removed}")).await.is_none());
    let counter = account.get_item(POOLS_TABLE, &format!("key#{kept}")).await.expect("the counter");
    assert_eq!((&counter["tenants"], &counter["capacity"]), (&n(0), &n(POOL_KEY_CAPACITY)));
    // A counter left over from an earlier pool is reused.
    account.put_item(POOLS_TABLE, account.counter_item(removed, 5)).await;
    let inventory = account.inventory().await;
    let both = pool_file_text(account, "", &[kept.as_str(), removed.as_str()]);
    import_pools(account, &inventory, &both).await.expect("the pool is as it was");
    assert_eq!(
        account.get_item(POOLS_TABLE, &format!("key#{removed}")).await.expect("the counter")["tenants"],
        n(0)
    );
}
