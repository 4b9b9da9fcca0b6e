//! Pools that live in a file, where there is no table of them.

use std::path::Path;

use keypool::aws::{Aws, Failure, PoolsPlace, Target};
use keypool::ops;
use keypool_domain::{Change, Inventory, Mode, Refusal};
use keypool_local_aws::{LocalAws, Options, World};

use super::stage::{Backend, KEYS, POOLS, Stage, new_keys, s};
use super::support::{inventory, target, unwatched};

/// The stage without its table, and a connection that reads pools from this file.
async fn staged(file: &Path, text: impl FnOnce(&Stage) -> String) -> (LocalAws, Stage, Aws) {
    let options = Options { world: World::Empty, ..Options::default() };
    let local = LocalAws::start(options).await.expect("local AWS");
    let stage = Stage::build(Backend::LocalAws, &local.endpoint()).await;
    stage.dynamodb.delete_table().table_name(POOLS).send().await.expect("the table is deleted");
    std::fs::write(file, text(&stage)).expect("a file");
    let target = Target { pools: Some(PoolsPlace::File(file.to_owned())), ..target(&local.endpoint()) };
    let aws = Aws::connect(&target).await.expect("a connection");
    (local, stage, aws)
}

fn both_keys(stage: &Stage) -> String {
    let [a, b] = &stage.pool_keys;
    format!("const apiKeyPools = [{{planId: '{}' capacity: 3, apiKeys: ['{a}', '{b}']}}];", stage.sharded)
}

fn tenants(seen: &Inventory, stage: &Stage) -> Vec<u32> {
    seen.pool(&stage.sharded)
        .expect("the pool")
        .keys
        .iter()
        .map(|key| key.require_tenants().expect("a number"))
        .collect()
}

#[tokio::test]
async fn references_are_spread_and_counted_from_the_rows() {
    let folder = tempfile::tempdir().expect("a folder");
    let (_local, stage, aws) = staged(&folder.path().join("api_key_pools.js"), both_keys).await;
    let before = inventory(&aws).await;
    assert!(
        before.remarks().iter().any(|remark| remark.contains("capacities are soft")),
        "{:?}",
        before.remarks()
    );
    assert!(!before.remarks().iter().any(|remark| remark.contains("every plan is siloed")));
    let applied = ops::apply(&aws, &before, &new_keys(&stage.sharded, "web", 5), &unwatched()).await;
    let created = applied.expect("five references").created;
    let seen = inventory(&aws).await;
    assert!(
        created.iter().all(|id| seen.row(id).is_some_and(|row| row.mode().is_known_to_be(&Mode::Pooled)))
    );
    let mut counted = tenants(&seen, &stage);
    counted.sort_unstable();
    assert_eq!(counted, [2, 3]);
    assert_eq!(seen.api_keys().value_to_show().expect("a list").len(), 2, "no API key was made");
    let row = seen.row(&created[0]).expect("the row");
    assert_eq!(
        stage.item(KEYS, created[0].as_str()).await.expect("the row")["poolKeyId"],
        s(row.require_api_key().expect("known").as_str())
    );

    let full = ops::apply(&aws, &seen, &new_keys(&stage.sharded, "more", 2), &unwatched()).await;
    assert!(matches!(full, Err(Failure::Refused(Refusal::PoolRoom { room: 1, .. }))), "{full:?}");
    ops::apply(&aws, &seen, &Change::Delete(created), &unwatched()).await.expect("they are deleted");
    assert_eq!(tenants(&inventory(&aws).await, &stage), [0, 0]);
}

#[tokio::test]
async fn keys_may_be_named_by_their_values_and_a_value_of_nobody_is_not_shown() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("pools.json");
    let (_local, stage, aws) = staged(&file, both_keys).await;
    let value = stage.api_key(&stage.pool_keys[1]).await.expect("the pool key").value.expect("its value");
    let text =
        format!("[{{\"planId\": \"{}\", \"apiKeys\": [\"{value}\", \"{value}-of-nobody\"]}}]", stage.sharded);
    std::fs::write(&file, text).expect("a file");
    let seen = inventory(&aws).await;
    let pool = seen.pool(&stage.sharded).expect("the pool");
    let keys: Vec<_> = pool.keys.iter().map(|key| key.api_key.clone()).collect();
    assert_eq!(keys, [stage.pool_keys[1].clone()]);
    let remarks = seen.remarks().join("\n");
    assert!(
        remarks.contains("line 1: the pool has a key whose value no API key") && !remarks.contains(&value)
    );
}

#[tokio::test]
async fn what_needs_the_table_is_refused_before_anything_is_made() {
    let folder = tempfile::tempdir().expect("a folder");
    let (local, stage, aws) = staged(&folder.path().join("api_key_pools.js"), both_keys).await;
    let seen = inventory(&aws).await;
    local.calls().clear();
    let grow = Change::Grow { plan: stage.sharded.clone(), count: 1 };
    let failure = ops::apply(&aws, &seen, &grow, &unwatched()).await.expect_err("no table");
    assert!(matches!(&failure, Failure::Tables(why) if why.contains("pools import")), "{failure:?}");
    assert_eq!(local.calls().count("CreateApiKey"), 0);
}

#[tokio::test]
async fn a_file_that_cannot_be_read_is_a_failure_and_no_silo() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("api_key_pools.js");
    let (_local, _stage, aws) = staged(&file, |_| "const apiKeyPools = [\n{planId: ]".to_owned()).await;
    let broken = ops::inventory(&aws, &unwatched()).await.expect_err("a mistake");
    assert!(
        matches!(&broken, Failure::Setting(why) if why.contains("line 2, column 10: expected")),
        "{broken:?}"
    );
    std::fs::remove_file(&file).expect("it goes");
    assert!(matches!(ops::inventory(&aws, &unwatched()).await, Err(Failure::Setting(_))));
}

#[tokio::test]
async fn a_table_goes_before_the_file_and_the_file_into_the_table() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("api_key_pools.js");
    let (_local, stage, aws) = staged(&file, both_keys).await;
    let before = inventory(&aws).await;
    let run = unwatched();
    ops::apply(&aws, &before, &new_keys(&stage.sharded, "web", 3), &run).await.expect("references");
    ops::setup_tables(&aws, &run).await.expect("a table");
    let seen = inventory(&aws).await;
    assert!(seen.remarks().iter().any(|remark| remark.contains("is not read")), "{:?}", seen.remarks());
    let text = std::fs::read_to_string(&file).expect("the file");
    let entries =
        keypool_domain::pool_file::read(&text, keypool_domain::pool_file::FileFormat::Js).expect("pools");
    let pools = ops::planned_import(&aws, &seen, &entries, 100).await.expect("it fits");
    ops::import_pools(&aws, &seen, &pools, &run).await.expect("imported");
    assert_eq!(tenants(&inventory(&aws).await, &stage).iter().sum::<u32>(), 3);
    stage.is_consistent().await;
}
