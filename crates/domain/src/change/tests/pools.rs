//! Creating, updating, growing, draining and dissolving pools.

use super::*;

#[test]
fn a_new_pool_counts_existing_references_but_not_the_own_tenant_key() {
    let change = create_pool("silo", &["spare", "k1"], 7);
    let inventory =
        inventory_with(|parts| parts.tenant_keys.push(tenant_key("q1", "silo", "acme", Some("spare"))));
    let pool = NewPool {
        plan: "silo".into(),
        strategy: Strategy::Sticky,
        capacity: 7,
        keys: vec![("spare".into(), 1), ("k1".into(), 0)],
    };
    let units = change.units(&inventory).expect("steps");
    let item = Step::WritePoolItem { plan: "silo".into(), api_key: KeyRef::Existing("spare".into()) };
    assert_eq!(
        (units[0].subject.as_str(), &units[0].steps),
        ("pool of silo-plan", &vec![item, Step::PutPool(pool)])
    );
    assert_eq!(
        described_steps(&change),
        [
            "write API key spare as a pool key to the Keys table",
            "create the pool of silo-plan with 2 API keys, at most 7 tenants each, sticky"
        ]
    );
    let unlisted = inventory_with(|parts| parts.members.clear());
    let refused = create_pool("silo", &["b1"], 7).units(&unlisted).expect_err("refused").to_string();
    assert_eq!(refused, "which API keys are in usage plan silo-plan is not known: not read yet; refresh");
}

#[test]
fn a_pool_can_be_created_from_new_keys_only() {
    let change = Change::CreatePool(NewPoolRequest {
        plan: "silo".into(),
        api_keys: Vec::new(),
        new_keys: 2,
        strategy: Strategy::Sticky,
        capacity: 7,
    });
    let key = [
        "create API key \"silo-plan pool key\" with a random value",
        "attach the new API key to usage plan silo-plan",
        "write the new API key as a pool key to the Keys table",
        "add the new API key to the pool of silo-plan",
    ];
    let put = "create the pool of silo-plan with 0 API keys, at most 7 tenants each, sticky";
    let units = change.units(&inventory()).expect("steps");
    let steps: Vec<_> =
        units.iter().flat_map(|unit| &unit.steps).map(|step| step.describe(&inventory())).collect();
    assert_eq!(steps, [&[put][..], &key, &key].concat());
    assert_eq!(change.describe(&inventory()), "make 2 new API keys the pool of silo-plan");
}

#[test]
fn dissolving_an_empty_pool_deletes_key_by_key() {
    let empty = inventory_with(|parts| {
        parts.tenant_keys.truncate(5);
        parts.api_keys.value_mut().expect("listed")[4].enabled = false;
    });
    assert_eq!(
        described_steps_in(&empty, &Change::DissolvePool("shard".into())),
        [
            "tag API key b1 as being deleted",
            "remove API key b1 from the pool of shard-plan, once it has no tenants",
            "disable API key b1",
            "delete API key b1",
            "tag API key b2 as being deleted",
            "remove API key b2 from the pool of shard-plan, once it has no tenants",
            "delete API key b2",
            "delete the pool of shard-plan",
        ]
    );
}

#[test]
fn updating_a_pool_writes_only_what_differs() {
    let step = |strategy, capacity| Step::UpdatePool { plan: "shard".into(), strategy, capacity };
    let both = set_pool("shard", Some(Strategy::Random), Some(9));
    assert_eq!(steps(&both), [[step(Some(Strategy::Random), Some(9))]]);
    assert_eq!(described_steps(&both), ["set the pool of shard-plan to strategy random and capacity 9"]);
    let same = set_pool("shard", Some(Strategy::LeastTenants), Some(4));
    assert_eq!(steps(&same), [[step(None, Some(4))]]);
    assert_eq!(refusal(&set_pool("shard", Some(Strategy::LeastTenants), Some(5))), "nothing would change");
    let uneven = inventory_with(|parts| parts.pools[1].keys[1].capacity = 8.into());
    assert_eq!(steps_in(&uneven, &set_pool("shard", None, Some(5))), [[step(None, Some(5))]]);
}

#[test]
fn growing_a_pool_makes_one_unit_per_key() {
    let units = grow("shard", 2).units(&inventory()).expect("steps");
    let subjects: Vec<_> = units.iter().map(|unit| unit.subject.as_str()).collect();
    assert_eq!(subjects, ["shard-plan · pool key 1", "shard-plan · pool key 2"]);
    let [create, attach, item, add] = units[0].steps.clone().try_into().expect("four steps");
    assert_eq!(item, Step::WritePoolItem { plan: "shard".into(), api_key: KeyRef::New });
    let Step::CreateApiKey(new) = create else { panic!("{create:?}") };
    assert_eq!((new.name.as_str(), &new.tenant, &new.replaces), ("shard-plan pool key", &None, &None));
    assert_eq!((new.enabled, &new.plan, new.value), (true, &"shard".into(), None));
    assert_eq!(attach, Step::AttachApiKey { api_key: KeyRef::New, plan: "shard".into() });
    assert_eq!(add, Step::AddPoolKey { plan: "shard".into(), capacity: 5, replaces: None });
    assert_eq!(add.describe(&inventory()), "add the new API key to the pool of shard-plan");
}

#[test]
fn a_pool_has_at_most_as_many_keys_as_fit_in_one_transaction() {
    assert_eq!(grow("shard", 97).units(&inventory()).map(|units| units.len()), Ok(97));
    assert!(
        refusal(&grow("shard", 10_000)).ends_with("no room for 10,000 more: delete some, or pool the plan")
    );
    assert_eq!(refusal(&grow("shard", 98)), "a pool can have at most 99 API keys, not 100");
    let many: Vec<String> = (0..100).map(|n| format!("m{n}")).collect();
    let with_100_keys = inventory_with(|parts| {
        parts.api_keys.value_mut().expect("listed").extend(many.iter().map(|id| api_key(id, true)));
        let ids: Vec<ApiKeyId> = many.iter().map(|id| id.as_str().into()).collect();
        parts.members.insert("silo".into(), ids.into());
    });
    let pool_with = |count: usize| {
        create_pool("silo", &many.iter().take(count).map(String::as_str).collect::<Vec<_>>(), 5)
    };
    assert!(pool_with(99).units(&with_100_keys).is_ok());
    assert_eq!(refusal_in(&with_100_keys, &pool_with(100)), "a pool can have at most 99 API keys, not 100");
}

#[test]
fn draining_a_key_closes_it_first_and_deletes_it_last() {
    let with_state = |state| inventory_with(move |parts| parts.pools[1].keys[0].state = state);
    let rest = [
        "point 4 tenant keys of pool key b1 at API key b2",
        "tag API key b1 as being deleted",
        "remove API key b1 from the pool of shard-plan, once it has no tenants",
        "disable API key b1",
        "delete API key b1",
    ];
    let drain = Change::Drain("b1".into());
    assert_eq!(described_steps(&drain), [&["set pool key b1 to draining"][..], &rest].concat());
    assert_eq!(described_steps_in(&with_state(PoolKeyState::Draining), &drain), rest);
    let [first, ..] = &steps(&drain)[0][..] else { panic!("steps") };
    assert_eq!(*first, Step::SetPoolKeyState { api_key: "b1".into(), state: PoolKeyState::Draining });
    assert_eq!(drain.units(&inventory()).expect("steps")[0].subject, "pool key b1 of shard-plan");
}

#[test]
fn draining_an_empty_key_moves_nothing() {
    assert_eq!(steps(&Change::Drain("b2".into()))[0].len(), 5);
}

#[test]
fn the_largest_capacity_does_not_overflow() {
    let unlimited = inventory_with(|parts| {
        parts.pools[1].keys.push(pool_key("p1", 0, u32::MAX));
        parts.pools[1].keys.iter_mut().for_each(|key| key.capacity = u32::MAX.into());
    });
    assert!(Change::Drain("b1".into()).units(&unlimited).is_ok());
    assert!(Change::Rebalance("shard".into()).units(&unlimited).is_ok());
    assert!(create("shard", 9).units(&unlimited).is_ok());
}

/// `b1` has four tenant keys and counter 1, `b2` has five and counter 0.
fn inventory_with_lagging_counters() -> Inventory {
    inventory_with(|parts| {
        parts.tenant_keys.extend((0..5).map(|n| tenant_key(&format!("x{n}"), "shard", "acme", Some("b2"))));
        parts.pools[1].keys = vec![pool_key("b1", 1, 5), pool_key("b2", 0, 5)];
    })
}

#[test]
fn room_is_computed_from_the_larger_of_counter_and_tenant_keys() {
    let key = NewTenantKey {
        plan: "shard".into(),
        ..NewTenantKey::from_tenant_key(&tenant_key("n", "shard", "acme", None)).expect("a key")
    };
    let create = |count| {
        Change::Create(NewTenantKeys { template: key.clone(), count })
            .units(&inventory_with_lagging_counters())
    };
    assert!(create(1).is_ok());
    let refused = Refusal::NotEnoughRoom { plan: "shard-plan".to_owned(), room: 1, requested: 2 };
    assert_eq!(create(2), Err(refused));
    let set = Change::SetPool { plan: "shard".into(), strategy: None, capacity: Some(4) };
    assert_eq!(set.units(&inventory_with_lagging_counters()), Err(Refusal::CapacityTooLow { tenants: 5 }));
}

#[test]
fn a_counter_that_is_too_high_reduces_the_room_for_moves() {
    let inventory = inventory_with(|parts| parts.pools[1].keys[1].tenants = 3.into());
    let refused = Refusal::NotEnoughRoom { plan: "shard-plan".to_owned(), room: 2, requested: 4 };
    assert_eq!(Change::Drain("b1".into()).units(&inventory), Err(refused));
}
