//! Calls from an access log: who sent which API key, and whether the call is charged.

use std::collections::BTreeMap;

use crate::{ApiKeyId, Tenant};

/// Statuses with which the gateway refuses a call.
const REFUSED_STATUSES: [u16; 2] = [403, 429];

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoggedCall {
    pub api_key: ApiKeyId,
    pub tenant: Tenant,
    pub status: u16,
}

/// Number of calls per API key and tenant.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LoggedCalls {
    calls: BTreeMap<(ApiKeyId, Tenant), u64>,
    /// Calls refused by the gateway, which are not charged.
    pub refused_count: u64,
}

impl LoggedCalls {
    /// Counts a call, separately if the gateway refused it.
    pub fn add(&mut self, call: LoggedCall) {
        if REFUSED_STATUSES.contains(&call.status) {
            self.refused_count += 1;
        } else {
            *self.calls.entry((call.api_key, call.tenant)).or_default() += 1;
        }
    }

    pub fn calls_of(&self, api_key: &ApiKeyId, tenant: &Tenant) -> u64 {
        self.calls.get(&(api_key.clone(), tenant.clone())).copied().unwrap_or(0)
    }

    /// Calls per API key, of all tenants.
    pub fn calls_by_key(&self) -> BTreeMap<&ApiKeyId, u64> {
        let mut calls_by_key: BTreeMap<&ApiKeyId, u64> = BTreeMap::new();
        for ((api_key, _), calls) in &self.calls {
            *calls_by_key.entry(api_key).or_default() += calls;
        }
        calls_by_key
    }

    pub fn iter(&self) -> impl Iterator<Item = (&ApiKeyId, &Tenant, u64)> {
        self.calls.iter().map(|((api_key, tenant), calls)| (api_key, tenant, *calls))
    }
}
