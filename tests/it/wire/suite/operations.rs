//! Rotating, isolating, consolidating and moving keys; changing pools; extending quotas.

use keypool::aws::Failure;
use keypool::ops::{self, Applied};
use keypool_domain::change::{BalanceChange, Extension, OtherPlans, PlanChange};
use keypool_domain::key::tag;
use keypool_domain::{
    ApiKeyId, Change, Edit, Inventory, Mode, NewPoolRequest, PlanId, PoolKeyState, Refusal, Strategy,
    TenantKey, TenantKeyId,
};

use crate::wire::support::silent_run;
use crate::wire::test_account::{POOL_KEY_CAPACITY, TestAccount};

/// Number of tenant keys of each pool key, in the order of the pool.
fn tenants_per_pool_key(inventory: &Inventory, plan: &PlanId) -> Vec<usize> {
    let pool = inventory.pool(plan).expect("the pool");
    pool.keys.iter().map(|key| inventory.tenant_keys_of_api_key(&key.api_key).len()).collect()
}

fn moved_tenant_key<'a>(applied: &Applied, inventory: &'a Inventory) -> &'a TenantKey {
    inventory.tenant_key(&applied.moved[0]).expect("the moved tenant key")
}

async fn key_value(account: &TestAccount, inventory: &Inventory, tenant_key: &TenantKeyId) -> String {
    ops::read_key_value(&account.aws, inventory, tenant_key).await.expect("its value").expose().to_owned()
}

async fn grow_pool(account: &TestAccount, count: u32) -> Inventory {
    let grow = Change::Grow { plan: account.pooled_plan.clone(), count };
    account.apply(&grow).await.expect("the pool grows");
    account.assert_fully_consistent().await
}

pub(super) async fn rotating_a_siloed_key_changes_only_id_and_value(account: &TestAccount) {
    let before = account.create_key(&account.siloed_plan, "web").await;
    account.add_foreign_attribute(&before.id).await;
    let old = key_value(account, &account.inventory().await, &before.id).await;
    let rotate = Change::Rotate { tenant_keys: vec![before.id.clone()], grace: 0 };
    let applied = account.apply(&rotate).await.expect("it is rotated");
    let inventory = account.assert_fully_consistent().await;
    let after = moved_tenant_key(&applied, &inventory);
    assert_ne!(after.id, before.id);
    assert_eq!(
        (&after.name, &after.tenant, &after.plan, &after.enabled, after.mode()),
        (&before.name, &before.tenant, &before.plan, &true.into(), Mode::Siloed.into())
    );
    assert_ne!(key_value(account, &inventory, &after.id).await, old);
    assert!(account.has_foreign_attribute(&after.id).await);
    assert!(
        account.api_key(&before.require_api_key().expect("known")).await.is_none(),
        "the old API key is gone"
    );
}

pub(super) async fn rotation_with_grace_keeps_the_old_value_until_it_is_retired(account: &TestAccount) {
    let before = account.create_key(&account.siloed_plan, "web").await;
    if !account.behaves_like_aws("tags") {
        return;
    }
    let rotate = Change::Rotate { tenant_keys: vec![before.id.clone()], grace: 3_600 };
    account.apply(&rotate).await.expect("it is rotated");
    let inventory = account.inventory().await;
    let old = inventory.api_key(&before.require_api_key().expect("known")).key().expect("the old API key");
    assert!(old.enabled && old.tags.contains_key(tag::RETIRES_AT), "{:?}", old.tags);
    let new = inventory.successor(&old.id).expect("the successor names its predecessor");
    assert!(inventory.tenant_key(&TenantKeyId::new(new.id.as_str())).is_some());
    account.apply(&Change::Retire(old.id.clone())).await.expect("it is retired");
    account.assert_fully_consistent().await;
}

pub(super) async fn rotating_a_pool_key_moves_all_its_tenants(account: &TestAccount) {
    let tenant_keys = account.create_keys(&account.pooled_plan, "web", 4).await;
    account.add_foreign_attribute(&tenant_keys[0].id).await;
    let old = tenant_keys[0].require_api_key().expect("known");
    let shared = key_value(account, &account.inventory().await, &tenant_keys[0].id).await;
    let rotate = Change::RotatePoolKey { api_key: old.clone(), grace: 0 };
    let applied = account.apply(&rotate).await.expect("it is rotated");
    let inventory = account.assert_fully_consistent().await;
    assert_eq!(applied.moved.len(), 2);
    assert_eq!(inventory.tenant_keys_of_api_key(&old).len(), 0);
    assert!(inventory.pool(&account.pooled_plan).expect("the pool").pool_key(&old).is_none());
    assert!(account.api_key(&old).await.is_none());
    assert_ne!(key_value(account, &inventory, &tenant_keys[0].id).await, shared);
    assert!(account.has_foreign_attribute(&tenant_keys[0].id).await);
    let mut counts = tenants_per_pool_key(&inventory, &account.pooled_plan);
    counts.sort_unstable();
    assert_eq!(counts, [2, 2]);
}

pub(super) async fn isolate_gives_a_tenant_its_own_api_key_and_consolidate_returns_it_to_the_pool(
    account: &TestAccount,
) {
    let tenant_keys = account.create_keys(&account.pooled_plan, "web", 2).await;
    account.add_foreign_attribute(&tenant_keys[0].id).await;
    let applied =
        account.apply(&Change::Isolate(vec![tenant_keys[0].id.clone()])).await.expect("it is isolated");
    let inventory = account.assert_fully_consistent().await;
    let isolated = moved_tenant_key(&applied, &inventory);
    assert_eq!((isolated.mode(), &isolated.plan), (Mode::Siloed.into(), &account.pooled_plan));
    assert!(account.has_foreign_attribute(&isolated.id).await);
    assert_eq!(inventory.tenant_keys().len(), 2);
    let again = account
        .apply(&Change::Isolate(vec![isolated.id.clone()]))
        .await
        .expect_err("it has its own API key already");
    assert_eq!(again, Failure::Refused(Refusal::HasOwnApiKey(isolated.id.clone())));
    let back = account
        .apply(&Change::Consolidate {
            tenant_keys: vec![isolated.id.clone()],
            other_plans: OtherPlans::Refuse,
        })
        .await
        .expect("it is consolidated");
    let inventory = account.assert_fully_consistent().await;
    assert_eq!(moved_tenant_key(&back, &inventory).mode(), Mode::Pooled.into());
    assert!(account.api_key(&isolated.require_api_key().expect("known")).await.is_none());
}

fn move_to(tenant_key: &TenantKey, plan: &PlanId) -> Change {
    Change::ChangePlan {
        tenant_keys: vec![tenant_key.id.clone()],
        plan: plan.clone(),
        other_plans: OtherPlans::Refuse,
    }
}

pub(super) async fn a_siloed_key_moves_to_a_siloed_plan(account: &TestAccount) {
    let before = account.create_key(&account.siloed_plan, "web").await;
    let other = account.create_plan("Other").await;
    let applied = account.apply(&move_to(&before, &other)).await.expect("it is moved");
    let inventory = account.assert_fully_consistent().await;
    let after = moved_tenant_key(&applied, &inventory);
    assert_eq!(
        (after.require_api_key().expect("known"), &after.plan, after.name.as_str()),
        (before.require_api_key().expect("known"), &other, "web")
    );
    let same = account.apply(&move_to(after, &other)).await.expect_err("it is in that plan already");
    assert!(matches!(same, Failure::Refused(Refusal::AlreadyInPlan { .. })), "{same:?}");
}

pub(super) async fn change_plan_works_between_siloed_and_sharded_plans(account: &TestAccount) {
    let siloed = account.create_key(&account.siloed_plan, "web").await;
    let applied = account.apply(&move_to(&siloed, &account.pooled_plan)).await.expect("siloed to pooled");
    let inventory = account.assert_fully_consistent().await;
    let tenant_key = moved_tenant_key(&applied, &inventory).clone();
    assert_eq!((tenant_key.mode(), &tenant_key.plan), (Mode::Pooled.into(), &account.pooled_plan));
    assert!(account.api_key(&siloed.require_api_key().expect("known")).await.is_none());

    let applied = account.apply(&move_to(&tenant_key, &account.siloed_plan)).await.expect("pooled to siloed");
    let inventory = account.assert_fully_consistent().await;
    let tenant_key = moved_tenant_key(&applied, &inventory);
    assert_eq!(
        (tenant_key.mode(), &tenant_key.plan, tenant_key.name.as_str()),
        (Mode::Siloed.into(), &account.siloed_plan, "web")
    );
}

pub(super) async fn moving_a_tenant_key_that_changed_meanwhile_is_refused_and_undone(account: &TestAccount) {
    let tenant_key = account.create_key(&account.siloed_plan, "web").await;
    let other = account.create_plan("Other").await;
    let adopt = Change::Plan(Box::new(PlanChange::Adopt { plan: other.clone(), entry: None }));
    account.apply(&adopt).await.expect("the plan is adopted");
    let before = account.inventory().await;
    let edit = Edit { description: Some("by another writer".to_owned()), ..Edit::default() };
    account.apply(&Change::Edit { tenant_key: tenant_key.id.clone(), edit }).await.expect("an edit");
    let to_other = Change::ChangePlan {
        tenant_keys: vec![tenant_key.id.clone()],
        plan: other,
        other_plans: OtherPlans::Refuse,
    };
    let refused = ops::apply(&account.aws, &before, &to_other, &silent_run()).await;
    assert_eq!(refused, Err(Failure::Changed(format!("tenant key {}", tenant_key.id))));
    let inventory = account.assert_fully_consistent().await;
    assert_eq!(
        inventory.tenant_key(&tenant_key.id).map(|tenant_key| &tenant_key.plan),
        Some(&account.siloed_plan)
    );
}

pub(super) async fn rebalance_levels_a_skewed_pool(account: &TestAccount) {
    let tenant_keys = account.create_keys(&account.pooled_plan, "web", 6).await;
    let first = tenant_keys[0].require_api_key().expect("known");
    let sharer_ids = tenant_keys
        .iter()
        .filter(|tenant_key| tenant_key.require_api_key().expect("known") == first)
        .map(|tenant_key| tenant_key.id.clone());
    account
        .apply(&Change::Delete(sharer_ids.collect()))
        .await
        .expect("tenant keys of one pool key are deleted");
    let applied =
        account.apply(&Change::Rebalance(account.pooled_plan.clone())).await.expect("the pool is rebalanced");
    assert_eq!(applied.moved.len(), 1, "from 3 and 0 to 2 and 1");
    let mut counts = tenants_per_pool_key(&account.assert_fully_consistent().await, &account.pooled_plan);
    counts.sort_unstable();
    assert_eq!(counts, [1, 2]);
    let refused =
        account.apply(&Change::Rebalance(account.pooled_plan.clone())).await.expect_err("nothing to do");
    assert_eq!(refused, Failure::Refused(Refusal::AlreadyBalanced("Sharded".into())));
}

pub(super) async fn grow_adds_pool_keys_and_drain_removes_one(account: &TestAccount) {
    let tenant_keys = account.create_keys(&account.pooled_plan, "web", 2 * POOL_KEY_CAPACITY).await;
    let old = tenant_keys[0].require_api_key().expect("known");
    let refused = account.apply(&Change::Drain(old.clone())).await.expect_err("no room");
    let no_room = Refusal::NotEnoughRoom { plan: "Sharded".into(), room: 0, requested: POOL_KEY_CAPACITY };
    assert_eq!(refused, Failure::Refused(no_room));
    assert_eq!(tenants_per_pool_key(&grow_pool(account, 2).await, &account.pooled_plan), [3, 3, 0, 0]);
    account.apply(&Change::Drain(old.clone())).await.expect("it is drained");
    let inventory = account.assert_fully_consistent().await;
    let mut counts = tenants_per_pool_key(&inventory, &account.pooled_plan);
    counts.sort_unstable();
    assert_eq!(counts, [1, 2, 3]);
    assert!(account.api_key(&old).await.is_none());
}

pub(super) async fn create_pool_uses_keys_of_the_plan_and_dissolve_deletes_them(account: &TestAccount) {
    let keys = [
        account.create_api_key_in(&account.siloed_plan, 8).await,
        account.create_api_key_in(&account.siloed_plan, 9).await,
    ];
    let create_pool = |api_keys: &[ApiKeyId]| {
        Change::CreatePool(NewPoolRequest {
            plan: account.siloed_plan.clone(),
            api_keys: api_keys.to_vec(),
            new_keys: 0,
            strategy: Strategy::Sticky,
            capacity: 5,
        })
    };
    let refused =
        account.apply(&create_pool(&account.pool_keys)).await.expect_err("they are in another plan");
    assert!(matches!(refused, Failure::Refused(Refusal::NotInPlan { .. })), "{refused:?}");
    account.apply(&create_pool(&keys)).await.expect("a pool");
    let tenant_key = account.create_key(&account.siloed_plan, "web").await;
    assert!(keys.contains(&tenant_key.require_api_key().expect("known")));
    let dissolve = Change::DissolvePool(account.siloed_plan.clone());
    let refused = account.apply(&dissolve).await.expect_err("the pool has a tenant");
    assert_eq!(refused, Failure::Refused(Refusal::PoolInUse { plan: "Siloed".into(), tenants: 1 }));
    account.apply(&Change::Delete(vec![tenant_key.id])).await.expect("the pool is emptied");
    account.apply(&dissolve).await.expect("the pool is dissolved");
    let inventory = account.assert_fully_consistent().await;
    assert!(inventory.pool(&account.siloed_plan).is_none());
    assert!(account.api_key(&keys[0]).await.is_none());
}

pub(super) async fn the_capacity_cannot_go_below_the_number_of_tenants(account: &TestAccount) {
    account.create_keys(&account.pooled_plan, "web", 4).await;
    let set = |strategy, capacity| Change::SetPool { plan: account.pooled_plan.clone(), strategy, capacity };
    let below = account.apply(&set(None, Some(1))).await.expect_err("two tenants per key");
    assert_eq!(below, Failure::Refused(Refusal::CapacityTooLow { tenants: 2 }));
    account.apply(&set(Some(Strategy::Random), Some(7))).await.expect("the pool is changed");
    let inventory = account.assert_fully_consistent().await;
    let pool = inventory.pool(&account.pooled_plan).expect("the pool");
    assert_eq!((pool.strategy, &pool.capacity), (Strategy::Random, &7.into()));
    assert!(pool.keys.iter().all(|key| key.capacity == 7.into() && key.state == PoolKeyState::Active));
    account.create_keys(&account.pooled_plan, "more", 10).await;
}

pub(super) async fn restoring_a_deleted_key_brings_back_its_value(account: &TestAccount) {
    let tenant_key = account.create_key(&account.siloed_plan, "web").await;
    let inventory = account.inventory().await;
    let secret = ops::read_key_value(&account.aws, &inventory, &tenant_key.id).await.expect("its value");
    let deleted = account.apply(&Change::Delete(vec![tenant_key.id.clone()])).await.expect("it is deleted");
    let restore = Change::restore(tenant_key.clone(), secret.clone(), deleted.former_keys[0].1.clone());
    let applied = account.apply(&restore).await.expect("it is restored");
    let inventory = account.assert_fully_consistent().await;
    let restored = inventory.tenant_key(&applied.created[0]).expect("the tenant key");
    assert_eq!((&restored.name, &restored.tenant), (&tenant_key.name, &tenant_key.tenant));
    assert_eq!(key_value(account, &inventory, &restored.id).await, secret.expose());
}

pub(super) async fn a_quota_extension_can_be_reversed(account: &TestAccount) {
    let [first, second] = &account.pool_keys;
    let extend = |keys: &[(&ApiKeyId, BalanceChange)]| {
        let keys = keys.iter().map(|(key, balance)| ((*key).clone(), *balance)).collect();
        Change::Extend(Extension { plan: account.pooled_plan.clone(), keys, reason: "a busy day".to_owned() })
    };
    let both = [(first, BalanceChange::Add(250)), (second, BalanceChange::Set(40))];
    if !account.behaves_like_aws("extension") {
        let refused = account.apply(&extend(&both)).await.expect_err("moto has no UpdateUsage");
        assert!(matches!(refused, Failure::Unsupported(_)), "{refused:?}");
        return;
    }
    let applied = account.apply(&extend(&both)).await.expect("it is extended");
    let balances: Vec<_> = applied.extended.iter().map(|key| (key.before, key.after)).collect();
    assert_eq!(balances, [(500, 750), (500, 40)]);
    let reversal: Vec<_> = applied.extended.iter().map(|key| (&key.api_key, key.reversal())).collect();
    assert_eq!(remaining_quota(account).await, [750, 40]);
    account.apply(&extend(&reversal)).await.expect("the extension is reversed");
    assert_eq!(remaining_quota(account).await, [500, 500]);
    account.apply(&extend(&[(first, BalanceChange::Subtract(501))])).await.expect("the quota is exhausted");
    assert_eq!(remaining_quota(account).await, [0, 500], "remaining calls never go below 0");
    let outside = Change::Extend(Extension {
        plan: account.siloed_plan.clone(),
        keys: vec![(first.clone(), BalanceChange::Add(1))],
        reason: "wrong plan".to_owned(),
    });
    let refused = account.apply(&outside).await.expect_err("it is in another plan");
    assert!(matches!(refused, Failure::Refused(Refusal::NotInPlan { .. })), "{refused:?}");
}

/// Remaining calls of the two pool keys today, from GetUsage.
async fn remaining_quota(account: &TestAccount) -> [i64; 2] {
    let today = account.aws.now().strftime("%Y-%m-%d").to_string();
    let request = account.gateway.get_usage().usage_plan_id(account.pooled_plan.as_str());
    let usage = request.start_date(&today).end_date(&today).send().await.expect("usage").items.expect("keys");
    // GetUsage omits keys without usage: they have their whole quota.
    account.pool_keys.clone().map(|key| usage.get(key.as_str()).map_or(500, |days| days[0][1]))
}
