//! Counters beside tenant keys that the sample application writes and that nothing counts.

use aws_sdk_dynamodb::types::AttributeValue;
use keypool::aws::Failure;
use keypool::ops;
use keypool_domain::change::Mend;
use keypool_domain::drift::Kind;
use keypool_domain::{Change, Presence, Strategy};
use keypool_local_aws::{Answer, Fault};

use super::sample::Sample;
use super::staged;
use crate::wire::stage::{Item, POOLS, Stage, n, new_keys};
use crate::wire::support::unwatched;

async fn set_pool(stage: &Stage, strategy: Option<Strategy>, capacity: Option<u32>) {
    let set = Change::SetPool { plan: stage.sharded.clone(), strategy, capacity };
    stage.apply(&set).await.expect("the pool is set");
}

async fn counter(stage: &Stage, at: usize) -> (u32, u64) {
    let item = stage.item(POOLS, &format!("key#{}", stage.pool_keys[at])).await.expect("a counter");
    let number = |name: &str| match item.get(name) {
        Some(AttributeValue::N(number)) => number.parse().expect("a number"),
        _ => 0,
    };
    (u32::try_from(number("tenants")).expect("small"), number("revision"))
}

/// How many tenant keys are behind each of the two pool keys.
async fn behind(stage: &Stage) -> [usize; 2] {
    let seen = stage.inventory().await;
    stage.pool_keys.clone().map(|id| seen.rows_behind(&id).len())
}

#[tokio::test]
async fn after_forty_creates_of_the_sample_ours_go_to_the_emptiest_key() {
    let (_local, stage) = staged().await;
    let sample = Sample::of(&stage).await;
    sample.create_pooled_on(&stage.pool_keys[0], 40).await;
    assert_eq!(counter(&stage, 0).await.0, 0, "the sample counts nothing");
    stage.created(&stage.sharded, "ours", 6).await;
    assert_eq!(behind(&stage).await, [40, 6]);
    stage.created(&stage.sharded, "level", 34).await;
    assert_eq!(behind(&stage).await, [40, 40]);
    stage.created(&stage.sharded, "more", 2).await;
    assert_eq!(behind(&stage).await, [41, 41]);
}

#[tokio::test]
async fn what_the_sample_wrote_takes_room_under_every_strategy() {
    let (_local, stage) = staged().await;
    let sample = Sample::of(&stage).await;
    set_pool(&stage, None, Some(10)).await;
    sample.create_pooled_on(&stage.pool_keys[0], 9).await;
    sample.create_pooled_on(&stage.pool_keys[1], 7).await;
    for strategy in [Strategy::Random, Strategy::Sticky, Strategy::LeastUsed, Strategy::LeastTenants] {
        if strategy != Strategy::LeastTenants {
            set_pool(&stage, Some(strategy), None).await;
        }
        let Ok(applied) = stage.apply(&new_keys(&stage.sharded, "ours", 1)).await else { continue };
        assert_eq!(applied.created.len(), 1);
        assert!(behind(&stage).await.iter().all(|tenants| *tenants <= 10), "{strategy}");
    }
    assert_eq!(behind(&stage).await, [10, 10]);
    let full = stage.apply(&new_keys(&stage.sharded, "ours", 1)).await;
    assert!(matches!(full, Err(Failure::Refused(_))), "{full:?}");
    let rebalanced = stage.apply(&Change::Rebalance(stage.sharded.clone())).await;
    assert!(matches!(rebalanced, Err(Failure::Refused(_))), "{rebalanced:?}");
}

#[tokio::test]
async fn a_pool_key_with_many_more_tenants_than_its_capacity_is_rotated_at_once() {
    let (_local, stage) = staged().await;
    let sample = Sample::of(&stage).await;
    stage.created(&stage.sharded, "ours", 4).await;
    sample.create_pooled_on(&stage.pool_keys[0], 1_211).await;
    let leaked = stage.pool_keys[0].clone();
    assert_eq!(behind(&stage).await, [1_213, 2]);
    stage.apply(&Change::RotatePoolKey { api_key: leaked.clone(), grace: 0 }).await.expect("it is rotated");
    let seen = stage.inventory().await;
    assert_eq!(seen.api_key(&leaked), Presence::Missing);
    let pool = seen.pool(&stage.sharded).expect("the pool");
    let successor = pool.keys.iter().find(|key| key.api_key != stage.pool_keys[1]).expect("a successor");
    assert_eq!(seen.rows_behind(&successor.api_key).len(), 1_213);
    assert_eq!(successor.tenants, 1_213.into());
    assert_eq!(successor.capacity, 100.into(), "no tenant joins it");
}

#[tokio::test]
async fn whatever_a_counter_says_its_pool_key_is_rotated_drained_and_left() {
    for said in [0, 1, 7] {
        let (_local, stage) = staged().await;
        let shared = stage.created(&stage.sharded, "shared", 6).await;
        let leaked = shared[0].require_api_key().expect("known");
        stage.put(POOLS, stage.counter(&leaked, said)).await;
        stage.apply(&Change::Isolate(vec![shared[0].id.clone()])).await.expect("one leaves");
        stage.apply(&Change::RotatePoolKey { api_key: leaked, grace: 0 }).await.expect("it is rotated");
        let seen = stage.fits_together().await;
        let successor = &seen.pool(&stage.sharded).expect("the pool").keys[1];
        assert_eq!(successor.tenants, 2.into(), "counter {said}");
        let id = successor.api_key.clone();
        stage.put(POOLS, stage.counter(&id, said)).await;
        stage.apply(&Change::Drain(id)).await.expect("it is drained");
        assert_eq!(stage.fits_together().await.pools()[0].keys.len(), 1, "counter {said}");
    }
}

#[tokio::test]
async fn a_pool_key_is_not_ended_while_the_sample_gives_it_to_tenants() {
    let (_local, stage) = staged().await;
    let sample = Sample::of(&stage).await;
    stage.created(&stage.sharded, "ours", 2).await;
    let seen = stage.inventory().await;
    sample.create_pooled_on(&stage.pool_keys[0], 1).await;
    let drain = Change::Drain(stage.pool_keys[0].clone());
    let drained = ops::apply(&stage.aws, &seen, &drain, &unwatched()).await.expect_err("one came");
    assert!(drained.to_string().contains("has 1 tenant key"), "{drained}");
    stage.apply(&drain).await.expect("the same again");
    assert_eq!(behind(&stage).await, [0, 3]);
}

#[tokio::test]
async fn every_change_of_a_tenant_key_raises_the_revision_of_its_counter() {
    let (_local, stage) = staged().await;
    let shared = stage.created(&stage.sharded, "shared", 4).await;
    let mut before = [counter(&stage, 0).await.1, counter(&stage, 1).await.1];
    assert!(before.iter().all(|revision| *revision >= 2), "{before:?}");
    let on_first: Vec<_> =
        shared.iter().filter(|row| row.require_api_key().expect("known") == stage.pool_keys[0]).collect();
    let delete = Change::Delete(vec![on_first[0].id.clone()]);
    let isolate = Change::Isolate(vec![on_first[1].id.clone()]);
    for change in [delete, isolate] {
        stage.apply(&change).await.expect("one leaves");
        let now = counter(&stage, 0).await.1;
        assert_eq!(now, before[0] + 1, "{change:?}");
        before[0] = now;
    }
    stage.apply(&Change::Rebalance(stage.sharded.clone())).await.expect("it is levelled");
    let now = [counter(&stage, 0).await.1, counter(&stage, 1).await.1];
    assert_eq!(now, [before[0] + 1, before[1] + 1]);
}

/// Calls of this operation wait so long, once the first is met so many times.
fn late(operation: &str, times: u32) -> Fault {
    Fault { latency_ms: 2_000, ..Fault::on(operation, Answer::Normal).times(times) }
}

/// A tenant comes after the correction has read the counter, and another goes after it has counted: the number is again
/// what was read.
#[tokio::test]
async fn a_counter_is_not_corrected_by_its_number_alone() {
    let (local, stage) = staged().await;
    let shared = stage.created(&stage.sharded, "shared", 4).await;
    let [id, other] = stage.pool_keys.clone();
    let gone =
        shared.iter().find(|row| row.require_api_key().expect("known") == id).expect("a row").id.clone();
    for (id, tenants) in [(&id, 5), (&other, 50)] {
        let wrong = Item::from([("capacity".to_owned(), n(100))]);
        stage.put(POOLS, stage.counter(id, tenants).into_iter().chain(wrong).collect()).await;
    }
    let seen = stage.inventory().await;
    let recount = Change::Mend(Mend::Recount { plan: stage.sharded.clone(), api_key: id.clone() });
    let run = unwatched();
    local.faults().script(late("Scan", 4));
    let correction = ops::apply(&stage.aws, &seen, &recount, &run);
    let others = async {
        local.faults().met().await;
        ops::apply(&stage.aws, &seen, &new_keys(&stage.sharded, "comes", 1), &run).await.expect("one comes");
        local.faults().clear();
        local.faults().script(late("TransactWriteItems", 1));
        local.faults().met().await;
        ops::apply(&stage.aws, &seen, &Change::Delete(vec![gone]), &run).await.expect("one goes");
    };
    let (corrected, ()) = tokio::join!(correction, others);
    corrected.expect("it is corrected");
    assert_eq!(behind(&stage).await, [2, 2]);
    assert_eq!(counter(&stage, 0).await.0, 2, "not the three that were counted");
}

#[tokio::test]
async fn the_counter_of_a_key_in_no_pool_is_found_and_deleted_and_the_key_can_join_a_pool() {
    let (_local, stage) = staged().await;
    let plan = stage.another_plan("Other").await;
    let id = stage.attached_key(&plan, 7).await;
    let mut stray = stage.counter(&id, 3);
    stray.insert("revision".to_owned(), n(4));
    stage.put(POOLS, stray).await;
    let asked = keypool_domain::PoolAsked {
        plan,
        api_keys: vec![id.clone()],
        new_keys: 0,
        strategy: Strategy::LeastTenants,
        capacity: 5,
    };
    assert!(stage.apply(&Change::CreatePool(asked.clone())).await.is_err());
    let diagnosis = ops::diagnose(&stage.aws, &unwatched()).await.expect("a diagnosis");
    let found = diagnosis.findings.iter().find(|one| one.kind == Kind::CounterWithoutPool).expect("found");
    assert_eq!(found.subject, id.as_str());
    let fix = found.fix.only_change().expect("a fix").clone();
    let mut moved = stage.counter(&id, 3);
    moved.insert("revision".to_owned(), n(5));
    stage.put(POOLS, moved).await;
    let changed = stage.apply(&fix).await;
    assert!(matches!(changed, Err(Failure::Changed(_))), "{changed:?}");
    let diagnosis = ops::diagnose(&stage.aws, &unwatched()).await.expect("a diagnosis");
    let fixes = diagnosis.fixes_with_all();
    ops::fix_confirmed(&stage.aws, &fixes, &|_| (), &unwatched()).await.expect("fixes");
    assert!(stage.item(POOLS, &format!("key#{id}")).await.is_none());
    stage.apply(&Change::CreatePool(asked)).await.expect("it joins a pool");
}
