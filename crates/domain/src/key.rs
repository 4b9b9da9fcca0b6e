//! API keys, and the tenant keys that stand for them in the Keys table.

mod former_api_key;

use std::collections::BTreeMap;
use std::fmt;

use jiff::Timestamp;

pub use former_api_key::FormerApiKey;

use crate::{ApiKeyId, Known, PlanId, Refusal, Secret, Tenant, TenantKeyId};

/// Tags that we put on API keys.
pub mod tag {
    /// How the names of those begin that nobody else gives.
    pub const PREFIX: &str = "keypool:";
    /// Whose key it is.
    pub const OWNER: &str = "ownerId";
    /// The plan it was made for.
    pub const PLAN: &str = "keypool:plan";
    /// The request that made it.
    pub const REQUEST: &str = "keypool:request";
    /// The API key whose place it takes.
    pub const REPLACES: &str = "keypool:replaces";
    /// When it may go, because another took its place.
    pub const RETIRES_AT: &str = "keypool:retires-at";
    /// Until when the operation that makes it counts as in progress, where there is no table for that.
    pub const WORKING_UNTIL: &str = "keypool:working-until";
    /// The API keys whose place was taken before that, separated by blanks: their grace may still run.
    pub const PREDECESSORS: &str = "keypool:predecessors";
    /// That it is being deleted: whoever finds it finishes that.
    pub const DELETING: &str = "keypool:deleting";
}

/// The owner of the items by which pool keys stand in the Keys table, for the sample application to read their values:
/// no tenant has this name.
pub const POOL_KEY_OWNER: &str = "keypool:pool";

/// An API key as API Gateway lists it, without its value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiKey {
    /// API Gateway's id.
    pub id: ApiKeyId,
    /// Its name, not necessarily unique.
    pub name: String,
    /// What its owner wrote about it.
    pub description: String,
    /// Whether the gateway accepts it.
    pub enabled: bool,
    /// When it was created.
    pub created_at: Option<Timestamp>,
    /// The customer of AWS Marketplace whose key it is.
    pub customer_id: Option<String>,
    /// Its tags; ours begin with `keypool:`.
    pub tags: BTreeMap<String, String>,
}

/// A row of the Keys table: the key that a tenant "bought".
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TenantKey {
    /// The row's id; for a siloed key also the API key's.
    pub id: TenantKeyId,
    /// The usage plan it was bought in.
    pub plan: PlanId,
    /// Its name.
    pub name: String,
    /// What its owner wrote about it.
    pub description: String,
    /// What the row says; the gateway may think otherwise.
    pub enabled: Known<bool>,
    /// Who pays.
    pub tenant: Tenant,
    /// The shared API key behind a pooled one; nothing where it has its own.
    pub pool_key: Known<Option<ApiKeyId>>,
    /// The secret, where the row holds it.
    pub value: Known<Option<Secret>>,
    /// When it was created, where the row says so.
    pub created_at: Option<Timestamp>,
    /// Counts our writes; `None` on rows that others wrote.
    pub revision: Option<u64>,
}

/// Whether a tenant key has an API key of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Mode {
    /// Its own API key.
    Siloed,
    /// A reference to a shared API key.
    Pooled,
}

impl ApiKey {
    /// An enabled API key without description, customer or tags.
    pub fn new(id: impl Into<ApiKeyId>, name: impl Into<String>) -> Self {
        Self {
            id: id.into(),
            name: name.into(),
            description: String::new(),
            enabled: true,
            created_at: None,
            customer_id: None,
            tags: BTreeMap::new(),
        }
    }
}

impl TenantKey {
    /// An enabled tenant key with an API key of its own and without a name, as another program may write it: no value,
    /// no date, no revision.
    pub fn new(id: impl Into<TenantKeyId>, plan: impl Into<PlanId>, tenant: impl Into<Tenant>) -> Self {
        Self {
            id: id.into(),
            plan: plan.into(),
            name: String::new(),
            description: String::new(),
            enabled: true.into(),
            tenant: tenant.into(),
            pool_key: None.into(),
            value: None.into(),
            created_at: None,
            revision: None,
        }
    }

    /// Pooled when the row refers to a shared API key.
    pub fn mode(&self) -> Known<Mode> {
        self.pool_key.clone().map(|pool_key| match pool_key {
            Some(_) => Mode::Pooled,
            None => Mode::Siloed,
        })
    }

    /// The API key that this tenant key sends.
    pub fn api_key(&self) -> Known<ApiKeyId> {
        let own = || ApiKeyId::new(self.id.as_str());
        self.pool_key.clone().map(|pool_key| pool_key.unwrap_or_else(own))
    }

    /// The API key that it sends, or a refusal that says what would tell which one.
    pub fn require_api_key(&self) -> Result<ApiKeyId, Refusal> {
        self.api_key().require(self.unknown_api_key_question()).cloned()
    }

    /// The shared API key behind it or, where it has its own, nothing; refused where that is not known.
    pub fn require_pool_key(&self) -> Result<Option<&ApiKeyId>, Refusal> {
        self.pool_key.require(self.unknown_api_key_question()).map(Option::as_ref)
    }

    /// Whether it is known to refer to this shared API key.
    pub fn refers_to(&self, pool_key: &ApiKeyId) -> bool {
        self.known_pool_key().is_some_and(|known| known == pool_key)
    }

    /// The shared API key that it is known to refer to.
    pub fn known_pool_key(&self) -> Option<&ApiKeyId> {
        self.pool_key.value_to_show()?.as_ref()
    }

    /// The secret that the item is known to hold.
    pub fn stored_value(&self) -> Option<&Secret> {
        self.value.value_to_show()?.as_ref()
    }

    fn unknown_api_key_question(&self) -> String {
        format!("which API key tenant key {} sends", self.id)
    }
}

impl Mode {
    /// The word used on screen, in flags and in JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Siloed => "siloed",
            Self::Pooled => "pooled",
        }
    }
}

impl fmt::Display for Mode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
