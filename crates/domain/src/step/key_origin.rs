//! The properties that a new API key copies, and those that decide its plans and state.

use crate::{ApiKeyId, PlanId};

/// What a new API key copies from another one, which is read again right before the new one is created.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum KeyOrigin {
    /// Nothing: the change holds all properties.
    #[default]
    New,
    /// Everything but the value: customer, description, tags and enabled state.
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
