//! The lines above the chart: how much, how fast, until when, and how new all that is.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use keypool_domain::change::counted;
use keypool_domain::usage::Standing;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;

use crate::tui::app::App;
use crate::tui::look::Role;
use crate::tui::panes::figures;
use crate::tui::widgets::bar;
use crate::tui::widgets::timeline::Timeline;
use crate::tui::{text, tonight};

use super::{Content, Of};

/// Cells of the bar beside the percentage.
const BAR: usize = 20;
/// The longest line that time is drawn as.
const LINE: usize = 100;

pub(super) fn draw(app: &App, content: &Content<'_>, area: Rect, frame: &mut Frame<'_>) {
    let cells = usize::from(area.width).saturating_sub(2);
    let mut lines = match content.standing {
        Some(standing) => of_standing(app, content, standing, cells),
        None => of_many(app, content, cells),
    };
    lines.push(Line::styled(freshness(app, content, cells), app.options.look.style(Role::Muted)));
    let lines: Vec<_> = lines.into_iter().map(indented).collect();
    frame.render_widget(Paragraph::new(lines), area);
}

fn indented(line: Line<'static>) -> Line<'static> {
    let style = line.style;
    Line::from_iter(std::iter::once(Span::raw(" ")).chain(line.spans)).style(style)
}

fn of_standing(app: &App, content: &Content<'_>, standing: &Standing, cells: usize) -> Vec<Line<'static>> {
    let look = &app.options.look;
    let role = look.style(figures::role(standing, figures::wrong(standing)));
    let mut first = vec![Span::styled(used(standing), role)];
    if let (Some(limit), Some(percent)) = (standing.limit, standing.whole_percent()) {
        first.push(Span::styled(format!(" · {percent}% "), role));
        first.extend(bar::spans(standing.used, limit, BAR, look));
    }
    if let Some(left) = standing.left {
        first.push(Span::raw(format!(" left {}", text::grouped_u64(left))));
    }
    if standing.days_at_limit > 0 {
        first.push(Span::styled(
            format!(" · at the limit on {}", counted(standing.days_at_limit as usize, "day")),
            role,
        ));
    }
    let ends = if matches!(content.of, Of::Plan(_)) { FIRST } else { RUNS_OUT };
    let mut lines =
        vec![Line::from(first), Line::styled(text::fit(&pace(standing, ends), cells).into_owned(), role)];
    if let Some(line) = timeline(app, content, standing, cells) {
        lines.push(line);
    }
    lines
}

/// For example `used 412 of 5,000`.
pub(crate) fn used(standing: &Standing) -> String {
    match standing.limit {
        Some(limit) => format!("used {} of {}", text::grouped_u64(standing.used), text::grouped_u64(limit)),
        None if standing.settling => {
            format!("used {} · just extended: the rest is not settled yet", text::grouped_u64(standing.used))
        }
        None => format!("used {} · no quota", text::grouped_u64(standing.used)),
    }
}

/// What is said before the time at which a key has nothing left.
pub(crate) const RUNS_OUT: &str = "runs out";
/// The same of the first key of several.
pub(crate) const FIRST: &str = "first out";

/// How fast, and until when.
pub(crate) fn pace(standing: &Standing, ends: &str) -> String {
    let now = standing.burn_now.map(|now| format!(", now ~{}", rate(now))).unwrap_or_default();
    let burn = format!("burn {} a day{now}", rate(standing.burn));
    let resets = standing.resets_at.map(|at| format!("resets {} UTC (expected)", moment(at)));
    match (resets, standing.is_spent(), standing.runs_out) {
        (None, ..) => burn,
        (Some(reset), true, _) => format!("{burn} · spent · {reset}"),
        (Some(reset), false, Some(out)) => format!("{burn} · {ends} ~{} · {reset}", moment(out)),
        (Some(reset), false, None) => format!("{burn} · lasts until it {reset}"),
    }
}

fn moment(at: Timestamp) -> String {
    at.to_zoned(TimeZone::UTC).strftime("%-d %b %H:%M").to_string()
}

/// Calls a day in whole numbers; less than one is said, not hidden.
pub(super) fn rate(burn: f64) -> String {
    if burn > 0.0 && burn < 1.0 {
        return "less than 1".to_owned();
    }
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "calls a day are few and not negative"
    )]
    let whole = burn.round().max(0.0) as u64;
    text::grouped_u64(whole)
}

fn timeline(app: &App, content: &Content<'_>, standing: &Standing, cells: usize) -> Option<Line<'static>> {
    let (quota, to) = (content.quota?, standing.resets_at?);
    let look = &app.options.look;
    let start = quota.period_start(super::span::today(app.now));
    let from = start.to_zoned(TimeZone::UTC).ok()?.timestamp();
    let ends = [from, to].map(|at| figures::day_or_time(at, app.now));
    let room = cells.saturating_sub(ends.iter().map(|end| text::width(end) + 1).sum());
    let line = Timeline { from, now: app.now, runs_out: standing.runs_out, to };
    let muted = look.style(Role::Muted);
    let [begins, ends] = ends;
    let middle = line.spans(room.min(LINE), look);
    let spans = std::iter::once(Span::styled(format!("{begins} "), muted)).chain(middle);
    Some(Line::from_iter(spans.chain([Span::styled(format!(" {ends}"), muted)])))
}

/// The account, a plan without keys, or a key that nothing is known of.
fn of_many(app: &App, content: &Content<'_>, cells: usize) -> Vec<Line<'static>> {
    let look = &app.options.look;
    if *content.of != Of::Account {
        return vec![Line::styled("no calls are known of the present period: –", look.style(Role::Muted))];
    }
    let total = content.ranks().map_or(0, |ranks| ranks.total);
    let burn: f64 = app.usage().map_or(0.0, |index| index.burn());
    let first = format!("used {} in these days · burn {} a day", text::grouped_u64(total), rate(burn));
    let tonight =
        tonight::in_words(app, cells).map(|(role, line)| (role, text::fit(&line, cells).into_owned()));
    let tonight = tonight.map(|(role, line)| Line::styled(line, look.style(role)));
    std::iter::once(Line::raw(first)).chain(tonight).collect()
}

/// How new the figures are, and that they are not of this moment.
fn freshness(app: &App, content: &Content<'_>, cells: usize) -> String {
    let asked = content.asked_at().map_or_else(
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
