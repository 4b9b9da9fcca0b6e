//! The charges report for a month: one line per tenant and plan, with exact and estimated calls in separate
//! columns.

use std::path::{Path, PathBuf};

use jiff::Timestamp;
use jiff::tz::TimeZone;
use keypool_domain::change::pluralize;
use keypool_domain::charging::Line as ChargeLine;
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

/// Rows of the summary above the list.
const SUMMARY_ROWS: u16 = 4;
/// Narrower views show the estimated calls of shared keys without the total that they are a share of.
const MIN_FULL_COLS: u16 = 100;

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ReportPane {
    /// 0 is the current month.
    pub(crate) months_back: u8,
    cursor: Cursor,
    height: usize,
    pub(crate) charges: Remote<ChargeReport>,
    /// If set, calls of shared keys are counted from this access log instead of estimated.
    pub(crate) access_log: Option<PathBuf>,
}

impl Default for ReportPane {
    /// Starts with the last complete month.
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
    /// Returns the charges only if they are for the selected month.
    pub(crate) fn charges_of_month(&self, now: Timestamp) -> Option<&ChargeReport> {
        let month = UsageRange::Month(self.months_back).range_to_read(now);
        self.charges.value().filter(|charges| Some(charges.report.month) == month)
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

const fn summary_height(available: u16) -> u16 {
    if SUMMARY_ROWS < available / 2 { SUMMARY_ROWS } else { available / 2 }
}

pub(crate) fn draw(app: &App, area: Rect, frame: &mut Frame<'_>) {
    let styles = &app.options.styles;
    let inside = panel::draw(frame, area, &title(app), true, styles);
    let (Some(charges), Some(inventory)) = (app.report.charges_of_month(app.now), app.inventory()) else {
        return messages::draw_text(app, inside, frame, &empty_text(app));
    };
    let summary = Rect { height: summary_height(inside.height), ..inside };
    draw_summary(app, charges, summary, frame);
    let list = Rect { y: summary.bottom(), height: inside.height - summary.height, ..inside };
    let lines = &charges.report.lines;
    if lines.is_empty() {
        return messages::draw_text(app, list, frame, "no charges for this month");
    }
    let wide = inside.width >= MIN_FULL_COLS;
    let columns = columns(wide);
    let view =
        TableView { columns: &columns, rows: lines.len(), cursor: app.report.cursor, focused: true, styles };
    table::draw(frame, list, &view, |at| {
        let repeats_tenant = at > 0 && at > app.report.cursor.top && lines[at - 1].tenant == lines[at].tenant;
        (false, cells(app, inventory, &lines[at], repeats_tenant, wide))
    });
}

fn title(app: &App) -> String {
    let month = UsageRange::Month(app.report.months_back).range_to_read(app.now);
    let month = month.map_or_else(String::new, |month| month.from().strftime("%B %Y").to_string());
    let state = match (&app.report.charges, app.report.charges_of_month(app.now)) {
        (Remote::Loading { .. }, _) => format!(" · {} reading", app.spinner()),
        (Remote::Failed { .. }, Some(_)) => " · stale".to_owned(),
        (_, Some(charges)) if charges.frozen.is_some() => " · frozen".to_owned(),
        (_, Some(_)) => " · not frozen".to_owned(),
        _ => String::new(),
    };
    let log = app.report.access_log.as_deref().and_then(Path::file_name);
    let log = log.map_or_else(String::new, |log| format!(" · calls from {}", log.to_string_lossy()));
    format!("Report · {month}{state}{log}")
}

fn empty_text(app: &App) -> String {
    match &app.report.charges {
        Remote::Loading { .. } => {
            format!("{} reading usage for the month{}", app.spinner(), app.report_progress())
        }
        Remote::Failed { failure, .. } => format!("could not create the report: {failure}"),
        Remote::NotRequested | Remote::Ready { .. } => {
            format!("Not loaded. Press {} to load.", app.key_label(Action::Refresh))
        }
    }
}

fn draw_summary(app: &App, charges: &ChargeReport, area: Rect, frame: &mut Frame<'_>) {
    let report = &charges.report;
    let cells = usize::from(area.width).saturating_sub(2);
    let mut tenants: Vec<_> = report.lines.iter().map(|line| &line.tenant).collect();
    tenants.dedup();
    let total =
        format!("total {} · {}", format_money(report.total(), charges), pluralize(tenants.len(), "tenant"));
    let frozen = match &charges.frozen {
        Some(frozen) => {
            let at = frozen.at.to_zoned(TimeZone::UTC).strftime("%-d %b %Y %H:%M");
            let key = app.key_label(Action::Refreeze);
            if charges.differences.is_empty() {
                format!("frozen on {at} UTC; figures no longer change")
            } else {
                format!("frozen on {at} UTC · {key} replaces them with current figures")
            }
        }
        None => "not frozen: figures are current and may change".to_owned(),
    };
    let difference = charges.differences.first().map(|first| {
        let more = charges.differences.len() - 1;
        let more = if more > 0 { format!(" · {more} more") } else { String::new() };
        (Role::Warn, format!("differs from current usage: {first}{more}"))
    });
    let summary = [Some((Role::Title, total)), Some((Role::Muted, frozen)), difference];
    let uncharged = uncharged_lines(charges).into_iter().map(|text| (Role::Warn, text));
    let lines = summary.into_iter().flatten().chain(uncharged).map(|(role, text)| {
        Line::styled(format!(" {}", text::fit(&text, cells)), app.options.styles.get(role))
    });
    frame.render_widget(Paragraph::new(lines.collect::<Vec<_>>()), area);
}

/// Calls that are in no line of the report, and remarks on incomplete data.
fn uncharged_lines(charges: &ChargeReport) -> Vec<String> {
    let unattributed: u64 =
        charges.report.unattributed.iter().map(|key| key.used).fold(0, u64::saturating_add);
    let unattributed = (unattributed > 0).then(|| {
        let calls = pluralize_calls(unattributed);
        format!("not charged: {calls} with API keys that have no tenant")
    });
    let unknown: u64 =
        charges.report.unknown_tenants.iter().map(|(_, calls)| *calls).fold(0, u64::saturating_add);
    let unknown = (unknown > 0).then(|| {
        let calls = pluralize_calls(unknown);
        format!("not charged: {calls} in the log by unknown tenants or with another tenant's own API key")
    });
    unattributed.into_iter().chain(unknown).chain(charges.remarks.iter().cloned()).collect()
}

fn pluralize_calls(count: u64) -> String {
    pluralize(usize::try_from(count).unwrap_or(usize::MAX), "call")
}

fn columns(wide: bool) -> Vec<Column> {
    let mut columns = vec![
        Column::new("tenant", Constraint::Fill(2)).with_max_cols(28),
        Column::new("plan", Constraint::Fill(1)).with_max_cols(20),
        Column::new("flat fee", Constraint::Length(9)).right_aligned(),
        Column::new("own calls", Constraint::Length(9)).right_aligned(),
    ];
    if wide {
        columns.push(Column::new("calls of shared keys", Constraint::Length(26)).right_aligned());
    } else {
        columns.push(Column::new("shared", Constraint::Length(9)).right_aligned());
    }
    columns.push(Column::new("usage fee", Constraint::Length(10)).right_aligned());
    columns.push(Column::new("total", Constraint::Length(10)).right_aligned());
    columns
}

fn cells(
    app: &App,
    inventory: &Inventory,
    line: &ChargeLine,
    repeats_tenant: bool,
    wide: bool,
) -> Vec<Cell<'static>> {
    let (plain, muted) = (Style::new(), app.options.styles.get(Role::Muted));
    let format_price = |price: Option<Price>| price.map_or_else(|| "–".to_owned(), text::format_amount);
    let tenant = line.tenant.as_str().to_owned();
    vec![
        Cell::Owned(tenant, if repeats_tenant { muted } else { plain }),
        Cell::Owned(inventory.plan_name(&line.plan).to_owned(), plain),
        Cell::Owned(format_price(line.flat_price), plain),
        Cell::Owned(text::format_count_u64(line.own_calls), plain),
        Cell::Owned(format_shared(line, wide), plain),
        Cell::Owned(format_price(line.metered_price()), plain),
        Cell::Owned(text::format_amount(line.total()), app.options.styles.get(Role::Title)),
    ]
}

/// An estimate is marked with `~`; if `wide`, the total that it is a share of follows.
fn format_shared(line: &ChargeLine, wide: bool) -> String {
    let Some(estimate) = line.estimated_calls() else {
        return line.logged_calls.map_or_else(|| "–".to_owned(), text::format_count_u64);
    };
    let totals: Vec<_> = line
        .shared_keys
        .iter()
        .map(|share| {
            format!("{} by {}", text::format_count_u64(share.key.used), text::format_count(share.tenants))
        })
        .collect();
    let estimate = format!("~{}", text::format_count_u64(estimate));
    match (&totals[..], wide) {
        ([total], true) => format!("{estimate} of {total}"),
        (totals, true) => format!("{estimate} of {}", pluralize(totals.len(), "shared key")),
        (_, false) => estimate,
    }
}

fn format_money(price: Price, charges: &ChargeReport) -> String {
    format!("{} {}", text::format_amount(price), charges.report.currency)
}
