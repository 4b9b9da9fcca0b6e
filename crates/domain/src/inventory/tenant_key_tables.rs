//! Tenant keys with their indexes. Inventories that differ only in what was read beside them share one table.

use std::collections::HashSet;

use super::pool_items::PoolItems;
use super::position_groups::PositionGroups;
use crate::{ApiKeyId, Known, PlanId, TenantKey, TenantKeyId};

/// Every index holds positions in `all`; `by_api_key` and `unresolved` only the first of those with the same id.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct TenantKeyTables {
    pub(super) all: Vec<TenantKey>,
    pub(super) pool_items: PoolItems,
    /// Ordered by id; `None` if the tenant keys themselves are, and each has another id.
    by_id: Option<Vec<u32>>,
    by_plan: PositionGroups<PlanId>,
    by_api_key: PositionGroups<ApiKeyId>,
    /// The tenant keys whose API key is unknown.
    unresolved: Vec<u32>,
    /// Their plans.
    unresolved_plans: HashSet<PlanId>,
}

impl TenantKeyTables {
    /// Separates the pool items from the tenant keys.
    pub(super) fn new(mut items: Vec<TenantKey>) -> Self {
        let pool_items = PoolItems::take_from(&mut items);
        Self::with_pool_items(items, pool_items)
    }

    fn with_pool_items(all: Vec<TenantKey>, pool_items: PoolItems) -> Self {
        let by_id = sort_by_id(&all);
        let by_plan =
            PositionGroups::new((0..).zip(&all).map(|(at, tenant_key)| (at, tenant_key.plan.clone())));
        let distinct = || (0..).zip(&all).filter(|&(at, _)| is_first(by_id.as_deref(), &all, at));
        let by_api_key = distinct().filter_map(|(at, tenant_key)| match tenant_key.api_key() {
            Known::Value(api_key) => Some((at, api_key)),
            Known::Unknown(_) => None,
        });
        let by_api_key = PositionGroups::new(by_api_key);
        let is_unresolved = |(_, tenant_key): &(u32, &TenantKey)| tenant_key.pool_key.reason().is_some();
        let (unresolved, plans): (Vec<u32>, Vec<_>) =
            distinct().filter(is_unresolved).map(|(at, tenant_key)| (at, &tenant_key.plan)).unzip();
        let unresolved_plans = plans.into_iter().cloned().collect();
        Self { by_id, by_plan, by_api_key, unresolved, unresolved_plans, pool_items, all }
    }

    /// Changes tenant keys without changing ids and order.
    pub(super) fn change_all(&mut self, change: impl FnMut(&mut TenantKey)) {
        let (mut all, pool_items) = (std::mem::take(&mut self.all), std::mem::take(&mut self.pool_items));
        all.iter_mut().for_each(change);
        *self = Self::with_pool_items(all, pool_items);
    }

    pub(super) fn find(&self, id: &TenantKeyId) -> Option<&TenantKey> {
        Some(&self.all[position(self.by_id.as_deref(), &self.all, id)? as usize])
    }

    /// The tenant key in each of its plans, in order.
    pub(super) fn listings<'a>(&'a self, id: &'a TenantKeyId) -> impl Iterator<Item = &'a TenantKey> {
        let positions = match &self.by_id {
            Some(by_id) => {
                let first = by_id.partition_point(|&at| self.all[at as usize].id < *id);
                &by_id[first..]
            }
            None => &[],
        };
        let listed = positions.iter().map(|&at| &self.all[at as usize]).take_while(move |key| key.id == *id);
        let only = if self.by_id.is_none() { self.find(id) } else { None };
        only.into_iter().chain(listed)
    }

    /// Each tenant key once: the first of those with the same id stands for all.
    pub(super) fn distinct(&self) -> impl Iterator<Item = &TenantKey> {
        let all = (0..).zip(&self.all);
        all.filter(|&(at, _)| is_first(self.by_id.as_deref(), &self.all, at))
            .map(|(_, tenant_key)| tenant_key)
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
        self.at(&self.unresolved)
    }

    fn at<'a>(&'a self, positions: &'a [u32]) -> impl ExactSizeIterator<Item = &'a TenantKey> {
        positions.iter().map(|&at| &self.all[at as usize])
    }
}

/// The first position of a tenant key with this id.
fn position(by_id: Option<&[u32]>, all: &[TenantKey], id: &TenantKeyId) -> Option<u32> {
    let Some(by_id) = by_id else {
        let position = all.binary_search_by(|tenant_key| tenant_key.id.cmp(id)).ok()?;
        return u32::try_from(position).ok();
    };
    let first = by_id.partition_point(|&at| all[at as usize].id < *id);
    by_id.get(first).copied().filter(|&at| all[at as usize].id == *id)
}

/// Without tables, a tenant key is listed once for each of its plans.
fn is_first(by_id: Option<&[u32]>, all: &[TenantKey], at: u32) -> bool {
    by_id.is_none() || position(by_id, all, &all[at as usize].id) == Some(at)
}

fn sort_by_id(tenant_keys: &[TenantKey]) -> Option<Vec<u32>> {
    if tenant_keys.is_sorted_by(|a, b| a.id < b.id) {
        return None;
    }
    let mut positions: Vec<u32> = (0..).take(tenant_keys.len()).collect();
    positions.sort_by(|&a, &b| tenant_keys[a as usize].id.cmp(&tenant_keys[b as usize].id));
    Some(positions)
}
