//! Parses the limits of a price-list entry into a change that enforces them.

use crate::PlanEdit;
use crate::change::PlanChange;
use crate::price_list::{is_same_text, quota_text, throttle_text};
use crate::{Change, Period, Plan, PriceListEntry, Quota, Throttle};

/// The change that makes a plan enforce its price-list entry; `None` if a differing limit cannot be
/// parsed.
pub(super) fn change_to_enforce(entry: &PriceListEntry, plan: &Plan) -> Option<Change> {
    let mut edit = PlanEdit::default();
    if !is_same_text(&entry.quota, &quota_text(plan)) {
        edit.quota = Some(Some(parse_quota(&entry.quota, plan)?));
    }
    if !is_same_text(&entry.throttle, &throttle_text(plan)) {
        edit.throttle = Some(Some(parse_throttle(&entry.throttle, plan)?));
    }
    Some(PlanChange::Edit { plan: plan.id.clone(), edit }.into())
}

/// Parses e.g. "2,000 per DAY". The entry has no start day: the plan's stays, unless the period changes.
fn parse_quota(text: &str, plan: &Plan) -> Option<Quota> {
    let text = text.replace(',', "");
    let [limit, per, period] = text.split_whitespace().collect::<Vec<_>>()[..] else { return None };
    let period = Period::parse(&period.to_uppercase()).filter(|_| per.eq_ignore_ascii_case("per"))?;
    let limit = limit.parse().ok().filter(|limit| *limit > 0)?;
    let same_period = plan.quota.filter(|current| current.period == period);
    Some(Quota { limit, period, offset: same_period.map_or(0, |current| current.offset) })
}

/// Parses e.g. "10 TPS". The entry has no burst: the plan's stays, or becomes one second's calls.
fn parse_throttle(text: &str, plan: &Plan) -> Option<Throttle> {
    let text = text.replace(',', "");
    let [rate, unit] = text.split_whitespace().collect::<Vec<_>>()[..] else { return None };
    let rate: f64 = rate.parse().ok().filter(|_| unit.eq_ignore_ascii_case("TPS"))?;
    let is_valid = rate.is_finite() && rate > 0.0 && rate <= f64::from(u32::MAX);
    let calls_per_second = rate.ceil() as u32;
    is_valid
        .then(|| Throttle { rate, burst: plan.throttle.map_or(calls_per_second, |current| current.burst) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan() -> Plan {
        Plan {
            throttle: Some(Throttle { rate: 5.0, burst: 20 }),
            quota: Some(Quota { limit: 10, period: Period::Week, offset: 2 }),
            ..Plan::new("p", "P")
        }
    }

    fn enforcing_edit(quota: &str, throttle: &str) -> Option<PlanEdit> {
        let (quota, throttle) = (quota.to_owned(), throttle.to_owned());
        let (name, description) = (String::new(), String::new());
        let change = change_to_enforce(
            &PriceListEntry { name, description, quota, throttle, price: None.into() },
            &plan(),
        )?;
        match change {
            Change::Plan(plan_change) => match *plan_change {
                PlanChange::Edit { edit, .. } => Some(edit),
                _ => None,
            },
            _ => None,
        }
    }

    #[test]
    fn limits_in_the_price_list_can_be_enforced() {
        let edit = enforcing_edit("2,000 per Day", "10 TPS").expect("an edit");
        assert_eq!(edit.quota, Some(Some(Quota { limit: 2_000, period: Period::Day, offset: 0 })));
        assert_eq!(edit.throttle, Some(Some(Throttle { rate: 10.0, burst: 20 })), "the burst stays");
        let edit = enforcing_edit("20 per WEEK", "5 TPS").expect("an edit");
        assert_eq!(edit.quota, Some(Some(Quota { limit: 20, period: Period::Week, offset: 2 })));
        assert_eq!(edit.throttle, None, "the throttle is already enforced");
    }

    #[test]
    fn unparsable_price_list_limits_change_nothing() {
        for (quota, throttle) in [
            ("", "5 TPS"),
            ("unlimited", "5 TPS"),
            ("2000 per YEAR", "5 TPS"),
            ("0 per DAY", "5 TPS"),
            ("10 per WEEK", ""),
            ("10 per WEEK", "fast"),
            ("10 per WEEK", "-1 TPS"),
            ("10 per WEEK", "inf TPS"),
        ] {
            assert_eq!(enforcing_edit(quota, throttle), None, "{quota} {throttle}");
        }
    }
}
