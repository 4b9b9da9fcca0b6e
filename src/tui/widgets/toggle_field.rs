//! A field that is on or off.

use ratatui::Frame;
use ratatui::layout::Rect;
use tui_input::InputRequest;

use crate::tui::styles::Styles;
use crate::tui::widgets::field::{self, Field, FieldChange};

#[derive(Debug, Clone)]
pub(crate) struct ToggleField {
    label: &'static str,
    /// `None` if unknown.
    value: Option<bool>,
    off_and_on: [&'static str; 2],
    is_toggled_by_space: bool,
}

impl ToggleField {
    /// Yes or no; a space toggles it.
    pub(crate) const fn yes_or_no(label: &'static str, value: Option<bool>) -> Self {
        Self { label, value, off_and_on: ["no", "yes"], is_toggled_by_space: true }
    }

    /// A permission, which typed text never gives.
    pub(crate) const fn permission(label: &'static str, is_allowed: bool) -> Self {
        let off_and_on = ["refused", "allowed"];
        Self { label, value: Some(is_allowed), off_and_on, is_toggled_by_space: false }
    }

    pub(crate) const fn value(&self) -> Option<bool> {
        self.value
    }

    pub(crate) fn is_on(&self) -> bool {
        self.value == Some(true)
    }
}

impl Field for ToggleField {
    fn label(&self) -> &'static str {
        self.label
    }

    /// Unknown becomes on.
    fn step(&mut self, _forward: bool) -> FieldChange {
        self.value = Some(!self.is_on());
        FieldChange::Toggled
    }

    fn edit(&mut self, request: InputRequest) -> FieldChange {
        if self.is_toggled_by_space && request == InputRequest::InsertChar(' ') {
            return self.step(true);
        }
        FieldChange::Ignored
    }

    fn draw(&self, styles: &Styles, area: Rect, is_focused: bool, frame: &mut Frame<'_>) {
        let value = self.value.map_or("unknown", |value| self.off_and_on[usize::from(value)]);
        field::draw_choice(styles, area, &format!("← {value} →"), is_focused, frame);
    }
}
