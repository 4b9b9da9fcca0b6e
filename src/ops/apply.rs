//! A change, carried out unit by unit and step by step.
//!
//! A unit is complete or leaves nothing that is usable and unseen: what its steps made before one failed is undone at
//! once. Units that are complete stay, whatever comes after.
//!
//! No match here has a wildcard arm: a new step or change does not compile until each says what it does with it.
#![deny(clippy::wildcard_enum_match_arm)]

mod api;
mod copied;
mod extend;
mod former;
mod import;
mod keys;
mod mark;
mod plans;
mod pool_items;
mod pooled;
mod pools;
mod prove;
mod put_back;
mod race;
mod recount;
mod transfer;
mod unit;

use keypool_domain::change::Extended;
use keypool_domain::{Change, Inventory, RowId, Step, Unit};

use self::api::ApiWorker;
use super::audit::{self, Subject};
use super::{Applied, Progress, Run};
use crate::aws::{Aws, Failure, PoolsPlace};
use unit::Worker;

pub(super) use keys::VALUE;

/// What one unit came to.
pub(super) enum Done {
    Created(RowId),
    /// Rows of imported keys.
    Imported(Vec<RowId>),
    Edited(RowId),
    Deleted(RowId),
    /// These rows have another API key or plan; their ids are the ones they have now.
    Moved(Vec<RowId>),
    /// This API key has another balance.
    Extended(Extended),
    /// No row was written.
    NoRow,
}

/// Carries out a change; the first unit that fails ends it.
pub async fn apply(aws: &Aws, inventory: &Inventory, change: &Change, run: &Run) -> Result<Applied, Failure> {
    let (applied, ended) = apply_as_far(aws, inventory, change, run).await;
    ended.map(|()| applied)
}

/// The same, with what was done before it failed or was stopped.
pub async fn apply_as_far(
    aws: &Aws,
    inventory: &Inventory,
    change: &Change,
    run: &Run,
) -> (Applied, Result<(), Failure>) {
    let mut applied = Applied::default();
    let ended = carry_out(aws, inventory, change, run, &mut applied).await;
    (applied, ended)
}

async fn carry_out(
    aws: &Aws,
    inventory: &Inventory,
    change: &Change,
    run: &Run,
    applied: &mut Applied,
) -> Result<(), Failure> {
    let units = change.units(inventory)?;
    let mut hands = Hands::of(aws, inventory, change, &units, run).await?;
    applied.former = former::read(aws, change, inventory).await?;
    let former = &applied.former;
    let subject = || {
        let subject = Subject::of(change, &units, inventory).with_balances(change, hands.balances());
        subject.with_former(former)
    };
    let entry = audit::begin(aws, run, subject).await?;
    let ended = each(&mut hands, &units, run, applied).await;
    if let (Hands::Worker(worker), Ok(())) = (&hands, &ended) {
        worker.sweep_marks().await;
    }
    entry.end(applied, ended, audit::after(change, inventory))
}

/// Who carries a change out.
enum Hands<'a> {
    /// Plans, keys and rows.
    Worker(Box<Worker<'a>>),
    /// What needs no tables.
    Api(ApiWorker<'a>),
}

impl<'a> Hands<'a> {
    async fn of(
        aws: &'a Aws,
        inventory: &'a Inventory,
        change: &Change,
        units: &[Unit],
        run: &'a Run,
    ) -> Result<Self, Failure> {
        if let Change::Api(_) = change {
            return Ok(Self::Api(ApiWorker { aws, inventory, run }));
        }
        let tables = aws.tables().await?;
        if let (None, Some(place)) = (&tables.pools, aws.pools_place()) {
            without_counters(units, place)?;
        }
        let balances = extend::balances(aws, change, inventory).await?;
        let operation = change.describe(inventory);
        let worker = Worker { balances, operation, ..Worker::new(aws, inventory, run, tables) };
        Ok(Self::Worker(Box::new(worker)))
    }

    /// What the API keys of an extension have left.
    fn balances(&self) -> Option<&extend::Balances> {
        match self {
            Self::Worker(worker) => Some(&worker.balances),
            Self::Api(_) => None,
        }
    }

    async fn carry_out(&mut self, unit: &Unit) -> Result<Done, Failure> {
        match self {
            Self::Worker(worker) => Box::pin(worker.carry_out(unit)).await,
            Self::Api(worker) => worker.carry_out(unit).await.map(|()| Done::NoRow),
        }
    }
}

/// Pools in a list are chosen from and written about; what moves counters or the pools themselves needs the table.
fn without_counters(units: &[Unit], place: &PoolsPlace) -> Result<(), Failure> {
    let needs_table = |step: &Step| {
        matches!(
            step,
            Step::PutPool(_)
                | Step::AddPoolKey { .. }
                | Step::SetPoolKeyState { .. }
                | Step::RemovePoolKey { .. }
                | Step::UpdatePool { .. }
                | Step::DeletePool(_)
                | Step::SetCounter { .. }
                | Step::DeleteCounter(_)
                | Step::Refer { .. }
                | Step::Rehome { .. }
                | Step::Repoint { .. }
        )
    };
    if !units.iter().flat_map(|unit| &unit.steps).any(needs_table) {
        return Ok(());
    }
    let remedy = match place {
        PoolsPlace::File(path) => {
            format!(
                "edit it, or run `keypool setup tables` and then `keypool pools import {}`",
                path.display()
            )
        }
        #[cfg(feature = "ssm")]
        PoolsPlace::Parameter(_) => {
            "write it with `keypool pools import FILE`, or export it (`keypool pools export`), run \
                                     `keypool setup tables` and import that"
                .to_owned()
        }
    };
    Err(Failure::Tables(format!("pools live in {place}, and this needs the table of pools: {remedy}")))
}

async fn each(
    hands: &mut Hands<'_>,
    units: &[Unit],
    run: &Run,
    applied: &mut Applied,
) -> Result<(), Failure> {
    for (at, unit) in units.iter().enumerate() {
        (run.progress)(Progress { done: at, total: Some(units.len()), doing: unit.subject.clone() });
        match hands.carry_out(unit).await {
            Ok(done) => applied.add(done),
            Err(failure) if at == 0 => return Err(failure),
            Err(failure) => {
                return Err(Failure::Partial {
                    done: at,
                    total: units.len(),
                    subject: unit.subject.clone(),
                    failure: Box::new(failure),
                });
            }
        }
    }
    Ok(())
}

impl Applied {
    fn add(&mut self, done: Done) {
        match done {
            Done::Created(row) => self.created.push(row),
            Done::Imported(rows) => self.created.extend(rows),
            Done::Edited(row) => self.edited.push(row),
            Done::Deleted(row) => self.deleted.push(row),
            Done::Moved(rows) => self.moved.extend(rows),
            Done::Extended(key) => self.extended.push(key),
            Done::NoRow => {}
        }
    }
}
