//! Where a key or a plan stands, as every list of usage has it.

use jiff::Timestamp;
use keypool_domain::usage::QuotaStatus;
use serde::Serialize;

/// Where a key or a plan stands in the present period of its quota; null where that is not known.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct QuotaStatusRecord {
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

impl QuotaStatusRecord {
    /// In numbers that people and scripts read: times without fractions, calls a day without a point.
    pub(crate) fn new(standing: Option<QuotaStatus>) -> Self {
        let Some(standing) = standing else { return Self::default() };
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a rate of calls, rounded"
        )]
        let calls_per_day = standing.burn_rate.round() as u64;
        Self {
            used: Some(standing.used),
            limit: standing.limit,
            left: standing.remaining,
            percent: standing.whole_percent(),
            resets_at: standing.resets_at.map(format_timestamp),
            calls_per_day: Some(calls_per_day),
            runs_out: standing.runs_out_at.map(format_timestamp),
            days_at_limit: standing.resets_at.map(|_| standing.days_at_limit),
            settling: standing.is_settling,
        }
    }

    /// So many of so many things of the account.
    pub(crate) fn for_account_limit(count: usize, most: usize, percent: f64) -> Self {
        let number = |count: usize| u64::try_from(count).ok();
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a percentage, floored")]
        let percent = Some(percent.clamp(0.0, 255.0).floor() as u8);
        let left = number(most.saturating_sub(count));
        Self { used: number(count), limit: number(most), left, percent, ..Self::default() }
    }
}

fn format_timestamp(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}
