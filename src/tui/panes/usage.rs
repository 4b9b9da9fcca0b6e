//! The view of usage: what was used on each day against the quota, who used most, and how long it lasts.
//!
//! What is shown of an account, a plan or a key follows where one came from; a figure of a shared key is the key's.

mod chart;
mod content;
mod listed;
mod lists;
mod span;
mod summary;

use std::sync::Arc;

use keypool_domain::{ApiKeyId, PlanId};
use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};

use crate::tui::action::Action;
use crate::tui::app::App;
use crate::tui::store::Remote;
use crate::tui::usage_index::UsageIndex;
use crate::tui::widgets::cursor::{Cursor, Motion};
use crate::tui::widgets::panel;
use crate::tui::widgets::table;

use super::messages;
pub(crate) use content::{Content, who};
pub(crate) use lists::List;
pub(crate) use span::Span;
pub(crate) use summary::{FIRST, RUNS_OUT, pace, used};

/// Lines about the whole.
const SUMMARY: u16 = 4;
/// The least height that a chart is drawn in.
const CHART: u16 = 7;
/// From this width on the lists stand side by side.
const WIDE: u16 = 120;

/// What the view is about.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) enum Of {
    #[default]
    Account,
    Plan(PlanId),
    Key(PlanId, ApiKeyId),
}

/// Where one is in the view.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct UsagePane {
    pub(crate) of: Of,
    /// What it was about before one drilled in.
    trail: Vec<Of>,
    pub(crate) span: Span,
    pub(crate) list: List,
    cursor: Cursor,
    height: usize,
    /// What was told of days that the reading of the present does not hold.
    pub(crate) other: Remote<Arc<UsageIndex>>,
}

impl UsagePane {
    /// Begins anew with this.
    pub(crate) fn open(&mut self, of: Of) {
        self.trail.clear();
        self.of = of;
        self.list = List::of(&self.of)[0];
        self.cursor = Cursor::default();
    }

    pub(crate) fn drill(&mut self, of: Of) {
        self.trail.push(std::mem::replace(&mut self.of, of));
        self.list = List::of(&self.of)[0];
        self.cursor = Cursor::default();
    }

    /// Back to what it was about before; false where it began.
    pub(crate) fn climb(&mut self) -> bool {
        let Some(of) = self.trail.pop() else { return false };
        self.of = of;
        self.list = List::of(&self.of)[0];
        self.cursor = Cursor::default();
        true
    }

    pub(crate) fn next_list(&mut self) {
        let lists = List::of(&self.of);
        let at = lists.iter().position(|list| *list == self.list).unwrap_or(0);
        self.list = lists[(at + 1) % lists.len()];
        self.cursor = Cursor::default();
    }

    pub(crate) const fn selected(&self) -> usize {
        self.cursor.at
    }

    pub(crate) fn go(&mut self, motion: Motion, rows: usize) {
        self.cursor.go(motion, rows, self.height);
    }

    pub(crate) fn scroll(&mut self, area: Rect, rows: usize) {
        let inside =
            Rect { width: area.width.saturating_sub(2), height: area.height.saturating_sub(2), ..area };
        let [.., lists] = parts(inside);
        self.height = table::body_height(lists.height.saturating_sub(1), rows);
        self.cursor.settle(rows, self.height);
    }
}

/// Summary, chart and lists.
fn parts(inside: Rect) -> [Rect; 3] {
    let summary = SUMMARY.min(inside.height / 2);
    let rest = inside.height - summary;
    let chart = if rest >= CHART + 5 { (rest / 2).max(CHART) } else { 0 };
    Layout::vertical([Constraint::Length(summary), Constraint::Length(chart), Constraint::Min(0)])
        .areas(inside)
}

pub(crate) fn draw(app: &App, area: Rect, frame: &mut Frame<'_>) {
    let content = Content::of(app);
    let inside = panel::draw(frame, area, &content.title(app), true, &app.options.look);
    let Some(content) = content.filter_known() else {
        return messages::plain(app, inside, frame, &nothing(app));
    };
    let [summary, chart, lists] = parts(inside);
    summary::draw(app, &content, summary, frame);
    chart::draw(app, &content, chart, frame);
    lists::draw(app, &content, lists, inside.width >= WIDE, frame);
}

/// Why there is nothing to show.
fn nothing(app: &App) -> String {
    match app.usage_failure() {
        Some(failure) => format!("usage could not be read: {failure}"),
        None if app.is_reading_usage() => format!("{} reading usage{}", app.spinner(), app.usage_so_far()),
        None => format!("not read: {} reads it", app.key_of(Action::Refresh)),
    }
}
