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
    /// By tenant, name and id: how rows stand that are equal in every other order.
    by_tenant: Arc<Vec<u32>>,
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
        let letters = inventory.rows().iter().map(letters).collect();
        let mut index = Self { order: Arc::default(), letters, by_tenant: by_tenant(inventory.rows()) };
        index.sort(inventory, order);
        index
    }

    pub(crate) fn sort(&mut self, inventory: &Inventory, order: Order) {
        let number = |row: &TenantKey| leading(row, order.by);
        let in_order = match order.by {
            SortBy::Tenant => Arc::clone(&self.by_tenant),
            SortBy::Name => sorted(inventory.rows(), &self.by_tenant, number, |a, b| fold(&a.name, &b.name)),
            _ => sorted(inventory.rows(), &self.by_tenant, number, |_, _| Ordering::Equal),
        };
        self.order =
            if order.inverted { in_order.iter().rev().copied().collect::<Vec<_>>().into() } else { in_order };
    }
}

fn by_tenant(rows: &[TenantKey]) -> Arc<Vec<u32>> {
    let as_read: Vec<u32> = (0..).take(rows.len()).collect();
    sorted(
        rows,
        &as_read,
        |row| leading(row, SortBy::Tenant),
        |a, b| {
            let names = || fold(&a.name, &b.name);
            fold(a.tenant.as_str(), b.tenant.as_str()).then_with(names).then_with(|| a.id.cmp(&b.id))
        },
    )
}

/// Sorts by numbers, and looks at rows only where those are equal; rows that are equal there too stay as they stood.
fn sorted(
    rows: &[TenantKey],
    places: &[u32],
    number: impl Fn(&TenantKey) -> u128,
    compare: impl Fn(&TenantKey, &TenantKey) -> Ordering,
) -> Arc<Vec<u32>> {
    let row = |at: u32| &rows[at as usize];
    let mut numbered: Vec<(u128, u32)> = places.iter().map(|&at| (number(row(at)), at)).collect();
    numbered.sort_by_key(|&(number, _)| number);
    for equal in numbered.chunk_by_mut(|a, b| a.0 == b.0) {
        equal.sort_by(|a, b| compare(row(a.1), row(b.1)));
    }
    Arc::new(numbered.into_iter().map(|(_, at)| at).collect())
}

fn leading(row: &TenantKey, by: SortBy) -> u128 {
    match by {
        SortBy::Tenant => first_bytes(row.tenant.as_str()),
        SortBy::Name => first_bytes(&row.name),
        SortBy::ApiKey => first_bytes(row.pool_key.as_ref().map_or(row.id.as_str(), |key| key.as_str())),
        SortBy::Enabled => row.enabled.into(),
        SortBy::Created => newest_first(row).into(),
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

/// Compares without regard to the case of ASCII letters.
fn fold(a: &str, b: &str) -> Ordering {
    a.bytes().map(|byte| byte.to_ascii_lowercase()).cmp(b.bytes().map(|byte| byte.to_ascii_lowercase()))
}
