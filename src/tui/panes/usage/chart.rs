//! The chart of the view: a column a day, and the quota as a line.

use keypool_domain::Period;
use ratatui::Frame;
use ratatui::layout::Rect;

use crate::tui::app::App;
use crate::tui::look::Role;
use crate::tui::widgets::columns::{self, Day, Level};

use super::Content;
use super::span::today;

pub(super) fn draw(app: &App, content: &Content<'_>, area: Rect, frame: &mut Frame<'_>) {
    let today = today(app.now);
    let role = |day| match () {
        () if content.is_at_limit(day) => Role::Error,
        // It is not over yet.
        () if day == today => Role::Accent,
        () => Role::Bar,
    };
    let days: Vec<_> =
        content.by_day().into_iter().map(|(day, value)| Day { day, value, role: role(day) }).collect();
    columns::draw(frame, area, &days, level(content), &app.options.look);
}

/// The quota of a day; that of a longer period spread evenly over its days.
fn level(content: &Content<'_>) -> Option<Level<'static>> {
    let (limit, quota) = (content.standing?.limit?, content.quota?);
    let days = match quota.period {
        Period::Day => return Some(Level { value: limit, name: "a day: the quota" }),
        Period::Week => 7,
        Period::Month => {
            let whole = super::Span::Period.shown(Some(quota), content.asked_at()?);
            u64::try_from(whole.len()).unwrap_or(30)
        }
    };
    Some(Level { value: limit.div_ceil(days.max(1)), name: "a day: the quota spread evenly" })
}
