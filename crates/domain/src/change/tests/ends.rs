//! Changes of keys that end.

use super::*;
use crate::key_file::{ImportAction, ImportedKey, PlannedKey};
use crate::testing::{at, tags};
use crate::{Expiry, Tenant};

const END: &str = "2026-12-31T00:00:00Z";

/// `k1` expired when the inventory was read.
fn expired() -> Inventory {
    inventory_with(|parts| {
        parts.tenant_keys[0].expires_at = Some(at(END)).into();
        parts.taken_at = at(END);
    })
}

#[test]
fn enabling_an_expired_key_warns_that_it_is_disabled_again() {
    let enable = Edit { enabled: Some(true), ..Edit::default() };
    let later = Expiry::At(at("2027-12-31T00:00:00Z"));
    let caution = "tenant key k1 expired at 2026-12-31T00:00:00Z: the next `keypool keys retire --due` disables it again, \
                   unless it gets a later end";
    let set_enabled = Change::SetEnabled { tenant_keys: ids(&["k1"]), enabled: true };
    for change in [edit("k1", enable.clone()), set_enabled] {
        assert_eq!(change.cautions(&expired()), [caution], "{change:?}");
        assert_eq!(change.cautions(&inventory()), [""; 0], "without an end");
    }
    let with_later_end = edit("k1", Edit { expiry: Some(later), ..enable });
    assert_eq!(with_later_end.cautions(&expired()), [""; 0]);
    let rename = edit("k1", Edit { name: Some("new".into()), ..Edit::default() });
    assert_eq!(rename.cautions(&expired()), [""; 0]);
}

#[test]
fn the_expiry_of_a_new_key_is_announced() {
    let with_end = |count| {
        let mut keys = new_keys("silo", count);
        keys.template.expires_at = Some(at(END));
        Change::Create(keys)
    };
    let one = with_end(1);
    let description = "create 1 key in silo-plan for acme, which expires at 2026-12-31T00:00:00Z";
    assert_eq!(one.describe(&inventory()), description);
    assert_eq!(
        described_steps(&one).last().map(String::as_str),
        Some("write tenant key \"web\" for acme, which expires at 2026-12-31T00:00:00Z")
    );
    assert!(with_end(2).describe(&inventory()).ends_with("for acme, which expire at 2026-12-31T00:00:00Z"));
    assert_eq!(create("silo", 1).describe(&inventory()), "create 1 key in silo-plan for acme");
}

#[test]
fn an_import_sets_the_end_of_a_tenant_key_that_exists() {
    let key = ImportedKey {
        name: "k1-name".to_owned(),
        value: Secret::new("v".repeat(40)),
        description: String::new(),
        enabled: true,
        plans: vec!["silo".into()],
        tenant: Some("acme".into()),
        existing: Some("k1".into()),
        expires_at: Some(at(END)),
    };
    let import = Change::Import(vec![PlannedKey { line: 2, action: ImportAction::WriteTenantKey, key }]);
    assert_eq!(described_steps(&import), ["tenant key k1: set expiry to 2026-12-31T00:00:00Z"]);
}

#[test]
fn deleting_a_replaced_key_affects_the_tenants_that_have_its_successor() {
    let old = ApiKey { tags: tags(&[(tag::RETIRES_AT, END)]), ..api_key("k0", true) };
    let account = inventory_with(|parts| {
        let keys = parts.api_keys.value_mut().expect("listed");
        keys.push(old);
        keys[0].tags = tags(&[(tag::REPLACES, "k0")]);
    });
    let tenants = |id: &str| Change::Retire(id.into()).affected_tenants(&account);
    assert_eq!(tenants("k0"), ids::<Tenant>(&["acme"]));
    assert_eq!(tenants("spare"), ids::<Tenant>(&[]));
}
