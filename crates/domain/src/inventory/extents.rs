//! How much of an account was read. An account is shown while it is being read, and nothing may rest on a part that
//! is not complete.

use std::fmt;

use super::Inventory;
use crate::text::group_thousands;

/// The lists of an account that are read page by page. The keys of each plan and tags say themselves whether they were
/// read: they are [`crate::Known`] values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AccountPart {
    ApiKeys,
    TenantKeys,
    Pools,
}

/// How much of a list was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Extent {
    #[default]
    Complete,
    /// The rest is being read, or its read ended early.
    Partial {
        read: usize,
        /// How many there are, from a count that may be hours old.
        about: Option<usize>,
    },
}

/// How much of each list was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Extents {
    /// While it is partial, the list of API keys is [`crate::Unknown::NotReadYet`].
    pub api_keys: Extent,
    pub tenant_keys: Extent,
    /// While it is partial, a plan without a pool may have one.
    pub pools: Extent,
}

/// A list that was not read to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PartiallyRead {
    part: AccountPart,
    read: usize,
    about: Option<usize>,
}

impl Extent {
    /// Nothing was read yet.
    pub const NOTHING: Self = Self::Partial { read: 0, about: None };

    pub const fn is_complete(self) -> bool {
        matches!(self, Self::Complete)
    }
}

impl Extents {
    /// Nothing was read yet.
    pub const NOTHING: Self =
        Self { api_keys: Extent::NOTHING, tenant_keys: Extent::NOTHING, pools: Extent::NOTHING };

    pub const fn get(&self, part: AccountPart) -> Extent {
        match part {
            AccountPart::ApiKeys => self.api_keys,
            AccountPart::TenantKeys => self.tenant_keys,
            AccountPart::Pools => self.pools,
        }
    }
}

impl AccountPart {
    pub const ALL: [Self; 3] = [Self::ApiKeys, Self::TenantKeys, Self::Pools];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ApiKeys => "API keys",
            Self::TenantKeys => "tenant keys",
            Self::Pools => "pools",
        }
    }
}

impl Inventory {
    pub const fn extent(&self, part: AccountPart) -> Extent {
        self.parts.extents.get(part)
    }

    /// Whether every list was read to its end. The keys of plans and tags may still be unread.
    pub fn is_complete(&self) -> bool {
        self.find_partially_read(&AccountPart::ALL).is_none()
    }

    /// The first of these lists that was not read to its end.
    pub fn find_partially_read(&self, parts: &[AccountPart]) -> Option<PartiallyRead> {
        parts.iter().find_map(|&part| match self.extent(part) {
            Extent::Complete => None,
            Extent::Partial { read, about } => Some(PartiallyRead { part, read, about }),
        })
    }
}

/// For example "tenant keys are not all read yet (4,200 of about 10,000)".
impl fmt::Display for PartiallyRead {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let part = self.part.as_str();
        if self.read == 0 {
            return write!(f, "{part} are not read yet");
        }
        write!(f, "{part} are not all read yet ({})", format_extent(self.read, self.about))
    }
}

/// For example "4,200 of about 10,000" or, if the total is unknown or already passed, "4,200 so far".
pub fn format_extent(read: usize, about: Option<usize>) -> String {
    let count = group_thousands(read as u64);
    match about.filter(|about| *about >= read) {
        Some(about) => format!("{count} of about {}", group_thousands(about as u64)),
        None => format!("{count} so far"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::InventoryParts;
    use crate::testing::parts;

    fn inventory(tenant_keys: Extent) -> Inventory {
        Inventory::new(InventoryParts { extents: Extents { tenant_keys, ..Extents::default() }, ..parts() })
    }

    #[test]
    fn a_partially_read_list_is_named_with_its_count() {
        let text = |read, about| {
            let inventory = inventory(Extent::Partial { read, about });
            assert!(!inventory.is_complete());
            inventory.find_partially_read(&AccountPart::ALL).expect("partial").to_string()
        };
        assert_eq!(text(4_200, Some(10_000)), "tenant keys are not all read yet (4,200 of about 10,000)");
        assert_eq!(text(4_200, None), "tenant keys are not all read yet (4,200 so far)");
        assert_eq!(text(4_200, Some(4_000)), "tenant keys are not all read yet (4,200 so far)");
        assert_eq!(text(0, Some(10_000)), "tenant keys are not read yet");
        let partial = inventory(Extent::NOTHING);
        assert_eq!(partial.find_partially_read(&[AccountPart::ApiKeys, AccountPart::Pools]), None);
        assert!(inventory(Extent::Complete).is_complete());
    }
}
