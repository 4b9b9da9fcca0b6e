//! Usage plans as they are listed.

use keypool_domain::{Inventory, Plan};

use crate::cli::Stop;
use crate::cli::output::{self, Format};
use crate::cli::session::Session;
use crate::ops::listing::PlanRecord;

/// Lists all usage plans.
pub(super) async fn run(session: &Session, format: Format) -> Result<(), Stop> {
    print(&session.inventory().await?, |_| true, format)
}

/// Lists those of the usage plans that are chosen.
pub(super) fn print(
    inventory: &Inventory,
    chosen: impl Fn(&Plan) -> bool,
    format: Format,
) -> Result<(), Stop> {
    let plans = inventory.plans().iter().filter(|plan| chosen(plan));
    let records: Vec<_> = plans.map(|plan| PlanRecord::of(plan, inventory, format.form())).collect();
    output::list(&records, format)
}
