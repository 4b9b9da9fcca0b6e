//! The days that are asked for.

use clap::Args;
use jiff::civil::Date;
use keypool_domain::usage::{DayRange, DayRangeError};

use crate::cli::CommandError;

/// The days that are shown unless others are asked for: as many as the longest period of a quota has.
pub(super) const DEFAULT_DAYS: u32 = 31;

/// The flags that choose days, at most one kind of them.
#[derive(Debug, Args)]
#[group(id = "span")]
pub(super) struct SpanArgs {
    /// The last so many days, today among them; 31 unless anything else is said
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(1..=366), conflicts_with_all = ["month", "from", "to"])]
    days: Option<u32>,
    /// A calendar month, for example 2026-10
    #[arg(long, value_name = "MONTH", value_parser = DayRange::parse_month, conflicts_with_all = ["from", "to"])]
    month: Option<DayRange>,
    /// From this day (UTC), for example 2026-10-15
    #[arg(long, value_name = "DATE")]
    from: Option<Date>,
    /// To this day (UTC); today unless it is given
    #[arg(long, value_name = "DATE", requires = "from")]
    to: Option<Date>,
}

impl SpanArgs {
    pub(super) fn range(&self, today: Date) -> Result<DayRange, CommandError> {
        let range = self.requested_range(today)?;
        if today < range.from() {
            let what = format!("{range} has not begun: no call is counted there yet");
            return Err(CommandError::Usage { what, hint: "days begin at midnight UTC".to_owned() });
        }
        Ok(range)
    }

    fn requested_range(&self, today: Date) -> Result<DayRange, CommandError> {
        if let Some(month) = self.month {
            return Ok(month);
        }
        let Some(from) = self.from else {
            return Ok(DayRange::last_days(self.days.unwrap_or(DEFAULT_DAYS), today));
        };
        DayRange::new(from, self.to.unwrap_or(today)).map_err(|why| range_error(&why))
    }
}

fn range_error(why: &DayRangeError) -> CommandError {
    let hint = "give --from and --to in order, --month, or --days".to_owned();
    CommandError::Usage { what: why.to_string(), hint }
}
