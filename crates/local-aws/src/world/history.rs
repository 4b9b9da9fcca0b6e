//! Usage before the start of a world, so that no screen is empty.

use jiff::ToSpan;
use jiff::civil::Weekday;

use super::builder::WorldBuilder;
use crate::ids::IdGenerator;
use crate::quota::utc_day;

const HISTORY_DAYS: i64 = 45;

/// Adds varying usage per day since the key was created: less at weekends, and always leaving a tenth of the quota.
pub(super) fn record_usage(builder: &mut WorldBuilder<'_>, plan_id: &str, key_id: &str, calls_a_day: i64) {
    let Some(quota) = builder.account.usage_plans.get(plan_id).and_then(|plan| plan.quota) else { return };
    let today = utc_day(builder.now);
    let created = builder.account.api_keys().get(key_id).map(|key| utc_day(key.created));
    let mut generator = IdGenerator::seeded_by(key_id);
    let meter = builder.account.meter_mut(plan_id, key_id);
    for day in today.saturating_sub(HISTORY_DAYS.days()).series(1.day()).take_while(|day| *day <= today) {
        let is_weekend = matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday);
        let percent = i64::from(generator.random_number_below(80)) + if is_weekend { 20 } else { 60 };
        // The world starts in the middle of a day.
        let percent = if day == today { percent / 3 } else { percent };
        if created.is_some_and(|created| day < created) {
            continue;
        }
        let allowed = meter.remaining(&quota, day) - quota.limit / 10;
        meter.add_calls(day, (calls_a_day * percent / 100).min(allowed).max(0));
    }
}
