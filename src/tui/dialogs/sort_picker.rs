//! The columns of a list, each with a letter: the letter sorts by the column, and reverses the order if the list is sorted
//! by it already.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use crate::tui::dialogs::frame;
use crate::tui::keys::action::{Action, ActionSpec, DialogAction, OrderAction, Scope};
use crate::tui::model::Model;
use crate::tui::screen::{Command, Dialog, DialogPurpose, Handled, Screen, close_with, done};
use crate::tui::sorting::{ListOrder, SortColumns};
use crate::tui::styles::Role;
use crate::tui::text;

const WIDTH: u16 = 44;
/// The marker and the letter before a head, with their gaps.
const LETTER_COLS: usize = 4;

#[derive(Debug, Clone)]
pub(crate) struct SortPicker {
    columns: SortColumns,
    selected: usize,
}

impl SortPicker {
    pub(crate) fn new(columns: SortColumns) -> Self {
        let sorted_by =
            columns.order.and_then(|order| columns.columns.iter().position(|(head, _)| *head == order.head));
        Self { selected: sorted_by.unwrap_or(0), columns }
    }

    fn choose_at(&self, at: usize) -> Handled {
        let (head, _) = self.columns.columns.get(at)?;
        self.columns.choose(head).map_or_else(done, |order| close_with(Command::SortBy(order)))
    }

    /// A column with its letter, and how the letter sorts.
    fn entry(&self, at: usize, letter: Option<char>, cells: usize, model: &Model) -> Vec<Span<'static>> {
        let styles = model.styles();
        let (head, _) = self.columns.columns[at];
        let is_selected = at == self.selected;
        let order = self.columns.choose(head).map(|order| order.direction.describe(order.is_inverted));
        let order = order.unwrap_or_default();
        let room = cells.saturating_sub(LETTER_COLS);
        let has_room = text::width(head) + 1 + text::width(&order) < room;
        let order = if has_room { order } else { String::new() };
        let gap = " ".repeat(room.saturating_sub(text::width(head) + text::width(&order)));
        let role = if is_selected { Role::Selection } else { Role::Text };
        let marker = if is_selected { "▌" } else { " " };
        vec![
            Span::styled(marker, styles.get(role)),
            Span::styled(format!("{}  ", letter.unwrap_or(' ')), styles.get(Role::Accent)),
            Span::styled(head, styles.get(role)),
            Span::styled(format!("{gap}{order}"), styles.get(Role::Muted)),
        ]
    }
}

impl Screen for SortPicker {
    fn scopes(&self) -> &'static [Scope] {
        &[Scope::Dialog]
    }

    fn hint(&self, spec: &ActionSpec, _model: &Model) -> Option<&'static str> {
        Some(if spec.action == Action::Accept { "sort" } else { spec.footer })
    }

    fn handle(&mut self, action: Action, _model: &Model) -> Handled {
        let last = self.columns.columns.len().saturating_sub(1);
        match action.as_dialog()? {
            DialogAction::Accept => return self.choose_at(self.selected),
            DialogAction::Dismiss => return Some(vec![Command::Close]),
            DialogAction::NextField | DialogAction::NextChoice => {
                self.selected = (self.selected + 1).min(last)
            }
            DialogAction::PreviousField | DialogAction::PreviousChoice => {
                self.selected = self.selected.saturating_sub(1);
            }
        }
        done()
    }

    fn choose(&mut self, letter: char, model: &Model) -> Handled {
        let letters = self.columns.letters();
        if let Some(at) = letters.iter().position(|other| *other == Some(letter)) {
            return self.choose_at(at);
        }
        // The keys that sort without the picker do the same in it.
        let pressed = letter.to_string();
        let order =
            OrderAction::ALL.into_iter().find(|action| model.labels(action.action()).contains(&pressed))?;
        let order = match order {
            OrderAction::Sort => None,
            OrderAction::SortLeft => self.columns.beside(false),
            OrderAction::SortRight => self.columns.beside(true),
            OrderAction::Invert => self.columns.inverted(),
        };
        order.map(|order: ListOrder| vec![Command::Close, Command::SortBy(order)])
    }

    fn draw(&self, model: &Model, _area: Rect, frame: &mut Frame<'_>) {
        let count = self.columns.columns.len();
        let rows = usize::from(frame::page_rows(model)).max(1).min(count.max(1));
        let height = u16::try_from(rows).unwrap_or(u16::MAX);
        let inside = frame::draw(model, frame, "Sort by", frame::content_cols(model, WIDTH), height);
        let letters = self.columns.letters();
        let first = (self.selected + 1).saturating_sub(rows);
        for (at, area) in (first..count).zip(inside.rows()) {
            let entry = self.entry(at, letters[at], inside.width.into(), model);
            frame.render_widget(Line::from(entry), area);
        }
    }
}

impl Dialog for SortPicker {
    fn purpose(&self) -> DialogPurpose {
        DialogPurpose::Shows
    }
}
