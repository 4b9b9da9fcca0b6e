//! Quits the console. A running change is stopped between two steps, or its unknown result is reported.

use crate::tui::action::Action;
use crate::tui::effect::Effect;
use crate::tui::event::TaskId;
use crate::tui::layout::Pane;
use crate::tui::message::Tone;
use crate::tui::store::Task;
use crate::tui::text;

use super::App;

/// The progress of quitting while a change is running.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum QuitState {
    #[default]
    NotQuitting,
    /// The next `q` quits.
    Confirming,
    /// Quits as soon as the change has stopped.
    AfterStep,
    /// The screen is closed; the change's result is printed on the terminal.
    ScreenClosed,
}

impl App {
    /// Goes back, or quits on the home screen if there is nothing to go back from.
    pub(super) fn close(&mut self) {
        let is_at_root =
            self.focus == Pane::Plans && self.plans.selected_id.is_none() && !self.keys.has_filter_line();
        if !is_at_root && self.inventory().is_some() {
            return self.back();
        }
        match (self.running_change(), self.quit_state) {
            (None, _) => self.emit(Effect::Quit),
            (Some((id, _)), QuitState::Confirming) => {
                self.quit_state = QuitState::AfterStep;
                self.stop_task(id);
            }
            (Some(_), QuitState::NotQuitting) => {
                self.quit_state = QuitState::Confirming;
                let key = self.key_label(Action::Close);
                self.show_message(
                    Tone::Error,
                    format!("a change is running: press {key} again to stop it after this step and quit"),
                );
            }
            (Some(_), QuitState::AfterStep | QuitState::ScreenClosed) => {}
        }
    }

    /// Quits immediately.
    pub(super) fn quit(&mut self) {
        if self.running_change().is_some() {
            self.quit_state = QuitState::ScreenClosed;
        }
        self.emit(Effect::Quit);
    }

    /// Called when a key other than the one that quits was pressed.
    pub(super) fn cancel_quit(&mut self) {
        if self.quit_state == QuitState::Confirming {
            self.quit_state = QuitState::NotQuitting;
        }
    }

    pub(super) fn quit_if_requested(&mut self) {
        if self.quit_state == QuitState::AfterStep {
            self.emit(Effect::Quit);
        }
    }

    pub(crate) fn running_change(&self) -> Option<(TaskId, &Task)> {
        self.tasks.find(|kind| kind.write_label().is_some())
    }

    /// What the program still waits for after the screen is closed.
    pub fn pending_change_text(&self) -> Option<String> {
        let (_, task) = self.running_change()?;
        let description = task.kind.write_label()?;
        let description = text::clean(description);
        Some(format!("{description}: stopping after the running step; Ctrl-c quits without waiting"))
    }

    /// The result of a change that was running when the operator quit.
    pub fn final_message(&self) -> Option<String> {
        if !matches!(self.quit_state, QuitState::AfterStep | QuitState::ScreenClosed) {
            return None;
        }
        let Some((_, task)) = self.running_change() else {
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
