//! The charges report for a month: one line per tenant and plan, with exact and estimated calls in separate
//! columns, and a total for each tenant with several plans.

mod rows;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use jiff::tz::TimeZone;
use keypool_domain::Price;
use keypool_domain::charging::{Line as ChargeLine, UnlistedCalls, UnlistedReason};
use keypool_domain::text::{pluralize, pluralize_calls};
use ratatui::Frame;
use ratatui::layout::{Constraint, Rect};
use ratatui::style::Style;
use ratatui::text::Line;
use ratatui::widgets::Paragraph;

use self::rows::{ReportRow, RowKind};
use crate::aws::Failure;
use crate::ops::{AccessLogFile, AccessLogSource, ChargeReport, ExportList, ReportRequest};
use crate::tui::dialogs::forms::call_log;
use crate::tui::dialogs::menu::Menu;
use crate::tui::keys::action::{Action, ReportAction, Scope, UsageAction, ViewAction};
use crate::tui::model::Model;
use crate::tui::model::message::Tone;
use crate::tui::model::query::{Query, QueryResult};
use crate::tui::model::remote::Remote;
use crate::tui::screen::{Command, Handled, NamedList, Screen, done};
use crate::tui::screens::empty;
use crate::tui::screens::usage::usage_range::{self, UsageRange};
use crate::tui::styles::Role;
use crate::tui::text;
use crate::tui::view::View;
use crate::tui::widgets::cursor::Cursor;
use crate::tui::widgets::panel;
use crate::tui::widgets::table::{self, Cell, Column, TableView};

/// Rows of the summary above the list.
const SUMMARY_ROWS: u16 = 4;
/// Narrower views show the estimated calls of shared keys without the total that they are a share of.
const MIN_FULL_COLS: u16 = 100;

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Report {
    /// 0 is the current month.
    months_back: u8,
    cursor: Cursor,
    height: usize,
    charges: Remote<ChargeReport>,
    /// The rows of `charges`.
    rows: Vec<RowKind>,
    /// If set, calls of shared keys are counted from this access log instead of estimated.
    access_log: Option<PathBuf>,
}

impl Default for Report {
    /// Starts with the last complete month.
    fn default() -> Self {
        Self {
            months_back: 1,
            cursor: Cursor::default(),
            height: 0,
            charges: Remote::NotRequested,
            rows: Vec::new(),
            access_log: None,
        }
    }
}

impl Screen for Report {
    fn scopes(&self) -> &'static [Scope] {
        &[Scope::Report, Scope::View]
    }

    fn handle(&mut self, action: Action, model: &Model) -> Handled {
        if let Some(motion) = action.motion() {
            self.cursor.move_by(motion, self.line_count(model), self.height);
            return done();
        }
        if let Some(action) = action.as_view() {
            return Some(match action {
                ViewAction::Refresh => self.reload(model),
                ViewAction::Back | ViewAction::Close => {
                    let stop = model.task_to_stop(View::Report);
                    vec![stop.map_or(Command::Go(View::Home), Command::Stop)]
                }
            });
        }
        if let Some(action) = action.as_usage() {
            let is_earlier = match action {
                UsageAction::NextRange => false,
                UsageAction::PreviousRange => true,
                UsageAction::Usage => return None,
            };
            let Some(month) = UsageRange::Month(self.months_back).step_month(is_earlier) else {
                return Some(vec![usage_range::end_message(is_earlier)]);
            };
            self.months_back = month;
            return Some(self.read(model));
        }
        Some(match action.as_report()? {
            ReportAction::Report => self.reload(model),
            ReportAction::AccessLog => {
                let file = self.access_log.as_deref().map(Path::display).map(|file| file.to_string());
                vec![call_log::open(file.unwrap_or_default(), &model.options().access_log_fields)]
            }
            ReportAction::Refreeze => vec![self.confirm_refreeze(model)],
        })
    }

    fn entered(&mut self, model: &Model) -> Vec<Command> {
        self.read(model)
    }

    /// Stores the charges, unless another month was chosen meanwhile.
    fn arrived(&mut self, query: &Query, result: &Result<QueryResult, Failure>, model: &Model) {
        let Query::Charges(request) = query else { return };
        if Some(request.month) != self.month(model.now()) {
            return;
        }
        match result {
            Ok(QueryResult::Charges(charges)) => {
                self.rows = rows::row_kinds(&charges.report);
                self.charges.finish(Ok((**charges).clone()), model.now());
            }
            Ok(_) => {}
            Err(failure) => self.charges.finish(Err(failure.clone()), model.now()),
        }
    }

    fn settle(&mut self, area: Rect, model: &Model) {
        let lines = self.line_count(model);
        let inside = area.height.saturating_sub(2);
        self.height = table::body_height(inside - summary_height(inside));
        self.cursor.clamp(lines, self.height);
    }

    fn export(&self, model: &Model) -> Result<NamedList, String> {
        let charges = self.charges_of_month(model.now()).ok_or("the report is not loaded yet")?;
        let month = charges.report.month.from().strftime("%Y-%m");
        let list = ExportList::Charges(charges.report.clone());
        Ok((list, format!("report of {month}")))
    }

    fn draw(&self, model: &Model, area: Rect, frame: &mut Frame<'_>) {
        let styles = model.styles();
        let inside = panel::draw(frame, area, &title(self, model), true, styles);
        let Some(charges) = self.charges_of_month(model.now()) else {
            return empty::draw_text(model, inside, frame, &empty_text(self, model));
        };
        let summary = Rect { height: summary_height(inside.height), ..inside };
        draw_summary(model, charges, summary, frame);
        let list = Rect { y: summary.bottom(), height: inside.height - summary.height, ..inside };
        let lines = &charges.report.lines;
        if lines.is_empty() {
            return empty::draw_text(model, list, frame, "no charges for this month");
        }
        let columns = columns(model, inside.width);
        let view = TableView { rows: self.rows.len(), cursor: self.cursor, focused: true, styles };
        table::draw(frame, list, &view, &columns, |at| rows::row(lines, &self.rows, at, self.cursor.top));
    }
}

impl Report {
    fn month(&self, now: Timestamp) -> Option<keypool_domain::usage::DayRange> {
        UsageRange::Month(self.months_back).range_to_read(now)
    }

    /// Returns the charges only if they are for the selected month.
    fn charges_of_month(&self, now: Timestamp) -> Option<&ChargeReport> {
        let month = self.month(now);
        self.charges.value().filter(|charges| Some(charges.report.month) == month)
    }

    fn line_count(&self, model: &Model) -> usize {
        self.charges_of_month(model.now()).map_or(0, |_| self.rows.len())
    }

    fn query(&self, refreeze: bool, model: &Model) -> Option<Query> {
        let month = self.month(model.now())?;
        let log = self.access_log.clone().map(|path| AccessLogFile {
            source: AccessLogSource::File(path),
            fields: model.options().access_log_fields.clone(),
        });
        let tariff = model.options().tariff.clone();
        Some(Query::Charges(ReportRequest { month, tariff, log, refreeze }))
    }

    /// Reads the charges of the chosen month, unless they are loaded or being read.
    pub(crate) fn read(&mut self, model: &Model) -> Vec<Command> {
        let query = self.query(false, model).filter(|query| !model.is_loading(query));
        let Some(query) = query.filter(|_| self.charges_of_month(model.now()).is_none()) else {
            return Vec::new();
        };
        self.charges.start();
        vec![Command::Load(query)]
    }

    fn reload(&mut self, model: &Model) -> Vec<Command> {
        self.charges = Remote::NotRequested;
        self.read(model)
    }

    /// Counts the calls of shared keys per tenant from this access log; `None` estimates them.
    pub(crate) fn set_access_log(&mut self, log: Option<PathBuf>, model: &Model) -> Vec<Command> {
        self.access_log = log;
        self.read_again(false, model)
    }

    /// Reads the charges again, and cancels a read that is running.
    pub(crate) fn read_again(&mut self, refreeze: bool, model: &Model) -> Vec<Command> {
        let Some(query) = self.query(refreeze, model) else { return Vec::new() };
        self.charges = Remote::NotRequested;
        self.charges.start();
        vec![Command::CancelCharges, Command::Load(query)]
    }

    /// Opens a menu before frozen figures are replaced.
    fn confirm_refreeze(&self, model: &Model) -> Command {
        let charges = self.charges_of_month(model.now());
        match charges.map(|charges| (&charges.frozen, charges.differences.len())) {
            None => Command::refuse("the report is not loaded yet"),
            Some((None, _)) => Command::say(Tone::Info, "the month is not frozen"),
            Some((Some(_), 0)) => Command::say(Tone::Info, "the frozen figures are current"),
            Some((Some(frozen), count)) => Command::open(Menu::for_refreeze(frozen, count)),
        }
    }
}

const fn summary_height(available: u16) -> u16 {
    if SUMMARY_ROWS < available / 3 { SUMMARY_ROWS } else { available / 3 }
}

fn title(report: &Report, model: &Model) -> String {
    let month = UsageRange::Month(report.months_back).range_to_read(model.now());
    let month = month.map_or_else(String::new, |month| month.from().strftime("%B %Y").to_string());
    let state = match (&report.charges, report.charges_of_month(model.now())) {
        (Remote::Loading { .. }, _) => format!(" · {} reading", model.spinner()),
        (Remote::Failed { .. }, Some(_)) => " · stale".to_owned(),
        (_, Some(charges)) if charges.frozen.is_some() => " · frozen".to_owned(),
        (_, Some(_)) => " · not frozen".to_owned(),
        _ => String::new(),
    };
    let log = report.access_log.as_deref().and_then(Path::file_name);
    let log = log.map_or_else(String::new, |log| format!(" · calls from {}", log.to_string_lossy()));
    format!("Report · {month}{state}{log}")
}

fn empty_text(report: &Report, model: &Model) -> String {
    match &report.charges {
        Remote::Loading { .. } => {
            format!("{} reading usage for the month{}", model.spinner(), model.report_progress())
        }
        Remote::Failed { failure, .. } => format!("could not create the report: {failure}"),
        Remote::NotRequested | Remote::Ready { .. } | Remote::Stopped => {
            format!("Not loaded. Press {} to load.", model.key_label(Action::Refresh))
        }
    }
}

fn draw_summary(model: &Model, charges: &ChargeReport, area: Rect, frame: &mut Frame<'_>) {
    let figures = &charges.report;
    let cells = usize::from(area.width).saturating_sub(2);
    let mut tenants: Vec<_> = figures.lines.iter().map(|line| &line.tenant).collect();
    tenants.dedup();
    let total =
        format!("total {} · {}", format_money(figures.total(), charges), pluralize(tenants.len(), "tenant"));
    let frozen = match &charges.frozen {
        Some(frozen) => {
            let at = frozen.at.to_zoned(TimeZone::UTC).strftime("%-d %b %Y %H:%M");
            let key = model.key_label(Action::Refreeze);
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
    let mut texts: Vec<_> = summary.into_iter().flatten().chain(uncharged).collect();
    let rows = usize::from(area.height);
    if texts.len() > rows && rows > 2 {
        let hidden = texts.split_off(rows - 1).len();
        let command = figures.month.from().strftime("keypool report --month %Y-%m");
        texts.push((Role::Warn, format!("{hidden} more notes: `{command}` prints them")));
    }
    let lines = texts
        .iter()
        .map(|(role, text)| Line::styled(format!(" {}", text::fit(text, cells)), model.styles().get(*role)));
    frame.render_widget(Paragraph::new(lines.collect::<Vec<_>>()), area);
}

/// Calls that are in no line of the report, and remarks on incomplete data.
fn uncharged_lines(charges: &ChargeReport) -> Vec<String> {
    let left_out = charges.report.unpriced.iter().map(ToString::to_string);
    let unattributed: u64 =
        charges.report.unattributed.iter().map(|key| key.used).fold(0, u64::saturating_add);
    let unattributed = (unattributed > 0).then(|| {
        let calls = pluralize_calls(unattributed);
        format!("unattributed, not charged: {calls} with API keys that have no tenant")
    });
    let mut unlisted: BTreeMap<UnlistedReason, u64> = BTreeMap::new();
    for UnlistedCalls { reason, calls, .. } in &charges.report.unlisted {
        let sum = unlisted.entry(*reason).or_default();
        *sum = sum.saturating_add(*calls);
    }
    let unlisted = unlisted.into_iter().map(|(reason, calls)| {
        format!("not charged: {} in the log, {}", pluralize_calls(calls), reason.describe_all())
    });
    left_out.chain(unattributed).chain(unlisted).chain(charges.remarks.iter().cloned()).collect()
}

type ReportColumn<'a> = Column<'a, ReportRow<'a>>;

fn columns<'a>(model: &Model, width: u16) -> [ReportColumn<'a>; 7] {
    let [muted, title] = [Role::Muted, Role::Title].map(|role| model.styles().get(role));
    let wide = width >= MIN_FULL_COLS;
    let (shared, shared_cols) = if wide { ("calls of shared keys", 26) } else { ("shared", 9) };
    [
        ReportColumn::new("tenant", Constraint::Fill(2), move |row| {
            Cell::Text(row.tenant(), if row.repeats_tenant { muted } else { Style::new() })
        })
        .with_max_cols(28),
        ReportColumn::new("plan", Constraint::Fill(1), |row| row.plan()).with_max_cols(20),
        ReportColumn::new("flat fee", Constraint::Length(9), |row| {
            if row.is_flat_price_unknown() { "?".to_owned() } else { format_price(row.flat_price()) }
        })
        .right_aligned()
        .shown_from(48),
        ReportColumn::new("own calls", Constraint::Length(9), |row| row.own_calls())
            .right_aligned()
            .shown_from(70),
        ReportColumn::new(shared, Constraint::Length(shared_cols), move |row| {
            row.line().map_or_else(String::new, |line| format_shared(line, wide))
        })
        .right_aligned()
        .shown_from(70),
        ReportColumn::new("usage fee", Constraint::Length(10), |row| {
            if row.is_metered_price_unknown() { "?".to_owned() } else { format_price(row.metered_price()) }
        })
        .right_aligned()
        .shown_from(58),
        ReportColumn::new("total", Constraint::Length(10), move |row| {
            Cell::Owned(text::format_amount(row.total()), title)
        })
        .right_aligned(),
    ]
}

fn format_price(price: Option<Price>) -> String {
    price.map_or_else(|| "–".to_owned(), text::format_amount)
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
