//! The orders of tenant keys by figures of their API keys.

use std::cmp::Ordering;
use std::sync::Arc;

use keypool_domain::usage::{QuotaFigure, QuotaStatus};

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
    // There are far fewer API keys than tenant keys may be, so tenant keys are counted, not compared.
    let mut starts = vec![0_u32; ranked.len() + 2];
    for position in order.iter() {
        starts[rank(*position) as usize + 1] += 1;
    }
    for at in 1..starts.len() {
        starts[at] += starts[at - 1];
    }
    let mut sorted = vec![0; order.len()];
    for position in order.iter() {
        let next = &mut starts[rank(*position) as usize];
        sorted[*next as usize] = *position;
        *next += 1;
    }
    Arc::new(sorted)
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
