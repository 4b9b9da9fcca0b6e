//! Executes a change, unit by unit and step by step.
//!
//! A unit either completes or leaves nothing that is usable but untracked: when a step fails, the steps
//! before it are undone at once. Completed units stay, whatever happens later.
//!
//! No match here has a wildcard arm, so a new step or change does not compile until every match handles it.
#![deny(clippy::wildcard_enum_match_arm)]

mod extend;
mod former_keys;
mod former_notes;
mod import;
mod infrastructure;
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
mod transfer;
mod unit;
mod work_marks;

use keypool_domain::change::ExtensionResult;
use keypool_domain::{Change, Inventory, InventorySource, Step, TenantKeyId, Unit};

use self::infrastructure::InfrastructureExecutor;
use super::audit::{self, ChangeSubject};
use super::{Applied, Progress, Run};
use crate::aws::{Aws, Failure, PoolsLocation};
use unit::UnitExecutor;

pub(super) use keys::KEY_VALUE_LEN;

/// What a completed unit did to tenant keys.
pub(super) enum UnitOutcome {
    Created(TenantKeyId),
    Imported(Vec<TenantKeyId>),
    Edited(TenantKeyId),
    Deleted(TenantKeyId),
    /// Tenant keys that now have another API key or plan, by their new ids.
    Moved(Vec<TenantKeyId>),
    Extended(ExtensionResult),
    /// The unit changed no tenant key.
    NoTenantKey,
}

/// Executes a change and stops at the first unit that fails.
pub async fn apply(aws: &Aws, inventory: &Inventory, change: &Change, run: &Run) -> Result<Applied, Failure> {
    let (applied, result) = apply_with_partial_result(aws, inventory, change, run).await;
    result.map(|()| applied)
}

/// Like [`apply`], but also returns what was done before a failure or cancellation.
pub async fn apply_with_partial_result(
    aws: &Aws,
    inventory: &Inventory,
    change: &Change,
    run: &Run,
) -> (Applied, Result<(), Failure>) {
    let mut applied = Applied::default();
    let result = execute_change(aws, inventory, change, run, &mut applied).await;
    (applied, result)
}

async fn execute_change(
    aws: &Aws,
    inventory: &Inventory,
    change: &Change,
    run: &Run,
    applied: &mut Applied,
) -> Result<(), Failure> {
    let units = change.units(inventory)?;
    let mut executor = Executor::new(aws, inventory, change, &units, run).await?;
    applied.former_keys = former_keys::read(aws, change, inventory).await?;
    let former = &applied.former_keys;
    let subject = || {
        let subject =
            ChangeSubject::for_change(change, &units, inventory).with_balances(change, executor.balances());
        subject.with_former_keys(former)
    };
    let entry = audit::begin_entry(aws, run, subject).await?;
    let result = execute_units(&mut executor, &units, run, applied).await;
    if let (Executor::Units(executor), Ok(())) = (&executor, &result) {
        executor.sweep_abandoned_marks().await;
    }
    if let Executor::Units(executor) = executor {
        applied.former_notes = executor.trail_notes;
    }
    entry.end(applied, result, audit::records_after(change, inventory))
}

enum Executor<'a> {
    /// Steps on plans, keys and tables.
    Units(Box<UnitExecutor<'a>>),
    /// Steps on APIs, stages and the account, and the creation of tables: none needs an existing table.
    Infrastructure(InfrastructureExecutor<'a>),
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
            return Ok(Self::Infrastructure(InfrastructureExecutor { aws, inventory, run }));
        }
        let tables = match inventory.source() {
            InventorySource::Tables { .. } => Some(aws.tables().await?),
            InventorySource::ApiGateway { .. } | InventorySource::Usage => None,
        };
        let has_pools_table = tables.as_ref().is_some_and(|tables| tables.pools.is_some());
        if let (false, Some(location)) = (has_pools_table, aws.pools_location()) {
            check_pools_table_not_needed(units, location)?;
        }
        let balances = extend::read_balances(aws, change, inventory).await?;
        let operation = change.describe(inventory);
        let restorations = if let Change::Restore(keys) = change { &keys[..] } else { &[] };
        let restored_keys = restorations.iter().map(|key| key.tenant_key.clone()).collect();
        let executor = UnitExecutor {
            balances,
            operation,
            restored_keys,
            ..UnitExecutor::new(aws, inventory, run, tables)
        };
        Ok(Self::Units(Box::new(executor)))
    }

    fn balances(&self) -> Option<&extend::Balances> {
        match self {
            Self::Units(executor) => Some(&executor.balances),
            Self::Infrastructure(_) => None,
        }
    }

    async fn execute(&mut self, unit: &Unit) -> Result<UnitOutcome, Failure> {
        match self {
            Self::Units(executor) => Box::pin(executor.execute_unit(unit)).await,
            Self::Infrastructure(executor) => {
                executor.execute_unit(unit).await.map(|()| UnitOutcome::NoTenantKey)
            }
        }
    }
}

/// Refuses steps that change counters or pools while the pools are in a file or SSM parameter. Assigning a
/// pool key that is listed there needs no Pools table.
fn check_pools_table_not_needed(units: &[Unit], location: &PoolsLocation) -> Result<(), Failure> {
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
    let remedy = match location {
        PoolsLocation::File(path) => {
            format!(
                "edit it, or run `keypool setup tables` and then `keypool pools import {}`",
                path.display()
            )
        }
        #[cfg(feature = "ssm")]
        PoolsLocation::Parameter(_) => {
            "import the pools with `keypool pools import FILE`, or export them (`keypool pools export`), run \
             `keypool setup tables` and import them"
                .to_owned()
        }
    };
    Err(Failure::Tables(format!("this needs the Pools table, but pools are in {location}: {remedy}")))
}

/// Executes the units in order, up to the first that fails.
async fn execute_units(
    executor: &mut Executor<'_>,
    units: &[Unit],
    run: &Run,
    applied: &mut Applied,
) -> Result<(), Failure> {
    for (at, unit) in units.iter().enumerate() {
        (run.progress)(Progress { done: at, total: Some(units.len()), doing: unit.subject.clone() });
        match executor.execute(unit).await {
            Ok(outcome) => applied.add(outcome),
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
    fn add(&mut self, outcome: UnitOutcome) {
        match outcome {
            UnitOutcome::Created(tenant_key) => self.created.push(tenant_key),
            UnitOutcome::Imported(tenant_keys) => self.created.extend(tenant_keys),
            UnitOutcome::Edited(tenant_key) => self.edited.push(tenant_key),
            UnitOutcome::Deleted(tenant_key) => self.deleted.push(tenant_key),
            UnitOutcome::Moved(tenant_keys) => self.moved.extend(tenant_keys),
            UnitOutcome::Extended(key) => self.extended.push(key),
            UnitOutcome::NoTenantKey => {}
        }
    }
}
