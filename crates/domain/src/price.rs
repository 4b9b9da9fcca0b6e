//! Money as an integer number of cents, never a float.

use std::fmt;
use std::str::FromStr;

/// An amount in hundredths of the currency unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Price(i64);

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a price: use whole units or at most two decimals, e.g. 49 or 49.90")]
pub struct ParsePriceError(String);

impl Price {
    pub const fn from_cents(cents: i64) -> Self {
        Self(cents)
    }

    pub const fn cents(self) -> i64 {
        self.0
    }
}

impl FromStr for Price {
    type Err = ParsePriceError;

    fn from_str(text: &str) -> Result<Self, ParsePriceError> {
        parse_cents(text.trim()).map(Self).ok_or_else(|| ParsePriceError(text.to_owned()))
    }
}

fn parse_cents(text: &str) -> Option<i64> {
    let (whole, decimals) = text.split_once('.').unwrap_or((text, ""));
    let all_digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
    if whole.is_empty() || decimals.len() > 2 || !all_digits(whole) || !all_digits(decimals) {
        return None;
    }
    let cents: i64 = format!("{decimals:0<2}").parse().ok()?;
    whole.parse::<i64>().ok()?.checked_mul(100)?.checked_add(cents)
}

impl fmt::Display for Price {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let cents = self.0.unsigned_abs();
        match cents % 100 {
            0 => f.pad(&format!("{sign}{}", cents / 100)),
            rest => f.pad(&format!("{sign}{}.{rest:02}", cents / 100)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_parsed_and_formatted() {
        for (text, cents, formatted) in
            [("0", 0, "0"), ("49", 4900, "49"), ("49.9", 4990, "49.90"), ("0.05", 5, "0.05")]
        {
            let price: Price = text.parse().expect(text);
            assert_eq!(price.cents(), cents, "{text}");
            assert_eq!(price.to_string(), formatted, "{text}");
        }
    }

    #[test]
    fn invalid_amounts_are_rejected() {
        for text in ["", "-", "-1.5", ".5", "1.000", "1.005", "1e3", "12,50", "99999999999999999999", "1.-5"]
        {
            assert!(text.parse::<Price>().is_err(), "{text}");
        }
    }
}
