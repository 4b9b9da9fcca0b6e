//! What stands in an account that is new.

use dynoxide::Database;
use jiff::Timestamp;

use crate::World;
use crate::server::StartError;
use crate::state::Account;

/// Fills an empty account and an empty database with a world as it is at `now`.
pub(crate) fn fill(_: &World, _: &mut Account, _: &Database, _: Timestamp) -> Result<(), StartError> {
    Ok(())
}
