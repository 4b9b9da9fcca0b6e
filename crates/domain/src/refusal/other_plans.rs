//! Why a tenant key cannot move to another plan or pool.

use crate::{ApiKeyId, PlanId, StageRef};

/// Why a tenant key cannot move.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OtherPlansRefusal {
    #[error(
        "API key {api_key} is also in {}, which {target} does not cover: the tenant would lose access. {hint}",
        .plans.join(", ")
    )]
    NotCovered {
        api_key: ApiKeyId,
        /// Names with stages.
        plans: Vec<String>,
        target: String,
        hint: &'static str,
    },
    /// An API key can be in one plan per stage. The message starts with API Gateway's own.
    #[error(
        "Usage Plan {plan} cannot be added because API Key {api_key} cannot reference multiple Usage Plans with \
         the same API Stage: it is in {other}, which covers {stage} too"
    )]
    SameStage {
        plan: PlanId,
        api_key: ApiKeyId,
        /// Plan name.
        other: String,
        stage: StageRef,
    },
}
