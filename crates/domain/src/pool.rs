//! Pools: API keys of one usage plan that tenants share.

use std::str::FromStr;

use crate::known::NotKnown;
use crate::words::words;
use crate::{ApiKeyId, Known, PlanId};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pool {
    pub plan: PlanId,
    pub strategy: Strategy,
    /// Maximum tenant keys per API key; a new pool key starts with this capacity.
    pub capacity: Known<u32>,
    pub keys: Vec<PoolKey>,
    pub revision: u64,
}

/// A shared API key of a pool, with its counter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PoolKey {
    pub api_key: ApiKeyId,
    /// Number of tenant keys, as the counter of this key says.
    pub tenants: Known<u32>,
    /// Maximum tenant keys.
    pub capacity: Known<u32>,
    pub state: PoolKeyState,
    /// Counts writes to the counter, including every assignment; 0 before the first.
    pub revision: u64,
}

words! {
    /// Whether a pool key takes new tenants.
    pub enum PoolKeyState {
        /// It takes new tenants.
        Active => "active",
        /// Its tenants are being moved to other keys.
        Draining => "draining",
        /// It has no tenants and awaits deletion.
        Retired => "retired",
    }
}

words! {
    /// Which pool key a new tenant key gets.
    #[derive(Default)]
    pub enum Strategy {
        /// The key with the fewest tenants.
        #[default]
        LeastTenants => "least-tenants",
        /// The key with the smallest share of the period's quota used; among equals, the one with the
        /// fewest tenants.
        LeastUsed => "least-used",
        /// The same key for the same tenant, by rendezvous hash.
        Sticky => "sticky",
        Random => "random",
    }
}

words! {
    /// How a plan's tenants get their API keys.
    pub enum Model {
        /// One API key per tenant key.
        Siloed => "siloed",
        /// One shared API key.
        Pooled => "pooled",
        /// Several shared API keys.
        Sharded => "sharded",
    }
}

impl Pool {
    /// An empty pool counts as pooled.
    pub fn model(&self) -> Model {
        if self.keys.len() > 1 { Model::Sharded } else { Model::Pooled }
    }

    pub fn pool_key(&self, id: &ApiKeyId) -> Option<&PoolKey> {
        self.keys.iter().find(|key| &key.api_key == id)
    }
}

impl PoolKey {
    /// How many more tenant keys this key takes; unknown if its counter or capacity is unreadable.
    pub fn remaining_capacity(&self) -> Known<u32> {
        match self.state {
            PoolKeyState::Active => {
                let remaining =
                    |capacity: u32| self.tenants.clone().map(|tenants| capacity.saturating_sub(tenants));
                self.capacity.clone().and_then(remaining)
            }
            PoolKeyState::Draining | PoolKeyState::Retired => Known::Value(0),
        }
    }

    pub fn is_full(&self) -> Known<bool> {
        let is_full = |capacity: u32| self.tenants.clone().map(|tenants| tenants >= capacity);
        self.capacity.clone().and_then(is_full)
    }

    /// The number of tenant keys, or an error if the counter is unreadable.
    pub fn require_tenant_count(&self) -> Result<u32, NotKnown> {
        self.tenants.require(format!("the counter of pool key {}", self.api_key)).copied()
    }

    /// The capacity, or an error if unreadable.
    pub fn require_capacity(&self) -> Result<u32, NotKnown> {
        self.capacity.require(format!("the capacity of pool key {}", self.api_key)).copied()
    }
}

/// The error of parsing a [`Strategy`], [`PoolKeyState`] or [`Model`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{}` {}", word.escape_debug(), self.reason())]
pub struct InvalidChoice {
    word: String,
    what: &'static str,
    choices: &'static str,
}

impl InvalidChoice {
    /// The error message without the invalid word: "is not …: choose …".
    pub fn reason(&self) -> String {
        format!("is not {}: choose {}", self.what, self.choices)
    }
}

macro_rules! choices {
    ($($type:ident: $what:literal, $choices:literal;)+) => {$(
        impl FromStr for $type {
            type Err = InvalidChoice;

            fn from_str(word: &str) -> Result<Self, InvalidChoice> {
                let choice = Self::ALL.into_iter().find(|choice| choice.as_str() == word);
                choice.ok_or_else(|| InvalidChoice {
                    word: word.to_owned(),
                    what: $what,
                    choices: $choices,
                })
            }
        }
    )+};
}

choices! {
    Strategy: "an assignment strategy", "least-tenants, least-used, sticky or random";
    PoolKeyState: "a state of a pool key", "active, draining or retired";
    Model: "a model", "siloed, pooled or sharded";
}
