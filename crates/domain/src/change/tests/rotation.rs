//! Rotation with and without a grace period, and retirement.

use super::*;
use crate::limits::MAX_API_KEYS;

fn rotate(tenant_key: &str, grace: u64) -> Change {
    Change::Rotate { tenant_keys: ids(&[tenant_key]), grace }
}

fn add_successor(parts: &mut InventoryParts, old: &str, new: &str) {
    let mut successor = api_key(new, true);
    successor.tags.insert(tag::REPLACES.to_owned(), old.to_owned());
    parts.api_keys.value_mut().expect("listed").push(successor);
}

/// A rotation of `b1`, interrupted when its successor was in the pool and one tenant key had moved.
fn interrupted_rotation() -> Inventory {
    inventory_with(|parts| {
        add_successor(parts, "b1", "b9");
        parts.pools[1].keys[0].state = PoolKeyState::Draining;
        parts.pools[1].keys.push(pool_key("b9", 1, 5));
        parts.members.get_mut(&"shard".into()).and_then(Known::value_mut).expect("members").push("b9".into());
        parts.tenant_keys[5].pool_key = Some("b9".into()).into();
    })
}

#[test]
fn rotating_a_siloed_key_waits_until_the_new_key_works_and_deletes_the_old_one() {
    assert_eq!(
        described_steps(&rotate("k1", 0)),
        [
            "create API key \"name of k1\" as a copy of k1 with a random value",
            "attach the new API key to usage plan silo-plan",
            "wait until silo-plan accepts the new API key",
            "point tenant key k1 at the new API key",
            "tag API key k1 as being deleted",
            "disable API key k1",
            "delete API key k1",
        ]
    );
    let Step::CreateApiKey(new) = &steps(&rotate("k1", 0))[0][0] else { panic!("the API key is first") };
    assert_eq!(new.replaces, Some("k1".into()));
    assert_eq!((new.tenant.clone(), new.enabled, new.value.clone()), (Some("acme".into()), true, None));
}

#[test]
fn with_a_grace_period_retirement_is_scheduled_before_the_tenant_key_moves() {
    let last_steps = |grace| described_steps(&rotate("k1", grace)).split_off(3);
    let repoint = "point tenant key k1 at the new API key";
    assert_eq!(last_steps(7_200), ["keep API key k1 working for another 2 h", repoint]);
    assert_eq!(last_steps(1), ["keep API key k1 working for another 1 s", repoint]);
}

#[test]
fn a_grace_period_from_an_earlier_rotation_is_ended_before_the_tenant_key_moves() {
    let scheduled = inventory_with(|parts| {
        for key in parts.api_keys.value_mut().into_iter().flatten() {
            key.tags.insert(tag::RETIRES_AT.to_owned(), "2027-01-01T00:00:00Z".to_owned());
        }
    });
    let assert_ended_before_move = |tenant_key: &str, key: &str, change: &Change| {
        let steps = steps_in(&scheduled, change).remove(0);
        let ends_at = steps
            .iter()
            .position(|step| *step == Step::TagRetirement { api_key: key.into(), grace: 0, successor: None });
        let moves_at =
            steps.iter().position(|step| matches!(step, Step::ReplaceTenantKey(_) | Step::AddPoolKey { .. }));
        assert!(ends_at.is_some() && ends_at < moves_at, "{tenant_key}: {steps:?}");
    };
    assert_ended_before_move("k1", "k1", &rotate("k1", 0));
    assert_ended_before_move("b1", "b1", &Change::RotatePoolKey { api_key: "b1".into(), grace: 0 });
    let step = Step::TagRetirement { api_key: "k1".into(), grace: 0, successor: None };
    assert_eq!(step.describe(&scheduled), "end the grace period of API key k1");
}

#[test]
fn rotating_a_disabled_api_key_creates_a_disabled_one_without_waiting() {
    // API key `off` is disabled, its tenant key is enabled.
    let steps = steps(&rotate("off", 0)).remove(0);
    let Step::CreateApiKey(new) = &steps[0] else { panic!("{steps:?}") };
    assert!(!new.enabled);
    let delete_steps = [Step::TagDeletion("off".into()), Step::DeleteApiKey("off".into())];
    assert_eq!((&steps[2], &steps[3..]), (&Step::ReplaceTenantKey("off".into()), &delete_steps[..]));
    let enabled_key = inventory_with(|parts| parts.tenant_keys[0].enabled = false.into());
    let steps = steps_in(&enabled_key, &rotate("k1", 0)).remove(0);
    let Step::CreateApiKey(new) = &steps[0] else { panic!("{steps:?}") };
    assert!(new.enabled, "the API key's state counts, not the tenant key's");
    assert!(steps.contains(&Step::WaitUntilKeyWorks("silo".into())));
}

#[test]
fn rotating_a_missing_api_key_deletes_nothing() {
    for grace in [0, 60] {
        assert_eq!(steps(&rotate("gone", grace))[0].last(), Some(&Step::ReplaceTenantKey("gone".into())));
    }
}

#[test]
fn rotating_a_pool_key_creates_the_successor_first_and_deletes_the_old_key_last() {
    let successor_steps = [
        "create API key \"name of b1\" as a copy of b1 with a random value",
        "attach the new API key to usage plan shard-plan",
        "wait until shard-plan accepts the new API key",
        "write the new API key as a pool key to the Keys table",
        "add the new API key to the pool of shard-plan; b1 takes no new tenants",
        "point 4 tenant keys of pool key b1 at the new API key",
    ];
    let delete_steps = [
        "remove API key b1 from the pool of shard-plan, once it has no tenants",
        "tag API key b1 as being deleted",
        "disable API key b1",
        "delete API key b1",
    ];
    assert_eq!(described_steps(&rotate_pool_key("b1", 0)), [&successor_steps[..], &delete_steps].concat());
    let retirement = ["keep API key b1 working for another 15 min"];
    let graceful = [&successor_steps[..3], &retirement, &successor_steps[3..]].concat();
    assert_eq!(described_steps(&rotate_pool_key("b1", 900)), graceful);
}

#[test]
fn a_successor_copies_the_pool_key() {
    let wider = inventory_with(|parts| parts.pools[1].keys[0].capacity = 9.into());
    let steps = steps_in(&wider, &rotate_pool_key("b1", 0)).remove(0);
    let Step::CreateApiKey(new) = &steps[0] else { panic!("{steps:?}") };
    let old: Option<ApiKeyId> = Some("b1".into());
    assert_eq!((new.name.as_str(), new.description.as_str()), ("name of b1", "about b1"));
    assert_eq!((&new.replaces, new.enabled, &new.tenant), (&old, true, &None));
    assert_eq!(steps[4], Step::AddPoolKey { plan: "shard".into(), capacity: 9, replaces: old });
    let tenant_keys = ids(&["s1", "s2", "s3", "s4"]);
    let all = Step::Repoint { tenant_keys, from: "b1".into(), to: KeyRef::New, to_successor: true };
    assert_eq!(steps[5], all);
}

#[test]
fn a_missing_pool_key_is_replaced_by_one_named_after_the_pool() {
    let without_b1 = inventory_with(|parts| {
        parts.api_keys.value_mut().expect("listed").retain(|key| key.id.as_str() != "b1")
    });
    let steps = described_steps_in(&without_b1, &rotate_pool_key("b1", 60));
    assert_eq!(steps[0], "create API key \"shard-plan pool key\" with a random value");
    assert_eq!(steps.len(), 6, "no retirement is scheduled: {steps:?}");
}

#[test]
fn an_interrupted_rotation_continues_with_the_existing_successor() {
    assert_eq!(
        described_steps_in(&interrupted_rotation(), &rotate_pool_key("b1", 0)),
        [
            "point 3 tenant keys of pool key b1 at API key b9",
            "remove API key b1 from the pool of shard-plan, once it has no tenants",
            "tag API key b1 as being deleted",
            "disable API key b1",
            "delete API key b1",
        ]
    );
    let graceful = described_steps_in(&interrupted_rotation(), &rotate_pool_key("b1", 60));
    assert_eq!(
        graceful,
        ["keep API key b1 working for another 1 min", "point 3 tenant keys of pool key b1 at API key b9"]
    );
    let outside = inventory_with(|parts| add_successor(parts, "b1", "b9"));
    let first = described_steps_in(&outside, &rotate_pool_key("b1", 0)).remove(0);
    assert!(first.starts_with("create API key"), "a key outside the pool is not a successor: {first}");
}

#[test]
fn continuing_a_rotation_needs_no_free_api_key() {
    let mut api_keys = interrupted_rotation().api_keys().clone();
    api_keys.value_mut().expect("listed").extend((0..MAX_API_KEYS).map(|n| api_key(&format!("x{n}"), true)));
    let full = inventory_with(|parts| {
        parts.pools[1].keys.push(pool_key("b9", 1, 5));
        parts.api_keys = api_keys;
    });
    assert!(rotate_pool_key("b1", 0).units(&full).is_ok());
    assert!(
        refusal_in(&full, &rotate_pool_key("b2", 0)).starts_with("the account has 10,007 of 10,000 API keys")
    );
    assert!(refusal_in(&full, &rotate("k1", 0)).contains("no room for 1 more"));
}

#[test]
fn a_replaced_key_is_retired_once_no_tenant_uses_it() {
    let delete_steps =
        ["tag API key spare as being deleted", "disable API key spare", "delete API key spare"];
    assert_eq!(described_steps(&Change::Retire("spare".into())), delete_steps);
    let empty = inventory_with(|parts| parts.pools[1].keys[1].state = PoolKeyState::Draining);
    assert_eq!(
        described_steps_in(&empty, &Change::Retire("b2".into())),
        [
            "remove API key b2 from the pool of shard-plan, once it has no tenants",
            "tag API key b2 as being deleted",
            "disable API key b2",
            "delete API key b2",
        ]
    );
}

#[test]
fn a_key_that_could_not_be_read_is_not_copied() {
    let unlisted = inventory_with(|parts| parts.api_keys = Known::not_allowed("apigateway:GET", "/apikeys"));
    let why =
        "whether API key k1 is enabled is not known: IAM permission apigateway:GET on /apikeys is missing";
    assert_eq!(refusal_in(&unlisted, &rotate("k1", 0)), why);
    assert_eq!(refusal_in(&unlisted, &rotate("k1", 60)), why);
}

#[test]
fn rotating_a_pool_key_moves_all_tenant_keys_even_beyond_its_capacity() {
    let over = inventory_with(|parts| {
        parts.tenant_keys.extend((0..203).map(|n| tenant_key(&format!("x{n}"), "shard", "acme", Some("b1"))));
        parts.pools[1].keys[0] = pool_key("b1", 1, 5);
    });
    let units = Change::RotatePoolKey { api_key: "b1".into(), grace: 0 }.units(&over).expect("steps");
    let moved = units.iter().flat_map(|unit| &unit.steps).filter_map(|step| match step {
        Step::Repoint { tenant_keys, to_successor, .. } => Some((tenant_keys.len(), *to_successor)),
        _ => None,
    });
    assert_eq!(moved.collect::<Vec<_>>(), [(98, true), (98, true), (11, true)]);
}
