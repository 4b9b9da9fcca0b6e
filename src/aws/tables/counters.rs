//! Counters of pool keys in transactions: tenant keys join or leave a pool key.
//!
//! Invariant: every write that changes which tenant keys refer to a pool key increments its
//! counter's revision, so an unchanged counter means unchanged references.

use keypool_domain::{ApiKeyId, Known, PoolKey, PoolKeyState};

use super::pools::POOL_KEY_ID_PREFIX;
use super::transaction::{CommitOutcome, Condition, Transaction};
use super::transfers::{TargetPoolKey, TransferOutcome};

/// How a transaction changes the counter of a pool key that tenant keys leave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum CounterDecrement {
    /// Subtracts this many tenants, if the counter has at least as many.
    By(usize),
    /// Sets the number of tenants, if the counter is unchanged since it was read.
    Set { before: PoolKey, tenants: u32 },
    /// The number of tenants is unreadable and kept; the revision is incremented.
    Unreadable(PoolKey),
    /// The pool key has no counter.
    NoCounter,
}

impl CounterDecrement {
    /// Returns the change for `count` tenants leaving a counter that was read. If the counter has
    /// fewer, it becomes 0.
    pub(crate) fn for_counter(counter: Option<PoolKey>, count: usize) -> Self {
        let Some(before) = counter else { return Self::NoCounter };
        match before.tenants {
            Known::Value(tenants) => {
                let tenants = tenants.saturating_sub(u32::try_from(count).unwrap_or(u32::MAX));
                Self::Set { before, tenants }
            }
            Known::Unknown(_) => Self::Unreadable(before),
        }
    }
}

impl Transaction {
    /// Removes tenants from a pool key's counter.
    pub(super) fn decrement_counter(
        self,
        pools: &str,
        from: &ApiKeyId,
        decrement: &CounterDecrement,
    ) -> Self {
        let condition = match decrement {
            CounterDecrement::By(count) => Condition::new("tenants >= :count")
                .with_set("tenants = tenants - :count")
                .with_number(":count", count),
            CounterDecrement::Set { before, tenants } => {
                counter_unchanged(before).with_set("tenants = :left").with_number(":left", tenants)
            }
            CounterDecrement::Unreadable(before) => counter_unchanged(before),
            CounterDecrement::NoCounter => return self,
        };
        self.update(pools, &format!("{POOL_KEY_ID_PREFIX}{from}"), condition.with_next_revision())
    }

    /// Adds `count` tenants to a counter with room for them. DynamoDB conditions cannot subtract, so the
    /// maximum is computed from the counter as read, whose capacity must be unchanged since.
    pub(super) fn increment_counter(self, pools: &str, count: usize, to: TargetPoolKey<'_>) -> Self {
        let active = Condition::new("#state = :active");
        let condition = to.limit.map_or(active, |limit| {
            let max_before = i64::from(limit.max_tenants_after) - i64::try_from(count).unwrap_or(i64::MAX);
            Condition::new("#state = :active AND #capacity = :capacity AND tenants <= :most")
                .with_name("#capacity", "capacity")
                .with_number(":capacity", limit.capacity)
                .with_number(":most", max_before)
        });
        let condition = condition
            .with_set("tenants = if_not_exists(tenants, :zero) + :count")
            .with_next_revision()
            .with_name("#state", "state")
            .with_text(":active", PoolKeyState::Active.as_str())
            .with_number(":count", count);
        self.update(pools, &format!("{POOL_KEY_ID_PREFIX}{}", to.api_key), condition)
    }
}

/// Requires that the counter is unchanged, so that no tenant key has joined or left the pool key.
/// If its number of tenants is unreadable, only the revision is compared.
pub(super) fn counter_unchanged(counter: &PoolKey) -> Condition {
    let equals = |attribute: &str, number: u64| match number {
        // A missing revision was read as 0.
        0 => format!("(attribute_not_exists({attribute}) OR {attribute} = :{attribute})"),
        _ => format!("{attribute} = :{attribute}"),
    };
    let revision = equals("revision", counter.revision);
    let condition = match counter.tenants {
        Known::Value(tenants) => {
            Condition::new(&format!("attribute_exists(id) AND tenants = :tenants AND {revision}"))
                .with_number(":tenants", tenants)
        }
        Known::Unknown(_) => Condition::new(&format!("attribute_exists(id) AND {revision}")),
    };
    condition.with_number(":revision", counter.revision)
}

/// Interprets the outcome of a transaction that writes `item_count` tenant keys first, then the
/// target's counter, and then the source's counter.
pub(super) fn transfer_outcome(outcome: CommitOutcome, item_count: usize) -> TransferOutcome {
    match outcome {
        CommitOutcome::Done => TransferOutcome::Done,
        CommitOutcome::Busy => TransferOutcome::Busy,
        CommitOutcome::Refused(positions) if positions.iter().any(|position| *position < item_count) => {
            TransferOutcome::ItemsRefused(
                positions.into_iter().filter(|position| *position < item_count).collect(),
            )
        }
        CommitOutcome::Refused(positions) if positions.contains(&item_count) => {
            TransferOutcome::TargetRefused
        }
        CommitOutcome::Refused(_) => TransferOutcome::SourceRefused,
    }
}
