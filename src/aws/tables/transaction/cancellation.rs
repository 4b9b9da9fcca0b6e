//! Why DynamoDB cancelled a transaction: one reason code per write.

use std::fmt;

use aws_sdk_dynamodb::types::error::TransactionCanceledException;

use super::CommitOutcome;

/// The codes in the order of the writes, `None` for a write that was not refused. Nothing was
/// written.
#[derive(Debug)]
pub(in crate::aws) struct CancellationReasons<'a>(Vec<&'a str>);

impl<'a> CancellationReasons<'a> {
    pub(in crate::aws) fn from_exception(exception: &'a TransactionCanceledException) -> Self {
        let codes = exception.cancellation_reasons().iter().map(|reason| reason.code().unwrap_or("None"));
        Self(codes.collect())
    }

    /// Returns an outcome that callers handle: a failed condition, or a conflicting transaction.
    pub(super) fn outcome(&self) -> Option<CommitOutcome> {
        let failed = self.0.iter().enumerate().filter(|(_, code)| **code == "ConditionalCheckFailed");
        let failed: Vec<_> = failed.map(|(position, _)| position).collect();
        if failed.is_empty() {
            self.0.contains(&"TransactionConflict").then_some(CommitOutcome::Busy)
        } else {
            Some(CommitOutcome::Refused(failed))
        }
    }

    /// Whether the transaction was throttled and can be retried.
    pub(in crate::aws) fn has_throttling(&self) -> bool {
        let is_throttling = |code: &&str| ["ThrottlingError", "ProvisionedThroughputExceeded"].contains(code);
        self.0.iter().any(is_throttling)
    }
}

impl fmt::Display for CancellationReasons<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let codes: Vec<_> = self.0.iter().copied().filter(|code| *code != "None").collect();
        f.write_str(&codes.join(", "))
    }
}
