//! Keys, pastes and the mouse. They go to the open dialog or the screen, through the keymap or as text.

use crokey::KeyCombination;
use crossterm::event::{
    Event as Input, KeyCode, KeyEvent, KeyEventKind, KeyModifiers, MouseEvent, MouseEventKind,
};
use ratatui::layout::Size;
use tui_input::InputRequest;
use tui_input::backend::crossterm::to_input_request;

use crate::tui::app::{App, key_hint};
use crate::tui::keys::action::{Action, Scope};
use crate::tui::keys::keymap;
use crate::tui::keys::type_ahead::Moment;
use crate::tui::layout;
use crate::tui::model::message::{Message, Tone};
use crate::tui::screen::Screen;
use crate::tui::text;

impl App {
    pub(super) fn handle_input(&mut self, input: Input, at: Moment) {
        match input {
            Input::Key(key) if key.kind != KeyEventKind::Release => {
                self.model.type_ahead_mut().record_key(at);
                self.handle_key(key);
            }
            Input::Paste(text) => {
                self.model.type_ahead_mut().record_key(at);
                self.handle_paste(&text);
            }
            Input::Mouse(mouse) => {
                if matches!(mouse.kind, MouseEventKind::ScrollDown | MouseEventKind::ScrollUp) {
                    self.model.type_ahead_mut().record_step(at);
                }
                self.handle_mouse(mouse);
            }
            Input::Resize(width, height) => self.model.set_size(Size::new(width, height)),
            Input::Key(_) | Input::FocusGained | Input::FocusLost => {}
        }
    }

    fn handle_key(&mut self, key: KeyEvent) {
        let pressed = keymap::key_of_event(key);
        let action_everywhere = self.model.options().keymap.lookup(&[Scope::Everywhere], pressed);
        if let Some(action) = action_everywhere {
            return self.perform(action);
        }
        // The screen shows only a notice, so the operator would not see what a key does.
        if layout::is_too_small(self.model.size()) {
            return;
        }
        if self.stack.is_typed_ahead_of_dialog(&self.model) {
            return self.model.type_ahead_mut().ignore_key(pressed);
        }
        let access = self.message_key_access(pressed);
        self.message = None;
        self.pending_access = None;
        self.changes.cancel_requested_undo();
        if let Some((access, key_id)) = access {
            self.quit_state.cancel();
            return self.perform_access(access, key_id);
        }
        if let (KeyCode::Char(letter), true, Some(dialog)) = (key.code, is_text(key), &mut self.stack.dialog)
            && let Some(commands) = dialog.choose(letter, &self.model)
        {
            return self.execute_all(commands);
        }
        let is_typed = is_text(key) && self.stack.focused().takes_text();
        let action = self.model.options().keymap.lookup(&self.stack.scopes(), pressed).filter(|_| !is_typed);
        if action != Some(Action::Close) {
            self.quit_state.cancel();
        }
        if action.is_none() && !self.stack.is_operator_busy() {
            let hint = key_hint::describe_key_elsewhere(&self.model.options().keymap, pressed);
            self.message = hint.map(|hint| Message::new(Tone::Info, hint));
        }
        let is_handled = action.is_some_and(|action| self.dispatch(action, pressed));
        if !is_handled && let Some(request) = to_input_request(&Input::Key(key)) {
            self.stack.edit_text(request, &self.model);
        }
    }

    /// Performs the action of a key. Returns false if the key is text for an input field.
    fn dispatch(&mut self, action: Action, key: KeyCombination) -> bool {
        let handled = match &mut self.stack.dialog {
            Some(dialog) => dialog.handle(action, &self.model),
            None if self.stack.screens.home.takes_text() => {
                self.stack.screens.home.handle(action, &self.model)
            }
            None => {
                self.perform(action);
                return true;
            }
        };
        let Some(commands) = handled else { return false };
        let writes = commands.iter().any(|command| self.stack.writes_at_once(command, &self.model));
        if self.stack.dialog.is_some() && writes && !self.model.type_ahead().is_deliberate() {
            self.model.type_ahead_mut().ignore_key(key);
        } else {
            self.execute_all(commands);
        }
        true
    }

    fn handle_paste(&mut self, pasted: &str) {
        let is_too_small = layout::is_too_small(self.model.size());
        if is_too_small
            || !self.stack.focused().takes_text()
            || self.stack.is_typed_ahead_of_dialog(&self.model)
        {
            return;
        }
        // A pasted line break must not confirm anything.
        let line: String = pasted.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        for c in text::clean(line.trim()).chars() {
            self.stack.edit_text(InputRequest::InsertChar(c), &self.model);
        }
    }

    fn handle_mouse(&mut self, mouse: MouseEvent) {
        if layout::is_too_small(self.model.size()) {
            return;
        }
        if self.stack.handle_mouse(mouse, &self.model) {
            // From now on keys act on the clicked item, not on the subject of a message.
            self.message = None;
        }
    }
}

/// Whether the key is a character, which is text in an input field.
fn is_text(key: KeyEvent) -> bool {
    matches!(key.code, KeyCode::Char(_)) && (key.modifiers - KeyModifiers::SHIFT).is_empty()
}
