//! Counters of pool keys whose numbers cannot be read: nothing is decided by them, and what they hold stays.

use aws_sdk_dynamodb::types::AttributeValue;
use keypool::aws::Failure;
use keypool::ops;
use keypool_domain::drift::Kind;
use keypool_domain::{Change, Known, PoolKeyState, Refusal};

use super::{fix_all, start_account};
use crate::wire::support::plain_run;
use crate::wire::test_account::{POOL_KEY_CAPACITY, POOLS_TABLE, TestAccount, create_change, n, s};

fn counter_id(stage: &TestAccount, at: usize) -> String {
    format!("key#{}", stage.pool_keys[at])
}

/// Sets or removes an attribute of the counter of a pool key, or of the pool.
async fn set_attribute(stage: &TestAccount, id: &str, attribute: &str, value: Option<AttributeValue>) {
    let mut item = stage.get_item(POOLS_TABLE, id).await.expect("the item");
    item.remove(attribute);
    item.extend(value.map(|value| (attribute.to_owned(), value)));
    stage.put_item(POOLS_TABLE, item).await;
}

async fn read_attribute(stage: &TestAccount, id: &str, name: &str) -> Option<AttributeValue> {
    stage.get_item(POOLS_TABLE, id).await.expect("the item").remove(name)
}

/// What another program or a person may have left in place of a number.
fn odd_numbers() -> [Option<AttributeValue>; 5] {
    [
        None,
        Some(s("1")),
        Some(AttributeValue::Null(true)),
        Some(AttributeValue::N("-1".to_owned())),
        Some(AttributeValue::N("1.5".to_owned())),
    ]
}

#[tokio::test]
async fn no_tenant_is_assigned_to_a_pool_key_with_an_unreadable_counter() {
    for odd in odd_numbers() {
        let (_local, stage) = start_account().await;
        let id = counter_id(&stage, 0);
        set_attribute(&stage, &id, "tenants", odd.clone()).await;
        let new = stage.create_keys(&stage.sharded_plan, "new", POOL_KEY_CAPACITY).await;
        let seen = stage.inventory().await;
        assert!(new.iter().all(|row| row.refers_to(&stage.pool_keys[1])), "{odd:?}: {new:?}");
        let full = stage.apply(&create_change(&stage.sharded_plan, "more", 1)).await.expect_err("refused");
        assert!(full.to_string().contains("no API key of the pool is known to have room"), "{odd:?}: {full}");
        let rebalance =
            stage.apply(&Change::Rebalance(stage.sharded_plan.clone())).await.expect_err("refused");
        assert!(matches!(rebalance, Failure::Refused(Refusal::NotKnown { .. })), "{odd:?}: {rebalance}");
        let key = seen
            .pool(&stage.sharded_plan)
            .expect("the pool")
            .pool_key(&stage.pool_keys[0])
            .expect("the key")
            .clone();
        assert!(matches!(key.tenants, Known::Unknown(_)), "{odd:?}: {key:?}");
        assert_eq!(read_attribute(&stage, &id, "tenants").await, odd, "it is left as it is");
    }
}

#[tokio::test]
async fn tenants_can_leave_a_pool_key_with_an_unreadable_counter_and_the_doctor_recounts() {
    for odd in odd_numbers().into_iter().take(4) {
        let (_local, stage) = start_account().await;
        let rows = stage.create_keys(&stage.sharded_plan, "web", 2 * POOL_KEY_CAPACITY).await;
        let id = counter_id(&stage, 0);
        set_attribute(&stage, &id, "tenants", odd.clone()).await;
        let of_first: Vec<_> = rows.iter().filter(|row| row.refers_to(&stage.pool_keys[0])).collect();
        stage.apply(&Change::Delete(vec![of_first[0].id.clone()])).await.expect("it leaves");
        stage.apply(&Change::Isolate(vec![of_first[1].id.clone()])).await.expect("it leaves");
        assert_eq!(read_attribute(&stage, &id, "tenants").await, odd, "nothing is made up");
        let found = ops::diagnose(&stage.aws, &plain_run()).await.expect("a diagnosis").findings;
        let kinds: Vec<_> = found
            .iter()
            .map(|one| one.kind)
            .filter(|kind| ![Kind::Skewed, Kind::NoLogRole].contains(kind))
            .collect();
        assert_eq!(kinds, [Kind::CounterUnreadable], "{odd:?}");
        fix_all(&stage).await;
        let seen = stage.assert_fully_consistent().await;
        let pool = seen.pool(&stage.sharded_plan).expect("the pool");
        assert_eq!(pool.pool_key(&stage.pool_keys[0]).expect("the key").tenants, 1.into());
    }
}

#[tokio::test]
async fn an_unreadable_capacity_stays_until_it_is_set() {
    for odd in odd_numbers() {
        let (_local, stage) = start_account().await;
        let (pool, counter) = (format!("pool#{}", stage.sharded_plan), counter_id(&stage, 0));
        set_attribute(&stage, &pool, "capacity", odd.clone()).await;
        set_attribute(&stage, &counter, "capacity", odd.clone()).await;
        set_attribute(&stage, &counter, "tenants", Some(s("two"))).await;
        let new = stage.create_key(&stage.sharded_plan, "new").await;
        assert!(new.refers_to(&stage.pool_keys[1]), "{odd:?}");
        for change in [
            Change::Grow { plan: stage.sharded_plan.clone(), count: 1 },
            Change::RotatePoolKey { api_key: stage.pool_keys[0].clone(), grace: 0 },
        ] {
            let refused = stage.apply(&change).await.expect_err("refused");
            assert!(refused.to_string().contains("the capacity of "), "{odd:?}: {refused}");
        }
        let found = ops::diagnose(&stage.aws, &plain_run()).await.expect("a diagnosis").findings;
        let kinds: Vec<_> =
            found.iter().map(|one| one.kind).filter(|kind| *kind != Kind::NoLogRole).collect();
        assert_eq!(kinds, [Kind::CounterUnreadable, Kind::CapacityUnreadable], "{odd:?}");
        // The number of tenants can be counted, the capacity can not.
        fix_all(&stage).await;
        assert_eq!(read_attribute(&stage, &counter, "tenants").await, Some(n(0)), "{odd:?}");
        assert_eq!(read_attribute(&stage, &counter, "capacity").await, odd);
        assert_eq!(read_attribute(&stage, &pool, "capacity").await, odd);
        let capacity = Some(POOL_KEY_CAPACITY);
        let set = Change::SetPool { plan: stage.sharded_plan.clone(), strategy: None, capacity };
        stage.apply(&set).await.expect("it is set");
        let seen = stage.assert_consistent().await;
        let keys = &seen.pool(&stage.sharded_plan).expect("the pool").keys;
        let is_sound = |key: &keypool_domain::PoolKey| {
            key.capacity == POOL_KEY_CAPACITY.into() && key.state == PoolKeyState::Active
        };
        assert!(keys.iter().all(is_sound), "{odd:?}: {keys:?}");
    }
}

#[tokio::test]
async fn a_pool_key_without_counter_has_an_unknown_number_of_tenants() {
    let (_local, stage) = start_account().await;
    stage.create_keys(&stage.sharded_plan, "web", 2).await;
    stage.delete_item(POOLS_TABLE, &counter_id(&stage, 0)).await;
    let seen = stage.inventory().await;
    let key =
        seen.pool(&stage.sharded_plan).expect("the pool").pool_key(&stage.pool_keys[0]).expect("the key");
    let why = key.tenants.reason().expect("not known").to_string();
    assert_eq!(
        why,
        format!("item key#{} is missing in the Pools table; correct it there", stage.pool_keys[0])
    );
    fix_all(&stage).await;
    stage.assert_consistent().await;
}
