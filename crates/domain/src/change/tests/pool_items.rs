//! Items of pool keys in the Keys table: they follow their pool key and are not tenant keys.

use super::*;
use crate::key::POOL_KEY_OWNER;

/// The pool keys of `shard` have items in the Keys table; `p1` has a tenant key.
fn inventory_with_pool_items() -> Inventory {
    inventory_with(|parts| {
        for id in ["b1", "b2"] {
            parts.tenant_keys.push(tenant_key(id, "shard", POOL_KEY_OWNER, None));
        }
        parts.tenant_keys.push(tenant_key("p1", "free", "acme", None));
    })
}

#[test]
fn the_item_of_a_pool_key_is_not_a_tenant_key() {
    let (with_items, without) = (inventory_with_pool_items(), inventory());
    assert_eq!(with_items.tenant_keys().len(), without.tenant_keys().len() + 1, "only the tenant key of p1");
    assert_eq!(with_items.tenants_of_plan(&"shard".into()), without.tenants_of_plan(&"shard".into()));
    assert_eq!(with_items.tenant_keys_of_api_key(&"b1".into()).len(), 4);
    assert_eq!(with_items.reference_count(&"b1".into()), crate::Known::Value(4));
    assert!(with_items.tenant_key(&"b1".into()).is_none());
    assert_eq!(with_items.pool_item(&"b1".into()).map(|item| item.id.as_str()), Some("b1"));
    assert_eq!(with_items.pool_item(&"p1".into()), None);
    assert_eq!(refusal_in(&with_items, &Change::Delete(vec!["b1".into()])), "tenant key b1 does not exist");
}

#[test]
fn the_owner_of_pool_key_items_is_reserved() {
    let key = NewTenantKey {
        tenant: POOL_KEY_OWNER.into(),
        ..NewTenantKey::from_tenant_key(&tenant_key("n", "silo", "acme", None)).expect("a key")
    };
    let refused = Change::Create(NewTenantKeys { template: key, count: 1 }).units(&inventory());
    assert_eq!(refused, Err(Refusal::ReservedTenant));
}

#[test]
fn deleting_a_pool_key_deletes_its_item() {
    let inventory = inventory_with(|parts| {
        parts.tenant_keys.retain(|key| key.plan.as_str() != "shard");
        parts.tenant_keys.extend(["b1", "b2"].map(|id| tenant_key(id, "shard", POOL_KEY_OWNER, None)));
        parts.pools[1].keys[0].tenants = 0.into();
        parts.pools[1].keys[1].state = PoolKeyState::Draining;
    });
    let item = |id: &str| format!("delete the item of pool key {id} from the Keys table");
    for change in [Change::Drain("b1".into()), rotate_pool_key("b1", 0)] {
        let steps = described_steps_in(&inventory, &change);
        let position = |name: &str| steps.iter().position(|step| step == name).expect("the step");
        let removal = position("remove API key b1 from the pool of shard-plan, once it has no tenants");
        assert!(position(&item("b1")) < removal && removal < position("disable API key b1"), "{steps:?}");
    }
    let retired = described_steps_in(&inventory, &Change::Retire("b2".into()));
    assert_eq!(retired[1], item("b2"));
    let dissolved = described_steps_in(&inventory, &Change::DissolvePool("shard".into()));
    assert!(dissolved.contains(&item("b1")) && dissolved.contains(&item("b2")), "{dissolved:?}");
}

#[test]
fn during_the_grace_period_the_item_holds_the_value_of_the_successor() {
    let steps = described_steps_in(&inventory_with_pool_items(), &rotate_pool_key("b1", 900));
    let forward = "set the item of pool key b1 in the Keys table to the value of the new API key";
    let at = steps.iter().position(|step| step == forward).expect("the step");
    assert!(steps[at - 1].starts_with("add the new API key to the pool"), "{steps:?}");
    assert!(steps[at + 1].starts_with("point 4 tenant keys of pool key b1 at"), "{steps:?}");
    assert!(!steps.iter().any(|step| step.starts_with("delete the item")), "{steps:?}");
}

/// `b1` replaced `b2`, which is in its grace period: the items of both hold the value of `b1`.
fn inventory_in_grace_period() -> Inventory {
    inventory_with(|parts| {
        let item = |id: &str| TenantKey {
            value: Some(Secret::new("value of b1")).into(),
            ..tenant_key(id, "shard", POOL_KEY_OWNER, None)
        };
        parts.tenant_keys.retain(|key| key.plan.as_str() != "shard");
        parts.tenant_keys.extend(["b1", "b2"].map(item));
        parts.pools[1].keys[0].tenants = 0.into();
        parts.pools[1].keys[1].state = PoolKeyState::Draining;
    })
}

#[test]
fn an_item_in_its_grace_period_never_holds_the_value_of_a_deleted_successor() {
    let forward =
        |id| format!("set the item of pool key {id} in the Keys table to the value of the new API key");
    let delete = |id| format!("delete the item of pool key {id} from the Keys table");
    let item_steps = |change: Change| {
        let steps = described_steps_in(&inventory_in_grace_period(), &change);
        steps.into_iter().filter(|step| step.contains("item of pool key")).collect::<Vec<_>>()
    };
    assert_eq!(item_steps(rotate_pool_key("b1", 0)), [forward("b2"), delete("b1")]);
    assert_eq!(item_steps(rotate_pool_key("b1", 900)), [forward("b2"), forward("b1")]);
    assert_eq!(item_steps(Change::Drain("b1".into())), [delete("b2"), delete("b1")]);
    // The item of `b2` holds the value of `b1`, which stays.
    assert_eq!(item_steps(Change::Retire("b2".into())), [delete("b2")]);
}
