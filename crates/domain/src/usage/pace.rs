//! How fast calls come in now, from what successive readings told of the same day.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::standing::{as_f64, days_in};
use super::{PlanUsage, Usage};
use crate::ApiKeyId;

/// Readings that are nearer to each other say nothing: what is told lags behind by minutes, and comes in lumps.
const APART: SignedDuration = SignedDuration::from_mins(30);

/// How far apart the readings are that are kept.
const KEPT_EVERY: SignedDuration = SignedDuration::from_mins(10);

/// What was told earlier of the day.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Earlier {
    at: Timestamp,
    /// The day's calls of each key; one that is absent had none.
    used: Arc<BTreeMap<ApiKeyId, u64>>,
}

impl Usage {
    /// The same, which knows what was told before: calls between two readings of a day are a rate.
    pub fn after(mut self, before: &Self) -> Self {
        for (id, plan) in &mut self.plans {
            if let Some(before) = before.plans.get(id) {
                plan.earlier = kept(before, plan.asked_at);
            }
        }
        self
    }
}

impl PlanUsage {
    /// Calls a day as they came in since a reading that is half an hour old or more; `None` without one of the day.
    pub(super) fn burn_now(&self, api_key: &ApiKeyId) -> Option<f64> {
        let earlier = self.earlier.iter().rev().find(|earlier| is_apart(earlier.at, self.asked_at))?;
        let before = earlier.used.get(api_key).copied().unwrap_or(0);
        let calls = self.used_on(api_key, day_of(self.asked_at)).saturating_sub(before);
        Some(as_f64(calls) / days_in(self.asked_at.duration_since(earlier.at)))
    }

    fn used_on(&self, api_key: &ApiKeyId, day: Date) -> u64 {
        self.days(api_key).iter().find(|told| told.day == day).map_or(0, |told| told.used)
    }
}

/// The earlier readings that one at `now` can still be held against, with the one before it.
fn kept(before: &PlanUsage, now: Timestamp) -> Vec<Earlier> {
    let today = day_of(now);
    let mut kept = before.earlier.clone();
    let is_due = |last: &Earlier| before.asked_at.duration_since(last.at) >= KEPT_EVERY;
    if kept.last().is_none_or(is_due) {
        let used = before.keys.keys().map(|key| (key.clone(), before.used_on(key, today))).collect();
        kept.push(Earlier { at: before.asked_at, used: Arc::new(used) });
    }
    kept.retain(|earlier| day_of(earlier.at) == today && earlier.at < now);
    let newest_apart = kept.iter().rposition(|earlier| is_apart(earlier.at, now)).unwrap_or(0);
    kept.split_off(newest_apart)
}

fn is_apart(at: Timestamp, now: Timestamp) -> bool {
    now.duration_since(at) >= APART
}

fn day_of(at: Timestamp) -> Date {
    at.to_zoned(TimeZone::UTC).date()
}
