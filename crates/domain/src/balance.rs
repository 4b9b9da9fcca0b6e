//! Changes of what remains of a quota in the current period.

use crate::text::group_thousands;
use crate::{ApiKeyId, PlanId};

/// A change of the calls that remain in the current period.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BalanceChange {
    Add(u64),
    /// Stops at zero.
    Subtract(u64),
    Set(u64),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExtensionResult {
    pub plan: PlanId,
    pub api_key: ApiKeyId,
    /// Remaining calls, as reported by API Gateway before the change.
    pub before: u64,
    pub after: u64,
}

impl BalanceChange {
    /// The calls that remain after the change, from those before.
    pub const fn after(self, before: u64) -> u64 {
        match self {
            Self::Add(calls) => before.saturating_add(calls),
            Self::Subtract(calls) => before.saturating_sub(calls),
            Self::Set(calls) => calls,
        }
    }

    /// For example `add 500 calls to the remaining quota of API key abc`.
    pub fn describe(self, api_key: &ApiKeyId) -> String {
        match self {
            Self::Add(calls) => {
                format!("add {} to the remaining quota of API key {api_key}", format_calls(calls))
            }
            Self::Subtract(calls) => {
                format!("subtract {} from the remaining quota of API key {api_key}", format_calls(calls))
            }
            Self::Set(calls) => {
                format!("set the remaining quota of API key {api_key} to {}", format_calls(calls))
            }
        }
    }

    pub(crate) const fn calls(self) -> u64 {
        match self {
            Self::Add(calls) | Self::Subtract(calls) | Self::Set(calls) => calls,
        }
    }

    /// Whether fewer calls may remain than before, if at most the quota's `limit` remained then.
    pub(crate) fn may_reduce(self, limit: Option<u64>) -> bool {
        match self {
            Self::Add(_) => false,
            Self::Subtract(_) => true,
            Self::Set(calls) => limit.is_none_or(|limit| calls < limit),
        }
    }
}

impl ExtensionResult {
    /// The change that undoes this one; calls made in between still count.
    pub const fn reversal(&self) -> BalanceChange {
        if self.after >= self.before {
            BalanceChange::Subtract(self.after - self.before)
        } else {
            BalanceChange::Add(self.before - self.after)
        }
    }
}

fn format_calls(count: u64) -> String {
    format!("{} call{}", group_thousands(count), if count == 1 { "" } else { "s" })
}
