//! Attributes logged calls to a tenant and plan, including calls with shared keys the tenant no longer
//! uses.

use std::collections::{BTreeMap, BTreeSet};

use super::stays::Stays;
use super::{LoggedCalls, Report, UnlistedCalls, UnlistedReason, UnlistedSums};
use crate::usage::{SharedUse, Usage};
use crate::{ApiKeyId, Inventory, Plan, PlanId, Tenant};

/// Finds the plan in which a logged call was made.
pub(super) struct Attribution<'a> {
    inventory: &'a Inventory,
    stays: &'a Stays<'a>,
    usage: &'a Usage,
    /// With a key now or in the month.
    tenants: BTreeSet<&'a Tenant>,
}

/// Where a tenant's calls with an API key are charged.
enum ChargeTarget<'a> {
    /// The tenant's own key, whose calls API Gateway already counts.
    OwnKey,
    Plan(&'a PlanId),
    /// In no line.
    None(UnlistedReason),
}

impl<'a> Attribution<'a> {
    pub(super) fn new(inventory: &'a Inventory, stays: &'a Stays<'a>, usage: &'a Usage) -> Self {
        let present = inventory.tenant_keys().iter().map(|tenant_key| &tenant_key.tenant);
        let former = stays.all.iter().filter(|stay| stay.days_in(usage.range).is_some());
        Self { inventory, stays, usage, tenants: present.chain(former.map(|stay| stay.tenant)).collect() }
    }

    /// The calls that only the log attributes to a tenant: tenant, plan and number of calls.
    pub(super) fn attributed_calls<'b>(
        &'b self,
        log: &'b LoggedCalls,
    ) -> impl Iterator<Item = (&'b Tenant, &'b PlanId, u64)> {
        log.iter().filter_map(|(api_key, tenant, calls)| match self.charge_target(api_key, tenant) {
            ChargeTarget::Plan(plan) => Some((tenant, plan, calls)),
            ChargeTarget::OwnKey | ChargeTarget::None(_) => None,
        })
    }

    /// The calls that are in no line of the report.
    pub(super) fn unlisted_calls(&self, log: &LoggedCalls) -> Vec<UnlistedCalls> {
        let mut unlisted = UnlistedSums::default();
        for (api_key, tenant, calls) in log.iter() {
            if let ChargeTarget::None(reason) = self.charge_target(api_key, tenant) {
                unlisted.add(tenant, reason, calls);
            }
        }
        unlisted.into_list()
    }

    fn charge_target(&self, api_key: &ApiKeyId, tenant: &Tenant) -> ChargeTarget<'a> {
        let current = self.inventory.api_key_after_rotations(api_key);
        let is_own = has_single_tenant(current, self.inventory);
        let mut tenant_keys = self.inventory.tenant_keys_of_api_key(current);
        let has_tenant_keys = tenant_keys.len() > 0;
        if let Some(former) = self.stays.sole_former_owner(api_key).filter(|_| !has_tenant_keys) {
            return match former.tenant.as_ref() == Some(tenant) {
                true if self.has_usage(api_key) => ChargeTarget::OwnKey,
                true => ChargeTarget::Plan(&former.plan),
                false => ChargeTarget::None(self.reason_of_other(tenant)),
            };
        }
        match tenant_keys.find(|tenant_key| tenant_key.tenant == *tenant) {
            Some(_) if is_own && self.has_usage(api_key) => ChargeTarget::OwnKey,
            Some(tenant_key) => ChargeTarget::Plan(&tenant_key.plan),
            // Calls with another tenant's own key are already counted as that tenant's.
            None if (is_own && has_tenant_keys) || !self.tenants.contains(tenant) => {
                ChargeTarget::None(self.reason_of_other(tenant))
            }
            None => match self.plan_of(api_key, tenant) {
                Some(plan) => ChargeTarget::Plan(plan),
                None => ChargeTarget::None(UnlistedReason::UnknownApiKey),
            },
        }
    }

    /// Why calls are in no line that a tenant made with the own API key of another one.
    fn reason_of_other(&self, tenant: &Tenant) -> UnlistedReason {
        match self.tenants.contains(tenant) {
            true => UnlistedReason::KeyOfOtherTenant,
            false => UnlistedReason::UnknownTenant,
        }
    }

    /// Whether GetUsage reports this key; it may omit deleted keys.
    fn has_usage(&self, api_key: &ApiKeyId) -> bool {
        self.usage.plans.values().any(|usage| usage.keys.contains_key(api_key))
    }

    /// The plan that has or had the API key; of several, the one where the tenant has a key.
    fn plan_of(&self, api_key: &ApiKeyId, tenant: &Tenant) -> Option<&'a PlanId> {
        let reported = self
            .usage
            .plans
            .values()
            .filter(|usage| usage.keys.contains_key(api_key))
            .map(|usage| &usage.plan);
        let is_member = |plan: &&Plan| self.inventory.is_member(&plan.id, api_key).is_known_to_be(&true);
        let listed = self.inventory.plans().iter().filter(is_member).map(|plan| &plan.id);
        let plans: Vec<_> = reported.chain(listed).collect();
        let has_tenant = |plan: &&PlanId| {
            self.inventory.tenant_keys_of_plan(plan).any(|tenant_key| tenant_key.tenant == *tenant)
        };
        plans.iter().copied().find(has_tenant).or_else(|| plans.first().copied())
    }
}

/// Plans of which the log lacks calls with shared API keys: the plan's name, calls in the log, calls counted by API
/// Gateway. Keys that have ended count, too.
pub fn log_gaps<'a>(report: &'a Report, log: &LoggedCalls) -> Vec<(&'a str, u64, u64)> {
    let logged_by_key = log.calls_by_key();
    let mut counts_by_plan: BTreeMap<&PlanId, (&str, u64, u64)> = BTreeMap::new();
    for ((plan, api_key), (plan_name, used)) in shared_keys(report) {
        let (_, logged, counted) = counts_by_plan.entry(plan).or_insert((plan_name, 0, 0));
        *logged += logged_by_key.get(api_key).copied().unwrap_or(0).min(used);
        *counted += used;
    }
    counts_by_plan.into_values().filter(|(_, logged, counted)| logged < counted).collect()
}

/// Shared API keys with more calls in the log than API Gateway counted: calls in the log, calls counted.
pub fn log_excesses(report: &Report, log: &LoggedCalls) -> Vec<(ApiKeyId, u64, u64)> {
    let logged_by_key = log.calls_by_key();
    let mut counted_by_key: BTreeMap<&ApiKeyId, u64> = BTreeMap::new();
    for ((_, api_key), (_, used)) in shared_keys(report) {
        let counted = counted_by_key.entry(api_key).or_default();
        *counted = counted.saturating_add(used);
    }
    let excesses = counted_by_key.into_iter().filter_map(|(key, counted)| {
        let logged = *logged_by_key.get(key)?;
        (logged > counted).then_some((key.clone(), logged, counted))
    });
    excesses.collect()
}

/// The shared API keys in each plan, with the plan's name and the calls that API Gateway counted.
fn shared_keys(report: &Report) -> BTreeMap<(&PlanId, &ApiKeyId), (&str, u64)> {
    let mut shared_keys = BTreeMap::new();
    for line in &report.lines {
        for SharedUse { key, .. } in &line.shared_keys {
            shared_keys.insert((&line.plan, &key.api_key), (line.plan_name.as_str(), key.used));
        }
    }
    shared_keys
}

/// Whether all calls with the API key are those of one tenant: no tenant key shares it, and no tenant key
/// with an unknown API key could turn out to use it. Without a log, only calls with such API keys are
/// metered.
pub(super) fn has_single_tenant(api_key: &ApiKeyId, inventory: &Inventory) -> bool {
    inventory.unresolved_tenant_keys(api_key).is_none()
        && inventory
            .tenant_keys_of_api_key(api_key)
            .all(|tenant_key| inventory.is_shared(tenant_key).is_known_to_be(&false))
}
