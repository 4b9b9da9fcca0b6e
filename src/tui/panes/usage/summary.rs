//! The lines above the chart: usage, pace, forecast, timeline and age of the data.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use keypool_domain::change::pluralize;
use keypool_domain::usage::QuotaStatus;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;

use crate::tui::app::App;
use crate::tui::panes::figures;
use crate::tui::styles::Role;
use crate::tui::widgets::bar;
use crate::tui::widgets::timeline::Timeline;
use crate::tui::{text, warnings};

use super::{UsageContent, UsageSubject};

const BAR_COLS: usize = 20;
const MAX_TIMELINE_COLS: usize = 100;

pub(super) fn draw(app: &App, content: &UsageContent<'_>, area: Rect, frame: &mut Frame<'_>) {
    let cells = usize::from(area.width).saturating_sub(2);
    let mut lines = match content.status {
        Some(status) => status_lines(app, content, status, cells),
        None => account_lines(app, content, cells),
    };
    lines.push(Line::styled(freshness_text(app, content, cells), app.options.styles.get(Role::Muted)));
    let lines: Vec<_> = lines.into_iter().map(indent_line).collect();
    frame.render_widget(Paragraph::new(lines), area);
}

fn indent_line(line: Line<'static>) -> Line<'static> {
    let style = line.style;
    Line::from_iter(std::iter::once(Span::raw(" ")).chain(line.spans)).style(style)
}

fn status_lines(
    app: &App,
    content: &UsageContent<'_>,
    status: &QuotaStatus,
    cells: usize,
) -> Vec<Line<'static>> {
    let styles = &app.options.styles;
    let style = styles.get(figures::usage_role(status, figures::key_warning(status)));
    let mut first = vec![Span::styled(format_used(status), style)];
    if let (Some(limit), Some(percent)) = (status.limit, status.whole_percent()) {
        first.push(Span::styled(format!(" · {percent}% "), style));
        first.extend(bar::spans(status.used, limit, BAR_COLS, styles));
    }
    if let Some(remaining) = status.remaining {
        first.push(Span::raw(format!(" {} left", text::format_count_u64(remaining))));
    }
    if status.days_at_limit > 0 {
        first.push(Span::styled(
            format!(" · limit reached on {}", pluralize(status.days_at_limit as usize, "day")),
            style,
        ));
    }
    let forecast_label =
        if matches!(content.subject, UsageSubject::Plan(_)) { FIRST_OUT_LABEL } else { RUNS_OUT_LABEL };
    let mut lines = vec![
        Line::from(first),
        Line::styled(text::fit(&format_pace(status, forecast_label), cells).into_owned(), style),
    ];
    if let Some(line) = timeline_line(app, content, status, cells) {
        lines.push(line);
    }
    lines
}

/// E.g. `used 412 of 5,000`.
pub(crate) fn format_used(status: &QuotaStatus) -> String {
    match status.limit {
        Some(limit) => {
            format!("used {} of {}", text::format_count_u64(status.used), text::format_count_u64(limit))
        }
        None if status.is_settling => {
            format!(
                "used {} · just extended; new balance not reported yet",
                text::format_count_u64(status.used)
            )
        }
        None => format!("used {} · no quota", text::format_count_u64(status.used)),
    }
}

/// Label of the forecast for one API key.
pub(crate) const RUNS_OUT_LABEL: &str = "runs out";
/// Label of the forecast for the API keys of a plan.
pub(crate) const FIRST_OUT_LABEL: &str = "first key runs out";

/// E.g. `367/day · runs out ~25 Nov 18:00 UTC · resets ~1 Dec 00:00 UTC`.
pub(crate) fn format_pace(status: &QuotaStatus, forecast_label: &str) -> String {
    let now =
        status.current_burn_rate.map(|rate| format!(", now ~{}/day", format_rate(rate))).unwrap_or_default();
    let rate = format!("{}/day{now}", format_rate(status.burn_rate));
    let resets = status.resets_at.map(|at| format!("resets ~{} UTC", format_time(at)));
    match (resets, status.is_exhausted(), status.runs_out_at) {
        (None, ..) => rate,
        (Some(reset), true, _) => format!("{rate} · quota used up · {reset}"),
        (Some(reset), false, Some(out)) => {
            format!("{rate} · {forecast_label} ~{} UTC · {reset}", format_time(out))
        }
        (Some(reset), false, None) => format!("{rate} · lasts until it {reset}"),
    }
}

fn format_time(at: Timestamp) -> String {
    at.to_zoned(TimeZone::UTC).strftime("%-d %b %H:%M").to_string()
}

/// Rounds to a whole number, except between 0 and 1.
pub(super) fn format_rate(per_day: f64) -> String {
    if per_day > 0.0 && per_day < 1.0 {
        return "<1".to_owned();
    }
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "calls a day are few and not negative"
    )]
    let whole = per_day.round().max(0.0) as u64;
    text::format_count_u64(whole)
}

fn timeline_line(
    app: &App,
    content: &UsageContent<'_>,
    status: &QuotaStatus,
    cells: usize,
) -> Option<Line<'static>> {
    let (quota, to) = (content.quota?, status.resets_at?);
    let styles = &app.options.styles;
    let start = quota.period_start(super::usage_range::today(app.now));
    let from = start.to_zoned(TimeZone::UTC).ok()?.timestamp();
    let labels = [from, to].map(|at| figures::format_day_or_time(at, app.now));
    let room = cells.saturating_sub(labels.iter().map(|label| text::width(label) + 1).sum());
    let timeline = Timeline { from, now: app.now, runs_out_at: status.runs_out_at, to };
    let muted = styles.get(Role::Muted);
    let [from_label, to_label] = labels;
    let timeline_spans = timeline.spans(room.min(MAX_TIMELINE_COLS), styles);
    let spans = std::iter::once(Span::styled(format!("{from_label} "), muted)).chain(timeline_spans);
    Some(Line::from_iter(spans.chain([Span::styled(format!(" {to_label}"), muted)])))
}

/// The summary where there is no quota status: for the account, or for a plan or key without data.
fn account_lines(app: &App, content: &UsageContent<'_>, cells: usize) -> Vec<Line<'static>> {
    let styles = &app.options.styles;
    if *content.subject != UsageSubject::Account {
        return vec![Line::styled("no usage data for the current period", styles.get(Role::Muted))];
    }
    let total = content.ranks().map_or(0, |ranks| ranks.total);
    let rate: f64 = app.usage().map_or(0.0, |index| index.calls_per_day());
    let first =
        format!("{} calls on these days · {}/day now", text::format_count_u64(total), format_rate(rate));
    let warnings_line =
        warnings::summary_line(app, cells).map(|(role, line)| (role, text::fit(&line, cells).into_owned()));
    let warnings_line = warnings_line.map(|(role, line)| Line::styled(line, styles.get(role)));
    std::iter::once(Line::raw(first)).chain(warnings_line).collect()
}

/// The age of the data, always shown because API Gateway's usage data lags.
fn freshness_text(app: &App, content: &UsageContent<'_>, cells: usize) -> String {
    let fetched = content.fetched_at().map_or_else(
        || "not loaded".to_owned(),
        |at| format!("as of {} UTC", at.to_zoned(TimeZone::UTC).strftime("%H:%M")),
    );
    let state = match app.usage_failure() {
        Some(failure) => format!(" · stale: {failure}"),
        None if app.is_reading_usage() => format!(" · {} reading", app.spinner()),
        None => String::new(),
    };
    let remarks = content.index.map_or(0, |index| index.usage.remarks.len());
    let remarks = match remarks {
        0 => String::new(),
        1 => content
            .index
            .and_then(|index| index.usage.remarks.first())
            .map_or_else(String::new, |remark| format!(" · {remark}")),
        count => format!(" · {count} remarks"),
    };
    let text = format!("{fetched}{state} · counts lag by up to 30 min · days are UTC{remarks}");
    text::fit(&text, cells).into_owned()
}
