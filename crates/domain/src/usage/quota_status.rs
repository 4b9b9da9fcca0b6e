//! Quota status of API keys in the current period.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::{DayRange, DayUse, PlanUsage};
use crate::{ApiKeyId, Quota};

/// The burn rate is averaged over this many days.
const BURN_DAYS: u32 = 7;

/// After an extension, calls and remaining quota may be inconsistent for this long.
const EXTENSION_SETTLING_TIME: SignedDuration = SignedDuration::from_mins(5);

/// How far ahead the current burn rate is extrapolated, so that a burst does not count for the rest of
/// the month.
const MAX_CURRENT_RATE_FORECAST: SignedDuration = SignedDuration::from_hours(24);

/// Shorter parts of a day give no reliable rate.
const MIN_DAY_FRACTION: f64 = 1.0 / 24.0;

/// Quota status of an API key, or of all keys of a plan together.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct QuotaStatus {
    /// Calls in the current period; without a quota, in the whole range.
    pub used: u64,
    /// Used plus remaining calls, which includes extensions.
    pub limit: Option<u64>,
    pub remaining: Option<u64>,
    /// From 0 to 100.
    pub percent: Option<f64>,
    /// Expected start of the next period.
    pub resets_at: Option<Timestamp>,
    /// Calls per day, averaged over the last seven days.
    pub burn_rate: f64,
    /// Calls per day at the rate of the last 30 minutes or more; `None` without an earlier reading of
    /// the day.
    pub current_burn_rate: Option<f64>,
    /// When the quota will be exhausted at these rates; `None` if not before the reset, or if it is
    /// exhausted already.
    pub runs_out_at: Option<Timestamp>,
    /// Days of the range that ended with nothing remaining.
    pub days_at_limit: u32,
    /// The quota was just extended and its figures may still be wrong, so the limit is left out.
    pub is_settling: bool,
}

impl QuotaStatus {
    pub fn is_exhausted(&self) -> bool {
        self.remaining == Some(0)
    }

    /// Rounded down, so never 100 while calls remain.
    pub fn whole_percent(&self) -> Option<u8> {
        let whole = self.percent?.floor().clamp(0.0, 100.0);
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it lies in 0..=100")]
        Some(whole as u8)
    }
}

impl PlanUsage {
    /// The status of one key; `None` without data for the key or for the current period.
    pub fn quota_status(
        &self,
        api_key: &ApiKeyId,
        quota: Option<&Quota>,
        now: Timestamp,
    ) -> Option<QuotaStatus> {
        let days = self.keys.get(api_key)?;
        if !self.covers_current_period(quota, now) {
            return None;
        }
        let average_rate = burn_rate(days, self.fetched_at, BURN_DAYS);
        let current_rate = self.current_burn_rate(api_key);
        let Some(quota) = quota else {
            return Some(status_without_quota(super::total(days), average_rate, current_rate));
        };
        let balance = self.balance(days, quota, now);
        let is_settling = self
            .extended_at
            .get(api_key)
            .is_some_and(|at| self.fetched_at.duration_since(*at) < EXTENSION_SETTLING_TIME);
        let forecast_rate = self.todays_burn_rate(days, quota).unwrap_or(average_rate);
        let (from, resets_at) = (self.fetched_at.max(now), quota.next_reset(now));
        let at_average_rate = forecast(balance.remaining, forecast_rate, from);
        let at_current_rate = forecast(balance.remaining, current_rate.unwrap_or(0.0), from)
            .filter(|at| at.duration_since(from) <= MAX_CURRENT_RATE_FORECAST);
        let status = QuotaStatus {
            used: balance.used,
            limit: Some(balance.limit()),
            remaining: Some(balance.remaining),
            percent: Some(percent(balance.used, balance.limit())),
            resets_at: Some(resets_at),
            burn_rate: average_rate,
            current_burn_rate: current_rate,
            runs_out_at: [at_average_rate, at_current_rate]
                .into_iter()
                .flatten()
                .min()
                .filter(|at| *at < resets_at),
            days_at_limit: days_at_limit(days),
            is_settling,
        };
        Some(if is_settling { status.without_limit() } else { status })
    }

    /// The status of all keys of the plan together, without keys that have no data.
    pub fn total_quota_status(&self, quota: Option<&Quota>, now: Timestamp) -> Option<QuotaStatus> {
        let statuses = self.keys.keys().filter_map(|key| self.quota_status(key, quota, now));
        statuses.reduce(QuotaStatus::combine)
    }

    /// Whether the range includes the current period and the day of the fetch.
    fn covers_current_period(&self, quota: Option<&Quota>, now: Timestamp) -> bool {
        let [fetched, today] = [self.fetched_at, now].map(|at| at.to_zoned(TimeZone::UTC).date());
        let last = self.range.to();
        quota.is_none_or(|quota| fetched <= last && quota.period_start(today) <= last)
    }

    fn balance(&self, days: &[DayUse], quota: &Quota, now: Timestamp) -> Balance {
        let today = now.to_zoned(TimeZone::UTC).date();
        let start = quota.period_start(today);
        let period_days: Vec<_> = days.iter().filter(|day| start <= day.day && day.day <= today).collect();
        let counted = period_days.iter().map(|day| day.used).fold(0, u64::saturating_add);
        let remaining =
            period_days.last().and_then(|day| day.remaining).map(|calls| u64::try_from(calls).unwrap_or(0));
        let has_uncounted_days = start < self.range.from();
        match remaining {
            // Calls before the range are only known as the difference between limit and remaining
            // quota.
            Some(remaining) if has_uncounted_days => {
                Balance { used: counted.max(quota.limit.saturating_sub(remaining)), remaining }
            }
            Some(remaining) => Balance { used: counted, remaining },
            None => Balance { used: counted, remaining: quota.limit.saturating_sub(counted) },
        }
    }

    /// A daily quota is consumed by today's calls alone, so only today's rate counts.
    fn todays_burn_rate(&self, days: &[DayUse], quota: &Quota) -> Option<f64> {
        let is_daily = quota.period == crate::Period::Day;
        (is_daily && day_fraction(self.fetched_at) >= MIN_DAY_FRACTION)
            .then(|| burn_rate(days, self.fetched_at, 1))
    }
}

impl QuotaStatus {
    fn without_limit(self) -> Self {
        Self { limit: None, remaining: None, percent: None, runs_out_at: None, ..self }
    }

    /// The status of two keys together: their sum, which runs out as soon as one of them does.
    fn combine(self, other: Self) -> Self {
        let add = |a: Option<u64>, b: Option<u64>| Some(a?.saturating_add(b?));
        let (used, limit) = (self.used.saturating_add(other.used), add(self.limit, other.limit));
        Self {
            used,
            limit,
            remaining: add(self.remaining, other.remaining),
            percent: limit.map(|limit| percent(used, limit)),
            resets_at: self.resets_at,
            burn_rate: self.burn_rate + other.burn_rate,
            current_burn_rate: self.current_burn_rate.zip(other.current_burn_rate).map(|(a, b)| a + b),
            runs_out_at: [self.runs_out_at, other.runs_out_at].into_iter().flatten().min(),
            days_at_limit: self.days_at_limit.max(other.days_at_limit),
            is_settling: self.is_settling || other.is_settling,
        }
    }
}

struct Balance {
    used: u64,
    remaining: u64,
}

impl Balance {
    const fn limit(&self) -> u64 {
        self.used.saturating_add(self.remaining)
    }
}

const fn status_without_quota(used: u64, average_rate: f64, current_rate: Option<f64>) -> QuotaStatus {
    QuotaStatus {
        used,
        limit: None,
        remaining: None,
        percent: None,
        resets_at: None,
        burn_rate: average_rate,
        current_burn_rate: current_rate,
        runs_out_at: None,
        days_at_limit: 0,
        is_settling: false,
    }
}

/// Calls per day over the last `count` days up to `at`, including part of today. Days before the first
/// call do not count.
fn burn_rate(days: &[DayUse], at: Timestamp, count: u32) -> f64 {
    let today = at.to_zoned(TimeZone::UTC).date();
    let averaged_days = DayRange::last_days(count, today);
    let is_averaged = |day: &&DayUse| averaged_days.contains(day.day);
    let Some(first) = days.iter().filter(is_averaged).find(|day| day.used > 0) else { return 0.0 };
    let used = days.iter().filter(is_averaged).map(|day| day.used).fold(0, u64::saturating_add);
    let whole_days = whole_days_between(first.day, today);
    let elapsed = (whole_days + day_fraction(at)).max(MIN_DAY_FRACTION);
    as_f64(used) / elapsed
}

fn whole_days_between(first: Date, today: Date) -> f64 {
    first.until(today).map_or(0.0, |span| f64::from(span.get_days()))
}

/// The part of the day before `at`, from 0 to 1.
fn day_fraction(at: Timestamp) -> f64 {
    as_days(SignedDuration::from_secs(at.as_second().rem_euclid(24 * 60 * 60)))
}

pub(super) fn as_days(time: SignedDuration) -> f64 {
    time.as_secs_f64() / (24.0 * 60.0 * 60.0)
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

/// A limit of 0 counts as fully used.
fn percent(used: u64, limit: u64) -> f64 {
    if limit == 0 { 100.0 } else { as_f64(used) / as_f64(limit) * 100.0 }
}

#[expect(clippy::cast_precision_loss, reason = "rates and percentages need no more than 52 bits")]
pub(super) const fn as_f64(count: u64) -> f64 {
    count as f64
}
