//! Leaving, also while a change is under way: it is never dropped in the middle of a step without a word.

use crate::tui::action::Action;
use crate::tui::effect::Effect;
use crate::tui::event::TaskId;
use crate::tui::layout::Pane;
use crate::tui::message::Tone;
use crate::tui::store::Task;
use crate::tui::text;

use super::App;

/// How far a person is on the way out while a change is under way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum QuitState {
    #[default]
    NotQuitting,
    /// The next `q` is meant.
    Confirming,
    /// As soon as the change has stopped.
    AfterStep,
    /// The screen is gone; what comes of the change is said on the terminal.
    ScreenClosed,
}

impl App {
    /// Back, and out at the root.
    pub(super) fn close(&mut self) {
        let at_root =
            self.focus == Pane::Plans && self.plans.selected_id.is_none() && !self.keys.has_filter_line();
        if !at_root && self.inventory().is_some() {
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
                    format!("a change is under way: {key} again stops it after this step and quits"),
                );
            }
            (Some(_), QuitState::AfterStep | QuitState::ScreenClosed) => {}
        }
    }

    /// Out at once.
    pub(super) fn quit(&mut self) {
        if self.running_change().is_some() {
            self.quit_state = QuitState::ScreenClosed;
        }
        self.emit(Effect::Quit);
    }

    /// Another key than the one that leaves was pressed.
    pub(super) fn cancel_quit(&mut self) {
        if self.quit_state == QuitState::Confirming {
            self.quit_state = QuitState::NotQuitting;
        }
    }

    /// A change has ended.
    pub(super) fn quit_after_step(&mut self) {
        if self.quit_state == QuitState::AfterStep {
            self.emit(Effect::Quit);
        }
    }

    pub(crate) fn running_change(&self) -> Option<(TaskId, &Task)> {
        self.tasks.find(|errand| errand.write_label().is_some())
    }

    /// What is still waited for when the screen is gone.
    pub fn pending_change_text(&self) -> Option<String> {
        let (_, task) = self.running_change()?;
        let words = task.kind.write_label()?;
        let words = text::clean(words);
        Some(format!("{words}: stopping after the step under way; Ctrl-c does not wait for it"))
    }

    /// What came of a change that was under way when the console was left.
    pub fn final_message(&self) -> Option<String> {
        if !matches!(self.quit_state, QuitState::AfterStep | QuitState::ScreenClosed) {
            return None;
        }
        let Some((_, task)) = self.running_change() else {
            return self.message.as_ref().map(|message| message.plain_text());
        };
        let words = task.kind.write_label()?;
        let words = text::clean(words);
        Some(format!(
            "{words}: left in the middle of a step, and whether that step took effect is not known · \
             look at the keys before you do it again"
        ))
    }
}
