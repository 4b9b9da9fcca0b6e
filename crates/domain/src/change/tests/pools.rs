//! Pools that are made, set, grown, drained and dissolved.

use super::*;

#[test]
fn a_new_pool_counts_who_refers_already_and_not_the_keys_own_row() {
    let change = asked("silo", &["spare", "k1"], 7);
    let seen = with(|parts| parts.rows.push(row("q1", "silo", "acme", Some("spare"))));
    let pool = NewPool {
        plan: "silo".into(),
        strategy: Strategy::Sticky,
        capacity: 7,
        keys: vec![("spare".into(), 1), ("k1".into(), 0)],
    };
    let units = change.units(&seen).expect("steps");
    let item = Step::WritePoolItem { plan: "silo".into(), api_key: KeyRef::Known("spare".into()) };
    assert_eq!(
        (units[0].subject.as_str(), &units[0].steps),
        ("pool of silo-plan", &vec![item, Step::PutPool(pool)])
    );
    assert_eq!(
        said(&change),
        [
            "write API key spare as a pool key into the Keys table",
            "write the pool of silo-plan with 2 API keys, 7 tenants each, sticky"
        ]
    );
    let unlisted = with(|parts| parts.members.clear());
    let refused = asked("silo", &["b1"], 7).units(&unlisted).expect_err("refused").to_string();
    assert_eq!(refused, "whether API key b1 is in silo-plan is not known: it was not read yet; refresh");
}

#[test]
fn a_pool_is_made_of_new_keys_where_there_is_none_to_share() {
    let change = Change::CreatePool(PoolAsked {
        plan: "silo".into(),
        api_keys: Vec::new(),
        new_keys: 2,
        strategy: Strategy::Sticky,
        capacity: 7,
    });
    let key = [
        "create API key \"silo-plan pool key\" with a random value",
        "attach the new API key to usage plan silo-plan",
        "write the new API key as a pool key into the Keys table",
        "add the new API key to the pool of silo-plan",
    ];
    let put = "write the pool of silo-plan with 0 API keys, 7 tenants each, sticky";
    let units = change.units(&inventory()).expect("steps");
    let said: Vec<_> =
        units.iter().flat_map(|unit| &unit.steps).map(|step| step.sentence(&inventory())).collect();
    assert_eq!(said, [&[put][..], &key, &key].concat());
    assert_eq!(change.describe(&inventory()), "make 2 new API keys the pool of silo-plan");
}

#[test]
fn an_empty_pool_is_dissolved_key_by_key() {
    let empty = with(|parts| {
        parts.rows.truncate(5);
        parts.api_keys.value_mut().expect("listed")[4].enabled = false;
    });
    assert_eq!(
        said_in(&empty, &Change::DissolvePool("shard".into())),
        [
            "tag API key b1 as being deleted",
            "take API key b1, once nobody is behind it, out of the pool of shard-plan",
            "disable API key b1",
            "delete API key b1",
            "tag API key b2 as being deleted",
            "take API key b2, once nobody is behind it, out of the pool of shard-plan",
            "delete API key b2",
            "delete the pool of shard-plan",
        ]
    );
}

#[test]
fn a_pool_is_set_to_what_differs() {
    let step = |strategy, capacity| Step::UpdatePool { plan: "shard".into(), strategy, capacity };
    let both = set_pool("shard", Some(Strategy::Random), Some(9));
    assert_eq!(steps(&both), [[step(Some(Strategy::Random), Some(9))]]);
    assert_eq!(said(&both), ["set the pool of shard-plan to strategy random and capacity 9"]);
    let same = set_pool("shard", Some(Strategy::LeastTenants), Some(4));
    assert_eq!(steps(&same), [[step(None, Some(4))]]);
    assert_eq!(refused(&set_pool("shard", Some(Strategy::LeastTenants), Some(5))), "nothing would change");
    let uneven = with(|parts| parts.pools[1].keys[1].capacity = 8.into());
    assert_eq!(steps_in(&uneven, &set_pool("shard", None, Some(5))), [[step(None, Some(5))]]);
}

#[test]
fn each_new_key_of_a_pool_is_a_unit() {
    let units = grow("shard", 2).units(&inventory()).expect("steps");
    let subjects: Vec<_> = units.iter().map(|unit| unit.subject.as_str()).collect();
    assert_eq!(subjects, ["shard-plan · pool key 1", "shard-plan · pool key 2"]);
    let [make, attach, item, add] = units[0].steps.clone().try_into().expect("four steps");
    assert_eq!(item, Step::WritePoolItem { plan: "shard".into(), api_key: KeyRef::New });
    let Step::CreateApiKey(new) = make else { panic!("{make:?}") };
    assert_eq!((new.name.as_str(), &new.tenant, &new.replaces), ("shard-plan pool key", &None, &None));
    assert_eq!((new.enabled, &new.plan, new.value), (true, &"shard".into(), None));
    assert_eq!(attach, Step::AttachApiKey { api_key: KeyRef::New, plan: "shard".into() });
    assert_eq!(add, Step::AddPoolKey { plan: "shard".into(), capacity: 5, replaces: None });
    assert_eq!(add.sentence(&inventory()), "add the new API key to the pool of shard-plan");
}

#[test]
fn a_pool_takes_as_many_keys_as_fit_into_one_transaction() {
    assert_eq!(grow("shard", 97).units(&inventory()).map(|units| units.len()), Ok(97));
    assert!(
        refused(&grow("shard", 10_000)).ends_with("10,000 more do not fit: delete some, or pool the plan")
    );
    assert_eq!(refused(&grow("shard", 98)), "a pool of 100 API keys is too large: 99 are the most");
    let many: Vec<String> = (0..100).map(|n| format!("m{n}")).collect();
    let seen = with(|parts| {
        parts.api_keys.value_mut().expect("listed").extend(many.iter().map(|id| api_key(id, true)));
        let ids: Vec<ApiKeyId> = many.iter().map(|id| id.as_str().into()).collect();
        parts.members.insert("silo".into(), ids.into());
    });
    let of =
        |count: usize| asked("silo", &many.iter().take(count).map(String::as_str).collect::<Vec<_>>(), 5);
    assert!(of(99).units(&seen).is_ok());
    assert_eq!(refused_in(&seen, &of(100)), "a pool of 100 API keys is too large: 99 are the most");
}

#[test]
fn a_drained_key_closes_first_and_goes_last() {
    let drained = |state| with(move |parts| parts.pools[1].keys[0].state = state);
    let rest = [
        "let 4 rows of pool key b1 refer to API key b2",
        "tag API key b1 as being deleted",
        "take API key b1, once nobody is behind it, out of the pool of shard-plan",
        "disable API key b1",
        "delete API key b1",
    ];
    let drain = Change::Drain("b1".into());
    assert_eq!(said(&drain), [&["set pool key b1 to draining"][..], &rest].concat());
    assert_eq!(said_in(&drained(PoolKeyState::Draining), &drain), rest);
    let [mark, ..] = &steps(&drain)[0][..] else { panic!("steps") };
    assert_eq!(*mark, Step::SetPoolKeyState { api_key: "b1".into(), state: PoolKeyState::Draining });
    assert_eq!(drain.units(&inventory()).expect("steps")[0].subject, "pool key b1 of shard-plan");
}

#[test]
fn an_empty_key_is_drained_without_moves() {
    assert_eq!(steps(&Change::Drain("b2".into()))[0].len(), 5);
}

#[test]
fn capacities_without_end_are_no_hindrance() {
    let boundless = with(|parts| {
        parts.pools[1].keys.push(pool_key("p1", 0, u32::MAX));
        parts.pools[1].keys.iter_mut().for_each(|key| key.capacity = u32::MAX.into());
    });
    assert!(Change::Drain("b1".into()).units(&boundless).is_ok());
    assert!(Change::Rebalance("shard".into()).units(&boundless).is_ok());
    assert!(create("shard", 9).units(&boundless).is_ok());
}

/// Four tenant keys behind `b1`, whose counter says 1; ten behind `b2`, whose counter says 0.
fn lagging() -> Inventory {
    with(|parts| {
        parts.rows.extend((0..5).map(|n| row(&format!("x{n}"), "shard", "acme", Some("b2"))));
        parts.pools[1].keys = vec![pool_key("b1", 1, 5), pool_key("b2", 0, 5)];
    })
}

#[test]
fn room_goes_by_the_larger_of_counter_and_tenant_keys() {
    let key = NewKey { plan: "shard".into(), ..NewKey::of(&row("n", "shard", "acme", None)).expect("a key") };
    let create = |count| Change::Create(NewKeys { key: key.clone(), count }).units(&lagging());
    assert!(create(1).is_ok());
    let refused = Refusal::PoolRoom { plan: "shard-plan".to_owned(), room: 1, wanted: 2 };
    assert_eq!(create(2), Err(refused));
    let set = Change::SetPool { plan: "shard".into(), strategy: None, capacity: Some(4) };
    assert_eq!(set.units(&lagging()), Err(Refusal::CapacityBelow { tenants: 5 }));
}

#[test]
fn a_counter_that_says_more_than_there_is_takes_room_from_moves() {
    let seen = with(|parts| parts.pools[1].keys[1].tenants = 3.into());
    let refused = Refusal::PoolRoom { plan: "shard-plan".to_owned(), room: 2, wanted: 4 };
    assert_eq!(Change::Drain("b1".into()).units(&seen), Err(refused));
}
