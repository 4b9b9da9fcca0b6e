//! Calls as an access log has them: which tenant sent which API key, and whether the call is charged.

use std::collections::BTreeMap;

use crate::{ApiKeyId, Tenant};

/// Statuses with which the gateway itself refuses: forbidden, and too many.
const REFUSED_STATUSES: [u16; 2] = [403, 429];

/// A call of an access log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoggedCall {
    /// The API key that was sent.
    pub api_key: ApiKeyId,
    /// Whose call it was.
    pub tenant: Tenant,
    /// How it was answered.
    pub status: u16,
}

/// The calls of an access log, counted.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LoggedCalls {
    calls: BTreeMap<(ApiKeyId, Tenant), u64>,
    /// Calls that are not charged because the gateway refused them.
    pub refused_count: u64,
}

impl LoggedCalls {
    /// Counts a call; one that the gateway refused is not charged.
    pub fn add(&mut self, call: LoggedCall) {
        if REFUSED_STATUSES.contains(&call.status) {
            self.refused_count += 1;
        } else {
            *self.calls.entry((call.api_key, call.tenant)).or_default() += 1;
        }
    }

    /// Calls of a tenant with an API key.
    pub fn calls_of(&self, api_key: &ApiKeyId, tenant: &Tenant) -> u64 {
        self.calls.get(&(api_key.clone(), tenant.clone())).copied().unwrap_or(0)
    }

    /// The calls of each API key, whoever made them.
    pub fn calls_by_key(&self) -> BTreeMap<&ApiKeyId, u64> {
        let mut keys: BTreeMap<&ApiKeyId, u64> = BTreeMap::new();
        for ((api_key, _), calls) in &self.calls {
            *keys.entry(api_key).or_default() += calls;
        }
        keys
    }

    /// Each tenant with an API key, and the calls.
    pub fn iter(&self) -> impl Iterator<Item = (&ApiKeyId, &Tenant, u64)> {
        self.calls.iter().map(|((api_key, tenant), calls)| (api_key, tenant, *calls))
    }
}
