//! Which keys end, whose they are, and what ends them.

use super::*;
use crate::testing::{at, members, parts, pool, pool_key, tags, tenant_key};
use crate::{InventoryParts, Plan, PoolKey};

const NOON: &str = "2026-03-10T12:00:00Z";
const HOUR_LATER: &str = "2026-03-10T13:00:00Z";

fn api_key(id: &str, key_tags: &[(&str, &str)]) -> ApiKey {
    ApiKey { tags: tags(key_tags), ..ApiKey::new(id, "web") }
}

fn draining(id: &str) -> PoolKey {
    PoolKey { state: PoolKeyState::Draining, ..pool_key(id, 0, 10) }
}

/// `k1` of acme replaced `k0`; the pool key `p1` of globex and initech replaced `p0`; `k2` of hooli expires.
fn account(k0_ends: &str, p0_ends: &str, expires_at: Known<Option<Timestamp>>) -> Inventory {
    let expiring = tenant_key("k2", "silo", "hooli", None);
    Inventory::new(InventoryParts {
        plans: vec![
            Plan::new("silo", "Silo").with_price_list_entry(None, None),
            Plan::new("free", "Free").with_price_list_entry(None, None),
        ],
        api_keys: vec![
            api_key("k0", &[(tag::RETIRES_AT, k0_ends)]),
            api_key("k1", &[(tag::REPLACES, "k0")]),
            api_key("k2", &[]),
            api_key("p0", &[(tag::RETIRES_AT, p0_ends)]),
            api_key("p1", &[(tag::REPLACES, "p0")]),
        ]
        .into(),
        members: members(&[("silo", &["k0", "k1", "k2"]), ("free", &["p0", "p1"])]),
        tenant_keys: vec![
            tenant_key("k1", "silo", "acme", None),
            expiring.with_attributes(|its| its.expires_at = expires_at),
            tenant_key("r1", "free", "globex", Some("p1")),
            tenant_key("r2", "free", "initech", Some("p1")),
        ],
        pools: vec![pool("free", 10, vec![draining("p0"), pool_key("p1", 2, 10)])],
        ..parts()
    })
}

/// Kind, API key, tenants and successor of each ending.
fn found(inventory: &Inventory) -> Vec<(EndingKind, String, String, Option<String>)> {
    let row = |ending: Ending<'_>| {
        let tenants: Vec<_> = ending.tenants().into_iter().map(ToString::to_string).collect();
        let new = ending.replaced_by.map(ToString::to_string);
        (ending.kind, ending.api_key.to_string(), tenants.join(" "), new)
    };
    find_endings(inventory).into_iter().map(row).collect()
}

#[test]
fn each_ending_names_its_tenants_and_its_successor_soonest_first() {
    let inventory = account(HOUR_LATER, NOON, Some(at("2026-03-11T00:00:00Z")).into());
    let row = |kind, key: &str, tenants: &str, new: Option<&str>| {
        (kind, key.to_owned(), tenants.to_owned(), new.map(str::to_owned))
    };
    let expected = [
        row(EndingKind::Grace, "p0", "globex initech", Some("p1")),
        row(EndingKind::Grace, "k0", "acme", Some("k1")),
        row(EndingKind::Expiry, "k2", "hooli", None),
    ];
    assert_eq!(found(&inventory), expected);
    let pool_keys: Vec<_> = find_endings(&inventory).iter().map(|ending| ending.is_pool_key).collect();
    assert_eq!(pool_keys, [true, false, false]);
}

#[test]
fn an_ending_is_due_from_the_second_it_names() {
    let inventory = account(NOON, HOUR_LATER, None.into());
    let state = |now: &str| find_endings(&inventory)[0].state(at(now));
    assert_eq!(state("2026-03-10T11:59:59Z"), EndingState::Running);
    assert_eq!(state(NOON), EndingState::Due);
}

#[test]
fn an_end_that_cannot_be_read_is_listed_last_and_never_due() {
    let inventory = account("soon", NOON, Known::unreadable("`expiresAt` is a number", "item k2"));
    let last: Vec<_> = find_endings(&inventory).into_iter().skip(1).collect();
    let states: Vec<_> = last.iter().map(|ending| ending.state(at(HOUR_LATER))).collect();
    assert_eq!(states, [EndingState::Unknown, EndingState::Unknown]);
    let sentence = last[0].describe(at(NOON));
    assert!(sentence.contains("replaced by k1, of acme") && sentence.contains("\"soon\""), "{sentence}");
}

#[test]
fn a_replaced_key_is_retired_and_an_expired_one_disabled() {
    let inventory = account(NOON, HOUR_LATER, Some(at(NOON)).into());
    let changes: Vec<_> = find_endings(&inventory).iter().map(Ending::change).collect();
    let disable = Change::SetEnabled { tenant_keys: vec!["k2".into()], enabled: false };
    let expected = [Change::Retire("k0".into()), disable, Change::Retire("p0".into())];
    assert_eq!(changes, expected.map(Ok));
    for change in changes.into_iter().flatten() {
        assert!(change.units(&inventory).is_ok(), "{change:?}");
    }
}

#[test]
fn a_shared_key_cannot_expire_for_one_tenant() {
    let mut shared = tenant_key("r1", "free", "globex", Some("p1"));
    shared.expires_at = Some(at(NOON)).into();
    let inventory = Inventory::new(InventoryParts {
        api_keys: vec![api_key("p1", &[])].into(),
        tenant_keys: vec![shared],
        pools: vec![pool("free", 10, vec![pool_key("p1", 1, 10)])],
        ..parts()
    });
    let ending = &find_endings(&inventory)[0];
    assert!(ending.change().is_err_and(|why| why.contains("isolate")));
}

#[test]
fn a_tag_gives_the_expiry_where_the_item_has_none() {
    let with = |stored: Option<&str>| {
        let mut key = tenant_key("k1", "silo", "acme", None);
        key.expires_at = stored.map(at).into();
        let inventory = Inventory::new(InventoryParts {
            api_keys: vec![api_key("k1", &[(tag::EXPIRES_AT, HOUR_LATER)])].into(),
            tenant_keys: vec![key],
            ..parts()
        });
        inventory.expiry(&inventory.tenant_keys()[0])
    };
    assert_eq!(with(None), Known::Value(Some(at(HOUR_LATER))));
    assert_eq!(with(Some(NOON)), Known::Value(Some(at(NOON))), "the item decides");
}

#[test]
fn an_expired_key_is_listed_until_it_is_disabled_in_both_places() {
    let listed = |in_tables: bool, in_gateway: bool| {
        let mut key = tenant_key("k1", "silo", "acme", None);
        (key.enabled, key.expires_at) = (in_tables.into(), Some(at(NOON)).into());
        let inventory = Inventory::new(InventoryParts {
            api_keys: vec![ApiKey { enabled: in_gateway, ..api_key("k1", &[]) }].into(),
            tenant_keys: vec![key],
            ..parts()
        });
        find_endings(&inventory).len()
    };
    assert_eq!(
        [listed(true, true), listed(true, false), listed(false, true), listed(false, false)],
        [1, 1, 1, 0]
    );
}

#[test]
fn a_key_that_tenants_still_have_is_not_ending() {
    let inventory = account(NOON, NOON, None.into());
    let back = Inventory::new(InventoryParts {
        api_keys: inventory.listed_api_keys().to_vec().into(),
        tenant_keys: vec![
            tenant_key("k0", "silo", "acme", None),
            tenant_key("r1", "free", "globex", Some("p0")),
        ],
        pools: vec![pool("free", 10, vec![draining("p0"), pool_key("p1", 0, 10)])],
        ..parts()
    });
    assert_eq!(found(&back), [], "their rotations are not finished");
}

/// The account with `k0` in its grace period, changed.
fn with_k0(change: impl FnOnce(&mut InventoryParts)) -> Inventory {
    let account = account("2026-03-10T14:00:00Z", NOON, None.into());
    let mut changed = InventoryParts {
        plans: account.plans().to_vec(),
        api_keys: account.listed_api_keys().to_vec().into(),
        tenant_keys: account.tenant_keys().to_vec(),
        ..parts()
    };
    changed.api_keys.value_mut().expect("listed").retain(|key| key.id.as_str().starts_with('k'));
    change(&mut changed);
    Inventory::new(changed)
}

fn disable(parts: &mut InventoryParts, api_key: &str) {
    let keys = parts.api_keys.value_mut().expect("listed").iter_mut();
    keys.filter(|key| key.id.as_str() == api_key).for_each(|key| key.enabled = false);
}

#[test]
fn a_disabled_old_key_is_not_announced_as_working_but_deleted_when_due() {
    let inventory = with_k0(|parts| disable(parts, "k0"));
    let ending = &find_endings(&inventory)[0];
    assert_eq!((ending.api_key.as_str(), ending.state(at(NOON))), ("k0", EndingState::Disabled));
    assert!(!ending.is_upcoming(at(NOON)), "no tenant loses access");
    assert_eq!(upcoming_endings(&inventory, at(NOON)), [""; 0]);
    assert_eq!(
        ending.describe(at(NOON)),
        "API key k0, replaced by k1, of acme is disabled, and may be deleted at 2026-03-10T14:00:00Z (in 2 h)"
    );
    let later = at("2026-03-10T14:00:00Z");
    assert_eq!(ending.state(later), EndingState::Due);
    assert!(ending.describe(later).ends_with("is disabled, and was to be deleted at 2026-03-10T14:00:00Z"));
    assert_eq!(inventory.key_in_grace(&"k0".into()).and_then(|old| old.until), None);
}

#[test]
fn an_old_key_stops_working_when_its_successor_expires_and_is_deleted_at_its_own_end() {
    let expires_at = at(HOUR_LATER);
    let inventory = with_k0(|parts| parts.tenant_keys[0].expires_at = Some(expires_at).into());
    let old = inventory.ending_of_api_key(&"k0".into()).expect("it is in its grace period");
    assert_eq!((old.kind, old.stops_at()), (EndingKind::Grace, Known::Value(expires_at)));
    assert_eq!(
        old.describe(at(NOON)),
        "API key k0, replaced by k1, of acme works until 2026-03-10T13:00:00Z (in 1 h), when its tenant key expires"
    );
    let until = inventory.key_in_grace(&"k0".into()).and_then(|old| old.until);
    assert_eq!(until.as_deref(), Some(HOUR_LATER));
    assert_eq!(
        (old.state(expires_at), old.is_past_own_end(expires_at)),
        (EndingState::Due, Known::Value(false))
    );
    assert!(old.is_past_own_end(at("2026-03-10T14:00:00Z")).is_known_to_be(&true));
    let stopped = with_k0(|parts| {
        parts.tenant_keys[0].expires_at = Some(expires_at).into();
        disable(parts, "k0");
    });
    let old = stopped.ending_of_api_key(&"k0".into()).expect("it remains");
    assert_eq!(old.stops_at(), Known::Value(at("2026-03-10T14:00:00Z")), "what remains is its deletion");
}

#[test]
fn a_disabled_key_that_expires_is_not_announced_as_working() {
    let inventory = with_k0(|parts| {
        parts.tenant_keys[1].expires_at = Some(at(HOUR_LATER)).into();
        disable(parts, "k2");
    });
    let ending = inventory.ending_of_api_key(&"k2".into()).expect("its tenant key is enabled");
    let expected =
        "API key k2 of hooli is disabled, and its tenant key expires at 2026-03-10T13:00:00Z (in 1 h)";
    assert_eq!(ending.describe(at(NOON)), expected);
    assert!(!ending.is_upcoming(at(NOON)));
}

#[test]
fn the_time_left_is_rounded_down_to_its_largest_unit() {
    let left = |seconds| describe_time_left(SignedDuration::from_secs(seconds));
    assert_eq!([left(1), left(60), left(7_199), left(90_000)], ["1 s", "1 min", "1 h", "1 day"]);
}
