//! Calls of tenants from an access log: exact, also behind shared API keys.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use crate::charging::LoggedCalls;
use crate::{ApiKeyId, Inventory, Known, PlanId, Tenant};

/// Calls in an access log, of the tenant keys of some plans.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LoggedUsage {
    /// Most calls first.
    pub tenants: Vec<LoggedTenantUse>,
    /// Calls with these plans' API keys that the log attributes to tenants without a tenant key for them.
    pub unknown_tenants: Vec<(Tenant, u64)>,
    /// Calls with API keys that no tenant key uses.
    pub unattributed: u64,
    /// Tenant keys whose API key is unknown: their calls are in no line.
    pub unresolved: usize,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoggedTenantUse {
    pub tenant: Tenant,
    /// Never empty; most calls first.
    pub keys: Vec<LoggedKeyUse>,
}

/// Calls of a tenant with one API key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoggedKeyUse {
    pub plan: PlanId,
    pub api_key: ApiKeyId,
    /// Tenants with a tenant key for this API key; `None` if the key is not shared.
    pub shared_by: Option<usize>,
    /// `None` if the log does not count this API key.
    pub count: Option<LoggedCount>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LoggedCount {
    /// Calls of the tenant.
    pub calls: u64,
    /// Calls with the API key, of all tenants.
    pub key_calls: u64,
}

impl LoggedCount {
    /// The tenant's share of the calls with the API key, in percent; `None` without calls.
    pub fn share(self) -> Option<f64> {
        #[expect(clippy::cast_precision_loss, reason = "a percentage")]
        let share = |calls: u64, all: u64| calls as f64 / all as f64 * 100.0;
        (self.key_calls > 0).then(|| share(self.calls, self.key_calls))
    }
}

impl LoggedTenantUse {
    /// Calls with all counted API keys; `None` if none is counted.
    pub fn calls(&self) -> Option<u64> {
        self.keys.iter().filter_map(|key| Some(key.count?.calls)).reduce(u64::saturating_add)
    }
}

/// Which calls a log has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LogCoverage {
    /// Those with the API keys that it names; what else it should have is unknown.
    NamedKeys,
    /// All calls of these plans.
    Plans(BTreeSet<PlanId>),
}

impl LogCoverage {
    fn has_calls_of(&self, plan: &PlanId, key_calls: Option<u64>) -> bool {
        match self {
            Self::NamedKeys => key_calls.is_some(),
            Self::Plans(plans) => plans.contains(plan),
        }
    }
}

/// The tenants that have a tenant key for an API key, each once, in order.
type Users<'a> = BTreeMap<ApiKeyId, Vec<&'a Tenant>>;

impl LoggedUsage {
    /// Attributes the calls of a log to the tenants of these plans. Calls with an API key that was rotated count for its
    /// successor.
    pub fn new(
        inventory: &Inventory,
        plans: &BTreeSet<PlanId>,
        log: &LoggedCalls,
        coverage: &LogCoverage,
    ) -> Self {
        let mut calls: BTreeMap<(&ApiKeyId, &Tenant), u64> = BTreeMap::new();
        let mut key_calls: BTreeMap<&ApiKeyId, u64> = BTreeMap::new();
        for (api_key, tenant, count) in log.iter() {
            let current = inventory.api_key_after_rotations(api_key);
            *calls.entry((current, tenant)).or_default() += count;
            *key_calls.entry(current).or_default() += count;
        }
        let mut usage = Self::default();
        let mut tenants: BTreeMap<&Tenant, LoggedTenantUse> = BTreeMap::new();
        let (mut users, mut pairs) = (Users::new(), BTreeSet::new());
        for tenant_key in plans.iter().flat_map(|plan| inventory.tenant_keys_of_plan(plan)) {
            let tenant = &tenant_key.tenant;
            let Known::Value(api_key) = tenant_key.api_key() else {
                usage.unresolved += 1;
                continue;
            };
            if !pairs.insert((tenant, api_key.clone())) {
                continue;
            }
            let key_users =
                users.entry(api_key.clone()).or_insert_with(|| inventory.tenants_of_api_key(&api_key));
            let is_siloed = inventory.is_shared(tenant_key).is_known_to_be(&false) && key_users.len() < 2;
            let all = key_calls.get(&api_key).copied();
            let count = coverage.has_calls_of(&tenant_key.plan, all).then(|| LoggedCount {
                calls: calls.get(&(&api_key, tenant)).copied().unwrap_or(0),
                key_calls: all.unwrap_or(0),
            });
            let (plan, shared_by) = (tenant_key.plan.clone(), (!is_siloed).then_some(key_users.len()));
            let entry = tenants.entry(tenant).or_insert_with(|| LoggedTenantUse::new(tenant.clone()));
            entry.keys.push(LoggedKeyUse { plan, api_key, shared_by, count });
        }
        usage.tenants = tenants.into_values().collect();
        for tenant in &mut usage.tenants {
            tenant.keys.sort_by_key(|key| Reverse(key.count.map(|count| count.calls)));
        }
        usage.tenants.sort_by_key(|tenant| Reverse(tenant.calls()));
        usage.add_others(inventory, &users, calls);
        usage
    }

    /// Adds the calls that belong to no tenant key of the plans.
    fn add_others(
        &mut self,
        inventory: &Inventory,
        users: &Users<'_>,
        calls: BTreeMap<(&ApiKeyId, &Tenant), u64>,
    ) {
        let mut unknown: BTreeMap<&Tenant, u64> = BTreeMap::new();
        for ((api_key, tenant), count) in calls {
            match users.get(api_key) {
                Some(tenants) if tenants.binary_search(&tenant).is_err() => {
                    *unknown.entry(tenant).or_default() += count;
                }
                Some(_) => {}
                None if inventory.tenant_keys_of_api_key(api_key).len() == 0 => self.unattributed += count,
                // A key of another plan.
                None => {}
            }
        }
        self.unknown_tenants = unknown.into_iter().map(|(tenant, count)| (tenant.clone(), count)).collect();
    }
}

impl LoggedTenantUse {
    const fn new(tenant: Tenant) -> Self {
        Self { tenant, keys: Vec::new() }
    }
}
