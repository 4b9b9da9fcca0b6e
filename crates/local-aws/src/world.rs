//! Worlds: named initial states of an account.
//!
//! Invariant: a world is the same at every start, including ids and values, except that its dates are relative to the
//! clock. A world is written directly to the account and to the DynamoDB library, so a start records no calls.

mod builder;
mod drifted;
mod history;
mod logged;
mod protected_api;
mod sample;
mod scale;
mod tables;
mod without_tables;

use dynoxide::Database;
use jiff::Timestamp;

use self::builder::WorldBuilder;
use crate::World;
use crate::access_log::AccessLog;
use crate::logs::LogGroups;
use crate::server::StartError;
use crate::state::Account;

/// Access logs of calls before the start of a world.
#[derive(Debug, Default)]
pub(crate) struct WorldLogs {
    pub(crate) lines: AccessLog,
    pub(crate) groups: LogGroups,
}

/// Fills an empty account and an empty database with a world, with dates relative to `now`.
pub(crate) fn fill(
    world: &World,
    account: &mut Account,
    database: &Database,
    now: Timestamp,
) -> Result<WorldLogs, StartError> {
    let mut builder = WorldBuilder::new(account, now);
    match world {
        World::Empty => return Ok(builder.logs),
        World::Sample => sample::build(&mut builder, sample::QuotaSource::PlansTable),
        World::SampleLogged => logged::build(&mut builder),
        World::SampleDrifted => drifted::build(&mut builder),
        World::SampleWithoutTables => {
            without_tables::build(&mut builder);
            return Ok(builder.logs);
        }
        World::Scale { plans, keys, tenants } => scale::build(&mut builder, *plans, *keys, *tenants),
    }
    builder.tables.load(database).map_err(|error| StartError::DynamoDb(error.to_string()))?;
    Ok(builder.logs)
}

#[cfg(test)]
mod tests;
