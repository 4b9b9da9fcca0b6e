//! The sort orders of an inventory's tenant keys, computed once per inventory.

use std::cmp::Ordering;
use std::sync::Arc;

use keypool_domain::{Inventory, TenantKey};

use crate::tui::key_columns::{Sort, SortBy};
use crate::tui::model::{letter_bits, natural_sort};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Order {
    pub(crate) by: SortBy,
    pub(crate) is_inverted: bool,
}

/// Positions of tenant keys in every order, and letter bits that let a filter skip most of them.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct KeyIndex {
    /// In the order of [`SortBy::all`].
    orders: Vec<Arc<Vec<u32>>>,
    letter_bits: Vec<u64>,
}

impl KeyIndex {
    pub(crate) fn new(inventory: &Inventory) -> Self {
        let tenant_keys = inventory.tenant_keys();
        let letters = |tenant_key: &TenantKey| {
            let pool_key = tenant_key.known_pool_key().map_or("", |key| key.as_str());
            let TenantKey { tenant, name, id, .. } = tenant_key;
            letter_bits::letter_bits([tenant.as_str(), name.as_str(), id.as_str(), pool_key])
        };
        let by_tenant = Arc::new(sort_by_tenant(tenant_keys));
        let order = |by: SortBy| {
            let order = match by.sort() {
                Sort::Tenant | Sort::Usage(_) => return Arc::clone(&by_tenant),
                Sort::Text(text) => {
                    let prefix = |key: &TenantKey| natural_sort::sort_prefix(text(key));
                    let compare = |a: &TenantKey, b: &TenantKey| natural_sort::compare(text(a), text(b));
                    sort_by_prefix(tenant_keys, &by_tenant, prefix, compare)
                }
                Sort::Number(number) => {
                    let prefix = |key: &TenantKey| number(key).to_be_bytes();
                    sort_by_prefix(tenant_keys, &by_tenant, prefix, |_, _| Ordering::Equal)
                }
            };
            // For example if all tenant keys are enabled.
            if order == *by_tenant { Arc::clone(&by_tenant) } else { Arc::new(order) }
        };
        Self {
            orders: SortBy::all().map(order).collect(),
            letter_bits: tenant_keys.iter().map(letters).collect(),
        }
    }

    /// The positions of the tenant keys, sorted by this column.
    pub(crate) fn order(&self, by: SortBy) -> Arc<Vec<u32>> {
        Arc::clone(&self.orders[by.position()])
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
