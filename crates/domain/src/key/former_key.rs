//! Notes about keys that have ended: who had them, in which plan, from when to when, and what was used.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::{ApiKeyId, Known, PlanId, Price, Tenant, TenantKeyId};

/// What is noted of a tenant key, or of an API key without one, when it ends: deleted, rotated or moved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FormerKey {
    /// The tenant key that ended; `None` if only an API key did, for example a pool key or one in its grace
    /// period.
    pub tenant_key: Option<TenantKeyId>,
    /// `None` for an API key that no tenant had to itself.
    pub tenant: Option<Tenant>,
    pub name: String,
    pub plan: PlanId,
    pub plan_name: String,
    /// The plan's flat price at that time.
    pub price: Known<Option<Price>>,
    pub api_key: ApiKeyId,
    /// Whether other tenants used the same API key.
    pub is_shared: bool,
    /// `None` if unknown.
    pub since: Option<Timestamp>,
    pub until: Timestamp,
    /// The tenant key that goes on after a rotation or move; `None` after a deletion.
    pub continued_as: Option<TenantKeyId>,
    /// Calls with the API key in `plan`, by the first day of the month. A month without an entry is unknown.
    pub calls: BTreeMap<Date, u64>,
}

impl FormerKey {
    /// The day (UTC) on which the key ended.
    pub fn last_day(&self) -> Date {
        self.until.to_zoned(TimeZone::UTC).date()
    }

    /// Whether all calls with its API key were its tenant's.
    pub const fn is_own(&self) -> bool {
        self.tenant.is_some() && !self.is_shared
    }
}
