//! The lines above the chart: usage, pace, forecast, timeline and age of the data.

use jiff::tz::TimeZone;
use keypool_domain::text::pluralize;
use keypool_domain::usage::QuotaStatus;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;

use crate::tui::model::Model;
use crate::tui::quota_text;
use crate::tui::screens::usage::content::UsageContent;
use crate::tui::screens::usage::state::UsageSubject;
use crate::tui::screens::usage::usage_range;
use crate::tui::styles::Role;
use crate::tui::widgets::bar;
use crate::tui::widgets::timeline::Timeline;
use crate::tui::{text, warnings};

const BAR_COLS: usize = 20;
const MAX_TIMELINE_COLS: usize = 100;

pub(super) fn draw(model: &Model, content: &UsageContent<'_>, area: Rect, frame: &mut Frame<'_>) {
    let cells = usize::from(area.width).saturating_sub(2);
    let mut lines = match content.status {
        Some(status) => status_lines(model, content, status, cells),
        None => account_lines(model, content, cells),
    };
    lines.push(Line::styled(freshness_text(model, content, cells), model.styles().get(Role::Muted)));
    let lines: Vec<_> = lines.into_iter().map(indent_line).collect();
    frame.render_widget(Paragraph::new(lines), area);
}

fn indent_line(line: Line<'static>) -> Line<'static> {
    let style = line.style;
    Line::from_iter(std::iter::once(Span::raw(" ")).chain(line.spans)).style(style)
}

fn status_lines(
    model: &Model,
    content: &UsageContent<'_>,
    status: &QuotaStatus,
    cells: usize,
) -> Vec<Line<'static>> {
    let styles = model.styles();
    let style = styles.get(quota_text::usage_role(status, quota_text::key_warning(status)));
    let figure = status.figure;
    let mut first = vec![Span::styled(quota_text::format_used(figure), style)];
    if let (Some(limit), Some(percent)) = (figure.limit(), figure.whole_percent()) {
        first.push(Span::styled(format!(" · {percent}% "), style));
        first.extend(bar::level_spans(figure.used(), limit, BAR_COLS, styles));
    }
    if let Some(left) = figure.left() {
        first.push(Span::raw(format!(" {} left", text::format_count_u64(left))));
    }
    if status.days_at_limit > 0 {
        first.push(Span::styled(
            format!(" · limit reached on {}", pluralize(status.days_at_limit as usize, "day")),
            style,
        ));
    }
    let forecast_label = if matches!(content.subject, UsageSubject::Plan(_)) {
        quota_text::FIRST_OUT_LABEL
    } else {
        quota_text::RUNS_OUT_LABEL
    };
    let mut lines = vec![
        Line::from(first),
        Line::styled(text::fit(&quota_text::format_pace(status, forecast_label), cells).into_owned(), style),
    ];
    if let Some(line) = timeline_line(model, content, status, cells) {
        lines.push(line);
    }
    lines
}

fn timeline_line(
    model: &Model,
    content: &UsageContent<'_>,
    status: &QuotaStatus,
    cells: usize,
) -> Option<Line<'static>> {
    let (quota, to) = (content.quota?, status.resets_at?);
    let styles = model.styles();
    let start = quota.period_start(usage_range::today(model.now()));
    let from = start.to_zoned(TimeZone::UTC).ok()?.timestamp();
    let labels = [from, to].map(|at| quota_text::format_day_or_time(at, model.now()));
    let room = cells.saturating_sub(labels.iter().map(|label| text::width(label) + 1).sum());
    let timeline = Timeline { from, now: model.now(), runs_out_at: status.runs_out_at, to };
    let muted = styles.get(Role::Muted);
    let [from_label, to_label] = labels;
    let timeline_spans = timeline.spans(room.min(MAX_TIMELINE_COLS), styles);
    let spans = std::iter::once(Span::styled(format!("{from_label} "), muted)).chain(timeline_spans);
    Some(Line::from_iter(spans.chain([Span::styled(format!(" {to_label}"), muted)])))
}

/// The summary where there is no quota status: for the account, or for a plan or key without data.
fn account_lines(model: &Model, content: &UsageContent<'_>, cells: usize) -> Vec<Line<'static>> {
    let styles = model.styles();
    if *content.subject != UsageSubject::Account {
        let text = if content.is_status_known() {
            "no usage data for the current period"
        } else {
            "usage of the current period is not read yet"
        };
        return vec![Line::styled(text, styles.get(Role::Muted))];
    }
    let missing = || text::PENDING.to_owned();
    let marked = |figure: String, is_complete| if is_complete { figure } else { format!("{figure}…") };
    let total = content.ranks().map(|ranks| text::format_count_u64(ranks.total));
    let total = total.map_or_else(missing, |total| marked(total, content.has_all_plans()));
    let rate = model.usage().map(|index| quota_text::format_rate(index.calls_per_day()));
    let rate = rate.map_or_else(missing, |rate| marked(rate, model.usage_so_far().is_none()));
    let first = format!("{total} calls on these days · {rate}/day over the last 7 days");
    let warnings_line =
        warnings::summary_line(model, cells).map(|(role, line)| (role, text::fit(&line, cells).into_owned()));
    let warnings_line = warnings_line.map(|(role, line)| Line::styled(line, styles.get(role)));
    std::iter::once(Line::raw(first)).chain(warnings_line).collect()
}

/// The age of the data, always shown because API Gateway's usage data lags.
fn freshness_text(model: &Model, content: &UsageContent<'_>, cells: usize) -> String {
    let fetched = content.fetched_at().map_or_else(
        || "not loaded".to_owned(),
        |at| format!("as of {} UTC", at.to_zoned(TimeZone::UTC).strftime("%H:%M")),
    );
    let state = match content.state.failure(model) {
        Some(failure) => format!(" · stale: {failure}"),
        None if model.is_reading_usage() => format!(" · {} reading", model.spinner()),
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
    let so_far = model.usage_so_far().map_or_else(String::new, |(known, total)| {
        format!(" · {} of {} plans so far", text::format_count(known), text::format_count(total))
    });
    let text = format!("{fetched}{state}{so_far} · counts lag by up to 30 min · days are UTC{remarks}");
    text::fit(&text, cells).into_owned()
}
