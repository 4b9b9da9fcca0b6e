//! Keys, pastes and the mouse. They go to the open overlay, to the filter being typed, or through the keymap.

use crokey::KeyCombination;
use crossterm::event::{
    Event as Input, KeyCode, KeyEvent, KeyEventKind, KeyModifiers, MouseButton, MouseEvent, MouseEventKind,
};
use keypool_domain::Secret;
use ratatui::layout::{Rect, Size};
use tui_input::InputRequest;
use tui_input::backend::crossterm::to_input_request;

use crate::ops::Query;
use crate::tui::action::{Action, DialogAction, FilterAction, Scope};
use crate::tui::keymap;
use crate::tui::layout::{self, Pane};
use crate::tui::overlays::{Overlay, Reply};
use crate::tui::text;
use crate::tui::type_ahead::Moment;
use crate::tui::view::View;
use crate::tui::widgets::cursor::Motion;
use crate::tui::widgets::table;

use super::App;

/// Rows per notch of the mouse wheel.
const WHEEL_ROWS: isize = 3;

impl App {
    pub(super) fn handle_input(&mut self, input: Input, at: Moment) {
        match input {
            Input::Key(key) if key.kind != KeyEventKind::Release => {
                self.type_ahead.record_key(at);
                self.handle_key(key);
            }
            Input::Paste(text) => {
                self.type_ahead.record_key(at);
                self.handle_paste(&text);
            }
            Input::Mouse(mouse) => self.handle_mouse(mouse),
            Input::Resize(width, height) => self.size = Size::new(width, height),
            Input::Key(_) | Input::FocusGained | Input::FocusLost => {}
        }
    }

    /// Records that the open overlay is on the screen, unless the screen is too small to show it.
    pub(super) fn handle_painted(&mut self, at: Moment) {
        if self.overlay.is_some() && !layout::is_too_small(self.size) {
            self.type_ahead.record_overlay(at);
        } else {
            self.type_ahead.reset_overlay();
        }
    }

    /// Whether the last key was read before the open dialog was on the screen.
    fn is_typed_ahead_of_dialog(&self) -> bool {
        matches!(self.overlay, Some(Overlay::Confirm(_))) && !self.type_ahead.has_seen_overlay()
    }

    /// The active scopes, the innermost first.
    pub(crate) fn scopes(&self) -> Vec<Scope> {
        let local: &[Scope] = match (&self.overlay, self.view.scopes(), self.keys.is_typing_filter) {
            (Some(overlay), _, _) => overlay.scopes(),
            (None, Some(scopes), _) => scopes,
            (None, None, true) => &[Scope::Filter],
            (None, None, false) => match self.focus {
                Pane::Plans => &[Scope::Plans, Scope::Lists, Scope::Home],
                Pane::Pool => &[Scope::Pool, Scope::Lists, Scope::Home],
                Pane::Keys => &[Scope::Keys, Scope::Lists, Scope::Home],
                Pane::Test => &[Scope::Test, Scope::Home],
            },
        };
        local.iter().copied().chain([Scope::Everywhere]).collect()
    }

    fn handle_key(&mut self, key: KeyEvent) {
        let pressed = keymap::key_of_event(key);
        let action_everywhere = self.options.keymap.lookup(&[Scope::Everywhere], pressed);
        if let Some(action) = action_everywhere {
            return self.perform(action);
        }
        // The screen shows only a notice, so the operator would not see what a key does.
        if layout::is_too_small(self.size) {
            return;
        }
        if self.is_typed_ahead_of_dialog() {
            return self.type_ahead.ignore_key(pressed);
        }
        let access = self.find_message_access(pressed);
        self.message = None;
        self.pending_access = None;
        self.cancel_requested_undo();
        if let Some((access, key_id)) = access {
            self.cancel_quit();
            return self.perform_access(access, key_id);
        }
        let is_typed = is_text(key) && self.takes_text();
        let action = self.options.keymap.lookup(&self.scopes(), pressed).filter(|_| !is_typed);
        if action != Some(Action::Close) {
            self.cancel_quit();
        }
        if action.is_none() && self.overlay.is_none() && !self.keys.is_typing_filter {
            self.show_where_key_works(pressed);
        }
        let is_unhandled = match action {
            Some(action) => !self.dispatch(action, Some(pressed)),
            None => true,
        };
        if is_unhandled && let Some(request) = to_input_request(&Input::Key(key)) {
            self.edit_text(request);
        }
    }

    fn takes_text(&self) -> bool {
        self.overlay.as_ref().map_or(self.keys.is_typing_filter, Overlay::takes_text)
    }

    /// Performs an action; `key` is the key that was pressed for it. Returns false if the key is text for an input
    /// field.
    fn dispatch(&mut self, action: Action, key: Option<KeyCombination>) -> bool {
        if let Some(mut overlay) = self.overlay.take() {
            let reply = overlay.act(action, self);
            if let Some(key) =
                key.filter(|_| self.is_writing_reply(&reply) && !self.type_ahead.is_deliberate())
            {
                self.overlay = Some(overlay);
                self.type_ahead.ignore_key(key);
                return true;
            }
            return self.handle_reply(overlay, reply);
        }
        if self.keys.is_typing_filter {
            return self.act_on_filter(action);
        }
        self.perform(action);
        true
    }

    fn act_on_filter(&mut self, action: Action) -> bool {
        if let Some(action) = action.as_filter() {
            match action {
                FilterAction::KeepFilter => self.keys.is_typing_filter = false,
                FilterAction::DropFilter => self.keys.clear_filter(),
            }
            return true;
        }
        let Some(action) = action.as_dialog() else { return false };
        match action {
            DialogAction::NextField => self.keys.move_cursor(Motion::Rows(1)),
            DialogAction::PreviousField => self.keys.move_cursor(Motion::Rows(-1)),
            DialogAction::Accept
            | DialogAction::Dismiss
            | DialogAction::NextChoice
            | DialogAction::PreviousChoice => return false,
        }
        true
    }

    fn edit_text(&mut self, request: InputRequest) {
        if let Some(mut overlay) = self.overlay.take() {
            let reply = overlay.edit(request, self);
            self.handle_reply(overlay, reply);
        } else if self.keys.is_typing_filter {
            self.keys.input.handle(request);
        }
    }

    /// Whether a reply writes at once, without a further question.
    fn is_writing_reply(&self, reply: &Reply) -> bool {
        match reply {
            Reply::Apply(..) | Reply::Fix(_) | Reply::Export(_) | Reply::Refreeze => true,
            Reply::Call(id, _) => self.sends_writing_call(id),
            Reply::Stay
            | Reply::Pass
            | Reply::Close
            | Reply::Perform(_)
            | Reply::PerformAndStay(_)
            | Reply::AccessKey(..)
            | Reply::CopyId(_)
            | Reply::Prompt(_)
            | Reply::LookUpKey(_)
            | Reply::ChooseSetupStage(_)
            | Reply::ChooseStage(_)
            | Reply::UseAccessLog(_)
            | Reply::Confirm(_)
            | Reply::ConfirmFix(_)
            | Reply::SetCallTarget(..) => false,
        }
    }

    /// Handles an overlay's reply. Returns false if the overlay does not handle the key.
    fn handle_reply(&mut self, overlay: Overlay, reply: Reply) -> bool {
        let stays = matches!(
            reply,
            Reply::Stay | Reply::Pass | Reply::PerformAndStay(_) | Reply::AccessKey(..) | Reply::CopyId(_)
        );
        if !stays {
            self.type_ahead.reset_overlay();
        }
        if self.refuses(reply.impact()) {
            return true;
        }
        match reply {
            Reply::Stay => self.overlay = Some(overlay),
            Reply::Pass => {
                self.overlay = Some(overlay);
                return false;
            }
            Reply::Close => {}
            Reply::Perform(action) => self.perform_by_name(action),
            Reply::PerformAndStay(action) => {
                self.overlay = Some(overlay);
                self.perform(action);
            }
            Reply::AccessKey(access, key_id) => {
                self.overlay = Some(overlay);
                self.perform_access(access, key_id);
            }
            Reply::CopyId(id) => {
                self.overlay = Some(overlay);
                self.copy(&format!("the id {id}"), Secret::new(id.clone()));
            }
            Reply::Apply(change, decision) => self.apply(change, &decision),
            Reply::Confirm(change) => self.confirm(change),
            Reply::Prompt(form) => self.overlay = Some(Overlay::Prompt(*form)),
            Reply::LookUpKey(query) => self.load(Query::KeyLookup(query)),
            Reply::Export(export) => self.write_file(export),
            Reply::UseAccessLog(log) => self.set_access_log(log),
            Reply::Refreeze => self.reload_charges(true),
            Reply::Fix(fixes) => self.start_fixes(fixes),
            Reply::ConfirmFix(fix) => self.confirm_fixes(vec![*fix], 0),
            Reply::ChooseSetupStage(target) => self.choose_setup_stage(target),
            Reply::ChooseStage(api) => self.choose_stage(Some(api)),
            Reply::SetCallTarget(plan, target) => self.test.set_target(plan, target),
            Reply::Call(id, series) => {
                if let Some(key) = self.inventory().and_then(|inventory| inventory.tenant_key(&id).cloned()) {
                    self.call(&key, series);
                }
            }
        }
        true
    }

    fn handle_paste(&mut self, pasted: &str) {
        if layout::is_too_small(self.size) || !self.takes_text() || self.is_typed_ahead_of_dialog() {
            return;
        }
        // A pasted line break must not confirm anything.
        let line: String = pasted.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        for c in text::clean(line.trim()).chars() {
            self.edit_text(InputRequest::InsertChar(c));
        }
    }

    fn handle_mouse(&mut self, mouse: MouseEvent) {
        if layout::is_too_small(self.size) {
            return;
        }
        if self.overlay.is_some() {
            return self.wheel_on_overlay(mouse.kind);
        }
        if self.view != View::Home {
            return self.wheel_on_view(mouse.kind);
        }
        let areas = self.areas();
        let Some(pane) = areas.pane_at(mouse.column, mouse.row) else { return };
        if mouse.kind == MouseEventKind::Down(MouseButton::Left) {
            // From now on keys act on the clicked item, not on the subject of a message.
            self.message = None;
            self.focus_pane(pane);
            if let Some(line) = self.line_at(pane, areas.pane(pane), mouse.row) {
                self.click(pane, line);
            }
        } else if let Some(rows) = wheel_rows(mouse.kind) {
            self.wheel(pane, rows);
        }
    }

    /// The line of a pane's list at this row of the screen.
    fn line_at(&self, pane: Pane, area: Rect, row: u16) -> Option<usize> {
        let rows = match pane {
            Pane::Plans => self.plans.len(),
            Pane::Pool => self.pool.len(),
            Pane::Keys => self.keys.len(),
            Pane::Test => return None,
        };
        let filter_line = u16::from(pane == Pane::Keys && self.keys.has_filter_line());
        let inner_height = area.height.saturating_sub(2 + filter_line);
        let rows_above = 1 + filter_line + u16::from(table::has_header(inner_height, rows));
        let line = usize::from((row - area.y).checked_sub(rows_above)?);
        (line < table::body_height(inner_height, rows)).then_some(line)
    }

    fn click(&mut self, pane: Pane, line: usize) {
        match pane {
            Pane::Plans => self.plans.click(line),
            Pane::Pool => self.pool.click(line),
            Pane::Keys => self.keys.click(line),
            Pane::Test => {}
        }
    }

    fn wheel(&mut self, pane: Pane, rows: isize) {
        self.focus_pane(pane);
        self.move_cursor(Motion::Rows(rows));
    }

    /// Moves the focus. Leaving the keys pane ends the typing of the filter, which stays in effect.
    fn focus_pane(&mut self, pane: Pane) {
        self.focus = pane;
        self.keys.is_typing_filter &= pane == Pane::Keys;
    }

    fn wheel_on_view(&mut self, kind: MouseEventKind) {
        if let Some(rows) = wheel_rows(kind) {
            self.move_in_view(Motion::Rows(rows));
        }
    }

    fn wheel_on_overlay(&mut self, kind: MouseEventKind) {
        let Some(rows) = wheel_rows(kind) else { return };
        let action = if rows > 0 { Action::Down } else { Action::Up };
        for _ in 0..rows.abs() {
            self.dispatch(action, None);
        }
    }
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

/// Whether the key is a character, which is text in an input field.
fn is_text(key: KeyEvent) -> bool {
    matches!(key.code, KeyCode::Char(_)) && (key.modifiers - KeyModifiers::SHIFT).is_empty()
}
