//! A field whose value is one of a list.

use ratatui::Frame;
use ratatui::layout::Rect;
use tui_input::InputRequest;

use crate::tui::styles::Styles;
use crate::tui::widgets::field::{self, Field, FieldChange};

#[derive(Debug, Clone)]
pub(crate) struct ChoiceField {
    label: &'static str,
    choices: Vec<String>,
    /// Index into `choices`.
    choice: Option<usize>,
    /// Shown if there is no choice.
    other: String,
    /// Shown behind the choice.
    detail: String,
    is_chosen_by_letter: bool,
}

impl ChoiceField {
    pub(crate) fn new(label: &'static str, choices: Vec<String>) -> Self {
        let (other, detail) = Default::default();
        Self { label, choices, choice: None, other, detail, is_chosen_by_letter: false }
    }

    /// A letter takes the next choice that starts with it.
    pub(crate) fn by_letter(label: &'static str, choices: Vec<String>, choice: Option<usize>) -> Self {
        Self { choice, is_chosen_by_letter: true, ..Self::new(label, choices) }
    }

    /// The index of the choice.
    pub(crate) const fn choice(&self) -> Option<usize> {
        self.choice
    }

    /// Without a choice, shows `other`.
    pub(crate) fn choose(&mut self, choice: Option<usize>, other: String) {
        (self.choice, self.other) = (choice, other);
    }

    /// Renames the choices, and shows `detail` behind the present one.
    pub(crate) fn describe(&mut self, choices: Vec<String>, detail: String) {
        (self.choices, self.detail) = (choices, detail);
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

    fn edit(&mut self, request: InputRequest) -> FieldChange {
        let InputRequest::InsertChar(letter) = request else { return FieldChange::Ignored };
        if !self.is_chosen_by_letter {
            return FieldChange::Ignored;
        }
        let starts_with_letter = |at: &usize| {
            let first = self.choices[*at].chars().next();
            first.is_some_and(|first| first.to_lowercase().eq(letter.to_lowercase()))
        };
        let after_choice = self.choice.map_or(0, |at| at + 1);
        let following = (after_choice..self.choices.len()).chain(0..after_choice);
        self.choice = following.into_iter().find(starts_with_letter).or(self.choice);
        FieldChange::Edited
    }

    fn draw(&self, styles: &Styles, area: Rect, is_focused: bool, frame: &mut Frame<'_>) {
        let choice = self.choice.and_then(|at| self.choices.get(at)).unwrap_or(&self.other);
        let line = format!("← {choice} → {}", self.detail);
        field::draw_choice(styles, area, line.trim_end(), is_focused, frame);
    }
}
