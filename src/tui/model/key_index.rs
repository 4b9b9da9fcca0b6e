//! The sort orders of an inventory's tenant keys, computed once per inventory.

use std::cmp::Ordering;
use std::collections::HashMap;
use std::sync::{Arc, OnceLock};

use keypool_domain::{Inventory, TenantKey};

use crate::tui::key_columns::{Sort, SortBy};
use crate::tui::model::{letter_bits, natural_sort};
use crate::tui::sorting::ListOrder;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Order {
    pub(crate) by: SortBy,
    pub(crate) is_inverted: bool,
}

impl Order {
    pub(crate) fn as_list_order(self) -> ListOrder {
        let direction = self.by.sort().direction();
        ListOrder { head: self.by.title(), direction, is_inverted: self.is_inverted }
    }
}

/// Positions of tenant keys in every order, and letter bits that let a filter skip most of them.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct KeyIndex {
    /// In the order of [`SortBy::all`]. Those that take little time are made when they are used first: each takes 4 bytes
    /// for each tenant key.
    orders: Vec<OnceLock<Arc<Vec<u32>>>>,
    letter_bits: Vec<u64>,
}

impl KeyIndex {
    pub(crate) fn new(inventory: &Inventory) -> Self {
        let tenant_keys = inventory.tenant_keys();
        let letters = |tenant_key: &TenantKey| {
            let pool_key = tenant_key.known_pool_key().map_or("", |key| key.as_str());
            let TenantKey { tenant, name, id, attributes, .. } = tenant_key;
            let description = attributes.description.as_str();
            letter_bits::letter_bits([tenant.as_str(), name.as_str(), id.as_str(), pool_key, description])
        };
        let by_tenant = Arc::new(sort_by_tenant(tenant_keys));
        let order = |by: SortBy| {
            let order = match by.sort() {
                Sort::Tenant | Sort::Usage(_) => return OnceLock::from(Arc::clone(&by_tenant)),
                Sort::Plan | Sort::OfAccount(..) => return OnceLock::new(),
                Sort::Text(text) => {
                    let prefix = |key: &TenantKey| natural_sort::sort_prefix(text(key));
                    let compare = |a: &TenantKey, b: &TenantKey| natural_sort::compare(text(a), text(b));
                    sort_by_prefix(tenant_keys, &by_tenant, prefix, compare)
                }
                Sort::Number(number, _) => {
                    let prefix = |key: &TenantKey| number(key).to_be_bytes();
                    sort_by_prefix(tenant_keys, &by_tenant, prefix, |_, _| Ordering::Equal)
                }
            };
            // For example if all tenant keys are enabled.
            OnceLock::from(if order == *by_tenant { Arc::clone(&by_tenant) } else { Arc::new(order) })
        };
        Self {
            orders: SortBy::all().map(order).collect(),
            letter_bits: tenant_keys.iter().map(letters).collect(),
        }
    }

    /// The positions of the tenant keys, sorted by this column. `inventory` is the one that was indexed.
    pub(crate) fn order(&self, by: SortBy, inventory: &Inventory) -> Arc<Vec<u32>> {
        let make = || {
            let by_tenant = self.order(SortBy::default(), inventory);
            let ranks = match by.sort() {
                Sort::Plan => rank_by_plan(inventory),
                Sort::OfAccount(number, _) => rank_by_number(inventory, number),
                Sort::Tenant | Sort::Text(_) | Sort::Number(..) | Sort::Usage(_) => return by_tenant,
            };
            Arc::new(sort_by_rank(&by_tenant, |position| ranks[position as usize]))
        };
        Arc::clone(self.orders[by.position()].get_or_init(make))
    }

    /// A bit for each letter in the texts of the tenant key at this position.
    pub(crate) fn letter_bits(&self, position: u32) -> u64 {
        self.letter_bits[position as usize]
    }
}

/// Sorts by tenant, name and id. This order also breaks ties of the other orders.
fn sort_by_tenant(tenant_keys: &[TenantKey]) -> Vec<u32> {
    let unsorted: Vec<u32> = (0..).take(tenant_keys.len()).collect();
    let prefix = |key: &TenantKey| natural_sort::sort_prefix(key.tenant.as_str());
    sort_by_prefix(tenant_keys, &unsorted, prefix, |a, b| {
        let names = || natural_sort::compare(&a.name, &b.name);
        let tenants = natural_sort::compare(a.tenant.as_str(), b.tenant.as_str());
        tenants.then_with(names).then_with(|| a.id.cmp(&b.id))
    })
}

/// The place of each tenant key's plan among all, by name.
fn rank_by_plan(inventory: &Inventory) -> Vec<u32> {
    let mut plans: Vec<_> = inventory.plans().iter().map(|plan| &plan.id).collect();
    plans.sort_by(|a, b| natural_sort::compare(inventory.plan_name(a), inventory.plan_name(b)));
    let ranks: HashMap<_, u32> = plans.into_iter().zip(0..).collect();
    let last = u32::try_from(ranks.len()).unwrap_or(u32::MAX);
    inventory.tenant_keys().iter().map(|key| ranks.get(&key.plan).copied().unwrap_or(last)).collect()
}

/// The place of each tenant key by this number, the smallest first.
fn rank_by_number(inventory: &Inventory, number: impl Fn(&Inventory, &TenantKey) -> u64) -> Vec<u32> {
    let numbers: Vec<u64> = inventory.tenant_keys().iter().map(|key| number(inventory, key)).collect();
    let mut distinct = numbers.clone();
    distinct.sort_unstable();
    distinct.dedup();
    let place = |number: &u64| distinct.partition_point(|other| other < number);
    numbers.iter().map(|number| u32::try_from(place(number)).unwrap_or(u32::MAX)).collect()
}

/// Sorts positions by small numbers. Stable; takes time in proportion to the number of positions.
pub(crate) fn sort_by_rank(positions: &[u32], rank: impl Fn(u32) -> u32) -> Vec<u32> {
    let mut starts: Vec<u32> = Vec::new();
    for &position in positions {
        let rank = rank(position) as usize;
        if starts.len() <= rank + 1 {
            starts.resize(rank + 2, 0);
        }
        starts[rank + 1] += 1;
    }
    for rank in 1..starts.len() {
        starts[rank] += starts[rank - 1];
    }
    let mut sorted = vec![0; positions.len()];
    for &position in positions {
        let next = &mut starts[rank(position) as usize];
        sorted[*next as usize] = position;
        *next += 1;
    }
    sorted
}

/// A tenant key while it is sorted: the start of what it is sorted by, and where it is in the order that breaks ties.
type Prefixed = ([u8; natural_sort::PREFIX_LEN], u32);

/// Sorts positions by the bytes that `prefix` returns, and calls `compare` only for tenant keys with equal bytes. Stable;
/// takes no memory beyond 20 bytes for each tenant key.
fn sort_by_prefix(
    tenant_keys: &[TenantKey],
    positions: &[u32],
    prefix: impl Fn(&TenantKey) -> [u8; natural_sort::PREFIX_LEN],
    compare: impl Fn(&TenantKey, &TenantKey) -> Ordering,
) -> Vec<u32> {
    let key = |rank: u32| &tenant_keys[positions[rank as usize] as usize];
    let mut prefixed: Vec<Prefixed> =
        (0..).take(positions.len()).map(|rank| (prefix(key(rank)), rank)).collect();
    prefixed.sort_unstable();
    for equal in prefixed.chunk_by_mut(|a, b| a.0 == b.0) {
        equal.sort_unstable_by(|a, b| compare(key(a.1), key(b.1)).then(a.1.cmp(&b.1)));
    }
    // By reference: collecting the vector itself would keep its larger allocation.
    prefixed.iter().map(|&(_, rank)| positions[rank as usize]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranks_sort_stably() {
        let ranks = [2, 0, 2, 1, 0];
        assert_eq!(sort_by_rank(&[4, 3, 2, 1, 0], |at| ranks[at as usize]), [4, 1, 3, 2, 0]);
        assert!(sort_by_rank(&[], |_| 0).is_empty());
    }
}
