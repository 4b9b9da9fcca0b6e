//! The rows of an inventory in the order that was asked for, made once for each inventory and order.

use std::cmp::Ordering;
use std::sync::Arc;

use jiff::Timestamp;
use keypool_domain::{Inventory, TenantKey};

use super::filter;

/// A column that keys are sorted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SortBy {
    Tenant,
    Name,
    ApiKey,
    Enabled,
    Created,
}

/// The order of keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Order {
    pub(crate) by: SortBy,
    pub(crate) inverted: bool,
}

/// Rows by position, in order, with what a filter needs to pass most of them by.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct KeyIndex {
    pub(crate) order: Arc<Vec<u32>>,
    pub(crate) letters: Vec<u64>,
}

impl SortBy {
    pub(crate) const ALL: [Self; 5] = [Self::Tenant, Self::Name, Self::ApiKey, Self::Enabled, Self::Created];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Tenant => "tenant",
            Self::Name => "name",
            Self::ApiKey => "api key",
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
    pub(crate) fn new(inventory: &Inventory, order: Order) -> Self {
        let letters = |row: &TenantKey| {
            let pool_key = row.pool_key.as_ref().map_or("", |key| key.as_str());
            filter::letters([row.tenant.as_str(), &row.name, row.id.as_str(), pool_key])
        };
        Self {
            order: Arc::new(sorted(inventory.rows(), order)),
            letters: inventory.rows().iter().map(letters).collect(),
        }
    }

    pub(crate) fn sort(&mut self, inventory: &Inventory, order: Order) {
        self.order = Arc::new(sorted(inventory.rows(), order));
    }
}

/// Sorts by numbers made of the first characters, and compares texts only where those are equal.
fn sorted(rows: &[TenantKey], order: Order) -> Vec<u32> {
    let mut keyed: Vec<(u128, u32)> = (0..).zip(rows).map(|(at, row)| (leading(row, order.by), at)).collect();
    let row = |at: u32| &rows[at as usize];
    keyed.sort_unstable_by(|a, b| a.0.cmp(&b.0).then_with(|| compare(row(a.1), row(b.1), order.by)));
    let mut places: Vec<u32> = keyed.into_iter().map(|(_, at)| at).collect();
    if order.inverted {
        places.reverse();
    }
    places
}

fn leading(row: &TenantKey, by: SortBy) -> u128 {
    match by {
        SortBy::Tenant => first_bytes(row.tenant.as_str()),
        SortBy::Name => first_bytes(&row.name),
        SortBy::ApiKey => first_bytes(row.pool_key.as_ref().map_or(row.id.as_str(), |key| key.as_str())),
        SortBy::Enabled => u128::from(row.enabled) << 120 | first_bytes(row.tenant.as_str()) >> 8,
        SortBy::Created => u128::from(newest_first(row)) << 64 | first_bytes(row.tenant.as_str()) >> 64,
    }
}

/// Smaller the newer; what has no date comes last.
fn newest_first(row: &TenantKey) -> u64 {
    let before_the_end = |at: Timestamp| u64::try_from(Timestamp::MAX.as_second() - at.as_second());
    row.created_at.map_or(u64::MAX, |at| before_the_end(at).unwrap_or(0))
}

fn first_bytes(text: &str) -> u128 {
    let mut bytes = [0; 16];
    for (place, byte) in bytes.iter_mut().zip(text.bytes()) {
        *place = byte.to_ascii_lowercase();
    }
    u128::from_be_bytes(bytes)
}

fn compare(a: &TenantKey, b: &TenantKey, by: SortBy) -> Ordering {
    let tenants = || fold(a.tenant.as_str(), b.tenant.as_str());
    let names = || fold(&a.name, &b.name);
    let first = if by == SortBy::Name { names() } else { Ordering::Equal };
    first.then_with(tenants).then_with(names).then_with(|| a.id.cmp(&b.id))
}

/// Compares without regard to the case of ASCII letters.
fn fold(a: &str, b: &str) -> Ordering {
    a.bytes().map(|byte| byte.to_ascii_lowercase()).cmp(b.bytes().map(|byte| byte.to_ascii_lowercase()))
}
