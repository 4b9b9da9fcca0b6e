//! Pools: the API keys of one usage plan that tenants share.

use std::fmt;
use std::str::FromStr;

use crate::change::Refusal;
use crate::{ApiKeyId, Known, PlanId};

/// The shared API keys of one usage plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pool {
    /// The plan whose tenants share.
    pub plan: PlanId,
    /// How a new tenant gets its key.
    pub strategy: Strategy,
    /// The most tenant keys behind one API key; what a new pool key is given.
    pub capacity: Known<u32>,
    /// The shared keys, in the pool's order.
    pub keys: Vec<PoolKey>,
    /// Counts the writes to the pool.
    pub revision: u64,
}

/// One shared API key of a pool, with its counter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PoolKey {
    /// The shared API key.
    pub api_key: ApiKeyId,
    /// Tenant keys behind it, as its counter says.
    pub tenants: Known<u32>,
    /// The most tenant keys it takes.
    pub capacity: Known<u32>,
    /// Whether it takes new ones.
    pub state: PoolKeyState,
    /// Counts the writes to the counter, every assignment included; 0 where none was counted yet.
    pub revision: u64,
}

/// Whether a pool key takes new tenants.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PoolKeyState {
    /// It takes new tenants.
    Active,
    /// Its tenants are being moved away.
    Draining,
    /// No tenant is left; it waits to be deleted.
    Retired,
}

/// How a pool chooses the key of a new tenant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Strategy {
    /// The key with the fewest tenants.
    #[default]
    LeastTenants,
    /// The key that has used the smallest share of the period's quota; of several the one with the fewest tenants.
    LeastUsed,
    /// The same key for the same tenant, by rendezvous hash.
    Sticky,
    /// Any.
    Random,
}

/// How a plan's tenants get their API keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Model {
    /// Each tenant key has an API key of its own.
    Siloed,
    /// All share one API key.
    Pooled,
    /// They share several API keys.
    Sharded,
}

impl Pool {
    /// One shared key is pooled, several are sharded; an empty pool counts as pooled, for it serves nobody alone.
    pub fn model(&self) -> Model {
        if self.keys.len() > 1 { Model::Sharded } else { Model::Pooled }
    }

    /// The pool key with this id.
    pub fn pool_key(&self, id: &ApiKeyId) -> Option<&PoolKey> {
        self.keys.iter().find(|key| &key.api_key == id)
    }
}

impl PoolKey {
    /// How many more tenant keys it takes now; not known where its counter cannot be read.
    pub fn remaining_capacity(&self) -> Known<u32> {
        match self.state {
            PoolKeyState::Active => {
                let room =
                    |capacity: u32| self.tenants.clone().map(|tenants| capacity.saturating_sub(tenants));
                self.capacity.clone().and_then(room)
            }
            PoolKeyState::Draining | PoolKeyState::Retired => Known::Value(0),
        }
    }

    /// Whether it has as many tenant keys as it takes, or more.
    pub fn is_full(&self) -> Known<bool> {
        let full = |capacity: u32| self.tenants.clone().map(|tenants| tenants >= capacity);
        self.capacity.clone().and_then(full)
    }

    /// Tenant keys behind it as its counter says, or a refusal.
    pub fn require_tenants(&self) -> Result<u32, Refusal> {
        self.tenants.require(format!("the counter of pool key {}", self.api_key)).copied()
    }

    /// The most tenant keys it takes, or a refusal.
    pub fn require_capacity(&self) -> Result<u32, Refusal> {
        self.capacity.require(format!("the capacity of pool key {}", self.api_key)).copied()
    }
}

/// A word that names nothing here.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{}` {}", word.escape_debug(), self.reason())]
pub struct InvalidChoice {
    word: String,
    what: &'static str,
    choices: &'static str,
}

impl InvalidChoice {
    /// What there is instead, for a sentence that begins with the word.
    pub fn reason(&self) -> String {
        format!("is not {}: choose {}", self.what, self.choices)
    }
}

macro_rules! words {
    ($type:ident, $what:literal, $choices:literal, $($variant:ident => $word:literal),+) => {
        impl $type {
            /// The word used on screen, in tables, in flags and in JSON.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }
        }

        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl FromStr for $type {
            type Err = InvalidChoice;

            fn from_str(word: &str) -> Result<Self, InvalidChoice> {
                match word {
                    $($word => Ok(Self::$variant),)+
                    _ => Err(InvalidChoice { word: word.to_owned(), what: $what, choices: $choices }),
                }
            }
        }
    };
}

words!(Strategy, "an assignment strategy", "least-tenants, least-used, sticky or random",
    LeastTenants => "least-tenants", LeastUsed => "least-used", Sticky => "sticky", Random => "random");
words!(PoolKeyState, "a state of a pool key", "active, draining or retired",
    Active => "active", Draining => "draining", Retired => "retired");
words!(Model, "a model", "siloed, pooled or sharded",
    Siloed => "siloed", Pooled => "pooled", Sharded => "sharded");
