//! The chart of the view: a column a day, and the quota as a line.

use keypool_domain::Period;
use ratatui::Frame;
use ratatui::layout::Rect;

use crate::tui::app::App;
use crate::tui::styles::Role;
use crate::tui::widgets::columns::{self, Day, LimitLine};

use super::UsageContent;
use super::usage_range::today;

pub(super) fn draw(app: &App, content: &UsageContent<'_>, area: Rect, frame: &mut Frame<'_>) {
    let today = today(app.now);
    let role = |day| match () {
        () if content.is_at_limit(day) => Role::Error,
        // It is not over yet.
        () if day == today => Role::Accent,
        () => Role::Bar,
    };
    let days: Vec<_> =
        content.by_day().into_iter().map(|(day, value)| Day { day, value, role: role(day) }).collect();
    columns::draw(frame, area, &days, limit_line(content), &app.options.styles);
}

/// The quota of a day; that of a longer period spread evenly over its days.
fn limit_line(content: &UsageContent<'_>) -> Option<LimitLine<'static>> {
    let (limit, quota) = (content.status?.limit?, content.quota?);
    let days = match quota.period {
        Period::Day => return Some(LimitLine { value: limit, name: "a day: the quota" }),
        Period::Week => 7,
        Period::Month => {
            let whole = super::UsageRange::Period.chart_days(Some(quota), content.fetched_at()?);
            u64::try_from(whole.len()).unwrap_or(30)
        }
    };
    Some(LimitLine { value: limit.div_ceil(days.max(1)), name: "a day: the quota spread evenly" })
}
