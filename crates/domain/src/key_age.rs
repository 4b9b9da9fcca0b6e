//! How old the API key of a tenant key or of a pool is, and whether it replaced another one.
//!
//! The value of an API key never changes, so its creation date is that of its value, unless the value was brought along:
//! by an import, or by undoing a deletion.

use jiff::{SignedDuration, Timestamp};

use crate::key::tag;
use crate::{ApiKey, ApiKeyId, Inventory, TenantKey};

/// How much later than its tenant key an API key may be made without having replaced another one: their dates come from
/// two clocks, and AWS refuses requests of a clock that differs by more.
const MAX_CLOCK_DIFFERENCE: SignedDuration = SignedDuration::from_mins(5);

/// Whether an API key replaced another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rotation {
    /// It is the first one of its tenant key or its place in the pool.
    Never,
    /// It replaced another one when it was made; `None` if that date is unknown.
    Rotated(Option<Timestamp>),
    /// Nothing shows it: another program made it, or API keys cannot be listed.
    Unknown,
}

/// The age of an API key when the inventory was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeyAge {
    pub created_at: Timestamp,
    elapsed: SignedDuration,
}

impl KeyAge {
    /// The whole days since the API key was made.
    pub fn days(self) -> u64 {
        u64::try_from(self.elapsed.as_hours() / 24).unwrap_or(0)
    }
}

impl Rotation {
    /// `never`, `rotated` or `unknown`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Never => "never",
            Self::Rotated(_) => "rotated",
            Self::Unknown => "unknown",
        }
    }

    pub const fn rotated_at(self) -> Option<Timestamp> {
        match self {
            Self::Rotated(at) => at,
            Self::Never | Self::Unknown => None,
        }
    }
}

impl Inventory {
    /// The age of an API key; `None` if its creation date is unknown.
    pub fn api_key_age(&self, api_key: &ApiKeyId) -> Option<KeyAge> {
        let created_at = self.api_key(api_key).key()?.created_at?;
        Some(KeyAge { created_at, elapsed: self.taken_at().duration_since(created_at) })
    }

    /// The age of the tenant key's current API key, shared or not; `None` if unknown.
    pub fn key_age(&self, tenant_key: &TenantKey) -> Option<KeyAge> {
        self.api_key_age(tenant_key.api_key().value_to_show()?)
    }

    /// Whether an API key replaced another one, as its own tags show.
    pub fn api_key_rotation(&self, api_key: &ApiKeyId) -> Rotation {
        self.api_key(api_key).key().map_or(Rotation::Unknown, rotation_of_tags)
    }

    /// Whether the tenant key's current API key replaced another one. Lists of API keys may leave out tags; the API key
    /// of a tenant key that is older than it is not its first one either.
    pub fn key_rotation(&self, tenant_key: &TenantKey) -> Rotation {
        let Some(id) = tenant_key.api_key().into_result().ok() else { return Rotation::Unknown };
        let Some(api_key) = self.api_key(&id).key() else { return Rotation::Unknown };
        let of_tags = rotation_of_tags(api_key);
        // A pool key's age says nothing about its tenants, and without tables the two dates are one.
        let is_own = self.is_shared(tenant_key).is_known_to_be(&false) && self.source().has_tables();
        let dates = tenant_key.created_at().filter(|_| is_own).zip(api_key.created_at);
        match (of_tags, dates) {
            (Rotation::Rotated(_), _) | (_, None) => of_tags,
            (Rotation::Never | Rotation::Unknown, Some((bought_at, made_at))) => {
                if made_at.duration_since(bought_at) > MAX_CLOCK_DIFFERENCE {
                    Rotation::Rotated(Some(made_at))
                } else {
                    Rotation::Never
                }
            }
        }
    }
}

/// keypool tags each API key that it makes, and one that replaces another with that key's id.
fn rotation_of_tags(api_key: &ApiKey) -> Rotation {
    let has = |name| api_key.tags.contains_key(name);
    match (has(tag::REPLACES), has(tag::REQUEST)) {
        (true, _) => Rotation::Rotated(api_key.created_at),
        (false, true) => Rotation::Never,
        (false, false) => Rotation::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{at, parts, pool, pool_key, tags, tenant_key};
    use crate::{InventoryParts, InventorySource, TenantRules};

    const NOON: &str = "2026-03-10T12:00:00Z";
    const REQUEST: (&str, &str) = (tag::REQUEST, "r");
    const REPLACES: (&str, &str) = (tag::REPLACES, "k0");

    fn api_key(created_at: Option<&str>, key_tags: &[(&str, &str)]) -> ApiKey {
        ApiKey { tags: tags(key_tags), created_at: created_at.map(at), ..ApiKey::new("k1", "web") }
    }

    fn account(key: ApiKey, bought_at: Option<&str>, pool_key_id: Option<&str>) -> Inventory {
        let mut its = tenant_key(if pool_key_id.is_some() { "r1" } else { "k1" }, "p", "acme", pool_key_id);
        its.created_at = bought_at.map(|time| at(time).into());
        Inventory::new(InventoryParts {
            api_keys: vec![key].into(),
            tenant_keys: vec![its],
            pools: pool_key_id.map(|id| pool("p", 10, vec![pool_key(id, 1, 10)])).into_iter().collect(),
            taken_at: at(NOON),
            ..parts()
        })
    }

    fn rotation(key: ApiKey, bought_at: Option<&str>) -> Rotation {
        let inventory = account(key, bought_at, None);
        inventory.key_rotation(&inventory.tenant_keys()[0])
    }

    #[test]
    fn never_rotated_rotated_and_unknown_are_told_apart() {
        let made = Some("2026-01-01T00:00:00Z");
        let rotated = Rotation::Rotated(made.map(at));
        assert_eq!(rotation(api_key(made, &[REQUEST, REPLACES]), made), rotated, "its tag says so");
        assert_eq!(
            rotation(api_key(made, &[]), Some("2025-06-01T00:00:00Z")),
            rotated,
            "lists may omit tags"
        );
        assert_eq!(rotation(api_key(made, &[REQUEST]), None), Rotation::Never, "keypool made it");
        assert_eq!(rotation(api_key(made, &[]), Some("2026-01-01T00:00:04Z")), Rotation::Never);
        assert_eq!(rotation(api_key(made, &[]), Some("2026-02-01T00:00:00Z")), Rotation::Never, "imported");
        assert_eq!(rotation(api_key(made, &[]), None), Rotation::Unknown, "another program made it");
        assert_eq!(rotation(api_key(None, &[]), made), Rotation::Unknown);
        assert_eq!(rotation(api_key(None, &[REPLACES]), made), Rotation::Rotated(None));
    }

    #[test]
    fn the_clock_of_the_tenant_key_may_be_five_minutes_behind() {
        let made_at = |time| rotation(api_key(Some(time), &[]), Some("2026-01-01T00:00:00Z"));
        assert_eq!(made_at("2026-01-01T00:05:00Z"), Rotation::Never);
        let later = "2026-01-01T00:05:01Z";
        assert_eq!(made_at(later), Rotation::Rotated(Some(at(later))));
    }

    #[test]
    fn the_date_of_a_shared_key_says_nothing_about_a_tenant_that_is_older() {
        let shared = |key_tags| {
            let inventory = account(
                api_key(Some("2026-01-01T00:00:00Z"), key_tags),
                Some("2025-01-01T00:00:00Z"),
                Some("k1"),
            );
            inventory.key_rotation(&inventory.tenant_keys()[0])
        };
        assert_eq!(shared(&[]), Rotation::Unknown);
        assert_eq!(shared(&[REQUEST]), Rotation::Never);
        assert_eq!(shared(&[REQUEST, REPLACES]).as_str(), "rotated");
    }

    #[test]
    fn without_tables_only_tags_show_a_rotation() {
        let with = |key_tags| {
            let made = at("2026-01-01T00:00:00Z");
            let key = api_key(Some("2026-01-01T00:00:00Z"), key_tags);
            let source =
                InventorySource::ApiGateway { tenants: TenantRules::default(), managed_plans: Vec::new() };
            let inventory = Inventory::new(InventoryParts { source, api_keys: vec![key].into(), ..parts() });
            let listed = TenantKey { created_at: Some(made.into()), ..TenantKey::new("k1", "p", "acme") };
            inventory.key_rotation(&listed)
        };
        assert_eq!(with(&[]), Rotation::Unknown);
        assert_eq!(with(&[REQUEST]), Rotation::Never);
    }

    #[test]
    fn an_age_is_counted_in_whole_days_since_the_api_key_was_made() {
        let age = |made: &str| {
            let inventory = account(api_key(Some(made), &[]), None, None);
            inventory.key_age(&inventory.tenant_keys()[0]).expect("a date")
        };
        assert_eq!(age("2026-02-28T12:00:00Z").days(), 10);
        assert_eq!(age("2026-02-28T12:00:01Z").days(), 9);
        assert_eq!(age("2026-03-11T00:00:00Z").days(), 0, "the clocks differ");
        let undated = account(api_key(None, &[]), Some(NOON), None);
        assert_eq!(undated.key_age(&undated.tenant_keys()[0]), None, "the tenant key's own date is another");
    }
}
