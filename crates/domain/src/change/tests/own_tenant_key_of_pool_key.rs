//! The row of a pool key's own: the sample application makes its pool keys as tenant keys, and tenants share them.

use super::*;

/// With a row for pool key `b1` itself, behind which four others are.
fn inventory_with_own_tenant_key() -> Inventory {
    inventory_with(|parts| parts.tenant_keys.push(tenant_key("b1", "shard", "umbrella", None)))
}

#[test]
fn deleting_it_keeps_the_shared_api_key() {
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
    assert!(edit.cautions(&inventory_with_own_tenant_key())[0].contains("isolate it first"));
}

#[test]
fn it_is_rotated_and_moved_like_a_shared_key() {
    let shared = "key b1 shares API key b1 with others: isolate it first, or rotate the pool key";
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
            "wait until the API of shard-plan lets the new API key in",
            "write row b1 anew under the new API key's id",
        ]
    );
}

#[test]
fn consolidating_it_creates_a_reference_and_keeps_the_pool_key() {
    let refer = |plan: &str| Step::JoinPool { tenant_key: "b1".into(), plan: plan.into(), from: None };
    assert_eq!(
        steps_in(
            &inventory_with_own_tenant_key(),
            &Change::Consolidate { tenant_keys: vec!["b1".into()], others: OtherPlans::Refuse }
        ),
        [[refer("shard")]]
    );
    assert_eq!(steps_in(&inventory_with_own_tenant_key(), &change_plan("b1", "free")), [[refer("free")]]);
}
