//! Counters beside tenant keys that the sample application writes and that nothing counts.

use aws_sdk_dynamodb::types::AttributeValue;
use keypool::aws::Failure;
use keypool::ops;
use keypool_domain::change::Fix;
use keypool_domain::drift::Kind;
use keypool_domain::{Change, Presence, Strategy};
use keypool_local_aws::{Answer, Fault};

use super::lambdas::SampleApp;
use super::start_account;
use crate::wire::support::plain_run;
use crate::wire::test_account::{Item, POOLS_TABLE, TestAccount, create_change, n};

async fn set_pool(stage: &TestAccount, strategy: Option<Strategy>, capacity: Option<u32>) {
    let set = Change::SetPool { plan: stage.sharded_plan.clone(), strategy, capacity };
    stage.apply(&set).await.expect("the pool is set");
}

async fn read_counter(stage: &TestAccount, at: usize) -> (u32, u64) {
    let item = stage.get_item(POOLS_TABLE, &format!("key#{}", stage.pool_keys[at])).await.expect("a counter");
    let number = |name: &str| match item.get(name) {
        Some(AttributeValue::N(number)) => number.parse().expect("a number"),
        _ => 0,
    };
    (u32::try_from(number("tenants")).expect("small"), number("revision"))
}

/// How many tenant keys are behind each of the two pool keys.
async fn tenants_per_pool_key(stage: &TestAccount) -> [usize; 2] {
    let seen = stage.inventory().await;
    stage.pool_keys.clone().map(|id| seen.tenant_keys_of_api_key(&id).len())
}

#[tokio::test]
async fn new_keys_avoid_pool_keys_filled_by_the_sample_app() {
    let (_local, stage) = start_account().await;
    let sample = SampleApp::new(&stage).await;
    sample.create_pooled_on(&stage.pool_keys[0], 40).await;
    assert_eq!(read_counter(&stage, 0).await.0, 0, "the sample counts nothing");
    stage.create_keys(&stage.sharded_plan, "ours", 6).await;
    assert_eq!(tenants_per_pool_key(&stage).await, [40, 6]);
    stage.create_keys(&stage.sharded_plan, "level", 34).await;
    assert_eq!(tenants_per_pool_key(&stage).await, [40, 40]);
    stage.create_keys(&stage.sharded_plan, "more", 2).await;
    assert_eq!(tenants_per_pool_key(&stage).await, [41, 41]);
}

#[tokio::test]
async fn keys_of_the_sample_app_count_toward_capacity_under_every_strategy() {
    let (_local, stage) = start_account().await;
    let sample = SampleApp::new(&stage).await;
    set_pool(&stage, None, Some(10)).await;
    sample.create_pooled_on(&stage.pool_keys[0], 9).await;
    sample.create_pooled_on(&stage.pool_keys[1], 7).await;
    for strategy in [Strategy::Random, Strategy::Sticky, Strategy::LeastUsed, Strategy::LeastTenants] {
        if strategy != Strategy::LeastTenants {
            set_pool(&stage, Some(strategy), None).await;
        }
        let Ok(applied) = stage.apply(&create_change(&stage.sharded_plan, "ours", 1)).await else { continue };
        assert_eq!(applied.created.len(), 1);
        assert!(tenants_per_pool_key(&stage).await.iter().all(|tenants| *tenants <= 10), "{strategy}");
    }
    assert_eq!(tenants_per_pool_key(&stage).await, [10, 10]);
    let full = stage.apply(&create_change(&stage.sharded_plan, "ours", 1)).await;
    assert!(matches!(full, Err(Failure::Refused(_))), "{full:?}");
    let rebalanced = stage.apply(&Change::Rebalance(stage.sharded_plan.clone())).await;
    assert!(matches!(rebalanced, Err(Failure::Refused(_))), "{rebalanced:?}");
}

#[tokio::test]
async fn a_pool_key_far_over_capacity_can_be_rotated() {
    let (_local, stage) = start_account().await;
    let sample = SampleApp::new(&stage).await;
    stage.create_keys(&stage.sharded_plan, "ours", 4).await;
    sample.create_pooled_on(&stage.pool_keys[0], 1_211).await;
    let leaked = stage.pool_keys[0].clone();
    assert_eq!(tenants_per_pool_key(&stage).await, [1_213, 2]);
    stage.apply(&Change::RotatePoolKey { api_key: leaked.clone(), grace: 0 }).await.expect("it is rotated");
    let seen = stage.inventory().await;
    assert_eq!(seen.api_key(&leaked), Presence::Missing);
    let pool = seen.pool(&stage.sharded_plan).expect("the pool");
    let successor = pool.keys.iter().find(|key| key.api_key != stage.pool_keys[1]).expect("a successor");
    assert_eq!(seen.tenant_keys_of_api_key(&successor.api_key).len(), 1_213);
    assert_eq!(successor.tenants, 1_213.into());
    assert_eq!(successor.capacity, 100.into(), "no tenant joins it");
}

#[tokio::test]
async fn a_wrong_counter_blocks_neither_rotate_nor_drain_nor_isolate() {
    for said in [0, 1, 7] {
        let (_local, stage) = start_account().await;
        let shared = stage.create_keys(&stage.sharded_plan, "shared", 6).await;
        let leaked = shared[0].require_api_key().expect("known");
        stage.put_item(POOLS_TABLE, stage.counter_item(&leaked, said)).await;
        stage.apply(&Change::Isolate(vec![shared[0].id.clone()])).await.expect("one leaves");
        stage.apply(&Change::RotatePoolKey { api_key: leaked, grace: 0 }).await.expect("it is rotated");
        let seen = stage.assert_fully_consistent().await;
        let successor = &seen.pool(&stage.sharded_plan).expect("the pool").keys[1];
        assert_eq!(successor.tenants, 2.into(), "counter {said}");
        let id = successor.api_key.clone();
        stage.put_item(POOLS_TABLE, stage.counter_item(&id, said)).await;
        stage.apply(&Change::Drain(id)).await.expect("it is drained");
        assert_eq!(stage.assert_fully_consistent().await.pools()[0].keys.len(), 1, "counter {said}");
    }
}

#[tokio::test]
async fn a_pool_key_is_not_deleted_if_the_sample_app_assigned_it_meanwhile() {
    let (_local, stage) = start_account().await;
    let sample = SampleApp::new(&stage).await;
    stage.create_keys(&stage.sharded_plan, "ours", 2).await;
    let seen = stage.inventory().await;
    sample.create_pooled_on(&stage.pool_keys[0], 1).await;
    let drain = Change::Drain(stage.pool_keys[0].clone());
    let drained = ops::apply(&stage.aws, &seen, &drain, &plain_run()).await.expect_err("one came");
    assert!(drained.to_string().contains("has 1 tenant key"), "{drained}");
    stage.apply(&drain).await.expect("the same again");
    assert_eq!(tenants_per_pool_key(&stage).await, [0, 3]);
}

#[tokio::test]
async fn every_change_of_a_tenant_key_increments_the_counter_revision() {
    let (_local, stage) = start_account().await;
    let shared = stage.create_keys(&stage.sharded_plan, "shared", 4).await;
    let mut before = [read_counter(&stage, 0).await.1, read_counter(&stage, 1).await.1];
    assert!(before.iter().all(|revision| *revision >= 2), "{before:?}");
    let on_first: Vec<_> =
        shared.iter().filter(|row| row.require_api_key().expect("known") == stage.pool_keys[0]).collect();
    let delete = Change::Delete(vec![on_first[0].id.clone()]);
    let isolate = Change::Isolate(vec![on_first[1].id.clone()]);
    for change in [delete, isolate] {
        stage.apply(&change).await.expect("one leaves");
        let now = read_counter(&stage, 0).await.1;
        assert_eq!(now, before[0] + 1, "{change:?}");
        before[0] = now;
    }
    stage.apply(&Change::Rebalance(stage.sharded_plan.clone())).await.expect("it is levelled");
    let now = [read_counter(&stage, 0).await.1, read_counter(&stage, 1).await.1];
    assert_eq!(now, [before[0] + 1, before[1] + 1]);
}

/// Calls of this operation wait so long, once the first is met so many times.
fn delayed_fault(operation: &str, times: u32) -> Fault {
    Fault { latency_ms: 2_000, ..Fault::on(operation, Answer::Normal).times(times) }
}

/// A tenant comes after the correction has read the counter, and another goes after it has counted: the number is again
/// what was read.
#[tokio::test]
async fn a_recount_compares_the_revision_of_the_counter() {
    let (local, stage) = start_account().await;
    let shared = stage.create_keys(&stage.sharded_plan, "shared", 4).await;
    let [id, other] = stage.pool_keys.clone();
    let gone =
        shared.iter().find(|row| row.require_api_key().expect("known") == id).expect("a row").id.clone();
    for (id, tenants) in [(&id, 5), (&other, 50)] {
        let wrong = Item::from([("capacity".to_owned(), n(100))]);
        stage.put_item(POOLS_TABLE, stage.counter_item(id, tenants).into_iter().chain(wrong).collect()).await;
    }
    let seen = stage.inventory().await;
    let recount = Change::Fix(Fix::Recount { plan: stage.sharded_plan.clone(), api_key: id.clone() });
    let run = plain_run();
    local.faults().script(delayed_fault("Scan", 4));
    let correction = ops::apply(&stage.aws, &seen, &recount, &run);
    let others = async {
        local.faults().met().await;
        ops::apply(&stage.aws, &seen, &create_change(&stage.sharded_plan, "comes", 1), &run)
            .await
            .expect("one comes");
        local.faults().clear();
        local.faults().script(delayed_fault("TransactWriteItems", 1));
        local.faults().met().await;
        ops::apply(&stage.aws, &seen, &Change::Delete(vec![gone]), &run).await.expect("one goes");
    };
    let (corrected, ()) = tokio::join!(correction, others);
    corrected.expect("it is corrected");
    assert_eq!(tenants_per_pool_key(&stage).await, [2, 2]);
    assert_eq!(read_counter(&stage, 0).await.0, 2, "not the three that were counted");
}

#[tokio::test]
async fn the_doctor_deletes_a_counter_without_pool_and_the_key_can_join_one() {
    let (_local, stage) = start_account().await;
    let plan = stage.create_plan("Other").await;
    let id = stage.create_api_key_in(&plan, 7).await;
    let mut stray = stage.counter_item(&id, 3);
    stray.insert("revision".to_owned(), n(4));
    stage.put_item(POOLS_TABLE, stray).await;
    let asked = keypool_domain::NewPoolRequest {
        plan,
        api_keys: vec![id.clone()],
        new_keys: 0,
        strategy: Strategy::LeastTenants,
        capacity: 5,
    };
    assert!(stage.apply(&Change::CreatePool(asked.clone())).await.is_err());
    let diagnosis = ops::diagnose(&stage.aws, &plain_run()).await.expect("a diagnosis");
    let found = diagnosis.findings.iter().find(|one| one.kind == Kind::CounterWithoutPool).expect("found");
    assert_eq!(found.subject, id.as_str());
    let fix = found.fix.only_change().expect("a fix").clone();
    let mut moved = stage.counter_item(&id, 3);
    moved.insert("revision".to_owned(), n(5));
    stage.put_item(POOLS_TABLE, moved).await;
    let changed = stage.apply(&fix).await;
    assert!(matches!(changed, Err(Failure::Changed(_))), "{changed:?}");
    let diagnosis = ops::diagnose(&stage.aws, &plain_run()).await.expect("a diagnosis");
    let fixes = diagnosis.bulk_fixes();
    ops::fix_confirmed(&stage.aws, &fixes, &|_| (), &plain_run()).await.expect("fixes");
    assert!(stage.get_item(POOLS_TABLE, &format!("key#{id}")).await.is_none());
    stage.apply(&Change::CreatePool(asked)).await.expect("it joins a pool");
}
