//! Tenant keys that get keys of their own, join pools, change their plan, or go to another key of their pool.

use super::*;

const REFER: &str = "let row k1 refer to a pool key of shard-plan";

#[test]
fn an_isolated_key_is_let_in_before_its_row_goes_over() {
    let isolate = Change::Isolate(ids(&["s1"]));
    assert_eq!(
        said(&isolate),
        [
            "create API key \"s1-name\" with a random value",
            "attach the new API key to usage plan shard-plan",
            "wait until the API of shard-plan lets the new API key in",
            "write row s1 anew under the new API key's id and count one tenant less on pool key b1",
        ]
    );
    let last = Step::IsolateRow { row: "s1".into(), from: "b1".into(), plan: "shard".into() };
    assert_eq!(steps(&isolate)[0].last(), Some(&last));
    let Step::CreateApiKey(new) = &steps(&isolate)[0][0] else { panic!("the API key is first") };
    assert_eq!((&new.replaces, new.tenant.clone()), (&None, Some("acme".into())));
}

#[test]
fn nobody_waits_for_the_key_of_a_disabled_tenant() {
    let disabled = with(|parts| parts.rows[5].enabled = false.into());
    assert_eq!(said_in(&disabled, &Change::Isolate(ids(&["s1"]))).len(), 3);
}

#[test]
fn a_consolidated_key_refers_before_its_own_key_dies() {
    let own = with(|parts| {
        parts.rows.push(row("k2", "shard", "acme", None));
        parts.api_keys.value_mut().expect("listed").push(api_key("k2", true));
    });
    let refer = Step::Refer { row: "k2".into(), plan: "shard".into(), from: None };
    let gone = |id: &str| {
        [Step::TagDeletion(id.into()), Step::DisableApiKey(id.into()), Step::DeleteApiKey(id.into())]
    };
    let consolidate = Change::Consolidate { rows: ids(&["k2"]), others: OtherPlans::Refuse };
    let steps = steps_in(&own, &consolidate).remove(0);
    assert_eq!((&steps[0], &steps[1..]), (&refer, &gone("k2")[..]));
}

#[test]
fn between_siloed_plans_the_key_itself_goes() {
    assert_eq!(
        said(&change_plan("k1", "other")),
        [
            "detach API key k1 from usage plan silo-plan",
            "attach API key k1 to usage plan other-plan",
            "set the plan of row k1 to other-plan",
        ]
    );
    let row = Step::SetRowPlan { row: "k1".into(), revision: Some(3), plan: "other".into() };
    assert_eq!(steps(&change_plan("k1", "other"))[0][2], row);
}

#[test]
fn a_key_that_is_in_no_plan_any_more_is_only_attached() {
    let cut = with(|parts| drop(parts.members.insert("silo".into(), Vec::new().into())));
    assert_eq!(said_in(&cut, &change_plan("k1", "other")).len(), 2);
    let unknown = with(|parts| parts.members.clear());
    assert_eq!(
        refused_in(&unknown, &change_plan("k1", "other")),
        "the list of usage plans of API key k1 is not known: it was not read yet; refresh"
    );
}

#[test]
fn from_a_siloed_plan_to_a_pooled_one_the_own_key_goes() {
    assert_eq!(
        said(&change_plan("k1", "shard")),
        [REFER, "tag API key k1 as being deleted", "disable API key k1", "delete API key k1"]
    );
    assert_eq!(steps(&change_plan("gone", "shard"))[0].len(), 1, "what is gone already is left alone");
}

#[test]
fn from_a_pooled_plan_to_a_siloed_one_a_key_is_made_there() {
    assert_eq!(
        said(&change_plan("s1", "silo")),
        [
            "create API key \"s1-name\" with a random value",
            "attach the new API key to usage plan silo-plan",
            "wait until the API of silo-plan lets the new API key in",
            "write row s1 anew under the new API key's id and count one tenant less on pool key b1",
        ]
    );
    let steps = steps(&change_plan("s1", "silo")).remove(0);
    let Step::CreateApiKey(new) = &steps[0] else { panic!("{steps:?}") };
    assert_eq!(new.plan, "silo".into());
    assert_eq!(steps[3], Step::IsolateRow { row: "s1".into(), from: "b1".into(), plan: "silo".into() });
}

#[test]
fn between_pooled_plans_only_the_reference_changes() {
    let change = change_plan("s1", "free");
    assert_eq!(said(&change), ["let row s1 refer to a pool key of free-plan, one tenant less on b1"]);
    let refer = Step::Refer { row: "s1".into(), plan: "free".into(), from: Some("b1".into()) };
    assert_eq!(steps(&change), [[refer]]);
}

#[test]
fn as_many_go_to_a_pool_as_it_has_room_for() {
    let to_free = |rows: &[&str]| Change::ChangePlan {
        rows: ids(rows),
        plan: "free".into(),
        others: OtherPlans::Refuse,
    };
    assert_eq!(steps(&to_free(&["s1"])).len(), 1);
    let full = "free-plan has room for 1 more key, 2 were asked for: grow the pool or raise its capacity";
    assert_eq!(refused(&to_free(&["s1", "s2"])), full);
    let own = with(|parts| parts.rows.extend([row("k2", "free", "a", None), row("k3", "free", "b", None)]));
    assert_eq!(
        refused_in(&own, &Change::Consolidate { rows: ids(&["k2", "k3"]), others: OtherPlans::Refuse }),
        full
    );
    let dead = with(|parts| parts.api_keys.value_mut().expect("listed")[2].enabled = false);
    assert!(refused_in(&dead, &to_free(&["s1"])).contains("room for 0 more keys"));
}

#[test]
fn a_pool_is_levelled_by_the_fewest_rows() {
    let units = Change::Rebalance("shard".into()).units(&inventory()).expect("steps");
    assert_eq!(units.len(), 1);
    assert_eq!(units[0].subject, "b1 → b2");
    let rows = ids(&["s1", "s2"]);
    let to = KeyRef::Known("b2".into());
    assert_eq!(units[0].steps, [Step::Repoint { rows, from: "b1".into(), to, to_successor: false }]);
}

#[test]
fn keys_that_take_nobody_are_no_part_of_a_level_pool() {
    let closed = with(|parts| parts.pools[1].keys[1].state = PoolKeyState::Draining);
    assert_eq!(
        refused_in(&closed, &Change::Rebalance("shard".into())),
        "the pool of shard-plan is level already"
    );
    let dead = with(|parts| parts.api_keys.value_mut().expect("listed")[4].enabled = false);
    assert!(refused_in(&dead, &Change::Rebalance("shard".into())).ends_with("level already"));
    let crowded = with(|parts| {
        parts.pools[1].keys.iter_mut().for_each(|key| key.capacity = 1.into());
    });
    assert!(refused_in(&crowded, &Change::Rebalance("shard".into())).contains("2 were asked for"));
}
