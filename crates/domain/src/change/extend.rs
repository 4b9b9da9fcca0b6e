//! More calls for an API key in the present period of its plan's quota, or fewer.

use crate::managed::{TenantSource, is_our_api_key};
use crate::step::{Step, Unit};
use crate::text::group_thousands;
use crate::{ApiKeyId, Inventory, PlanId};

use super::refusal::{self, Refusal};
use super::{plans, pluralize};

/// Tenants that a sentence names before it only counts them.
const MAX_NAMED_TENANTS: usize = 5;

/// API keys of one plan whose balances change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Extension {
    /// The plan.
    pub plan: PlanId,
    /// Each API key with what becomes of its balance.
    pub keys: Vec<(ApiKeyId, BalanceChange)>,
    /// Why, for the audit trail.
    pub reason: String,
}

/// What becomes of the calls that an API key has left in the present period.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BalanceChange {
    /// So many more.
    Add(u64),
    /// So many fewer, though never less than none.
    Subtract(u64),
    /// So many, whatever there were.
    Set(u64),
}

/// What an extension did to one API key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExtensionResult {
    /// The plan.
    pub plan: PlanId,
    /// The API key.
    pub api_key: ApiKeyId,
    /// What was left, as far as it was told.
    pub before: u64,
    /// What is left now.
    pub after: u64,
}

impl BalanceChange {
    /// What is left afterwards.
    pub const fn after(self, before: u64) -> u64 {
        match self {
            Self::Add(more) => before.saturating_add(more),
            Self::Subtract(less) => before.saturating_sub(less),
            Self::Set(left) => left,
        }
    }

    /// For example `give API key abc 500 calls more`.
    pub fn describe(self, api_key: &ApiKeyId) -> String {
        match self {
            Self::Add(more) => format!("give API key {api_key} {} more", calls(more)),
            Self::Subtract(less) => format!("take {} from what API key {api_key} has left", calls(less)),
            Self::Set(left) => format!("leave API key {api_key} {}", calls(left)),
        }
    }

    const fn calls(self) -> u64 {
        match self {
            Self::Add(calls) | Self::Subtract(calls) | Self::Set(calls) => calls,
        }
    }

    /// Whether the API key may have fewer calls than before; of a quota it has its limit left at most.
    fn may_reduce(self, limit: Option<u64>) -> bool {
        match self {
            Self::Add(_) => false,
            Self::Subtract(_) => true,
            Self::Set(left) => limit.is_none_or(|limit| left < limit),
        }
    }
}

impl ExtensionResult {
    /// What sets it back: calls that were made meanwhile stay used.
    pub const fn reversal(&self) -> BalanceChange {
        if self.after >= self.before {
            BalanceChange::Subtract(self.after - self.before)
        } else {
            BalanceChange::Add(self.before - self.after)
        }
    }
}

impl Extension {
    pub(super) fn units(&self, inventory: &Inventory) -> Result<Vec<Unit>, Refusal> {
        let plan = inventory.plan(&self.plan).ok_or_else(|| Refusal::NoPlan(self.plan.clone()))?;
        for (api_key, _) in &self.keys {
            let is_ours = is_our_api_key(api_key, &[&self.plan], inventory, TenantSource::Tables);
            if !*is_ours.require(format!("whether keypool manages usage plan {}", plan.name))? {
                return Err(plans::not_managed_refusal(plan));
            }
        }
        if plan.quota.is_none() {
            return Err(Refusal::NoQuota(plan.name.clone()));
        }
        refusal::validate_not_empty("reason", &self.reason)?;
        refusal::validate_not_empty("list of API keys", if self.keys.is_empty() { "" } else { "some" })?;
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
            keys => format!("change what is left of {} in {plan}", pluralize(keys.len(), "API key")),
        }
    }

    /// The word on the button.
    pub(super) fn verb(&self) -> &'static str {
        let is_set = |(_, balance): &(ApiKeyId, BalanceChange)| matches!(balance, BalanceChange::Set(_));
        let takes = |(_, balance): &(ApiKeyId, BalanceChange)| {
            matches!(balance, BalanceChange::Subtract(_) | BalanceChange::Set(0))
        };
        match self.keys.iter().any(takes) {
            true => "Take away",
            false if self.keys.iter().all(is_set) => "Set",
            false => "Extend",
        }
    }

    /// Whether an API key may be left with fewer calls than it has.
    pub(super) fn may_reduce_balance(&self, inventory: &Inventory) -> bool {
        let limit = inventory.plan(&self.plan).and_then(|plan| plan.quota).map(|quota| quota.limit);
        self.keys.iter().any(|(_, balance)| balance.may_reduce(limit))
    }

    pub(super) fn cautions(&self, inventory: &Inventory) -> Vec<String> {
        let shared = |(api_key, _): &(ApiKeyId, BalanceChange)| shared_key_caution(api_key, inventory);
        let late =
            "calls of the last minutes may not be known yet: what is left is taken as API Gateway tells it";
        let is_set = |(_, balance): &(ApiKeyId, BalanceChange)| matches!(balance, BalanceChange::Set(_));
        let late = (!self.keys.iter().all(is_set)).then(|| late.to_owned());
        self.keys.iter().filter_map(shared).chain(late).collect()
    }
}

/// Who else has more calls then.
fn shared_key_caution(api_key: &ApiKeyId, inventory: &Inventory) -> Option<String> {
    if !inventory.tenant_keys_of_api_key(api_key).any(|row| row.known_pool_key().is_some()) {
        return None;
    }
    let tenants = inventory.tenants_of_api_key(api_key);
    let named: Vec<_> = tenants.iter().take(MAX_NAMED_TENANTS).map(|tenant| tenant.as_str()).collect();
    let more = match tenants.len().saturating_sub(MAX_NAMED_TENANTS) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    Some(format!(
        "API key {api_key} is shared by {}: it is for {}{more} together",
        tenants.len(),
        named.join(", ")
    ))
}

fn calls(count: u64) -> String {
    format!("{} call{}", group_thousands(count), if count == 1 { "" } else { "s" })
}
