//! The root of the console: it owns the model, the screens and the open dialog. [`App::update`] takes an event and
//! returns effects.
//!
//! Nothing here blocks, reads a clock, or accesses AWS or the terminal.

mod access;
mod change_result;
mod changes;
mod input;
mod key_hint;
mod perform;
mod quit;
mod reports;
mod undo;

use std::sync::Arc;

use jiff::Timestamp;
use keypool_domain::{Change, Inventory, Secret, TenantKeyId};
use ratatui::Frame;
use ratatui::layout::Size;
use ratatui::text::Line;

use crate::aws::Failure;
use crate::ops::{self, ConfirmedFix, KeyLookup, Query};
use crate::tui::app::changes::Changes;
use crate::tui::app::quit::QuitState;
use crate::tui::bars::messages::MessageBar;
use crate::tui::bars::{footer, status};
use crate::tui::dialogs::confirm::Confirm;
use crate::tui::dialogs::found_keys::FoundKeys;
use crate::tui::key_access::KeyAccess;
use crate::tui::keys::action::{Impact, Scope};
use crate::tui::layout::{self, Areas, MIN_SCREEN};
use crate::tui::model::Model;
use crate::tui::model::effect::Effect;
use crate::tui::model::event::Event;
use crate::tui::model::message::{Message, Tone};
use crate::tui::model::options::Options;
use crate::tui::model::tasks::TaskKind;
use crate::tui::screen::{Command, DecisionBasis, Dialog, Screen};
use crate::tui::screens::Screens;
use crate::tui::styles::Role;
use crate::tui::view::View;
use crate::tui::widgets::ascii;

#[derive(Debug, Clone)]
pub struct App {
    model: Model,
    screens: Screens,
    view: View,
    dialog: Option<Box<dyn Dialog>>,
    message: Option<Message>,
    changes: Changes,
    /// A finished key lookup that waits to be shown.
    pending_lookup: Option<KeyLookup>,
    /// A request to copy or reveal a message's tenant key that waits until the key is loaded.
    pending_access: Option<(KeyAccess, TenantKeyId)>,
    quit_state: QuitState,
}

impl App {
    pub fn new(options: Options, now: Timestamp, size: Size) -> Self {
        Self {
            model: Model::new(options, now, size),
            screens: Screens::default(),
            view: View::Home,
            dialog: None,
            message: None,
            changes: Changes::default(),
            pending_lookup: None,
            pending_access: None,
            quit_state: QuitState::NotQuitting,
        }
    }

    /// Starts to connect, and returns the first effects.
    pub fn start(&mut self) -> Vec<Effect> {
        self.model.connect();
        self.model.take_effects()
    }

    /// Changes the state; the only way to do so.
    pub fn update(&mut self, event: Event) -> Vec<Effect> {
        match event {
            Event::Input(input, at) => self.handle_input(input, at),
            // Only the type-ahead protection depends on this event: no screen has to be synced.
            Event::Painted(at) => {
                self.handle_painted(at);
                return Vec::new();
            }
            Event::Tick(now) => self.tick(now),
            Event::Task(id, report) => self.handle_task_report(id, report),
            Event::SignedIn(Ok(())) => self.model.connect(),
            Event::SignedIn(Err(failure)) => self.message = Some(Message::from_failure(&failure)),
            Event::Shutdown => self.quit(),
        }
        self.sync();
        self.model.take_effects()
    }

    pub const fn size(&self) -> Size {
        self.model.size()
    }

    fn tick(&mut self, now: Timestamp) {
        self.model.tick(now);
        self.screens.home.scan_next_chunk(&self.model);
        if let Some(dialog) = &mut self.dialog {
            dialog.tick(now);
        }
    }

    /// The time of the next tick that is needed without other events; without one the console uses no CPU.
    pub fn wakes_at(&self) -> Option<Timestamp> {
        if self.screens.home.is_scanning() {
            return Some(self.model.now());
        }
        let dialog = self.dialog.as_ref().and_then(|dialog| dialog.wakes_at());
        dialog.into_iter().chain(self.model.wakes_at()).min()
    }

    /// Draws the state. The same state always gives the same picture.
    pub fn draw(&self, frame: &mut Frame<'_>) {
        if layout::is_too_small(self.model.size()) {
            let notice = format!("keypool needs a terminal of {}×{}", MIN_SCREEN.width, MIN_SCREEN.height);
            frame.render_widget(Line::from(notice), frame.area());
        } else {
            self.draw_screen(frame);
        }
        if self.model.styles().is_ascii {
            ascii::replace_symbols(frame.buffer_mut());
        }
    }

    fn draw_screen(&self, frame: &mut Frame<'_>) {
        let areas = self.areas();
        let screen = frame.area();
        frame.buffer_mut().set_style(screen, self.model.styles().get(Role::Text));
        status::draw(&self.model, areas.status, frame);
        self.screens.get(self.view).draw(&self.model, areas.body, frame);
        self.message_bar().draw(areas.messages, frame);
        footer::draw(&self.model, &self.scopes(), self.focused(), areas.footer, frame);
        if let Some(dialog) = &self.dialog {
            dialog.draw(&self.model, areas.body, frame);
        }
    }

    const fn message_bar(&self) -> MessageBar<'_> {
        MessageBar {
            model: &self.model,
            message: self.message.as_ref(),
            is_home: matches!(self.view, View::Home),
            quits_after_step: matches!(self.quit_state, QuitState::AfterStep),
        }
    }

    fn areas(&self) -> Areas {
        let messages = u16::try_from(self.message_bar().lines().len()).unwrap_or(0);
        layout::areas(self.model.size(), messages)
    }

    /// What has the focus: the open dialog, or else the screen.
    fn focused(&self) -> &dyn Screen {
        match &self.dialog {
            Some(dialog) => &**dialog,
            None => self.screens.get(self.view),
        }
    }

    /// The active scopes, the innermost first.
    fn scopes(&self) -> Vec<Scope> {
        self.focused().scopes().iter().copied().chain([Scope::Everywhere]).collect()
    }

    /// Whether the operator reads a dialog or types a filter, so that nothing else may open.
    fn is_operator_busy(&self) -> bool {
        self.dialog.is_some() || self.screens.home.takes_text()
    }

    /// Updates everything that depends on the model, the selection and the size.
    fn sync(&mut self) {
        let commands = self.screens.home.sync(&self.model);
        self.execute_all(commands);
        self.explain_unlisted();
        self.show_lookup();
        self.model.set_exhausted_call(self.screens.home.last_exhausted_call());
        let body = self.areas().body;
        self.screens.home.settle(body, &self.model);
        if self.view != View::Home {
            self.screens.get_mut(self.view).settle(body, &self.model);
        }
    }

    /// Shows the result of a key lookup, unless the operator is busy.
    fn show_lookup(&mut self) {
        if self.is_operator_busy() {
            return;
        }
        if let (Some(lookup), Some(inventory)) = (self.pending_lookup.take(), self.model.inventory()) {
            self.dialog = Some(Box::new(FoundKeys::new(&lookup, inventory)));
        }
    }

    /// In a read-only context, refuses a write: shows why and returns true.
    fn refuses(&mut self, impact: Impact) -> bool {
        let refused = self.model.is_read_only() && impact == Impact::Writes;
        if refused {
            self.message = Some(Message::from_failure(&Failure::ReadOnly));
        }
        refused
    }

    fn execute_all(&mut self, commands: Vec<Command>) {
        commands.into_iter().for_each(|command| self.execute(command));
    }

    fn execute(&mut self, command: Command) {
        if self.refuses(command.impact()) {
            return;
        }
        match command {
            Command::Close => {
                self.dialog = None;
                self.model.type_ahead_mut().reset_overlay();
            }
            Command::Open(dialog) => {
                self.dialog = Some(dialog);
                self.model.type_ahead_mut().reset_overlay();
            }
            Command::Enter(view) => self.enter(view),
            Command::Go(view) => self.view = view,
            Command::GoToPane(pane) => {
                self.view = View::Home;
                self.screens.home.focus_pane(pane);
            }
            Command::PerformByName(action) => self.perform_by_name(action),
            Command::Perform(action) => self.perform(action),
            Command::Say(message) => self.message = Some(message),
            Command::Load(query) => self.model.load(query),
            Command::Refresh if self.model.needs_sign_in() => self.model.emit(Effect::SignIn),
            Command::Refresh => {
                self.model.expire_usage();
                self.model.refresh();
            }
            Command::Diagnose => self.model.diagnose(),
            Command::ReadSetup => self.model.read_setup(),
            Command::RefreshUsage => {
                self.model.expire_usage();
                self.model.read_usage();
            }
            Command::CancelCharges => {
                self.model.cancel_task(|kind| matches!(kind, TaskKind::Load(Query::Charges(_))));
            }
            Command::Stop(task) => self.model.stop_task(task),
            Command::Quit => self.quit_or_ask(),
            Command::Confirm(change) => self.confirm(change),
            Command::ConfirmFixes(fixes, skipped) => self.confirm_fixes(fixes, skipped),
            Command::Apply(change, basis) => {
                let refusal = self.changes.apply(change, &basis, &mut self.model);
                self.message = refusal.or_else(|| self.message.take());
            }
            Command::Fix(fixes) => self.changes.start_fixes(fixes, &mut self.model),
            Command::Export(export) => {
                self.model.start(TaskKind::Export(export.clone()), |id| Effect::Export(id, export));
            }
            Command::CopyId(id) => self.copy(&format!("the id {id}"), Secret::new(id.clone())),
            Command::AccessKey(access, id) => self.perform_access(access, id),
            Command::ChooseSetupStage(target) => self.model.choose_setup_stage(target),
            Command::UseAccessLog(log) => {
                let commands = self.screens.report.set_access_log(log, &self.model);
                self.execute_all(commands);
            }
            Command::Refreeze => {
                let commands = self.screens.report.read_again(true, &self.model);
                self.execute_all(commands);
            }
            Command::SetCallTarget(plan, target) => self.screens.home.set_call_target(plan, target),
            Command::Call(id, series) => {
                let commands = self.screens.home.call_with(&id, series, &self.model);
                self.execute_all(commands);
            }
            Command::Probe(plan) => self.model.call(plan),
        }
    }

    fn enter(&mut self, view: View) {
        if view == View::Usage {
            let subject = self.screens.home.usage_subject(&self.model);
            self.screens.usage.open(subject);
        }
        self.view = view;
        self.screens.home.stop_typing_filter();
        let commands = self.screens.get_mut(view).entered(&self.model);
        self.execute_all(commands);
    }

    /// Opens the confirm dialog, or shows why the change is refused. Reads missing details first.
    fn confirm(&mut self, change: Change) {
        self.model.cancel_task(reads_change_details);
        let inventory = self.model.inventory_or_empty();
        if self.model.context().value().is_some() && ops::needs_details(&change, &inventory) {
            return self.model.load(Query::ChangeDetails(Box::new(change)));
        }
        self.open_confirm(change, DecisionBasis::from_inventory(inventory));
    }

    /// Opens the confirm dialog after the details were read, unless something else was opened meanwhile.
    fn confirm_with_details(&mut self, change: Change, inventory: Arc<Inventory>) {
        if self.is_operator_busy() {
            let description = change.describe(&inventory);
            let text = format!("cancelled, because something else was opened: {description}");
            self.message = Some(Message::new(Tone::Error, text));
            return;
        }
        let base = self.model.inventory_or_empty();
        self.open_confirm(change, DecisionBasis { with_details: inventory, base });
    }

    fn open_confirm(&mut self, change: Change, basis: DecisionBasis) {
        let caution = self.screens.home.hidden_marks_caution(&change);
        match Confirm::new(change, basis, self.model.options()) {
            Ok(mut dialog) => {
                caution.into_iter().for_each(|caution| dialog.add_caution(caution));
                self.execute(Command::open(dialog));
            }
            Err(refusal) => self.message = Some(Message::from_failure(&refusal.into())),
        }
    }

    /// Opens the confirm dialog. `skipped` is the number of problems left out because each needs its own decision.
    fn confirm_fixes(&mut self, fixes: Vec<ConfirmedFix>, skipped: usize) {
        let inventory = self.model.inventory_or_empty();
        let dialog = Confirm::fixes(fixes, skipped, &inventory, self.model.options());
        self.execute(Command::open(dialog));
    }

    /// Opens the confirm dialog to undo the last change.
    fn undo(&mut self) {
        match self.changes.undo(&self.model) {
            Ok(change) => {
                self.confirm(change);
                if self.dialog.is_none() && self.model.tasks().find(reads_change_details).is_none() {
                    self.changes.drop_last_undo();
                }
            }
            Err(message) => self.message = Some(message),
        }
    }
}

const fn reads_change_details(kind: &TaskKind) -> bool {
    matches!(kind, TaskKind::Load(Query::ChangeDetails(_)))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use jiff::Timestamp;
    use keypool_domain::charging::{Currency, Tariff};
    use ratatui::layout::Size;

    use crate::aws::Failure;
    use crate::tui::app::App;
    use crate::tui::keys::action::{ACTIONS, Impact};
    use crate::tui::keys::keymap::Keymap;
    use crate::tui::model::options::Options;
    use crate::tui::styles::Styles;

    fn read_only_app() -> App {
        let options = Options {
            label: "demo".to_owned(),
            is_read_only: true,
            is_production: false,
            refresh: None,
            keymap: Keymap::default(),
            styles: Styles::new(false, false),
            tariff: Tariff { currency: Currency::default(), rates: BTreeMap::new() },
            tenant_field: "tenant".to_owned(),
            home: None,
        };
        App::new(options, Timestamp::UNIX_EPOCH, Size::new(80, 24))
    }

    #[test]
    fn a_read_only_context_refuses_every_action_that_writes_and_no_other() {
        for spec in ACTIONS {
            let mut app = read_only_app();
            app.perform(spec.action);
            let message = app.message.as_ref().map(|message| message.text.clone());
            let refused = message == Some(Failure::ReadOnly.to_string());
            assert_eq!(refused, spec.impact == Impact::Writes, "{}", spec.id);
            assert!(!refused || (app.dialog.is_none() && app.model.take_effects().is_empty()), "{}", spec.id);
        }
    }
}
