//! Which actions are possible with what was read of the account. The footer offers only these, and every other one is
//! refused with the part that is missing.

use keypool_domain::{AccountPart, Inventory, Refusal};

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
    /// These lists to their end, as the change that the action leads to does.
    Parts(&'static [AccountPart]),
}

/// Why the action is refused until more of the account is read; `None` if enough is.
pub(super) fn refusal(action: Action, model: &Model) -> Option<Message> {
    let unread = match needs(action) {
        Needs::Nothing => return None,
        Needs::Inventory => model.require_inventory().err(),
        Needs::Parts(parts) => match model.require_inventory() {
            Ok(inventory) => return unread_part(inventory, parts),
            Err(why) => Some(why),
        },
    };
    unread.map(|why| Message::new(Tone::Error, why))
}

fn unread_part(inventory: &Inventory, parts: &[AccountPart]) -> Option<Message> {
    let part = inventory.find_partially_read(parts)?;
    Some(Message::from_failure(&Refusal::NotReadYet(part).into()))
}

const fn needs(action: Action) -> Needs {
    match action.group() {
        ActionGroup::Key(action) => match action {
            // Whether tenants share its API key.
            KeyAction::Edit => Needs::Parts(&[AccountPart::ApiKeys, AccountPart::Pools]),
            KeyAction::New | KeyAction::Delete | KeyAction::Rotate | KeyAction::Move | KeyAction::Extend => {
                Needs::Parts(&AccountPart::ALL)
            }
        },
        ActionGroup::Pool(action) => match action {
            PoolAction::Grow
            | PoolAction::SetPool
            | PoolAction::Drain
            | PoolAction::CreatePool
            | PoolAction::DissolvePool => Needs::Parts(&AccountPart::ALL),
        },
        ActionGroup::Plan(action) => match action {
            PlanAction::NewPlan => Needs::Inventory,
            PlanAction::EditPlan
            | PlanAction::DeletePlan
            | PlanAction::AdoptPlan
            | PlanAction::ReleasePlan => Needs::Parts(&AccountPart::ALL),
        },
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
        | ActionGroup::Filter(_)
        | ActionGroup::Dialog(_)
        | ActionGroup::Confirm(_)
        | ActionGroup::Screen(_) => Needs::Nothing,
    }
}
