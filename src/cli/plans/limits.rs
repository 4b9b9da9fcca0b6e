//! Arguments for limits.

use clap::Args;
use keypool_domain::{Period, Quota, Throttle};

use crate::cli::CommandError;

/// Throttle and quota per API key.
#[derive(Debug, Args)]
pub(super) struct LimitArgs {
    /// Requests per second
    #[arg(long, value_name = "NUMBER", requires = "burst")]
    rate: Option<f64>,
    /// Burst: most requests accepted at once
    #[arg(long, value_name = "NUMBER", requires = "rate")]
    burst: Option<u32>,
    /// Requests per day, week or month, for example 2000/day
    #[arg(long, value_name = "NUMBER/PERIOD", value_parser = parse_quota)]
    quota: Option<Quota>,
    /// Day on which the week (1 is Sunday) or month of the quota starts
    #[arg(long, value_name = "DAY", requires = "quota")]
    from_day: Option<u32>,
}

impl LimitArgs {
    pub(super) fn throttle(&self) -> Option<Throttle> {
        Some(Throttle { rate: self.rate?, burst: self.burst? })
    }

    pub(super) fn quota(&self) -> Result<Option<Quota>, CommandError> {
        let Some(quota) = self.quota else { return Ok(None) };
        let offset = match self.from_day {
            Some(0) => {
                return Err(CommandError::usage("there is no day 0", "days count from 1"));
            }
            day => day.map_or(0, |day| day - 1),
        };
        Ok(Some(Quota { offset, ..quota }))
    }
}

fn parse_quota(text: &str) -> Result<Quota, String> {
    let parts = text.split_once('/');
    let quota = parts.and_then(|(limit, period)| {
        let period = Period::parse(&period.trim().to_uppercase())?;
        Some(Quota { limit: limit.trim().parse().ok()?, period, offset: 0 })
    });
    quota.ok_or_else(|| "use a number and day, week or month, for example 2000/day".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quota_is_a_number_and_a_period() {
        let quota = Quota { limit: 2_000, period: Period::Month, offset: 0 };
        assert_eq!(parse_quota("2000/Month"), Ok(quota));
        for text in ["2000", "many/day", "2000/year", "-1/day"] {
            assert!(parse_quota(text).is_err(), "{text}");
        }
    }
}
