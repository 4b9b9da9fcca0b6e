//! `keypool pools` without more words.

use keypool_domain::Inventory;

use crate::cli::Stop;
use crate::cli::output::{self, Format};
use crate::cli::session::Session;
use crate::ops::listing::PoolRecord;

pub(super) async fn run(session: &Session, format: Format) -> Result<(), Stop> {
    print(&session.inventory().await?, format)
}

pub(super) fn print(inventory: &Inventory, format: Format) -> Result<(), Stop> {
    let pools = inventory.pools().iter();
    let records: Vec<_> = pools.map(|pool| PoolRecord::of(pool, inventory, format.form())).collect();
    output::list(&records, format)
}
