//! Unknown values: changes that need one are refused, all others are possible.

use super::*;
use crate::Unknown;
use crate::known::NotKnown;

fn unreadable() -> Unknown {
    Unknown::unreadable("`enabled` is a number, not true or false", "item k1 of the Keys table")
}

/// The `enabled` attribute of `k1` cannot be read.
fn inventory_with_unreadable_enabled() -> Inventory {
    inventory_with(|parts| parts.tenant_keys[0].enabled = Known::Unknown(unreadable()))
}

#[test]
fn a_key_with_unknown_enabled_state_cannot_be_restored_or_applied() {
    let value = Secret::new("v");
    let restored = |inventory: &Inventory| {
        let tenant_key = inventory.tenant_key(&"k1".into()).expect("a tenant key").clone();
        Change::restore(tenant_key, value.clone(), former_api_key("k1", &["silo"]))
    };
    for change in
        [restored(&inventory_with_unreadable_enabled()), Change::Fix(Fix::ApplyEnabled("k1".into()))]
    {
        let refused = change.units(&inventory_with_unreadable_enabled()).expect_err("refused");
        let what = "whether key k1 is enabled".to_owned();
        assert_eq!(refused, Refusal::Unknown(NotKnown { what, reason: unreadable() }));
        assert_eq!(
            refused.to_string(),
            "whether key k1 is enabled is not known: `enabled` is a number, not true or false in item k1 of the \
             Keys table; fix it there"
        );
    }
}

#[test]
fn a_key_with_unknown_enabled_state_can_be_enabled_disabled_renamed_and_deleted() {
    let edit = |edit: Edit| {
        Change::Edit { tenant_key: "k1".into(), edit }
            .units(&inventory_with_unreadable_enabled())
            .map(|units| units.len())
    };
    for on in [true, false] {
        assert_eq!(
            edit(Edit { enabled: Some(on), ..Edit::default() }),
            Ok(1),
            "an unknown state differs from either"
        );
        let switch = Change::SetEnabled { tenant_keys: vec!["k1".into()], enabled: on };
        assert_eq!(switch.units(&inventory_with_unreadable_enabled()).map(|units| units.len()), Ok(1));
    }
    let renamed = Change::Edit {
        tenant_key: "k1".into(),
        edit: Edit { name: Some("other".into()), ..Edit::default() },
    };
    let units = renamed.units(&inventory_with_unreadable_enabled()).expect("steps");
    let Step::UpdateApiKey { edit, .. } = &units[0].steps[0] else { panic!("{units:?}") };
    assert_eq!(edit.enabled, None, "the edit does not touch it");
    assert!(Change::Delete(vec!["k1".into()]).units(&inventory_with_unreadable_enabled()).is_ok());
}

/// Why the API key of `r1` in `free` is unknown.
fn members_not_allowed() -> Unknown {
    Unknown::not_allowed("apigateway:GET", "/usageplans/free/keys")
}

/// Makes the API key of a reference in the pool of `free` unknown.
fn make_reference_unknown(parts: &mut InventoryParts) {
    let tenant_key = parts
        .tenant_keys
        .iter_mut()
        .find(|tenant_key| tenant_key.plan.as_str() == "free")
        .expect("a tenant key of the pool");
    tenant_key.pool_key = Known::Unknown(members_not_allowed());
    parts.members.insert("free".into(), Known::Unknown(members_not_allowed()));
}

#[test]
fn an_unknown_reference_blocks_counting_removing_and_filling_pool_keys() {
    let inventory = inventory_with(make_reference_unknown);
    assert_eq!(inventory.reference_count(&"p1".into()), Known::Unknown(members_not_allowed()));
    let free: PlanId = "free".into();
    let changes = [
        Change::Fix(Fix::Recount { plan: free.clone(), api_key: "p1".into() }),
        Change::Fix(Fix::RemoveFromPool { plan: free.clone(), api_key: "p1".into() }),
        Change::Rebalance(free.clone()),
        Change::DissolvePool(free),
        Change::Drain("p1".into()),
        Change::Retire("p1".into()),
        Change::RotatePoolKey { api_key: "p1".into(), grace: 0 },
        create("free", 1),
    ];
    for change in changes {
        let refused = change.units(&inventory).expect_err("refused").to_string();
        assert_eq!(
            refused,
            "the number of tenant keys that use API key p1 is not known: IAM permission apigateway:GET on \
             /usageplans/free/keys is missing",
            "{change:?}"
        );
    }
    assert_eq!(inventory.reference_count(&"b1".into()), Known::Value(4), "other pools are counted");
    assert!(create("shard", 1).units(&inventory).is_ok());
}

#[test]
fn a_tenant_key_with_unknown_api_key_cannot_be_deleted_moved_or_edited() {
    let inventory = inventory_with(make_reference_unknown);
    let tenant_key = inventory
        .tenant_keys()
        .iter()
        .find(|tenant_key| tenant_key.pool_key.reason().is_some())
        .expect("a tenant key with an unknown API key")
        .id
        .clone();
    let tenant_keys = || vec![tenant_key.clone()];
    let changes = [
        Change::Delete(tenant_keys()),
        Change::Rotate { tenant_keys: tenant_keys(), grace: 0 },
        Change::Isolate(tenant_keys()),
        Change::ChangePlan {
            tenant_keys: tenant_keys(),
            plan: "silo".into(),
            other_plans: OtherPlans::Refuse,
        },
        Change::SetEnabled { tenant_keys: tenant_keys(), enabled: false },
        Change::Fix(Fix::CorrectValue(tenant_key.clone())),
        Change::SetCustomer { tenant_key: tenant_key.clone(), customer: "c".into() },
    ];
    for change in changes {
        let refused = change.units(&inventory).expect_err("refused");
        assert!(
            matches!(&refused, Refusal::Unknown(NotKnown { reason, .. }) if *reason == members_not_allowed()),
            "{change:?}: {refused}"
        );
    }
}

fn unread_counter() -> Unknown {
    Unknown::unreadable("`tenants` is missing", "item key#b1 of the Pools table")
}

#[test]
fn changes_that_need_an_unreadable_counter_are_refused() {
    let inventory = inventory_with(|parts| parts.pools[1].keys[0].tenants = Known::Unknown(unread_counter()));
    assert_eq!(inventory.pools()[1].keys[0].api_key.as_str(), "b1");
    let shard: PlanId = "shard".into();
    let set = |capacity| Change::SetPool { plan: shard.clone(), strategy: None, capacity: Some(capacity) };
    for change in [Change::Rebalance(shard.clone()), set(50), Change::Drain("b2".into()), create("shard", 90)]
    {
        let refused = change.units(&inventory).expect_err("refused").to_string();
        assert_eq!(
            refused,
            "the counter of pool key b1 is not known: `tenants` is missing in item key#b1 of the Pools table; \
             fix it there",
            "{change:?}"
        );
    }
    // Recounting, leaving the key and the room of the other keys do not depend on the counter.
    let recount = Change::Fix(Fix::Recount { plan: shard.clone(), api_key: "b1".into() });
    let grow = Change::Grow { plan: shard, count: 1 };
    for change in [recount, grow, Change::Drain("b1".into()), rotate_pool_key("b1"), create("shard", 1)] {
        assert!(change.units(&inventory).is_ok(), "{change:?}: {:?}", change.units(&inventory));
    }
}

#[test]
fn changes_that_need_an_unreadable_capacity_are_refused() {
    let inventory = inventory_with(|parts| {
        parts.pools[1].capacity = Known::Unknown(unread_counter());
        parts.pools[1].keys[0].capacity = Known::Unknown(unread_counter());
    });
    let shard: PlanId = "shard".into();
    let grow = Change::Grow { plan: shard.clone(), count: 1 };
    let refusal_of = |change: &Change| change.units(&inventory).expect_err("refused").to_string();
    assert!(refusal_of(&grow).starts_with("the capacity of the pool of "), "{}", refusal_of(&grow));
    for change in [rotate_pool_key("b1"), Change::Rebalance(shard.clone()), Change::Drain("b2".into())] {
        assert!(refusal_of(&change).starts_with("the capacity of pool key b1 is not known: "), "{change:?}");
    }
    let set = Change::SetPool { plan: shard, strategy: None, capacity: Some(50) };
    assert!(set.units(&inventory).is_ok(), "setting a capacity makes it known");
}

fn rotate_pool_key(id: &str) -> Change {
    Change::RotatePoolKey { api_key: id.into(), grace: 0 }
}

#[test]
fn a_plan_with_unread_tags_is_neither_changed_nor_adopted() {
    let inventory = inventory_with(|parts| {
        for plan in &mut parts.plans {
            (plan.price_list_entry, plan.tags) = (None, Known::Unknown(Unknown::NotReadYet));
        }
    });
    let silo: PlanId = "silo".into();
    let delete: Change = crate::PlanChange::Delete(silo.clone()).into();
    for change in [delete, create("silo", 1)] {
        let refused = change.units(&inventory).expect_err("refused").to_string();
        assert!(refused.starts_with("whether keypool manages usage plan "), "{change:?}: {refused}");
        assert_eq!(change.plans_with_unread_tags(&inventory), [silo.clone()].into(), "{change:?}");
    }
    // A plan with a pool is managed, whatever its tags.
    let pooled = create("shard", 1);
    assert!(pooled.units(&inventory).is_ok() && pooled.plans_with_unread_tags(&inventory).is_empty());
}
