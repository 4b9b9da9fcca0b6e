//! More or less remaining quota.

use crate::balance::BalanceChange;
use crate::{ApiKeyId, PlanId};

/// A change of remaining quota for API keys of one plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Extension {
    pub plan: PlanId,
    pub keys: Vec<(ApiKeyId, BalanceChange)>,
    /// Written to the audit trail.
    pub reason: String,
}
