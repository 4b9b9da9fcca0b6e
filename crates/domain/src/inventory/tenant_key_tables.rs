//! Tenant keys with their indexes. Inventories that differ only in what was read beside them share one table.

use std::collections::HashMap;

use super::pool_items::PoolItems;
use crate::{ApiKeyId, Known, PlanId, TenantKey, TenantKeyId};

/// Every index holds positions in `all`.
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
        let mut unresolved = Vec::new();
        for (at, tenant_key) in (0..).zip(&all) {
            by_plan.entry(tenant_key.plan.clone()).or_default().push(at);
            match tenant_key.api_key() {
                Known::Value(api_key) => by_api_key.entry(api_key).or_default().push(at),
                Known::Unknown(_) => unresolved.push(at),
            }
        }
        Self { by_id: sort_by_id(&all), by_plan, by_api_key, unresolved, pool_items, all }
    }

    /// Changes tenant keys without changing ids and order.
    pub(super) fn change_all(&mut self, change: impl FnMut(&mut TenantKey)) {
        let (mut all, pool_items) = (std::mem::take(&mut self.all), std::mem::take(&mut self.pool_items));
        all.iter_mut().for_each(change);
        *self = Self::with_pool_items(all, pool_items);
    }

    pub(super) fn find(&self, id: &TenantKeyId) -> Option<&TenantKey> {
        let end = self.by_id.partition_point(|&at| self.all[at as usize].id <= *id);
        let last = &self.all[*self.by_id.get(end.checked_sub(1)?)? as usize];
        Some(last).filter(|tenant_key| tenant_key.id == *id)
    }

    pub(super) fn of_plan(&self, plan: &PlanId) -> impl ExactSizeIterator<Item = &TenantKey> {
        self.at(self.by_plan.get(plan))
    }

    pub(super) fn of_api_key(&self, api_key: &ApiKeyId) -> impl ExactSizeIterator<Item = &TenantKey> {
        self.at(self.by_api_key.get(api_key))
    }

    pub(super) fn unresolved(&self) -> impl Iterator<Item = &TenantKey> {
        self.at(Some(&self.unresolved))
    }

    fn at<'a>(&'a self, positions: Option<&'a Vec<u32>>) -> impl ExactSizeIterator<Item = &'a TenantKey> {
        positions.map_or(&[][..], Vec::as_slice).iter().map(|&at| &self.all[at as usize])
    }
}

fn sort_by_id(tenant_keys: &[TenantKey]) -> Vec<u32> {
    let mut positions: Vec<u32> = (0..).take(tenant_keys.len()).collect();
    positions.sort_by(|&a, &b| tenant_keys[a as usize].id.cmp(&tenant_keys[b as usize].id));
    positions
}
