//! The field `used`: calls of the key in the present period, as `used:>80%`, `used:<100` or `used:0`.

use keypool_domain::usage::QuotaStatus;

/// How a figure has to stand to the bound.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Comparison {
    Above,
    AtLeast,
    Below,
    AtMost,
    Equal,
}

/// What a figure is compared with.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Bound {
    Calls(u64),
    Percent(f64),
}

/// A condition on what is used.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct UsageCondition {
    comparison: Comparison,
    bound: Bound,
}

impl UsageCondition {
    /// Reads what stands after `used:`; `None` while there is no number yet.
    pub(super) fn parse(text: &str) -> Option<Self> {
        use Comparison::{Above, AtLeast, AtMost, Below, Equal};
        let signs = [(">=", AtLeast), ("<=", AtMost), (">", Above), ("<", Below), ("=", Equal)];
        let signed = signs.into_iter().find_map(|(sign, is)| Some((text.strip_prefix(sign)?, is)));
        let (number, comparison) = signed.unwrap_or((text, Equal));
        let number = number.replace([',', '_'], "");
        let bound = match number.strip_suffix('%') {
            Some(percent) => {
                Bound::Percent(percent.parse().ok().filter(|percent: &f64| percent.is_finite())?)
            }
            None => Bound::Calls(number.parse().ok()?),
        };
        Some(Self { comparison, bound })
    }

    pub(super) fn matches(&self, standing: &QuotaStatus) -> bool {
        let order = match self.bound {
            Bound::Calls(calls) => Some(standing.used.cmp(&calls)),
            // As it is shown: whole numbers, so that `=` means something.
            Bound::Percent(percent) => match self.comparison {
                Comparison::Equal => {
                    standing.whole_percent().map(|whole| f64::from(whole).total_cmp(&percent))
                }
                Comparison::Above | Comparison::AtLeast | Comparison::Below | Comparison::AtMost => {
                    standing.percent.map(|exact| exact.total_cmp(&percent))
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
        let key = quota_status(1_600, Some(80.5));
        for (text, holds) in [
            (">80%", true),
            ("<80%", false),
            ("80%", true),
            (">=81%", false),
            ("1600", true),
            (">1,599", true),
            ("<=1599", false),
        ] {
            assert_eq!(UsageCondition::parse(text).map(|used| used.matches(&key)), Some(holds), "{text}");
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
