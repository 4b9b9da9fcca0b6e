//! The token buckets of plans, stages and the account.
//!
//! Invariant: a call takes tokens from its plan's and its stage's buckets only if it is accepted. It always takes one
//! from the account's bucket, since a throttled call also counts against the account's limit.

use std::collections::HashMap;

use jiff::Timestamp;

use crate::token_bucket::{Flow, TokenBucket};

/// Above this number, full buckets are dropped: a full bucket equals a new one.
const MAX_BUCKETS: usize = 20_000;

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Scope {
    /// All calls of one API key under one usage plan, or only those of one method if `bucket_per_method` is on.
    Plan {
        plan_id: String,
        key_id: String,
        method: Option<String>,
    },
    /// One API key's calls of a method with its own throttle in the usage plan.
    PlanMethod {
        plan_id: String,
        key_id: String,
        stage: String,
        method: String,
    },
    StageMethod {
        stage: String,
        method: String,
    },
    Account,
}

#[derive(Debug, Clone)]
pub(super) struct Limit {
    pub(super) scope: Scope,
    pub(super) flow: Flow,
}

/// The buckets that may be less than full, and the flow of each when it was last used.
#[derive(Debug, Default)]
pub(super) struct Buckets(HashMap<Scope, (Flow, TokenBucket)>);

impl Buckets {
    /// Takes a token from the account's bucket. Fails with the first of `limits` whose bucket has no token, or else
    /// with the account's limit if its bucket had none.
    pub(super) fn check(&mut self, limits: &[Limit], account: Flow, now: Timestamp) -> Result<(), Limit> {
        let account = Limit { scope: Scope::Account, flow: account };
        let account_has_token = self.has_token(&account, now);
        self.take(&account.scope);
        if let Some(exceeded) = limits.iter().find(|limit| !self.has_token(limit, now)) {
            return Err(exceeded.clone());
        }
        if account_has_token { Ok(()) } else { Err(account) }
    }

    /// Takes a token for each of `limits`, which must have passed [`Self::check`].
    pub(super) fn take_tokens(&mut self, limits: &[Limit], now: Timestamp) {
        limits.iter().for_each(|limit| self.take(&limit.scope));
        self.drop_full_buckets(now);
    }

    fn has_token(&mut self, limit: &Limit, now: Timestamp) -> bool {
        let full = || (limit.flow, TokenBucket::full(limit.flow, now));
        let (flow, bucket) = self.0.entry(limit.scope.clone()).or_insert_with(full);
        *flow = limit.flow;
        bucket.has_token(limit.flow, now)
    }

    fn take(&mut self, scope: &Scope) {
        if let Some((_, bucket)) = self.0.get_mut(scope) {
            bucket.take();
        }
    }

    fn drop_full_buckets(&mut self, now: Timestamp) {
        if self.0.len() > MAX_BUCKETS {
            self.0.retain(|_, (flow, bucket)| !bucket.is_full(*flow, now));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_772_366_400 + seconds).unwrap()
    }

    fn plan_limit(key_id: &str, rate: f64, burst: i32) -> Limit {
        let scope = Scope::Plan { plan_id: "plan".to_owned(), key_id: key_id.to_owned(), method: None };
        Limit { scope, flow: Flow::new(rate, burst) }
    }

    fn count_passed(
        buckets: &mut Buckets,
        limits: &[Limit],
        account: Flow,
        calls: usize,
        now: Timestamp,
    ) -> usize {
        let mut pass = || {
            let passes = buckets.check(limits, account, now).is_ok();
            if passes {
                buckets.take_tokens(limits, now);
            }
            passes
        };
        (0..calls).filter(|_| pass()).count()
    }

    #[test]
    fn the_account_limit_is_10000_calls_per_second_with_burst_5000() {
        let (mut buckets, account) = (Buckets::default(), Flow::new(10_000.0, 5_000));
        let generous = [plan_limit("key", 1e6, 1_000_000)];
        assert_eq!(count_passed(&mut buckets, &generous, account, 6_000, at(0)), 5_000);
        assert_eq!(buckets.check(&generous, account, at(0)).unwrap_err().scope, Scope::Account);
        let after_100_ms = Timestamp::from_millisecond(at(0).as_millisecond() + 100).unwrap();
        assert_eq!(count_passed(&mut buckets, &generous, account, 6_000, after_100_ms), 1_000);
    }

    #[test]
    fn a_call_throttled_by_its_plan_takes_an_account_token() {
        let (mut buckets, account) = (Buckets::default(), Flow::new(1.0, 10));
        let tight = [plan_limit("flooding", 1.0, 1)];
        assert_eq!(count_passed(&mut buckets, &tight, account, 10, at(0)), 1);
        let refused = buckets.check(&[plan_limit("other", 1.0, 1)], account, at(0)).unwrap_err();
        assert_eq!(refused.scope, Scope::Account);
    }

    #[test]
    fn a_call_throttled_by_one_bucket_takes_no_token_from_another() {
        let (mut buckets, account) = (Buckets::default(), Flow::new(1.0, 100));
        let generous = plan_limit("key", 1.0, 5);
        let scope = Scope::StageMethod { stage: "api/prod".to_owned(), method: "/pets/GET".to_owned() };
        let tight = Limit { scope, flow: Flow::new(1.0, 2) };
        assert_eq!(count_passed(&mut buckets, &[generous.clone(), tight], account, 10, at(0)), 2);
        assert_eq!(count_passed(&mut buckets, &[generous], account, 10, at(0)), 3);
    }

    #[test]
    fn full_buckets_are_dropped() {
        let (mut buckets, account) = (Buckets::default(), Flow::new(1e9, 1_000_000));
        for number in 0..MAX_BUCKETS {
            assert_eq!(
                count_passed(&mut buckets, &[plan_limit(&number.to_string(), 1.0, 1)], account, 1, at(0)),
                1
            );
        }
        assert_eq!(count_passed(&mut buckets, &[plan_limit("last", 1.0, 1)], account, 1, at(60)), 1);
        assert!(buckets.0.len() <= 2, "{}", buckets.0.len());
    }
}
