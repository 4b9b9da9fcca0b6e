//! The calls with a key that ends, by month.

use std::collections::BTreeMap;

use jiff::ToSpan;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use keypool_domain::usage::DayRange;
use keypool_domain::{ApiKeyId, PlanId};

use super::super::unit::UnitExecutor;
use crate::aws::KeyDays;

impl UnitExecutor<'_> {
    /// Reads the calls of this month and the one before, by the first day of the month; empty if they cannot be
    /// read.
    pub(super) async fn read_monthly_calls(&self, plan: &PlanId, api_key: &ApiKeyId) -> BTreeMap<Date, u64> {
        let usage = self.read_recent_usage(plan, Some(api_key)).await;
        self.monthly_calls(plan, api_key, usage.as_ref())
    }

    /// Reads the days of this month and the one before, of one API key of a plan or of all.
    pub(super) async fn read_recent_usage(
        &self,
        plan: &PlanId,
        api_key: Option<&ApiKeyId>,
    ) -> Option<KeyDays> {
        if plan.is_none() || self.inventory.is_plan_gone(plan) {
            return None;
        }
        let range = DayRange::new(self.noted_months()[0], self.today()).ok()?;
        let usage = match api_key {
            Some(api_key) => self.aws.usage_of_key(plan, api_key, range).await,
            None => self.aws.usage(plan, range).await,
        };
        usage.inspect_err(|why| tracing::warn!("the last usage in {plan} cannot be noted: {why}")).ok()
    }

    pub(super) fn monthly_calls(
        &self,
        plan: &PlanId,
        api_key: &ApiKeyId,
        usage: Option<&KeyDays>,
    ) -> BTreeMap<Date, u64> {
        let days = usage.and_then(|usage| usage.get(api_key));
        let is_member = || self.inventory.is_member(plan, api_key).is_known_to_be(&true);
        if usage.is_none() || (days.is_none() && !is_member()) {
            // API Gateway may have forgotten a key that has left the plan.
            return BTreeMap::new();
        }
        let mut calls = BTreeMap::from(self.noted_months().map(|month| (month, 0)));
        for day in days.into_iter().flatten() {
            let month: &mut u64 = calls.entry(day.day.first_of_month()).or_default();
            *month = month.saturating_add(day.used);
        }
        calls
    }

    /// The first days of the month before and of this month.
    fn noted_months(&self) -> [Date; 2] {
        let this_month = self.today().first_of_month();
        [this_month.saturating_sub(1.month()), this_month]
    }

    fn today(&self) -> Date {
        self.aws.now().to_zoned(TimeZone::UTC).date()
    }
}
