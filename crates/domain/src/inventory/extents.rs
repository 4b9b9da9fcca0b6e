//! How much of an account was read. An account is shown while it is being read, and before that as it was remembered;
//! nothing may rest on a part that is not complete, or on anything that is remembered.

use std::fmt;

use jiff::Timestamp;

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
    /// The list is too long to be read unasked: only what was asked for is there, as an index or a page of a scan
    /// returned it. Nothing is being read.
    OnDemand {
        read: usize,
        /// How many there are, from a count that may be hours old.
        about: Option<usize>,
    },
    /// All of it, but at this earlier time: it is shown, and nothing else.
    Remembered { at: Timestamp },
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

/// What keeps a decision from resting on the lists of an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PartiallyRead {
    /// A list that was not read to its end.
    List { part: AccountPart, read: usize, about: Option<usize> },
    /// A list of which only what was asked for is read.
    OnDemand { part: AccountPart, read: usize, about: Option<usize> },
    /// The whole account is shown as it was at this time.
    Remembered { at: Timestamp },
}

impl Extent {
    /// Nothing was read yet.
    pub const NOTHING: Self = Self::Partial { read: 0, about: None };

    pub const fn is_complete(self) -> bool {
        matches!(self, Self::Complete)
    }

    /// Whether the list is shown from its beginning to its end, now or as it was remembered. For screens only.
    pub const fn is_whole(self) -> bool {
        match self {
            Self::Complete | Self::Remembered { .. } => true,
            Self::Partial { .. } | Self::OnDemand { .. } => false,
        }
    }

    /// Whether nothing more of the list is read before it is asked for.
    pub const fn is_settled(self) -> bool {
        match self {
            Self::Complete | Self::OnDemand { .. } => true,
            Self::Partial { .. } | Self::Remembered { .. } => false,
        }
    }
}

impl Extents {
    /// Nothing was read yet.
    pub const NOTHING: Self =
        Self { api_keys: Extent::NOTHING, tenant_keys: Extent::NOTHING, pools: Extent::NOTHING };

    /// Everything was read at this earlier time.
    pub const fn remembered(at: Timestamp) -> Self {
        let all = Extent::Remembered { at };
        Self { api_keys: all, tenant_keys: all, pools: all }
    }

    /// When the account was read, if any list is remembered.
    const fn remembered_at(&self) -> Option<Timestamp> {
        match (self.api_keys, self.tenant_keys, self.pools) {
            (Extent::Remembered { at }, _, _)
            | (_, Extent::Remembered { at }, _)
            | (_, _, Extent::Remembered { at }) => Some(at),
            _ => None,
        }
    }

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

    /// Whether the read of every list has ended. The keys of plans and tags may still be unread.
    pub fn is_settled(&self) -> bool {
        AccountPart::ALL.into_iter().all(|part| self.extent(part).is_settled())
    }

    /// Whether tenant keys are read only as they are listed.
    pub const fn lists_on_demand(&self) -> bool {
        matches!(self.parts.extents.tenant_keys, Extent::OnDemand { .. })
    }

    /// When the account was read, if it is shown as it was remembered: then nothing may rest on it.
    pub const fn remembered_at(&self) -> Option<Timestamp> {
        self.parts.extents.remembered_at()
    }

    /// The same account, of which all was read at this earlier time.
    #[must_use]
    pub const fn into_remembered(mut self, at: Timestamp) -> Self {
        self.parts.extents = Extents::remembered(at);
        self
    }

    /// What keeps a decision from resting on these lists: one of them was not read to its end, or the account is only
    /// remembered, which hides every list, plans and price list too.
    pub fn find_partially_read(&self, parts: &[AccountPart]) -> Option<PartiallyRead> {
        self.require_current().err().or_else(|| self.find_missing_part(parts))
    }

    /// The first of these lists that is not shown to its end. For screens: a remembered list is shown as it was.
    pub fn find_missing_part(&self, parts: &[AccountPart]) -> Option<PartiallyRead> {
        parts.iter().find_map(|&part| match self.extent(part) {
            Extent::Complete | Extent::Remembered { .. } => None,
            Extent::Partial { read, about } => Some(PartiallyRead::List { part, read, about }),
            Extent::OnDemand { read, about } => Some(PartiallyRead::OnDemand { part, read, about }),
        })
    }

    /// The inventory, or why it may only be shown: it is remembered.
    pub fn require_current(&self) -> Result<&Self, PartiallyRead> {
        self.remembered_at().map_or(Ok(self), |at| Err(PartiallyRead::Remembered { at }))
    }
}

impl PartiallyRead {
    /// What to do about it.
    pub(crate) const fn remedy(self) -> &'static str {
        match self {
            Self::List { .. } | Self::Remembered { .. } => "wait for the rest, or refresh",
            Self::OnDemand { .. } => {
                "this needs all of them, which keypool reads if it is started with --scan"
            }
        }
    }
}

/// For example "tenant keys are not all read yet (4,200 of about 10,000)".
impl fmt::Display for PartiallyRead {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::List { part, read: 0, .. } => write!(f, "{} are not read yet", part.as_str()),
            Self::List { part, read, about } => {
                write!(f, "{} are not all read yet ({})", part.as_str(), format_extent(read, about))
            }
            Self::OnDemand { part, read, about } => {
                write!(
                    f,
                    "{} are read only as they are listed ({})",
                    part.as_str(),
                    format_extent(read, about)
                )
            }
            Self::Remembered { at } => {
                let at = at.strftime("%-d %b %Y %H:%M");
                write!(f, "the account is not read yet; shown is what was remembered at {at} UTC")
            }
        }
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

    #[test]
    fn a_list_that_is_read_on_demand_is_settled_but_not_complete() {
        let inventory = inventory(Extent::OnDemand { read: 1_000, about: Some(10_000_000) });
        assert!(inventory.is_settled() && !inventory.is_complete() && inventory.lists_on_demand());
        let part = inventory.find_partially_read(&AccountPart::ALL).expect("not complete");
        let text = "tenant keys are read only as they are listed (1,000 of about 10,000,000)";
        assert_eq!(part.to_string(), text);
        assert!(part.remedy().contains("--scan"), "{}", part.remedy());
    }

    #[test]
    fn a_remembered_list_is_shown_whole_and_nothing_rests_on_it() {
        let at = Timestamp::from_second(1_764_424_980).expect("a time");
        let remembered = inventory(Extent::Complete).into_remembered(at);
        assert_eq!((remembered.remembered_at(), remembered.is_complete()), (Some(at), false));
        assert_eq!(remembered.find_missing_part(&AccountPart::ALL), None);
        let reason = remembered.find_partially_read(&[]).expect("not even a change that needs no list");
        assert_eq!(
            reason.to_string(),
            "the account is not read yet; shown is what was remembered at 29 Nov 2025 14:03 UTC"
        );
        let one_list = inventory(Extent::Remembered { at });
        assert_eq!(one_list.require_current(), Err(reason), "one remembered list suffices");
    }
}
