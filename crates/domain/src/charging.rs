//! Charges per tenant and calendar month: flat plan prices, and metered calls beyond those included.
//!
//! Only calls of a known tenant are charged: those with its own API keys, and those that an access log
//! attributes to it. The counter of a shared key is never charged; each tenant's share is reported
//! separately as an estimate.

mod access_log;
mod attribution;
mod flat_prices;
mod former_usage;
mod lines;
mod missing_usage;
mod stays;
#[cfg(test)]
mod tests;
mod totals;
mod unlisted_calls;

use std::collections::BTreeMap;

use crate::usage::{DayRange, KeyUse, SharedUse};
use crate::{Inventory, PlanId, Price, Tenant};

pub use access_log::{AccessLogFields, LoggedAnswer, LoggedCalls};
pub use attribution::{log_excesses, log_gaps};
pub use flat_prices::UnpricedTenant;
pub use former_usage::{
    add_former_usage, former_keys_of_unknown_days, former_keys_with_unknown_usage, with_former_calls,
};
pub use lines::{joined_later, report, tenants_since_unknown};
pub use missing_usage::{UsageGap, keys_with_missing_usage, keys_with_unknown_usage};
pub use totals::TenantTotal;
pub(crate) use unlisted_calls::UnlistedSums;
pub use unlisted_calls::{UnlistedCalls, UnlistedReason};

/// The prices of metered calls, and the currency of all prices.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tariff {
    pub currency: Currency,
    pub billing: Billing,
    /// By plan name or id.
    pub rates: BTreeMap<String, Rate>,
}

/// How flat prices are charged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Billing {
    /// One price for each month with the key on any day.
    #[default]
    WholeMonths,
    /// By the days of the month with the key.
    Days,
}

/// ISO 4217 code, e.g. `USD`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Currency(String);

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a currency: use three capital letters, e.g. USD")]
pub struct ParseCurrencyError(String);

/// The price of calls in a plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// The price of 1,000 calls beyond `included`.
    pub per_1000: Price,
    /// Calls per tenant and month that the flat price covers.
    pub included: u64,
}

/// The charges of all tenants for a month.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    pub month: DayRange,
    pub currency: Currency,
    /// One line for each tenant and plan, in order of tenant, then plan.
    pub lines: Vec<Line>,
    /// Calls with API keys that no known tenant uses; they are not charged.
    pub unattributed: Vec<KeyUse>,
    /// Calls in the access log that are in no line, in order of tenant.
    pub unlisted: Vec<UnlistedCalls>,
    /// Tenants without lines, because a price that they owe cannot be read.
    pub unpriced: Vec<UnpricedTenant>,
}

/// The charge of one tenant for one plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    pub tenant: Tenant,
    pub plan: PlanId,
    pub plan_name: String,
    /// Of the tenant's keys in the plan during the month.
    pub key_names: Vec<String>,
    /// Charged once, however many keys the tenant has; `None` if the plan has no price or the tenant
    /// has left it.
    pub flat_price: Option<Price>,
    /// Days of the month with a key in the plan; `None` unless flat prices are charged by days.
    pub days: Option<u8>,
    /// Calls with the tenant's own API keys, as counted by API Gateway; `None` if some of them are unknown.
    pub own_calls: Option<u64>,
    /// Calls with shared API keys that the access log attributes to this tenant; `None` without a log.
    pub logged_calls: Option<u64>,
    /// Shared API keys of the tenant, each with the calls of all its tenants.
    pub shared_keys: Vec<SharedUse>,
    pub rate: Option<Rate>,
    /// Why a price of this line is unknown, which is then missing in the total.
    pub price_gap: Option<PriceGap>,
}

/// Why a price is unknown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PriceGap {
    /// The plan was deleted, and no note has its price.
    PlanGone,
    /// The plan is deleted, and rates are named by names that no plan has: one of them may be its rate.
    RateUnmatched,
}

impl Line {
    /// Calls that are certainly the tenant's; `None` if some of its own calls are unknown.
    pub fn exact_calls(&self) -> Option<u64> {
        Some(self.own_calls?.saturating_add(self.logged_calls.unwrap_or(0)))
    }

    /// The tenant's equal shares of shared keys; `None` if all its calls are known exactly.
    pub fn estimated_calls(&self) -> Option<u64> {
        let shares = self.shared_keys.iter().map(SharedUse::estimate).fold(0, u64::saturating_add);
        (self.logged_calls.is_none() && !self.shared_keys.is_empty()).then_some(shares)
    }

    /// Exact calls beyond those included.
    pub fn extra_calls(&self) -> Option<u64> {
        Some(self.exact_calls()?.saturating_sub(self.rate?.included))
    }

    /// The price of the extra calls; `None` while some calls are unknown or only estimated.
    pub fn metered_price(&self) -> Option<Price> {
        let rate = self.rate.filter(|_| self.estimated_calls().is_none())?;
        Some(rate.price_of(self.extra_calls()?))
    }

    pub fn total(&self) -> Price {
        let cents = |price: Option<Price>| price.map_or(0, Price::cents);
        Price::from_cents(cents(self.flat_price).saturating_add(cents(self.metered_price())))
    }
}

impl Rate {
    /// The price of this many calls, rounded half up to the cent.
    pub fn price_of(&self, calls: u64) -> Price {
        let thousandths_of_cents = i128::from(calls) * i128::from(self.per_1000.cents());
        let cents = (thousandths_of_cents + 500).div_euclid(1_000);
        Price::from_cents(i64::try_from(cents).unwrap_or(i64::MAX))
    }
}

impl Tariff {
    /// The rate of a plan: an entry by its id wins over one by its name as API Gateway stores it.
    pub fn rate(&self, plan: &PlanId, stored_name: &str) -> Option<Rate> {
        self.rates.get(plan.as_str()).or_else(|| self.rates.get(stored_name)).copied()
    }

    /// The names and ids with a rate that no plan has, neither now nor in the report: misspelt, or renamed since.
    pub fn names_without_plan<'a>(&'a self, inventory: &Inventory, report: &Report) -> Vec<&'a str> {
        let has_plan = |name: &str| {
            let is_line = |line: &Line| {
                line.plan.as_str() == name || inventory.stored_or_noted_plan_name(&line.plan) == name
            };
            inventory.plans().iter().any(|plan| plan.is_called(name)) || report.lines.iter().any(is_line)
        };
        self.rates.keys().map(String::as_str).filter(|name| !has_plan(name)).collect()
    }
}

impl Currency {
    /// Accepts three capital letters.
    pub fn new(text: &str) -> Result<Self, ParseCurrencyError> {
        let is_code = text.len() == 3 && text.bytes().all(|byte| byte.is_ascii_uppercase());
        if is_code { Ok(Self(text.to_owned())) } else { Err(ParseCurrencyError(text.to_owned())) }
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Default for Currency {
    /// US dollars, as on AWS invoices.
    fn default() -> Self {
        Self("USD".to_owned())
    }
}

impl std::fmt::Display for Currency {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(&self.0)
    }
}
