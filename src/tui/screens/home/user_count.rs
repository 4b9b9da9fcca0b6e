//! How many tenants or tenant keys use a plan, as far as that is known.

use keypool_domain::text::pluralize;

use crate::tui::text;

/// Greater counts are abbreviated.
const MAX_COUNT_IN_CELL: u64 = 1_000_000;

/// How many use a plan.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum UserCount {
    /// Distinct tenants.
    Tenants { count: usize, is_complete: bool },
    /// Tenant keys by counters, where they are read only as they are listed; `None` if unknown.
    Keys(Option<u64>),
    /// Items of the Keys table, from a count that may be hours old and includes the items of pool keys.
    KeysAbout(u64),
}

impl Default for UserCount {
    fn default() -> Self {
        Self::Tenants { count: 0, is_complete: false }
    }
}

impl UserCount {
    pub(super) fn in_cell(self) -> String {
        match self {
            Self::Tenants { count, is_complete } => text::format_count_so_far(count, is_complete),
            Self::Keys(None) => text::UNKNOWN.to_owned(),
            Self::Keys(Some(count)) if count < MAX_COUNT_IN_CELL => text::format_count_u64(count),
            Self::Keys(Some(count)) => text::abbreviate(count),
            Self::KeysAbout(count) => format!("~{}", Self::Keys(Some(count)).in_cell()),
        }
    }

    pub(super) const fn number(self) -> Option<u64> {
        match self {
            Self::Tenants { count, .. } => Some(count as u64),
            Self::Keys(count) => count,
            Self::KeysAbout(count) => Some(count),
        }
    }

    pub(super) fn in_title(self) -> String {
        match self {
            Self::Tenants { count, is_complete: true } => pluralize(count, "tenant"),
            Self::Tenants { .. } => format!("{} tenants", self.in_cell()),
            Self::Keys(_) | Self::KeysAbout(_) => format!("{} keys", self.in_cell()),
        }
    }
}
