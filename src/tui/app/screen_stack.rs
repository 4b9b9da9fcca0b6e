//! The screens, the one that is shown, and the dialog above it.

use crossterm::event::{MouseButton, MouseEvent, MouseEventKind};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use keypool_domain::PlanId;
use ratatui::layout::{Position, Rect};
use tui_input::InputRequest;

use crate::tui::dialogs::forms::export;
use crate::tui::keys::action::{Action, Scope};
use crate::tui::model::Model;
use crate::tui::screen::{Command, Dialog, DialogPurpose, Screen};
use crate::tui::screens::Screens;
use crate::tui::view::View;

/// Rows per notch of the mouse wheel.
const WHEEL_ROWS: isize = 3;

#[derive(Debug, Clone, Default)]
pub(super) struct ScreenStack {
    pub(super) screens: Screens,
    pub(super) view: View,
    pub(super) dialog: Option<Box<dyn Dialog>>,
}

impl ScreenStack {
    /// The screen below the dialog.
    pub(super) fn screen(&self) -> &dyn Screen {
        self.screens.get(self.view)
    }

    pub(super) fn screen_mut(&mut self) -> &mut dyn Screen {
        self.screens.get_mut(self.view)
    }

    /// What has the focus: the open dialog, or else the screen.
    pub(super) fn focused(&self) -> &dyn Screen {
        match &self.dialog {
            Some(dialog) => &**dialog,
            None => self.screen(),
        }
    }

    /// The active scopes, the innermost first.
    pub(super) fn scopes(&self) -> Vec<Scope> {
        self.focused().scopes().iter().copied().chain([Scope::Everywhere]).collect()
    }

    /// Whether the operator reads a dialog or types a filter, so that nothing else may open.
    pub(super) fn is_operator_busy(&self) -> bool {
        self.dialog.is_some() || self.screen().takes_text()
    }

    /// Whether the open dialog writes and the last key was read before the dialog was on the screen.
    pub(super) fn is_typed_ahead_of_dialog(&self, model: &Model) -> bool {
        self.dialog.as_ref().is_some_and(|dialog| dialog.purpose() == DialogPurpose::Writes)
            && !model.type_ahead().is_last_key_after_dialog()
    }

    /// Whether a command writes without a further question.
    pub(super) fn writes_at_once(&self, command: &Command, model: &Model) -> bool {
        if let Command::Call(id, _) = command {
            return self.screens.home.sends_writing_call(id, model);
        }
        command.writes_at_once()
    }

    /// Whether the action works on the current pane or screen.
    pub(super) fn works_here(&self, action: Action) -> bool {
        let scopes = self.scopes();
        let acts_on_plan = self.view == View::Home
            && self.screens.home.has_selected_plan()
            && action.acts_on_selected_plan();
        acts_on_plan || action.spec().scopes.iter().any(|scope| scopes.contains(scope))
    }

    /// Shows a screen. Returns the commands that read what it shows.
    pub(super) fn enter(&mut self, view: View, model: &Model) -> Vec<Command> {
        if view == View::Usage {
            let subject = self.screens.home.usage_subject(model);
            self.screens.usage.open(subject);
        }
        self.view = view;
        self.screens.home.stop_typing_filter();
        self.screen_mut().entered(model)
    }

    pub(super) fn edit_text(&mut self, request: InputRequest, model: &Model) {
        if let Some(dialog) = &mut self.dialog {
            dialog.edit(request, model);
        } else if self.screen().takes_text() {
            self.screen_mut().edit(request, model);
        }
    }

    /// Scrolls or selects. Returns whether something was clicked.
    pub(super) fn handle_mouse(&mut self, mouse: MouseEvent, model: &Model) -> bool {
        let at = Position::new(mouse.column, mouse.row);
        match (wheel_rows(mouse.kind), &mut self.dialog) {
            (Some(rows), Some(dialog)) => dialog.wheel(rows, at, model),
            (Some(rows), None) => self.screen_mut().wheel(rows, at, model),
            (None, Some(_)) => {}
            (None, None) => {
                return mouse.kind == MouseEventKind::Down(MouseButton::Left)
                    && self.screen_mut().click(at, model);
            }
        }
        false
    }

    /// Opens the form for exporting the list on the screen, or says why that list cannot be exported.
    pub(super) fn export(&self, model: &Model) -> Command {
        let is_of_account = self.view != View::Setup && self.view != View::Methods;
        let unread = model.require_complete_inventory().err().filter(|_| is_of_account);
        match unread.map_or_else(|| self.screen().export(model), Err) {
            Ok((list, name)) => export::open(list, &default_file_name(&name, model.now())),
            Err(why) => Command::refuse(why),
        }
    }

    /// The plans whose usage the operator looks at, the one under the cursor first.
    pub(super) fn plans_in_view(&self, model: &Model) -> Vec<PlanId> {
        match self.view {
            View::Home => self.screens.home.plans_in_view(model),
            View::Usage => self.screens.usage.plans_in_view(model),
            View::Doctor | View::Setup | View::Methods | View::Report => Vec::new(),
        }
    }

    pub(super) fn settle(&mut self, body: Rect, model: &Model) {
        self.screens.home.settle(body, model);
        if self.view != View::Home {
            self.screen_mut().settle(body, model);
        }
        if let Some(dialog) = &mut self.dialog {
            dialog.settle(body, model);
        }
    }
}

/// A file name in the current directory.
fn default_file_name(name: &str, now: Timestamp) -> String {
    let name: String = name.chars().map(|c| if c.is_alphanumeric() { c } else { '-' }).collect();
    format!("keypool-{name}-{}.csv", now.to_zoned(TimeZone::UTC).date())
}

/// Rows to move; `None` for other mouse events.
const fn wheel_rows(kind: MouseEventKind) -> Option<isize> {
    match kind {
        MouseEventKind::ScrollDown => Some(WHEEL_ROWS),
        MouseEventKind::ScrollUp => Some(-WHEEL_ROWS),
        MouseEventKind::Down(_)
        | MouseEventKind::Up(_)
        | MouseEventKind::Drag(_)
        | MouseEventKind::Moved
        | MouseEventKind::ScrollLeft
        | MouseEventKind::ScrollRight => None,
    }
}
