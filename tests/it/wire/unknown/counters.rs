//! Counters of pool keys whose numbers cannot be read: nothing is decided by them, and what they hold stays.

use aws_sdk_dynamodb::types::AttributeValue;
use keypool::aws::Failure;
use keypool::ops;
use keypool_domain::drift::Kind;
use keypool_domain::{Change, Known, PoolKeyState, Refusal};

use super::{fix_all, staged};
use crate::wire::stage::{CAPACITY, POOLS, Stage, n, new_keys, s};
use crate::wire::support::unwatched;

fn counter_id(stage: &Stage, at: usize) -> String {
    format!("key#{}", stage.pool_keys[at])
}

/// Sets or removes an attribute of the counter of a pool key, or of the pool.
async fn set(stage: &Stage, id: &str, attribute: &str, value: Option<AttributeValue>) {
    let mut item = stage.item(POOLS, id).await.expect("the item");
    item.remove(attribute);
    item.extend(value.map(|value| (attribute.to_owned(), value)));
    stage.put(POOLS, item).await;
}

async fn attribute(stage: &Stage, id: &str, name: &str) -> Option<AttributeValue> {
    stage.item(POOLS, id).await.expect("the item").remove(name)
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
async fn nobody_is_assigned_by_a_counter_that_cannot_be_read() {
    for odd in odd_numbers() {
        let (_local, stage) = staged().await;
        let id = counter_id(&stage, 0);
        set(&stage, &id, "tenants", odd.clone()).await;
        let new = stage.created(&stage.sharded, "new", CAPACITY).await;
        let seen = stage.inventory().await;
        assert!(new.iter().all(|row| row.refers_to(&stage.pool_keys[1])), "{odd:?}: {new:?}");
        let full = stage.apply(&new_keys(&stage.sharded, "more", 1)).await.expect_err("refused");
        assert!(full.to_string().contains("no API key of the pool is known to have room"), "{odd:?}: {full}");
        let rebalance = stage.apply(&Change::Rebalance(stage.sharded.clone())).await.expect_err("refused");
        assert!(matches!(rebalance, Failure::Refused(Refusal::NotKnown { .. })), "{odd:?}: {rebalance}");
        let key =
            seen.pool(&stage.sharded).expect("the pool").key(&stage.pool_keys[0]).expect("the key").clone();
        assert!(matches!(key.tenants, Known::Unknown(_)), "{odd:?}: {key:?}");
        assert_eq!(attribute(&stage, &id, "tenants").await, odd, "it is left as it is");
    }
}

#[tokio::test]
async fn a_counter_that_cannot_be_read_keeps_nobody_from_leaving_and_the_doctor_counts_it() {
    for odd in odd_numbers().into_iter().take(4) {
        let (_local, stage) = staged().await;
        let rows = stage.created(&stage.sharded, "web", 2 * CAPACITY).await;
        let id = counter_id(&stage, 0);
        set(&stage, &id, "tenants", odd.clone()).await;
        let of_first: Vec<_> = rows.iter().filter(|row| row.refers_to(&stage.pool_keys[0])).collect();
        stage.apply(&Change::Delete(vec![of_first[0].id.clone()])).await.expect("it leaves");
        stage.apply(&Change::Isolate(vec![of_first[1].id.clone()])).await.expect("it leaves");
        assert_eq!(attribute(&stage, &id, "tenants").await, odd, "nothing is made up");
        let found = ops::diagnose(&stage.aws, &unwatched()).await.expect("a diagnosis").findings;
        let kinds: Vec<_> = found
            .iter()
            .map(|one| one.kind)
            .filter(|kind| ![Kind::Skewed, Kind::NoLogRole].contains(kind))
            .collect();
        assert_eq!(kinds, [Kind::CounterUnreadable], "{odd:?}");
        fix_all(&stage).await;
        let seen = stage.fits_together().await;
        let pool = seen.pool(&stage.sharded).expect("the pool");
        assert_eq!(pool.key(&stage.pool_keys[0]).expect("the key").tenants, 1.into());
    }
}

#[tokio::test]
async fn a_capacity_that_cannot_be_read_stays_until_it_is_set() {
    for odd in odd_numbers() {
        let (_local, stage) = staged().await;
        let (pool, counter) = (format!("pool#{}", stage.sharded), counter_id(&stage, 0));
        set(&stage, &pool, "capacity", odd.clone()).await;
        set(&stage, &counter, "capacity", odd.clone()).await;
        set(&stage, &counter, "tenants", Some(s("two"))).await;
        let new = stage.one(&stage.sharded, "new").await;
        assert!(new.refers_to(&stage.pool_keys[1]), "{odd:?}");
        for change in [
            Change::Grow { plan: stage.sharded.clone(), count: 1 },
            Change::RotatePoolKey { api_key: stage.pool_keys[0].clone(), grace: 0 },
        ] {
            let refused = stage.apply(&change).await.expect_err("refused");
            assert!(refused.to_string().contains("the capacity of "), "{odd:?}: {refused}");
        }
        let found = ops::diagnose(&stage.aws, &unwatched()).await.expect("a diagnosis").findings;
        let kinds: Vec<_> =
            found.iter().map(|one| one.kind).filter(|kind| *kind != Kind::NoLogRole).collect();
        assert_eq!(kinds, [Kind::CounterUnreadable, Kind::CapacityUnreadable], "{odd:?}");
        // The number of tenants can be counted, the capacity can not.
        fix_all(&stage).await;
        assert_eq!(attribute(&stage, &counter, "tenants").await, Some(n(0)), "{odd:?}");
        assert_eq!(attribute(&stage, &counter, "capacity").await, odd);
        assert_eq!(attribute(&stage, &pool, "capacity").await, odd);
        let capacity = Some(CAPACITY);
        let set = Change::SetPool { plan: stage.sharded.clone(), strategy: None, capacity };
        stage.apply(&set).await.expect("it is set");
        let seen = stage.is_consistent().await;
        let keys = &seen.pool(&stage.sharded).expect("the pool").keys;
        let is_sound = |key: &keypool_domain::PoolKey| {
            key.capacity == CAPACITY.into() && key.state == PoolKeyState::Active
        };
        assert!(keys.iter().all(is_sound), "{odd:?}: {keys:?}");
    }
}

#[tokio::test]
async fn a_pool_key_without_a_counter_has_no_number_of_tenants() {
    let (_local, stage) = staged().await;
    stage.created(&stage.sharded, "web", 2).await;
    stage.delete(POOLS, &counter_id(&stage, 0)).await;
    let seen = stage.inventory().await;
    let key = seen.pool(&stage.sharded).expect("the pool").key(&stage.pool_keys[0]).expect("the key");
    let why = key.tenants.reason().expect("not known").to_string();
    assert_eq!(
        why,
        format!("item key#{} is missing in the Pools table; correct it there", stage.pool_keys[0])
    );
    fix_all(&stage).await;
    stage.is_consistent().await;
}
