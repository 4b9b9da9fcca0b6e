//! Items of pool keys in the Keys table that are missing, wrong or stale.

use super::*;

pub(super) fn pool_item(id: &str) -> TenantKey {
    TenantKey { tenant: crate::key::POOL_KEY_OWNER.into(), ..tenant_key(id, "free", None) }
}

fn fixes_of(kind: FindingKind, change: fn(&mut Account)) -> Vec<FixOffer> {
    let account = Account::consistent().with(change);
    let all = findings(&Inventory::new(account.parts), &account.observed);
    all.into_iter().filter(|found| found.kind == kind).map(|found| found.fix).collect()
}

fn kinds(change: fn(&mut Account)) -> Vec<FindingKind> {
    Account::consistent().with(change).findings_and_fixes().into_iter().map(|(kind, ..)| kind).collect()
}

#[test]
fn pool_items_are_checked_only_if_other_programs_read_them() {
    let other_writers: fn(&mut Account) = |account| account.parts.tenant_keys[0].revision = None;
    assert_eq!(kinds(other_writers).len(), 2);
    let fix = |id: &str| {
        FixOffer::WithAll(Change::Fix(Fix::WritePoolItem { plan: "free".into(), api_key: id.into() }))
    };
    assert_eq!(fixes_of(FindingKind::PoolItemMissing, other_writers), [fix("p1"), fix("p2")]);
    let listed = |account: &mut Account| {
        account.parts.tenant_keys[0].revision = None;
        account.parts.tenant_keys.extend(["p1", "p2"].map(pool_item));
    };
    assert_eq!(kinds(listed), []);
    let without_values = |account: &mut Account| {
        account.parts.tenant_keys[0].revision = None;
        account.observed.stores_values = false;
    };
    assert_eq!(kinds(without_values), []);
}

#[test]
fn a_pool_item_with_a_wrong_value_is_found() {
    let listed = |account: &mut Account| {
        account.parts.tenant_keys[0].revision = None;
        account.parts.tenant_keys.extend(["p1", "p2"].map(pool_item));
        account.parts.tenant_keys[4].value = None.into();
    };
    let found = fixes_of(FindingKind::PoolItemDiffers, listed);
    let write = Fix::WritePoolItem { plan: "free".into(), api_key: "p2".into() };
    assert_eq!(found, [FixOffer::WithAll(Change::Fix(write.clone()))]);
    let account = Account::consistent().with(listed);
    let units = Change::Fix(write).units(&Inventory::new(account.parts)).expect("steps");
    let itself = crate::step::KeyRef::Existing("p2".into());
    assert_eq!(units[0].steps, [crate::Step::ForwardPoolItem { api_key: "p2".into(), to: itself }]);
    let leaving = |account: &mut Account| {
        account.parts.tenant_keys[0].revision = None;
        account.parts.tenant_keys.extend(["p1", "p2"].map(pool_item));
        account.parts.tenant_keys[4].value = Some(Secret::new("gone")).into();
        account.pool().keys[1].state = PoolKeyState::Draining;
    };
    assert_eq!(
        fixes_of(FindingKind::PoolItemDiffers, leaving),
        [FixOffer::WithAll(Change::Fix(Fix::DeletePoolItem("p2".into())))]
    );
    let unread = |account: &mut Account| {
        account.parts.tenant_keys[0].revision = None;
        account.parts.tenant_keys.extend(["p1", "p2"].map(pool_item));
        account.parts.tenant_keys[4].value = Known::unreadable("`value` is a number", "item p2");
        account.observed.values.remove(&"p1".into());
    };
    assert_eq!(fixes_of(FindingKind::PoolItemDiffers, unread), []);
}

#[test]
fn the_item_of_a_key_joining_or_leaving_a_pool_is_not_stale() {
    for tag in [tag::REQUEST, tag::DELETING] {
        let mut account = Account::consistent();
        account.keys().push(api_key("x", &[(tag, "r")]));
        account.parts.tenant_keys.push(pool_item("x"));
        let found: Vec<_> = account.findings_and_fixes().into_iter().map(|(kind, ..)| kind).collect();
        assert!(!found.contains(&FindingKind::StalePoolItem), "{tag}: {found:?}");
    }
    let stale = |account: &mut Account| account.parts.tenant_keys.push(pool_item("k9"));
    let fix = FixOffer::WithAll(Change::Fix(Fix::DeletePoolItem("k9".into())));
    assert_eq!(fixes_of(FindingKind::StalePoolItem, stale), [fix]);
}

#[test]
fn a_tenant_key_with_a_pool_keys_id_is_not_checked_against_it() {
    let own = || {
        Account::consistent().with(|account| {
            let disabled = tenant_key("p1", "free", None).with_attributes(|its| its.enabled = false.into());
            account.parts.tenant_keys.push(disabled);
        })
    };
    assert_eq!(own().findings_and_fixes(), [], "API Gateway cannot disable one of those who share a key");
    let gone = own().with(|account| account.keys().retain(|key| key.id.as_str() != "p1"));
    let rotation = Some(Change::RotatePoolKey { api_key: "p1".into(), grace: 0 });
    assert_eq!(
        gone.findings_and_fixes(),
        [(FindingKind::PoolKeyMissing, "p1".to_owned(), rotation)],
        "its tenant key gets the new key too"
    );
}
