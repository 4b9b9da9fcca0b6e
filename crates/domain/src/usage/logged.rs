//! Calls of tenants from an access log: exact, also behind shared API keys.

mod by_key;

use std::cell::LazyCell;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use by_key::{KeyCalls, calls_by_key};

use crate::charging::{LoggedCalls, UnlistedCalls, UnlistedReason, UnlistedSums};
use crate::{ApiKeyId, Inventory, Known, PlanId, Tenant};

/// Calls in an access log, of the tenant keys of some plans.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LoggedUsage {
    /// Most calls first.
    pub tenants: Vec<LoggedTenantUse>,
    /// Calls with these plans' API keys by tenants without a tenant key for them, in order of tenant.
    pub unlisted: Vec<UnlistedCalls>,
    /// Calls with these plans' API keys that name no tenant, where the API key has several.
    pub without_tenant: u64,
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
    /// The API key that has replaced this one, whose old value the tenant still calls with.
    pub replaced_by: Option<ApiKeyId>,
    /// Tenants with a tenant key for this API key; `None` if the key is not shared.
    pub shared_by: Option<usize>,
    /// `None` if the log does not count this tenant's calls with the API key.
    pub count: Option<LoggedCount>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LoggedCount {
    /// Calls of the tenant.
    pub calls: u64,
    /// Calls with the API key, of all tenants.
    pub key_calls: u64,
    /// Calls with the API key that API Gateway refused because of a quota or throttle. They are in no other number.
    pub key_limited: u64,
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
    fn has_calls_of(&self, plan: &PlanId, is_named: bool) -> bool {
        match self {
            Self::NamedKeys => is_named,
            Self::Plans(plans) => plans.contains(plan),
        }
    }
}

/// The tenants of an API key.
struct KeyUsers<'a> {
    /// In order, each once.
    tenants: Vec<&'a Tenant>,
    is_siloed: bool,
    /// The plan of each tenant's first tenant key for the API key, among the plans that are listed.
    plans: BTreeMap<&'a Tenant, &'a PlanId>,
}

type Users<'a> = BTreeMap<ApiKeyId, KeyUsers<'a>>;

impl LoggedUsage {
    /// Attributes the calls of a log to the tenants of these plans. Calls with an API key that was rotated are those of
    /// the tenants of its successor.
    pub fn new(
        inventory: &Inventory,
        plans: &BTreeSet<PlanId>,
        log: &LoggedCalls,
        coverage: &LogCoverage,
    ) -> Self {
        let log = log.with_sole_tenants(inventory);
        let calls = calls_by_key(&log, inventory);
        let mut usage = Self::default();
        let mut lines: BTreeMap<&Tenant, Vec<LoggedKeyUse>> = BTreeMap::new();
        let mut users = Users::new();
        for tenant_key in plans.iter().flat_map(|plan| inventory.tenant_keys_of_plan(plan)) {
            let tenant = &tenant_key.tenant;
            let Known::Value(api_key) = tenant_key.api_key() else {
                usage.unresolved += 1;
                continue;
            };
            let key_users = users.entry(api_key.clone()).or_insert_with(|| {
                let tenants = inventory.tenants_of_api_key(&api_key);
                let is_siloed = inventory.is_shared(tenant_key).is_known_to_be(&false) && tenants.len() < 2;
                KeyUsers { tenants, is_siloed, plans: BTreeMap::new() }
            });
            if key_users.plans.contains_key(tenant) {
                continue;
            }
            key_users.plans.insert(tenant, &tenant_key.plan);
            let key_calls = calls.get(&api_key);
            let is_counted = coverage.has_calls_of(&tenant_key.plan, key_calls.is_some())
                && key_calls.is_none_or(|calls| !calls.names_no_tenant());
            let count = is_counted.then(|| match key_calls {
                Some(calls) => calls.count(tenant),
                None => LoggedCount { calls: 0, key_calls: 0, key_limited: log.limited_calls(&api_key) },
            });
            let (plan, shared_by) = (tenant_key.plan.clone(), key_users.shared_by());
            let line = LoggedKeyUse { plan, api_key, replaced_by: None, shared_by, count };
            lines.entry(tenant).or_default().push(line);
        }
        let tenants = || inventory.tenant_keys().iter().map(|tenant_key| &tenant_key.tenant);
        let known = LazyCell::new(|| tenants().collect::<BTreeSet<_>>());
        let mut unlisted = UnlistedSums::default();
        for (&api_key, key_calls) in &calls {
            match users.get(key_calls.current) {
                Some(users) => {
                    usage.without_tenant += key_calls.without_tenant;
                    for (tenant, line) in users.lines_of_old_value(api_key, key_calls) {
                        lines.entry(tenant).or_default().push(line);
                    }
                    for (&tenant, &calls) in &key_calls.by_tenant {
                        if users.tenants.binary_search(&tenant).is_err() {
                            unlisted.add(tenant, users.reason_of_other(known.contains(tenant)), calls);
                        }
                    }
                }
                None if inventory.tenant_keys_of_api_key(key_calls.current).len() == 0 => {
                    usage.unattributed += key_calls.total();
                }
                // A key of another plan.
                None => {}
            }
        }
        usage.unlisted = unlisted.into_list();
        usage.tenants = lines.into_iter().map(|(tenant, keys)| LoggedTenantUse::new(tenant, keys)).collect();
        usage.tenants.sort_by_key(|tenant| Reverse(tenant.calls()));
        usage
    }
}

impl<'a> KeyUsers<'a> {
    fn shared_by(&self) -> Option<usize> {
        (!self.is_siloed).then_some(self.tenants.len())
    }

    /// Calls with an API key that this one has replaced, in its grace period.
    fn lines_of_old_value(
        &self,
        api_key: &ApiKeyId,
        calls: &KeyCalls<'_>,
    ) -> impl Iterator<Item = (&'a Tenant, LoggedKeyUse)> {
        let is_old = api_key != calls.current;
        self.plans.iter().filter(move |(tenant, _)| is_old && calls.by_tenant.contains_key(*tenant)).map(
            move |(&tenant, &plan)| {
                let line = LoggedKeyUse {
                    plan: plan.clone(),
                    api_key: api_key.clone(),
                    replaced_by: Some(calls.current.clone()),
                    shared_by: self.shared_by(),
                    count: Some(calls.count(tenant)),
                };
                (tenant, line)
            },
        )
    }

    /// Why calls of a tenant that has no tenant key for the API key are in no line.
    const fn reason_of_other(&self, is_known: bool) -> UnlistedReason {
        match (is_known, self.is_siloed) {
            (false, _) => UnlistedReason::UnknownTenant,
            (true, true) => UnlistedReason::KeyOfOtherTenant,
            (true, false) => UnlistedReason::SharedByOthers,
        }
    }
}

impl LoggedTenantUse {
    fn new(tenant: &Tenant, mut keys: Vec<LoggedKeyUse>) -> Self {
        keys.sort_by_key(|key| Reverse(key.count.map(|count| count.calls)));
        Self { tenant: tenant.clone(), keys }
    }
}
