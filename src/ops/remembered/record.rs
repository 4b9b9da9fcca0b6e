//! An inventory as it is written to a file. No record can hold the value of a key: [`keypool_domain::Secret`] cannot be
//! serialized. What was unknown, and why, is left out: it is shown as not read yet.

mod keys;
mod plans;

use std::borrow::Cow;
use std::collections::BTreeMap;

use jiff::Timestamp;
use keypool_domain::{
    ApiKeyId, Extents, Inventory, InventoryParts, InventorySource, Known, PlanId, TextStore, Unknown,
};
use serde::{Deserialize, Serialize};

use self::keys::{ApiKeyRecord, PoolRecord, TenantKeyRecord};
use self::plans::PlanRecord;
use crate::aws::WithoutTables;

type Text<'a> = Cow<'a, str>;
/// In microseconds since 1970.
type Time = i64;
type Tags<'a> = BTreeMap<Text<'a>, Text<'a>>;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct InventoryRecord<'a> {
    taken_at: Time,
    #[serde(borrow)]
    source: SourceRecord<'a>,
    plans: Vec<PlanRecord<'a>>,
    api_keys: Option<Vec<ApiKeyRecord<'a>>>,
    /// Of the plans whose API keys were readable.
    members: Vec<(Text<'a>, Vec<Text<'a>>)>,
    tenant_keys: Vec<TenantKeyRecord<'a>>,
    pools: Vec<PoolRecord<'a>>,
}

/// The settings of an account without tables are those of the connection.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
enum SourceRecord<'a> {
    Tables {
        #[serde(borrow)]
        plans: Text<'a>,
        keys: Text<'a>,
        pools: Option<Text<'a>>,
    },
    ApiGateway,
    Usage,
}

/// Something that may be absent, or unknown.
#[derive(Serialize, Deserialize, Default, PartialEq)]
enum Optional<T> {
    #[default]
    Absent,
    Present(T),
    Unknown,
}

impl<'a> InventoryRecord<'a> {
    pub(super) fn from_inventory(inventory: &'a Inventory) -> Self {
        let members = inventory.plans().iter().filter_map(|plan| {
            let keys = inventory.members(&plan.id);
            Some((
                text(plan.id.as_str()),
                keys.value_to_show()?.iter().map(|key| text(key.as_str())).collect(),
            ))
        });
        Self {
            taken_at: inventory.taken_at().as_microsecond(),
            source: SourceRecord::from_source(inventory.source()),
            plans: inventory.plans().iter().map(PlanRecord::from_plan).collect(),
            api_keys: inventory
                .api_keys()
                .value_to_show()
                .map(|keys| keys.iter().map(ApiKeyRecord::from_api_key).collect()),
            members: members.collect(),
            tenant_keys: inventory.tenant_keys().iter().map(TenantKeyRecord::from_tenant_key).collect(),
            pools: inventory.pools().iter().map(PoolRecord::from_pool).collect(),
        }
    }

    /// The inventory, which is remembered in all its parts; `None` if a value is none that keypool writes.
    pub(super) fn into_inventory(self, without_tables: &WithoutTables) -> Option<Inventory> {
        let taken_at = Timestamp::from_microsecond(self.taken_at).ok()?;
        let ids = |keys: Vec<Text<'_>>| keys.iter().map(ApiKeyId::new).collect::<Vec<_>>();
        let tenant_keys = self.tenant_keys.into_iter().map(TenantKeyRecord::into_tenant_key);
        let mut tenant_keys: Vec<_> = tenant_keys.collect::<Option<_>>()?;
        TextStore::default().share_texts(&mut tenant_keys);
        Some(Inventory::new(InventoryParts {
            source: self.source.into_source(without_tables),
            plans: self.plans.into_iter().map(PlanRecord::into_plan).collect::<Option<_>>()?,
            api_keys: known(match self.api_keys {
                Some(keys) => Some(keys.into_iter().map(ApiKeyRecord::into_api_key).collect::<Option<_>>()?),
                None => None,
            }),
            members: self
                .members
                .into_iter()
                .map(|(plan, keys)| (PlanId::new(plan), Known::Value(ids(keys))))
                .collect(),
            tenant_keys,
            pools: self.pools.into_iter().map(PoolRecord::into_pool).collect::<Option<_>>()?,
            remarks: Vec::new(),
            taken_at,
            extents: Extents::remembered(taken_at),
        }))
    }
}

impl<'a> SourceRecord<'a> {
    fn from_source(source: &'a InventorySource) -> Self {
        match source {
            InventorySource::Tables { plans, keys, pools } => {
                Self::Tables { plans: text(plans), keys: text(keys), pools: pools.as_deref().map(text) }
            }
            InventorySource::ApiGateway { tenants: _, managed_plans: _ } => Self::ApiGateway,
            InventorySource::Usage => Self::Usage,
        }
    }

    fn into_source(self, without_tables: &WithoutTables) -> InventorySource {
        match self {
            Self::Tables { plans, keys, pools } => InventorySource::Tables {
                plans: plans.into_owned(),
                keys: keys.into_owned(),
                pools: pools.map(Cow::into_owned),
            },
            Self::ApiGateway => InventorySource::ApiGateway {
                tenants: without_tables.tenants.clone(),
                managed_plans: without_tables.managed_plans.clone(),
            },
            Self::Usage => InventorySource::Usage,
        }
    }
}

impl<T> Optional<T> {
    fn from_known(value: Known<Option<T>>) -> Self {
        match value {
            Known::Value(Some(value)) => Self::Present(value),
            Known::Value(None) => Self::Absent,
            Known::Unknown(_) => Self::Unknown,
        }
    }

    fn into_known(self) -> Known<Option<T>> {
        match self {
            Self::Present(value) => Known::Value(Some(value)),
            Self::Absent => Known::Value(None),
            Self::Unknown => Known::Unknown(Unknown::NotReadYet),
        }
    }

    const fn is_absent(&self) -> bool {
        matches!(self, Self::Absent)
    }
}

fn text(text: &str) -> Text<'_> {
    Cow::Borrowed(text)
}

fn known<T>(value: Option<T>) -> Known<T> {
    value.map_or(Known::Unknown(Unknown::NotReadYet), Known::Value)
}

/// `None` for a time that does not exist.
#[expect(clippy::option_option, reason = "a time is optional, and may be invalid")]
fn into_time(time: Option<Time>) -> Option<Option<Timestamp>> {
    match time {
        Some(time) => Timestamp::from_microsecond(time).ok().map(Some),
        None => Some(None),
    }
}

fn tags_record(tags: &BTreeMap<String, String>) -> Tags<'_> {
    tags.iter().map(|(name, value)| (text(name), text(value))).collect()
}

fn into_tags(tags: Tags<'_>) -> BTreeMap<String, String> {
    tags.into_iter().map(|(name, value)| (name.into_owned(), value.into_owned())).collect()
}
