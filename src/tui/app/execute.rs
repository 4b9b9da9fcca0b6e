//! Does what a screen asks for.

use keypool_domain::Refusal;

use crate::aws::Failure;
use crate::tui::app::App;
use crate::tui::keys::action::Impact;
use crate::tui::model::effect::Effect;
use crate::tui::model::event::TaskId;
use crate::tui::model::message::{Message, Tone};
use crate::tui::model::query::Query;
use crate::tui::model::tasks::TaskKind;
use crate::tui::screen::Command;
use crate::tui::view::View;

impl App {
    /// Runs a query, unless it rests on an account that is only remembered. A key lookup waits until all keys are read,
    /// because it may name every tenant of a key.
    pub(super) fn load(&mut self, query: Query) {
        if matches!(query, Query::KeyLookup(_)) && self.model.is_reading_rest() {
            self.message = Some(Message::new(Tone::Info, "waiting until all keys are read"));
            self.waiting_lookup = Some(query);
        } else if let Err(why) = self.check_current(&query) {
            self.handle_loaded(&query, Err(why));
        } else {
            self.model.load(query);
        }
    }

    /// Stops a task, and says what was stopped and how to start it again.
    fn stop(&mut self, task: TaskId) {
        let Some(kind) = self.model.task_mut(task).map(|task| task.kind.clone()) else { return };
        self.model.stop_task(task);
        // A running change says so itself, between two steps.
        if let Some(label) = kind.read_label() {
            let hint = match kind.repeating_action() {
                Some(action) => format!("{} starts it again", self.model.key_label(action)),
                None => "nothing was changed".to_owned(),
            };
            let text = format!("stopped {label}");
            self.message = Some(Message { hint: Some(hint), ..Message::new(Tone::Info, text) });
        }
    }

    fn check_current(&self, query: &Query) -> Result<(), Failure> {
        let inventory = self.model.inventory().filter(|_| query.rests_on_account());
        let current = inventory.map_or(Ok(()), |inventory| inventory.require_current().map(drop));
        current.map_err(|why| Refusal::NotReadYet(why).into())
    }

    /// In a read-only context, refuses a write: shows why and returns true.
    pub(super) fn refuse_if_read_only(&mut self, impact: Impact) -> bool {
        let refused = self.model.is_read_only() && impact == Impact::Writes;
        if refused {
            self.message = Some(Message::from_failure(&Failure::ReadOnly));
        }
        refused
    }

    /// Makes the next read of usage include what is on the screen.
    pub(super) fn expire_usage(&mut self) {
        let in_view = self.stack.plans_in_view(&self.model);
        self.model.expire_usage(in_view);
    }

    pub(super) fn execute_all(&mut self, commands: Vec<Command>) {
        commands.into_iter().for_each(|command| self.execute(command));
    }

    pub(super) fn execute(&mut self, command: Command) {
        if self.refuse_if_read_only(command.impact()) {
            return;
        }
        match command {
            Command::Close => {
                self.stack.dialog = None;
                self.model.type_ahead_mut().reset_dialog();
            }
            Command::Open(dialog) => {
                self.stack.dialog = Some(dialog);
                self.model.type_ahead_mut().reset_dialog();
            }
            Command::KeepDraft(form, change) => self.draft = Some((form, change)),
            Command::Enter(view) => {
                let commands = self.stack.enter(view, &self.model);
                self.execute_all(commands);
            }
            Command::Go(view) => self.stack.view = view,
            Command::GoToPane(pane) => {
                self.stack.view = View::Home;
                self.stack.screens.home.focus_pane(pane);
            }
            Command::PerformByName(action) => self.perform_by_name(action),
            Command::Perform(action) => self.perform(action),
            Command::SortBy(order) => self.stack.screen_mut().sort_by(order),
            Command::Say(message) => self.message = Some(message),
            Command::Load(query) => self.load(query),
            Command::Refresh if self.model.needs_sign_in() => self.model.emit(Effect::SignIn),
            Command::Refresh => {
                self.expire_usage();
                self.model.expire_membership();
                self.model.refresh();
            }
            Command::Diagnose => self.model.diagnose(),
            Command::ReadSetup => self.model.read_setup(),
            Command::RefreshUsage => {
                self.expire_usage();
                self.model.read_usage();
            }
            Command::CancelCharges => {
                self.model.cancel_task(|kind| matches!(kind, TaskKind::Load(Query::Charges(_))));
            }
            Command::Stop(task) => self.stop(task),
            Command::Quit => self.quit_or_ask(),
            Command::Confirm(change) => self.confirm(change),
            Command::ConfirmFixes(fixes, excluded) => self.confirm_fixes(fixes, excluded),
            Command::Apply(change, basis) => {
                if let Some(refusal) = self.changes.apply(change.clone(), &basis, &mut self.model) {
                    self.show_refusal(&change, refusal);
                }
            }
            Command::Fix(fixes) => self.changes.start_fixes(fixes, &mut self.model),
            Command::Export(export) => {
                self.model.start(TaskKind::Export(export.clone()), |id| Effect::Export(id, export));
            }
            Command::CopyId(id) => self.copy_id(id),
            Command::AccessKey(access, id) => self.perform_access(access, id),
            Command::ChooseSetupStage(target) => self.model.choose_setup_stage(target),
            Command::UseAccessLog(log) => {
                let commands = self.stack.screens.report.set_access_log(log, &self.model);
                self.execute_all(commands);
            }
            Command::Refreeze => {
                let commands = self.stack.screens.report.read_again(true, &self.model);
                self.execute_all(commands);
            }
            Command::SetCallTarget(plan, target) => self.stack.screens.home.set_call_target(plan, target),
            Command::Call(id, series) => {
                let commands = self.stack.screens.home.call_with(&id, series, &self.model);
                self.execute_all(commands);
            }
            Command::Probe(plan) => match self.model.require_current_inventory() {
                Ok(_) => self.model.call(plan),
                Err(why) => self.execute(Command::refuse(why)),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use ratatui::layout::Size;

    use crate::aws::Failure;
    use crate::tui::app::App;
    use crate::tui::keys::action::{ACTIONS, Impact};
    use crate::tui::model::options::Options;

    #[test]
    fn a_read_only_context_refuses_every_action_that_writes_and_no_other() {
        let options = Options { is_read_only: true, ..Options::for_tests() };
        for spec in ACTIONS {
            let mut app = App::new(options.clone(), Timestamp::UNIX_EPOCH, Size::new(80, 24));
            app.perform(spec.action);
            let message = app.message.as_ref().map(|message| message.text.clone());
            let refused = message == Some(Failure::ReadOnly.to_string());
            assert_eq!(refused, spec.impact == Impact::Writes, "{}", spec.id);
            let is_untouched = app.stack.dialog.is_none() && app.model.take_effects().is_empty();
            assert!(!refused || is_untouched, "{}", spec.id);
        }
    }
}
