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
pub(crate) enum Leaving {
    #[default]
    No,
    /// The next `q` is meant.
    Asked,
    /// As soon as the change has stopped.
    AfterStep,
    /// The screen is gone; what comes of the change is said on the terminal.
    Gone,
}

impl App {
    /// Back, and out at the root.
    pub(super) fn close(&mut self) {
        let at_root =
            self.focus == Pane::Plans && self.plans.choice.is_none() && !self.keys.has_filter_line();
        if !at_root && self.known().is_some() {
            return self.back();
        }
        match (self.change_under_way(), self.leaving) {
            (None, _) => self.ask(Effect::Quit),
            (Some((id, _)), Leaving::Asked) => {
                self.leaving = Leaving::AfterStep;
                self.stop(id);
            }
            (Some(_), Leaving::No) => {
                self.leaving = Leaving::Asked;
                let key = self.key_of(Action::Close);
                self.say(
                    Tone::Bad,
                    format!("a change is under way: {key} again stops it after this step and quits"),
                );
            }
            (Some(_), Leaving::AfterStep | Leaving::Gone) => {}
        }
    }

    /// Out at once.
    pub(super) fn quit(&mut self) {
        if self.change_under_way().is_some() {
            self.leaving = Leaving::Gone;
        }
        self.ask(Effect::Quit);
    }

    /// Another key than the one that leaves was pressed.
    pub(super) fn stay(&mut self) {
        if self.leaving == Leaving::Asked {
            self.leaving = Leaving::No;
        }
    }

    /// A change has ended.
    pub(super) fn leave_after_step(&mut self) {
        if self.leaving == Leaving::AfterStep {
            self.ask(Effect::Quit);
        }
    }

    pub(crate) fn change_under_way(&self) -> Option<(TaskId, &Task)> {
        self.tasks.find(|errand| errand.writing().is_some())
    }

    /// What is still waited for when the screen is gone.
    pub fn waits_for(&self) -> Option<String> {
        let (_, task) = self.change_under_way()?;
        let words = task.errand.writing()?;
        let words = text::clean(words);
        Some(format!("{words}: stopping after the step under way; Ctrl-c does not wait for it"))
    }

    /// What came of a change that was under way when the console was left.
    pub fn last_words(&self) -> Option<String> {
        if !matches!(self.leaving, Leaving::AfterStep | Leaving::Gone) {
            return None;
        }
        let Some((_, task)) = self.change_under_way() else {
            return self.message.as_ref().map(|message| message.plain());
        };
        let words = task.errand.writing()?;
        let words = text::clean(words);
        Some(format!(
            "{words}: left in the middle of a step, and whether that step took effect is not known · \
             look at the keys before you do it again"
        ))
    }
}
