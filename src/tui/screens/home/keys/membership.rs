//! What keeps it from being known which API keys are in the plans, in the title of the keys pane.

use keypool_domain::{Inventory, Plan, Unknown};

use crate::aws::Failure;
use crate::tui::keys::action::Action;
use crate::tui::model::Model;
use crate::tui::model::load_states::Part;
use crate::tui::model::remote::Remote;

/// `None` if the API keys of the shown plans are known, or are being read without a delay.
pub(super) fn notice(model: &Model, inventory: &Inventory, plan: Option<&Plan>) -> Option<String> {
    let shown = inventory.plans().iter().filter(|other| plan.is_none_or(|plan| plan.id == other.id));
    let reasons: Vec<Unknown> =
        shown.filter_map(|plan| inventory.members(&plan.id).reason().cloned()).collect();
    let denied = reasons.iter().find(|why| !matches!(why, Unknown::NotReadYet));
    let state = match denied.or_else(|| reasons.first())? {
        Unknown::NotAllowed(denied) => format!("denied: {}", denied.action),
        unreadable @ Unknown::Unreadable(_) => unreadable.to_string(),
        Unknown::NotReadYet => unread_state(model)?,
    };
    let whose = if plan.is_some() { "the plan" } else { "the plans" };
    Some(format!("keys of {whose}: {state}"))
}

fn unread_state(model: &Model) -> Option<String> {
    let key = || model.key_label(Action::Refresh);
    match model.load_state(Part::Membership) {
        Remote::Failed { failure: Failure::Denied { action, .. }, .. } => Some(format!("denied: {action}")),
        Remote::Failed { failure, .. } => Some(failure.to_string()),
        Remote::Stopped => Some(format!("not read, {} reads them", key())),
        Remote::Loading { .. } => model.pace().map(|_| "waiting for AWS's rate".to_owned()),
        // They are read after the account, whose progress is shown.
        Remote::NotRequested | Remote::Ready { .. } => None,
    }
}
