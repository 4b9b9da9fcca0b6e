//! The view of what tenants owe for a month: a line for each tenant and plan, what is exact and what is only estimated.

use std::path::{Path, PathBuf};

use jiff::Timestamp;
use jiff::tz::TimeZone;
use keypool_domain::change::pluralize;
use keypool_domain::charging::Line as Owed;
use keypool_domain::{Inventory, Price};
use ratatui::Frame;
use ratatui::layout::{Constraint, Rect};
use ratatui::style::Style;
use ratatui::text::Line;
use ratatui::widgets::Paragraph;

use crate::ops::ChargeReport;
use crate::tui::action::Action;
use crate::tui::app::App;
use crate::tui::store::Remote;
use crate::tui::styles::Role;
use crate::tui::text;
use crate::tui::widgets::cursor::{Cursor, Motion};
use crate::tui::widgets::panel;
use crate::tui::widgets::table::{self, Cell, Column, TableView};

use super::messages;
use super::usage::UsageRange;

/// Lines about the whole, above the list.
const SUMMARY_ROWS: u16 = 4;
/// From this width on there is room for what is shared.
const MIN_FULL_COLS: u16 = 100;

/// The month, where one is in its lines, and what was read of it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ReportPane {
    /// Months back from the present one.
    pub(crate) months_back: u8,
    cursor: Cursor,
    height: usize,
    pub(crate) charges: Remote<ChargeReport>,
    /// The access log that calls of shared keys are counted by.
    pub(crate) access_log: Option<PathBuf>,
}

impl Default for ReportPane {
    /// The last month that is over.
    fn default() -> Self {
        Self {
            months_back: 1,
            cursor: Cursor::default(),
            height: 0,
            charges: Remote::NotRequested,
            access_log: None,
        }
    }
}

impl ReportPane {
    /// What is shown, if it is of the chosen month.
    pub(crate) fn charges_of_month(&self, now: Timestamp) -> Option<&ChargeReport> {
        let month = UsageRange::Month(self.months_back).range_to_read(now);
        self.charges.value().filter(|charged| Some(charged.report.month) == month)
    }

    pub(crate) fn move_cursor(&mut self, motion: Motion, lines: usize) {
        self.cursor.move_by(motion, lines, self.height);
    }

    pub(crate) fn resize(&mut self, area: Rect, lines: usize) {
        let inside = area.height.saturating_sub(2);
        self.height = table::body_height(inside - summary_height(inside), lines);
        self.cursor.clamp(lines, self.height);
    }
}

const fn summary_height(inside: u16) -> u16 {
    if SUMMARY_ROWS < inside / 2 { SUMMARY_ROWS } else { inside / 2 }
}

pub(crate) fn draw(app: &App, area: Rect, frame: &mut Frame<'_>) {
    let look = &app.options.styles;
    let inside = panel::draw(frame, area, &title(app), true, look);
    let (Some(charged), Some(inventory)) = (app.report.charges_of_month(app.now), app.inventory()) else {
        return messages::draw_text(app, inside, frame, &empty_text(app));
    };
    let summary = Rect { height: summary_height(inside.height), ..inside };
    draw_summary(app, charged, summary, frame);
    let list = Rect { y: summary.bottom(), height: inside.height - summary.height, ..inside };
    let lines = &charged.report.lines;
    if lines.is_empty() {
        return messages::draw_text(app, list, frame, "no tenant owes anything for this month");
    }
    let wide = inside.width >= MIN_FULL_COLS;
    let columns = columns(wide);
    let view = TableView {
        columns: &columns,
        rows: lines.len(),
        cursor: app.report.cursor,
        focused: true,
        styles: look,
    };
    table::draw(frame, list, &view, |at| {
        let repeats = at > 0 && at > app.report.cursor.top && lines[at - 1].tenant == lines[at].tenant;
        (false, cells(app, inventory, &lines[at], repeats, wide))
    });
}

fn title(app: &App) -> String {
    let month = UsageRange::Month(app.report.months_back).range_to_read(app.now);
    let month = month.map_or_else(String::new, |month| month.from().strftime("%B %Y").to_string());
    let state = match (&app.report.charges, app.report.charges_of_month(app.now)) {
        (Remote::Loading { .. }, _) => format!(" · {} reading", app.spinner()),
        (Remote::Failed { .. }, Some(_)) => " · stale".to_owned(),
        (_, Some(charged)) if charged.frozen.is_some() => " · frozen".to_owned(),
        (_, Some(_)) => " · not frozen".to_owned(),
        _ => String::new(),
    };
    let log = app.report.access_log.as_deref().and_then(Path::file_name);
    let log = log.map_or_else(String::new, |log| format!(" · by {}", log.to_string_lossy()));
    format!("Report · {month}{state}{log}")
}

fn empty_text(app: &App) -> String {
    match &app.report.charges {
        Remote::Loading { .. } => {
            format!("{} reading the usage of the month{}", app.spinner(), app.report_progress())
        }
        Remote::Failed { failure, .. } => format!("the report could not be made: {failure}"),
        Remote::NotRequested | Remote::Ready { .. } => {
            format!("not read: {} reads it", app.key_label(Action::Refresh))
        }
    }
}

fn draw_summary(app: &App, charged: &ChargeReport, area: Rect, frame: &mut Frame<'_>) {
    let report = &charged.report;
    let cells = usize::from(area.width).saturating_sub(2);
    let mut tenants: Vec<_> = report.lines.iter().map(|line| &line.tenant).collect();
    tenants.dedup();
    let total =
        format!("total {} · {}", format_money(report.total(), charged), pluralize(tenants.len(), "tenant"));
    let frozen = match &charged.frozen {
        Some(frozen) => {
            let at = frozen.at.to_zoned(TimeZone::UTC).strftime("%-d %b %Y %H:%M");
            let key = app.key_label(Action::Refreeze);
            if charged.differences.is_empty() {
                format!("frozen on {at} UTC: these figures no longer change")
            } else {
                format!("frozen on {at} UTC · {key} puts the figures of now in their place")
            }
        }
        None => "not frozen: the figures are as of now".to_owned(),
    };
    let differs = charged.differences.first().map(|first| {
        let more = charged.differences.len() - 1;
        let more = if more > 0 { format!(" · {more} more") } else { String::new() };
        (Role::Warn, format!("differs from what is told now: {first}{more}"))
    });
    let said = [Some((Role::Title, total)), Some((Role::Muted, frozen)), differs];
    let apart = uncharged_lines(charged).into_iter().map(|words| (Role::Warn, words));
    let lines = said.into_iter().flatten().chain(apart).map(|(role, words)| {
        Line::styled(format!(" {}", text::fit(&words, cells)), app.options.styles.get(role))
    });
    frame.render_widget(Paragraph::new(lines.collect::<Vec<_>>()), area);
}

/// What is charged to nobody, and what could not be read.
fn uncharged_lines(charged: &ChargeReport) -> Vec<String> {
    let nobody: u64 = charged.report.unattributed.iter().map(|key| key.used).fold(0, u64::saturating_add);
    let nobody = (nobody > 0).then(|| {
        format!(
            "{} calls with keys behind which no tenant is: charged to nobody",
            text::format_count_u64(nobody)
        )
    });
    let strangers: u64 =
        charged.report.unknown_tenants.iter().map(|(_, calls)| *calls).fold(0, u64::saturating_add);
    let strangers = (strangers > 0).then(|| {
        let calls = pluralize(usize::try_from(strangers).unwrap_or(usize::MAX), "call");
        format!("in no line: {calls} of the log by nobody who is known here, or with another's own API key")
    });
    nobody.into_iter().chain(strangers).chain(charged.remarks.iter().cloned()).collect()
}

fn columns(wide: bool) -> Vec<Column> {
    let mut columns = vec![
        Column::new("tenant", Constraint::Fill(2)).with_max_cols(28),
        Column::new("plan", Constraint::Fill(1)).with_max_cols(20),
        Column::new("flat", Constraint::Length(9)).right_aligned(),
        Column::new("own calls", Constraint::Length(9)).right_aligned(),
    ];
    if wide {
        columns.push(Column::new("calls of shared keys", Constraint::Length(26)).right_aligned());
    } else {
        columns.push(Column::new("shared", Constraint::Length(9)).right_aligned());
    }
    columns.push(Column::new("calls cost", Constraint::Length(10)).right_aligned());
    columns.push(Column::new("total", Constraint::Length(10)).right_aligned());
    columns
}

fn cells(app: &App, inventory: &Inventory, owed: &Owed, repeats: bool, wide: bool) -> Vec<Cell<'static>> {
    let (plain, muted) = (Style::new(), app.options.styles.get(Role::Muted));
    let price = |price: Option<Price>| price.map_or_else(|| "–".to_owned(), text::format_amount);
    let tenant = owed.tenant.as_str().to_owned();
    vec![
        Cell::Owned(tenant, if repeats { muted } else { plain }),
        Cell::Owned(inventory.plan_name(&owed.plan).to_owned(), plain),
        Cell::Owned(price(owed.flat_price), plain),
        Cell::Owned(text::format_count_u64(owed.own_calls), plain),
        Cell::Owned(format_shared(owed, wide), plain),
        Cell::Owned(price(owed.metered_price()), plain),
        Cell::Owned(text::format_amount(owed.total()), app.options.styles.get(Role::Title)),
    ]
}

/// An estimate is written with `~`, and what it is a share of beside it where there is room.
fn format_shared(owed: &Owed, wide: bool) -> String {
    let Some(estimate) = owed.estimated_calls() else {
        return owed.logged_calls.map_or_else(|| "–".to_owned(), text::format_count_u64);
    };
    let of: Vec<_> = owed
        .shared_keys
        .iter()
        .map(|share| {
            format!("{} by {}", text::format_count_u64(share.key.used), text::format_count(share.tenants))
        })
        .collect();
    let estimate = format!("~{}", text::format_count_u64(estimate));
    match (&of[..], wide) {
        ([one], true) => format!("{estimate} of {one}"),
        (several, true) => format!("{estimate} of {}", pluralize(several.len(), "shared key")),
        (_, false) => estimate,
    }
}

fn format_money(price: Price, charged: &ChargeReport) -> String {
    format!("{} {}", text::format_amount(price), charged.report.currency)
}
