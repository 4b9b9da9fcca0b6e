//! How fast calls come in now, from what successive readings told of the same day.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::quota_status::{as_days, as_f64};
use super::{PlanUsage, Usage};
use crate::ApiKeyId;

/// Readings that are nearer to each other say nothing: what is told lags behind by minutes, and comes in lumps.
const MIN_READING_GAP: SignedDuration = SignedDuration::from_mins(30);

/// How far apart the readings are that are kept.
const KEPT_READING_GAP: SignedDuration = SignedDuration::from_mins(10);

/// What was told earlier of the day.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct EarlierReading {
    at: Timestamp,
    /// The day's calls of each key; one that is absent had none.
    used: Arc<BTreeMap<ApiKeyId, u64>>,
}

impl Usage {
    /// The same, which knows what was told before: calls between two readings of a day are a rate.
    pub fn with_previous(mut self, before: &Self) -> Self {
        for (id, plan) in &mut self.plans {
            if let Some(before) = before.plans.get(id) {
                plan.earlier_readings = kept_readings(before, plan.fetched_at);
            }
        }
        self
    }
}

impl PlanUsage {
    /// Calls a day as they came in since a reading that is half an hour old or more; `None` without one of the day.
    pub(super) fn current_burn_rate(&self, api_key: &ApiKeyId) -> Option<f64> {
        let earlier = self
            .earlier_readings
            .iter()
            .rev()
            .find(|earlier| is_far_enough_back(earlier.at, self.fetched_at))?;
        let before = earlier.used.get(api_key).copied().unwrap_or(0);
        let calls = self.calls_on(api_key, day_of(self.fetched_at)).saturating_sub(before);
        Some(as_f64(calls) / as_days(self.fetched_at.duration_since(earlier.at)))
    }

    fn calls_on(&self, api_key: &ApiKeyId, day: Date) -> u64 {
        self.days(api_key).iter().find(|told| told.day == day).map_or(0, |told| told.used)
    }
}

/// The earlier readings that one at `now` can still be held against, with the one before it.
fn kept_readings(before: &PlanUsage, now: Timestamp) -> Vec<EarlierReading> {
    let today = day_of(now);
    let mut kept = before.earlier_readings.clone();
    let is_due = |last: &EarlierReading| before.fetched_at.duration_since(last.at) >= KEPT_READING_GAP;
    if kept.last().is_none_or(is_due) {
        let used = before.keys.keys().map(|key| (key.clone(), before.calls_on(key, today))).collect();
        kept.push(EarlierReading { at: before.fetched_at, used: Arc::new(used) });
    }
    kept.retain(|earlier| day_of(earlier.at) == today && earlier.at < now);
    let newest_apart = kept.iter().rposition(|earlier| is_far_enough_back(earlier.at, now)).unwrap_or(0);
    kept.split_off(newest_apart)
}

fn is_far_enough_back(at: Timestamp, now: Timestamp) -> bool {
    now.duration_since(at) >= MIN_READING_GAP
}

fn day_of(at: Timestamp) -> Date {
    at.to_zoned(TimeZone::UTC).date()
}
