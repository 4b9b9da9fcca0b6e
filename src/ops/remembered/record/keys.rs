//! API keys, tenant keys and pools.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use keypool_domain::{
    ApiKey, ApiKeyId, KeyAttributes, Known, PlanId, Pool, PoolKey, PoolKeyState, SharedText, Strategy,
    TenantKey,
};
use serde::{Deserialize, Serialize};

use super::{Optional, Tags, Text, Time, into_tags, into_time, known, tags_record, text};

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ApiKeyRecord<'a> {
    #[serde(borrow)]
    id: Text<'a>,
    name: Text<'a>,
    #[serde(default, skip_serializing_if = "str::is_empty")]
    description: Text<'a>,
    enabled: bool,
    created_at: Option<Time>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    customer_id: Option<Text<'a>>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    tags: Tags<'a>,
}

/// Without the value of the item.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TenantKeyRecord<'a> {
    #[serde(borrow)]
    id: Text<'a>,
    plan: Text<'a>,
    name: Text<'a>,
    #[serde(default, skip_serializing_if = "str::is_empty")]
    description: Text<'a>,
    enabled: Option<bool>,
    tenant: Text<'a>,
    #[serde(default, skip_serializing_if = "Optional::is_absent")]
    pool_key: Optional<Text<'a>>,
    created_at: Option<Time>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    revision: Option<u64>,
    #[serde(default, skip_serializing_if = "Optional::is_absent")]
    expires_at: Optional<Time>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PoolRecord<'a> {
    #[serde(borrow)]
    plan: Text<'a>,
    strategy: Text<'a>,
    capacity: Option<u32>,
    keys: Vec<PoolKeyRecord<'a>>,
    revision: u64,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct PoolKeyRecord<'a> {
    #[serde(borrow)]
    api_key: Text<'a>,
    tenants: Option<u32>,
    capacity: Option<u32>,
    state: Text<'a>,
    revision: u64,
}

impl<'a> ApiKeyRecord<'a> {
    pub(super) fn from_api_key(key: &'a ApiKey) -> Self {
        let ApiKey { id, name, description, enabled, created_at, customer_id, tags } = key;
        Self {
            id: text(id.as_str()),
            name: text(name),
            description: text(description),
            enabled: *enabled,
            created_at: created_at.map(Timestamp::as_microsecond),
            customer_id: customer_id.as_deref().map(text),
            tags: tags_record(tags),
        }
    }

    pub(super) fn into_api_key(self) -> Option<ApiKey> {
        Some(ApiKey {
            id: ApiKeyId::new(self.id),
            name: self.name.into_owned(),
            description: self.description.into_owned(),
            enabled: self.enabled,
            created_at: into_time(self.created_at)?,
            customer_id: self.customer_id.map(Cow::into_owned),
            tags: into_tags(self.tags),
        })
    }
}

impl<'a> TenantKeyRecord<'a> {
    pub(super) fn from_tenant_key(key: &'a TenantKey) -> Self {
        let TenantKey { id, plan, name, tenant, pool_key, value: _, created_at: _, attributes } = key;
        let KeyAttributes { description, enabled, revision, expires_at } = attributes.as_ref();
        let pool_key = pool_key.as_ref().map(|key| key.as_ref().map(|key| text(key.as_str())));
        Self {
            id: text(id.as_str()),
            plan: text(plan.as_str()),
            name: text(name),
            description: text(description),
            enabled: enabled.value_to_show().copied(),
            tenant: text(tenant.as_str()),
            pool_key: Optional::from_known(pool_key),
            created_at: key.created_at().map(Timestamp::as_microsecond),
            revision: *revision,
            expires_at: Optional::from_known(expires_at.clone().map(|at| at.map(Timestamp::as_microsecond))),
        }
    }

    pub(super) fn into_tenant_key(self) -> Option<TenantKey> {
        let expires_at = match self.expires_at.into_known() {
            Known::Value(at) => Known::Value(into_time(at)?),
            Known::Unknown(why) => Known::Unknown(why),
        };
        Some(TenantKey {
            id: self.id.as_ref().into(),
            plan: self.plan.as_ref().into(),
            name: SharedText::new(self.name),
            tenant: self.tenant.as_ref().into(),
            pool_key: self.pool_key.into_known().map(|key| key.map(ApiKeyId::new)),
            value: known(None),
            created_at: into_time(self.created_at)?.map(Into::into),
            attributes: Arc::new(KeyAttributes {
                description: self.description.into_owned(),
                enabled: known(self.enabled),
                revision: self.revision,
                expires_at,
            }),
        })
    }
}

impl<'a> PoolRecord<'a> {
    pub(super) fn from_pool(pool: &'a Pool) -> Self {
        let Pool { plan, strategy, capacity, keys, revision } = pool;
        Self {
            plan: text(plan.as_str()),
            strategy: text(strategy.as_str()),
            capacity: capacity.value_to_show().copied(),
            keys: keys.iter().map(PoolKeyRecord::from_pool_key).collect(),
            revision: *revision,
        }
    }

    pub(super) fn into_pool(self) -> Option<Pool> {
        Some(Pool {
            plan: PlanId::new(self.plan),
            strategy: Strategy::ALL.into_iter().find(|known| known.as_str() == self.strategy)?,
            capacity: known(self.capacity),
            keys: self.keys.into_iter().map(PoolKeyRecord::into_pool_key).collect::<Option<_>>()?,
            revision: self.revision,
        })
    }
}

impl<'a> PoolKeyRecord<'a> {
    fn from_pool_key(key: &'a PoolKey) -> Self {
        let PoolKey { api_key, tenants, capacity, state, revision } = key;
        Self {
            api_key: text(api_key.as_str()),
            tenants: tenants.value_to_show().copied(),
            capacity: capacity.value_to_show().copied(),
            state: text(state.as_str()),
            revision: *revision,
        }
    }

    fn into_pool_key(self) -> Option<PoolKey> {
        Some(PoolKey {
            api_key: ApiKeyId::new(self.api_key),
            tenants: known(self.tenants),
            capacity: known(self.capacity),
            state: PoolKeyState::ALL.into_iter().find(|known| known.as_str() == self.state)?,
            revision: self.revision,
        })
    }
}
