//! Named states of an account to start from.
//!
//! Invariant: a world is the same at every start, ids and values included, except that its dates are as far from the
//! clock as ever. It is put straight into the account and into DynamoDB's library, so that seeding makes no calls.

mod api;
mod build;
mod drifted;
mod history;
mod sample;
mod scale;
mod tables;

use dynoxide::Database;
use jiff::Timestamp;

use self::build::Build;
use crate::World;
use crate::server::StartError;
use crate::state::Account;

/// Fills an empty account and an empty database with a world as it is at `now`.
pub(crate) fn fill(
    world: &World,
    account: &mut Account,
    database: &Database,
    now: Timestamp,
) -> Result<(), StartError> {
    let mut build = Build::new(account, now);
    match world {
        World::Empty => return Ok(()),
        World::Sample => sample::build(&mut build, sample::Limits::AsShown),
        World::SampleDrifted => drifted::build(&mut build),
        World::Scale { plans, keys, tenants } => scale::build(&mut build, *plans, *keys, *tenants),
    }
    build.tables.load(database).map_err(|wrong| StartError::DynamoDb(wrong.to_string()))
}

#[cfg(test)]
mod tests;
