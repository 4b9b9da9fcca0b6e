//! What a tenant owes for a calendar month: flat prices of plans, and calls beyond what is included where they are known.
//!
//! A call is charged only where it is known whose it was: calls with a tenant's own API keys, and calls that an access
//! log names a tenant of. The counter of a shared key never becomes an amount; a share of it is shown apart.

mod access_log;
mod attribution;
mod lines;
mod missing_usage;
#[cfg(test)]
mod tests;
mod totals;

use std::collections::BTreeMap;

use crate::usage::{DayRange, KeyUse, SharedUse};
use crate::{PlanId, Price, Tenant};

pub use access_log::{LoggedCall, LoggedCalls};
pub use attribution::log_gaps;
pub use lines::{joined_later, report};
pub use missing_usage::keys_with_missing_usage;
pub use totals::TenantTotal;

/// What is charged besides the flat prices.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tariff {
    /// The currency of every amount, as its three letters.
    pub currency: Currency,
    /// The rate of a plan, by the plan's name or id.
    pub rates: BTreeMap<String, Rate>,
}

/// A currency by its three letters, for example `USD`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Currency(String);

/// The text is not three capital letters.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a currency: write its three capital letters, as in USD")]
pub struct ParseCurrencyError(String);

/// What calls cost in a plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// The price of 1,000 calls beyond those that are included.
    pub per_1000: Price,
    /// Calls of a tenant in a month that the flat price covers.
    pub included: u64,
}

/// What all tenants owe for a month.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// The month.
    pub month: DayRange,
    /// The currency of every amount.
    pub currency: Currency,
    /// A line for each tenant and plan, in order.
    pub lines: Vec<Line>,
    /// Calls with API keys behind which no tenant is known: nobody is charged for them.
    pub unattributed: Vec<KeyUse>,
    /// Calls that the access log has of tenants who are not known, or with another's own API key, with how many.
    pub unknown_tenants: Vec<(Tenant, u64)>,
}

/// What a tenant owes for a plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// The tenant.
    pub tenant: Tenant,
    /// The plan.
    pub plan: PlanId,
    /// The flat price, once however many keys the tenant has; `None` where the plan shows none, or the tenant has left it.
    pub flat_price: Option<Price>,
    /// Calls with the tenant's own API keys: counted by API Gateway.
    pub own_calls: u64,
    /// Calls with shared API keys that the access log has as this tenant's; `None` without a log.
    pub logged_calls: Option<u64>,
    /// The shared API keys that the tenant sends, with the calls of all who share them.
    pub shared_keys: Vec<SharedUse>,
    /// What calls cost in the plan.
    pub rate: Option<Rate>,
}

impl Line {
    /// Calls that are known to be the tenant's.
    pub const fn exact_calls(&self) -> u64 {
        match self.logged_calls {
            Some(logged) => self.own_calls.saturating_add(logged),
            None => self.own_calls,
        }
    }

    /// What the tenant may have used of shared keys beyond that, in equal shares; `None` where nothing is left to guess.
    pub fn estimated_calls(&self) -> Option<u64> {
        let shares = self.shared_keys.iter().map(SharedUse::estimate).fold(0, u64::saturating_add);
        (self.logged_calls.is_none() && !self.shared_keys.is_empty()).then_some(shares)
    }

    /// Known calls beyond those included.
    pub fn extra_calls(&self) -> Option<u64> {
        Some(self.exact_calls().saturating_sub(self.rate?.included))
    }

    /// What those cost; nothing is metered where not all calls are known.
    pub fn metered_price(&self) -> Option<Price> {
        let rate = self.rate.filter(|_| self.estimated_calls().is_none())?;
        Some(rate.price_of(self.extra_calls()?))
    }

    /// All that is owed.
    pub fn total(&self) -> Price {
        let part = |price: Option<Price>| price.map_or(0, Price::cents);
        Price::from_cents(part(self.flat_price).saturating_add(part(self.metered_price())))
    }
}

impl Rate {
    /// The price of so many calls, rounded half up to the hundredth.
    pub fn price_of(&self, calls: u64) -> Price {
        let thousandths = i128::from(calls) * i128::from(self.per_1000.cents());
        let cents = (thousandths + 500).div_euclid(1_000);
        Price::from_cents(i64::try_from(cents).unwrap_or(i64::MAX))
    }
}

impl Tariff {
    /// The rate of a plan.
    pub fn rate(&self, plan: &crate::Plan) -> Option<Rate> {
        self.rates.get(&plan.name).or_else(|| self.rates.get(plan.id.as_str())).copied()
    }
}

impl Currency {
    /// Takes three capital letters.
    pub fn new(text: &str) -> Result<Self, ParseCurrencyError> {
        let is_code = text.len() == 3 && text.bytes().all(|byte| byte.is_ascii_uppercase());
        if is_code { Ok(Self(text.to_owned())) } else { Err(ParseCurrencyError(text.to_owned())) }
    }

    /// The three letters.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Default for Currency {
    /// US dollars, in which AWS itself charges.
    fn default() -> Self {
        Self("USD".to_owned())
    }
}

impl std::fmt::Display for Currency {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(&self.0)
    }
}
