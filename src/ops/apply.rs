//! A change, carried out unit by unit and step by step.
//!
//! A unit is complete or leaves nothing that is usable and unseen: what its steps made before one failed is undone at
//! once. Units that are complete stay, whatever comes after.
//!
//! No match here has a wildcard arm: a new step or change does not compile until each says what it does with it.
#![deny(clippy::wildcard_enum_match_arm)]

mod extend;
mod former_keys;
mod import;
mod key_check;
mod key_copy;
mod keys;
mod plans;
mod pool_assignment;
mod pool_items;
mod pools;
mod recount;
mod retry;
mod revert;
mod setup;
mod transfer;
mod unit;
mod work_marks;

use keypool_domain::change::ExtensionResult;
use keypool_domain::{Change, Inventory, Step, TenantKeyId, Unit};

use self::setup::SetupExecutor;
use super::audit::{self, ChangeSubject};
use super::{Applied, Progress, Run};
use crate::aws::{Aws, Failure, PoolsLocation};
use unit::UnitExecutor;

pub(super) use keys::KEY_VALUE_LEN;

/// What one unit came to.
pub(super) enum UnitOutcome {
    Created(TenantKeyId),
    /// Rows of imported keys.
    Imported(Vec<TenantKeyId>),
    Edited(TenantKeyId),
    Deleted(TenantKeyId),
    /// These rows have another API key or plan; their ids are the ones they have now.
    Moved(Vec<TenantKeyId>),
    /// This API key has another balance.
    Extended(ExtensionResult),
    /// No row was written.
    NoTenantKey,
}

/// Carries out a change; the first unit that fails ends it.
pub async fn apply(aws: &Aws, inventory: &Inventory, change: &Change, run: &Run) -> Result<Applied, Failure> {
    let (applied, ended) = apply_with_partial_result(aws, inventory, change, run).await;
    ended.map(|()| applied)
}

/// The same, with what was done before it failed or was stopped.
pub async fn apply_with_partial_result(
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
    let mut hands = Executor::new(aws, inventory, change, &units, run).await?;
    applied.former = former_keys::read(aws, change, inventory).await?;
    let former = &applied.former;
    let subject = || {
        let subject =
            ChangeSubject::for_change(change, &units, inventory).with_balances(change, hands.balances());
        subject.with_former_keys(former)
    };
    let entry = audit::begin_entry(aws, run, subject).await?;
    let ended = execute_units(&mut hands, &units, run, applied).await;
    if let (Executor::Units(worker), Ok(())) = (&hands, &ended) {
        worker.sweep_abandoned_marks().await;
    }
    entry.end(applied, ended, audit::records_after(change, inventory))
}

/// Who carries a change out.
enum Executor<'a> {
    /// Plans, keys and rows.
    Units(Box<UnitExecutor<'a>>),
    /// What needs no tables.
    Setup(SetupExecutor<'a>),
}

impl<'a> Executor<'a> {
    async fn new(
        aws: &'a Aws,
        inventory: &'a Inventory,
        change: &Change,
        units: &[Unit],
        run: &'a Run,
    ) -> Result<Self, Failure> {
        if let Change::Api(_) = change {
            return Ok(Self::Setup(SetupExecutor { aws, inventory, run }));
        }
        let tables = aws.tables().await?;
        if let (None, Some(place)) = (&tables.pools, aws.pools_location()) {
            check_pools_table_not_needed(units, place)?;
        }
        let balances = extend::read_balances(aws, change, inventory).await?;
        let operation = change.describe(inventory);
        let worker = UnitExecutor { balances, operation, ..UnitExecutor::new(aws, inventory, run, tables) };
        Ok(Self::Units(Box::new(worker)))
    }

    /// What the API keys of an extension have left.
    fn balances(&self) -> Option<&extend::Balances> {
        match self {
            Self::Units(worker) => Some(&worker.balances),
            Self::Setup(_) => None,
        }
    }

    async fn execute(&mut self, unit: &Unit) -> Result<UnitOutcome, Failure> {
        match self {
            Self::Units(worker) => Box::pin(worker.execute_unit(unit)).await,
            Self::Setup(worker) => worker.execute_unit(unit).await.map(|()| UnitOutcome::NoTenantKey),
        }
    }
}

/// Pools in a list are chosen from and written about; what moves counters or the pools themselves needs the table.
fn check_pools_table_not_needed(units: &[Unit], place: &PoolsLocation) -> Result<(), Failure> {
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
                | Step::JoinPool { .. }
                | Step::ReassignPoolKey { .. }
                | Step::Repoint { .. }
        )
    };
    if !units.iter().flat_map(|unit| &unit.steps).any(needs_table) {
        return Ok(());
    }
    let remedy = match place {
        PoolsLocation::File(path) => {
            format!(
                "edit it, or run `keypool setup tables` and then `keypool pools import {}`",
                path.display()
            )
        }
        #[cfg(feature = "ssm")]
        PoolsLocation::Parameter(_) => {
            "write it with `keypool pools import FILE`, or export it (`keypool pools export`), run \
                                     `keypool setup tables` and import that"
                .to_owned()
        }
    };
    Err(Failure::Tables(format!("pools live in {place}, and this needs the table of pools: {remedy}")))
}

async fn execute_units(
    hands: &mut Executor<'_>,
    units: &[Unit],
    run: &Run,
    applied: &mut Applied,
) -> Result<(), Failure> {
    for (at, unit) in units.iter().enumerate() {
        (run.progress)(Progress { done: at, total: Some(units.len()), doing: unit.subject.clone() });
        match hands.execute(unit).await {
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
    fn add(&mut self, done: UnitOutcome) {
        match done {
            UnitOutcome::Created(row) => self.created.push(row),
            UnitOutcome::Imported(rows) => self.created.extend(rows),
            UnitOutcome::Edited(row) => self.edited.push(row),
            UnitOutcome::Deleted(row) => self.deleted.push(row),
            UnitOutcome::Moved(rows) => self.moved.extend(rows),
            UnitOutcome::Extended(key) => self.extended.push(key),
            UnitOutcome::NoTenantKey => {}
        }
    }
}
