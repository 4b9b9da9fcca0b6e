//! The usage plans of a change by role: the single match over all changes for everything that depends on plans.

use std::collections::BTreeSet;

use crate::change::{Change, Fix, import};
use crate::{PlanChange, PlanId};

#[derive(Debug, Default)]
pub(in crate::change) struct PlansByRole<'a> {
    /// Plans that tenant keys or a pool are added to.
    pub(in crate::change) entered: BTreeSet<&'a PlanId>,
    /// The plan whose limits, stages or price-list entry the change writes.
    pub(in crate::change) written: Option<&'a PlanId>,
    /// The plan that keypool must manage before the change may touch its API keys or tenant keys.
    pub(in crate::change) required: Option<&'a PlanId>,
}

impl<'a> PlansByRole<'a> {
    pub(in crate::change) fn new(change: &'a Change) -> Self {
        let entered =
            |plans: Vec<&'a PlanId>| Self { entered: plans.into_iter().collect(), ..Self::default() };
        match change {
            Change::Create(new) => entered(vec![&new.template.plan]),
            Change::ChangePlan { plan, .. } => entered(vec![plan]),
            Change::CreatePool(new) => entered(vec![&new.plan]),
            Change::Import(keys) => {
                entered(import::pending_lines(keys).flat_map(|key| &key.key.plans).collect())
            }
            Change::Plan(change) => Self { written: change.plan(), ..Self::default() },
            Change::Fix(Fix::RestorePlan { plan, .. }) => Self { written: Some(plan), ..Self::default() },
            Change::Fix(Fix::FinishMove { plan, .. }) => Self { required: Some(plan), ..Self::default() },
            Change::Extend(extension) => Self { required: Some(&extension.plan), ..Self::default() },
            Change::Edit { .. }
            | Change::SetCustomer { .. }
            | Change::SetEnabled { .. }
            | Change::Delete(_)
            | Change::Restore(_)
            | Change::Rotate { .. }
            | Change::RotatePoolKey { .. }
            | Change::Retire(_)
            | Change::Isolate(_)
            | Change::Consolidate { .. }
            | Change::Rebalance(_)
            | Change::DissolvePool(_)
            | Change::SetPool { .. }
            | Change::Grow { .. }
            | Change::Drain(_)
            | Change::Fix(_)
            | Change::Api(_) => Self::default(),
        }
    }
}

/// Whether the change writes what a CloudFormation stack may define, or allows later changes that do.
pub(in crate::change) fn affects_stack(change: &PlanChange) -> bool {
    match change {
        PlanChange::Edit { edit, .. } => edit.changes_api_gateway(),
        PlanChange::Delete(_) | PlanChange::Adopt { .. } => true,
        PlanChange::Create(_) | PlanChange::Release(_) => false,
    }
}
