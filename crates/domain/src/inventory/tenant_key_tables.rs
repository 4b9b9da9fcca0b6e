//! Tenant keys with their indexes. Inventories that differ only in what was read beside them share one table.

use std::collections::HashMap;

use super::index_by;
use super::pool_items::PoolItems;
use crate::{ApiKeyId, Known, PlanId, TenantKey, TenantKeyId};

/// Every index holds positions in `all`.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct TenantKeyTables {
    pub(super) all: Vec<TenantKey>,
    pub(super) pool_items: PoolItems,
    by_id: HashMap<TenantKeyId, usize>,
    by_plan: HashMap<PlanId, Vec<usize>>,
    by_api_key: HashMap<ApiKeyId, Vec<usize>>,
    /// The tenant keys whose API key is unknown.
    unresolved: Vec<usize>,
}

impl TenantKeyTables {
    /// Separates the pool items from the tenant keys.
    pub(super) fn new(items: Vec<TenantKey>) -> Self {
        let (pool_items, all) = PoolItems::split_off(items);
        Self::with_pool_items(all, pool_items)
    }

    fn with_pool_items(all: Vec<TenantKey>, pool_items: PoolItems) -> Self {
        let mut by_plan: HashMap<PlanId, Vec<usize>> = HashMap::new();
        let mut by_api_key: HashMap<ApiKeyId, Vec<usize>> = HashMap::new();
        for (at, tenant_key) in all.iter().enumerate() {
            by_plan.entry(tenant_key.plan.clone()).or_default().push(at);
            // A tenant key whose API key is unknown is in no entry: `reference_count` accounts for it.
            if let Known::Value(api_key) = tenant_key.api_key() {
                by_api_key.entry(api_key).or_default().push(at);
            }
        }
        Self {
            by_id: index_by(&all, |tenant_key| tenant_key.id.clone()),
            by_plan,
            by_api_key,
            unresolved: (0..all.len()).filter(|&at| all[at].pool_key.reason().is_some()).collect(),
            pool_items,
            all,
        }
    }

    /// Changes tenant keys without changing ids and order.
    pub(super) fn change_all(&mut self, change: impl FnMut(&mut TenantKey)) {
        let (mut all, pool_items) = (std::mem::take(&mut self.all), std::mem::take(&mut self.pool_items));
        all.iter_mut().for_each(change);
        *self = Self::with_pool_items(all, pool_items);
    }

    pub(super) fn find(&self, id: &TenantKeyId) -> Option<&TenantKey> {
        self.by_id.get(id).map(|&at| &self.all[at])
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

    fn at<'a>(&'a self, positions: Option<&'a Vec<usize>>) -> impl ExactSizeIterator<Item = &'a TenantKey> {
        positions.map_or(&[][..], Vec::as_slice).iter().map(|&at| &self.all[at])
    }
}
