//! An account as read at one time: plans, API keys, tenant keys and pools, indexed for lookups.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use jiff::Timestamp;

mod api_key_table;
mod api_key_updates;
mod extents;
mod foreign_items;
mod former_keys;
mod key_names;
mod labels;
mod memberships;
mod new_plan;
mod no_such_plan;
mod on_demand;
mod own_keys;
mod plan_names;
mod pool_items;
mod position_groups;
mod predecessors;
mod sharing;
mod tenant_key_tables;
mod unfinished_moves;
mod unreadable_plans;
mod work_marks;

pub use no_such_plan::NoSuchPlan;
pub use predecessors::KeyInGrace;
pub use unfinished_moves::UnfinishedMove;

use api_key_table::ApiKeyTable;
pub use extents::{AccountPart, Extent, Extents, PartiallyRead, format_extent};
pub use foreign_items::ForeignItem;
use foreign_items::ForeignItems;
use memberships::Memberships;
use plan_names::PlanLabels;
use tenant_key_tables::TenantKeyTables;

use crate::key::FormerKey;
use crate::work::WorkMark;
use crate::{
    ApiKey, ApiKeyId, InventorySource, Known, Mode, Model, Plan, PlanId, Pool, Tenant, TenantKey,
    TenantKeyId, Unknown,
};

/// How many rotations of an API key keypool follows.
const MAX_ROTATIONS: usize = 100;

/// The mode of a tenant key whose own API key is also a pool key.
const POOL_KEY: &str = "pool-key";

/// The names of all modes, i.e. of the ways in which a tenant key gets its API key.
pub const MODES: [&str; 3] = [Mode::Siloed.as_str(), Mode::Pooled.as_str(), POOL_KEY];

/// What was read of an account, before it is indexed.
#[derive(Debug, Clone, PartialEq)]
pub struct InventoryParts {
    pub source: InventorySource,
    /// Usage plans, with their price-list entries.
    pub plans: Vec<Plan>,
    /// Without their values.
    pub api_keys: Known<Vec<ApiKey>>,
    /// API keys by plan; a plan without an entry has not been read.
    pub members: BTreeMap<PlanId, Known<Vec<ApiKeyId>>>,
    pub tenant_keys: Vec<TenantKey>,
    pub pools: Vec<Pool>,
    /// Notes for the operator about parts that were unreadable or slow to read.
    pub remarks: Vec<String>,
    /// When the read finished.
    pub taken_at: Timestamp,
    pub extents: Extents,
}

/// An indexed snapshot of an account.
#[derive(Debug, Clone, PartialEq)]
pub struct Inventory {
    /// Without tenant keys and API keys, which the versions of an inventory share.
    parts: InventoryParts,
    tenant_keys: Arc<TenantKeyTables>,
    plan_index: HashMap<PlanId, usize>,
    plan_labels: PlanLabels,
    api_keys: Arc<ApiKeyTable>,
    pool_index: HashMap<PlanId, usize>,
    pool_by_api_key: Arc<HashMap<ApiKeyId, usize>>,
    memberships: Memberships,
    /// Why the list of plans is incomplete; `None` if it is complete.
    unreadable_plans: Option<Unknown>,
    foreign: ForeignItems,
    work_marks: Vec<WorkMark>,
    former_keys: Vec<FormerKey>,
    /// The listed tenant keys that were read again, or do not exist any more.
    read_again: BTreeSet<TenantKeyId>,
}

/// Whether API Gateway has an API key.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Presence<'a> {
    Present(&'a ApiKey),
    /// Absent from API Gateway's list.
    Missing,
    /// API Gateway's list is unreadable.
    Unknown(&'a Unknown),
}

impl<'a> Presence<'a> {
    /// The API key, if present.
    pub const fn key(self) -> Option<&'a ApiKey> {
        match self {
            Self::Present(key) => Some(key),
            Self::Missing | Self::Unknown(_) => None,
        }
    }
}

impl Inventory {
    pub fn new(mut parts: InventoryParts) -> Self {
        let tenant_keys = Arc::new(TenantKeyTables::new(std::mem::take(&mut parts.tenant_keys)));
        let api_keys = std::mem::replace(&mut parts.api_keys, Known::Unknown(Unknown::NotReadYet));
        let mut pool_by_api_key = HashMap::new();
        for (at, pool) in parts.pools.iter().enumerate() {
            for key in &pool.keys {
                pool_by_api_key.entry(key.api_key.clone()).or_insert(at);
            }
        }
        Self {
            plan_index: index_by(&parts.plans, |plan| plan.id.clone()),
            api_keys: Arc::new(ApiKeyTable::new(api_keys)),
            pool_index: index_by(&parts.pools, |pool| pool.plan.clone()),
            tenant_keys,
            pool_by_api_key: Arc::new(pool_by_api_key),
            plan_labels: PlanLabels::new(&parts.plans),
            memberships: Memberships::new(&parts),
            unreadable_plans: None,
            foreign: ForeignItems::default(),
            work_marks: Vec::new(),
            former_keys: Vec::new(),
            read_again: BTreeSet::new(),
            parts,
        }
    }

    /// Replaces the tags of the plans for which `tags` returns some.
    pub fn with_plan_tags(
        mut self,
        mut tags: impl FnMut(&PlanId) -> Option<Known<BTreeMap<String, String>>>,
    ) -> Self {
        for plan in &mut self.parts.plans {
            if let Some(tags) = tags(&plan.id) {
                plan.tags = tags;
            }
        }
        self
    }

    /// An inventory before anything has been read.
    pub fn empty(taken_at: Timestamp) -> Self {
        Self::new(InventoryParts {
            source: InventorySource::Tables { plans: String::new(), keys: String::new(), pools: None },
            plans: Vec::new(),
            api_keys: Known::Unknown(Unknown::NotReadYet),
            members: BTreeMap::new(),
            tenant_keys: Vec::new(),
            pools: Vec::new(),
            remarks: Vec::new(),
            taken_at,
            extents: Extents::NOTHING,
        })
    }

    /// Where the tenant keys come from.
    pub const fn source(&self) -> &InventorySource {
        &self.parts.source
    }

    pub const fn taken_at(&self) -> Timestamp {
        self.parts.taken_at
    }

    pub fn remarks(&self) -> &[String] {
        &self.parts.remarks
    }

    /// In API Gateway's order.
    pub fn plans(&self) -> &[Plan] {
        &self.parts.plans
    }

    /// In API Gateway's order.
    pub fn api_keys(&self) -> &Known<Vec<ApiKey>> {
        &self.api_keys.all
    }

    /// API Gateway's list of API keys, empty if unreadable: for searches only.
    pub fn listed_api_keys(&self) -> &[ApiKey] {
        self.api_keys().value_to_show().map(Vec::as_slice).unwrap_or_default()
    }

    pub fn tenant_keys(&self) -> &[TenantKey] {
        &self.tenant_keys.all
    }

    /// The tenant keys, each once: without tables, [`Self::tenant_keys`] has one for each plan of an API key.
    pub fn distinct_tenant_keys(&self) -> impl Iterator<Item = &TenantKey> {
        self.tenant_keys.distinct()
    }

    pub fn pools(&self) -> &[Pool] {
        &self.parts.pools
    }

    pub fn plan(&self, id: &PlanId) -> Option<&Plan> {
        self.plan_index.get(id).map(|&at| &self.parts.plans[at])
    }

    pub fn api_key(&self, id: &ApiKeyId) -> Presence<'_> {
        self.api_keys.find(id)
    }

    /// The tenant key at this position of [`Self::tenant_keys`]. Another inventory may have another one there.
    pub fn tenant_key_at(&self, position: u32) -> Option<&TenantKey> {
        self.tenant_keys.all.get(position as usize)
    }

    pub fn tenant_key(&self, id: &TenantKeyId) -> Option<&TenantKey> {
        self.tenant_keys.find(id)
    }

    /// The tenant key once for each of its plans, the one for which it was made first: without tables, a key may be in
    /// several.
    pub fn listings_of_tenant_key<'a>(&'a self, id: &'a TenantKeyId) -> impl Iterator<Item = &'a TenantKey> {
        self.tenant_keys.listings(id)
    }

    pub fn tenant_keys_of_plan(&self, plan: &PlanId) -> impl ExactSizeIterator<Item = &TenantKey> {
        self.tenant_keys.of_plan(plan)
    }

    /// The tenant keys that use this API key.
    pub fn tenant_keys_of_api_key(&self, api_key: &ApiKeyId) -> impl ExactSizeIterator<Item = &TenantKey> {
        self.tenant_keys.of_api_key(api_key)
    }

    /// The tenants that use this API key, each once, in order.
    pub fn tenants_of_api_key(&self, api_key: &ApiKeyId) -> Vec<&Tenant> {
        distinct_tenants(self.tenant_keys_of_api_key(api_key).map(|tenant_key| &tenant_key.tenant))
    }

    /// The tenants with a key in this plan, each once, in order.
    pub fn tenants_of_plan(&self, plan: &PlanId) -> Vec<&Tenant> {
        distinct_tenants(self.tenant_keys_of_plan(plan).map(|tenant_key| &tenant_key.tenant))
    }

    /// The plan's pool; a plan without one is siloed, unless not all pools were read.
    pub fn pool(&self, plan: &PlanId) -> Option<&Pool> {
        self.pool_index.get(plan).map(|&at| &self.parts.pools[at])
    }

    pub fn model(&self, plan: &PlanId) -> Known<Model> {
        match (self.pool(plan), self.parts.extents.pools) {
            (Some(pool), _) => Known::Value(pool.model()),
            (None, Extent::Complete | Extent::Remembered { .. }) => Known::Value(Model::Siloed),
            (None, Extent::Partial { .. } | Extent::OnDemand { .. }) => Known::Unknown(Unknown::NotReadYet),
        }
    }

    /// Whether both have the same tenant keys, in the same order, without a comparison of each.
    pub fn shares_tenant_keys_with(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.tenant_keys, &other.tenant_keys)
    }

    /// Follows rotations: this API key if a tenant key uses it, else its latest successor.
    pub fn api_key_after_rotations<'a>(&'a self, api_key: &'a ApiKeyId) -> &'a ApiKeyId {
        let mut current = api_key;
        // Tags may refer to each other in a cycle.
        for _ in 0..MAX_ROTATIONS {
            if self.tenant_keys_of_api_key(current).len() > 0 {
                break;
            }
            let Some(next) = self.successor(current) else { break };
            current = &next.id;
        }
        current
    }

    pub fn pool_of_api_key(&self, api_key: &ApiKeyId) -> Option<&Pool> {
        self.pool_by_api_key.get(api_key).map(|&at| &self.parts.pools[at])
    }

    /// Why the tenant keys of an API key are not fully known: a tenant key that may use it has an unknown
    /// API key, or a foreign item names it.
    pub fn unresolved_tenant_keys(&self, api_key: &ApiKeyId) -> Option<&Unknown> {
        if let Some(why) = self.foreign.reason_for(api_key) {
            return Some(why);
        }
        let pool = self.pool_of_api_key(api_key).map(|pool| &pool.plan);
        self.tenant_keys.unresolved().find_map(|tenant_key| {
            let may_use = pool == Some(&tenant_key.plan)
                || match self.is_member(&tenant_key.plan, api_key) {
                    Known::Value(is_member) => is_member,
                    Known::Unknown(_) => pool.is_none(),
                };
            tenant_key.pool_key.reason().filter(|_| may_use)
        })
    }

    /// The API keys of this plan.
    pub fn members(&self, plan: &PlanId) -> Known<&[ApiKeyId]> {
        match self.parts.members.get(plan) {
            Some(members) => members.as_ref().map(Vec::as_slice),
            None => Known::Unknown(Unknown::NotReadYet),
        }
    }

    /// The API keys of this plan, or no keys if its list is unreadable: for searches only.
    pub fn listed_members(&self, plan: &PlanId) -> &[ApiKeyId] {
        let members = self.parts.members.get(plan).and_then(Known::value_to_show);
        members.map(Vec::as_slice).unwrap_or_default()
    }

    pub fn is_member(&self, plan: &PlanId, api_key: &ApiKeyId) -> Known<bool> {
        match (self.members(plan), self.queried_plans(api_key)) {
            (Known::Value(members), _) => Known::Value(members.contains(api_key)),
            (Known::Unknown(_), Some(plans)) => Known::Value(plans.contains(plan)),
            (Known::Unknown(why), None) => Known::Unknown(why),
        }
    }

    /// Whether a pool may assign this API key: it is not known to be missing or disabled.
    pub fn is_live(&self, api_key: &ApiKeyId) -> bool {
        match self.api_key(api_key) {
            Presence::Present(key) => key.enabled,
            Presence::Missing => false,
            Presence::Unknown(_) => true,
        }
    }
}

fn index_by<T, K: std::hash::Hash + Eq>(items: &[T], key: impl Fn(&T) -> K) -> HashMap<K, usize> {
    items.iter().enumerate().map(|(at, item)| (key(item), at)).collect()
}

fn distinct_tenants<'a>(tenants: impl Iterator<Item = &'a Tenant>) -> Vec<&'a Tenant> {
    let mut all: Vec<_> = tenants.collect();
    all.sort_unstable();
    all.dedup();
    all
}
