//! The lines above the chart: how much, how fast, until when, and how new all that is.

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

/// Cells of the bar beside the percentage.
const BAR_COLS: usize = 20;
/// The longest line that time is drawn as.
const MAX_TIMELINE_COLS: usize = 100;

pub(super) fn draw(app: &App, content: &UsageContent<'_>, area: Rect, frame: &mut Frame<'_>) {
    let cells = usize::from(area.width).saturating_sub(2);
    let mut lines = match content.status {
        Some(standing) => status_lines(app, content, standing, cells),
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
    standing: &QuotaStatus,
    cells: usize,
) -> Vec<Line<'static>> {
    let look = &app.options.styles;
    let role = look.get(figures::usage_role(standing, figures::key_warning(standing)));
    let mut first = vec![Span::styled(format_used(standing), role)];
    if let (Some(limit), Some(percent)) = (standing.limit, standing.whole_percent()) {
        first.push(Span::styled(format!(" · {percent}% "), role));
        first.extend(bar::spans(standing.used, limit, BAR_COLS, look));
    }
    if let Some(left) = standing.remaining {
        first.push(Span::raw(format!(" left {}", text::format_count_u64(left))));
    }
    if standing.days_at_limit > 0 {
        first.push(Span::styled(
            format!(" · at the limit on {}", pluralize(standing.days_at_limit as usize, "day")),
            role,
        ));
    }
    let ends = if matches!(content.of, UsageSubject::Plan(_)) { FIRST_OUT_LABEL } else { RUNS_OUT_LABEL };
    let mut lines = vec![
        Line::from(first),
        Line::styled(text::fit(&format_pace(standing, ends), cells).into_owned(), role),
    ];
    if let Some(line) = timeline_line(app, content, standing, cells) {
        lines.push(line);
    }
    lines
}

/// For example `used 412 of 5,000`.
pub(crate) fn format_used(standing: &QuotaStatus) -> String {
    match standing.limit {
        Some(limit) => {
            format!("used {} of {}", text::format_count_u64(standing.used), text::format_count_u64(limit))
        }
        None if standing.is_settling => {
            format!(
                "used {} · just extended: the rest is not settled yet",
                text::format_count_u64(standing.used)
            )
        }
        None => format!("used {} · no quota", text::format_count_u64(standing.used)),
    }
}

/// What is said before the time at which a key has nothing left.
pub(crate) const RUNS_OUT_LABEL: &str = "runs out";
/// The same of the first key of several.
pub(crate) const FIRST_OUT_LABEL: &str = "first out";

/// How fast, and until when.
pub(crate) fn format_pace(standing: &QuotaStatus, ends: &str) -> String {
    let now =
        standing.current_burn_rate.map(|now| format!(", now ~{}", format_rate(now))).unwrap_or_default();
    let burn = format!("burn {} a day{now}", format_rate(standing.burn_rate));
    let resets = standing.resets_at.map(|at| format!("resets {} UTC (expected)", format_time(at)));
    match (resets, standing.is_exhausted(), standing.runs_out_at) {
        (None, ..) => burn,
        (Some(reset), true, _) => format!("{burn} · spent · {reset}"),
        (Some(reset), false, Some(out)) => format!("{burn} · {ends} ~{} · {reset}", format_time(out)),
        (Some(reset), false, None) => format!("{burn} · lasts until it {reset}"),
    }
}

fn format_time(at: Timestamp) -> String {
    at.to_zoned(TimeZone::UTC).strftime("%-d %b %H:%M").to_string()
}

/// Calls a day in whole numbers; less than one is said, not hidden.
pub(super) fn format_rate(burn: f64) -> String {
    if burn > 0.0 && burn < 1.0 {
        return "less than 1".to_owned();
    }
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "calls a day are few and not negative"
    )]
    let whole = burn.round().max(0.0) as u64;
    text::format_count_u64(whole)
}

fn timeline_line(
    app: &App,
    content: &UsageContent<'_>,
    standing: &QuotaStatus,
    cells: usize,
) -> Option<Line<'static>> {
    let (quota, to) = (content.quota?, standing.resets_at?);
    let look = &app.options.styles;
    let start = quota.period_start(super::usage_range::today(app.now));
    let from = start.to_zoned(TimeZone::UTC).ok()?.timestamp();
    let ends = [from, to].map(|at| figures::format_day_or_time(at, app.now));
    let room = cells.saturating_sub(ends.iter().map(|end| text::width(end) + 1).sum());
    let line = Timeline { from, now: app.now, runs_out_at: standing.runs_out_at, to };
    let muted = look.get(Role::Muted);
    let [begins, ends] = ends;
    let middle = line.spans(room.min(MAX_TIMELINE_COLS), look);
    let spans = std::iter::once(Span::styled(format!("{begins} "), muted)).chain(middle);
    Some(Line::from_iter(spans.chain([Span::styled(format!(" {ends}"), muted)])))
}

/// The account, a plan without keys, or a key that nothing is known of.
fn account_lines(app: &App, content: &UsageContent<'_>, cells: usize) -> Vec<Line<'static>> {
    let look = &app.options.styles;
    if *content.of != UsageSubject::Account {
        return vec![Line::styled("no calls are known of the present period: –", look.get(Role::Muted))];
    }
    let total = content.ranks().map_or(0, |ranks| ranks.total);
    let burn: f64 = app.usage().map_or(0.0, |index| index.calls_per_day());
    let first =
        format!("used {} in these days · burn {} a day", text::format_count_u64(total), format_rate(burn));
    let tonight =
        warnings::summary_line(app, cells).map(|(role, line)| (role, text::fit(&line, cells).into_owned()));
    let tonight = tonight.map(|(role, line)| Line::styled(line, look.get(role)));
    std::iter::once(Line::raw(first)).chain(tonight).collect()
}

/// How new the figures are, and that they are not of this moment.
fn freshness_text(app: &App, content: &UsageContent<'_>, cells: usize) -> String {
    let asked = content.fetched_at().map_or_else(
        || "not asked".to_owned(),
        |at| format!("asked {} UTC", at.to_zoned(TimeZone::UTC).strftime("%H:%M")),
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
            .map_or_else(String::new, |one| format!(" · {one}")),
        many => format!(" · {many} remarks"),
    };
    let said = format!("{asked}{state} · counts lag by up to half an hour · days in UTC{remarks}");
    text::fit(&said, cells).into_owned()
}
