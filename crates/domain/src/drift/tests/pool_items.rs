//! Items of pool keys in the Keys table: missing where other programs read them, or left behind.

use super::*;

pub(super) fn pool_item(id: &str) -> TenantKey {
    TenantKey { tenant: crate::key::POOL_KEY_OWNER.into(), ..row(id, "free", None) }
}

fn fixes_of(kind: Kind, change: fn(&mut Account)) -> Vec<Fix> {
    let account = Account::sound().with(change);
    let all = findings(&Inventory::new(account.parts), &account.observed);
    all.into_iter().filter(|one| one.kind == kind).map(|one| one.fix).collect()
}

fn seen(change: fn(&mut Account)) -> Vec<Kind> {
    Account::sound().with(change).found().into_iter().map(|(kind, ..)| kind).collect()
}

#[test]
fn items_of_pool_keys_matter_only_where_other_programs_read_them() {
    let others: fn(&mut Account) = |account| account.parts.rows[0].revision = None;
    assert_eq!(seen(others).len(), 2);
    let fix = |id: &str| {
        Fix::WithAll(Change::Mend(Mend::WritePoolItem { plan: "free".into(), api_key: id.into() }))
    };
    assert_eq!(fixes_of(Kind::PoolItemMissing, others), [fix("p1"), fix("p2")]);
    let listed = |account: &mut Account| {
        account.parts.rows[0].revision = None;
        account.parts.rows.extend(["p1", "p2"].map(pool_item));
    };
    assert_eq!(seen(listed), []);
    let without_values = |account: &mut Account| {
        account.parts.rows[0].revision = None;
        account.observed.stores_values = false;
    };
    assert_eq!(seen(without_values), []);
}

#[test]
fn an_item_that_gives_a_value_which_is_answered_403_is_a_finding() {
    let listed = |account: &mut Account| {
        account.parts.rows[0].revision = None;
        account.parts.rows.extend(["p1", "p2"].map(pool_item));
        account.parts.rows[4].value = None.into();
    };
    let found = fixes_of(Kind::PoolItemDiffers, listed);
    let write = Mend::WritePoolItem { plan: "free".into(), api_key: "p2".into() };
    assert_eq!(found, [Fix::WithAll(Change::Mend(write.clone()))]);
    let account = Account::sound().with(listed);
    let units = Change::Mend(write).units(&Inventory::new(account.parts)).expect("steps");
    let itself = crate::step::KeyRef::Known("p2".into());
    assert_eq!(units[0].steps, [crate::Step::ForwardPoolItem { api_key: "p2".into(), to: itself }]);
    let leaving = |account: &mut Account| {
        account.parts.rows[0].revision = None;
        account.parts.rows.extend(["p1", "p2"].map(pool_item));
        account.parts.rows[4].value = Some(Secret::new("gone")).into();
        account.pool().keys[1].state = PoolKeyState::Draining;
    };
    assert_eq!(
        fixes_of(Kind::PoolItemDiffers, leaving),
        [Fix::WithAll(Change::Mend(Mend::DeletePoolItem("p2".into())))]
    );
    let unread = |account: &mut Account| {
        account.parts.rows[0].revision = None;
        account.parts.rows.extend(["p1", "p2"].map(pool_item));
        account.parts.rows[4].value = Known::unreadable("`value` is a number", "item p2");
        account.observed.values.remove(&"p1".into());
    };
    assert_eq!(fixes_of(Kind::PoolItemDiffers, unread), []);
}

#[test]
fn the_item_of_a_key_that_joins_or_leaves_a_pool_goes_with_the_key() {
    for tag in [tag::REQUEST, tag::DELETING] {
        let mut account = Account::sound();
        account.keys().push(api_key("x", &[(tag, "r")]));
        account.parts.rows.push(pool_item("x"));
        let found: Vec<_> = account.found().into_iter().map(|(kind, ..)| kind).collect();
        assert!(!found.contains(&Kind::StalePoolItem), "{tag}: {found:?}");
    }
    let left = |account: &mut Account| account.parts.rows.push(pool_item("k9"));
    let fix = Fix::WithAll(Change::Mend(Mend::DeletePoolItem("k9".into())));
    assert_eq!(fixes_of(Kind::StalePoolItem, left), [fix]);
}

#[test]
fn the_row_of_a_pool_keys_own_speaks_for_itself_only() {
    let own = || {
        Account::sound().with(|account| {
            account.parts.rows.push(TenantKey { enabled: false.into(), ..row("p1", "free", None) });
        })
    };
    assert_eq!(own().found(), [], "API Gateway cannot disable one of those who share a key");
    let gone = own().with(|account| account.keys().retain(|key| key.id.as_str() != "p1"));
    let rotation = Some(Change::RotatePoolKey { api_key: "p1".into(), grace: 0 });
    assert_eq!(
        gone.found(),
        [(Kind::PoolKeyMissing, "p1".to_owned(), rotation)],
        "its row gets the new key, too"
    );
}
