//! Where a new API key takes its properties from.

use crate::{ApiKeyId, PlanId};

/// What a new API key takes from another, which is read again right before the new one is made.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum KeyOrigin {
    /// Nothing: all of it stands in the change.
    #[default]
    New,
    /// Everything but the value: customer, description, tags, and whether it is enabled.
    CopyOf(ExpectedApiKey),
    /// Its usage plans only: customer and tags of a shared API key are not the tenant's.
    PlansOf(ExpectedApiKey),
}

/// An API key as the steps were planned with it; they are refused where it is otherwise by then.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExpectedApiKey {
    /// The API key.
    pub api_key: ApiKeyId,
    /// The usage plans it was in.
    pub plans: Vec<PlanId>,
    /// Whether it was enabled, where that counts.
    pub enabled: Option<bool>,
}
