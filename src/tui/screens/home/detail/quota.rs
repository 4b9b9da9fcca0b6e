//! How much of a quota is used, and the time until it resets.

use jiff::tz::TimeZone;
use keypool_domain::usage::QuotaStatus;
use keypool_domain::{ApiKeyId, PlanId, Quota};
use ratatui::text::{Line, Span};

use crate::tui::marks::Mark;
use crate::tui::model::Model;
use crate::tui::model::usage_days::day_of;
use crate::tui::quota_text;
use crate::tui::screens::home::detail::Section;
use crate::tui::styles::Role;
use crate::tui::text;
use crate::tui::widgets::bar;
use crate::tui::widgets::timeline::Timeline;

/// `None` until usage is read, and without data.
pub(super) fn section(model: &Model, plan: &PlanId, api_key: &ApiKeyId, cells: usize) -> Option<Section> {
    let status = model.usage()?.key_status(plan, api_key)?;
    let quota = model.inventory()?.plan(plan)?.quota;
    let mut lines = vec![used_line(model, status, cells)];
    if let (Some(quota), Some(limit)) = (quota, status.figure.limit()) {
        let bar = bar::level_spans(status.figure.used(), limit, cells, model.styles());
        lines.push(Line::from_iter(bar));
        lines.extend(timeline_line(model, &quota, status, cells));
        let muted = model.styles().get(Role::Muted);
        lines.push(Line::styled(quota.describe_reset(model.now()), muted));
    }
    let pace = quota_text::format_pace(status, quota_text::RUNS_OUT_LABEL);
    let is_near = status.runs_out_at.is_some() && !status.figure.is_exhausted();
    let role = if is_near { Role::Warn } else { Role::Text };
    lines.extend(
        text::wrap(&pace, cells).into_iter().map(|line| Line::styled(line, model.styles().get(role))),
    );
    Some(Section::new("Quota", lines))
}

/// E.g. `1,412 of 2,000 calls used · 588 left … 70%▲`.
fn used_line(model: &Model, status: &QuotaStatus, cells: usize) -> Line<'static> {
    let figure = status.figure;
    let used = text::format_count_u64(figure.used());
    let text = match (figure.limit(), figure.left()) {
        (Some(limit), Some(left)) => format!(
            "{used} of {} calls used · {} left",
            text::format_count_u64(limit),
            text::format_count_u64(left)
        ),
        _ => quota_text::format_used(figure),
    };
    let mark = Mark::of_quota(status);
    let percent = figure.whole_percent().map_or_else(String::new, |percent| format!("{percent}%"));
    let percent = format!("{percent}{}", mark.map_or("", Mark::symbol));
    let gap = cells.saturating_sub(text::width(&text) + text::width(&percent));
    let style = mark.map(|mark| model.styles().get(mark.role())).unwrap_or_default();
    Line::from(vec![Span::raw(text), Span::raw(" ".repeat(gap)), Span::styled(percent, style)])
}

fn timeline_line(model: &Model, quota: &Quota, status: &QuotaStatus, cells: usize) -> Option<Line<'static>> {
    let (now, to) = (model.now(), status.resets_at?);
    let from = quota.period_start(day_of(now)).to_zoned(TimeZone::UTC).ok()?.timestamp();
    let [from_label, to_label] = [from, to].map(|at| quota_text::format_day_or_time(at, now));
    let room = cells.saturating_sub(text::width(&from_label) + text::width(&to_label) + 2);
    let timeline = Timeline { from, now, runs_out_at: status.runs_out_at, to };
    let muted = model.styles().get(Role::Muted);
    let spans = std::iter::once(Span::styled(format!("{from_label} "), muted));
    let spans = spans.chain(timeline.spans(room, model.styles()));
    Some(Line::from_iter(spans.chain([Span::styled(format!(" {to_label}"), muted)])))
}
