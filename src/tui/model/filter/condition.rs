//! The filter fields `used` and `left`: calls with the API key in the current quota period, e.g. `used:>80%`,
//! `left:<100` or `used:0`.

use keypool_domain::usage::QuotaFigure;

/// What is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Measure {
    Used,
    Left,
}

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
    measure: Measure,
    comparison: Comparison,
    bound: Bound,
}

/// The text has no number yet, or something else in its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NoCondition {
    Unfinished,
    NotANumber,
}

impl UsageCondition {
    /// Parses the text after `used:` or `left:`.
    pub(super) fn parse(measure: Measure, text: &str) -> Result<Self, NoCondition> {
        use Comparison::{Above, AtLeast, AtMost, Below, Equal};
        let prefixes = [(">=", AtLeast), ("<=", AtMost), (">", Above), ("<", Below), ("=", Equal)];
        let prefixed = prefixes
            .into_iter()
            .find_map(|(prefix, comparison)| Some((text.strip_prefix(prefix)?, comparison)));
        let (number, comparison) = prefixed.unwrap_or((text, Equal));
        if number.is_empty() {
            return Err(NoCondition::Unfinished);
        }
        let number = number.replace([',', '_'], "");
        let bound = match number.strip_suffix('%') {
            Some(percent) => {
                percent.parse().ok().filter(|percent: &f64| percent.is_finite()).map(Bound::Percent)
            }
            None => number.parse().ok().map(Bound::Calls),
        };
        Ok(Self { measure, comparison, bound: bound.ok_or(NoCondition::NotANumber)? })
    }

    pub(super) fn matches(&self, figure: QuotaFigure) -> bool {
        let order = match (self.bound, self.measure) {
            (Bound::Calls(calls), Measure::Used) => Some(figure.used().cmp(&calls)),
            (Bound::Calls(calls), Measure::Left) => figure.left().map(|left| left.cmp(&calls)),
            (Bound::Percent(percent), Measure::Used) => match self.comparison {
                // The whole number that is displayed.
                Comparison::Equal => figure.whole_percent().map(|whole| as_f64(whole).total_cmp(&percent)),
                Comparison::Above | Comparison::AtLeast | Comparison::Below | Comparison::AtMost => {
                    figure.percent().map(|exact| exact.total_cmp(&percent))
                }
            },
            (Bound::Percent(percent), Measure::Left) => {
                figure.percent().map(|used| (100.0 - used).max(0.0).total_cmp(&percent))
            }
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

    fn holds(measure: Measure, text: &str, figure: QuotaFigure) -> bool {
        UsageCondition::parse(measure, text).expect("a condition").matches(figure)
    }

    #[test]
    fn compares_calls_and_percentages() {
        let eighty_and_a_half_percent = figure(1_610, Some(2_000));
        for (text, is_met) in [
            (">80%", true),
            ("<80%", false),
            ("80%", true),
            (">=81%", false),
            ("1610", true),
            (">1,609", true),
            ("<=1609", false),
        ] {
            assert_eq!(holds(Measure::Used, text, eighty_and_a_half_percent), is_met, "used:{text}");
        }
        for (text, is_met) in
            [("<391", true), ("390", true), (">390", false), ("<20%", true), ("<19%", false)]
        {
            assert_eq!(holds(Measure::Left, text, eighty_and_a_half_percent), is_met, "left:{text}");
        }
        assert!(!holds(Measure::Used, "<50%", figure(5, None)), "no quota, no percentage");
        assert!(!holds(Measure::Left, "<50", figure(5, None)), "no quota, nothing left of it");
    }

    #[test]
    fn an_unfinished_condition_is_no_wrong_one() {
        for (text, why) in [
            ("", NoCondition::Unfinished),
            (">=", NoCondition::Unfinished),
            ("%", NoCondition::NotANumber),
            (">x", NoCondition::NotANumber),
            ("nan%", NoCondition::NotANumber),
        ] {
            assert_eq!(UsageCondition::parse(Measure::Used, text), Err(why), "{text}");
        }
    }
}
