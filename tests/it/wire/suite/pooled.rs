//! References to the API keys of a pool.

use std::collections::HashSet;

use aws_sdk_dynamodb::types::AttributeValue;
use futures_util::stream::{self, StreamExt};
use keypool::aws::Failure;
use keypool::ops;
use keypool_domain::assign::AssignmentError;
use keypool_domain::{Change, Edit, Inventory, Mode, Refusal};

use crate::wire::support::plain_run;
use crate::wire::test_account::{
    KEYS_TABLE, POOL_KEY_CAPACITY, POOLS_TABLE, TestAccount, create_change, item, n, s,
};

fn tenant_counts(seen: &Inventory, stage: &TestAccount) -> Vec<u32> {
    seen.pool(&stage.sharded_plan)
        .expect("the pool")
        .keys
        .iter()
        .map(|key| key.require_tenants().expect("a number"))
        .collect()
}

pub(super) async fn pooled_keys_spread_over_the_pool_and_make_no_api_key(stage: &TestAccount) {
    let rows = stage.create_keys(&stage.sharded_plan, "web", 4).await;
    for row in &rows {
        assert_eq!((row.mode(), row.revision, row.id.as_str().len()), (Mode::Pooled.into(), Some(1), 16));
        assert!(stage.pool_keys.contains(&row.require_api_key().expect("known")));
        let item = stage.get_item(KEYS_TABLE, row.id.as_str()).await.expect("the row");
        assert_eq!(item["poolKeyId"], s(row.require_api_key().expect("known").as_str()));
    }
    let seen = stage.inventory().await;
    assert_eq!(tenant_counts(&seen, stage), [2, 2]);
    assert_eq!(seen.api_keys().value_to_show().expect("a list").len(), 2);
    stage.assert_consistent().await;
}

pub(super) async fn five_pooled_keys_send_the_same_value_behind_one_api_key(stage: &TestAccount) {
    let one = AttributeValue::L(vec![s(stage.pool_keys[0].as_str())]);
    let mut pool =
        stage.get_item(POOLS_TABLE, &format!("pool#{}", stage.sharded_plan)).await.expect("the pool");
    pool.extend(item(&[("apiKeys", one)]));
    stage.put_item(POOLS_TABLE, pool).await;
    let mut counter = stage.counter_item(&stage.pool_keys[0], 0);
    counter.extend(item(&[("capacity", n(100))]));
    stage.put_item(POOLS_TABLE, counter).await;
    let rows = stage.create_keys(&stage.sharded_plan, "web", 5).await;
    let seen = stage.inventory().await;
    let mut values = HashSet::new();
    for row in &rows {
        values.insert(
            ops::read_key_value(&stage.aws, &seen, &row.id).await.expect("its value").expose().to_owned(),
        );
    }
    assert_eq!(values.len(), 1);
    let shared = stage.api_key(&stage.pool_keys[0]).await.expect("the pool key");
    assert_eq!(shared.value(), values.iter().next().map(String::as_str));
}

pub(super) async fn a_full_pool_refuses(stage: &TestAccount) {
    stage.create_keys(&stage.sharded_plan, "web", 2 * POOL_KEY_CAPACITY).await;
    let refused = stage.apply(&create_change(&stage.sharded_plan, "more", 1)).await.expect_err("it is full");
    let full = Refusal::Unassignable {
        plan: "Sharded".into(),
        why: AssignmentError::Full { keys: 2, tenants: 2 * POOL_KEY_CAPACITY },
    };
    assert_eq!(refused, Failure::Refused(full));
    assert_eq!(stage.inventory().await.tenant_keys().len(), 2 * POOL_KEY_CAPACITY as usize);
}

pub(super) async fn a_lost_race_chooses_again_and_at_last_refuses(stage: &TestAccount) {
    let before = stage.inventory().await;
    let (create, run) = (create_change(&stage.sharded_plan, "web", 4), plain_run());
    let both = [(); 2].map(|()| ops::apply(&stage.aws, &before, &create, &run));
    let at_once = if stage.behaves_like_aws("isolation") { both.len() } else { 1 };
    let ended: Vec<_> = stream::iter(both).buffered(at_once).collect().await;
    let seen = stage.inventory().await;
    assert_eq!(tenant_counts(&seen, stage), [POOL_KEY_CAPACITY, POOL_KEY_CAPACITY]);
    assert_eq!(seen.tenant_keys().len(), 2 * POOL_KEY_CAPACITY as usize);
    let failures: Vec<_> = ended.into_iter().filter_map(Result::err).collect();
    assert!(!failures.is_empty(), "eight do not fit where six do");
    for failure in failures {
        let cause = match failure {
            Failure::Partial { total: 4, failure, .. } => *failure,
            other => other,
        };
        assert!(matches!(cause, Failure::Refused(Refusal::Unassignable { .. })), "{cause:?}");
    }
    stage.assert_consistent().await;
}

pub(super) async fn deleting_a_reference_counts_one_less_and_keeps_the_api_key(stage: &TestAccount) {
    let rows = stage.create_keys(&stage.sharded_plan, "web", 3).await;
    let applied = stage.apply(&Change::Delete(rows.iter().map(|row| row.id.clone()).collect())).await;
    assert_eq!(applied.expect("they are deleted").deleted.len(), 3);
    let seen = stage.inventory().await;
    assert_eq!(
        (
            tenant_counts(&seen, stage),
            seen.api_keys().value_to_show().expect("a list").len(),
            seen.tenant_keys().len()
        ),
        (vec![0, 0], 2, 0)
    );
    stage.create_key(&stage.sharded_plan, "again").await;
}

pub(super) async fn a_reference_that_vanished_is_said_to_be_gone(stage: &TestAccount) {
    let row = stage.create_key(&stage.sharded_plan, "web").await;
    let before = stage.inventory().await;
    let delete = Change::Delete(vec![row.id.clone()]);
    stage.apply(&delete).await.expect("the first time");
    let again = ops::apply(&stage.aws, &before, &delete, &plain_run()).await;
    assert_eq!(again.err(), Some(Failure::Gone(format!("row {}", row.id))));
    let edit = Edit { name: Some("app".into()), ..Edit::default() };
    let edited =
        ops::apply(&stage.aws, &before, &Change::Edit { tenant_key: row.id.clone(), edit }, &plain_run())
            .await;
    assert_eq!(edited.err(), Some(Failure::Gone(format!("row {}", row.id))));
    stage.assert_consistent().await;
}

pub(super) async fn an_edit_of_a_reference_touches_only_the_row(stage: &TestAccount) {
    let row = stage.create_key(&stage.sharded_plan, "web").await;
    let edit = Edit { name: Some("app".into()), enabled: Some(false), ..Edit::default() };
    stage.apply(&Change::Edit { tenant_key: row.id.clone(), edit }).await.expect("an edit");
    let seen = stage.inventory().await;
    let now = seen.tenant_key(&row.id).expect("the row");
    assert_eq!(
        (now.name.as_str(), &now.enabled, now.require_api_key().expect("known")),
        ("app", &false.into(), row.require_api_key().expect("known"))
    );
    let shared = seen.api_key(&row.require_api_key().expect("known")).key().expect("the pool key");
    assert!(shared.enabled && shared.name.starts_with("pool-"));
}

pub(super) async fn a_pool_key_without_a_counter_takes_nobody(stage: &TestAccount) {
    stage.delete_item(POOLS_TABLE, &format!("key#{}", stage.pool_keys[0])).await;
    let seen = stage.inventory().await;
    assert!(seen.remarks().iter().any(|remark| remark.contains("without a counter")), "{:?}", seen.remarks());
    let row = stage.create_key(&stage.sharded_plan, "web").await;
    assert_eq!(row.require_api_key().expect("known"), stage.pool_keys[1]);
    stage.delete_item(POOLS_TABLE, &format!("key#{}", stage.pool_keys[1])).await;
    let failure =
        stage.apply(&create_change(&stage.sharded_plan, "more", 1)).await.expect_err("nothing is counted");
    let is_not_known = |why: &AssignmentError| matches!(why, AssignmentError::NotKnown { .. });
    assert!(
        matches!(&failure, Failure::Refused(Refusal::Unassignable { why, .. }) if is_not_known(why)),
        "{failure:?}"
    );
    stage.apply(&Change::Delete(vec![row.id])).await.expect("a row without a counter can go");
}

pub(super) async fn a_reference_of_the_sample_is_recognised_and_deleted(stage: &TestAccount) {
    let shared = &stage.pool_keys[0];
    let value = stage.api_key(shared).await.expect("the pool key").value.expect("its value");
    stage.put_item(POOLS_TABLE, stage.counter_item(shared, 1)).await;
    let row = [
        ("id", s("ab12cd34")),
        ("planId", s(stage.sharded_plan.as_str())),
        ("name", s("theirs")),
        ("description", s("")),
        ("enabled", AttributeValue::Bool(true)),
        ("owner", s("globex")),
        ("value", s(&value)),
    ];
    stage.put_item(KEYS_TABLE, item(&row)).await;
    let seen = stage.inventory().await;
    assert_eq!(seen.tenant_keys()[0].known_pool_key(), Some(shared));
    stage.apply(&Change::Delete(vec!["ab12cd34".into()])).await.expect("it is deleted");
    let seen = stage.inventory().await;
    assert_eq!((seen.tenant_keys().len(), tenant_counts(&seen, stage)), (0, vec![0, 0]));
}

pub(super) async fn least_used_asks_for_todays_calls(stage: &TestAccount) {
    let mut pool =
        stage.get_item(POOLS_TABLE, &format!("pool#{}", stage.sharded_plan)).await.expect("the pool");
    pool.extend(item(&[("strategy", s("least-used"))]));
    stage.put_item(POOLS_TABLE, pool).await;
    if stage.behaves_like_aws("usage") {
        stage.create_keys(&stage.sharded_plan, "web", 3).await;
    } else {
        let failure = stage.apply(&create_change(&stage.sharded_plan, "web", 3)).await.expect_err("no usage");
        let names_operation = |words: &String| words.ends_with(" does not support GetUsage");
        assert!(matches!(&failure, Failure::Unsupported(words) if names_operation(words)), "{failure}");
    }
    stage.assert_consistent().await;
}
