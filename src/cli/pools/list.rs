//! `keypool pools` without a subcommand.

use keypool_domain::{Inventory, InventorySource};

use crate::cli::CommandError;
use crate::cli::output::{self, Format};
use crate::cli::session::Session;
use crate::ops::listing::PoolRecord;

pub(super) async fn run(session: &Session, format: Format) -> Result<(), CommandError> {
    let inventory = session.read_inventory().await?;
    print(&inventory, format)?;
    note_if_none(&inventory);
    Ok(())
}

pub(super) fn print(inventory: &Inventory, format: Format) -> Result<(), CommandError> {
    let pools = inventory.pools().iter();
    let records: Vec<_> =
        pools.map(|pool| PoolRecord::new(pool, inventory, format.record_format())).collect();
    output::list(&records, format)
}

/// Says on stderr why nothing is listed, and what makes a pool.
pub(super) fn note_if_none(inventory: &Inventory) {
    if !inventory.pools().is_empty() {
        return;
    }
    let why = match inventory.source() {
        InventorySource::Tables { .. } => "create one with `keypool pools create PLAN`",
        InventorySource::ApiGateway { .. } | InventorySource::Usage => {
            "they need tables, and this account has none: create them with `keypool setup tables`"
        }
    };
    output::note(&format!("note: there are no pools; {why}"));
}
