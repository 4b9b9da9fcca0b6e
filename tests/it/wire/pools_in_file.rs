//! Pools in a file, without a Pools table.

use std::path::Path;

use keypool::aws::{Aws, Failure, PoolsLocation, Target};
use keypool::ops;
use keypool_domain::{Change, Inventory, Mode, Refusal};
use keypool_local_aws::{LocalAws, Options, World};

use super::support::{read_inventory, silent_run, target};
use super::test_account::{Backend, KEYS_TABLE, POOLS_TABLE, TestAccount, create_change, s};

/// A test account without a Pools table, and a connection that reads the pools from this file.
async fn start_with_pool_file(
    file: &Path,
    text: impl FnOnce(&TestAccount) -> String,
) -> (LocalAws, TestAccount, Aws) {
    let options = Options { world: World::Empty, ..Options::default() };
    let local = LocalAws::start(options).await.expect("local AWS");
    let account = TestAccount::build(Backend::LocalAws, &local.endpoint()).await;
    account.dynamodb.delete_table().table_name(POOLS_TABLE).send().await.expect("the table is deleted");
    std::fs::write(file, text(&account)).expect("a file");
    let target = Target { pools: Some(PoolsLocation::File(file.to_owned())), ..target(&local.endpoint()) };
    let aws = Aws::connect(&target).await.expect("a connection");
    (local, account, aws)
}

fn pool_file_text(account: &TestAccount) -> String {
    let [a, b] = &account.pool_keys;
    format!(
        "const apiKeyPools = [{{planId: '{}' capacity: 3, apiKeys: ['{a}', '{b}']}}];",
        account.pooled_plan
    )
}

fn tenant_counts(inventory: &Inventory, account: &TestAccount) -> Vec<u32> {
    inventory
        .pool(&account.pooled_plan)
        .expect("the pool")
        .keys
        .iter()
        .map(|key| key.require_tenant_count().expect("the tenant count is known"))
        .collect()
}

#[tokio::test]
async fn pooled_keys_are_spread_and_counted_without_a_pools_table() {
    let folder = tempfile::tempdir().expect("a folder");
    let (_local, account, aws) =
        start_with_pool_file(&folder.path().join("api_key_pools.js"), pool_file_text).await;
    let before = read_inventory(&aws).await;
    assert!(
        before.remarks().iter().any(|remark| remark.contains("capacities are soft")),
        "{:?}",
        before.remarks()
    );
    assert!(!before.remarks().iter().any(|remark| remark.contains("every plan is siloed")));
    let applied =
        ops::apply(&aws, &before, &create_change(&account.pooled_plan, "web", 5), &silent_run()).await;
    let created = applied.expect("five pooled keys").created;
    let inventory = read_inventory(&aws).await;
    assert!(created.iter().all(|id| {
        inventory.tenant_key(id).is_some_and(|tenant_key| tenant_key.mode().is_known_to_be(&Mode::Pooled))
    }));
    let mut counts = tenant_counts(&inventory, &account);
    counts.sort_unstable();
    assert_eq!(counts, [2, 3]);
    assert_eq!(inventory.api_keys().value_to_show().expect("a list").len(), 2, "no API key was created");
    let tenant_key = inventory.tenant_key(&created[0]).expect("the tenant key");
    assert_eq!(
        account.get_item(KEYS_TABLE, created[0].as_str()).await.expect("the item")["poolKeyId"],
        s(tenant_key.require_api_key().expect("known").as_str())
    );

    let full =
        ops::apply(&aws, &inventory, &create_change(&account.pooled_plan, "more", 2), &silent_run()).await;
    assert!(matches!(full, Err(Failure::Refused(Refusal::NotEnoughRoom { room: 1, .. }))), "{full:?}");
    ops::apply(&aws, &inventory, &Change::Delete(created), &silent_run()).await.expect("they are deleted");
    assert_eq!(tenant_counts(&read_inventory(&aws).await, &account), [0, 0]);
}

#[tokio::test]
async fn pool_keys_can_be_listed_by_value_and_unknown_values_stay_secret() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("pools.json");
    let (_local, account, aws) = start_with_pool_file(&file, pool_file_text).await;
    let value = account.api_key(&account.pool_keys[1]).await.expect("the pool key").value.expect("its value");
    let text = format!(
        "[{{\"planId\": \"{}\", \"apiKeys\": [\"{value}\", \"{value}-unknown\"]}}]",
        account.pooled_plan
    );
    std::fs::write(&file, text).expect("a file");
    let inventory = read_inventory(&aws).await;
    let pool = inventory.pool(&account.pooled_plan).expect("the pool");
    let keys: Vec<_> = pool.keys.iter().map(|key| key.api_key.clone()).collect();
    assert_eq!(keys, [account.pool_keys[1].clone()]);
    let remarks = inventory.remarks().join("\n");
    assert!(
        remarks.contains("line 1: no API key of a usage plan has the value") && !remarks.contains(&value)
    );
}

#[tokio::test]
async fn changes_that_need_the_pools_table_are_refused_before_any_write() {
    let folder = tempfile::tempdir().expect("a folder");
    let (local, account, aws) =
        start_with_pool_file(&folder.path().join("api_key_pools.js"), pool_file_text).await;
    let inventory = read_inventory(&aws).await;
    local.calls().clear();
    let grow = Change::Grow { plan: account.pooled_plan.clone(), count: 1 };
    let failure = ops::apply(&aws, &inventory, &grow, &silent_run()).await.expect_err("no table");
    assert!(matches!(&failure, Failure::Tables(error) if error.contains("pools import")), "{failure:?}");
    assert_eq!(local.calls().count("CreateApiKey"), 0);
}

#[tokio::test]
async fn an_unreadable_pool_file_is_an_error() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("api_key_pools.js");
    let (_local, _account, aws) =
        start_with_pool_file(&file, |_| "const apiKeyPools = [\n{planId: ]".to_owned()).await;
    let broken = ops::read_inventory(&aws, &silent_run()).await.expect_err("a syntax error");
    assert!(
        matches!(&broken, Failure::Setting(error) if error.contains("line 2, column 10: expected")),
        "{broken:?}"
    );
    std::fs::remove_file(&file).expect("the file is deleted");
    assert!(matches!(ops::read_inventory(&aws, &silent_run()).await, Err(Failure::Setting(_))));
}

#[tokio::test]
async fn the_pools_table_overrides_the_file_which_can_be_imported() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("api_key_pools.js");
    let (_local, account, aws) = start_with_pool_file(&file, pool_file_text).await;
    let before = read_inventory(&aws).await;
    let run = silent_run();
    ops::apply(&aws, &before, &create_change(&account.pooled_plan, "web", 3), &run)
        .await
        .expect("pooled keys");
    ops::setup_tables(&aws, &run).await.expect("a table");
    let inventory = read_inventory(&aws).await;
    assert!(
        inventory.remarks().iter().any(|remark| remark.contains("is not read")),
        "{:?}",
        inventory.remarks()
    );
    let text = std::fs::read_to_string(&file).expect("the file");
    let entries =
        keypool_domain::pool_file::read(&text, keypool_domain::pool_file::FileFormat::Js).expect("pools");
    let pools = ops::plan_pool_import(&aws, &inventory, &entries, 100).await.expect("it fits");
    ops::import_pools(&aws, &inventory, &pools, &run).await.expect("imported");
    assert_eq!(tenant_counts(&read_inventory(&aws).await, &account).iter().sum::<u32>(), 3);
    account.assert_consistent().await;
}
