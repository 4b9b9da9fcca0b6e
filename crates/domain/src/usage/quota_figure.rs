//! The one figure for a quota: calls used and left, the limit and the percentage.
//!
//! Only this file computes a limit or a percentage of a quota; everything that shows one takes it from
//! here.

use jiff::Timestamp;
use jiff::tz::TimeZone;

/// How much of a quota is used in its current period, by one API key or by several together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QuotaFigure {
    counts: Counts,
    /// What GetUsage says; `None` if it does not list the API key.
    reported: Option<Counts>,
    /// A refused call that overrules GetUsage.
    refused: Option<Refused>,
    /// The quota was just extended: GetUsage's figures may not fit together yet.
    is_settling: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Counts {
    used: u64,
    /// `None` without a quota. The limit is less than `used` if the plan's quota was lowered below it.
    limit_and_left: Option<(u64, u64)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Refused {
    /// When the call that got 429 Limit Exceeded was sent.
    at: Timestamp,
    fetched_at: Timestamp,
}

impl QuotaFigure {
    /// From the calls counted since the period began and the balance that GetUsage reports.
    ///
    /// UpdateUsage and a changed plan both move the balance, so the limit in force is always their sum. A
    /// negative balance means that the plan's quota was lowered below what was used already.
    pub(crate) fn from_balance(used: u64, balance: i64) -> Self {
        let limit = i128::from(used) + i128::from(balance);
        let [limit, left] =
            [limit, i128::from(balance)].map(|calls| u64::try_from(calls.max(0)).unwrap_or(u64::MAX));
        Self::new(Counts { used, limit_and_left: Some((limit, left)) })
    }

    /// Calls of a plan without a quota.
    pub(super) const fn without_quota(used: u64) -> Self {
        Self::new(Counts { used, limit_and_left: None })
    }

    const fn new(counts: Counts) -> Self {
        Self { counts, reported: Some(counts), refused: None, is_settling: false }
    }

    /// GetUsage does not list the API key, so all of its quota remains.
    pub(super) const fn unlisted(limit: u64) -> Self {
        let counts = Counts { used: 0, limit_and_left: Some((limit, limit)) };
        Self { reported: None, ..Self::new(counts) }
    }

    pub(crate) const fn settling(self) -> Self {
        Self { is_settling: true, ..self }
    }

    /// The whole limit is used: a call at `at` was refused, which GetUsage does not show yet.
    pub(super) fn spent(self, at: Timestamp, fetched_at: Timestamp) -> Self {
        let Some((limit, _)) = self.counts.limit_and_left else { return self };
        let counts = Counts { used: self.counts.used.max(limit), limit_and_left: Some((limit, 0)) };
        Self { counts, refused: Some(Refused { at, fetched_at }), ..self }
    }

    /// Calls in the current period; without a quota, on the requested days.
    pub const fn used(&self) -> u64 {
        self.counts.used
    }

    /// The calls that the period allows, extensions included; `None` without a quota or while it settles.
    pub fn limit(&self) -> Option<u64> {
        self.limit_and_left().map(|(limit, _)| limit)
    }

    /// `None` without a quota or while it settles.
    pub fn left(&self) -> Option<u64> {
        self.limit_and_left().map(|(_, left)| left)
    }

    const fn limit_and_left(&self) -> Option<(u64, u64)> {
        if self.is_settling { None } else { self.counts.limit_and_left }
    }

    pub const fn is_settling(&self) -> bool {
        self.is_settling
    }

    pub fn is_exhausted(&self) -> bool {
        self.left() == Some(0)
    }

    /// Above 100 if the plan's quota was lowered below what is used. A limit of 0 counts as fully used.
    pub fn percent(&self) -> Option<f64> {
        if self.is_settling { None } else { self.counts.percent() }
    }

    /// Rounded down, so that it is below 100 for a key that has calls left.
    pub fn whole_percent(&self) -> Option<u64> {
        if self.is_settling { None } else { self.counts.whole_percent() }
    }

    /// When a call was refused that shows the quota as spent, if GetUsage does not show that yet.
    pub fn refused_at(&self) -> Option<Timestamp> {
        self.refused.map(|refused| refused.at)
    }

    /// The source of a figure that is not GetUsage's, for example `429 seen 16:03; GetUsage of 16:02 says
    /// 90%`. Times are in UTC.
    pub fn refusal_source(&self) -> Option<String> {
        let Refused { at, fetched_at } = self.refused?;
        let day = |at: Timestamp| at.to_zoned(TimeZone::UTC).date();
        let format = if day(at) == day(fetched_at) { "%H:%M" } else { "%-d %b %H:%M" };
        let [at, fetched_at] = [at, fetched_at].map(|at| at.to_zoned(TimeZone::UTC).strftime(format));
        let reported = match self.reported.and_then(Counts::whole_percent) {
            Some(percent) => format!("says {percent}%"),
            None => "lists no calls".to_owned(),
        };
        Some(format!("429 seen {at}; GetUsage of {fetched_at} {reported}"))
    }

    /// The sum of two keys' figures.
    pub(super) fn combine(self, other: Self) -> Self {
        Self {
            counts: self.counts.combine(other.counts),
            reported: match (self.reported, other.reported) {
                (Some(one), Some(other)) => Some(one.combine(other)),
                (one, other) => one.or(other),
            },
            refused: self.refused.into_iter().chain(other.refused).max_by_key(|refused| refused.at),
            is_settling: self.is_settling || other.is_settling,
        }
    }
}

impl Counts {
    fn combine(self, other: Self) -> Self {
        let limit_and_left = self
            .limit_and_left
            .zip(other.limit_and_left)
            .map(|(one, other)| (one.0.saturating_add(other.0), one.1.saturating_add(other.1)));
        Self { used: self.used.saturating_add(other.used), limit_and_left }
    }

    fn percent(self) -> Option<f64> {
        let (limit, _) = self.limit_and_left?;
        Some(if limit == 0 { 100.0 } else { super::as_f64(self.used) * 100.0 / super::as_f64(limit) })
    }

    fn whole_percent(self) -> Option<u64> {
        let (limit, _) = self.limit_and_left?;
        if limit == 0 {
            return Some(100);
        }
        let percent = u128::from(self.used) * 100 / u128::from(limit);
        Some(u64::try_from(percent).unwrap_or(u64::MAX))
    }
}
