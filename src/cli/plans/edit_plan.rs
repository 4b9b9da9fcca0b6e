//! Edits one plan, for all commands that edit plans.

use keypool_domain::{Change, Inventory, PlanChange, PlanEdit, PlanId};

use super::list;
use crate::cli::CommandError;
use crate::cli::change_args::ChangeArgs;
use crate::cli::session::Session;

/// Applies an edit of a plan and lists the plan as it is afterwards.
pub(super) async fn edit_plan(
    args: &ChangeArgs,
    session: &Session,
    before: &Inventory,
    plan: &PlanId,
    edit: PlanEdit,
) -> Result<(), CommandError> {
    let change = Change::from(PlanChange::Edit { plan: plan.clone(), edit });
    let print = |after: &Inventory, format| list::print(after, |listed| listed.id == *plan, format);
    args.apply_and_list(session, before, &change, print).await
}
