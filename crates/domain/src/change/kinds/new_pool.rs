//! A pool to create.

use crate::{ApiKeyId, PlanId, Strategy};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewPoolRequest {
    pub plan: PlanId,
    /// Existing API keys of the plan to share.
    pub api_keys: Vec<ApiKeyId>,
    /// Number of API keys to create in addition.
    pub new_keys: u32,
    pub strategy: Strategy,
    /// Maximum number of tenant keys per API key.
    pub capacity: u32,
}
