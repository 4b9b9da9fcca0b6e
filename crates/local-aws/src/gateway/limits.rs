//! The buckets a call draws from: those of its plan, its stage and the account.
//!
//! Invariant: a call draws from its plan's and its stage's buckets only if it is let through; from the account's it
//! draws in any case, since a refused call is a call to the account all the same.

use std::collections::HashMap;

use jiff::Timestamp;

use crate::token_bucket::{Flow, TokenBucket};

/// Buckets kept before the full ones, which say nothing, are dropped.
const KEPT: usize = 20_000;

/// What a bucket is for.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Scope {
    /// All calls of one API key under one usage plan; or of one method, where that is switched on.
    Plan { plan_id: String, key_id: String, method: Option<String> },
    /// One API key's calls of a method that its usage plan limits on its own.
    PlanMethod { plan_id: String, key_id: String, stage: String, method: String },
    /// All calls of a method of a stage.
    StageMethod { stage: String, method: String },
    /// All calls.
    Account,
}

/// A bucket with what fills it.
#[derive(Debug, Clone)]
pub(super) struct Limit {
    pub(super) scope: Scope,
    pub(super) flow: Flow,
}

/// All buckets that somebody has drawn from lately.
#[derive(Debug, Default)]
pub(super) struct Buckets(HashMap<Scope, (Flow, TokenBucket)>);

impl Buckets {
    /// Draws from the account's bucket, and says which of `limits`, or else whether the account, has no token.
    pub(super) fn check(&mut self, limits: &[Limit], account: Flow, now: Timestamp) -> Result<(), Limit> {
        let account = Limit { scope: Scope::Account, flow: account };
        let within_account = self.has_token(&account, now);
        self.take(&account.scope);
        if let Some(empty) = limits.iter().find(|limit| !self.has_token(limit, now)) {
            return Err(empty.clone());
        }
        if within_account { Ok(()) } else { Err(account) }
    }

    /// Draws from all of `limits`, which have been checked.
    pub(super) fn draw(&mut self, limits: &[Limit], now: Timestamp) {
        limits.iter().for_each(|limit| self.take(&limit.scope));
        self.forget_full(now);
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

    fn forget_full(&mut self, now: Timestamp) {
        if self.0.len() > KEPT {
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

    fn plan_of(key_id: &str, rate: f64, burst: i32) -> Limit {
        let scope = Scope::Plan { plan_id: "plan".to_owned(), key_id: key_id.to_owned(), method: None };
        Limit { scope, flow: Flow::new(rate, burst) }
    }

    fn passed(buckets: &mut Buckets, limits: &[Limit], account: Flow, calls: usize, now: Timestamp) -> usize {
        let mut pass = || {
            let passes = buckets.check(limits, account, now).is_ok();
            if passes {
                buckets.draw(limits, now);
            }
            passes
        };
        (0..calls).filter(|_| pass()).count()
    }

    #[test]
    fn the_account_lets_ten_thousand_a_second_through_and_five_thousand_at_once() {
        let (mut buckets, account) = (Buckets::default(), Flow::new(10_000.0, 5_000));
        let wide = [plan_of("key", 1e6, 1_000_000)];
        assert_eq!(passed(&mut buckets, &wide, account, 6_000, at(0)), 5_000);
        assert_eq!(buckets.check(&wide, account, at(0)).unwrap_err().scope, Scope::Account);
        let half = Timestamp::from_millisecond(at(0).as_millisecond() + 100).unwrap();
        assert_eq!(passed(&mut buckets, &wide, account, 6_000, half), 1_000);
    }

    #[test]
    fn a_call_that_its_plan_refuses_draws_from_the_account() {
        let (mut buckets, account) = (Buckets::default(), Flow::new(1.0, 10));
        let narrow = [plan_of("flooding", 1.0, 1)];
        assert_eq!(passed(&mut buckets, &narrow, account, 10, at(0)), 1);
        let refused = buckets.check(&[plan_of("other", 1.0, 1)], account, at(0)).unwrap_err();
        assert_eq!(refused.scope, Scope::Account);
    }

    #[test]
    fn a_call_that_one_bucket_refuses_draws_nothing_from_the_other() {
        let (mut buckets, account) = (Buckets::default(), Flow::new(1.0, 100));
        let wide = plan_of("key", 1.0, 5);
        let scope = Scope::StageMethod { stage: "api/prod".to_owned(), method: "/pets/GET".to_owned() };
        let narrow = Limit { scope, flow: Flow::new(1.0, 2) };
        assert_eq!(passed(&mut buckets, &[wide.clone(), narrow], account, 10, at(0)), 2);
        assert_eq!(passed(&mut buckets, &[wide], account, 10, at(0)), 3);
    }

    #[test]
    fn buckets_that_are_full_again_are_forgotten() {
        let (mut buckets, account) = (Buckets::default(), Flow::new(1e9, 1_000_000));
        for number in 0..KEPT {
            assert_eq!(passed(&mut buckets, &[plan_of(&number.to_string(), 1.0, 1)], account, 1, at(0)), 1);
        }
        assert_eq!(passed(&mut buckets, &[plan_of("last", 1.0, 1)], account, 1, at(60)), 1);
        assert!(buckets.0.len() <= 2, "{}", buckets.0.len());
    }
}
