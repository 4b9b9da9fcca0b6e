//! Burn rates: the average of the last days, and the current one from successive readings of a day.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};

use super::{DayRange, PlanUsage, Usage, as_days, as_f64, day_of};
use crate::ApiKeyId;

/// The average burn rate is that of so many days up to today.
pub(super) const AVERAGED_DAYS: u32 = 7;

/// Minimum time between two readings that give a rate: GetUsage lags by minutes and is updated in bursts.
const MIN_READING_GAP: SignedDuration = SignedDuration::from_mins(30);

/// Minimum time between two readings that are kept.
const KEPT_READING_GAP: SignedDuration = SignedDuration::from_mins(10);

#[derive(Debug, Clone, PartialEq)]
pub(super) struct EarlierReading {
    at: Timestamp,
    /// Calls of the day up to `at`, by key; absent keys had none.
    used: Arc<BTreeMap<ApiKeyId, u64>>,
}

impl Usage {
    /// Takes over the days and the plans of a newer reading, which need not be all plans.
    #[must_use]
    pub fn updated_with(mut self, newer: Self) -> Self {
        let newer = newer.with_previous(&self);
        self.range = newer.range;
        self.plans.extend(newer.plans);
        self
    }

    /// Keeps the readings of `previous`: two readings of a day give a rate.
    pub fn with_previous(mut self, previous: &Self) -> Self {
        for (id, plan) in &mut self.plans {
            if let Some(previous) = previous.plans.get(id) {
                plan.earlier_readings = kept_readings(previous, plan.fetched_at);
            }
        }
        self
    }
}

impl PlanUsage {
    /// Calls per day over the last seven days. Today and days without calls count as whole days; days
    /// before the creation of the key, or before the days that were read, do not count.
    pub(super) fn average_burn_rate(&self, api_key: &ApiKeyId, created_at: Option<Timestamp>) -> f64 {
        let today = day_of(self.fetched_at);
        let days = DayRange::last_days(AVERAGED_DAYS, today);
        let used = self.recent_days(api_key).unwrap_or_default().iter();
        let used = used.filter(|day| days.contains(day.day));
        let used = used.map(|day| day.used).fold(0, u64::saturating_add);
        let read_days = self.recent_range().from().max(days.from()).until(today);
        let read_days = read_days.map_or(0.0, |span| f64::from(span.get_days())) + 1.0;
        let age = created_at.map_or(f64::INFINITY, |at| as_days(self.fetched_at.duration_since(at)));
        as_f64(used) / age.min(read_days).max(1.0)
    }

    /// Calls per day at the rate since a reading at least 30 minutes old; `None` without such a reading
    /// of the same day.
    pub(super) fn current_burn_rate(&self, api_key: &ApiKeyId) -> Option<f64> {
        let reading = self
            .earlier_readings
            .iter()
            .rev()
            .find(|reading| is_far_enough_back(reading.at, self.fetched_at))?;
        let previous = reading.used.get(api_key).copied().unwrap_or(0);
        let calls = self.calls_on(api_key, day_of(self.fetched_at)).saturating_sub(previous);
        Some(as_f64(calls) / as_days(self.fetched_at.duration_since(reading.at)))
    }

    pub(super) fn calls_on(&self, api_key: &ApiKeyId, day: Date) -> u64 {
        let days = self.recent_days(api_key).unwrap_or_default();
        days.iter().find(|day_use| day_use.day == day).map_or(0, |day_use| day_use.used)
    }
}

/// The earlier readings with which a reading at `now` or later can be compared.
fn kept_readings(previous: &PlanUsage, now: Timestamp) -> Vec<EarlierReading> {
    let today = day_of(now);
    let mut readings = previous.earlier_readings.clone();
    let is_due = |last: &EarlierReading| previous.fetched_at.duration_since(last.at) >= KEPT_READING_GAP;
    if readings.last().is_none_or(is_due) {
        let used = previous.keys.keys().map(|key| (key.clone(), previous.calls_on(key, today))).collect();
        readings.push(EarlierReading { at: previous.fetched_at, used: Arc::new(used) });
    }
    readings.retain(|reading| day_of(reading.at) == today && reading.at < now);
    let newest_comparable =
        readings.iter().rposition(|reading| is_far_enough_back(reading.at, now)).unwrap_or(0);
    readings.split_off(newest_comparable)
}

fn is_far_enough_back(at: Timestamp, now: Timestamp) -> bool {
    now.duration_since(at) >= MIN_READING_GAP
}
