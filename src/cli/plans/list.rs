//! Usage plans as they are listed.

use keypool_domain::{Inventory, Plan};

use crate::cli::CommandError;
use crate::cli::output::{self, Format};
use crate::cli::session::Session;
use crate::ops::listing::PlanRecord;

/// Lists all usage plans.
pub(super) async fn run(session: &Session, format: Format) -> Result<(), CommandError> {
    print(&session.read_inventory().await?, |_| true, format)
}

/// Lists those of the usage plans that are chosen.
pub(super) fn print(
    inventory: &Inventory,
    chosen: impl Fn(&Plan) -> bool,
    format: Format,
) -> Result<(), CommandError> {
    let plans = inventory.plans().iter().filter(|plan| chosen(plan));
    let records: Vec<_> = plans.map(|plan| PlanRecord::new(plan, inventory, format.form())).collect();
    output::list(&records, format)
}
