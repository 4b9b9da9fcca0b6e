//! Where a key or a plan stands, as every list of usage has it.

use jiff::Timestamp;
use keypool_domain::usage::Standing;
use serde::Serialize;

/// Where a key or a plan stands in the present period of its quota; null where that is not known.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct StandingRecord {
    used: Option<u64>,
    limit: Option<u64>,
    left: Option<u64>,
    percent: Option<u8>,
    resets_at: Option<String>,
    calls_per_day: Option<u64>,
    runs_out: Option<String>,
    days_at_limit: Option<u32>,
    settling: bool,
}

/// The fields of a record that ends in where something stands.
macro_rules! with_standing {
    ($($own:literal),+) => {
        &[
            $($own,)+
            "used", "limit", "left", "percent", "resetsAt", "callsPerDay", "runsOut", "daysAtLimit", "settling",
        ]
    };
}

pub(crate) use with_standing;

impl StandingRecord {
    /// In numbers that people and scripts read: times without fractions, calls a day without a point.
    pub(crate) fn of(standing: Option<Standing>) -> Self {
        let Some(standing) = standing else { return Self::default() };
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a rate of calls, rounded"
        )]
        let calls_per_day = standing.burn.round() as u64;
        Self {
            used: Some(standing.used),
            limit: standing.limit,
            left: standing.left,
            percent: standing.whole_percent(),
            resets_at: standing.resets_at.map(in_seconds),
            calls_per_day: Some(calls_per_day),
            runs_out: standing.runs_out.map(in_seconds),
            days_at_limit: standing.resets_at.map(|_| standing.days_at_limit),
            settling: standing.settling,
        }
    }

    /// So many of so many things of the account.
    pub(crate) fn counted(count: usize, most: usize, percent: f64) -> Self {
        let number = |count: usize| u64::try_from(count).ok();
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a percentage, floored")]
        let percent = Some(percent.clamp(0.0, 255.0).floor() as u8);
        let left = number(most.saturating_sub(count));
        Self { used: number(count), limit: number(most), left, percent, ..Self::default() }
    }
}

fn in_seconds(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}
