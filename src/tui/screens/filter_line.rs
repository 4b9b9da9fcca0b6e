//! The filter of a list: what is typed after `/` in the place of the footer, and the last filter that could be read,
//! which is in effect.

use ratatui::Frame;
use ratatui::layout::{Position, Rect};
use ratatui::text::{Line, Span};
use tui_input::{Input, InputRequest};

use crate::tui::folding::Needle;
use crate::tui::model::filter::Filter;
use crate::tui::model::filter::completion::{Completion, complete};
use crate::tui::model::filter::field::Field;
use crate::tui::model::filter::parse::FilterError;
use crate::tui::styles::{Role, Styles};
use crate::tui::text;

/// The text gives way to an error, but keeps so many cells.
const MIN_TEXT_COLS: usize = 12;
/// Cells of a filter in a title.
const MAX_KEPT_COLS: usize = 30;
/// Cells between the text and the remark beside it.
const GAP_COLS: usize = 2;

#[derive(Debug, Clone)]
pub(crate) struct FilterLine {
    input: Input,
    is_typing: bool,
    /// The fields of the list.
    fields: &'static [Field],
    filter: Filter,
    error: Option<FilterError>,
    /// The fields or values that complete what is typed.
    choices: Vec<String>,
}

impl Default for FilterLine {
    /// With all fields.
    fn default() -> Self {
        Self::new(Field::ALL)
    }
}

impl FilterLine {
    pub(crate) fn new(fields: &'static [Field]) -> Self {
        Self {
            input: Input::default(),
            is_typing: false,
            fields,
            filter: Filter::default(),
            error: None,
            choices: Vec::new(),
        }
    }

    /// As it is typed, without the leading `/`.
    pub(crate) fn text(&self) -> &str {
        self.input.value()
    }

    /// The last filter that could be read.
    pub(crate) const fn filter(&self) -> &Filter {
        &self.filter
    }

    /// The filter that is in effect but no longer typed, for a title: for example ` /acme`.
    pub(crate) fn describe_kept(&self) -> String {
        if self.is_typing || self.text().trim().is_empty() {
            return String::new();
        }
        format!(" /{}", text::fit(self.text().trim(), MAX_KEPT_COLS))
    }

    /// What is highlighted in the cells: of the column of a field, or of all.
    pub(crate) fn needles(&self) -> impl Iterator<Item = (Option<&'static str>, &Needle)> {
        self.filter.needles().map(|(field, needle)| (field.map(Field::name), needle))
    }

    pub(crate) const fn is_typing(&self) -> bool {
        self.is_typing
    }

    /// Whether a filter is typed or in effect.
    pub(crate) fn is_active(&self) -> bool {
        self.is_typing || !self.text().is_empty()
    }

    pub(crate) const fn start(&mut self) {
        self.is_typing = true;
    }

    /// Ends the typing. A text that is no filter is dropped: what is in effect is always what is shown.
    pub(crate) fn keep(&mut self) {
        self.is_typing = false;
        if self.error.is_some() || self.text().trim().is_empty() {
            self.clear();
        }
    }

    pub(crate) fn clear(&mut self) {
        *self = Self::new(self.fields);
    }

    pub(crate) fn edit(&mut self, request: InputRequest) {
        self.input.handle(request);
        self.read();
    }

    /// Replaces the text.
    pub(crate) fn set_text(&mut self, text: &str) {
        self.input = Input::new(text.to_owned());
        self.read();
    }

    /// Completes what is typed last, from these values of a field.
    pub(crate) fn complete(&mut self, values: impl FnOnce(Field) -> Vec<String>) {
        let Completion { text, choices } = complete(self.text(), self.fields, values);
        self.set_text(&text);
        self.choices = choices;
    }

    fn read(&mut self) {
        self.choices.clear();
        match Filter::parse(self.text(), self.fields) {
            Ok(filter) => (self.filter, self.error) = (filter, None),
            Err(error) => self.error = Some(error),
        }
    }

    /// Draws the line while the filter is typed. `found` says how many rows match.
    pub(crate) fn draw(&self, found: &str, area: Rect, styles: &Styles, frame: &mut Frame<'_>) {
        let cells = usize::from(area.width).saturating_sub(2);
        let (note, role) = self.note(found, cells);
        let note_cols = text::width(&note);
        let room = if note_cols == 0 { cells } else { cells.saturating_sub(note_cols + GAP_COLS) };
        let scroll = self.input.visual_scroll(room.max(1));
        let mut spans = vec![Span::styled(" /", styles.get(Role::Accent))];
        spans.extend(self.text_spans(scroll, room, styles));
        let shown: usize = spans.iter().skip(1).map(|span| text::width(&span.content)).sum();
        spans.push(Span::raw(" ".repeat((room + GAP_COLS).saturating_sub(shown))));
        if note_cols > 0 {
            spans.push(Span::styled(note, styles.get(role)));
        }
        frame.render_widget(Line::from(spans), area);
        let cursor = self.input.visual_cursor().saturating_sub(scroll) + 2;
        let x = area.x + u16::try_from(cursor).unwrap_or(0).min(area.width.saturating_sub(1));
        frame.set_cursor_position(Position::new(x, area.y));
    }

    /// The remark beside the text in a line of `cells`: an error, which may hide the start of the text, or the number of
    /// rows and what can be typed, as far as there is room.
    fn note(&self, found: &str, cells: usize) -> (String, Role) {
        let typed = text::width(self.text()) + 1;
        if let Some(error) = &self.error {
            let room = cells.saturating_sub(typed.min(MIN_TEXT_COLS) + GAP_COLS);
            let whole = format!("✗ {error}");
            let fits = text::width(&whole) <= room;
            return (if fits { whole } else { format!("✗ {}", error.short_text()) }, Role::Error);
        }
        let room = cells.saturating_sub(typed + GAP_COLS);
        let fields = || self.fields.iter().map(|field| format!("{}:", field.name())).collect();
        let words: Vec<String> = if self.choices.is_empty() { fields() } else { self.choices.clone() };
        let mut note = String::new();
        for word in std::iter::once(found.to_owned()).chain(words) {
            let gap = if note.is_empty() { "" } else { "  " };
            if text::width(&note) + gap.len() + text::width(&word) > room {
                break;
            }
            note = format!("{note}{gap}{word}");
        }
        (note, Role::Muted)
    }

    /// The text from this cell on; what cannot be read of it is red.
    fn text_spans(&self, scroll: usize, room: usize, styles: &Styles) -> Vec<Span<'static>> {
        let mut spans: Vec<Span<'static>> = Vec::new();
        let mut cell = 0;
        for (at, c) in self.text().char_indices() {
            let cols = text::width(c.encode_utf8(&mut [0; 4]));
            let (start, end) = (cell, cell + cols);
            cell = end;
            if start < scroll || end > scroll + room {
                continue;
            }
            let is_wrong = self.error.as_ref().is_some_and(|error| error.at.contains(&at));
            let style = styles.get(if is_wrong { Role::Error } else { Role::Text });
            let shown = text::clean(c.encode_utf8(&mut [0; 4])).into_owned();
            match spans.last_mut().filter(|span| span.style == style) {
                Some(span) => span.content.to_mut().push_str(&shown),
                None => spans.push(Span::styled(shown, style)),
            }
        }
        spans
    }
}
