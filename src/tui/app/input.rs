//! Keys, pastes and the mouse: to the overlay that is open, to the filter that is typed, or through the keymap.

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
use crate::tui::pacing::Moment;
use crate::tui::text;
use crate::tui::view::View;
use crate::tui::widgets::cursor::Motion;
use crate::tui::widgets::table;

use super::App;

/// Rows that one notch of the wheel moves.
const NOTCH: isize = 3;

impl App {
    pub(super) fn input(&mut self, input: Input, at: Moment) {
        match input {
            Input::Key(key) if key.kind != KeyEventKind::Release => {
                self.pacing.take_key(at);
                self.key(key);
            }
            Input::Paste(text) => {
                self.pacing.take_key(at);
                self.paste(&text);
            }
            Input::Mouse(mouse) => self.mouse(mouse),
            Input::Resize(width, height) => self.size = Size::new(width, height),
            Input::Key(_) | Input::FocusGained | Input::FocusLost => {}
        }
    }

    /// What is open is on the screen, unless that is too small to show it.
    pub(super) fn painted(&mut self, at: Moment) {
        if self.overlay.is_some() && !layout::is_too_small(self.size) {
            self.pacing.show_overlay(at);
        } else {
            self.pacing.replace_overlay();
        }
    }

    /// Whether the last key was read before the dialog in front was on the screen.
    fn is_typed_ahead_of_dialog(&self) -> bool {
        matches!(self.overlay, Some(Overlay::Confirm(_))) && !self.pacing.has_seen_overlay()
    }

    /// The places whose keys count now, the nearest first.
    pub(crate) fn scopes(&self) -> Vec<Scope> {
        let near: &[Scope] = match (&self.overlay, self.view.scopes(), self.keys.typing) {
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
        near.iter().copied().chain([Scope::Everywhere]).collect()
    }

    fn key(&mut self, key: KeyEvent) {
        let pressed = keymap::pressed(key);
        let always = self.options.keymap.lookup(&[Scope::Everywhere], pressed);
        if let Some(action) = always {
            return self.perform(action);
        }
        // Nobody sees what a key would do on a screen that shows nothing.
        if layout::is_too_small(self.size) {
            return;
        }
        if self.is_typed_ahead_of_dialog() {
            return self.pacing.ignore_key(pressed);
        }
        let offer = self.find_offer(pressed);
        self.message = None;
        self.waiting_offer = None;
        self.undo_no_more();
        if let Some((access, row)) = offer {
            self.stay();
            return self.perform_on_row(access, row);
        }
        let types = is_text(key) && self.takes_text();
        let action = self.options.keymap.lookup(&self.scopes(), pressed).filter(|_| !types);
        if action != Some(Action::Close) {
            self.stay();
        }
        if action.is_none() && self.overlay.is_none() && !self.keys.typing {
            self.say_elsewhere(pressed);
        }
        let passed = match action {
            Some(action) => !self.act(action, Some(pressed)),
            None => true,
        };
        if passed && let Some(request) = to_input_request(&Input::Key(key)) {
            self.edit(request);
        }
    }

    fn takes_text(&self) -> bool {
        self.overlay.as_ref().map_or(self.keys.typing, Overlay::takes_text)
    }

    /// Does what was asked, by this key where it was one; false where the key is meant for the text that is typed.
    fn act(&mut self, action: Action, key: Option<KeyCombination>) -> bool {
        if let Some(mut overlay) = self.overlay.take() {
            let reply = overlay.act(action, self);
            if let Some(key) = key.filter(|_| self.writes(&reply) && !self.pacing.is_meant()) {
                self.overlay = Some(overlay);
                self.pacing.ignore_key(key);
                return true;
            }
            return self.reply(overlay, reply);
        }
        if self.keys.typing {
            return self.act_on_filter(action);
        }
        self.perform(action);
        true
    }

    fn act_on_filter(&mut self, action: Action) -> bool {
        if let Some(action) = action.as_filter() {
            match action {
                FilterAction::KeepFilter => self.keys.typing = false,
                FilterAction::DropFilter => self.keys.clear_filter(),
            }
            return true;
        }
        let Some(action) = action.as_dialog() else { return false };
        match action {
            DialogAction::NextField => self.keys.go(Motion::Rows(1)),
            DialogAction::PreviousField => self.keys.go(Motion::Rows(-1)),
            DialogAction::Accept
            | DialogAction::Dismiss
            | DialogAction::NextChoice
            | DialogAction::PreviousChoice => return false,
        }
        true
    }

    fn edit(&mut self, request: InputRequest) {
        if let Some(mut overlay) = self.overlay.take() {
            let reply = overlay.edit(request, self);
            self.reply(overlay, reply);
        } else if self.keys.typing {
            self.keys.input.handle(request);
        }
    }

    /// Whether an answer writes at once, without a further question.
    fn writes(&self, reply: &Reply) -> bool {
        match reply {
            Reply::Apply(..) | Reply::Fix(_) | Reply::Export(_) | Reply::Refreeze => true,
            Reply::Call(row, _) => self.sends_writing_call(row),
            Reply::Stay
            | Reply::Pass
            | Reply::Close
            | Reply::Perform(_)
            | Reply::PerformAndStay(_)
            | Reply::AccessKey(..)
            | Reply::CopyId(_)
            | Reply::Ask(_)
            | Reply::Whose(_)
            | Reply::SetUp(_)
            | Reply::ChooseStage(_)
            | Reply::CountBy(_)
            | Reply::Confirm(_)
            | Reply::ConfirmFix(_)
            | Reply::Aim(..) => false,
        }
    }

    /// Carries out what an overlay answered; false where it has no use for the key.
    fn reply(&mut self, overlay: Overlay, reply: Reply) -> bool {
        let stays = matches!(
            reply,
            Reply::Stay | Reply::Pass | Reply::PerformAndStay(_) | Reply::AccessKey(..) | Reply::CopyId(_)
        );
        if !stays {
            self.pacing.replace_overlay();
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
            Reply::AccessKey(access, row) => {
                self.overlay = Some(overlay);
                self.perform_on_row(access, row);
            }
            Reply::CopyId(id) => {
                self.overlay = Some(overlay);
                self.copy(&format!("the id {id}"), Secret::new(id.clone()));
            }
            Reply::Apply(change, decision) => self.apply(change, &decision),
            Reply::Confirm(change) => self.confirm(change),
            Reply::Ask(ask) => self.overlay = Some(Overlay::Ask(*ask)),
            Reply::Whose(clue) => self.load(Query::Whose(clue)),
            Reply::Export(export) => self.write_file(export),
            Reply::CountBy(log) => self.count_by(log),
            Reply::Refreeze => self.charge_anew(true),
            Reply::Fix(fixes) => self.fix(fixes),
            Reply::ConfirmFix(fix) => self.confirm_fixes(vec![*fix], 0),
            Reply::SetUp(chosen) => self.set_up(chosen),
            Reply::ChooseStage(api) => self.choose_stage(Some(api)),
            Reply::Aim(plan, aim) => self.test.aim_at(plan, aim),
            Reply::Call(row, series) => {
                if let Some(key) = self.known().and_then(|inventory| inventory.row(&row).cloned()) {
                    self.call(&key, series);
                }
            }
        }
        true
    }

    fn paste(&mut self, pasted: &str) {
        if layout::is_too_small(self.size) || !self.takes_text() || self.is_typed_ahead_of_dialog() {
            return;
        }
        // A pasted line break is not an answer to anything.
        let line: String = pasted.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        for c in text::clean(line.trim()).chars() {
            self.edit(InputRequest::InsertChar(c));
        }
    }

    fn mouse(&mut self, mouse: MouseEvent) {
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
        let Some(pane) = areas.at(mouse.column, mouse.row) else { return };
        if mouse.kind == MouseEventKind::Down(MouseButton::Left) {
            // What is pointed at is meant from now on, not what a message is about.
            self.message = None;
            self.go_to_pane(pane);
            if let Some(line) = self.line_at(pane, areas.pane(pane), mouse.row) {
                self.click(pane, line);
            }
        } else if let Some(rows) = wheel_rows(mouse.kind) {
            self.wheel(pane, rows);
        }
    }

    /// The line of a pane's list that stands in this row of the screen.
    fn line_at(&self, pane: Pane, area: Rect, row: u16) -> Option<usize> {
        let rows = match pane {
            Pane::Plans => self.plans.len(),
            Pane::Pool => self.pool.len(),
            Pane::Keys => self.keys.len(),
            Pane::Test => return None,
        };
        let filter_line = u16::from(pane == Pane::Keys && self.keys.has_filter_line());
        let inside = area.height.saturating_sub(2 + filter_line);
        let above = 1 + filter_line + u16::from(table::has_head(inside, rows));
        let line = usize::from((row - area.y).checked_sub(above)?);
        (line < table::body_height(inside, rows)).then_some(line)
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
        self.go_to_pane(pane);
        self.go(Motion::Rows(rows));
    }

    /// A pane that is pointed at has the keys from then on; a filter that was typed elsewhere is kept.
    fn go_to_pane(&mut self, pane: Pane) {
        self.focus = pane;
        self.keys.typing &= pane == Pane::Keys;
    }

    fn wheel_on_view(&mut self, kind: MouseEventKind) {
        if let Some(rows) = wheel_rows(kind) {
            self.go_in_view(Motion::Rows(rows));
        }
    }

    fn wheel_on_overlay(&mut self, kind: MouseEventKind) {
        let Some(rows) = wheel_rows(kind) else { return };
        let action = if rows > 0 { Action::Down } else { Action::Up };
        for _ in 0..rows.abs() {
            self.act(action, None);
        }
    }
}

/// Rows that an event of the wheel moves.
const fn wheel_rows(kind: MouseEventKind) -> Option<isize> {
    match kind {
        MouseEventKind::ScrollDown => Some(NOTCH),
        MouseEventKind::ScrollUp => Some(-NOTCH),
        MouseEventKind::Down(_)
        | MouseEventKind::Up(_)
        | MouseEventKind::Drag(_)
        | MouseEventKind::Moved
        | MouseEventKind::ScrollLeft
        | MouseEventKind::ScrollRight => None,
    }
}

/// Whether the key stands for a character, and so for text where text is typed.
fn is_text(key: KeyEvent) -> bool {
    matches!(key.code, KeyCode::Char(_)) && (key.modifiers - KeyModifiers::SHIFT).is_empty()
}
