//! Items of the Keys table that are not tenant keys: keypool counts them and never changes them.

use std::collections::HashMap;

use super::Inventory;
use crate::{ApiKeyId, Unknown};

/// An item without a valid owner or plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ForeignItem {
    /// API keys named by its id or its pool key attribute.
    pub api_keys: Vec<ApiKeyId>,
    /// Why it is not a tenant key.
    pub reason: Unknown,
}

#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct ForeignItems {
    count: usize,
    reasons: HashMap<ApiKeyId, Unknown>,
}

impl ForeignItems {
    /// Why the tenant keys of an API key are not fully known: a foreign item names it.
    pub(super) fn reason_for(&self, api_key: &ApiKeyId) -> Option<&Unknown> {
        self.reasons.get(api_key)
    }
}

impl Inventory {
    /// Adds the items of the Keys table that are not tenant keys.
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

    pub const fn foreign_item_count(&self) -> usize {
        self.foreign.count
    }
}
