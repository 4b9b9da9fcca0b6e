//! An edit of one plan, however it was asked for.

use keypool_domain::{Change, Inventory, PlanChange, PlanEdit, PlanId};

use super::list;
use crate::cli::CommandError;
use crate::cli::change_args::ChangeArgs;
use crate::cli::session::Session;

/// Carries out an edit of a plan, and lists the plan as it is then.
pub(super) async fn edit_plan(
    changed: &ChangeArgs,
    session: &Session,
    before: &Inventory,
    plan: &PlanId,
    edit: PlanEdit,
) -> Result<(), CommandError> {
    let change = Change::from(PlanChange::Edit { plan: plan.clone(), edit });
    let print = |after: &Inventory, format| list::print(after, |shown| shown.id == *plan, format);
    changed.apply_and_list(session, before, &change, print).await
}
