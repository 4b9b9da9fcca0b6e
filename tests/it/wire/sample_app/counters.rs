//! Counters while the sample application writes tenant keys without counting them.

use aws_sdk_dynamodb::types::AttributeValue;
use keypool::aws::Failure;
use keypool::ops;
use keypool_domain::change::Fix;
use keypool_domain::drift::FindingKind;
use keypool_domain::{Change, Presence, Strategy};
use keypool_local_aws::{Answer, Fault};

use super::lambdas::SampleApp;
use super::start_account;
use crate::wire::support::silent_run;
use crate::wire::test_account::{Item, POOLS_TABLE, TestAccount, create_change, n};

async fn set_pool(account: &TestAccount, strategy: Option<Strategy>, capacity: Option<u32>) {
    let set = Change::SetPool { plan: account.pooled_plan.clone(), strategy, capacity };
    account.apply(&set).await.expect("the pool is set");
}

/// Tenant count and revision in the counter of a pool key.
async fn read_counter(account: &TestAccount, index: usize) -> (u32, u64) {
    let item =
        account.get_item(POOLS_TABLE, &format!("key#{}", account.pool_keys[index])).await.expect("a counter");
    let number = |name: &str| match item.get(name) {
        Some(AttributeValue::N(number)) => number.parse().expect("a number"),
        _ => 0,
    };
    (u32::try_from(number("tenants")).expect("small"), number("revision"))
}

/// Number of tenant keys of each of the two pool keys.
async fn tenants_per_pool_key(account: &TestAccount) -> [usize; 2] {
    let inventory = account.inventory().await;
    account.pool_keys.clone().map(|id| inventory.tenant_keys_of_api_key(&id).len())
}

#[tokio::test]
async fn new_keys_avoid_pool_keys_filled_by_the_sample_app() {
    let (_local, account) = start_account().await;
    let sample = SampleApp::new(&account).await;
    sample.create_pooled_keys_on(&account.pool_keys[0], 40).await;
    assert_eq!(read_counter(&account, 0).await.0, 0, "the sample app updates no counter");
    account.create_keys(&account.pooled_plan, "ours", 6).await;
    assert_eq!(tenants_per_pool_key(&account).await, [40, 6]);
    account.create_keys(&account.pooled_plan, "level", 34).await;
    assert_eq!(tenants_per_pool_key(&account).await, [40, 40]);
    account.create_keys(&account.pooled_plan, "more", 2).await;
    assert_eq!(tenants_per_pool_key(&account).await, [41, 41]);
}

#[tokio::test]
async fn keys_of_the_sample_app_count_toward_capacity_under_every_strategy() {
    let (_local, account) = start_account().await;
    let sample = SampleApp::new(&account).await;
    set_pool(&account, None, Some(10)).await;
    sample.create_pooled_keys_on(&account.pool_keys[0], 9).await;
    sample.create_pooled_keys_on(&account.pool_keys[1], 7).await;
    for strategy in [Strategy::Random, Strategy::Sticky, Strategy::LeastUsed, Strategy::LeastTenants] {
        if strategy != Strategy::LeastTenants {
            set_pool(&account, Some(strategy), None).await;
        }
        let Ok(applied) = account.apply(&create_change(&account.pooled_plan, "ours", 1)).await else {
            continue;
        };
        assert_eq!(applied.created.len(), 1);
        assert!(tenants_per_pool_key(&account).await.iter().all(|tenants| *tenants <= 10), "{strategy}");
    }
    assert_eq!(tenants_per_pool_key(&account).await, [10, 10]);
    let full = account.apply(&create_change(&account.pooled_plan, "ours", 1)).await;
    assert!(matches!(full, Err(Failure::Refused(_))), "{full:?}");
    let rebalanced = account.apply(&Change::Rebalance(account.pooled_plan.clone())).await;
    assert!(matches!(rebalanced, Err(Failure::Refused(_))), "{rebalanced:?}");
}

#[tokio::test]
async fn a_pool_key_far_over_capacity_can_be_rotated() {
    let (_local, account) = start_account().await;
    let sample = SampleApp::new(&account).await;
    account.create_keys(&account.pooled_plan, "ours", 4).await;
    sample.create_pooled_keys_on(&account.pool_keys[0], 1_211).await;
    let leaked = account.pool_keys[0].clone();
    assert_eq!(tenants_per_pool_key(&account).await, [1_213, 2]);
    account.apply(&Change::RotatePoolKey { api_key: leaked.clone(), grace: 0 }).await.expect("it is rotated");
    let inventory = account.inventory().await;
    assert_eq!(inventory.api_key(&leaked), Presence::Missing);
    let pool = inventory.pool(&account.pooled_plan).expect("the pool");
    let successor = pool.keys.iter().find(|key| key.api_key != account.pool_keys[1]).expect("a successor");
    assert_eq!(inventory.tenant_keys_of_api_key(&successor.api_key).len(), 1_213);
    assert_eq!(successor.tenants, 1_213.into());
    assert_eq!(successor.capacity, 100.into(), "the capacity is not raised");
}

#[tokio::test]
async fn a_wrong_counter_blocks_neither_rotate_nor_drain_nor_isolate() {
    for wrong_count in [0, 1, 7] {
        let (_local, account) = start_account().await;
        let shared = account.create_keys(&account.pooled_plan, "shared", 6).await;
        let leaked = shared[0].require_api_key().expect("known");
        account.put_item(POOLS_TABLE, account.counter_item(&leaked, wrong_count)).await;
        account.apply(&Change::Isolate(vec![shared[0].id.clone()])).await.expect("a tenant key leaves");
        account.apply(&Change::RotatePoolKey { api_key: leaked, grace: 0 }).await.expect("it is rotated");
        let inventory = account.assert_fully_consistent().await;
        let successor = &inventory.pool(&account.pooled_plan).expect("the pool").keys[1];
        assert_eq!(successor.tenants, 2.into(), "counter {wrong_count}");
        let id = successor.api_key.clone();
        account.put_item(POOLS_TABLE, account.counter_item(&id, wrong_count)).await;
        account.apply(&Change::Drain(id)).await.expect("it is drained");
        assert_eq!(account.assert_fully_consistent().await.pools()[0].keys.len(), 1, "counter {wrong_count}");
    }
}

#[tokio::test]
async fn a_pool_key_is_not_deleted_if_the_sample_app_has_just_given_it_a_tenant_key() {
    let (_local, account) = start_account().await;
    let sample = SampleApp::new(&account).await;
    account.create_keys(&account.pooled_plan, "ours", 2).await;
    let inventory = account.inventory().await;
    sample.create_pooled_keys_on(&account.pool_keys[0], 1).await;
    let drain = Change::Drain(account.pool_keys[0].clone());
    let drained = ops::apply(&account.aws, &inventory, &drain, &silent_run())
        .await
        .expect_err("the pool key has a new tenant key");
    assert!(drained.to_string().contains("has 1 tenant key"), "{drained}");
    account.apply(&drain).await.expect("the second drain");
    assert_eq!(tenants_per_pool_key(&account).await, [0, 3]);
}

#[tokio::test]
async fn every_change_of_a_tenant_key_increments_the_counter_revision() {
    let (_local, account) = start_account().await;
    let shared = account.create_keys(&account.pooled_plan, "shared", 4).await;
    let mut before = [read_counter(&account, 0).await.1, read_counter(&account, 1).await.1];
    assert!(before.iter().all(|revision| *revision >= 2), "{before:?}");
    let sharers: Vec<_> = shared
        .iter()
        .filter(|tenant_key| tenant_key.require_api_key().expect("known") == account.pool_keys[0])
        .collect();
    let delete = Change::Delete(vec![sharers[0].id.clone()]);
    let isolate = Change::Isolate(vec![sharers[1].id.clone()]);
    for change in [delete, isolate] {
        account.apply(&change).await.expect("a tenant key leaves");
        let now = read_counter(&account, 0).await.1;
        assert_eq!(now, before[0] + 1, "{change:?}");
        before[0] = now;
    }
    account.apply(&Change::Rebalance(account.pooled_plan.clone())).await.expect("the pool is rebalanced");
    let now = [read_counter(&account, 0).await.1, read_counter(&account, 1).await.1];
    assert_eq!(now, [before[0] + 1, before[1] + 1]);
}

/// Delays the next `times` calls of this operation by 2 s.
fn delay(operation: &str, times: u32) -> Fault {
    Fault { latency_ms: 2_000, ..Fault::on(operation, Answer::Normal).times(times) }
}

/// One tenant key is created after the recount has read the counter, and another is deleted after the recount has
/// counted: the counter has its old value again, but a new revision.
#[tokio::test]
async fn a_recount_compares_the_revision_of_the_counter() {
    let (local, account) = start_account().await;
    let shared = account.create_keys(&account.pooled_plan, "shared", 4).await;
    let [id, other] = account.pool_keys.clone();
    let leaving_key = shared
        .iter()
        .find(|tenant_key| tenant_key.require_api_key().expect("known") == id)
        .expect("the tenant key")
        .id
        .clone();
    for (id, tenants) in [(&id, 5), (&other, 50)] {
        let capacity = Item::from([("capacity".to_owned(), n(100))]);
        account
            .put_item(POOLS_TABLE, account.counter_item(id, tenants).into_iter().chain(capacity).collect())
            .await;
    }
    let inventory = account.inventory().await;
    let recount = Change::Fix(Fix::Recount { plan: account.pooled_plan.clone(), api_key: id.clone() });
    let run = silent_run();
    local.faults().script(delay("Scan", 4));
    let correction = ops::apply(&account.aws, &inventory, &recount, &run);
    let other_writers = async {
        local.faults().wait_for_hit().await;
        ops::apply(&account.aws, &inventory, &create_change(&account.pooled_plan, "comes", 1), &run)
            .await
            .expect("a key is created");
        local.faults().clear();
        local.faults().script(delay("TransactWriteItems", 1));
        local.faults().wait_for_hit().await;
        ops::apply(&account.aws, &inventory, &Change::Delete(vec![leaving_key]), &run)
            .await
            .expect("a key is deleted");
    };
    let (corrected, ()) = tokio::join!(correction, other_writers);
    corrected.expect("the counter is corrected");
    assert_eq!(tenants_per_pool_key(&account).await, [2, 2]);
    assert_eq!(read_counter(&account, 0).await.0, 2, "not 3, which was counted in between");
}

#[tokio::test]
async fn the_doctor_deletes_a_counter_that_has_no_pool_and_its_api_key_can_then_join_a_pool() {
    let (_local, account) = start_account().await;
    let plan = account.create_plan("Other").await;
    let id = account.create_api_key_in(&plan, 7).await;
    let mut stray_counter = account.counter_item(&id, 3);
    stray_counter.insert("revision".to_owned(), n(4));
    account.put_item(POOLS_TABLE, stray_counter).await;
    let request = keypool_domain::NewPoolRequest {
        plan,
        api_keys: vec![id.clone()],
        new_keys: 0,
        strategy: Strategy::LeastTenants,
        capacity: 5,
    };
    assert!(account.apply(&Change::CreatePool(request.clone())).await.is_err());
    let diagnosis = ops::diagnose(&account.aws, &silent_run()).await.expect("a diagnosis");
    let finding = diagnosis
        .findings
        .iter()
        .find(|finding| finding.kind == FindingKind::CounterWithoutPool)
        .expect("found");
    assert_eq!(finding.subject, id.as_str());
    let fix = finding.fix.only_change().expect("a fix").clone();
    let mut changed_counter = account.counter_item(&id, 3);
    changed_counter.insert("revision".to_owned(), n(5));
    account.put_item(POOLS_TABLE, changed_counter).await;
    let changed = account.apply(&fix).await;
    assert!(matches!(changed, Err(Failure::Changed(_))), "{changed:?}");
    let diagnosis = ops::diagnose(&account.aws, &silent_run()).await.expect("a diagnosis");
    let fixes = diagnosis.bulk_fixes();
    ops::fix_confirmed(&account.aws, &fixes, &|_| (), &silent_run()).await.expect("fixes");
    assert!(account.get_item(POOLS_TABLE, &format!("key#{id}")).await.is_none());
    account.apply(&Change::CreatePool(request)).await.expect("it joins a pool");
}
