//! The filter field `used`: the calls with the API key in the current quota period, e.g. `used:>80%`,
//! `used:<100` or `used:0`.

use keypool_domain::usage::QuotaStatus;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Comparison {
    Above,
    AtLeast,
    Below,
    AtMost,
    Equal,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Bound {
    Calls(u64),
    Percent(f64),
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct UsageCondition {
    comparison: Comparison,
    bound: Bound,
}

impl UsageCondition {
    /// Parses the text after `used:`; returns `None` while it has no number yet.
    pub(super) fn parse(text: &str) -> Option<Self> {
        use Comparison::{Above, AtLeast, AtMost, Below, Equal};
        let prefixes = [(">=", AtLeast), ("<=", AtMost), (">", Above), ("<", Below), ("=", Equal)];
        let prefixed = prefixes
            .into_iter()
            .find_map(|(prefix, comparison)| Some((text.strip_prefix(prefix)?, comparison)));
        let (number, comparison) = prefixed.unwrap_or((text, Equal));
        let number = number.replace([',', '_'], "");
        let bound = match number.strip_suffix('%') {
            Some(percent) => {
                Bound::Percent(percent.parse().ok().filter(|percent: &f64| percent.is_finite())?)
            }
            None => Bound::Calls(number.parse().ok()?),
        };
        Some(Self { comparison, bound })
    }

    pub(super) fn matches(&self, status: &QuotaStatus) -> bool {
        let order = match self.bound {
            Bound::Calls(calls) => Some(status.used.cmp(&calls)),
            // `=` compares the whole number that is displayed.
            Bound::Percent(percent) => match self.comparison {
                Comparison::Equal => status.whole_percent().map(|whole| f64::from(whole).total_cmp(&percent)),
                Comparison::Above | Comparison::AtLeast | Comparison::Below | Comparison::AtMost => {
                    status.percent.map(|exact| exact.total_cmp(&percent))
                }
            },
        };
        order.is_some_and(|order| match self.comparison {
            Comparison::Above => order.is_gt(),
            Comparison::AtLeast => order.is_ge(),
            Comparison::Below => order.is_lt(),
            Comparison::AtMost => order.is_le(),
            Comparison::Equal => order.is_eq(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn quota_status(used: u64, percent: Option<f64>) -> QuotaStatus {
        QuotaStatus {
            used,
            limit: None,
            remaining: None,
            percent,
            resets_at: None,
            burn_rate: 0.0,
            current_burn_rate: None,
            runs_out_at: None,
            days_at_limit: 0,
            is_settling: false,
        }
    }

    #[test]
    fn compares_calls_and_percentages() {
        let status = quota_status(1_600, Some(80.5));
        for (text, holds) in [
            (">80%", true),
            ("<80%", false),
            ("80%", true),
            (">=81%", false),
            ("1600", true),
            (">1,599", true),
            ("<=1599", false),
        ] {
            assert_eq!(UsageCondition::parse(text).map(|used| used.matches(&status)), Some(holds), "{text}");
        }
        let unlimited = quota_status(5, None);
        assert_eq!(
            UsageCondition::parse("<50%").map(|used| used.matches(&unlimited)),
            Some(false),
            "no quota, no percentage"
        );
    }

    #[test]
    fn an_unfinished_condition_does_not_parse() {
        for text in ["", ">", ">=", "%", ">x", "nan%"] {
            assert_eq!(UsageCondition::parse(text), None, "{text}");
        }
    }
}
