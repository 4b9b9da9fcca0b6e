//! A pool key with its own tenant key: the sample application creates pool keys as tenant keys, and tenants share them.

use super::*;

/// Pool key `b1` has its own tenant key, besides the four that share it.
fn inventory_with_own_tenant_key() -> Inventory {
    inventory_with(|parts| parts.tenant_keys.push(tenant_key("b1", "shard", "umbrella", None)))
}

#[test]
fn deleting_the_own_tenant_key_keeps_the_shared_api_key() {
    let delete = Change::Delete(vec!["b1".into()]);
    assert_eq!(steps_in(&inventory_with_own_tenant_key(), &delete), [[Step::DeleteTenantKey("b1".into())]]);
    assert!(
        delete.cautions(&inventory_with_own_tenant_key())[0].starts_with("this key is shared"),
        "{:?}",
        delete.cautions(&inventory_with_own_tenant_key())
    );
}

#[test]
fn edits_change_only_the_tenant_key() {
    let off = Edit { enabled: Some(false), ..Edit::default() };
    let edit = Change::Edit { tenant_key: "b1".into(), edit: off.clone() };
    let step = Step::UpdateTenantKey { tenant_key: "b1".into(), revision: Some(3), edit: off };
    assert_eq!(steps_in(&inventory_with_own_tenant_key(), &edit), [[step]]);
    assert!(edit.cautions(&inventory_with_own_tenant_key())[0].contains("isolate the tenant key first"));
}

#[test]
fn rotating_or_moving_it_is_refused_as_for_any_shared_key() {
    let shared =
        "tenant key b1 shares API key b1 with other tenants: isolate it first, or rotate the pool key";
    assert_eq!(
        refusal_in(
            &inventory_with_own_tenant_key(),
            &Change::Rotate { tenant_keys: vec!["b1".into()], grace: 0 }
        ),
        shared
    );
    assert_eq!(refusal_in(&inventory_with_own_tenant_key(), &change_plan("b1", "other")), shared);
}

#[test]
fn isolating_it_creates_an_api_key_and_keeps_the_pool_key() {
    let isolate = Change::Isolate(vec!["b1".into()]);
    assert_eq!(
        described_steps_in(&inventory_with_own_tenant_key(), &isolate)[1..],
        [
            "attach the new API key to usage plan shard-plan",
            "wait until shard-plan accepts the new API key",
            "point tenant key b1 at the new API key",
        ]
    );
}

#[test]
fn consolidating_it_creates_a_reference_and_keeps_the_pool_key() {
    let join = |plan: &str| Step::JoinPool { tenant_key: "b1".into(), plan: plan.into(), from: None };
    assert_eq!(
        steps_in(
            &inventory_with_own_tenant_key(),
            &Change::Consolidate { tenant_keys: vec!["b1".into()], other_plans: OtherPlans::Refuse }
        ),
        [[join("shard")]]
    );
    assert_eq!(steps_in(&inventory_with_own_tenant_key(), &change_plan("b1", "free")), [[join("free")]]);
}
