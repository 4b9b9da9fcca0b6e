//! The quota-status fields of all usage records.

use jiff::Timestamp;
use keypool_domain::usage::QuotaStatus;

use crate::ops::listing::record::records;

records! {
    /// The status of a quota in the current period. Fields are null if unknown.
    #[derive(Default)]
    pub(crate) struct QuotaStatusRecord {
        used: Option<u64> => "used",
        limit: Option<u64> => "limit" [after("left")],
        left: Option<u64> => "left",
        /// Above 100 if the quota was lowered below what is used.
        percent: Option<u64> => "%",
        resets_at: Option<String> => "resets (expected)" [after("runs_out")],
        calls_per_day: Option<u64> => "per day",
        runs_out: Option<String> => "runs out",
        days_at_limit: Option<u32>,
        /// Whether the figures may not include a recent extension yet.
        settling: bool,
        /// What the figures are taken from, if not from GetUsage alone: a call that was refused since.
        source: Option<String>,
    }
}

impl QuotaStatusRecord {
    /// Creates the record, with times in whole seconds and a whole number of calls per day.
    pub(crate) fn new(status: Option<QuotaStatus>) -> Self {
        let Some(status) = status else { return Self::default() };
        let figure = status.figure;
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a rate of calls, rounded"
        )]
        let calls_per_day = status.burn_rate.round() as u64;
        Self {
            used: Some(figure.used()),
            limit: figure.limit(),
            left: figure.left(),
            percent: figure.whole_percent(),
            resets_at: status.resets_at.map(format_timestamp),
            calls_per_day: Some(calls_per_day),
            runs_out: status.runs_out_at.map(format_timestamp),
            days_at_limit: status.resets_at.map(|_| status.days_at_limit),
            settling: figure.is_settling(),
            source: figure.refusal_source(),
        }
    }

    /// Creates the record of an account limit, such as that on the number of API keys.
    pub(crate) fn for_account_limit(count: usize, limit: usize, percent: f64) -> Self {
        let to_u64 = |count: usize| u64::try_from(count).ok();
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a percentage, floored")]
        let percent = Some(percent.max(0.0).floor() as u64);
        let left = to_u64(limit.saturating_sub(count));
        Self { used: to_u64(count), limit: to_u64(limit), left, percent, ..Self::default() }
    }
}

fn format_timestamp(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}
