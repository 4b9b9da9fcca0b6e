//! The request rates of API Gateway's control plane, enforced if [`crate::Switches`] turns them on.
//!
//! Invariant: a throttled call takes no token, neither from its operation's bucket nor from the account's.

use std::collections::HashMap;

use jiff::Timestamp;

use crate::token_bucket::{Flow, TokenBucket};

/// Shared by all operations.
const TOTAL_RATE: (&str, Flow) = ("all operations", Flow { rate: 10.0, burst: 40.0 });

/// Operations with a rate of their own, in addition to [`TOTAL_RATE`].
const OPERATION_RATES: [(&str, Flow); 10] = [
    ("CreateApiKey", Flow { rate: 5.0, burst: 5.0 }),
    ("DeleteApiKey", Flow { rate: 5.0, burst: 5.0 }),
    ("UpdateUsagePlan", Flow { rate: 0.05, burst: 1.0 }),
    ("UpdateAccount", Flow { rate: 0.05, burst: 1.0 }),
    ("GetResources", Flow { rate: 2.5, burst: 5.0 }),
    ("CreateResource", Flow { rate: 5.0, burst: 5.0 }),
    ("DeleteResource", Flow { rate: 5.0, burst: 5.0 }),
    ("CreateDeployment", Flow { rate: 0.2, burst: 1.0 }),
    ("CreateRestApi", Flow { rate: 1.0 / 3.0, burst: 1.0 }),
    ("DeleteRestApi", Flow { rate: 1.0 / 30.0, burst: 1.0 }),
];

#[derive(Debug, Default)]
pub(crate) struct ControlPlaneRates(HashMap<&'static str, TokenBucket>);

impl ControlPlaneRates {
    /// Admits a call of `operation`, or returns the number of seconds after which to retry.
    pub(crate) fn admit(&mut self, operation: &str, now: Timestamp) -> Result<(), u32> {
        let operation_rate = OPERATION_RATES.iter().find(|(name, _)| *name == operation);
        let rates: Vec<_> = operation_rate.into_iter().chain([&TOTAL_RATE]).collect();
        for (name, flow) in &rates {
            if !self.bucket(name, *flow, now).has_token(*flow, now) {
                return Err((1.0 / flow.rate).ceil() as u32);
            }
        }
        for (name, flow) in rates {
            self.bucket(name, *flow, now).take();
        }
        Ok(())
    }

    fn bucket(&mut self, name: &'static str, flow: Flow, now: Timestamp) -> &mut TokenBucket {
        self.0.entry(name).or_insert_with(|| TokenBucket::full(flow, now))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_772_366_400 + seconds).unwrap()
    }

    fn count_admitted(rates: &mut ControlPlaneRates, operation: &str, calls: usize, now: Timestamp) -> usize {
        (0..calls).filter(|_| rates.admit(operation, now).is_ok()).count()
    }

    #[test]
    fn all_operations_share_a_burst_of_40_and_10_calls_per_second() {
        let mut rates = ControlPlaneRates::default();
        assert_eq!(count_admitted(&mut rates, "GetApiKeys", 60, at(0)), 40);
        assert_eq!(count_admitted(&mut rates, "GetUsagePlans", 60, at(1)), 10, "operations share the total");
    }

    #[test]
    fn update_usage_plan_passes_once_every_20_seconds() {
        let mut rates = ControlPlaneRates::default();
        assert_eq!(rates.admit("UpdateUsagePlan", at(0)), Ok(()));
        assert_eq!(rates.admit("UpdateUsagePlan", at(19)), Err(20));
        assert_eq!(rates.admit("UpdateUsagePlan", at(20)), Ok(()));
    }

    #[test]
    fn a_throttled_call_takes_no_token_from_the_total() {
        let mut rates = ControlPlaneRates::default();
        assert_eq!(count_admitted(&mut rates, "CreateApiKey", 100, at(0)), 5);
        assert_eq!(count_admitted(&mut rates, "GetApiKeys", 100, at(0)), 35);
    }
}
