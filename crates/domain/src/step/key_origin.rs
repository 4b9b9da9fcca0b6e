//! What a new API key copies from an existing one, and what must not have changed by then.

use crate::{ApiKeyId, PlanId};

/// What a new API key copies from another one, which is read again right before the new one is created.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum KeyOrigin {
    /// Nothing: the change holds all properties.
    #[default]
    New,
    /// Everything but the value: name, description, customer, tags, enabled state and usage plans.
    CopyOf(ExpectedApiKey),
    /// Only the usage plans: customer and tags of a shared API key do not belong to one tenant.
    PlansOf(ExpectedApiKey),
}

/// The state of an API key when the steps were planned. The step fails if the state has changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExpectedApiKey {
    pub api_key: ApiKeyId,
    pub plans: Vec<PlanId>,
    /// `None` if the state does not matter.
    pub enabled: Option<bool>,
}
