//! Actions asked for by name: the palette can name what works elsewhere, and then its target may be out of sight.

use crate::tui::action::Action;
use crate::tui::layout::Pane;
use crate::tui::view::View;

use super::App;

impl App {
    /// Does it where its target is on the screen; otherwise goes to the pane that has the target, and says so.
    pub(super) fn perform_by_name(&mut self, action: Action) {
        let is_closed = action.writes() && self.options.read_only;
        let pane = self.pane_of_target(action).filter(|_| !is_closed && !self.works_in_front(action));
        let Some(pane) = pane else { return self.perform(action) };
        self.view = View::Home;
        self.focus = pane;
        let (id, key) = (action.row().id, self.key_of(action));
        self.say(
            crate::tui::message::Tone::Plain,
            format!("{id} acts on what is selected here: {key} does it"),
        );
    }

    /// Whether the action is one of the pane or view in front.
    fn works_in_front(&self, action: Action) -> bool {
        let scopes = self.scopes();
        action.row().scopes.iter().any(|scope| scopes.contains(scope)) || self.acts_on_chosen_plan(action)
    }

    /// Whether it acts on the plan that is chosen, which all panes show.
    fn acts_on_chosen_plan(&self, action: Action) -> bool {
        let acts = matches!(
            action,
            Action::Grow
                | Action::SetPool
                | Action::CreatePool
                | Action::DissolvePool
                | Action::EditPlan
                | Action::DeletePlan
        );
        acts && self.view == View::Home && self.plans.choice.is_some()
    }

    /// Where the target of an action is selected, if it has one.
    const fn pane_of_target(&self, action: Action) -> Option<Pane> {
        Some(match action {
            Action::Edit
            | Action::Delete
            | Action::Rotate
            | Action::Move
            | Action::Extend
            | Action::Reveal
            | Action::CopyValue
            | Action::Call
            | Action::CallSeries => Pane::Keys,
            Action::EditRequest => Pane::Test,
            Action::Drain | Action::Grow | Action::SetPool | Action::CreatePool | Action::DissolvePool => {
                Pane::Pool
            }
            Action::EditPlan | Action::DeletePlan => Pane::Plans,
            _ => return None,
        })
    }
}
