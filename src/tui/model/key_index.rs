//! The sort orders of an inventory's tenant keys, computed once per inventory.

use std::cmp::Ordering;
use std::sync::Arc;

use jiff::Timestamp;
use keypool_domain::{Inventory, Known, TenantKey};

use crate::tui::model::{letter_bits, natural_sort};

/// A column that tenant keys can be sorted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SortBy {
    Tenant,
    Name,
    ApiKey,
    /// Calls made with the API key; sorts by tenant until usage is read.
    Used,
    Enabled,
    Created,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Order {
    pub(crate) by: SortBy,
    pub(crate) is_inverted: bool,
}

/// Positions of tenant keys in every order, and letter bits that let a filter skip most of them.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct KeyIndex {
    /// Indexed by [`SortBy`].
    orders: [Arc<Vec<u32>>; SortBy::ALL.len()],
    letter_bits: Vec<u64>,
}

impl SortBy {
    pub(crate) const ALL: [Self; 6] =
        [Self::Tenant, Self::Name, Self::ApiKey, Self::Used, Self::Enabled, Self::Created];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Tenant => "tenant",
            Self::Name => "name",
            Self::ApiKey => "api key",
            Self::Used => "used",
            Self::Enabled => "enabled",
            Self::Created => "created",
        }
    }

    pub(crate) fn next(self) -> Self {
        let at = Self::ALL.iter().position(|by| *by == self).unwrap_or(0);
        Self::ALL[(at + 1) % Self::ALL.len()]
    }
}

impl KeyIndex {
    pub(crate) fn new(inventory: &Inventory) -> Self {
        let tenant_keys = inventory.tenant_keys();
        let letters = |tenant_key: &TenantKey| {
            let pool_key = tenant_key.known_pool_key().map_or("", |key| key.as_str());
            let TenantKey { tenant, name, id, .. } = tenant_key;
            letter_bits::letter_bits([tenant.as_str(), name.as_str(), id.as_str(), pool_key])
        };
        let by_tenant = sort_by_tenant(tenant_keys);
        let order = |by| match by {
            SortBy::Tenant | SortBy::Used => Arc::clone(&by_tenant),
            SortBy::Name => {
                sort_by_prefix(tenant_keys, &by_tenant, by, |a, b| natural_sort::compare(&a.name, &b.name))
            }
            SortBy::ApiKey | SortBy::Enabled | SortBy::Created => {
                sort_by_prefix(tenant_keys, &by_tenant, by, |_, _| Ordering::Equal)
            }
        };
        Self { orders: SortBy::ALL.map(order), letter_bits: tenant_keys.iter().map(letters).collect() }
    }

    /// The positions of the tenant keys, sorted by this column.
    pub(crate) fn order(&self, by: SortBy) -> Arc<Vec<u32>> {
        Arc::clone(&self.orders[by as usize])
    }

    /// A bit for each letter in the texts of the tenant key at this position.
    pub(crate) fn letter_bits(&self, position: u32) -> u64 {
        self.letter_bits[position as usize]
    }
}

/// Sorts by tenant, name and id. This order also breaks ties of the other orders.
fn sort_by_tenant(tenant_keys: &[TenantKey]) -> Arc<Vec<u32>> {
    let unsorted: Vec<u32> = (0..).take(tenant_keys.len()).collect();
    sort_by_prefix(tenant_keys, &unsorted, SortBy::Tenant, |a, b| {
        let names = || natural_sort::compare(&a.name, &b.name);
        let tenants = natural_sort::compare(a.tenant.as_str(), b.tenant.as_str());
        tenants.then_with(names).then_with(|| a.id.cmp(&b.id))
    })
}

/// Sorts positions by [`sort_prefix`], and calls `compare` only for tenant keys with equal prefixes. Stable.
fn sort_by_prefix(
    tenant_keys: &[TenantKey],
    positions: &[u32],
    by: SortBy,
    compare: impl Fn(&TenantKey, &TenantKey) -> Ordering,
) -> Arc<Vec<u32>> {
    let at = |position: u32| &tenant_keys[position as usize];
    let with_prefix = |&position: &u32| (sort_prefix(at(position), by), position);
    let mut prefixed: Vec<(u128, u32)> = positions.iter().map(with_prefix).collect();
    prefixed.sort_by_key(|&(prefix, _)| prefix);
    for equal in prefixed.chunk_by_mut(|a, b| a.0 == b.0) {
        equal.sort_by(|a, b| compare(at(a.1), at(b.1)));
    }
    Arc::new(prefixed.into_iter().map(|(_, position)| position).collect())
}

/// A number that sorts tenant keys by this column as far as 16 bytes can.
fn sort_prefix(tenant_key: &TenantKey, by: SortBy) -> u128 {
    match by {
        SortBy::Tenant => natural_sort::sort_prefix(tenant_key.tenant.as_str()),
        SortBy::Name => natural_sort::sort_prefix(&tenant_key.name),
        SortBy::ApiKey => {
            let pool_key = tenant_key.known_pool_key();
            byte_prefix(pool_key.map_or(tenant_key.id.as_str(), |api_key| api_key.as_str()))
        }
        SortBy::Enabled => match tenant_key.enabled {
            Known::Value(false) => 0,
            Known::Unknown(_) => 1,
            Known::Value(true) => 2,
        },
        SortBy::Used => 0,
        SortBy::Created => created_rank(tenant_key).into(),
    }
}

/// Sorts the newest first, and tenant keys without a creation date last.
fn created_rank(tenant_key: &TenantKey) -> u64 {
    let seconds_before_max = |at: Timestamp| u64::try_from(Timestamp::MAX.as_second() - at.as_second());
    tenant_key.created_at.map_or(u64::MAX, |at| seconds_before_max(at).unwrap_or(0))
}

/// The first 16 bytes in lower case, as a number.
fn byte_prefix(text: &str) -> u128 {
    let mut bytes = [0; 16];
    for (place, byte) in bytes.iter_mut().zip(text.bytes()) {
        *place = byte.to_ascii_lowercase();
    }
    u128::from_be_bytes(bytes)
}
