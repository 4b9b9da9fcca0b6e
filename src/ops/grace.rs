//! Parses the grace period of a replaced key value.

use std::str::FromStr;

use keypool_domain::secret::mask_if_value;

/// A grace period in seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Grace(u64);

impl Grace {
    pub const fn seconds(self) -> u64 {
        self.0
    }
}

impl FromStr for Grace {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let invalid =
            || format!("`{}` is not a duration: use for example 0, 90s, 15m, 24h or 7d", mask_if_value(text));
        let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
        let (number, unit) = text.split_at(digits);
        let factor = match unit {
            "" if number == "0" => 1,
            "s" => 1,
            "m" => 60,
            "h" => 3_600,
            "d" => 86_400,
            _ => return Err(invalid()),
        };
        let number: u64 = number.parse().map_err(|_| invalid())?;
        number.checked_mul(factor).map(Self).ok_or_else(invalid)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_need_a_unit_except_zero() {
        let seconds = |text: &str| text.parse().map(Grace::seconds);
        for (text, expected) in
            [("0", 0), ("0s", 0), ("90s", 90), ("15m", 900), ("24h", 86_400), ("7d", 604_800)]
        {
            assert_eq!(seconds(text), Ok(expected), "{text}");
        }
        for text in ["", "15", "m", "1.5h", "-1s", "15 m", "99999999999999999999d", "18446744073709551615d"] {
            assert!(seconds(text).is_err_and(|why| why.contains("24h")), "{text}");
        }
    }
}
