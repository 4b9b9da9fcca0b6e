//! Parses the time at which a tenant key expires.

use std::borrow::Cow;
use std::str::FromStr;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use keypool_domain::Expiry;
use keypool_domain::secret::mask_if_value;

/// The end of a tenant key as the user gives it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ExpiryArg(Expiry);

impl ExpiryArg {
    /// The end, or a message if it has passed.
    pub fn expiry(self, now: Timestamp) -> Result<Expiry, String> {
        match self.0 {
            Expiry::At(at) if at <= now => {
                Err(format!("{at:.0} has passed: give a time to come, or disable the key now"))
            }
            expiry @ (Expiry::At(_) | Expiry::Never) => Ok(expiry),
        }
    }
}

impl FromStr for ExpiryArg {
    type Err = String;

    /// A date is its first second in UTC.
    fn from_str(text: &str) -> Result<Self, String> {
        if text == "never" {
            return Ok(Self(Expiry::Never));
        }
        let of_date = || text.parse::<Date>().ok()?.to_zoned(TimeZone::UTC).ok().map(|at| at.timestamp());
        let is_date = text.len() == "2026-12-31".len();
        let at = if is_date { of_date() } else { text.parse::<Timestamp>().ok() };
        let at = at.and_then(|at| at.round(jiff::Unit::Second).ok());
        at.map(|at| Self(Expiry::At(at))).ok_or_else(|| {
            let given = if begins_with_date(text) { Cow::Borrowed(text) } else { mask_if_value(text) };
            format!(
                "`{given}` is not a time: use for example 2026-12-31 (00:00 UTC), 2026-12-31T18:00:00Z or never"
            )
        })
    }
}

/// Whether the text is meant as a time, and so is no key value that was given in the wrong place.
fn begins_with_date(text: &str) -> bool {
    text.get(..10).is_some_and(|date| date.parse::<Date>().is_ok())
        && text.chars().all(|c| c.is_ascii_digit() || "-+:.TZtz []/".contains(c))
}

#[cfg(test)]
mod tests {
    use keypool_domain::testing::at;

    use super::*;

    #[test]
    fn a_date_is_its_first_second_in_utc_and_a_time_needs_its_offset() {
        let parsed = |text: &str| text.parse::<ExpiryArg>().map(|arg| arg.0);
        assert_eq!(parsed("2026-12-31"), Ok(Expiry::At(at("2026-12-31T00:00:00Z"))));
        assert_eq!(parsed("2026-12-31T18:00:00+01:00"), Ok(Expiry::At(at("2026-12-31T17:00:00Z"))));
        assert_eq!(parsed("never"), Ok(Expiry::Never));
        for text in ["", "soon", "2026-02-30", "2026-12-31T18:00:00", "31.12.2026", "90d"] {
            assert!(parsed(text).is_err_and(|why| why.contains("2026-12-31T18:00:00Z")), "{text}");
        }
    }

    #[test]
    fn a_mistaken_time_is_repeated_and_what_may_be_a_key_value_is_masked() {
        let repeated = |text: &str| text.parse::<ExpiryArg>().is_err_and(|why| why.contains(text));
        for text in
            ["2026-12-31T18:00:00.5", "2026-12-31T18:00:00 01:00", "2026-12-31T25:00:00+01:00", "31.12.2026"]
        {
            assert!(repeated(text), "{text}");
        }
        for value in ["2026-12-31AbCdEfGhIjKlMnOpQr", "0123456789abcdefghij", "99999999999999999999"] {
            assert!(!repeated(value), "{value}");
        }
    }

    #[test]
    fn a_time_that_has_passed_is_refused() {
        let arg: ExpiryArg = "2026-12-31".parse().expect("a date");
        assert!(arg.expiry(at("2026-12-31T00:00:00Z")).is_err_and(|why| why.contains("has passed")));
        assert!(arg.expiry(at("2026-12-30T23:59:59Z")).is_ok());
    }
}
