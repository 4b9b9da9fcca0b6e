//! `keypool plans` without a subcommand.

use keypool_domain::{Inventory, Plan};

use crate::cli::CommandError;
use crate::cli::output::{self, Format};
use crate::cli::session::Session;
use crate::ops::listing::PlanRecord;

/// Lists all usage plans.
pub(super) async fn run(session: &Session, format: Format) -> Result<(), CommandError> {
    print(&session.read_inventory().await?, |_| true, format)
}

/// Lists the usage plans that match.
pub(super) fn print(
    inventory: &Inventory,
    is_match: impl Fn(&Plan) -> bool,
    format: Format,
) -> Result<(), CommandError> {
    let plans = inventory.plans().iter().filter(|plan| is_match(plan));
    let records: Vec<_> =
        plans.map(|plan| PlanRecord::new(plan, inventory, format.record_format())).collect();
    output::list(&records, format)
}
