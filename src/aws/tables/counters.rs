//! The counters of pool keys within a transaction: tenant keys come to a pool key, or leave it.
//!
//! Invariant: every write that changes which tenant keys refer to a pool key raises the revision of its counter, so that
//! a counter that was read has changed wherever its tenant keys have.

use keypool_domain::{ApiKeyId, Known, PoolKey, PoolKeyState};

use super::pools::KEY;
use super::transaction::{Committed, Terms, Transaction};
use super::transfers::{Shared, Transferred};

/// What a transaction makes of the counter of the pool key that tenant keys leave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Leave {
    /// So many tenants fewer, on condition that it counts them.
    Fewer(usize),
    /// So many tenants, on condition that the counter is as it was read.
    Set {
        /// the counter
        seen: PoolKey,
        /// what it says from now on
        tenants: u32,
    },
    /// Its number of tenants cannot be read and stays; its revision rises, because a tenant left.
    Unread(PoolKey),
    /// It has no counter.
    Uncounted,
}

impl Leave {
    /// What becomes of a counter that was read when so many leave: one that is too low ends at 0.
    pub(crate) fn of(seen: Option<PoolKey>, count: usize) -> Self {
        let Some(seen) = seen else { return Self::Uncounted };
        match seen.tenants {
            Known::Value(tenants) => {
                let tenants = tenants.saturating_sub(u32::try_from(count).unwrap_or(u32::MAX));
                Self::Set { seen, tenants }
            }
            Known::Unknown(_) => Self::Unread(seen),
        }
    }
}

impl Transaction {
    /// Tenant keys leave this pool key.
    pub(super) fn leave(self, pools: &str, from: &ApiKeyId, leave: &Leave) -> Self {
        let raised = "revision = if_not_exists(revision, :zero) + :one";
        let terms = match leave {
            Leave::Fewer(count) => Terms::on("tenants >= :count")
                .update(&format!("SET tenants = tenants - :count, {raised}"))
                .number(":count", count),
            Leave::Set { seen, tenants } => {
                unchanged(seen).update(&format!("SET tenants = :left, {raised}")).number(":left", tenants)
            }
            Leave::Unread(seen) => unchanged(seen).update(&format!("SET {raised}")),
            Leave::Uncounted => return self,
        };
        let terms = terms.number(":zero", 0).number(":one", 1);
        self.update(pools, &format!("{KEY}{from}"), terms)
    }

    /// So many tenants more on a counter that has room for them; DynamoDB cannot subtract in a condition, so that the
    /// capacity has to be the one that was read.
    pub(super) fn join(self, pools: &str, count: usize, to: Shared<'_>) -> Self {
        let active = Terms::on("#state = :active");
        let terms = to.limit.map_or(active, |limit| {
            let before = i64::from(limit.most) - i64::try_from(count).unwrap_or(i64::MAX);
            Terms::on("#state = :active AND #capacity = :capacity AND tenants <= :most")
                .name("#capacity", "capacity")
                .number(":capacity", limit.capacity)
                .number(":most", before)
        });
        let terms = terms
            .update(
                "SET tenants = if_not_exists(tenants, :zero) + :count, \
                 revision = if_not_exists(revision, :zero) + :one",
            )
            .name("#state", "state")
            .text(":active", PoolKeyState::Active.as_str())
            .number(":count", count)
            .number(":zero", 0)
            .number(":one", 1);
        self.update(pools, &format!("{KEY}{}", to.api_key), terms)
    }
}

/// The counter is as it was read: neither its number nor its revision is another, so that no tenant key of that pool
/// key has come or gone. Of a number that cannot be read the revision alone says so.
pub(super) fn unchanged(seen: &PoolKey) -> Terms {
    let is = |attribute: &str, number: u64| match number {
        // A revision that is absent was read as 0.
        0 => format!("(attribute_not_exists({attribute}) OR {attribute} = :{attribute})"),
        _ => format!("{attribute} = :{attribute}"),
    };
    let revision = is("revision", seen.revision);
    let terms = match seen.tenants {
        Known::Value(tenants) => {
            Terms::on(&format!("attribute_exists(id) AND tenants = :tenants AND {revision}"))
                .number(":tenants", tenants)
        }
        Known::Unknown(_) => Terms::on(&format!("attribute_exists(id) AND {revision}")),
    };
    terms.number(":revision", seen.revision)
}

/// `rows` writes of rows, then the key they go to, then the key they leave.
pub(super) fn transferred(committed: Committed, rows: usize) -> Transferred {
    match committed {
        Committed::Done => Transferred::Done,
        Committed::Busy => Transferred::Busy,
        Committed::Refused(at) if at.iter().any(|at| *at < rows) => {
            Transferred::RowsRefused(at.into_iter().filter(|at| *at < rows).collect())
        }
        Committed::Refused(at) if at.contains(&rows) => Transferred::ToRefused,
        Committed::Refused(_) => Transferred::LeftRefused,
    }
}
