//! Draws a form: a field a row, with its label at the left. An error is below its field, or, like a note, below all.

use std::fmt;

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use crate::tui::styles::{Role, Styles};
use crate::tui::text;
use crate::tui::widgets::field::Field;

/// In cells.
#[derive(Debug, Clone, Copy)]
pub(crate) struct FormLayout {
    /// The width of the whole form.
    pub(crate) cols: u16,
    pub(crate) label_cols: u16,
    /// The column for arrows, at the right of the values.
    pub(crate) arrow_cols: u16,
}

/// What is wrong with the values of a form, and in which field.
#[derive(Debug, Clone)]
pub(crate) struct FieldError {
    /// The label of the field; `None` shows the error below all fields.
    pub(crate) label: Option<&'static str>,
    text: String,
}

impl FieldError {
    pub(crate) fn at(label: &'static str, why: impl fmt::Display) -> Self {
        Self { label: Some(label), text: why.to_string() }
    }
}

impl<E: fmt::Display> From<E> for FieldError {
    fn from(why: E) -> Self {
        Self { label: None, text: why.to_string() }
    }
}

pub(crate) struct FormView<'a> {
    pub(crate) layout: FormLayout,
    pub(crate) fields: Vec<&'a dyn Field>,
    /// Index into `fields`.
    pub(crate) focus: usize,
    pub(crate) error: Option<&'a FieldError>,
    /// Replaced by an error; may be empty.
    pub(crate) note: &'a str,
}

impl FormView<'_> {
    pub(crate) fn height(&self) -> u16 {
        u16::try_from(self.fields.len() + self.remark().len()).unwrap_or(u16::MAX)
    }

    /// On a low screen the fields scroll so that the focused one is visible with its error. An error below all fields
    /// does not scroll.
    pub(crate) fn draw(&self, styles: &Styles, area: Rect, frame: &mut Frame<'_>) {
        let remark = self.remark();
        let error_at = self.error_index();
        let first_below = error_at.map_or(self.fields.len(), |at| at + 1);
        let errors_below = if self.error.is_some() && error_at.is_none() { remark.len() } else { 0 };
        let room = usize::from(area.height).saturating_sub(errors_below).max(1);
        let row_of =
            |at: usize| if error_at.is_none_or(|error| at <= error) { at } else { at + remark.len() };
        let top = row_of(self.focus + 1).saturating_sub(room).min(row_of(self.focus));
        let row = |at: usize| {
            let y = area.y.checked_add(u16::try_from(at.checked_sub(top)?).ok()?)?;
            (y < area.bottom()).then_some(Rect { y, height: 1, ..area })
        };
        for at in (0..self.fields.len()).filter(|at| row_of(*at) < top + room) {
            if let Some(area) = row(row_of(at)) {
                self.draw_field(at, styles, area, frame);
            }
        }
        let role = if self.error.is_some() { Role::Error } else { Role::Muted };
        let indent = error_at.map_or(0, |_| self.layout.label_cols);
        for (at, line) in remark.iter().enumerate() {
            if let Some(area) = row((first_below + at).min(top + room + at)) {
                let area = skip_cols(area, indent);
                frame.render_widget(Line::styled(line, styles.get(role)), area);
            }
        }
    }

    fn error_index(&self) -> Option<usize> {
        let label = self.error?.label?;
        self.fields.iter().position(|field| field.label() == label)
    }

    /// The lines of the error or the note.
    fn remark(&self) -> Vec<String> {
        let text = self.error.map_or(self.note, |error| &error.text);
        let indent = self.error_index().map_or(0, |_| self.layout.label_cols);
        let cols = self.layout.cols.saturating_sub(indent);
        if text.is_empty() { Vec::new() } else { text::wrap(text, cols.into()) }
    }

    fn draw_field(&self, at: usize, styles: &Styles, area: Rect, frame: &mut Frame<'_>) {
        let (field, is_focused) = (self.fields[at], at == self.focus);
        let marker = Span::styled(if is_focused { "►" } else { " " }, styles.get(Role::Accent));
        let role = if is_focused { Role::Title } else { Role::Muted };
        let label = Span::styled(field.label(), styles.get(role));
        frame.render_widget(Line::from(vec![marker, label]), area);
        let right = skip_cols(area, self.layout.label_cols);
        let value = Rect { width: right.width.saturating_sub(self.layout.arrow_cols), ..right };
        field.draw(styles, value, is_focused, frame);
        if field.has_arrows() {
            let arrows = skip_cols(right, value.width);
            frame.render_widget(Line::styled("← →", styles.get(Role::Accent)), arrows);
        }
    }
}

fn skip_cols(area: Rect, cols: u16) -> Rect {
    Rect { x: area.x + cols, width: area.width.saturating_sub(cols), ..area }
}
