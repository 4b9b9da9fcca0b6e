//! The filter field `used`: the calls with the API key in the current quota period, e.g. `used:>80%`,
//! `used:<100` or `used:0`.

use keypool_domain::usage::QuotaFigure;

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

    pub(super) fn matches(&self, figure: QuotaFigure) -> bool {
        let order = match self.bound {
            Bound::Calls(calls) => Some(figure.used().cmp(&calls)),
            // `=` compares the whole number that is displayed.
            Bound::Percent(percent) => match self.comparison {
                Comparison::Equal => figure.whole_percent().map(|whole| as_f64(whole).total_cmp(&percent)),
                Comparison::Above | Comparison::AtLeast | Comparison::Below | Comparison::AtMost => {
                    figure.percent().map(|exact| exact.total_cmp(&percent))
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

#[expect(clippy::cast_precision_loss, reason = "a percentage of this size is exact enough")]
const fn as_f64(percent: u64) -> f64 {
    percent as f64
}

#[cfg(test)]
mod tests {
    use jiff::tz::TimeZone;
    use keypool_domain::testing;
    use keypool_domain::usage::{DayRange, DayUse, PlanUsage};
    use keypool_domain::{Period, Plan, Quota};

    use super::*;

    /// The figure of a key with so many calls in a plan with this quota.
    fn figure(used: u64, limit: Option<u64>) -> QuotaFigure {
        let now = testing::start_time();
        let range = DayRange::last_days(1, now.to_zoned(TimeZone::UTC).date());
        let days = vec![DayUse { day: range.to(), used, remaining: None }];
        let usage = PlanUsage::new("p".into(), range, [("k".into(), days)].into(), now);
        let quota = limit.map(|limit| Quota { limit, period: Period::Day, offset: 0 });
        let inventory = testing::inventory(vec![Plan { quota, ..Plan::new("p", "P") }], Vec::new());
        usage.quota_figure(&"k".into(), &inventory, now).expect("today was read")
    }

    #[test]
    fn compares_calls_and_percentages() {
        let eighty_and_a_half_percent = figure(1_610, Some(2_000));
        for (text, holds) in [
            (">80%", true),
            ("<80%", false),
            ("80%", true),
            (">=81%", false),
            ("1610", true),
            (">1,609", true),
            ("<=1609", false),
        ] {
            let holds_here = UsageCondition::parse(text).map(|used| used.matches(eighty_and_a_half_percent));
            assert_eq!(holds_here, Some(holds), "{text}");
        }
        let unlimited = figure(5, None);
        assert_eq!(
            UsageCondition::parse("<50%").map(|used| used.matches(unlimited)),
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
