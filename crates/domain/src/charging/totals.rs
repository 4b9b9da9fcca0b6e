//! Totals of a report, per tenant and overall.

use std::collections::BTreeSet;

use super::{Line, Report};
use crate::{Inventory, Price, Tenant};

/// One tenant's charges for all its plans.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TenantTotal<'a> {
    pub tenant: &'a Tenant,
    /// At least one.
    pub lines: &'a [Line],
}

impl TenantTotal<'_> {
    /// `None` if no plan has a price.
    pub fn flat_price(&self) -> Option<Price> {
        sum(self.lines.iter().filter_map(|line| line.flat_price))
    }

    /// Calls that are certainly the tenant's; `None` if those of a plan are unknown.
    pub fn exact_calls(&self) -> Option<u64> {
        self.lines.iter().try_fold(0_u64, |sum, line| Some(sum.saturating_add(line.exact_calls()?)))
    }

    /// `None` if all its calls are known exactly.
    pub fn estimated_calls(&self) -> Option<u64> {
        self.lines.iter().filter_map(Line::estimated_calls).reduce(u64::saturating_add)
    }

    /// The price of extra calls, as far as they are known exactly.
    pub fn metered_price(&self) -> Option<Price> {
        sum(self.lines.iter().filter_map(Line::metered_price))
    }

    pub fn total(&self) -> Price {
        sum(self.lines.iter().map(Line::total)).unwrap_or(Price::from_cents(0))
    }
}

impl Report {
    /// The tenants with calls that are unknown, in order.
    pub fn tenants_with_unknown_calls(&self) -> BTreeSet<&Tenant> {
        self.lines.iter().filter(|line| line.own_calls.is_none()).map(|line| &line.tenant).collect()
    }

    /// The tenants with prices that are unknown, in order.
    pub fn tenants_with_unknown_prices(&self) -> BTreeSet<&Tenant> {
        self.lines.iter().filter(|line| line.price_gap.is_some()).map(|line| &line.tenant).collect()
    }

    pub fn tenants(&self) -> impl Iterator<Item = TenantTotal<'_>> {
        let lines_by_tenant = self.lines.chunk_by(|one, other| one.tenant == other.tenant);
        lines_by_tenant.map(|lines| TenantTotal { tenant: &lines[0].tenant, lines })
    }

    pub fn total(&self) -> Price {
        sum(self.lines.iter().map(Line::total)).unwrap_or(Price::from_cents(0))
    }

    /// Lines without a flat price although their plan has one: the tenant no longer has a key in that plan.
    pub fn lines_of_former_plans<'a>(&'a self, inventory: &'a Inventory) -> impl Iterator<Item = &'a Line> {
        let current: BTreeSet<_> =
            inventory.tenant_keys().iter().map(|tenant_key| (&tenant_key.tenant, &tenant_key.plan)).collect();
        self.lines.iter().filter(move |line| {
            let has_price = inventory.plan(&line.plan).is_some_and(|plan| plan.price().is_some());
            line.flat_price.is_none() && has_price && !current.contains(&(&line.tenant, &line.plan))
        })
    }
}

fn sum(prices: impl Iterator<Item = Price>) -> Option<Price> {
    prices.reduce(|one, other| Price::from_cents(one.cents().saturating_add(other.cents())))
}
