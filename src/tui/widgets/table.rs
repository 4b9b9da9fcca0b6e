//! A table of any length: only the visible rows are created.

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Position, Rect};
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Row, Scrollbar, ScrollbarOrientation, ScrollbarState, Table};

use crate::tui::sorting::{Direction, SortKey};
use crate::tui::styles::{Role, Styles};
use crate::tui::text;
use crate::tui::widgets::column_fit::{self, ColumnRoom};
use crate::tui::widgets::cursor::Cursor;
use crate::tui::widgets::highlight::Highlight;

/// The cursor marker and a gap.
const FIRST_COLUMN_COLS: u16 = 2;

/// Cells between two columns of a table that is not ranked.
const DEFAULT_GAP: u16 = 1;
/// The cursor marker and a gap at the left, and a gap before the frame.
const EDGE_COLS: u16 = 3;

/// The cell of a row in a column of this width.
type CellOfRow<'a, R> = Box<dyn Fn(&R, u16) -> Cell<'a> + 'a>;

/// A column of a table whose rows are `R`: its head, and the cell it has in a row.
pub(crate) struct Column<'a, R> {
    head: Head,
    is_shown: bool,
    /// Narrower tables do not show the column.
    from_cols: u16,
    cell: CellOfRow<'a, R>,
    order: Option<ColumnOrder<'a, R>>,
}

/// How rows are sorted by a column.
struct ColumnOrder<'a, R> {
    direction: Direction,
    key: Box<dyn Fn(&R) -> SortKey + 'a>,
}

#[derive(Debug, Clone, Copy)]
struct Head {
    title: &'static str,
    width: Constraint,
    /// Maximum width in cells.
    max_cols: u16,
    is_right_aligned: bool,
    /// Blank cells at the right of a head that is right aligned.
    indent: u16,
    /// What a column of a ranked table needs; `None` in other tables.
    room: Option<ColumnRoom>,
    /// Blank cells after the column.
    gap: u16,
}

impl<'a, R> Column<'a, R> {
    pub(crate) fn new<C: Into<Cell<'a>>>(
        title: &'static str,
        width: Constraint,
        cell: impl Fn(&R) -> C + 'a,
    ) -> Self {
        Self::sized(title, width, move |row, _| cell(row).into())
    }

    /// The cell also depends on the width of the column.
    pub(crate) fn sized(
        title: &'static str,
        width: Constraint,
        cell: impl Fn(&R, u16) -> Cell<'a> + 'a,
    ) -> Self {
        let head = Head {
            title,
            width,
            max_cols: u16::MAX,
            is_right_aligned: false,
            indent: 0,
            room: None,
            gap: DEFAULT_GAP,
        };
        Self { head, is_shown: true, from_cols: 0, cell: Box::new(cell), order: None }
    }

    pub(crate) const fn right_aligned(mut self) -> Self {
        self.head.is_right_aligned = true;
        self
    }

    /// Leaves this many cells free at the right of the head.
    pub(crate) const fn with_head_indent(mut self, cells: u16) -> Self {
        self.head.indent = cells;
        self
    }

    pub(crate) const fn with_max_cols(mut self, cells: u16) -> Self {
        self.head.max_cols = cells;
        self
    }

    /// Shows the column only in tables of at least this width.
    pub(crate) const fn shown_from(mut self, cells: u16) -> Self {
        self.from_cols = cells;
        self
    }

    pub(crate) const fn shown_if(mut self, is_shown: bool) -> Self {
        self.is_shown = is_shown;
        self
    }

    /// Lets the table be sorted by the column.
    pub(crate) fn with_order<K: Into<SortKey>>(
        mut self,
        direction: Direction,
        key: impl Fn(&R) -> K + 'a,
    ) -> Self {
        self.order = Some(ColumnOrder { direction, key: Box::new(move |row| key(row).into()) });
        self
    }

    pub(crate) fn sort_key(&self, row: &R) -> SortKey {
        self.order.as_ref().map_or(SortKey::Missing, |order| (order.key)(row))
    }

    /// Makes the column part of a ranked table, all of whose columns must be. Its head is never cut.
    pub(crate) fn ranked(mut self, room: ColumnRoom) -> Self {
        let head_cols = u16::try_from(text::width(self.head.title)).unwrap_or(u16::MAX);
        let at_least_head = |cells: u16| cells.max(head_cols);
        self.head.room = Some(ColumnRoom {
            min_cols: at_least_head(room.min_cols),
            wanted_cols: at_least_head(room.wanted_cols),
            max_cols: at_least_head(room.max_cols),
            ..room
        });
        self.head.gap = room.gap;
        self
    }

    pub(crate) const fn title(&self) -> &'static str {
        self.head.title
    }
}

/// Text is truncated to the column; a `Line` must fit already.
pub(crate) enum Cell<'a> {
    Text(&'a str, Style),
    Owned(String, Style),
    Line(Line<'static>),
}

impl<'a> From<&'a str> for Cell<'a> {
    fn from(text: &'a str) -> Self {
        Self::Text(text, Style::new())
    }
}

impl From<String> for Cell<'_> {
    fn from(text: String) -> Self {
        Self::Owned(text, Style::new())
    }
}

/// The heads of the columns by which a table can be sorted.
pub(crate) fn sort_columns<R>(columns: &[Column<'_, R>]) -> Vec<(&'static str, Direction)> {
    columns.iter().filter_map(|column| Some((column.head.title, column.order.as_ref()?.direction))).collect()
}

pub(crate) struct TableView<'a> {
    /// Total number of rows.
    pub(crate) rows: usize,
    pub(crate) cursor: Cursor,
    pub(crate) focused: bool,
    pub(crate) styles: &'a Styles,
}

/// Rows that fit in an area of this height, below the header if it has one.
pub(crate) const fn body_height(height: u16) -> usize {
    height as usize - has_header(height) as usize
}

/// Whether the header takes a line of the area: a single line is a row.
pub(crate) const fn has_header(height: u16) -> bool {
    height > 1
}

/// `row` returns the row at a position.
pub(crate) fn draw<'a, R>(
    frame: &mut Frame<'_>,
    area: Rect,
    view: &TableView<'_>,
    columns: &[Column<'a, R>],
    row: impl Fn(usize) -> Option<R>,
) {
    draw_filtered(frame, area, view, columns, &Highlight::default(), |at| Some((row(at)?, false)));
}

/// The head at this position of a table in this area.
pub(crate) fn head_at<R>(area: Rect, columns: &[Column<'_, R>], at: Position) -> Option<&'static str> {
    if !has_header(area.height) || at.y != area.y {
        return None;
    }
    let heads: Vec<_> = shown_columns(columns, area.width).map(|column| column.head).collect();
    let mut x = area.x + FIRST_COLUMN_COLS;
    heads.iter().zip(shown_widths(area, &heads)).find_map(|(head, width)| {
        let cells = x..x + width?;
        x = cells.end + head.gap;
        (cells.contains(&at.x) && !head.title.is_empty()).then_some(head.title)
    })
}

fn shown_columns<'c, 'a, R>(
    columns: &'c [Column<'a, R>],
    width: u16,
) -> impl Iterator<Item = &'c Column<'a, R>> {
    columns.iter().filter(move |column| column.is_shown && column.from_cols <= width)
}

/// As [`draw`]; `row` also returns whether the row is marked, and what a filter found is highlighted.
pub(crate) fn draw_filtered<'a, R>(
    frame: &mut Frame<'_>,
    area: Rect,
    view: &TableView<'_>,
    columns: &[Column<'a, R>],
    highlight: &Highlight<'_>,
    row: impl Fn(usize) -> Option<(R, bool)>,
) {
    let columns: Vec<_> = shown_columns(columns, area.width).collect();
    let heads: Vec<_> = columns.iter().map(|column| column.head).collect();
    let widths = shown_widths(area, &heads);
    let columns: Vec<_> = columns.into_iter().zip(&widths).filter(|(_, width)| width.is_some()).collect();
    let columns: Vec<_> = columns.into_iter().map(|(column, _)| column).collect();
    let heads: Vec<_> = columns.iter().map(|column| column.head).collect();
    let widths: Vec<u16> = widths.into_iter().flatten().collect();
    let height = body_height(area.height);
    let visible = view.cursor.top..(view.cursor.top + height).min(view.rows);
    let rows = visible.map(|at| {
        let (row, is_marked) = row(at).unzip();
        let is_marked = is_marked.unwrap_or(false);
        let is_under_cursor = view.focused && at == view.cursor.selected;
        let marker = match (at == view.cursor.selected, is_marked) {
            (true, true) => "●",
            (true, false) => "▌",
            (false, true) => "•",
            (false, false) => " ",
        };
        let cells = row.iter().flat_map(|row| {
            let cell = |(column, &width): (&&Column<'a, R>, _)| {
                let line = cell_line((column.cell)(row, width), width, column.head);
                let line = if is_under_cursor { without_muting(line, view.styles) } else { line };
                // Numbers are right-aligned; no filter looks for parts of them.
                let is_text = !column.head.is_right_aligned;
                if is_text { highlight.paint(line, column.head.title, view.styles) } else { line }
            };
            columns.iter().zip(&widths).map(cell).flat_map(with_gap)
        });
        Row::new(with_gap(Line::from(marker)).into_iter().chain(cells)).style(row_style(view, at, is_marked))
    });
    let last = heads.len().saturating_sub(1);
    let gap = |at: usize| if at == last { 0 } else { heads[at].gap };
    let cells = widths.iter().enumerate().flat_map(|(at, width)| [*width, gap(at)]);
    let constraints = [1, DEFAULT_GAP].into_iter().chain(cells).map(Constraint::Length);
    let mut table = Table::new(rows, constraints).column_spacing(0);
    if has_header(area.height) {
        table = table.header(header_row(view, &heads, &widths));
    }
    frame.render_widget(table, area);
    draw_scrollbar(frame, area, view, height);
}

/// On the ground of the selection muted text could not be read.
fn without_muting(mut line: Line<'static>, styles: &Styles) -> Line<'static> {
    let muted = styles.get(Role::Muted);
    for span in line.spans.iter_mut().filter(|span| span.style == muted) {
        span.style = Style::new();
    }
    line
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

fn header_row(view: &TableView<'_>, heads: &[Head], widths: &[u16]) -> Row<'static> {
    let style = view.styles.get(Role::Header);
    let titles = heads.iter().zip(widths).map(|(head, &width)| {
        let mut title = cell_line(Cell::Text(head.title, style), width.saturating_sub(head.indent), *head);
        title.push_span(Span::raw(" ".repeat(head.indent.into())));
        title
    });
    Row::new(with_gap(Line::default()).into_iter().chain(titles.flat_map(with_gap)))
}

/// A cell, and the blank after it.
fn with_gap(cell: Line<'static>) -> [Line<'static>; 2] {
    [cell, Line::default()]
}

/// The width of each column; `None` if it has no room.
fn shown_widths(area: Rect, heads: &[Head]) -> Vec<Option<u16>> {
    let rooms: Option<Vec<ColumnRoom>> = heads.iter().map(|head| head.room).collect();
    match rooms {
        Some(rooms) => column_fit::fit(area.width.saturating_sub(EDGE_COLS), &rooms),
        None => column_widths(area, heads).into_iter().map(Some).collect(),
    }
}

/// Columns that would be wider than their maximum leave the rest to the others.
fn column_widths(area: Rect, heads: &[Head]) -> Vec<u16> {
    let area = Rect { width: area.width.saturating_sub(EDGE_COLS), height: 1, ..area };
    let mut constraints: Vec<_> = heads.iter().map(|head| head.width).collect();
    loop {
        let split = Layout::horizontal(constraints.clone()).spacing(1).split(area);
        let too_wide = heads.iter().enumerate().find(|(at, head)| {
            split[*at].width > head.max_cols && constraints[*at] != Constraint::Length(head.max_cols)
        });
        match too_wide {
            Some((at, head)) => constraints[at] = Constraint::Length(head.max_cols),
            None => {
                return split.iter().zip(heads).map(|(area, head)| area.width.min(head.max_cols)).collect();
            }
        }
    }
}

fn cell_line(cell: Cell<'_>, width: u16, head: Head) -> Line<'static> {
    let (visible, style) = match cell {
        Cell::Text(visible, style) => (text::fit(visible, width.into()).into_owned(), style),
        Cell::Owned(visible, style) => (text::fit(&visible, width.into()).into_owned(), style),
        Cell::Line(line) => return line,
    };
    let line = Line::from(Span::styled(visible, style));
    if head.is_right_aligned { line.right_aligned() } else { line }
}

fn draw_scrollbar(frame: &mut Frame<'_>, area: Rect, view: &TableView<'_>, height: usize) {
    if view.rows <= height || area.height < 3 {
        return;
    }
    // The scrollbar is on the pane's border if it has one, or else in the last column, which is blank.
    let rail = Rect { width: area.width + 1, ..area }.intersection(frame.area());
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
