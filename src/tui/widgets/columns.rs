//! A column chart of one number per day, with dates, a scale and a line for a limit.
//!
//! If there are more days than cells, each column shows the maximum of several days.

mod scale;

use jiff::civil::Date;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Bar, BarChart, BarGroup};

use crate::tui::styles::{Role, Styles};
use crate::tui::text;

/// The dates and the axis above them.
const AXIS_ROWS: u16 = 2;
/// E.g. `22 Nov` and a gap.
const DATE_COLS: u16 = 7;
/// Narrower slots have no number above the column.
const MIN_VALUE_SLOT_COLS: u16 = 5;
const MAX_COLUMN_COLS: u16 = 9;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Day {
    pub(crate) day: Date,
    pub(crate) value: u64,
    /// The style of the column; anything but `Bar` highlights it.
    pub(crate) role: Role,
}

/// A horizontal line with its value and name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct LimitLine<'a> {
    pub(crate) value: u64,
    pub(crate) name: &'a str,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct ColumnArea {
    /// The area of the columns, without scale and dates.
    area: Rect,
    /// Width in cells of one column and its gap.
    slot: u16,
}

/// The width of the column in a slot; the rest of the slot is the gap.
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

pub(crate) fn days_per_column(days: usize, width: u16) -> usize {
    days.div_ceil(usize::from(width.saturating_sub(scale::SCALE_COLS)).max(1)).max(1)
}

/// Draws nothing if the area is too small.
pub(crate) fn draw(
    frame: &mut Frame<'_>,
    area: Rect,
    days: &[Day],
    limit: Option<LimitLine<'_>>,
    styles: &Styles,
) {
    if days.is_empty() || area.height < AXIS_ROWS + 2 || area.width < scale::SCALE_COLS + DATE_COLS {
        return;
    }
    let days_in_column = days_per_column(days.len(), area.width);
    let columns: Vec<Day> = days.chunks(days_in_column).filter_map(merge_days).collect();
    let width = area.width - scale::SCALE_COLS;
    let slot = (width / u16::try_from(columns.len()).unwrap_or(u16::MAX).max(1)).max(1);
    let columns_area = ColumnArea {
        area: Rect {
            x: area.x + scale::SCALE_COLS,
            y: area.y,
            // The limit line must not extend beyond the last day.
            width: (slot * u16::try_from(columns.len()).unwrap_or(u16::MAX)).min(width),
            height: area.height - AXIS_ROWS,
        },
        slot,
    };
    let axis_max = scale::axis_max(
        columns.iter().map(|day| day.value).max().unwrap_or(0),
        limit.map(|limit| limit.value),
    );
    draw_columns(frame, columns_area, &columns, axis_max, styles);
    if let Some(limit) = limit {
        draw_limit(frame, columns_area.area, limit, axis_max, styles);
    }
    scale::draw(
        frame,
        Rect {
            width: scale::SCALE_COLS + columns_area.area.width,
            height: columns_area.area.height + 1,
            ..area
        },
        axis_max,
        styles,
    );
    let dates = Rect { y: area.bottom() - 1, height: 1, width, ..columns_area.area };
    draw_dates(frame, dates, columns_area, &columns, styles);
    if days_in_column > 1 {
        let note =
            Line::styled(format!(" each column: maximum of {days_in_column} days"), styles.get(Role::Muted));
        frame.render_widget(note.right_aligned(), Rect { y: area.bottom() - 2, height: 1, ..area });
    }
}

/// The first date, the largest value, and the first highlight of the days.
fn merge_days(days: &[Day]) -> Option<Day> {
    let first = days.first()?;
    let largest = days.iter().max_by_key(|day| day.value)?;
    let highlight = days.iter().map(|day| day.role).find(|role| *role != Role::Bar);
    Some(Day { day: first.day, value: largest.value, role: highlight.unwrap_or(largest.role) })
}

fn draw_columns(
    frame: &mut Frame<'_>,
    columns_area: ColumnArea,
    columns: &[Day],
    axis_max: u64,
    styles: &Styles,
) {
    let width = column_width(columns_area.slot);
    // Any value above zero stays visible.
    let min_value = axis_max.div_ceil(u64::from(columns_area.area.height) * 8);
    let bar = |day: &Day| {
        let value = if day.value == 0 { 0 } else { day.value.max(min_value) };
        Bar::new(value).style(styles.get(day.role)).text_value(String::new())
    };
    let bars: Vec<Bar<'_>> = columns.iter().map(bar).collect();
    let chart = BarChart::default()
        .data(BarGroup::new(bars))
        .bar_width(width)
        .bar_gap(columns_area.slot - width)
        .max(axis_max);
    frame.render_widget(chart, columns_area.area);
    for (at, day) in columns.iter().enumerate() {
        draw_value(frame, columns_area, at, day, axis_max, styles);
    }
}

/// Draws the number above the column if it fits.
fn draw_value(
    frame: &mut Frame<'_>,
    columns_area: ColumnArea,
    at: usize,
    day: &Day,
    axis_max: u64,
    styles: &Styles,
) {
    let number = text::abbreviate(day.value);
    let cells = u16::try_from(text::width(&number)).unwrap_or(u16::MAX);
    let height = scale::rows_for(day.value, axis_max, columns_area.area.height);
    if day.value == 0
        || columns_area.slot < MIN_VALUE_SLOT_COLS
        || cells >= columns_area.slot
        || height >= columns_area.area.height
    {
        return;
    }
    let column = column_width(columns_area.slot);
    let left = columns_area.area.x + u16::try_from(at).unwrap_or(0) * columns_area.slot;
    let x = left + column.saturating_sub(cells) / 2;
    let above = Rect { x, y: columns_area.area.bottom() - height - 1, width: cells, height: 1 };
    frame.render_widget(Line::styled(number, styles.get(Role::Muted)), above.intersection(columns_area.area));
}

/// Draws the line behind the columns.
fn draw_limit(frame: &mut Frame<'_>, area: Rect, limit: LimitLine<'_>, axis_max: u64, styles: &Styles) {
    let style = styles.get(Role::Warn);
    if limit.value > axis_max {
        let above = format!("↑ {} {}", text::format_count_u64(limit.value), limit.name);
        let line = Line::styled(text::fit(&above, area.width.into()).into_owned(), style);
        return frame.render_widget(line.right_aligned(), Rect { height: 1, ..area });
    }
    let height = scale::rows_for(limit.value, axis_max, area.height).max(1);
    let y = area.bottom() - height;
    for x in area.left()..area.right() {
        if let Some(cell) = frame.buffer_mut().cell_mut((x, y)).filter(|cell| cell.symbol() == " ") {
            cell.set_symbol("┄").set_style(style);
        }
    }
    let name = format!(" {} {} ", text::format_count_u64(limit.value), limit.name);
    // The name goes above the line if possible, and never on a column.
    let name_line = Rect { y: if y > area.y { y - 1 } else { y }, height: 1, ..area };
    let cells = u16::try_from(text::width(&name)).unwrap_or(u16::MAX);
    let start = (name_line.left()..=name_line.right().saturating_sub(cells)).rev().find(|&x| {
        (x..x + cells).all(|x| {
            frame.buffer_mut().cell((x, name_line.y)).is_some_and(|cell| " ┄".contains(cell.symbol()))
        })
    });
    if let Some(x) = start.filter(|_| cells <= area.width) {
        frame.render_widget(Span::styled(name, style), Rect { x, width: cells, ..name_line });
    }
}

/// Draws as many dates as fit, each below the first cell of its column.
fn draw_dates(frame: &mut Frame<'_>, area: Rect, columns_area: ColumnArea, columns: &[Day], styles: &Styles) {
    let every = usize::from(DATE_COLS.div_ceil(columns_area.slot));
    for (at, day) in columns.iter().enumerate().step_by(every) {
        let x = area.x + u16::try_from(at).unwrap_or(0) * columns_area.slot;
        let room = area.right().saturating_sub(x);
        if room >= DATE_COLS - 1 {
            let date = day.day.strftime("%-d %b").to_string();
            frame.render_widget(Line::styled(date, styles.get(Role::Muted)), Rect { x, width: room, ..area });
        }
    }
}

#[cfg(test)]
mod tests;
