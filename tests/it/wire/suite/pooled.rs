//! Pooled tenant keys, which share the API keys of a pool.

use std::collections::HashSet;

use aws_sdk_dynamodb::types::AttributeValue;
use futures_util::stream::{self, StreamExt};
use keypool::aws::Failure;
use keypool::ops;
use keypool_domain::assign::AssignmentError;
use keypool_domain::{Change, Edit, Inventory, Mode, Refusal};

use crate::wire::support::silent_run;
use crate::wire::test_account::{
    KEYS_TABLE, POOL_KEY_CAPACITY, POOLS_TABLE, TestAccount, create_change, make_item, n, s,
};

fn tenant_counts(inventory: &Inventory, account: &TestAccount) -> Vec<u32> {
    inventory
        .pool(&account.pooled_plan)
        .expect("the pool")
        .keys
        .iter()
        .map(|key| key.require_tenant_count().expect("the tenant count is known"))
        .collect()
}

pub(super) async fn pooled_keys_are_spread_over_the_pool_without_new_api_keys(account: &TestAccount) {
    let tenant_keys = account.create_keys(&account.pooled_plan, "web", 4).await;
    for tenant_key in &tenant_keys {
        assert_eq!(
            (tenant_key.mode(), tenant_key.revision, tenant_key.id.as_str().len()),
            (Mode::Pooled.into(), Some(1), 16)
        );
        assert!(account.pool_keys.contains(&tenant_key.require_api_key().expect("known")));
        let item = account.get_item(KEYS_TABLE, tenant_key.id.as_str()).await.expect("the item");
        assert_eq!(item["poolKeyId"], s(tenant_key.require_api_key().expect("known").as_str()));
    }
    let inventory = account.inventory().await;
    assert_eq!(tenant_counts(&inventory, account), [2, 2]);
    assert_eq!(inventory.api_keys().value_to_show().expect("a list").len(), 2);
    account.assert_consistent().await;
}

pub(super) async fn tenant_keys_of_one_pool_key_share_its_value(account: &TestAccount) {
    let first_key_only = AttributeValue::L(vec![s(account.pool_keys[0].as_str())]);
    let mut pool =
        account.get_item(POOLS_TABLE, &format!("pool#{}", account.pooled_plan)).await.expect("the pool");
    pool.extend(make_item(&[("apiKeys", first_key_only)]));
    account.put_item(POOLS_TABLE, pool).await;
    let mut counter = account.counter_item(&account.pool_keys[0], 0);
    counter.extend(make_item(&[("capacity", n(100))]));
    account.put_item(POOLS_TABLE, counter).await;
    let tenant_keys = account.create_keys(&account.pooled_plan, "web", 5).await;
    let inventory = account.inventory().await;
    let mut values = HashSet::new();
    for tenant_key in &tenant_keys {
        values.insert(
            ops::read_key_value(&account.aws, &inventory, &tenant_key.id)
                .await
                .expect("its value")
                .expose()
                .to_owned(),
        );
    }
    assert_eq!(values.len(), 1);
    let shared = account.api_key(&account.pool_keys[0]).await.expect("the pool key");
    assert_eq!(shared.value(), values.iter().next().map(String::as_str));
}

pub(super) async fn a_full_pool_refuses_new_keys(account: &TestAccount) {
    account.create_keys(&account.pooled_plan, "web", 2 * POOL_KEY_CAPACITY).await;
    let refused =
        account.apply(&create_change(&account.pooled_plan, "more", 1)).await.expect_err("it is full");
    let full = Refusal::NoPoolKey {
        plan: "Sharded".into(),
        reason: AssignmentError::Full { keys: 2, tenants: 2 * POOL_KEY_CAPACITY },
    };
    assert_eq!(refused, Failure::Refused(full));
    assert_eq!(account.inventory().await.tenant_keys().len(), 2 * POOL_KEY_CAPACITY as usize);
}

pub(super) async fn concurrent_creates_never_exceed_the_capacity(account: &TestAccount) {
    let before = account.inventory().await;
    let (create, run) = (create_change(&account.pooled_plan, "web", 4), silent_run());
    let both = [(); 2].map(|()| ops::apply(&account.aws, &before, &create, &run));
    let concurrency = if account.behaves_like_aws("isolation") { both.len() } else { 1 };
    let results: Vec<_> = stream::iter(both).buffered(concurrency).collect().await;
    let inventory = account.inventory().await;
    assert_eq!(tenant_counts(&inventory, account), [POOL_KEY_CAPACITY, POOL_KEY_CAPACITY]);
    assert_eq!(inventory.tenant_keys().len(), 2 * POOL_KEY_CAPACITY as usize);
    let failures: Vec<_> = results.into_iter().filter_map(Result::err).collect();
    assert!(!failures.is_empty(), "room for six tenants, not eight");
    for failure in failures {
        let cause = match failure {
            Failure::Partial { total: 4, failure, .. } => *failure,
            other => other,
        };
        assert!(matches!(cause, Failure::Refused(Refusal::NoPoolKey { .. })), "{cause:?}");
    }
    account.assert_consistent().await;
}

pub(super) async fn deleting_pooled_keys_lowers_the_counters_and_keeps_the_api_keys(account: &TestAccount) {
    let tenant_keys = account.create_keys(&account.pooled_plan, "web", 3).await;
    let applied = account
        .apply(&Change::Delete(tenant_keys.iter().map(|tenant_key| tenant_key.id.clone()).collect()))
        .await;
    assert_eq!(applied.expect("they are deleted").deleted.len(), 3);
    let inventory = account.inventory().await;
    assert_eq!(
        (
            tenant_counts(&inventory, account),
            inventory.api_keys().value_to_show().expect("a list").len(),
            inventory.tenant_keys().len()
        ),
        (vec![0, 0], 2, 0)
    );
    account.create_key(&account.pooled_plan, "again").await;
}

pub(super) async fn deleting_or_editing_a_missing_tenant_key_fails_as_gone(account: &TestAccount) {
    let tenant_key = account.create_key(&account.pooled_plan, "web").await;
    let before = account.inventory().await;
    let delete = Change::Delete(vec![tenant_key.id.clone()]);
    account.apply(&delete).await.expect("the first delete");
    let again = ops::apply(&account.aws, &before, &delete, &silent_run()).await;
    assert_eq!(again.err(), Some(Failure::Gone(format!("tenant key {}", tenant_key.id))));
    let edit = Edit { name: Some("app".into()), ..Edit::default() };
    let edited = ops::apply(
        &account.aws,
        &before,
        &Change::Edit { tenant_key: tenant_key.id.clone(), edit },
        &silent_run(),
    )
    .await;
    assert_eq!(edited.err(), Some(Failure::Gone(format!("tenant key {}", tenant_key.id))));
    account.assert_consistent().await;
}

pub(super) async fn editing_a_pooled_key_changes_only_the_tenant_key(account: &TestAccount) {
    let tenant_key = account.create_key(&account.pooled_plan, "web").await;
    let edit = Edit { name: Some("app".into()), enabled: Some(false), ..Edit::default() };
    account.apply(&Change::Edit { tenant_key: tenant_key.id.clone(), edit }).await.expect("an edit");
    let inventory = account.inventory().await;
    let edited = inventory.tenant_key(&tenant_key.id).expect("the tenant key");
    assert_eq!(
        (edited.name.as_str(), &edited.enabled, edited.require_api_key().expect("known")),
        ("app", &false.into(), tenant_key.require_api_key().expect("known"))
    );
    let shared =
        inventory.api_key(&tenant_key.require_api_key().expect("known")).key().expect("the pool key");
    assert!(shared.enabled && shared.name.starts_with("pool-"));
}

pub(super) async fn a_pool_key_without_counter_gets_no_new_tenants(account: &TestAccount) {
    account.delete_item(POOLS_TABLE, &format!("key#{}", account.pool_keys[0])).await;
    let inventory = account.inventory().await;
    assert!(
        inventory.remarks().iter().any(|remark| remark.contains("without a counter")),
        "{:?}",
        inventory.remarks()
    );
    let tenant_key = account.create_key(&account.pooled_plan, "web").await;
    assert_eq!(tenant_key.require_api_key().expect("known"), account.pool_keys[1]);
    account.delete_item(POOLS_TABLE, &format!("key#{}", account.pool_keys[1])).await;
    let failure =
        account.apply(&create_change(&account.pooled_plan, "more", 1)).await.expect_err("no counter is left");
    let is_unknown_room = |error: &AssignmentError| matches!(error, AssignmentError::UnknownRoom { .. });
    assert!(
        matches!(&failure, Failure::Refused(Refusal::NoPoolKey { reason, .. }) if is_unknown_room(reason)),
        "{failure:?}"
    );
    account
        .apply(&Change::Delete(vec![tenant_key.id]))
        .await
        .expect("a tenant key without counter can be deleted");
}

pub(super) async fn a_pooled_key_of_the_sample_app_is_recognised_and_deleted(account: &TestAccount) {
    let shared = &account.pool_keys[0];
    let value = account.api_key(shared).await.expect("the pool key").value.expect("its value");
    account.put_item(POOLS_TABLE, account.counter_item(shared, 1)).await;
    let tenant_key = [
        ("id", s("ab12cd34")),
        ("planId", s(account.pooled_plan.as_str())),
        ("name", s("theirs")),
        ("description", s("")),
        ("enabled", AttributeValue::Bool(true)),
        ("owner", s("globex")),
        ("value", s(&value)),
    ];
    account.put_item(KEYS_TABLE, make_item(&tenant_key)).await;
    let inventory = account.inventory().await;
    assert_eq!(inventory.tenant_keys()[0].known_pool_key(), Some(shared));
    account.apply(&Change::Delete(vec!["ab12cd34".into()])).await.expect("it is deleted");
    let inventory = account.inventory().await;
    assert_eq!((inventory.tenant_keys().len(), tenant_counts(&inventory, account)), (0, vec![0, 0]));
}

pub(super) async fn least_used_assignment_reads_usage(account: &TestAccount) {
    let mut pool =
        account.get_item(POOLS_TABLE, &format!("pool#{}", account.pooled_plan)).await.expect("the pool");
    pool.extend(make_item(&[("strategy", s("least-used"))]));
    account.put_item(POOLS_TABLE, pool).await;
    if account.behaves_like_aws("usage") {
        account.create_keys(&account.pooled_plan, "web", 3).await;
    } else {
        let failure =
            account.apply(&create_change(&account.pooled_plan, "web", 3)).await.expect_err("no usage");
        let names_operation = |message: &String| message.ends_with(" does not support GetUsage");
        assert!(matches!(&failure, Failure::Unsupported(message) if names_operation(message)), "{failure}");
    }
    account.assert_consistent().await;
}
