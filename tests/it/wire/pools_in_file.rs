//! Pools that live in a file, where there is no table of them.

use std::path::Path;

use keypool::aws::{Aws, Failure, PoolsLocation, Target};
use keypool::ops;
use keypool_domain::{Change, Inventory, Mode, Refusal};
use keypool_local_aws::{LocalAws, Options, World};

use super::support::{plain_run, read_inventory, target};
use super::test_account::{Backend, KEYS_TABLE, POOLS_TABLE, TestAccount, create_change, s};

/// The stage without its table, and a connection that reads pools from this file.
async fn start_with_pool_file(
    file: &Path,
    text: impl FnOnce(&TestAccount) -> String,
) -> (LocalAws, TestAccount, Aws) {
    let options = Options { world: World::Empty, ..Options::default() };
    let local = LocalAws::start(options).await.expect("local AWS");
    let stage = TestAccount::build(Backend::LocalAws, &local.endpoint()).await;
    stage.dynamodb.delete_table().table_name(POOLS_TABLE).send().await.expect("the table is deleted");
    std::fs::write(file, text(&stage)).expect("a file");
    let target = Target { pools: Some(PoolsLocation::File(file.to_owned())), ..target(&local.endpoint()) };
    let aws = Aws::connect(&target).await.expect("a connection");
    (local, stage, aws)
}

fn pool_file_text(stage: &TestAccount) -> String {
    let [a, b] = &stage.pool_keys;
    format!(
        "const apiKeyPools = [{{planId: '{}' capacity: 3, apiKeys: ['{a}', '{b}']}}];",
        stage.sharded_plan
    )
}

fn tenant_counts(seen: &Inventory, stage: &TestAccount) -> Vec<u32> {
    seen.pool(&stage.sharded_plan)
        .expect("the pool")
        .keys
        .iter()
        .map(|key| key.require_tenants().expect("a number"))
        .collect()
}

#[tokio::test]
async fn pooled_keys_are_spread_and_counted_without_a_pools_table() {
    let folder = tempfile::tempdir().expect("a folder");
    let (_local, stage, aws) =
        start_with_pool_file(&folder.path().join("api_key_pools.js"), pool_file_text).await;
    let before = read_inventory(&aws).await;
    assert!(
        before.remarks().iter().any(|remark| remark.contains("capacities are soft")),
        "{:?}",
        before.remarks()
    );
    assert!(!before.remarks().iter().any(|remark| remark.contains("every plan is siloed")));
    let applied =
        ops::apply(&aws, &before, &create_change(&stage.sharded_plan, "web", 5), &plain_run()).await;
    let created = applied.expect("five references").created;
    let seen = read_inventory(&aws).await;
    assert!(
        created
            .iter()
            .all(|id| seen.tenant_key(id).is_some_and(|row| row.mode().is_known_to_be(&Mode::Pooled)))
    );
    let mut counted = tenant_counts(&seen, &stage);
    counted.sort_unstable();
    assert_eq!(counted, [2, 3]);
    assert_eq!(seen.api_keys().value_to_show().expect("a list").len(), 2, "no API key was made");
    let row = seen.tenant_key(&created[0]).expect("the row");
    assert_eq!(
        stage.get_item(KEYS_TABLE, created[0].as_str()).await.expect("the row")["poolKeyId"],
        s(row.require_api_key().expect("known").as_str())
    );

    let full = ops::apply(&aws, &seen, &create_change(&stage.sharded_plan, "more", 2), &plain_run()).await;
    assert!(matches!(full, Err(Failure::Refused(Refusal::NotEnoughRoom { room: 1, .. }))), "{full:?}");
    ops::apply(&aws, &seen, &Change::Delete(created), &plain_run()).await.expect("they are deleted");
    assert_eq!(tenant_counts(&read_inventory(&aws).await, &stage), [0, 0]);
}

#[tokio::test]
async fn pool_keys_can_be_listed_by_value_and_unknown_values_stay_secret() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("pools.json");
    let (_local, stage, aws) = start_with_pool_file(&file, pool_file_text).await;
    let value = stage.api_key(&stage.pool_keys[1]).await.expect("the pool key").value.expect("its value");
    let text = format!(
        "[{{\"planId\": \"{}\", \"apiKeys\": [\"{value}\", \"{value}-of-nobody\"]}}]",
        stage.sharded_plan
    );
    std::fs::write(&file, text).expect("a file");
    let seen = read_inventory(&aws).await;
    let pool = seen.pool(&stage.sharded_plan).expect("the pool");
    let keys: Vec<_> = pool.keys.iter().map(|key| key.api_key.clone()).collect();
    assert_eq!(keys, [stage.pool_keys[1].clone()]);
    let remarks = seen.remarks().join("\n");
    assert!(
        remarks.contains("line 1: the pool has a key whose value no API key") && !remarks.contains(&value)
    );
}

#[tokio::test]
async fn changes_that_need_the_pools_table_are_refused_before_any_write() {
    let folder = tempfile::tempdir().expect("a folder");
    let (local, stage, aws) =
        start_with_pool_file(&folder.path().join("api_key_pools.js"), pool_file_text).await;
    let seen = read_inventory(&aws).await;
    local.calls().clear();
    let grow = Change::Grow { plan: stage.sharded_plan.clone(), count: 1 };
    let failure = ops::apply(&aws, &seen, &grow, &plain_run()).await.expect_err("no table");
    assert!(matches!(&failure, Failure::Tables(why) if why.contains("pools import")), "{failure:?}");
    assert_eq!(local.calls().count("CreateApiKey"), 0);
}

#[tokio::test]
async fn an_unreadable_pool_file_is_an_error() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("api_key_pools.js");
    let (_local, _stage, aws) =
        start_with_pool_file(&file, |_| "const apiKeyPools = [\n{planId: ]".to_owned()).await;
    let broken = ops::read_inventory(&aws, &plain_run()).await.expect_err("a mistake");
    assert!(
        matches!(&broken, Failure::Setting(why) if why.contains("line 2, column 10: expected")),
        "{broken:?}"
    );
    std::fs::remove_file(&file).expect("it goes");
    assert!(matches!(ops::read_inventory(&aws, &plain_run()).await, Err(Failure::Setting(_))));
}

#[tokio::test]
async fn the_pools_table_overrides_the_file_which_can_be_imported() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("api_key_pools.js");
    let (_local, stage, aws) = start_with_pool_file(&file, pool_file_text).await;
    let before = read_inventory(&aws).await;
    let run = plain_run();
    ops::apply(&aws, &before, &create_change(&stage.sharded_plan, "web", 3), &run).await.expect("references");
    ops::setup_tables(&aws, &run).await.expect("a table");
    let seen = read_inventory(&aws).await;
    assert!(seen.remarks().iter().any(|remark| remark.contains("is not read")), "{:?}", seen.remarks());
    let text = std::fs::read_to_string(&file).expect("the file");
    let entries =
        keypool_domain::pool_file::read(&text, keypool_domain::pool_file::FileFormat::Js).expect("pools");
    let pools = ops::plan_pool_import(&aws, &seen, &entries, 100).await.expect("it fits");
    ops::import_pools(&aws, &seen, &pools, &run).await.expect("imported");
    assert_eq!(tenant_counts(&read_inventory(&aws).await, &stage).iter().sum::<u32>(), 3);
    stage.assert_consistent().await;
}
