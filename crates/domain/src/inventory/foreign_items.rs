//! Items of the Keys table that are no tenant keys: counted, left alone, and remembered by the API keys they name.

use std::collections::HashMap;

use super::Inventory;
use crate::{ApiKeyId, Unknown};

/// An item of the Keys table that does not say whose it is, or of which plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ForeignItem {
    /// API keys that its id or its reference names.
    pub api_keys: Vec<ApiKeyId>,
    /// What makes it no tenant key.
    pub reason: Unknown,
}

/// All foreign items of an account.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct ForeignItems {
    count: usize,
    reasons: HashMap<ApiKeyId, Unknown>,
}

impl ForeignItems {
    /// Why it is not known whose an API key is: a foreign item names it.
    pub(super) fn reason_for(&self, api_key: &ApiKeyId) -> Option<&Unknown> {
        self.reasons.get(api_key)
    }
}

impl Inventory {
    /// The same account with the items of the Keys table that are no tenant keys.
    #[must_use]
    pub fn with_foreign_items(mut self, items: impl IntoIterator<Item = ForeignItem>) -> Self {
        for item in items {
            self.foreign.count += 1;
            self.foreign
                .reasons
                .extend(item.api_keys.into_iter().map(|api_key| (api_key, item.reason.clone())));
        }
        self
    }

    /// How many items of the Keys table are no tenant keys.
    pub const fn foreign_item_count(&self) -> usize {
        self.foreign.count
    }
}
