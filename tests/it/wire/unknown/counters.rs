//! Counters with unreadable numbers: no decision uses them, and they stay unchanged until fixed.

use aws_sdk_dynamodb::types::AttributeValue;
use keypool::aws::Failure;
use keypool::ops;
use keypool_domain::drift::FindingKind;
use keypool_domain::{Change, Known, PoolKeyState, Refusal};

use super::{fix_all, start_account};
use crate::wire::support::silent_run;
use crate::wire::test_account::{POOL_KEY_CAPACITY, POOLS_TABLE, TestAccount, create_change, n, s};

fn counter_id(account: &TestAccount, index: usize) -> String {
    format!("key#{}", account.pool_keys[index])
}

/// Sets or removes an attribute of an item in the Pools table.
async fn set_attribute(account: &TestAccount, id: &str, attribute: &str, value: Option<AttributeValue>) {
    let mut item = account.get_item(POOLS_TABLE, id).await.expect("the item");
    item.remove(attribute);
    item.extend(value.map(|value| (attribute.to_owned(), value)));
    account.put_item(POOLS_TABLE, item).await;
}

async fn read_attribute(account: &TestAccount, id: &str, name: &str) -> Option<AttributeValue> {
    account.get_item(POOLS_TABLE, id).await.expect("the item").remove(name)
}

/// Values that another program may have written instead of a number.
fn unreadable_numbers() -> [Option<AttributeValue>; 5] {
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
    for unreadable in unreadable_numbers() {
        let (_local, account) = start_account().await;
        let id = counter_id(&account, 0);
        set_attribute(&account, &id, "tenants", unreadable.clone()).await;
        let created = account.create_keys(&account.pooled_plan, "new", POOL_KEY_CAPACITY).await;
        let inventory = account.inventory().await;
        assert!(
            created.iter().all(|tenant_key| tenant_key.refers_to(&account.pool_keys[1])),
            "{unreadable:?}: {created:?}"
        );
        let refused =
            account.apply(&create_change(&account.pooled_plan, "more", 1)).await.expect_err("refused");
        assert!(
            refused.to_string().contains("no API key of the pool is known to have room"),
            "{unreadable:?}: {refused}"
        );
        let rebalance =
            account.apply(&Change::Rebalance(account.pooled_plan.clone())).await.expect_err("refused");
        assert!(
            matches!(rebalance, Failure::Refused(Refusal::Unknown { .. })),
            "{unreadable:?}: {rebalance}"
        );
        let key = inventory
            .pool(&account.pooled_plan)
            .expect("the pool")
            .pool_key(&account.pool_keys[0])
            .expect("the key")
            .clone();
        assert!(matches!(key.tenants, Known::Unknown(_)), "{unreadable:?}: {key:?}");
        assert_eq!(read_attribute(&account, &id, "tenants").await, unreadable, "the counter is unchanged");
    }
}

#[tokio::test]
async fn tenants_can_leave_a_pool_key_with_an_unreadable_counter_and_the_doctor_recounts() {
    for unreadable in unreadable_numbers().into_iter().take(4) {
        let (_local, account) = start_account().await;
        let tenant_keys = account.create_keys(&account.pooled_plan, "web", 2 * POOL_KEY_CAPACITY).await;
        let id = counter_id(&account, 0);
        set_attribute(&account, &id, "tenants", unreadable.clone()).await;
        let sharers: Vec<_> =
            tenant_keys.iter().filter(|tenant_key| tenant_key.refers_to(&account.pool_keys[0])).collect();
        account.apply(&Change::Delete(vec![sharers[0].id.clone()])).await.expect("the tenant key leaves");
        account.apply(&Change::Isolate(vec![sharers[1].id.clone()])).await.expect("the tenant key leaves");
        assert_eq!(read_attribute(&account, &id, "tenants").await, unreadable, "the counter is unchanged");
        let findings = ops::diagnose(&account.aws, &silent_run()).await.expect("a diagnosis").findings;
        let kinds: Vec<_> = findings
            .iter()
            .map(|finding| finding.kind)
            .filter(|kind| ![FindingKind::Skewed, FindingKind::NoLogRole].contains(kind))
            .collect();
        assert_eq!(kinds, [FindingKind::CounterUnreadable], "{unreadable:?}");
        fix_all(&account).await;
        let inventory = account.assert_fully_consistent().await;
        let pool = inventory.pool(&account.pooled_plan).expect("the pool");
        assert_eq!(pool.pool_key(&account.pool_keys[0]).expect("the key").tenants, 1.into());
    }
}

#[tokio::test]
async fn an_unreadable_capacity_stays_until_it_is_set() {
    for unreadable in unreadable_numbers() {
        let (_local, account) = start_account().await;
        let (pool, counter) = (format!("pool#{}", account.pooled_plan), counter_id(&account, 0));
        set_attribute(&account, &pool, "capacity", unreadable.clone()).await;
        set_attribute(&account, &counter, "capacity", unreadable.clone()).await;
        set_attribute(&account, &counter, "tenants", Some(s("two"))).await;
        let created = account.create_key(&account.pooled_plan, "new").await;
        assert!(created.refers_to(&account.pool_keys[1]), "{unreadable:?}");
        for change in [
            Change::Grow { plan: account.pooled_plan.clone(), count: 1 },
            Change::RotatePoolKey { api_key: account.pool_keys[0].clone(), grace: 0 },
        ] {
            let refused = account.apply(&change).await.expect_err("refused");
            assert!(refused.to_string().contains("the capacity of "), "{unreadable:?}: {refused}");
        }
        let findings = ops::diagnose(&account.aws, &silent_run()).await.expect("a diagnosis").findings;
        let kinds: Vec<_> = findings
            .iter()
            .map(|finding| finding.kind)
            .filter(|kind| *kind != FindingKind::NoLogRole)
            .collect();
        assert_eq!(
            kinds,
            [FindingKind::CounterUnreadable, FindingKind::CapacityUnreadable],
            "{unreadable:?}"
        );
        // Tenants can be counted again; the capacity cannot be derived.
        fix_all(&account).await;
        assert_eq!(read_attribute(&account, &counter, "tenants").await, Some(n(0)), "{unreadable:?}");
        assert_eq!(read_attribute(&account, &counter, "capacity").await, unreadable);
        assert_eq!(read_attribute(&account, &pool, "capacity").await, unreadable);
        let capacity = Some(POOL_KEY_CAPACITY);
        let set = Change::SetPool { plan: account.pooled_plan.clone(), strategy: None, capacity };
        account.apply(&set).await.expect("the capacity is set");
        let inventory = account.assert_consistent().await;
        let keys = &inventory.pool(&account.pooled_plan).expect("the pool").keys;
        let is_sound = |key: &keypool_domain::PoolKey| {
            key.capacity == POOL_KEY_CAPACITY.into() && key.state == PoolKeyState::Active
        };
        assert!(keys.iter().all(is_sound), "{unreadable:?}: {keys:?}");
    }
}

#[tokio::test]
async fn a_pool_key_without_counter_has_an_unknown_number_of_tenants() {
    let (_local, account) = start_account().await;
    account.create_keys(&account.pooled_plan, "web", 2).await;
    account.delete_item(POOLS_TABLE, &counter_id(&account, 0)).await;
    let inventory = account.inventory().await;
    let key = inventory
        .pool(&account.pooled_plan)
        .expect("the pool")
        .pool_key(&account.pool_keys[0])
        .expect("the key");
    let reason = key.tenants.reason().expect("unknown").to_string();
    assert_eq!(
        reason,
        format!("item key#{} is missing in the Pools table; fix it there", account.pool_keys[0])
    );
    fix_all(&account).await;
    account.assert_consistent().await;
}
