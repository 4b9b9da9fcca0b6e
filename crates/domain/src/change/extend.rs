//! Raises or lowers what remains of an API key's quota in the current period.

use crate::balance::BalanceChange;
use crate::managed::{TenantSource, is_our_api_key, not_managed_refusal};
use crate::step::{Step, Unit};
use crate::text::pluralize;
use crate::{ApiKeyId, Inventory, PlanId, Refusal, validate};

use super::plans;

/// A caution names at most this many tenants and counts the rest.
const MAX_NAMED_TENANTS: usize = 5;

/// A change of remaining quota for API keys of one plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Extension {
    pub plan: PlanId,
    pub keys: Vec<(ApiKeyId, BalanceChange)>,
    /// Written to the audit trail.
    pub reason: String,
}

impl Extension {
    pub(super) fn units(&self, inventory: &Inventory) -> Result<Vec<Unit>, Refusal> {
        let plan = inventory.plan(&self.plan).ok_or_else(|| Refusal::NoPlan(self.plan.clone()))?;
        for (api_key, _) in &self.keys {
            let is_ours = is_our_api_key(api_key, &[&self.plan], inventory, TenantSource::Tables);
            if !*is_ours.require(format!("whether keypool manages usage plan {}", plan.name))? {
                return Err(not_managed_refusal(plan));
            }
        }
        if plan.quota.is_none() {
            return Err(Refusal::NoQuota(plan.name.clone()));
        }
        validate::validate_not_empty("reason", &self.reason)?;
        if self.keys.is_empty() {
            return Err(Refusal::EmptyField("at least one API key"));
        }
        let unit = |(api_key, balance): &(ApiKeyId, BalanceChange)| {
            if inventory.is_member(&self.plan, api_key).is_known_to_be(&false) {
                return Err(Refusal::NotInPlan { api_key: api_key.clone(), plan: plan.name.clone() });
            }
            if matches!(balance, BalanceChange::Add(0) | BalanceChange::Subtract(0)) {
                return Err(Refusal::NoDifference);
            }
            plans::validate_limit(balance.calls())?;
            let step =
                Step::SetBalance { plan: self.plan.clone(), api_key: api_key.clone(), balance: *balance };
            Ok(Unit { subject: format!("API key {api_key} in {}", plan.name), steps: vec![step] })
        };
        self.keys.iter().map(unit).collect()
    }

    pub(super) fn describe(&self, inventory: &Inventory) -> String {
        let plan = inventory.plan_name(&self.plan);
        match &self.keys[..] {
            [(api_key, balance)] => format!("{} in {plan}", balance.describe(api_key)),
            keys => format!("change the remaining quota of {} in {plan}", pluralize(keys.len(), "API key")),
        }
    }

    pub(super) fn verb(&self) -> &'static str {
        let is_set = |(_, balance): &(ApiKeyId, BalanceChange)| matches!(balance, BalanceChange::Set(_));
        let reduces = |(_, balance): &(ApiKeyId, BalanceChange)| {
            matches!(balance, BalanceChange::Subtract(_) | BalanceChange::Set(0))
        };
        match self.keys.iter().any(reduces) {
            true => "Take away",
            false if self.keys.iter().all(is_set) => "Set",
            false => "Extend",
        }
    }

    pub(super) fn may_reduce_balance(&self, inventory: &Inventory) -> bool {
        let limit = inventory.plan(&self.plan).and_then(|plan| plan.quota).map(|quota| quota.limit);
        self.keys.iter().any(|(_, balance)| balance.may_reduce(limit))
    }

    pub(super) fn cautions(&self, inventory: &Inventory) -> Vec<String> {
        let caution_if_shared =
            |(api_key, _): &(ApiKeyId, BalanceChange)| shared_key_caution(api_key, inventory);
        let lag_caution = "calls of the last minutes may be missing: the change starts from the balance API Gateway reports";
        let is_set = |(_, balance): &(ApiKeyId, BalanceChange)| matches!(balance, BalanceChange::Set(_));
        let lag_caution = (!self.keys.iter().all(is_set)).then(|| lag_caution.to_owned());
        self.keys.iter().filter_map(caution_if_shared).chain(lag_caution).collect()
    }
}

fn shared_key_caution(api_key: &ApiKeyId, inventory: &Inventory) -> Option<String> {
    if !inventory.tenant_keys_of_api_key(api_key).any(|tenant_key| tenant_key.known_pool_key().is_some()) {
        return None;
    }
    let tenants = inventory.tenants_of_api_key(api_key);
    let names: Vec<_> = tenants.iter().take(MAX_NAMED_TENANTS).map(|tenant| tenant.as_str()).collect();
    let more = match tenants.len().saturating_sub(MAX_NAMED_TENANTS) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    Some(format!(
        "API key {api_key} is shared by {}: {}{more}",
        pluralize(tenants.len(), "tenant"),
        names.join(", ")
    ))
}
