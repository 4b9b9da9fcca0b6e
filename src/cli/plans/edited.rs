//! An edit of one plan, however it was asked for.

use keypool_domain::{Change, Inventory, PlanChange, PlanEdit, PlanId};

use super::list;
use crate::cli::Stop;
use crate::cli::changed::ChangedArgs;
use crate::cli::session::Session;

/// Carries out an edit of a plan, and lists the plan as it is then.
pub(super) async fn edit(
    changed: &ChangedArgs,
    session: &Session,
    before: &Inventory,
    plan: &PlanId,
    edit: PlanEdit,
) -> Result<(), Stop> {
    let change = Change::from(PlanChange::Edit { plan: plan.clone(), edit });
    let print = |after: &Inventory, format| list::print(after, |shown| shown.id == *plan, format);
    changed.carry_out(session, before, &change, print).await
}
