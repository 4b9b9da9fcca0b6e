//! The orders of tenant keys by figures of their API keys.

use std::cmp::Ordering;
use std::sync::Arc;

use keypool_domain::usage::{QuotaFigure, QuotaStatus};

use crate::tui::model::key_index::sort_by_rank;
use crate::tui::sorting::Direction;

/// A figure of an API key that its tenant keys are sorted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum UsageFigure {
    /// Most first; without a quota last.
    Percent,
    /// Most first.
    Used,
    /// Fewest first; without a quota last.
    Left,
    /// Calls today, divided equally among the tenant keys of the API key; most first.
    OwnToday,
}

impl UsageFigure {
    pub(crate) const ALL: [Self; 4] = [Self::Percent, Self::Used, Self::Left, Self::OwnToday];

    pub(crate) const fn direction(self) -> Direction {
        match self {
            Self::Percent | Self::Used | Self::OwnToday => Direction::MOST_FIRST,
            Self::Left => Direction::LEAST_FIRST,
        }
    }
}

/// What tenant keys are sorted by; those with the same API key have the same.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ranked<'a> {
    pub(super) status: &'a QuotaStatus,
    /// Calls today, divided equally among the tenant keys of the API key.
    pub(super) own_today: u64,
}

/// The positions of the tenant keys, sorted by the figure. `by_tenant_key` has an index into `ranked` for each, and
/// anything else if there is none; such tenant keys come last. `order` breaks ties.
pub(super) fn sort_by(
    figure: UsageFigure,
    order: &Arc<Vec<u32>>,
    by_tenant_key: &[u32],
    ranked: &[Ranked<'_>],
) -> Arc<Vec<u32>> {
    let ranks = ranks(figure, ranked);
    let last = u32::try_from(ranked.len()).unwrap_or(u32::MAX);
    let rank = |position: u32| {
        let status = by_tenant_key.get(position as usize).map_or(last, |at| *at);
        ranks.get(status as usize).copied().unwrap_or(last)
    };
    if order.is_sorted_by_key(|position| rank(*position)) {
        return Arc::clone(order);
    }
    Arc::new(sort_by_rank(order, rank))
}

/// The rank of each API key; equal figures have the same.
fn ranks(figure: UsageFigure, ranked: &[Ranked<'_>]) -> Vec<u32> {
    let mut order: Vec<usize> = (0..ranked.len()).collect();
    order.sort_by(|a, b| compare(figure, &ranked[*a], &ranked[*b]));
    let mut ranks = vec![0; ranked.len()];
    let groups = order.chunk_by(|a, b| compare(figure, &ranked[*a], &ranked[*b]).is_eq());
    for (rank, group) in (0..).zip(groups) {
        for at in group {
            ranks[*at] = rank;
        }
    }
    ranks
}

fn compare(figure: UsageFigure, a: &Ranked<'_>, b: &Ranked<'_>) -> Ordering {
    let (one, other) = (&a.status.figure, &b.status.figure);
    match figure {
        UsageFigure::OwnToday => b.own_today.cmp(&a.own_today),
        UsageFigure::Used => other.used().cmp(&one.used()),
        UsageFigure::Left => {
            let left = |figure: &QuotaFigure| figure.left().unwrap_or(u64::MAX);
            left(one).cmp(&left(other))
        }
        UsageFigure::Percent => {
            let percent = |figure: &QuotaFigure| figure.percent().unwrap_or(-1.0);
            percent(other).total_cmp(&percent(one))
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::tz::TimeZone;
    use keypool_domain::testing;
    use keypool_domain::usage::{DayRange, DayUse, PlanUsage};
    use keypool_domain::{Period, Plan, Quota};

    use super::*;

    /// The status of an API key with so many calls in a plan with this quota.
    fn status(used: u64, limit: Option<u64>) -> QuotaStatus {
        let now = testing::start_time();
        let range = DayRange::last_days(31, now.to_zoned(TimeZone::UTC).date());
        let days = vec![DayUse { day: range.to(), used, remaining: None }];
        let usage = PlanUsage::new("p".into(), range, [("k".into(), days)].into(), now);
        let quota = limit.map(|limit| Quota { limit, period: Period::Day, offset: 0 });
        let inventory = testing::inventory(vec![Plan { quota, ..Plan::new("p", "P") }], Vec::new());
        usage.quota_status(&"k".into(), &inventory, now).expect("today was read")
    }

    #[test]
    fn tenant_keys_are_sorted_by_each_figure_and_those_without_it_come_last() {
        let statuses =
            [status(10, Some(100)), status(500, None), status(90, Some(100)), status(80, Some(90))];
        let own_today = [1, 4, 2, 3];
        let ranked: Vec<_> =
            statuses.iter().zip(own_today).map(|(status, own_today)| Ranked { status, own_today }).collect();
        // The tenant keys at positions 1 and 5 share an API key; that of position 2 has no usage.
        let by_tenant_key = [0, 2, u32::MAX, 3, 1, 2];
        let order = Arc::new(vec![5, 4, 3, 2, 1, 0]);
        let sorted = |figure| sort_by(figure, &order, &by_tenant_key, &ranked).to_vec();
        assert_eq!(sorted(UsageFigure::Percent), [5, 1, 3, 0, 4, 2]);
        assert_eq!(sorted(UsageFigure::Used), [4, 5, 1, 3, 0, 2]);
        assert_eq!(sorted(UsageFigure::Left), [5, 3, 1, 0, 4, 2]);
        assert_eq!(sorted(UsageFigure::OwnToday), [4, 3, 5, 1, 0, 2]);
    }

    #[test]
    fn an_order_that_is_sorted_already_is_shared() {
        let statuses = [status(10, Some(100))];
        let ranked = [Ranked { status: &statuses[0], own_today: 0 }];
        let order = Arc::new(vec![0, 1]);
        let sorted = sort_by(UsageFigure::Percent, &order, &[0, 0], &ranked);
        assert!(Arc::ptr_eq(&sorted, &order));
    }
}
