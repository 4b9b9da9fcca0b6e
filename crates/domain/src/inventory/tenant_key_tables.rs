//! Tenant keys with their indexes. Inventories that differ only in what was read beside them share one table.

use std::collections::{HashMap, HashSet};

use super::pool_items::PoolItems;
use crate::{ApiKeyId, Known, PlanId, TenantKey, TenantKeyId};

/// Every index holds positions in `all`; `by_api_key` and `unresolved` only the first of those with the same id.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct TenantKeyTables {
    pub(super) all: Vec<TenantKey>,
    pub(super) pool_items: PoolItems,
    /// Ordered by id.
    by_id: Vec<u32>,
    by_plan: HashMap<PlanId, Vec<u32>>,
    by_api_key: HashMap<ApiKeyId, Vec<u32>>,
    /// The tenant keys whose API key is unknown.
    unresolved: Vec<u32>,
    /// Their plans.
    unresolved_plans: HashSet<PlanId>,
}

impl TenantKeyTables {
    /// Separates the pool items from the tenant keys.
    pub(super) fn new(items: Vec<TenantKey>) -> Self {
        let (pool_items, all) = PoolItems::split_off(items);
        Self::with_pool_items(all, pool_items)
    }

    fn with_pool_items(all: Vec<TenantKey>, pool_items: PoolItems) -> Self {
        let mut by_plan: HashMap<PlanId, Vec<u32>> = HashMap::new();
        let mut by_api_key: HashMap<ApiKeyId, Vec<u32>> = HashMap::new();
        let (mut unresolved, mut unresolved_plans) = (Vec::new(), HashSet::new());
        let by_id = sort_by_id(&all);
        for (at, tenant_key) in (0..).zip(&all) {
            by_plan.entry(tenant_key.plan.clone()).or_default().push(at);
            if !is_first(&by_id, &all, at) {
                continue;
            }
            match tenant_key.api_key() {
                Known::Value(api_key) => by_api_key.entry(api_key).or_default().push(at),
                Known::Unknown(_) => {
                    unresolved.push(at);
                    unresolved_plans.insert(tenant_key.plan.clone());
                }
            }
        }
        Self { by_id, by_plan, by_api_key, unresolved, unresolved_plans, pool_items, all }
    }

    /// Changes tenant keys without changing ids and order.
    pub(super) fn change_all(&mut self, change: impl FnMut(&mut TenantKey)) {
        let (mut all, pool_items) = (std::mem::take(&mut self.all), std::mem::take(&mut self.pool_items));
        all.iter_mut().for_each(change);
        *self = Self::with_pool_items(all, pool_items);
    }

    pub(super) fn find(&self, id: &TenantKeyId) -> Option<&TenantKey> {
        Some(&self.all[position(&self.by_id, &self.all, id)? as usize])
    }

    /// Each tenant key once: the first of those with the same id stands for all.
    pub(super) fn distinct(&self) -> impl Iterator<Item = &TenantKey> {
        let all = (0..).zip(&self.all);
        all.filter(|&(at, _)| is_first(&self.by_id, &self.all, at)).map(|(_, tenant_key)| tenant_key)
    }

    pub(super) fn of_plan(&self, plan: &PlanId) -> impl ExactSizeIterator<Item = &TenantKey> {
        self.at(self.by_plan.get(plan))
    }

    pub(super) fn of_api_key(&self, api_key: &ApiKeyId) -> impl ExactSizeIterator<Item = &TenantKey> {
        self.at(self.by_api_key.get(api_key))
    }

    pub(super) fn has_unresolved(&self, plan: &PlanId) -> bool {
        self.unresolved_plans.contains(plan)
    }

    pub(super) fn unresolved(&self) -> impl Iterator<Item = &TenantKey> {
        self.at(Some(&self.unresolved))
    }

    fn at<'a>(&'a self, positions: Option<&'a Vec<u32>>) -> impl ExactSizeIterator<Item = &'a TenantKey> {
        positions.map_or(&[][..], Vec::as_slice).iter().map(|&at| &self.all[at as usize])
    }
}

/// The first position of a tenant key with this id.
fn position(by_id: &[u32], all: &[TenantKey], id: &TenantKeyId) -> Option<u32> {
    let first = by_id.partition_point(|&at| all[at as usize].id < *id);
    by_id.get(first).copied().filter(|&at| all[at as usize].id == *id)
}

/// Without tables, a tenant key is listed once for each of its plans.
fn is_first(by_id: &[u32], all: &[TenantKey], at: u32) -> bool {
    position(by_id, all, &all[at as usize].id) == Some(at)
}

fn sort_by_id(tenant_keys: &[TenantKey]) -> Vec<u32> {
    let mut positions: Vec<u32> = (0..).take(tenant_keys.len()).collect();
    positions.sort_by(|&a, &b| tenant_keys[a as usize].id.cmp(&tenant_keys[b as usize].id));
    positions
}
