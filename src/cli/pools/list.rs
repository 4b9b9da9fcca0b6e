//! `keypool pools` without a subcommand.

use keypool_domain::Inventory;

use crate::cli::CommandError;
use crate::cli::output::{self, Format};
use crate::cli::session::Session;
use crate::ops::listing::PoolRecord;

pub(super) async fn run(session: &Session, format: Format) -> Result<(), CommandError> {
    print(&session.read_inventory().await?, format)
}

pub(super) fn print(inventory: &Inventory, format: Format) -> Result<(), CommandError> {
    let pools = inventory.pools().iter();
    let records: Vec<_> =
        pools.map(|pool| PoolRecord::new(pool, inventory, format.record_format())).collect();
    output::list(&records, format)
}
