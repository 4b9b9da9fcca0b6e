//! A change, carried out unit by unit and step by step.
//!
//! A unit is complete or leaves nothing that is usable and unseen: what its steps made before one failed is undone at
//! once. Units that are complete stay, whatever comes after.

mod keys;
mod pooled;
mod pools;
mod transfer;
mod unit;

use keypool_domain::{Change, Inventory, RowId, Unit};

use super::audit::{self, Subject};
use super::{Applied, Progress, Run};
use crate::aws::{Aws, Failure};
use unit::Worker;

/// What one unit came to.
pub(super) enum Done {
    Created(RowId),
    Edited(RowId),
    Deleted(RowId),
    /// These rows have another API key or plan; their ids are the ones they have now.
    Moved(Vec<RowId>),
    /// No row was written.
    NoRow,
}

/// Carries out a change; the first unit that fails ends it.
pub async fn apply(aws: &Aws, inventory: &Inventory, change: &Change, run: &Run) -> Result<Applied, Failure> {
    let units = change.units(inventory)?;
    let mut worker = Worker::new(aws, inventory, run, aws.tables().await?);
    let entry = audit::begin(aws, run, || Subject::of(change, &units, inventory)).await?;
    let mut applied = Applied::default();
    let done = each(&mut worker, &units, run, &mut applied).await;
    entry.end(&applied, done.as_ref().err(), audit::after(change, inventory));
    done.map(|()| applied)
}

async fn each(
    worker: &mut Worker<'_>,
    units: &[Unit],
    run: &Run,
    applied: &mut Applied,
) -> Result<(), Failure> {
    for (at, unit) in units.iter().enumerate() {
        (run.progress)(Progress { done: at, total: Some(units.len()), doing: unit.subject.clone() });
        match worker.carry_out(unit).await {
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
            Done::Edited(row) => self.edited.push(row),
            Done::Deleted(row) => self.deleted.push(row),
            Done::Moved(rows) => self.moved.extend(rows),
            Done::NoRow => {}
        }
    }
}
