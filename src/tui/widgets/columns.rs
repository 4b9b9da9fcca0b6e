//! A number for each of many days as columns, with dates below, a scale beside, and a line where a limit is.
//!
//! Where there are more days than cells, a column is the largest of the days that it stands for.

mod scale;

use jiff::civil::Date;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Bar, BarChart, BarGroup};

use crate::tui::styles::{Role, Styles};
use crate::tui::text;

/// Rows of the dates and the line above them.
const AXIS_ROWS: u16 = 2;
/// Cells of a date such as `22 Nov`, and a gap.
const DATE_COLS: u16 = 7;
/// From this distance on the number of a day stands above its column.
const MIN_VALUE_SLOT_COLS: u16 = 5;
/// The widest a column is drawn.
const MAX_COLUMN_COLS: u16 = 9;

/// One day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Day {
    pub(crate) day: Date,
    pub(crate) value: u64,
    /// What is special about it, in the role of its column.
    pub(crate) role: Role,
}

/// Where a line is drawn, and its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct LimitLine<'a> {
    pub(crate) value: u64,
    pub(crate) name: &'a str,
}

/// Where the columns stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct ColumnArea {
    /// Columns alone, without scale and dates.
    area: Rect,
    /// Cells from one column to the next.
    slot: u16,
}

/// Cells of a column; the rest of its place is a gap.
const fn column_width(slot: u16) -> u16 {
    match slot {
        0..=2 => 1,
        3..=5 => slot - 1,
        _ => {
            let width = slot * 2 / 3;
            if width < MAX_COLUMN_COLS { width } else { MAX_COLUMN_COLS }
        }
    }
}

/// How many days each column has to stand for.
pub(crate) fn days_per_column(days: usize, width: u16) -> usize {
    days.div_ceil(usize::from(width.saturating_sub(scale::SCALE_COLS)).max(1)).max(1)
}

/// Draws the chart; an area too low or too narrow for one is left empty.
pub(crate) fn draw(
    frame: &mut Frame<'_>,
    area: Rect,
    days: &[Day],
    level: Option<LimitLine<'_>>,
    look: &Styles,
) {
    if days.is_empty() || area.height < AXIS_ROWS + 2 || area.width < scale::SCALE_COLS + DATE_COLS {
        return;
    }
    let in_one = days_per_column(days.len(), area.width);
    let columns: Vec<Day> = days.chunks(in_one).filter_map(merge_days).collect();
    let width = area.width - scale::SCALE_COLS;
    let slot = (width / u16::try_from(columns.len()).unwrap_or(u16::MAX).max(1)).max(1);
    let place = ColumnArea {
        area: Rect {
            x: area.x + scale::SCALE_COLS,
            y: area.y,
            // Nothing is drawn where no day is.
            width: (slot * u16::try_from(columns.len()).unwrap_or(u16::MAX)).min(width),
            height: area.height - AXIS_ROWS,
        },
        slot,
    };
    let top = scale::axis_max(
        columns.iter().map(|day| day.value).max().unwrap_or(0),
        level.map(|level| level.value),
    );
    draw_columns(frame, place, &columns, top, look);
    if let Some(level) = level {
        draw_limit(frame, place.area, level, top, look);
    }
    scale::draw(
        frame,
        Rect { width: scale::SCALE_COLS + place.area.width, height: place.area.height + 1, ..area },
        top,
        look,
    );
    let dates = Rect { y: area.bottom() - 1, height: 1, width, ..place.area };
    draw_dates(frame, dates, place, &columns, look);
    if in_one > 1 {
        let note = Line::styled(format!(" a column: the most of {in_one} days"), look.get(Role::Muted));
        frame.render_widget(note.right_aligned(), Rect { y: area.bottom() - 2, height: 1, ..area });
    }
}

/// The day that stands for all of them; a role that is special is not lost.
fn merge_days(days: &[Day]) -> Option<Day> {
    let first = days.first()?;
    let largest = days.iter().max_by_key(|day| day.value)?;
    let special = days.iter().map(|day| day.role).find(|role| *role != Role::Bar);
    Some(Day { day: first.day, value: largest.value, role: special.unwrap_or(largest.role) })
}

fn draw_columns(frame: &mut Frame<'_>, place: ColumnArea, columns: &[Day], top: u64, look: &Styles) {
    let width = column_width(place.slot);
    // A single call is seen beside a million.
    let least = top.div_ceil(u64::from(place.area.height) * 8);
    let bar = |day: &Day| {
        let value = if day.value == 0 { 0 } else { day.value.max(least) };
        Bar::new(value).style(look.get(day.role)).text_value(String::new())
    };
    let bars: Vec<Bar<'_>> = columns.iter().map(bar).collect();
    let chart =
        BarChart::default().data(BarGroup::new(bars)).bar_width(width).bar_gap(place.slot - width).max(top);
    frame.render_widget(chart, place.area);
    for (at, day) in columns.iter().enumerate() {
        draw_value(frame, place, at, day, top, look);
    }
}

/// The number above a column that is wide enough for it.
fn draw_value(frame: &mut Frame<'_>, place: ColumnArea, at: usize, day: &Day, top: u64, look: &Styles) {
    let number = text::abbreviate(day.value);
    let cells = u16::try_from(text::width(&number)).unwrap_or(u16::MAX);
    let height = scale::rows_for(day.value, top, place.area.height);
    if day.value == 0
        || place.slot < MIN_VALUE_SLOT_COLS
        || cells >= place.slot
        || height >= place.area.height
    {
        return;
    }
    let column = column_width(place.slot);
    let left = place.area.x + u16::try_from(at).unwrap_or(0) * place.slot;
    let x = left + column.saturating_sub(cells) / 2;
    let above = Rect { x, y: place.area.bottom() - height - 1, width: cells, height: 1 };
    frame.render_widget(Line::styled(number, look.get(Role::Muted)), above.intersection(place.area));
}

/// The line goes behind the columns: what stands above it is over the limit.
fn draw_limit(frame: &mut Frame<'_>, area: Rect, level: LimitLine<'_>, top: u64, look: &Styles) {
    let style = look.get(Role::Warn);
    if level.value > top {
        let above = format!("↑ {} {}", text::format_count_u64(level.value), level.name);
        let line = Line::styled(text::fit(&above, area.width.into()).into_owned(), style);
        return frame.render_widget(line.right_aligned(), Rect { height: 1, ..area });
    }
    let row = scale::rows_for(level.value, top, area.height).max(1);
    let y = area.bottom() - row;
    for x in area.left()..area.right() {
        if let Some(cell) = frame.buffer_mut().cell_mut((x, y)).filter(|cell| cell.symbol() == " ") {
            cell.set_symbol("┄").set_style(style);
        }
    }
    let name = format!(" {} {} ", text::format_count_u64(level.value), level.name);
    // The name stands above the line where there is room, and never on a column.
    let beside = Rect { y: if y > area.y { y - 1 } else { y }, height: 1, ..area };
    let cells = u16::try_from(text::width(&name)).unwrap_or(u16::MAX);
    let at = (beside.left()..=beside.right().saturating_sub(cells)).rev().find(|&x| {
        (x..x + cells)
            .all(|x| frame.buffer_mut().cell((x, beside.y)).is_some_and(|cell| " ┄".contains(cell.symbol())))
    });
    if let Some(x) = at.filter(|_| cells <= area.width) {
        frame.render_widget(Span::styled(name, style), Rect { x, width: cells, ..beside });
    }
}

/// As many dates as there is room for, each below the first cell of its column.
fn draw_dates(frame: &mut Frame<'_>, area: Rect, place: ColumnArea, columns: &[Day], look: &Styles) {
    let every = usize::from(DATE_COLS.div_ceil(place.slot));
    for (at, day) in columns.iter().enumerate().step_by(every) {
        let x = area.x + u16::try_from(at).unwrap_or(0) * place.slot;
        let room = area.right().saturating_sub(x);
        if room >= DATE_COLS - 1 {
            let date = day.day.strftime("%-d %b").to_string();
            frame.render_widget(Line::styled(date, look.get(Role::Muted)), Rect { x, width: room, ..area });
        }
    }
}

#[cfg(test)]
mod tests;
