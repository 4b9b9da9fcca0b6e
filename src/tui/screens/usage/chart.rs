//! The chart of calls per day, with the quota as a line.

use keypool_domain::Period;
use ratatui::Frame;
use ratatui::layout::Rect;

use crate::tui::model::Model;
use crate::tui::screens::usage::content::UsageContent;
use crate::tui::screens::usage::usage_range::UsageRange;
use crate::tui::screens::usage::usage_range::today;
use crate::tui::styles::Role;
use crate::tui::widgets::columns::{self, Day, LimitLine};

pub(super) fn draw(model: &Model, content: &UsageContent<'_>, area: Rect, frame: &mut Frame<'_>) {
    let today = today(model.now());
    let role = |day| match () {
        () if content.is_at_limit(day) => Role::Error,
        // Today is incomplete.
        () if day == today => Role::Accent,
        () => Role::Bar,
    };
    let days: Vec<_> =
        content.by_day().into_iter().map(|(day, value)| Day { day, value, role: role(day) }).collect();
    columns::draw(frame, area, &days, limit_line(content), model.styles());
}

/// A weekly or monthly quota is spread evenly over its days.
fn limit_line(content: &UsageContent<'_>) -> Option<LimitLine<'static>> {
    let (limit, quota) = (content.status?.figure.limit()?, content.quota?);
    let days = match quota.period {
        Period::Day => return Some(LimitLine { value: limit, name: "per day (quota)" }),
        Period::Week => 7,
        Period::Month => {
            let period = UsageRange::Period.chart_days(Some(quota), content.fetched_at()?);
            u64::try_from(period.len()).unwrap_or(30)
        }
    };
    Some(LimitLine { value: limit.div_ceil(days.max(1)), name: "per day (quota spread evenly)" })
}
