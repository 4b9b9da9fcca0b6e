//! The counters of pool keys within a transaction: tenant keys come to a pool key, or leave it.
//!
//! Invariant: every write that changes which tenant keys refer to a pool key raises the revision of its counter, so that
//! a counter that was read has changed wherever its tenant keys have.

use keypool_domain::{ApiKeyId, Known, PoolKey, PoolKeyState};

use super::pools::POOL_KEY_ID_PREFIX;
use super::transaction::{CommitOutcome, Condition, Transaction};
use super::transfers::{TargetPoolKey, TransferOutcome};

/// What a transaction makes of the counter of the pool key that tenant keys leave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum CounterDecrement {
    /// So many tenants fewer, on condition that it counts them.
    By(usize),
    /// So many tenants, on condition that the counter is as it was read.
    Set {
        /// the counter
        before: PoolKey,
        /// what it says from now on
        tenants: u32,
    },
    /// Its number of tenants cannot be read and stays; its revision rises, because a tenant left.
    Unreadable(PoolKey),
    /// It has no counter.
    NoCounter,
}

impl CounterDecrement {
    /// What becomes of a counter that was read when so many leave: one that is too low ends at 0.
    pub(crate) fn for_counter(seen: Option<PoolKey>, count: usize) -> Self {
        let Some(seen) = seen else { return Self::NoCounter };
        match seen.tenants {
            Known::Value(tenants) => {
                let tenants = tenants.saturating_sub(u32::try_from(count).unwrap_or(u32::MAX));
                Self::Set { before: seen, tenants }
            }
            Known::Unknown(_) => Self::Unreadable(seen),
        }
    }
}

impl Transaction {
    /// Tenant keys leave this pool key.
    pub(super) fn decrement_counter(self, pools: &str, from: &ApiKeyId, leave: &CounterDecrement) -> Self {
        let raised = "revision = if_not_exists(revision, :zero) + :one";
        let terms = match leave {
            CounterDecrement::By(count) => Condition::new("tenants >= :count")
                .update(&format!("SET tenants = tenants - :count, {raised}"))
                .with_number(":count", count),
            CounterDecrement::Set { before: seen, tenants } => counter_unchanged(seen)
                .update(&format!("SET tenants = :left, {raised}"))
                .with_number(":left", tenants),
            CounterDecrement::Unreadable(seen) => counter_unchanged(seen).update(&format!("SET {raised}")),
            CounterDecrement::NoCounter => return self,
        };
        let terms = terms.with_number(":zero", 0).with_number(":one", 1);
        self.update(pools, &format!("{POOL_KEY_ID_PREFIX}{from}"), terms)
    }

    /// So many tenants more on a counter that has room for them; DynamoDB cannot subtract in a condition, so that the
    /// capacity has to be the one that was read.
    pub(super) fn increment_counter(self, pools: &str, count: usize, to: TargetPoolKey<'_>) -> Self {
        let active = Condition::new("#state = :active");
        let terms = to.limit.map_or(active, |limit| {
            let before = i64::from(limit.max_tenants) - i64::try_from(count).unwrap_or(i64::MAX);
            Condition::new("#state = :active AND #capacity = :capacity AND tenants <= :most")
                .with_name("#capacity", "capacity")
                .with_number(":capacity", limit.capacity)
                .with_number(":most", before)
        });
        let terms = terms
            .update(
                "SET tenants = if_not_exists(tenants, :zero) + :count, \
                 revision = if_not_exists(revision, :zero) + :one",
            )
            .with_name("#state", "state")
            .with_text(":active", PoolKeyState::Active.as_str())
            .with_number(":count", count)
            .with_number(":zero", 0)
            .with_number(":one", 1);
        self.update(pools, &format!("{POOL_KEY_ID_PREFIX}{}", to.api_key), terms)
    }
}

/// The counter is as it was read: neither its number nor its revision is another, so that no tenant key of that pool
/// key has come or gone. Of a number that cannot be read the revision alone says so.
pub(super) fn counter_unchanged(seen: &PoolKey) -> Condition {
    let is = |attribute: &str, number: u64| match number {
        // A revision that is absent was read as 0.
        0 => format!("(attribute_not_exists({attribute}) OR {attribute} = :{attribute})"),
        _ => format!("{attribute} = :{attribute}"),
    };
    let revision = is("revision", seen.revision);
    let terms = match seen.tenants {
        Known::Value(tenants) => {
            Condition::new(&format!("attribute_exists(id) AND tenants = :tenants AND {revision}"))
                .with_number(":tenants", tenants)
        }
        Known::Unknown(_) => Condition::new(&format!("attribute_exists(id) AND {revision}")),
    };
    terms.with_number(":revision", seen.revision)
}

/// `rows` writes of rows, then the key they go to, then the key they leave.
pub(super) fn transfer_outcome(committed: CommitOutcome, rows: usize) -> TransferOutcome {
    match committed {
        CommitOutcome::Done => TransferOutcome::Done,
        CommitOutcome::Busy => TransferOutcome::Busy,
        CommitOutcome::Refused(at) if at.iter().any(|at| *at < rows) => {
            TransferOutcome::ItemsRefused(at.into_iter().filter(|at| *at < rows).collect())
        }
        CommitOutcome::Refused(at) if at.contains(&rows) => TransferOutcome::TargetRefused,
        CommitOutcome::Refused(_) => TransferOutcome::SourceRefused,
    }
}
