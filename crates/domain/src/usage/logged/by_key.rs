//! The calls of a log, by API key.

use std::collections::BTreeMap;

use super::LoggedCount;
use crate::charging::LoggedCalls;
use crate::{ApiKeyId, Inventory, Tenant};

/// The calls of a log with one API key.
pub(super) struct KeyCalls<'a> {
    /// This API key, or the one that has replaced it.
    pub(super) current: &'a ApiKeyId,
    pub(super) by_tenant: BTreeMap<&'a Tenant, u64>,
    pub(super) without_tenant: u64,
    limited: u64,
}

impl KeyCalls<'_> {
    pub(super) fn total(&self) -> u64 {
        self.by_tenant.values().fold(self.without_tenant, |sum, calls| sum.saturating_add(*calls))
    }

    pub(super) fn count(&self, tenant: &Tenant) -> LoggedCount {
        LoggedCount {
            calls: self.by_tenant.get(tenant).copied().unwrap_or(0),
            key_calls: self.total(),
            key_limited: self.limited,
        }
    }

    /// Whether the log says of no call with a shared API key whose it is.
    pub(super) fn names_no_tenant(&self) -> bool {
        self.without_tenant > 0 && self.by_tenant.is_empty()
    }
}

pub(super) type CallsByKey<'a> = BTreeMap<&'a ApiKeyId, KeyCalls<'a>>;

pub(super) fn calls_by_key<'a>(log: &'a LoggedCalls, inventory: &'a Inventory) -> CallsByKey<'a> {
    let mut keys = CallsByKey::new();
    let named = log.iter().map(|(api_key, tenant, calls)| (api_key, Some(tenant), calls));
    for (api_key, tenant, calls) in named.chain(log.without_tenant().map(|(key, calls)| (key, None, calls))) {
        let key = keys.entry(api_key).or_insert_with(|| KeyCalls {
            current: inventory.api_key_after_rotations(api_key),
            by_tenant: BTreeMap::new(),
            without_tenant: 0,
            limited: log.limited_calls(api_key),
        });
        match tenant {
            Some(tenant) => *key.by_tenant.entry(tenant).or_default() += calls,
            None => key.without_tenant += calls,
        }
    }
    keys
}
