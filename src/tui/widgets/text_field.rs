//! A field with a line of text: free, or with choices to step through, digits only, or masked.

use std::fmt;

use ratatui::Frame;
use ratatui::layout::Rect;
use tui_input::{Input, InputRequest};

use crate::tui::styles::Styles;
use crate::tui::widgets::field::{self, Field, FieldChange};
use crate::tui::widgets::prompt;

/// A masked field shows text up to this length, which is an ID; longer text may be a secret value.
const MAX_ID_CHARS: usize = 12;
/// Unmasked characters at the end of a secret value.
const VISIBLE_CHARS: usize = 4;

#[derive(Clone)]
pub(crate) struct TextField {
    label: &'static str,
    input: Input,
    /// Whether the text is a suggestion: typing replaces it, unless an editing key was pressed first.
    is_suggestion: bool,
    choices: Vec<String>,
    kind: TextKind,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum TextKind {
    Any,
    Digits,
    Masked,
}

impl TextField {
    /// Typing adds to `text`.
    pub(crate) fn new(label: &'static str, text: impl Into<String>) -> Self {
        let input = Input::new(text.into());
        Self { label, input, is_suggestion: false, choices: Vec::new(), kind: TextKind::Any }
    }

    /// Typing replaces `suggestion`.
    pub(crate) fn with_suggestion(label: &'static str, suggestion: impl Into<String>) -> Self {
        let field = Self::new(label, suggestion);
        Self { is_suggestion: !field.value().is_empty(), ..field }
    }

    /// Text that is typed, or chosen from these.
    pub(crate) fn with_choices<T: ToString>(label: &'static str, suggestion: &str, choices: &[T]) -> Self {
        let choices = choices.iter().map(ToString::to_string).collect();
        Self { choices, ..Self::with_suggestion(label, suggestion) }
    }

    pub(crate) fn digits(label: &'static str, suggestion: &str) -> Self {
        Self { kind: TextKind::Digits, ..Self::with_suggestion(label, suggestion) }
    }

    /// Text that may be a secret value.
    pub(crate) fn masked(label: &'static str) -> Self {
        Self { kind: TextKind::Masked, ..Self::new(label, "") }
    }

    pub(crate) fn value(&self) -> &str {
        self.input.value()
    }

    /// Without the spaces around it.
    pub(crate) fn text(&self) -> &str {
        self.value().trim()
    }

    /// The error names the field.
    pub(crate) fn parse_whole_number(&self) -> Result<u32, String> {
        self.text().parse().map_err(|_| format!("{} must be a whole number, e.g. 20", self.label))
    }

    /// Masks text that is longer than an ID, except for its end.
    fn masked_input(&self) -> Input {
        let count = self.value().chars().count();
        if count <= MAX_ID_CHARS {
            return self.input.clone();
        }
        let masked = self.value().chars().enumerate();
        let masked = masked.map(|(index, c)| if index + VISIBLE_CHARS < count { '•' } else { c });
        Input::new(masked.collect()).with_cursor(self.input.cursor())
    }
}

impl Field for TextField {
    fn label(&self) -> &'static str {
        self.label
    }

    fn takes_text(&self) -> bool {
        true
    }

    fn has_arrows(&self) -> bool {
        !self.choices.is_empty()
    }

    fn step(&mut self, forward: bool) -> FieldChange {
        let chosen = self.choices.iter().position(|choice| choice == self.value());
        let Some(next) = field::neighbour(chosen, self.choices.len(), forward) else {
            return FieldChange::Ignored;
        };
        (self.input, self.is_suggestion) = (Input::new(self.choices[next].clone()), true);
        FieldChange::Edited
    }

    fn edit(&mut self, request: InputRequest) -> FieldChange {
        if let InputRequest::InsertChar(c) = request {
            if self.kind == TextKind::Digits && !c.is_ascii_digit() {
                return FieldChange::Ignored;
            }
            if self.is_suggestion {
                self.input.reset();
            }
        }
        self.is_suggestion = false;
        self.input.handle(request);
        FieldChange::Edited
    }

    fn draw(&self, styles: &Styles, area: Rect, is_focused: bool, frame: &mut Frame<'_>) {
        let masked = (self.kind == TextKind::Masked).then(|| self.masked_input());
        let input = masked.as_ref().unwrap_or(&self.input);
        prompt::draw(frame, area, "", input, is_focused, styles);
    }
}

impl fmt::Debug for TextField {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The text may be a secret value.
        f.debug_struct("TextField").field("label", &self.label).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use InputRequest::{DeletePrevChar, GoToPrevChar, InsertChar};

    fn value_after(mut field: TextField, requests: &[InputRequest]) -> String {
        for request in requests {
            field.edit(*request);
        }
        field.value().to_owned()
    }

    #[test]
    fn typing_replaces_the_suggestion_and_editing_keeps_it() {
        let suggestion = || TextField::with_suggestion("count", "20");
        assert_eq!(value_after(suggestion(), &[InsertChar('3'), InsertChar('0')]), "30");
        assert_eq!(value_after(suggestion(), &[DeletePrevChar, InsertChar('5')]), "25");
        assert_eq!(value_after(suggestion(), &[GoToPrevChar, InsertChar('5')]), "250");
    }

    #[test]
    fn a_field_for_digits_ignores_other_characters() {
        let count = TextField::digits("count", "1");
        assert_eq!(value_after(count, &[InsertChar('x'), InsertChar('4'), InsertChar('-')]), "4");
    }

    #[test]
    fn long_text_in_a_masked_field_shows_only_its_end() {
        let shown = |key: &str| {
            let mut field = TextField::masked("key");
            key.chars().for_each(|c| _ = field.edit(InsertChar(c)));
            field.masked_input().value().to_owned()
        };
        assert_eq!(shown("abc123def456"), "abc123def456");
        assert_eq!(shown("abc123def4567"), "•••••••••4567");
    }
}
