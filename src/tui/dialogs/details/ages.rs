//! Facts about the age and the end of a key.

use jiff::Timestamp;
use keypool_domain::ending::grace_ending;
use keypool_domain::text::pluralize;
use keypool_domain::{ApiKeyId, Inventory, KeyAge, Known, Rotation, TenantKey};

use super::facts::{Fact, fact, warning};

/// How old the API key of a tenant key is, and when it ends.
pub(super) fn tenant_key_facts(tenant_key: &TenantKey, inventory: &Inventory, now: Timestamp) -> Vec<Fact> {
    let age = age_fact(inventory.key_age(tenant_key), inventory.key_rotation(tenant_key));
    let expiry = match inventory.expiry(tenant_key) {
        Known::Value(at) => at.map(|at| fact("expires", format!("{at:.0}"))),
        Known::Unknown(why) => Some(warning("expires", format!("unknown: {why}"))),
    };
    let api_key = tenant_key.api_key();
    let old = api_key.value_to_show().map(|id| inventory.predecessors(id)).unwrap_or_default();
    let endings = old.into_iter().filter_map(|old| grace_ending(old, inventory));
    let endings = endings.map(|ending| warning("old key", ending.describe(now)));
    std::iter::once(age).chain(expiry).chain(endings).collect()
}

pub(super) fn pool_key_fact(api_key: &ApiKeyId, inventory: &Inventory) -> Fact {
    age_fact(inventory.api_key_age(api_key), inventory.api_key_rotation(api_key))
}

/// For example "38 days · made 21 Oct 2026 · never rotated".
fn age_fact(age: Option<KeyAge>, rotation: Rotation) -> Fact {
    let date = |at: Timestamp| at.strftime("%-d %b %Y");
    let days = age.map_or_else(|| "unknown".to_owned(), |age| pluralize(age.days() as usize, "day"));
    let made = age.map(|age| format!(" · made {}", date(age.created_at))).unwrap_or_default();
    let text = match rotation {
        Rotation::Never => format!("{days}{made} · never rotated"),
        Rotation::Rotated(Some(at)) => format!("{days} · rotated {}", date(at)),
        Rotation::Rotated(None) => format!("{days} · rotated"),
        Rotation::Unknown => format!("{days}{made} · not known whether it was rotated"),
    };
    fact("API key age", text)
}

#[cfg(test)]
mod tests {
    use keypool_domain::testing::{at, parts};
    use keypool_domain::{ApiKey, InventoryParts};

    use super::*;

    #[test]
    fn an_age_says_whether_the_key_was_rotated() {
        let key = ApiKey { created_at: Some(at("2026-10-21T09:00:00Z")), ..ApiKey::new("k", "") };
        let taken_at = at("2026-11-28T16:04:00Z");
        let inventory = Inventory::new(InventoryParts { api_keys: vec![key].into(), taken_at, ..parts() });
        let age = inventory.api_key_age(&"k".into());
        let text = |age, rotation| age_fact(age, rotation).text;
        assert_eq!(text(age, Rotation::Never), "38 days · made 21 Oct 2026 · never rotated");
        let rotated = Rotation::Rotated(age.map(|age| age.created_at));
        assert_eq!(text(age, rotated), "38 days · rotated 21 Oct 2026");
        assert!(text(age, Rotation::Unknown).ends_with("· not known whether it was rotated"));
        assert_eq!(text(None, Rotation::Never), "unknown · never rotated");
    }
}
