//! A field whose value is one of a list.

use ratatui::Frame;
use ratatui::layout::Rect;

use crate::tui::model::Model;
use crate::tui::widgets::field::{self, Field, FieldChange};

#[derive(Debug, Clone)]
pub(crate) struct ChoiceField {
    label: &'static str,
    choices: Vec<String>,
    /// Index into `choices`.
    choice: Option<usize>,
    /// Shown if none is chosen.
    other: String,
}

impl ChoiceField {
    pub(crate) const fn new(label: &'static str, choices: Vec<String>) -> Self {
        Self { label, choices, choice: None, other: String::new() }
    }

    /// The index of the choice.
    pub(crate) const fn choice(&self) -> Option<usize> {
        self.choice
    }

    /// Without a choice, shows `other`.
    pub(crate) fn choose(&mut self, choice: Option<usize>, other: String) {
        (self.choice, self.other) = (choice, other);
    }
}

impl Field for ChoiceField {
    fn label(&self) -> &'static str {
        self.label
    }

    fn step(&mut self, forward: bool) -> FieldChange {
        let Some(next) = field::neighbour(self.choice, self.choices.len(), forward) else {
            return FieldChange::Ignored;
        };
        self.choice = Some(next);
        FieldChange::Edited
    }

    fn draw(&self, model: &Model, area: Rect, is_focused: bool, frame: &mut Frame<'_>) {
        let choice = self.choice.and_then(|at| self.choices.get(at)).unwrap_or(&self.other);
        field::draw_choice(model, area, &format!("← {choice} →"), is_focused, frame);
    }
}
