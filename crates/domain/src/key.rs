//! API keys of API Gateway, and the tenant keys of the Keys table.

mod creation_time;
mod former_api_key;
mod former_key;

use std::collections::BTreeMap;
use std::ops::{Deref, DerefMut};
use std::sync::Arc;

use jiff::Timestamp;

pub use creation_time::CreationTime;
pub use former_api_key::FormerApiKey;
pub use former_key::FormerKey;

use crate::known::NotKnown;
use crate::words::words;
use crate::{ApiKeyId, Known, PlanId, Secret, SharedText, Tenant, TenantKeyId};

/// Tags that keypool puts on API keys. Below, "the tagged key" is the API key that has the tag.
pub mod tag {
    /// Prefix of the tags that only keypool sets.
    pub const PREFIX: &str = "keypool:";
    /// The tenant of the tagged key.
    pub const OWNER: &str = "ownerId";
    /// The id of the usage plan for which the tagged key was created.
    pub const PLAN: &str = "keypool:plan";
    /// The request id of the operation that created the tagged key.
    pub const REQUEST: &str = "keypool:request";
    /// The id of the API key that the tagged key replaces.
    pub const REPLACES: &str = "keypool:replaces";
    /// When the tagged key may be deleted, because another API key replaced it.
    pub const RETIRES_AT: &str = "keypool:retires-at";
    /// When the tenant of the tagged key loses access, where no table says so.
    pub const EXPIRES_AT: &str = "keypool:expires-at";
    /// The id of the API key that replaced the tagged key, where no table says so.
    pub const REPLACED_BY: &str = "keypool:replaced-by";
    /// The id of the usage plan that the tagged key is leaving, where no table has its plan.
    pub const MOVES_FROM: &str = "keypool:moves-from";
    /// Deadline of the operation that works on the tagged key, where no table holds work marks.
    pub const WORKING_UNTIL: &str = "keypool:working-until";
    /// Space-separated ids of the API keys that the tagged key replaced earlier, whose grace periods may
    /// still run.
    pub const PREDECESSORS: &str = "keypool:predecessors";
    /// The deletion of the tagged key has started and must be finished.
    pub const DELETING: &str = "keypool:deleting";
}

/// The owner of pool keys' items in the Keys table, from which the sample application reads their
/// values. No tenant has this name.
pub const POOL_KEY_OWNER: &str = "keypool:pool";

/// An API key as listed by API Gateway, without its value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiKey {
    pub id: ApiKeyId,
    /// Not necessarily unique.
    pub name: String,
    pub description: String,
    pub enabled: bool,
    pub created_at: Option<Timestamp>,
    /// AWS Marketplace customer.
    pub customer_id: Option<String>,
    /// Names that begin with `keypool:` are reserved for keypool.
    pub tags: BTreeMap<String, String>,
}

/// An item of the Keys table: the key that a tenant "bought".
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TenantKey {
    /// For a siloed key also the API key's id.
    pub id: TenantKeyId,
    /// The usage plan in which the tenant bought the key.
    pub plan: PlanId,
    pub name: SharedText,
    pub tenant: Tenant,
    /// The shared API key of a pooled tenant key; `None` if siloed.
    pub pool_key: Known<Option<ApiKeyId>>,
    /// `None` if the item does not store the value.
    pub value: Known<Option<Secret>>,
    pub created_at: Option<CreationTime>,
    /// The other attributes, which are also fields of the tenant key itself.
    pub attributes: Arc<KeyAttributes>,
}

/// Attributes that most tenant keys have in common. Equal ones are stored once (see [`crate::TextStore`]).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct KeyAttributes {
    pub description: String,
    /// As stored in the Keys table; API Gateway may differ.
    pub enabled: Known<bool>,
    /// Counts keypool's writes; `None` if another program wrote the item.
    pub revision: Option<u64>,
    /// When the tenant loses access, as stored in the Keys table; `None` for no end. See also [`crate::Inventory::expiry`].
    pub expires_at: Known<Option<Timestamp>>,
}

words! {
    /// Whether a tenant key has its own API key.
    pub enum Mode {
        Siloed => "siloed",
        /// Refers to a shared API key.
        Pooled => "pooled",
    }
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

impl Default for KeyAttributes {
    /// Enabled, as another program may write it.
    fn default() -> Self {
        Self { description: String::new(), enabled: true.into(), revision: None, expires_at: None.into() }
    }
}

impl Deref for TenantKey {
    type Target = KeyAttributes;

    fn deref(&self) -> &KeyAttributes {
        &self.attributes
    }
}

impl DerefMut for TenantKey {
    fn deref_mut(&mut self) -> &mut KeyAttributes {
        Arc::make_mut(&mut self.attributes)
    }
}

impl TenantKey {
    /// An enabled siloed tenant key as another program may write it: no name, value, creation date or
    /// revision.
    pub fn new(id: impl Into<TenantKeyId>, plan: impl Into<PlanId>, tenant: impl Into<Tenant>) -> Self {
        Self {
            id: id.into(),
            plan: plan.into(),
            name: SharedText::default(),
            tenant: tenant.into(),
            pool_key: None.into(),
            value: None.into(),
            created_at: None,
            attributes: Arc::default(),
        }
    }

    #[must_use]
    pub fn with_attributes(mut self, change: impl FnOnce(&mut KeyAttributes)) -> Self {
        change(&mut self);
        self
    }

    pub fn created_at(&self) -> Option<Timestamp> {
        self.created_at.map(CreationTime::timestamp)
    }

    pub fn mode(&self) -> Known<Mode> {
        self.pool_key.clone().map(|pool_key| match pool_key {
            Some(_) => Mode::Pooled,
            None => Mode::Siloed,
        })
    }

    pub fn api_key(&self) -> Known<ApiKeyId> {
        let own_api_key = || ApiKeyId::new(self.id.as_str());
        self.pool_key.clone().map(|pool_key| pool_key.unwrap_or_else(own_api_key))
    }

    /// As [`Self::api_key`], or an error that names what is missing.
    pub fn require_api_key(&self) -> Result<ApiKeyId, NotKnown> {
        self.api_key().require(self.describe_api_key()).cloned()
    }

    /// The shared API key, `None` if siloed, or an error if unknown.
    pub fn require_pool_key(&self) -> Result<Option<&ApiKeyId>, NotKnown> {
        self.pool_key.require(self.describe_api_key()).map(Option::as_ref)
    }

    /// Whether this tenant key is pooled and uses `pool_key`; false if its pool key is unknown.
    pub fn refers_to(&self, pool_key: &ApiKeyId) -> bool {
        self.known_pool_key().is_some_and(|id| id == pool_key)
    }

    /// The shared API key, if the tenant key is known to be pooled.
    pub fn known_pool_key(&self) -> Option<&ApiKeyId> {
        self.pool_key.value_to_show()?.as_ref()
    }

    /// The stored value, if the item has one and it is known.
    pub fn stored_value(&self) -> Option<&Secret> {
        self.value.value_to_show()?.as_ref()
    }

    fn describe_api_key(&self) -> String {
        format!("the API key of tenant key {}", self.id)
    }
}
