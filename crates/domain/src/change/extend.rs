//! More calls for an API key in the present period of its plan's quota, or fewer.

use crate::managed::{TenantSource, is_our_api_key};
use crate::step::{Step, Unit};
use crate::text::grouped;
use crate::{ApiKeyId, Inventory, PlanId};

use super::check::{self, Refusal};
use super::{counted, plans};

/// Tenants that a sentence names before it only counts them.
const NAMED: usize = 5;

/// API keys of one plan whose balances change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Extension {
    /// The plan.
    pub plan: PlanId,
    /// Each API key with what becomes of its balance.
    pub keys: Vec<(ApiKeyId, Balance)>,
    /// Why, for the audit trail.
    pub reason: String,
}

/// What becomes of the calls that an API key has left in the present period.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Balance {
    /// So many more.
    Add(u64),
    /// So many fewer, though never less than none.
    Take(u64),
    /// So many, whatever there were.
    Set(u64),
}

/// What an extension did to one API key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Extended {
    /// The plan.
    pub plan: PlanId,
    /// The API key.
    pub api_key: ApiKeyId,
    /// What was left, as far as it was told.
    pub before: u64,
    /// What is left now.
    pub after: u64,
}

impl Balance {
    /// What is left afterwards.
    pub const fn after(self, before: u64) -> u64 {
        match self {
            Self::Add(more) => before.saturating_add(more),
            Self::Take(less) => before.saturating_sub(less),
            Self::Set(left) => left,
        }
    }

    /// For example `give API key abc 500 calls more`.
    pub fn sentence(self, api_key: &ApiKeyId) -> String {
        match self {
            Self::Add(more) => format!("give API key {api_key} {} more", calls(more)),
            Self::Take(less) => format!("take {} from what API key {api_key} has left", calls(less)),
            Self::Set(left) => format!("leave API key {api_key} {}", calls(left)),
        }
    }

    const fn calls(self) -> u64 {
        match self {
            Self::Add(calls) | Self::Take(calls) | Self::Set(calls) => calls,
        }
    }

    /// Whether the API key may have fewer calls than before; of a quota it has its limit left at most.
    fn may_take_away(self, limit: Option<u64>) -> bool {
        match self {
            Self::Add(_) => false,
            Self::Take(_) => true,
            Self::Set(left) => limit.is_none_or(|limit| left < limit),
        }
    }
}

impl Extended {
    /// What sets it back: calls that were made meanwhile stay used.
    pub const fn reversal(&self) -> Balance {
        if self.after >= self.before {
            Balance::Take(self.after - self.before)
        } else {
            Balance::Add(self.before - self.after)
        }
    }
}

impl Extension {
    pub(super) fn units(&self, inventory: &Inventory) -> Result<Vec<Unit>, Refusal> {
        let plan = inventory.plan(&self.plan).ok_or_else(|| Refusal::NoPlan(self.plan.clone()))?;
        for (api_key, _) in &self.keys {
            let is_ours = is_our_api_key(api_key, &[&self.plan], inventory, TenantSource::Tables);
            if !*is_ours.require(format!("whether keypool manages usage plan {}", plan.name))? {
                return Err(plans::refusal(plan));
            }
        }
        if plan.quota.is_none() {
            return Err(Refusal::NoQuota(plan.name.clone()));
        }
        check::filled("reason", &self.reason)?;
        check::filled("list of API keys", if self.keys.is_empty() { "" } else { "some" })?;
        let unit = |(api_key, balance): &(ApiKeyId, Balance)| {
            if inventory.is_member(&self.plan, api_key).is_known_to_be(&false) {
                return Err(Refusal::NotInPlan { api_key: api_key.clone(), plan: plan.name.clone() });
            }
            if matches!(balance, Balance::Add(0) | Balance::Take(0)) {
                return Err(Refusal::NoDifference);
            }
            plans::countable(balance.calls())?;
            let step =
                Step::SetBalance { plan: self.plan.clone(), api_key: api_key.clone(), balance: *balance };
            Ok(Unit { subject: format!("API key {api_key} in {}", plan.name), steps: vec![step] })
        };
        self.keys.iter().map(unit).collect()
    }

    pub(super) fn describe(&self, inventory: &Inventory) -> String {
        let plan = inventory.plan_name(&self.plan);
        match &self.keys[..] {
            [(api_key, balance)] => format!("{} in {plan}", balance.sentence(api_key)),
            keys => format!("change what is left of {} in {plan}", counted(keys.len(), "API key")),
        }
    }

    /// The word on the button.
    pub(super) fn verb(&self) -> &'static str {
        let is_set = |(_, balance): &(ApiKeyId, Balance)| matches!(balance, Balance::Set(_));
        let takes =
            |(_, balance): &(ApiKeyId, Balance)| matches!(balance, Balance::Take(_) | Balance::Set(0));
        match self.keys.iter().any(takes) {
            true => "Take away",
            false if self.keys.iter().all(is_set) => "Set",
            false => "Extend",
        }
    }

    /// Whether an API key may be left with fewer calls than it has.
    pub(super) fn takes_away(&self, inventory: &Inventory) -> bool {
        let limit = inventory.plan(&self.plan).and_then(|plan| plan.quota).map(|quota| quota.limit);
        self.keys.iter().any(|(_, balance)| balance.may_take_away(limit))
    }

    pub(super) fn cautions(&self, inventory: &Inventory) -> Vec<String> {
        let shared = |(api_key, _): &(ApiKeyId, Balance)| shared(api_key, inventory);
        let late =
            "calls of the last minutes may not be known yet: what is left is taken as API Gateway tells it";
        let is_set = |(_, balance): &(ApiKeyId, Balance)| matches!(balance, Balance::Set(_));
        let late = (!self.keys.iter().all(is_set)).then(|| late.to_owned());
        self.keys.iter().filter_map(shared).chain(late).collect()
    }
}

/// Who else has more calls then.
fn shared(api_key: &ApiKeyId, inventory: &Inventory) -> Option<String> {
    if !inventory.rows_behind(api_key).any(|row| row.referred().is_some()) {
        return None;
    }
    let tenants = inventory.tenants_behind(api_key);
    let named: Vec<_> = tenants.iter().take(NAMED).map(|tenant| tenant.as_str()).collect();
    let more = match tenants.len().saturating_sub(NAMED) {
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
    format!("{} call{}", grouped(count), if count == 1 { "" } else { "s" })
}
