//! Why DynamoDB cancelled a transaction, one code for each of its writes.

use std::fmt;

use aws_sdk_dynamodb::types::error::TransactionCanceledException;

use super::CommitOutcome;

/// The codes; where one is given, nothing was written.
#[derive(Debug)]
pub(in crate::aws) struct CancellationReasons<'a>(Vec<&'a str>);

impl<'a> CancellationReasons<'a> {
    pub(in crate::aws) fn from_exception(cancelled: &'a TransactionCanceledException) -> Self {
        let codes = cancelled.cancellation_reasons().iter().map(|reason| reason.code().unwrap_or("None"));
        Self(codes.collect())
    }

    /// What the caller decides on: a condition that did not hold, or another transaction in the way.
    pub(super) fn outcome(&self) -> Option<CommitOutcome> {
        let failed = self.0.iter().enumerate().filter(|(_, code)| **code == "ConditionalCheckFailed");
        let failed: Vec<_> = failed.map(|(at, _)| at).collect();
        if failed.is_empty() {
            self.0.contains(&"TransactionConflict").then_some(CommitOutcome::Busy)
        } else {
            Some(CommitOutcome::Refused(failed))
        }
    }

    /// Whether it was too much at once, which passes by itself.
    pub(in crate::aws) fn has_throttling(&self) -> bool {
        let is_throttling = |code: &&str| ["ThrottlingError", "ProvisionedThroughputExceeded"].contains(code);
        self.0.iter().any(is_throttling)
    }
}

impl fmt::Display for CancellationReasons<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let told: Vec<_> = self.0.iter().copied().filter(|code| *code != "None").collect();
        f.write_str(&told.join(", "))
    }
}
