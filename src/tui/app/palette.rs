//! Runs actions by name. The palette also lists actions whose target is not on the screen.

use crate::tui::action::{Action, ActionGroup, CallAction, ItemAction, KeyAction, PlanAction};
use crate::tui::layout::Pane;
use crate::tui::message::Tone;
use crate::tui::view::View;

use super::App;

impl App {
    /// Performs the action if its target is on the screen. Otherwise only goes to the pane with the target.
    pub(super) fn perform_by_name(&mut self, action: Action) {
        if self.refuses(action.spec().impact) {
            return;
        }
        let pane = pane_of_target(action).filter(|_| !self.works_here(action));
        let Some(pane) = pane else { return self.perform(action) };
        self.view = View::Home;
        self.focus = pane;
        let (id, key) = (action.spec().id, self.key_label(action));
        self.show_message(Tone::Info, format!("{id} acts on the selection here: press {key} to run it"));
    }

    /// Whether the action works on the current pane or view.
    fn works_here(&self, action: Action) -> bool {
        let scopes = self.scopes();
        action.spec().scopes.iter().any(|scope| scopes.contains(scope)) || self.acts_on_selected_plan(action)
    }

    /// Whether the action acts on the selected plan, which all panes show.
    fn acts_on_selected_plan(&self, action: Action) -> bool {
        let is_plan_action = matches!(
            action,
            Action::Grow
                | Action::SetPool
                | Action::CreatePool
                | Action::DissolvePool
                | Action::EditPlan
                | Action::DeletePlan
        );
        is_plan_action && self.view == View::Home && self.plans.selected_id.is_some()
    }
}

/// The pane in which the target of an action is selected, if it has a target.
const fn pane_of_target(action: Action) -> Option<Pane> {
    match action.group() {
        ActionGroup::Key(action) => match action {
            KeyAction::Edit | KeyAction::Delete | KeyAction::Rotate | KeyAction::Move | KeyAction::Extend => {
                Some(Pane::Keys)
            }
            KeyAction::New => None,
        },
        ActionGroup::Item(action) => match action {
            ItemAction::Reveal | ItemAction::CopyValue => Some(Pane::Keys),
            ItemAction::Open | ItemAction::Describe | ItemAction::CopyId => None,
        },
        ActionGroup::Call(action) => match action {
            CallAction::Call | CallAction::CallSeries => Some(Pane::Keys),
            CallAction::EditRequest => Some(Pane::Test),
        },
        ActionGroup::Pool(_) => Some(Pane::Pool),
        ActionGroup::Plan(action) => match action {
            PlanAction::EditPlan | PlanAction::DeletePlan => Some(Pane::Plans),
            PlanAction::NewPlan | PlanAction::AdoptPlan | PlanAction::ReleasePlan => None,
        },
        ActionGroup::Motion(_)
        | ActionGroup::Pane(_)
        | ActionGroup::Anywhere(_)
        | ActionGroup::View(_)
        | ActionGroup::KeyList(_)
        | ActionGroup::Lookup(_)
        | ActionGroup::Doctor(_)
        | ActionGroup::Setup(_)
        | ActionGroup::Usage(_)
        | ActionGroup::Report(_)
        | ActionGroup::Filter(_)
        | ActionGroup::Dialog(_)
        | ActionGroup::Confirm(_) => None,
    }
}
