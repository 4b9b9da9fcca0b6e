//! Flat prices: who owes which, for a month or by days.
//!
//! A whole month costs one flat price per tenant and plan, however many keys and days. A key that moved between
//! plans within the month owes one flat price, too: the highest of its plans, and of equal ones the latest.
//! By days, each plan costs its share of the month's days, rounded half up to the cent; the day of a move
//! belongs to the new plan.

use std::collections::BTreeMap;
use std::fmt;

use super::Billing;
use super::stays::{Stay, Stays};
use crate::usage::DayRange;
use crate::{Known, PlanId, Price, Tenant, TenantKeyId, Unknown};

/// What a tenant owes for a plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct FlatPrice {
    pub(super) price: Known<Option<Price>>,
    /// Days with a key in the plan; `None` unless prices are by days.
    pub(super) days: Option<u8>,
}

type FlatPrices<'a> = BTreeMap<(&'a Tenant, &'a PlanId), FlatPrice>;

pub(super) fn flat_prices<'a>(stays: &Stays<'a>, month: DayRange, billing: Billing) -> FlatPrices<'a> {
    match billing {
        Billing::WholeMonths => whole_prices(stays, month),
        Billing::Days => prices_by_days(stays, month),
    }
}

fn whole_prices<'a>(stays: &Stays<'a>, month: DayRange) -> FlatPrices<'a> {
    let mut by_lineage: BTreeMap<&TenantKeyId, &Stay<'a>> = BTreeMap::new();
    let mut unreadable = FlatPrices::new();
    for stay in stays.all.iter().filter(|stay| stay.days_in(month).is_some()) {
        if let Known::Unknown(_) = stay.price {
            // Which of its plans costs most is unknown, too.
            unreadable.insert((stay.tenant, stay.plan), whole(stay));
        }
        by_lineage
            .entry(stay.lineage)
            .and_modify(|dearest| {
                if comparable(&dearest.price) <= comparable(&stay.price) {
                    *dearest = stay;
                }
            })
            .or_insert(stay);
    }
    let mut prices: FlatPrices<'_> =
        by_lineage.into_values().map(|stay| ((stay.tenant, stay.plan), whole(stay))).collect();
    prices.extend(unreadable);
    prices
}

fn whole(stay: &Stay<'_>) -> FlatPrice {
    FlatPrice { price: stay.price.clone(), days: None }
}

fn comparable(price: &Known<Option<Price>>) -> Option<Price> {
    price.value_to_show().copied().flatten()
}

fn prices_by_days<'a>(stays: &Stays<'a>, month: DayRange) -> FlatPrices<'a> {
    // One bit per day of the month.
    let mut days_by_plan: BTreeMap<(&Tenant, &PlanId), (u32, &Stay<'a>)> = BTreeMap::new();
    for stay in &stays.all {
        for day in stay.days_in(month).iter().flat_map(DayRange::days) {
            let (days, _) = days_by_plan.entry((stay.tenant, stay.plan)).or_insert((0, stay));
            *days |= 1 << day.day();
        }
    }
    let share = |(days, stay): (u32, &Stay<'_>)| {
        let days = days.count_ones();
        let price = stay.price.clone().map(|price| price.map(|price| price_for_days(price, days, month)));
        FlatPrice { price, days: u8::try_from(days).ok() }
    };
    days_by_plan.into_iter().map(|(subject, days)| (subject, share(days))).collect()
}

/// The share of a monthly price for some days of the month, rounded half up to the cent.
fn price_for_days(price: Price, days: u32, month: DayRange) -> Price {
    let month_days = i128::from(month.len());
    let doubled = 2 * i128::from(price.cents()) * i128::from(days);
    let cents = (doubled + month_days).div_euclid(2 * month_days);
    // At most the price itself.
    Price::from_cents(i64::try_from(cents).unwrap_or(price.cents()))
}

/// A tenant that is left out of a report, because a price that it owes cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnpricedTenant {
    pub tenant: Tenant,
    pub plan: PlanId,
    pub plan_name: String,
    pub reason: Unknown,
}

impl fmt::Display for UnpricedTenant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { tenant, plan_name, reason, .. } = self;
        write!(f, "{tenant} is left out: the price of {plan_name} cannot be read: {reason}")
    }
}
