//! The root of the console: it owns the model, the screens and the open dialog. [`App::update`] takes an event and
//! returns effects.
//!
//! Nothing here blocks, reads a clock, or accesses AWS or the terminal.

mod access;
mod change_result;
mod changes;
mod confirm;
mod draft;
mod execute;
mod input;
mod key_hint;
mod perform;
mod quit;
mod quit_state;
mod reports;
mod screen_stack;
mod undo;

use jiff::Timestamp;
use keypool_domain::{Change, TenantKeyId};
use ratatui::Frame;
use ratatui::layout::Size;
use ratatui::text::Line;
use ratatui::widgets::Paragraph;

use crate::ops::{KeyLookup, RememberedLists};
use crate::tui::app::changes::Changes;
use crate::tui::app::quit_state::QuitState;
use crate::tui::app::screen_stack::ScreenStack;
use crate::tui::bars::messages::MessageBar;
use crate::tui::bars::{footer, status};
use crate::tui::dialogs::found_keys::FoundKeys;
use crate::tui::key_access::KeyAccess;
use crate::tui::keys::action::{Action, Scope};
use crate::tui::layout::{self, Areas, MIN_SCREEN};
use crate::tui::model::Model;
use crate::tui::model::effect::Effect;
use crate::tui::model::event::Event;
use crate::tui::model::message::Message;
use crate::tui::model::options::Options;
use crate::tui::model::query::Query;
use crate::tui::screen::{Dialog, Screen};
use crate::tui::styles::Role;
use crate::tui::text;
use crate::tui::view::View;
use crate::tui::widgets::ascii;

#[derive(Debug, Clone)]
pub struct App {
    model: Model,
    stack: ScreenStack,
    message: Option<Message>,
    changes: Changes,
    /// The form submitted last, and the change that it asked for.
    draft: Option<(Box<dyn Dialog>, Change)>,
    /// A finished key lookup that waits to be shown.
    pending_lookup: Option<KeyLookup>,
    /// A key lookup that waits until all keys are read.
    waiting_lookup: Option<Query>,
    /// A request to copy or reveal a message's tenant key that waits until the key is loaded.
    pending_access: Option<(KeyAccess, TenantKeyId)>,
    quit_state: QuitState,
    /// The actions that were run by name, the last first.
    recent: Vec<Action>,
    /// How the lists are remembered.
    remembered_lists: RememberedLists,
}

impl App {
    pub fn new(options: Options, now: Timestamp, size: Size) -> Self {
        let remembered_lists = options.lists.clone();
        let model = Model::new(options, now, size);
        let mut stack = ScreenStack::default();
        stack.screens.home.restore_lists(&remembered_lists, &model);
        Self {
            remembered_lists,
            model,
            stack,
            message: None,
            changes: Changes::default(),
            draft: None,
            pending_lookup: None,
            waiting_lookup: None,
            pending_access: None,
            quit_state: QuitState::NotQuitting,
            recent: Vec::new(),
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
                self.model.record_painted(at, self.stack.dialog.is_some());
                return Vec::new();
            }
            Event::Tick(now) => self.tick(now),
            Event::Task(id, report) => self.handle_task_report(id, report),
            Event::Pace(pace) => self.model.set_pace(pace),
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
        self.stack.screens.home.scan_next_chunk(&self.model);
        for view in View::ALL {
            self.stack.screens.get_mut(view).tick(now);
        }
        if let Some(dialog) = &mut self.stack.dialog {
            dialog.tick(now);
        }
        if self.stack.view == View::Usage {
            let commands = self.stack.screens.usage.count_log_if_due(&self.model);
            self.execute_all(commands);
        }
    }

    /// Whether the list of keys is still being built.
    pub fn is_scanning(&self) -> bool {
        self.stack.screens.home.is_scanning()
    }

    /// Continues to build the list of keys, a chunk at a time, until all are there or `is_interrupted` says so.
    pub fn scan_until(&mut self, is_interrupted: impl Fn() -> bool) -> Vec<Effect> {
        while self.is_scanning() && !is_interrupted() {
            self.stack.screens.home.scan_next_chunk(&self.model);
        }
        self.sync();
        self.model.take_effects()
    }

    /// The time of the next tick that is needed without other events; without one the console uses no CPU.
    pub fn wakes_at(&self) -> Option<Timestamp> {
        if self.is_scanning() {
            return Some(self.model.now());
        }
        let dialog = self.stack.dialog.as_ref().and_then(|dialog| dialog.wakes_at());
        let screen = self.stack.screen().wakes_at();
        dialog.into_iter().chain(screen).chain(self.model.wakes_at()).min()
    }

    /// Draws the state. The same state always gives the same picture.
    pub fn draw(&self, frame: &mut Frame<'_>) {
        if layout::is_too_small(self.model.size()) {
            let size = format!("{}×{}", MIN_SCREEN.width, MIN_SCREEN.height);
            let wrap = |notice: String| text::wrap(&notice, frame.area().width.into());
            let notice = wrap(format!("keypool needs a terminal of {size}"));
            let fits = notice.len() <= frame.area().height.into();
            let lines = if fits { notice } else { wrap(format!("needs {size}")) };
            frame.render_widget(
                Paragraph::new(lines.into_iter().map(Line::from).collect::<Vec<_>>()),
                frame.area(),
            );
        } else {
            self.draw_screen(frame);
        }
        if self.model.styles().is_ascii {
            ascii::replace_symbols(frame.buffer_mut());
        }
    }

    fn draw_screen(&self, frame: &mut Frame<'_>) {
        let areas = self.areas();
        let terminal_area = frame.area();
        frame.buffer_mut().set_style(terminal_area, self.model.styles().get(Role::Text));
        status::draw(&self.model, areas.status, frame);
        self.stack.screen().draw(&self.model, areas.body, frame);
        self.message_bar().draw(areas.messages, frame);
        let focused = self.stack.focused();
        if focused.draw_input_line(&self.model, areas.footer, frame) {
            // A message is above the filter that is typed.
        } else if self.message.is_some() {
            self.message_bar().draw_message(areas.footer, frame);
        } else {
            footer::draw(&self.model, &self.stack.scopes(), focused, areas.footer, frame);
        }
        if let Some(dialog) = &self.stack.dialog {
            dialog.draw(&self.model, areas.body, frame);
        }
    }

    fn message_bar(&self) -> MessageBar<'_> {
        MessageBar {
            model: &self.model,
            message: self.message.as_ref(),
            has_dialog: self.stack.dialog.is_some(),
            is_filter_typed: self.stack.scopes().contains(&Scope::Filter),
            view: self.stack.view,
            quits_after_step: matches!(self.quit_state, QuitState::AfterStep),
        }
    }

    fn areas(&self) -> Areas {
        let bar = self.message_bar();
        let [messages, footer] =
            [bar.lines().len(), bar.message_lines().len()].map(|lines| u16::try_from(lines).unwrap_or(0));
        layout::areas(self.model.size(), messages, footer)
    }

    /// Updates everything that depends on the model, the selection and the size.
    fn sync(&mut self) {
        let commands = self.stack.screens.home.sync(&self.model);
        self.execute_all(commands);
        if self.stack.view == View::Home
            && let Some(plan) = self.stack.screens.home.shown_plan_id().cloned()
        {
            self.model.read_members_if_due(&plan);
        }
        let wanted = self.stack.screens.home.wanted_listing(&self.model);
        if let Some((wanted, nears_end)) = wanted.filter(|_| self.stack.view == View::Home) {
            self.model.read_listing_if_due(&wanted, nears_end);
        }
        self.remember_lists();
        self.explain_unlisted_key();
        self.show_lookup();
        let body = self.areas().body;
        self.stack.settle(body, &self.model);
        if self.model.wants_usage() {
            let in_view = self.stack.plans_in_view(&self.model);
            self.model.start_usage_reads(in_view);
        }
    }

    /// Writes how the lists are sorted and filtered, if that has changed.
    fn remember_lists(&mut self) {
        let Some(file) = self.model.options().lists_file.clone() else { return };
        let lists = self.stack.screens.home.lists_to_remember();
        if let Some(lists) = lists.filter(|lists| *lists != self.remembered_lists) {
            self.remembered_lists = lists.clone();
            self.model.emit(Effect::RememberLists(file, lists));
        }
    }

    /// Shows the result of a key lookup, unless the operator is busy. It counts the tenants of the keys, so it waits for
    /// what their tenant keys refer to.
    fn show_lookup(&mut self) {
        if self.pending_lookup.is_none()
            || self.stack.is_operator_busy()
            || self.model.is_resolving_references()
        {
            return;
        }
        if let (Some(lookup), Some(inventory)) = (self.pending_lookup.take(), self.model.inventory()) {
            self.stack.dialog = Some(Box::new(FoundKeys::new(&lookup, inventory)));
        }
    }
}
