//! Items of the Keys table that are no tenant keys: counted, left alone, and remembered by the API keys they name.

use std::collections::HashMap;

use super::Inventory;
use crate::{ApiKeyId, Unknown};

/// An item of the Keys table that does not say whose it is, or of which plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ForeignItem {
    /// API keys that its id or its reference names.
    pub may_send: Vec<ApiKeyId>,
    /// What makes it no tenant key.
    pub why: Unknown,
}

/// All foreign items of an account.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct ForeignItems {
    count: usize,
    senders: HashMap<ApiKeyId, Unknown>,
}

impl ForeignItems {
    /// Why it is not known whose an API key is: a foreign item names it.
    pub(super) fn naming(&self, api_key: &ApiKeyId) -> Option<&Unknown> {
        self.senders.get(api_key)
    }
}

impl Inventory {
    /// The same account with the items of the Keys table that are no tenant keys.
    #[must_use]
    pub fn with_foreign_items(mut self, items: impl IntoIterator<Item = ForeignItem>) -> Self {
        for item in items {
            self.foreign.count += 1;
            self.foreign.senders.extend(item.may_send.into_iter().map(|api_key| (api_key, item.why.clone())));
        }
        self
    }

    /// How many items of the Keys table are no tenant keys.
    pub const fn foreign_items(&self) -> usize {
        self.foreign.count
    }
}
