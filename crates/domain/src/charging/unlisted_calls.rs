//! Logged calls that are in no line, because their tenant has no tenant key for their API key.

use std::collections::BTreeMap;

use crate::Tenant;

/// Calls of a tenant in a log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnlistedCalls {
    pub tenant: Tenant,
    pub reason: UnlistedReason,
    pub calls: u64,
}

/// Why calls are in no line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum UnlistedReason {
    UnknownTenant,
    /// A tenant that is known called with the own API key of another one.
    KeyOfOtherTenant,
    /// A tenant that is known called with a shared API key that others use.
    SharedByOthers,
    /// No usage plan has the API key.
    UnknownApiKey,
}

impl UnlistedReason {
    /// Follows the tenant.
    pub const fn describe(self) -> &'static str {
        match self {
            Self::UnknownTenant => "which has no tenant key",
            Self::KeyOfOtherTenant => "with another tenant's own API key",
            Self::SharedByOthers => "with a shared API key that it has no tenant key for",
            Self::UnknownApiKey => "with an API key that no usage plan has",
        }
    }

    /// Follows the calls of all tenants.
    pub const fn describe_all(self) -> &'static str {
        match self {
            Self::UnknownTenant => "of tenants without a tenant key",
            Self::KeyOfOtherTenant => "with another tenant's own API key",
            Self::SharedByOthers => "with shared API keys, of tenants without a tenant key for them",
            Self::UnknownApiKey => "with API keys that no usage plan has",
        }
    }
}

/// Sums of calls by tenant and reason.
#[derive(Debug, Default)]
pub(crate) struct UnlistedSums<'a>(BTreeMap<(&'a Tenant, UnlistedReason), u64>);

impl<'a> UnlistedSums<'a> {
    pub(crate) fn add(&mut self, tenant: &'a Tenant, reason: UnlistedReason, calls: u64) {
        let sum = self.0.entry((tenant, reason)).or_default();
        *sum = sum.saturating_add(calls);
    }

    /// In order of tenant.
    pub(crate) fn into_list(self) -> Vec<UnlistedCalls> {
        let unlisted = self.0.into_iter();
        unlisted
            .map(|((tenant, reason), calls)| UnlistedCalls { tenant: tenant.clone(), reason, calls })
            .collect()
    }
}
