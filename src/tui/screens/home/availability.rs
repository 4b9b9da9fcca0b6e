//! Which actions are possible with what was read of the account. The footer offers only these, and every other one is
//! refused with the part that is missing. Each operation knows what it needs.

use keypool_domain::change::OperationKind;
use keypool_domain::{Change, Inventory, Refusal, TenantKeyId};

use crate::tui::keys::action::{
    Action, ActionGroup, CallAction, ItemAction, KeyAction, LookupAction, PlanAction, PoolAction,
};
use crate::tui::model::Model;
use crate::tui::model::message::{Message, Tone};

/// What an action needs of the account.
enum Needs {
    Nothing,
    /// An inventory, however little of it was read.
    Inventory,
    /// What at least one of these operations needs, to which the action leads.
    AnyOf(&'static [OperationKind]),
}

/// Why the action is refused until more of the account is read; `None` if enough is.
pub(super) fn refusal(action: Action, model: &Model) -> Option<Message> {
    let unread = match needs(action) {
        Needs::Nothing => return None,
        Needs::Inventory => model.require_inventory().err(),
        Needs::AnyOf(operations) => match model.require_inventory() {
            Ok(inventory) => return unread_part(inventory, operations),
            Err(why) => Some(why),
        },
    };
    unread.map(|why| Message::new(Tone::Error, why))
}

/// Why these tenant keys cannot be deleted where tenant keys are read only as they are listed.
pub(super) fn refusal_of_deletion(tenant_keys: Vec<TenantKeyId>, inventory: &Inventory) -> Option<Message> {
    let unread = Change::Delete(tenant_keys).find_unread_part(inventory)?;
    inventory.lists_on_demand().then(|| Message::from_failure(&Refusal::NotReadYet(unread).into()))
}

fn unread_part(inventory: &Inventory, operations: &[OperationKind]) -> Option<Message> {
    let unread: Option<Vec<_>> =
        operations.iter().map(|operation| operation.find_unread_part(inventory)).collect();
    let first = unread?.into_iter().next()?;
    Some(Message::from_failure(&Refusal::NotReadYet(first).into()))
}

const fn needs(action: Action) -> Needs {
    match action.group() {
        ActionGroup::Key(action) => Needs::AnyOf(match action {
            KeyAction::New => &[OperationKind::Create],
            KeyAction::Edit => &[OperationKind::Edit, OperationKind::SetEnabled],
            KeyAction::Delete => &[OperationKind::Delete],
            KeyAction::Rotate => &[OperationKind::Rotate, OperationKind::RotatePoolKey],
            KeyAction::Move => &[
                OperationKind::Isolate,
                OperationKind::Consolidate,
                OperationKind::ChangePlan,
                OperationKind::Rebalance,
            ],
            KeyAction::Extend => &[OperationKind::Extend],
        }),
        ActionGroup::Pool(action) => Needs::AnyOf(match action {
            PoolAction::Grow => &[OperationKind::Grow],
            PoolAction::SetPool => &[OperationKind::SetPool],
            PoolAction::Drain => &[OperationKind::Drain],
            PoolAction::CreatePool => &[OperationKind::CreatePool],
            PoolAction::DissolvePool => &[OperationKind::DissolvePool],
        }),
        ActionGroup::Plan(action) => Needs::AnyOf(match action {
            PlanAction::NewPlan => &[OperationKind::CreatePlan],
            PlanAction::EditPlan => &[OperationKind::EditPlan],
            PlanAction::DeletePlan => &[OperationKind::DeletePlan],
            PlanAction::AdoptPlan => &[OperationKind::AdoptPlan],
            PlanAction::ReleasePlan => &[OperationKind::ReleasePlan],
        }),
        ActionGroup::Call(CallAction::Call | CallAction::CallSeries | CallAction::EditRequest)
        | ActionGroup::Lookup(LookupAction::Explain | LookupAction::Whose)
        | ActionGroup::Item(
            ItemAction::Describe | ItemAction::Reveal | ItemAction::CopyId | ItemAction::CopyValue,
        ) => Needs::Inventory,
        ActionGroup::Item(ItemAction::Open)
        | ActionGroup::Motion(_)
        | ActionGroup::Pane(_)
        | ActionGroup::Anywhere(_)
        | ActionGroup::View(_)
        | ActionGroup::KeyList(_)
        | ActionGroup::Order(_)
        | ActionGroup::Search(_)
        | ActionGroup::Filter(_)
        | ActionGroup::Dialog(_)
        | ActionGroup::Confirm(_)
        | ActionGroup::Screen(_) => Needs::Nothing,
    }
}
