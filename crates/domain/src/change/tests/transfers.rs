//! Isolating, consolidating, changing plans and rebalancing.

use super::*;

const JOIN_SHARD_POOL: &str = "point tenant key k1 at a pool key of shard-plan";

#[test]
fn isolating_waits_until_the_key_works_before_moving_the_tenant_key() {
    let isolate = Change::Isolate(ids(&["s1"]));
    assert_eq!(
        described_steps(&isolate),
        [
            "create API key \"s1-name\" with a random value",
            "attach the new API key to usage plan shard-plan",
            "wait until shard-plan accepts the new API key",
            "point tenant key s1 at the new API key; pool key b1: −1 tenant",
        ]
    );
    let last = Step::IsolateTenantKey { tenant_key: "s1".into(), from: "b1".into(), plan: "shard".into() };
    assert_eq!(steps(&isolate)[0].last(), Some(&last));
    let Step::CreateApiKey(new) = &steps(&isolate)[0][0] else { panic!("the API key is first") };
    assert_eq!((&new.replaces, new.tenant.clone()), (&None, Some("acme".into())));
}

#[test]
fn isolating_a_disabled_tenant_key_does_not_wait() {
    let disabled = inventory_with(|parts| parts.tenant_keys[5].enabled = false.into());
    assert_eq!(described_steps_in(&disabled, &Change::Isolate(ids(&["s1"]))).len(), 3);
}

#[test]
fn consolidating_joins_the_pool_before_deleting_the_siloed_api_key() {
    let inventory = inventory_with(|parts| {
        parts.tenant_keys.push(tenant_key("k2", "shard", "acme", None));
        parts.api_keys.value_mut().expect("listed").push(api_key("k2", true));
    });
    let join = Step::JoinPool { tenant_key: "k2".into(), plan: "shard".into(), from: None };
    let delete_steps = |id: &str| {
        [Step::TagDeletion(id.into()), Step::DisableApiKey(id.into()), Step::DeleteApiKey(id.into())]
    };
    let consolidate = Change::Consolidate { tenant_keys: ids(&["k2"]), other_plans: OtherPlans::Refuse };
    let steps = steps_in(&inventory, &consolidate).remove(0);
    assert_eq!((&steps[0], &steps[1..]), (&join, &delete_steps("k2")[..]));
}

#[test]
fn changing_between_siloed_plans_keeps_the_api_key() {
    assert_eq!(
        described_steps(&change_plan("k1", "other")),
        [
            "detach API key k1 from usage plan silo-plan",
            "attach API key k1 to usage plan other-plan",
            "set the plan of tenant key k1 to other-plan",
        ]
    );
    let set_plan =
        Step::SetTenantKeyPlan { tenant_key: "k1".into(), revision: Some(3), plan: "other".into() };
    assert_eq!(steps(&change_plan("k1", "other"))[0][2], set_plan);
}

#[test]
fn a_key_in_no_plan_is_only_attached() {
    let detached = inventory_with(|parts| drop(parts.members.insert("silo".into(), Vec::new().into())));
    assert_eq!(described_steps_in(&detached, &change_plan("k1", "other")).len(), 2);
    let unknown = inventory_with(|parts| parts.members.clear());
    assert_eq!(
        refusal_in(&unknown, &change_plan("k1", "other")),
        "the list of usage plans of API key k1 is not known: not read yet; refresh"
    );
}

#[test]
fn changing_from_siloed_to_pooled_deletes_the_siloed_api_key() {
    assert_eq!(
        described_steps(&change_plan("k1", "shard")),
        [JOIN_SHARD_POOL, "tag API key k1 as being deleted", "disable API key k1", "delete API key k1"]
    );
    assert_eq!(steps(&change_plan("gone", "shard"))[0].len(), 1, "a missing API key needs no deletion");
}

#[test]
fn changing_from_pooled_to_siloed_creates_an_api_key() {
    assert_eq!(
        described_steps(&change_plan("s1", "silo")),
        [
            "create API key \"s1-name\" with a random value",
            "attach the new API key to usage plan silo-plan",
            "wait until silo-plan accepts the new API key",
            "point tenant key s1 at the new API key; pool key b1: −1 tenant",
        ]
    );
    let steps = steps(&change_plan("s1", "silo")).remove(0);
    let Step::CreateApiKey(new) = &steps[0] else { panic!("{steps:?}") };
    assert_eq!(new.plan, "silo".into());
    assert_eq!(
        steps[3],
        Step::IsolateTenantKey { tenant_key: "s1".into(), from: "b1".into(), plan: "silo".into() }
    );
}

#[test]
fn changing_between_pooled_plans_changes_only_the_reference() {
    let change = change_plan("s1", "free");
    assert_eq!(
        described_steps(&change),
        ["point tenant key s1 at a pool key of free-plan; pool key b1: −1 tenant"]
    );
    let join = Step::JoinPool { tenant_key: "s1".into(), plan: "free".into(), from: Some("b1".into()) };
    assert_eq!(steps(&change), [[join]]);
}

#[test]
fn moves_into_a_pool_need_room_for_all() {
    let to_free = |tenant_keys: &[&str]| Change::ChangePlan {
        tenant_keys: ids(tenant_keys),
        plan: "free".into(),
        other_plans: OtherPlans::Refuse,
    };
    assert_eq!(steps(&to_free(&["s1"])).len(), 1);
    let full = "free-plan has room for 1 more key, not 2: grow the pool or raise its capacity";
    assert_eq!(refusal(&to_free(&["s1", "s2"])), full);
    let with_siloed = inventory_with(|parts| {
        parts.tenant_keys.extend([tenant_key("k2", "free", "a", None), tenant_key("k3", "free", "b", None)])
    });
    assert_eq!(
        refusal_in(
            &with_siloed,
            &Change::Consolidate { tenant_keys: ids(&["k2", "k3"]), other_plans: OtherPlans::Refuse }
        ),
        full
    );
    let disabled = inventory_with(|parts| parts.api_keys.value_mut().expect("listed")[2].enabled = false);
    assert!(refusal_in(&disabled, &to_free(&["s1"])).contains("room for 0 more keys"));
}

#[test]
fn rebalancing_moves_as_few_tenant_keys_as_possible() {
    let units = Change::Rebalance("shard".into()).units(&inventory()).expect("steps");
    assert_eq!(units.len(), 1);
    assert_eq!(units[0].subject, "b1 → b2");
    let tenant_keys = ids(&["s1", "s2"]);
    let to = KeyRef::Existing("b2".into());
    assert_eq!(units[0].steps, [Step::Repoint { tenant_keys, from: "b1".into(), to, to_successor: false }]);
}

#[test]
fn rebalancing_ignores_draining_and_disabled_keys() {
    let closed = inventory_with(|parts| parts.pools[1].keys[1].state = PoolKeyState::Draining);
    assert_eq!(
        refusal_in(&closed, &Change::Rebalance("shard".into())),
        "the pool of shard-plan is already balanced"
    );
    let disabled = inventory_with(|parts| parts.api_keys.value_mut().expect("listed")[4].enabled = false);
    assert!(refusal_in(&disabled, &Change::Rebalance("shard".into())).ends_with("already balanced"));
}

#[test]
fn rebalancing_an_overfull_pool_is_refused() {
    let overfull = inventory_with(|parts| {
        parts.pools[1].keys.iter_mut().for_each(|key| key.capacity = 1.into());
    });
    assert_eq!(
        refusal_in(&overfull, &Change::Rebalance("shard".into())),
        "shard-plan has room for 0 more keys, not 2: grow the pool or raise its capacity"
    );
}
