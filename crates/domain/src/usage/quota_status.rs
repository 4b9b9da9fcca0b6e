//! Quota status of API keys in the current period.

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};

use super::quota_figure::QuotaFigure;
use super::refusals::{QuotaRefusal, USAGE_LAG};
use super::{DayUse, PlanUsage, as_f64, day_of};
use crate::{ApiKeyId, Inventory, Quota};

/// After an extension, calls and remaining quota may be inconsistent for this long.
const EXTENSION_SETTLING_TIME: SignedDuration = SignedDuration::from_mins(5);

/// How far ahead the current burn rate is extrapolated, so that a burst does not count for the rest of
/// the month.
const MAX_CURRENT_RATE_FORECAST: SignedDuration = SignedDuration::from_hours(24);

/// Quota status of an API key, or of all keys of a plan together.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct QuotaStatus {
    pub figure: QuotaFigure,
    /// Expected start of the next period.
    pub resets_at: Option<Timestamp>,
    /// Calls per day, averaged over the last seven days or, for a younger key, the days since its creation.
    pub burn_rate: f64,
    /// Calls per day at the rate of the last 30 minutes or more; `None` without an earlier reading of
    /// the day.
    pub current_burn_rate: Option<f64>,
    /// When the quota will be exhausted at these rates; `None` if not before the reset, or if it is
    /// exhausted already.
    pub runs_out_at: Option<Timestamp>,
    /// Days of the requested range that ended with nothing remaining.
    pub days_at_limit: u32,
}

/// What the figures of an API key depend on besides its calls.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct KeyTerms {
    pub(super) quota: Option<Quota>,
    /// When the API key was created; `None` if unknown.
    pub(super) created_at: Option<Timestamp>,
}

impl PlanUsage {
    /// How much of its quota a key has used; `None` if the current period was not read. A key that
    /// GetUsage does not list has used nothing.
    pub fn quota_figure(
        &self,
        api_key: &ApiKeyId,
        inventory: &Inventory,
        now: Timestamp,
    ) -> Option<QuotaFigure> {
        self.figure(api_key, self.terms(api_key, inventory).quota.as_ref(), now)
    }

    /// The status of one key; `None` if the current period was not read or the key has no data.
    pub fn quota_status(
        &self,
        api_key: &ApiKeyId,
        inventory: &Inventory,
        now: Timestamp,
    ) -> Option<QuotaStatus> {
        self.status(api_key, self.terms(api_key, inventory), now)
    }

    /// The status of all keys of the plan together, without keys that have no data.
    pub fn total_quota_status(&self, inventory: &Inventory, now: Timestamp) -> Option<QuotaStatus> {
        let statuses = self.keys_with_status().filter_map(|key| self.quota_status(key, inventory, now));
        statuses.reduce(QuotaStatus::combine)
    }

    /// Keys with recent usage data, and those whose exhausted quota GetUsage does not show yet.
    pub fn keys_with_status(&self) -> impl Iterator<Item = &ApiKeyId> {
        let refused = self.refusals.keys().filter(|key| self.recent_days(key).is_none());
        self.recent_keys().keys().chain(refused)
    }

    fn terms(&self, api_key: &ApiKeyId, inventory: &Inventory) -> KeyTerms {
        KeyTerms {
            quota: inventory.plan(&self.plan).and_then(|plan| plan.quota),
            created_at: inventory.api_key(api_key).key().and_then(|key| key.created_at),
        }
    }

    pub(super) fn status(&self, api_key: &ApiKeyId, terms: KeyTerms, now: Timestamp) -> Option<QuotaStatus> {
        let quota = terms.quota.as_ref();
        let figure = self.figure(api_key, quota, now)?;
        let has_data = match quota {
            Some(_) => self.recent_days(api_key).is_some(),
            None => self.keys.contains_key(api_key),
        };
        if !has_data && figure.refused_at().is_none() {
            return None;
        }
        let burn_rate = self.average_burn_rate(api_key, terms.created_at);
        let current_burn_rate = self.current_burn_rate(api_key);
        let from = self.fetched_at.max(now);
        let resets_at = quota.map(|quota| quota.next_reset(now));
        let left = figure.left().unwrap_or(0);
        let at_average_rate = forecast(left, burn_rate, from);
        let at_current_rate = forecast(left, current_burn_rate.unwrap_or(0.0), from)
            .filter(|at| at.duration_since(from) <= MAX_CURRENT_RATE_FORECAST);
        let runs_out_at = at_average_rate.into_iter().chain(at_current_rate).min();
        Some(QuotaStatus {
            figure,
            resets_at,
            burn_rate,
            current_burn_rate,
            runs_out_at: runs_out_at.filter(|at| resets_at.is_some_and(|reset| *at < reset)),
            days_at_limit: quota.map_or(0, |_| days_at_limit(self.days(api_key))),
        })
    }

    fn figure(&self, api_key: &ApiKeyId, quota: Option<&Quota>, now: Timestamp) -> Option<QuotaFigure> {
        let Some(quota) = quota else {
            return Some(QuotaFigure::without_quota(super::total(self.days(api_key))));
        };
        if !self.covers_current_period(quota, now) {
            return None;
        }
        let today = day_of(now);
        let start = quota.period_start(today);
        let days = self.recent_days(api_key).unwrap_or_default();
        let period_days: Vec<_> = days.iter().filter(|day| start <= day.day && day.day <= today).collect();
        let used = period_days.iter().map(|day| day.used).fold(0, u64::saturating_add);
        let balance = period_days.last().and_then(|day| day.remaining);
        let figure = match (self.recent_days(api_key), balance) {
            (None, _) => QuotaFigure::unlisted(quota.limit),
            (Some(_), Some(balance)) => QuotaFigure::from_balance(used, balance),
            // The period has just begun, or days without calls are not reported.
            (Some(_), None) => QuotaFigure::from_balance(used, balance_of(quota.limit, used)),
        };
        if self.is_settling(api_key) {
            return Some(figure.settling());
        }
        Some(match self.refusals.get(api_key) {
            Some(refusal) if self.is_in_force(refusal, api_key, figure, start) => {
                figure.spent(refusal.at, self.fetched_at)
            }
            _ => figure,
        })
    }

    /// Whether a refused call still overrules GetUsage: not after a reset, an extension, or a reading that
    /// proves otherwise.
    fn is_in_force(
        &self,
        refusal: &QuotaRefusal,
        api_key: &ApiKeyId,
        figure: QuotaFigure,
        period_start: Date,
    ) -> bool {
        let is_in_period = period_start <= day_of(refusal.at);
        let is_extended = figure.limit().is_some_and(|limit| refusal.limit < limit)
            || self.extended_at.get(api_key).is_some_and(|extended_at| refusal.at <= *extended_at);
        let is_disproved = figure.is_exhausted() || self.fetched_at.duration_since(refusal.at) >= USAGE_LAG;
        is_in_period && !is_extended && !is_disproved
    }

    fn is_settling(&self, api_key: &ApiKeyId) -> bool {
        let extended_at = self.extended_at.get(api_key);
        extended_at.is_some_and(|at| self.fetched_at.duration_since(*at) < EXTENSION_SETTLING_TIME)
    }

    /// Whether the days that were read include the current period and the day of the fetch.
    fn covers_current_period(&self, quota: &Quota, now: Timestamp) -> bool {
        let days = self.recent_range();
        let start = quota.period_start(day_of(now));
        days.from() <= start && start <= days.to() && day_of(self.fetched_at) <= days.to()
    }
}

impl QuotaStatus {
    /// The status of two keys together: their sum, which runs out as soon as one of them does.
    fn combine(self, other: Self) -> Self {
        Self {
            figure: self.figure.combine(other.figure),
            resets_at: self.resets_at.or(other.resets_at),
            burn_rate: self.burn_rate + other.burn_rate,
            current_burn_rate: self.current_burn_rate.zip(other.current_burn_rate).map(|(a, b)| a + b),
            runs_out_at: [self.runs_out_at, other.runs_out_at].into_iter().flatten().min(),
            days_at_limit: self.days_at_limit.max(other.days_at_limit),
        }
    }
}

fn balance_of(limit: u64, used: u64) -> i64 {
    i64::try_from(i128::from(limit) - i128::from(used)).unwrap_or(i64::MAX)
}

fn days_at_limit(days: &[DayUse]) -> u32 {
    let at_limit = days.iter().filter(|day| day.remaining.is_some_and(|remaining| remaining <= 0));
    u32::try_from(at_limit.count()).unwrap_or(u32::MAX)
}

/// When the remaining calls are used up at a rate in calls per day.
fn forecast(remaining: u64, rate: f64, from: Timestamp) -> Option<Timestamp> {
    if remaining == 0 || rate <= 0.0 {
        return None;
    }
    let seconds = as_f64(remaining) / rate * 24.0 * 60.0 * 60.0;
    from.checked_add(SignedDuration::try_from_secs_f64(seconds).ok()?).ok()
}
