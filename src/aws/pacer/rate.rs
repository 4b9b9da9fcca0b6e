//! The rate that a limit allows: AWS's published one until AWS refuses a call, then a learned one.
//!
//! The model is the SDK's adaptive mode: a refused call lowers the rate at once, and time raises it along a cubic
//! curve, flat near the rate that was refused last.

use std::time::Duration;

use tokio::time::Instant;

/// The share of the refused rate that is left.
const LOWERED_SHARE: f64 = 0.5;

/// An endpoint on this machine is first assumed to allow this many times AWS's rates.
const LOOPBACK_FACTOR: f64 = 16.0;

/// The shortest time from the lowered rate back to the refused one. The SDK takes about 2 s.
const MIN_RECOVERY: Duration = Duration::from_secs(10);

/// A slow limit needs this many calls, at AWS's rate, from the lowered rate back to the refused one.
const RECOVERY_CALLS: f64 = 5.0;

/// A limit of AWS, in calls per second.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct PublishedLimit {
    pub(super) rate: f64,
    pub(super) burst: f64,
    /// No refused call lowers the rate below this.
    pub(super) floor: f64,
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Rate {
    published: PublishedLimit,
    /// Whether the published rate holds before a call is refused.
    is_enforced: bool,
    lowered: Option<LoweredRate>,
}

#[derive(Debug, Clone, Copy)]
struct LoweredRate {
    refused: f64,
    at: Instant,
}

impl Rate {
    pub(super) const fn new(published: PublishedLimit, is_enforced: bool) -> Self {
        Self { published, is_enforced, lowered: None }
    }

    /// Calls per second; `None` without a limit.
    pub(super) fn per_second(&self, now: Instant) -> Option<f64> {
        let published = self.is_enforced.then_some(self.published.rate);
        let Some(lowered) = self.lowered else { return published };
        let learned = lowered.rate(self.recovery(), now);
        if learned < self.ceiling() { Some(learned.max(self.published.floor)) } else { published }
    }

    /// The number of calls that may start at once after a pause. A learned rate has no burst: another program has
    /// used it up.
    pub(super) fn burst(&self, now: Instant) -> f64 {
        match self.per_second(now) {
            Some(rate) if rate < self.published.rate || !self.is_enforced => rate.max(1.0),
            Some(_) | None => self.published.burst,
        }
    }

    /// Lowers the rate after a refused call that started at this time, unless that call started before the rate was
    /// last lowered. Returns whether it was lowered.
    pub(super) fn lower(&mut self, started_at: Instant, now: Instant) -> bool {
        if self.lowered.is_some_and(|lowered| started_at <= lowered.at) {
            return false;
        }
        let refused = self.per_second(now).unwrap_or_else(|| self.ceiling());
        self.lowered = Some(LoweredRate { refused, at: now });
        true
    }

    fn ceiling(&self) -> f64 {
        if self.is_enforced { self.published.rate } else { self.published.rate * LOOPBACK_FACTOR }
    }

    fn recovery(&self) -> f64 {
        (RECOVERY_CALLS / self.published.rate).max(MIN_RECOVERY.as_secs_f64())
    }
}

impl LoweredRate {
    /// `recovery` is the time in seconds until the refused rate is reached again.
    fn rate(&self, recovery: f64, now: Instant) -> f64 {
        let seconds = now.saturating_duration_since(self.at).as_secs_f64();
        self.refused + self.refused * LOWERED_SHARE * ((seconds - recovery) / recovery).powi(3)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOTAL: PublishedLimit = PublishedLimit { rate: 10.0, burst: 40.0, floor: 1.0 };

    fn seconds(count: u64) -> Duration {
        Duration::from_secs(count)
    }

    #[test]
    fn a_refused_call_halves_the_rate_and_time_raises_it_to_awss_rate_again() {
        let start = Instant::now();
        let mut rate = Rate::new(TOTAL, true);
        assert_eq!((rate.per_second(start), rate.burst(start)), (Some(10.0), 40.0));
        assert!(rate.lower(start, start));
        assert_eq!((rate.per_second(start), rate.burst(start)), (Some(5.0), 5.0));
        let rates: Vec<f64> = (0..=40).filter_map(|after| rate.per_second(start + seconds(after))).collect();
        assert!(rates.is_sorted() && rates.len() == 41, "{rates:?}");
        assert!(rates[5] > 9.0 && rates[5] < 10.0, "{rates:?}");
        assert_eq!((rates[10], rates[40], rate.burst(start + seconds(40))), (10.0, 10.0, 40.0));
    }

    #[test]
    fn the_rate_never_falls_below_the_floor_and_is_probed_beyond_the_refused_rate() {
        let start = Instant::now();
        let mut rate = Rate::new(TOTAL, true);
        for second in 1..20 {
            rate.lower(start + seconds(second), start + seconds(second));
        }
        let refused_at = start + seconds(19);
        assert_eq!((rate.per_second(refused_at), rate.burst(refused_at)), (Some(1.0), 1.0));
        let after = |count| rate.per_second(refused_at + seconds(count)).expect("a rate");
        assert!((after(10) - 1.0).abs() < 0.3 && after(20) < 2.0, "{} {}", after(10), after(20));
        assert_eq!(after(40), 10.0);
    }

    #[test]
    fn calls_that_were_in_flight_lower_the_rate_only_once() {
        let start = Instant::now();
        let mut rate = Rate::new(TOTAL, true);
        assert!(rate.lower(start, start + seconds(1)));
        assert!(
            !rate.lower(start, start + seconds(2)) && !rate.lower(start + seconds(1), start + seconds(2))
        );
        assert!(rate.lower(start + seconds(2), start + seconds(2)));
    }

    #[test]
    fn a_slow_limit_recovers_slowly() {
        let start = Instant::now();
        let mut rate = Rate::new(PublishedLimit { rate: 0.05, burst: 1.0, floor: 0.0125 }, true);
        rate.lower(start, start);
        assert_eq!((rate.per_second(start), rate.burst(start)), (Some(0.025), 1.0));
        assert!(rate.per_second(start + seconds(50)).is_some_and(|rate| rate < 0.05));
        assert_eq!(rate.per_second(start + seconds(100)), Some(0.05));
    }

    #[test]
    fn loopback_is_unlimited_until_a_call_is_refused() {
        let start = Instant::now();
        let mut rate = Rate::new(TOTAL, false);
        assert_eq!(rate.per_second(start), None);
        rate.lower(start, start);
        assert_eq!((rate.per_second(start), rate.burst(start)), (Some(80.0), 80.0));
        let after = |millis| start + Duration::from_millis(millis);
        for millis in 1..5 {
            rate.lower(after(millis), after(millis));
        }
        let refused_at = after(4);
        assert!(rate.per_second(refused_at).is_some_and(|rate| rate < 5.1));
        assert_eq!(rate.per_second(refused_at + seconds(60)), None, "it recovers");
    }
}
