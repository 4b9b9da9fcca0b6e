//! Quits the console. A running change is stopped between two steps, or its unknown result is reported.

use crate::tui::app::App;
use crate::tui::app::quit_state::QuitState;
use crate::tui::keys::action::Action;
use crate::tui::model::effect::Effect;
use crate::tui::model::message::{Message, Tone};
use crate::tui::text;

impl App {
    /// Quits, or asks first while a change is running.
    pub(super) fn quit_or_ask(&mut self) {
        match (self.model.running_change(), self.quit_state) {
            (None, _) => self.model.emit(Effect::Quit),
            (Some((id, _)), QuitState::Confirming) => {
                self.quit_state = QuitState::AfterStep;
                self.model.stop_task(id);
            }
            (Some(_), QuitState::NotQuitting) => {
                self.quit_state = QuitState::Confirming;
                let key = self.model.key_label(Action::Close);
                let text =
                    format!("a change is running: press {key} again to stop it after this step and quit");
                self.message = Some(Message::new(Tone::Error, text));
            }
            (Some(_), QuitState::AfterStep | QuitState::ScreenClosed) => {}
        }
    }

    /// Quits immediately.
    pub(super) fn quit(&mut self) {
        if self.model.running_change().is_some() {
            self.quit_state = QuitState::ScreenClosed;
        }
        self.model.emit(Effect::Quit);
    }

    pub(super) fn quit_if_requested(&mut self) {
        if self.quit_state == QuitState::AfterStep {
            self.model.emit(Effect::Quit);
        }
    }

    /// What the program still waits for after the screen is closed.
    pub fn pending_change_text(&self) -> Option<String> {
        let (_, task) = self.model.running_change()?;
        let description = task.kind.write_label()?;
        let description = text::clean(description);
        Some(format!("{description}: stopping after the running step; Ctrl-c quits without waiting"))
    }

    /// The result of a change that was running when the operator quit.
    pub fn final_message(&self) -> Option<String> {
        if !matches!(self.quit_state, QuitState::AfterStep | QuitState::ScreenClosed) {
            return None;
        }
        let Some((_, task)) = self.model.running_change() else {
            return self.message.as_ref().map(|message| message.plain_text());
        };
        let description = task.kind.write_label()?;
        let description = text::clean(description);
        Some(format!(
            "{description}: quit in the middle of a step; the step may have taken effect · \
             check the keys before you repeat it"
        ))
    }
}
