//! Keys that get other values, pools and plans; pools that are made, grown, drained and dissolved.

use keypool::aws::Failure;
use keypool::ops::{self, Applied};
use keypool_domain::change::{BalanceChange, Extension, OtherPlans, PlanChange};
use keypool_domain::key::tag;
use keypool_domain::{
    ApiKeyId, Change, Edit, Inventory, Mode, NewPoolRequest, PlanId, PoolKeyState, Refusal, Strategy,
    TenantKey, TenantKeyId,
};

use crate::wire::support::plain_run;
use crate::wire::test_account::{KEYS_TABLE, POOL_KEY_CAPACITY, TestAccount, s};

/// Rows behind each key of the pool, in the pool's order.
fn tenants_per_pool_key(seen: &Inventory, plan: &PlanId) -> Vec<usize> {
    let pool = seen.pool(plan).expect("the pool");
    pool.keys.iter().map(|key| seen.tenant_keys_of_api_key(&key.api_key).len()).collect()
}

fn moved_tenant_key<'a>(applied: &Applied, seen: &'a Inventory) -> &'a TenantKey {
    seen.tenant_key(&applied.moved[0]).expect("the row where it is now")
}

async fn key_value(stage: &TestAccount, seen: &Inventory, row: &TenantKeyId) -> String {
    ops::read_key_value(&stage.aws, seen, row).await.expect("its value").expose().to_owned()
}

/// What somebody else keeps in a row.
async fn add_foreign_attribute(stage: &TestAccount, row: &TenantKeyId) {
    let mut item = stage.get_item(KEYS_TABLE, row.as_str()).await.expect("the row");
    item.insert("theirs".to_owned(), s("kept"));
    stage.put_item(KEYS_TABLE, item).await;
}

async fn has_foreign_attribute(stage: &TestAccount, row: &TenantKeyId) -> bool {
    stage.get_item(KEYS_TABLE, row.as_str()).await.expect("the row").get("theirs") == Some(&s("kept"))
}

async fn grow_pool(stage: &TestAccount, count: u32) -> Inventory {
    let grow = Change::Grow { plan: stage.sharded_plan.clone(), count };
    stage.apply(&grow).await.expect("the pool grows");
    stage.assert_fully_consistent().await
}

pub(super) async fn a_rotated_key_has_another_value_and_nothing_else(stage: &TestAccount) {
    let before = stage.create_key(&stage.siloed_plan, "web").await;
    add_foreign_attribute(stage, &before.id).await;
    let old = key_value(stage, &stage.inventory().await, &before.id).await;
    let rotate = Change::Rotate { tenant_keys: vec![before.id.clone()], grace: 0 };
    let applied = stage.apply(&rotate).await.expect("it is rotated");
    let seen = stage.assert_fully_consistent().await;
    let after = moved_tenant_key(&applied, &seen);
    assert_ne!(after.id, before.id);
    assert_eq!(
        (&after.name, &after.tenant, &after.plan, &after.enabled, after.mode()),
        (&before.name, &before.tenant, &before.plan, &true.into(), Mode::Siloed.into())
    );
    assert_ne!(key_value(stage, &seen, &after.id).await, old);
    assert!(has_foreign_attribute(stage, &after.id).await);
    assert!(
        stage.api_key(&before.require_api_key().expect("known")).await.is_none(),
        "the old API key is gone"
    );
}

pub(super) async fn with_a_grace_the_old_value_stays_until_it_is_retired(stage: &TestAccount) {
    let before = stage.create_key(&stage.siloed_plan, "web").await;
    if !stage.behaves_like_aws("tags") {
        return;
    }
    let rotate = Change::Rotate { tenant_keys: vec![before.id.clone()], grace: 3_600 };
    stage.apply(&rotate).await.expect("it is rotated");
    let seen = stage.inventory().await;
    let old = seen.api_key(&before.require_api_key().expect("known")).key().expect("the old API key");
    assert!(old.enabled && old.tags.contains_key(tag::RETIRES_AT), "{:?}", old.tags);
    let new = seen.successor(&old.id).expect("the new one says what it replaces");
    assert!(seen.tenant_key(&TenantKeyId::new(new.id.as_str())).is_some());
    stage.apply(&Change::Retire(old.id.clone())).await.expect("it is retired");
    stage.assert_fully_consistent().await;
}

pub(super) async fn a_pool_key_is_rotated_with_all_its_tenants(stage: &TestAccount) {
    let rows = stage.create_keys(&stage.sharded_plan, "web", 4).await;
    add_foreign_attribute(stage, &rows[0].id).await;
    let old = rows[0].require_api_key().expect("known");
    let shared = key_value(stage, &stage.inventory().await, &rows[0].id).await;
    let rotate = Change::RotatePoolKey { api_key: old.clone(), grace: 0 };
    let applied = stage.apply(&rotate).await.expect("it is rotated");
    let seen = stage.assert_fully_consistent().await;
    assert_eq!(applied.moved.len(), 2);
    assert_eq!(seen.tenant_keys_of_api_key(&old).len(), 0);
    assert!(seen.pool(&stage.sharded_plan).expect("the pool").pool_key(&old).is_none());
    assert!(stage.api_key(&old).await.is_none());
    assert_ne!(key_value(stage, &seen, &rows[0].id).await, shared);
    assert!(has_foreign_attribute(stage, &rows[0].id).await);
    let mut both = tenants_per_pool_key(&seen, &stage.sharded_plan);
    both.sort_unstable();
    assert_eq!(both, [2, 2]);
}

pub(super) async fn an_isolated_tenant_has_a_key_of_its_own(stage: &TestAccount) {
    let rows = stage.create_keys(&stage.sharded_plan, "web", 2).await;
    add_foreign_attribute(stage, &rows[0].id).await;
    let applied = stage.apply(&Change::Isolate(vec![rows[0].id.clone()])).await.expect("it is isolated");
    let seen = stage.assert_fully_consistent().await;
    let own = moved_tenant_key(&applied, &seen);
    assert_eq!((own.mode(), &own.plan), (Mode::Siloed.into(), &stage.sharded_plan));
    assert!(has_foreign_attribute(stage, &own.id).await);
    assert_eq!(seen.tenant_keys().len(), 2);
    let again = stage.apply(&Change::Isolate(vec![own.id.clone()])).await.expect_err("it has one");
    assert_eq!(again, Failure::Refused(Refusal::HasOwnApiKey(own.id.clone())));
    let back = stage
        .apply(&Change::Consolidate { tenant_keys: vec![own.id.clone()], others: OtherPlans::Refuse })
        .await
        .expect("it goes back");
    let seen = stage.assert_fully_consistent().await;
    assert_eq!(moved_tenant_key(&back, &seen).mode(), Mode::Pooled.into());
    assert!(stage.api_key(&own.require_api_key().expect("known")).await.is_none());
}

pub(super) async fn a_key_changes_its_plan_whatever_the_models(stage: &TestAccount) {
    let to = |row: &TenantKey, plan: &PlanId| Change::ChangePlan {
        tenant_keys: vec![row.id.clone()],
        plan: plan.clone(),
        others: OtherPlans::Refuse,
    };
    let siloed = stage.create_key(&stage.siloed_plan, "web").await;
    let other = stage.create_plan("Other").await;
    let applied = stage.apply(&to(&siloed, &other)).await.expect("siloed to siloed");
    let seen = stage.assert_fully_consistent().await;
    let row = moved_tenant_key(&applied, &seen).clone();
    assert_eq!(
        (row.require_api_key().expect("known"), &row.plan),
        (siloed.require_api_key().expect("known"), &other)
    );

    let applied = stage.apply(&to(&row, &stage.sharded_plan)).await.expect("siloed to pooled");
    let seen = stage.assert_fully_consistent().await;
    let row = moved_tenant_key(&applied, &seen).clone();
    assert_eq!((row.mode(), &row.plan), (Mode::Pooled.into(), &stage.sharded_plan));
    assert!(stage.api_key(&siloed.require_api_key().expect("known")).await.is_none());

    let applied = stage.apply(&to(&row, &stage.siloed_plan)).await.expect("pooled to siloed");
    let seen = stage.assert_fully_consistent().await;
    let row = moved_tenant_key(&applied, &seen);
    assert_eq!((row.mode(), &row.plan, row.name.as_str()), (Mode::Siloed.into(), &stage.siloed_plan, "web"));
    let same = stage.apply(&to(row, &stage.siloed_plan)).await.expect_err("it is there");
    assert!(matches!(same, Failure::Refused(Refusal::AlreadyInPlan { .. })), "{same:?}");
}

pub(super) async fn a_move_of_a_row_that_changed_is_refused_and_taken_back(stage: &TestAccount) {
    let row = stage.create_key(&stage.siloed_plan, "web").await;
    let other = stage.create_plan("Other").await;
    let adopt = Change::Plan(Box::new(PlanChange::Adopt { plan: other.clone(), entry: None }));
    stage.apply(&adopt).await.expect("the plan is ours");
    let before = stage.inventory().await;
    let edit = Edit { description: Some("somebody else's".to_owned()), ..Edit::default() };
    stage.apply(&Change::Edit { tenant_key: row.id.clone(), edit }).await.expect("an edit");
    let to_other =
        Change::ChangePlan { tenant_keys: vec![row.id.clone()], plan: other, others: OtherPlans::Refuse };
    let refused = ops::apply(&stage.aws, &before, &to_other, &plain_run()).await;
    assert_eq!(refused, Err(Failure::Changed(format!("row {}", row.id))));
    let seen = stage.assert_fully_consistent().await;
    assert_eq!(seen.tenant_key(&row.id).map(|row| &row.plan), Some(&stage.siloed_plan));
}

pub(super) async fn a_skewed_pool_is_brought_level(stage: &TestAccount) {
    let rows = stage.create_keys(&stage.sharded_plan, "web", 6).await;
    let first = rows[0].require_api_key().expect("known");
    let on_first =
        rows.iter().filter(|row| row.require_api_key().expect("known") == first).map(|row| row.id.clone());
    stage.apply(&Change::Delete(on_first.collect())).await.expect("one key is emptied");
    let applied = stage.apply(&Change::Rebalance(stage.sharded_plan.clone())).await.expect("it is level");
    assert_eq!(applied.moved.len(), 1, "three and none become two and one");
    let mut both = tenants_per_pool_key(&stage.assert_fully_consistent().await, &stage.sharded_plan);
    both.sort_unstable();
    assert_eq!(both, [1, 2]);
    let level = stage.apply(&Change::Rebalance(stage.sharded_plan.clone())).await.expect_err("nothing to do");
    assert_eq!(level, Failure::Refused(Refusal::AlreadyBalanced("Sharded".into())));
}

pub(super) async fn a_pool_grows_and_a_drained_key_leaves_it(stage: &TestAccount) {
    let rows = stage.create_keys(&stage.sharded_plan, "web", 2 * POOL_KEY_CAPACITY).await;
    let old = rows[0].require_api_key().expect("known");
    let full = stage.apply(&Change::Drain(old.clone())).await.expect_err("no room");
    let wanted = Refusal::NotEnoughRoom { plan: "Sharded".into(), room: 0, wanted: POOL_KEY_CAPACITY };
    assert_eq!(full, Failure::Refused(wanted));
    assert_eq!(tenants_per_pool_key(&grow_pool(stage, 2).await, &stage.sharded_plan), [3, 3, 0, 0]);
    stage.apply(&Change::Drain(old.clone())).await.expect("it is drained");
    let seen = stage.assert_fully_consistent().await;
    let mut spread = tenants_per_pool_key(&seen, &stage.sharded_plan);
    spread.sort_unstable();
    assert_eq!(spread, [1, 2, 3]);
    assert!(stage.api_key(&old).await.is_none());
}

pub(super) async fn keys_of_a_plan_become_its_pool_and_go_with_it(stage: &TestAccount) {
    let keys = [
        stage.create_api_key_in(&stage.siloed_plan, 8).await,
        stage.create_api_key_in(&stage.siloed_plan, 9).await,
    ];
    let asked = |api_keys: &[ApiKeyId]| {
        Change::CreatePool(NewPoolRequest {
            plan: stage.siloed_plan.clone(),
            api_keys: api_keys.to_vec(),
            new_keys: 0,
            strategy: Strategy::Sticky,
            capacity: 5,
        })
    };
    let elsewhere = stage.apply(&asked(&stage.pool_keys)).await.expect_err("they are in another plan");
    assert!(matches!(elsewhere, Failure::Refused(Refusal::NotInPlan { .. })), "{elsewhere:?}");
    stage.apply(&asked(&keys)).await.expect("a pool");
    let row = stage.create_key(&stage.siloed_plan, "web").await;
    assert!(keys.contains(&row.require_api_key().expect("known")));
    let dissolve = Change::DissolvePool(stage.siloed_plan.clone());
    let used = stage.apply(&dissolve).await.expect_err("somebody is in it");
    assert_eq!(used, Failure::Refused(Refusal::PoolInUse { plan: "Siloed".into(), tenants: 1 }));
    stage.apply(&Change::Delete(vec![row.id])).await.expect("it is empty");
    stage.apply(&dissolve).await.expect("it goes");
    let seen = stage.assert_fully_consistent().await;
    assert!(seen.pool(&stage.siloed_plan).is_none());
    assert!(stage.api_key(&keys[0]).await.is_none());
}

pub(super) async fn a_pool_is_set_as_far_as_its_tenants_allow(stage: &TestAccount) {
    stage.create_keys(&stage.sharded_plan, "web", 4).await;
    let set = |strategy, capacity| Change::SetPool { plan: stage.sharded_plan.clone(), strategy, capacity };
    let below = stage.apply(&set(None, Some(1))).await.expect_err("two are there");
    assert_eq!(below, Failure::Refused(Refusal::CapacityTooLow { tenants: 2 }));
    stage.apply(&set(Some(Strategy::Random), Some(7))).await.expect("it is set");
    let seen = stage.assert_fully_consistent().await;
    let pool = seen.pool(&stage.sharded_plan).expect("the pool");
    assert_eq!((pool.strategy, &pool.capacity), (Strategy::Random, &7.into()));
    assert!(pool.keys.iter().all(|key| key.capacity == 7.into() && key.state == PoolKeyState::Active));
    stage.create_keys(&stage.sharded_plan, "more", 10).await;
}

pub(super) async fn a_deleted_key_comes_back_with_its_value(stage: &TestAccount) {
    let row = stage.create_key(&stage.siloed_plan, "web").await;
    let seen = stage.inventory().await;
    let secret = ops::read_key_value(&stage.aws, &seen, &row.id).await.expect("its value");
    let gone = stage.apply(&Change::Delete(vec![row.id.clone()])).await.expect("it is deleted");
    let restore = Change::restore(row.clone(), secret.clone(), gone.former[0].1.clone());
    let applied = stage.apply(&restore).await.expect("it is back");
    let seen = stage.assert_fully_consistent().await;
    let back = seen.tenant_key(&applied.created[0]).expect("the row");
    assert_eq!((&back.name, &back.tenant), (&row.name, &row.tenant));
    assert_eq!(key_value(stage, &seen, &back.id).await, secret.expose());
}

pub(super) async fn a_quota_is_extended_and_set_back(stage: &TestAccount) {
    let [first, second] = &stage.pool_keys;
    let extend = |keys: &[(&ApiKeyId, BalanceChange)]| {
        let keys = keys.iter().map(|(key, balance)| ((*key).clone(), *balance)).collect();
        Change::Extend(Extension { plan: stage.sharded_plan.clone(), keys, reason: "a busy day".to_owned() })
    };
    let both = [(first, BalanceChange::Add(250)), (second, BalanceChange::Set(40))];
    if !stage.behaves_like_aws("extension") {
        let refused = stage.apply(&extend(&both)).await.expect_err("it cannot");
        assert!(matches!(refused, Failure::Unsupported(_)), "{refused:?}");
        return;
    }
    let applied = stage.apply(&extend(&both)).await.expect("it is extended");
    let told: Vec<_> = applied.extended.iter().map(|key| (key.before, key.after)).collect();
    assert_eq!(told, [(500, 750), (500, 40)]);
    let back: Vec<_> = applied.extended.iter().map(|key| (&key.api_key, key.reversal())).collect();
    assert_eq!(remaining_quota(stage).await, [750, 40]);
    stage.apply(&extend(&back)).await.expect("it is set back");
    assert_eq!(remaining_quota(stage).await, [500, 500]);
    stage.apply(&extend(&[(first, BalanceChange::Subtract(501))])).await.expect("nothing is left");
    assert_eq!(remaining_quota(stage).await, [0, 500], "never less than none");
    let outside = Change::Extend(Extension {
        plan: stage.siloed_plan.clone(),
        keys: vec![(first.clone(), BalanceChange::Add(1))],
        reason: "a mistake".to_owned(),
    });
    let refused = stage.apply(&outside).await.expect_err("it is in another plan");
    assert!(matches!(refused, Failure::Refused(Refusal::NotInPlan { .. })), "{refused:?}");
}

/// What the two keys of the pool have left today, as API Gateway tells it.
async fn remaining_quota(stage: &TestAccount) -> [i64; 2] {
    let today = stage.aws.now().strftime("%Y-%m-%d").to_string();
    let asked = stage.gateway.get_usage().usage_plan_id(stage.sharded_plan.as_str());
    let told = asked.start_date(&today).end_date(&today).send().await.expect("usage").items.expect("keys");
    // A key that used nothing is not told of, and has all of its quota.
    stage.pool_keys.clone().map(|key| told.get(key.as_str()).map_or(500, |days| days[0][1]))
}
