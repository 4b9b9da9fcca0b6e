//! Limits as they are written on a command line.

use clap::Args;
use keypool_domain::{Period, Quota, Throttle};

use crate::cli::CommandError;

/// The throttle and the quota of each API key.
#[derive(Debug, Args)]
pub(super) struct LimitArgs {
    /// Requests a second
    #[arg(long, value_name = "NUMBER", requires = "burst")]
    rate: Option<f64>,
    /// Requests at once
    #[arg(long, value_name = "NUMBER", requires = "rate")]
    burst: Option<u32>,
    /// Requests a day, week or month, as in 2000/day
    #[arg(long, value_name = "NUMBER/PERIOD", value_parser = quota)]
    quota: Option<Quota>,
    /// The day on which the week (1 is Sunday) or the month of the quota starts
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
                return Err(CommandError::Usage {
                    what: "there is no day 0".to_owned(),
                    hint: "days count from 1".to_owned(),
                });
            }
            day => day.map_or(0, |day| day - 1),
        };
        Ok(Some(Quota { offset, ..quota }))
    }
}

fn quota(text: &str) -> Result<Quota, String> {
    let parts = text.split_once('/');
    let read = parts.and_then(|(limit, period)| {
        let period = Period::parse(&period.trim().to_uppercase())?;
        Some(Quota { limit: limit.trim().parse().ok()?, period, offset: 0 })
    });
    read.ok_or_else(|| "write a number and day, week or month, as in 2000/day".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quota_is_a_number_and_a_period() {
        let read = Quota { limit: 2_000, period: Period::Month, offset: 0 };
        assert_eq!(quota("2000/Month"), Ok(read));
        for text in ["2000", "many/day", "2000/year", "-1/day"] {
            assert!(quota(text).is_err(), "{text}");
        }
    }
}
