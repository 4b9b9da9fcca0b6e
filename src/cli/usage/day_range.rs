//! The range of days to show.

use clap::Args;
use jiff::civil::Date;
use keypool_domain::usage::{DayRange, DayRangeError};

use crate::cli::CommandError;

/// Number of days shown by default: the longest month, which is the longest quota period.
pub(super) const DEFAULT_DAYS: u32 = 31;

#[derive(Debug, Args)]
#[group(id = "span")]
pub(super) struct DayRangeArgs {
    /// Number of days up to today; 31 by default
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(1..=366), conflicts_with_all = ["month", "from", "to"])]
    days: Option<u32>,
    /// Calendar month, for example 2026-10
    #[arg(long, value_name = "MONTH", value_parser = DayRange::parse_month, conflicts_with_all = ["from", "to"])]
    month: Option<DayRange>,
    /// First day (UTC), for example 2026-10-15
    #[arg(long, value_name = "DATE")]
    from: Option<Date>,
    /// Last day (UTC); today by default
    #[arg(long, value_name = "DATE", requires = "from")]
    to: Option<Date>,
}

impl DayRangeArgs {
    pub(super) fn range(&self, today: Date) -> Result<DayRange, CommandError> {
        let default = DayRange::last_days(DEFAULT_DAYS, today);
        Ok(self.requested(today)?.unwrap_or(default))
    }

    /// The days that were asked for, if any.
    pub(super) fn requested(&self, today: Date) -> Result<Option<DayRange>, CommandError> {
        let Some(range) = self.requested_range(today)? else { return Ok(None) };
        if today < range.from() {
            let what = format!("{range} has not started: no calls are counted yet");
            return Err(CommandError::usage(what, "days begin at midnight UTC"));
        }
        Ok(Some(range))
    }

    fn requested_range(&self, today: Date) -> Result<Option<DayRange>, CommandError> {
        if let Some(month) = self.month {
            return Ok(Some(month));
        }
        let Some(from) = self.from else {
            return Ok(self.days.map(|days| DayRange::last_days(days, today)));
        };
        DayRange::new(from, self.to.unwrap_or(today)).map(Some).map_err(|why| range_error(&why))
    }
}

fn range_error(why: &DayRangeError) -> CommandError {
    let hint = "give --from and --to in order, --month, or --days".to_owned();
    CommandError::usage(why.to_string(), hint)
}
