//! The sort orders of an inventory's tenant keys, computed once per inventory.

use std::cmp::Ordering;
use std::sync::Arc;

use jiff::Timestamp;
use keypool_domain::{Inventory, Known, TenantKey};

use super::{filter, natural_sort};

/// A column that tenant keys can be sorted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SortBy {
    Tenant,
    Name,
    ApiKey,
    /// Calls of the API key; by tenant until usage is read.
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
        let rows = inventory.tenant_keys();
        let letters = |row: &TenantKey| {
            let pool_key = row.known_pool_key().map_or("", |key| key.as_str());
            filter::letter_bits([row.tenant.as_str(), &row.name, row.id.as_str(), pool_key])
        };
        let by_tenant = sort_by_tenant(rows);
        let order = |by| match by {
            SortBy::Tenant | SortBy::Used => Arc::clone(&by_tenant),
            SortBy::Name => {
                sort_by_prefix(rows, &by_tenant, by, |a, b| natural_sort::compare(&a.name, &b.name))
            }
            SortBy::ApiKey | SortBy::Enabled | SortBy::Created => {
                sort_by_prefix(rows, &by_tenant, by, |_, _| Ordering::Equal)
            }
        };
        Self { orders: SortBy::ALL.map(order), letter_bits: rows.iter().map(letters).collect() }
    }

    /// The positions of the tenant keys, sorted by this column.
    pub(crate) fn order(&self, by: SortBy) -> Arc<Vec<u32>> {
        Arc::clone(&self.orders[by as usize])
    }

    /// A bit for each letter in the texts of the tenant key at this position.
    pub(crate) fn letter_bits(&self, row: u32) -> u64 {
        self.letter_bits[row as usize]
    }
}

/// Sorts by tenant, name and id. This order also breaks ties of the other orders.
fn sort_by_tenant(rows: &[TenantKey]) -> Arc<Vec<u32>> {
    let as_read: Vec<u32> = (0..).take(rows.len()).collect();
    sort_by_prefix(rows, &as_read, SortBy::Tenant, |a, b| {
        let names = || natural_sort::compare(&a.name, &b.name);
        let tenants = natural_sort::compare(a.tenant.as_str(), b.tenant.as_str());
        tenants.then_with(names).then_with(|| a.id.cmp(&b.id))
    })
}

/// Sorts by numeric prefix, and compares tenant keys only where prefixes are equal. Stable.
fn sort_by_prefix(
    rows: &[TenantKey],
    positions: &[u32],
    by: SortBy,
    compare: impl Fn(&TenantKey, &TenantKey) -> Ordering,
) -> Arc<Vec<u32>> {
    let row = |at: u32| &rows[at as usize];
    let mut numbered: Vec<(u128, u32)> = positions.iter().map(|&at| (sort_prefix(row(at), by), at)).collect();
    numbered.sort_by_key(|&(number, _)| number);
    for equal in numbered.chunk_by_mut(|a, b| a.0 == b.0) {
        equal.sort_by(|a, b| compare(row(a.1), row(b.1)));
    }
    Arc::new(numbered.into_iter().map(|(_, at)| at).collect())
}

fn sort_prefix(row: &TenantKey, by: SortBy) -> u128 {
    match by {
        SortBy::Tenant => natural_sort::sort_prefix(row.tenant.as_str()),
        SortBy::Name => natural_sort::sort_prefix(&row.name),
        SortBy::ApiKey => byte_prefix(row.known_pool_key().map_or(row.id.as_str(), |key| key.as_str())),
        SortBy::Enabled => match row.enabled {
            Known::Value(false) => 0,
            Known::Unknown(_) => 1,
            Known::Value(true) => 2,
        },
        SortBy::Used => 0,
        SortBy::Created => created_rank(row).into(),
    }
}

/// Newest first; no date comes last.
fn created_rank(row: &TenantKey) -> u64 {
    let before_the_end = |at: Timestamp| u64::try_from(Timestamp::MAX.as_second() - at.as_second());
    row.created_at.map_or(u64::MAX, |at| before_the_end(at).unwrap_or(0))
}

fn byte_prefix(text: &str) -> u128 {
    let mut bytes = [0; 16];
    for (place, byte) in bytes.iter_mut().zip(text.bytes()) {
        *place = byte.to_ascii_lowercase();
    }
    u128::from_be_bytes(bytes)
}
