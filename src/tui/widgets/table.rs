//! A table of any length: only the visible rows are created.

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Row, Scrollbar, ScrollbarOrientation, ScrollbarState, Table};

use crate::tui::styles::{Role, Styles};
use crate::tui::text;
use crate::tui::widgets::cursor::Cursor;

#[derive(Debug, Clone)]
pub(crate) struct Column {
    pub(crate) title: String,
    pub(crate) width: Constraint,
    pub(crate) is_right_aligned: bool,
    /// Maximum width in cells.
    pub(crate) max_cols: u16,
}

impl Column {
    pub(crate) fn new(title: impl Into<String>, width: Constraint) -> Self {
        Self { title: title.into(), width, is_right_aligned: false, max_cols: u16::MAX }
    }

    pub(crate) const fn right_aligned(mut self) -> Self {
        self.is_right_aligned = true;
        self
    }

    pub(crate) const fn with_max_cols(mut self, cells: u16) -> Self {
        self.max_cols = cells;
        self
    }
}

/// Text is truncated to the column; a `Line` must fit already.
pub(crate) enum Cell<'a> {
    Text(&'a str, Style),
    Owned(String, Style),
    Line(Line<'static>),
}

pub(crate) struct TableView<'a> {
    pub(crate) columns: &'a [Column],
    /// Total number of rows.
    pub(crate) rows: usize,
    pub(crate) cursor: Cursor,
    pub(crate) focused: bool,
    pub(crate) styles: &'a Styles,
}

/// Rows that fit in an area of this height, below the header if it has one.
pub(crate) const fn body_height(height: u16, rows: usize) -> usize {
    height as usize - has_header(height, rows) as usize
}

/// Whether the header takes a line of the area; in a very low table, it does not if it would hide a row.
pub(crate) const fn has_header(height: u16, rows: usize) -> bool {
    height > 3 || (height > 1 && height as usize > rows)
}

/// `row` creates one row: whether it is marked, and its cells.
pub(crate) fn draw<'a>(
    frame: &mut Frame<'_>,
    area: Rect,
    view: &TableView<'_>,
    row: impl Fn(usize) -> (bool, Vec<Cell<'a>>),
) {
    let widths = column_widths(area, view.columns);
    let height = body_height(area.height, view.rows);
    let visible = view.cursor.top..(view.cursor.top + height).min(view.rows);
    let rows = visible.map(|at| {
        let (is_marked, cells) = row(at);
        let marker = match (at == view.cursor.selected, is_marked) {
            (true, true) => "●",
            (true, false) => "▌",
            (false, true) => "•",
            (false, false) => " ",
        };
        let fitted = cells.into_iter().zip(view.columns).zip(&widths);
        let cells = fitted.map(|((cell, column), &width)| cell_line(cell, width, column.is_right_aligned));
        Row::new(std::iter::once(Line::from(marker)).chain(cells)).style(row_style(view, at, is_marked))
    });
    let constraints = std::iter::once(1).chain(widths.iter().copied()).map(Constraint::Length);
    let mut table = Table::new(rows, constraints).column_spacing(1);
    let has_header_line = has_header(area.height, view.rows);
    if has_header_line {
        table = table.header(header_row(view, &widths));
    }
    frame.render_widget(table, area);
    if !has_header_line {
        draw_header_on_border(frame, area, view, &widths);
    }
    draw_scrollbar(frame, area, view, height);
}

fn row_style(view: &TableView<'_>, at: usize, is_marked: bool) -> Style {
    let selected = at == view.cursor.selected;
    match (selected && view.focused, is_marked) {
        (true, _) => view.styles.get(Role::Selection),
        (false, true) => view.styles.get(Role::Marked),
        (false, false) if selected => view.styles.get(Role::Title),
        _ => view.styles.get(Role::Text),
    }
}

fn header_row(view: &TableView<'_>, widths: &[u16]) -> Row<'static> {
    let style = view.styles.get(Role::Header);
    let titles = view.columns.iter().zip(widths).map(|(column, &width)| {
        cell_line(Cell::Owned(column.title.clone(), style), width, column.is_right_aligned)
    });
    Row::new(std::iter::once(Line::default()).chain(titles))
}

/// Draws the header on the pane's border, where the title leaves room.
fn draw_header_on_border(frame: &mut Frame<'_>, area: Rect, view: &TableView<'_>, widths: &[u16]) {
    let Some(y) = area.y.checked_sub(1) else { return };
    let mut left = area.x + 2;
    // Adjacent titles may share one blank.
    let mut blank = None;
    for (column, &width) in view.columns.iter().zip(widths) {
        let cells = u16::try_from(text::width(&column.title)).unwrap_or(u16::MAX).min(width);
        let x = if column.is_right_aligned { left + width - cells } else { left };
        let mut is_free = |x| frame.buffer_mut().cell((x, y)).is_some_and(|cell| cell.symbol() == "─");
        if cells > 0
            && (blank == Some(x - 1) || (is_free(x - 2) && is_free(x - 1)))
            && (x..=x + cells).all(&mut is_free)
        {
            let title = text::fit(&column.title, cells.into()).into_owned();
            let title_area = Rect { x: x - 1, y, width: cells + 2, height: 1 };
            frame
                .render_widget(Line::styled(format!(" {title} "), view.styles.get(Role::Header)), title_area);
            blank = Some(x + cells);
        }
        left += width + 1;
    }
}

fn column_widths(area: Rect, columns: &[Column]) -> Vec<u16> {
    // The first two cells are the cursor marker and a gap; the last one is a gap before the frame.
    let area = Rect { width: area.width.saturating_sub(3), height: 1, ..area };
    let layout = Layout::horizontal(columns.iter().map(|column| column.width)).spacing(1);
    let split = layout.split(area);
    split.iter().zip(columns).map(|(area, column)| area.width.min(column.max_cols)).collect()
}

fn cell_line(cell: Cell<'_>, width: u16, is_right_aligned: bool) -> Line<'static> {
    let (visible, style) = match cell {
        Cell::Text(visible, style) => (text::fit(visible, width.into()).into_owned(), style),
        Cell::Owned(visible, style) => (text::fit(&visible, width.into()).into_owned(), style),
        Cell::Line(line) => return line,
    };
    let line = Line::from(Span::styled(visible, style));
    if is_right_aligned { line.right_aligned() } else { line }
}

fn draw_scrollbar(frame: &mut Frame<'_>, area: Rect, view: &TableView<'_>, height: usize) {
    if view.rows <= height || area.height < 3 {
        return;
    }
    // The scrollbar is on the pane's border, so that it takes no column.
    let rail = Rect { x: area.x, width: area.width + 1, ..area };
    let mut state = ScrollbarState::new(view.rows - height + 1).position(view.cursor.top);
    let bar = Scrollbar::new(ScrollbarOrientation::VerticalRight)
        .begin_symbol(None)
        .end_symbol(None)
        .track_symbol(Some("│"))
        .thumb_symbol("█")
        .track_style(view.styles.get(if view.focused { Role::BorderFocused } else { Role::Border }))
        .thumb_style(view.styles.get(if view.focused { Role::BorderFocused } else { Role::Border }));
    frame.render_stateful_widget(bar, rail, &mut state);
}
