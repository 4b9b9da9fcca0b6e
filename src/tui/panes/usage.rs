//! The usage view of the account, a plan or an API key: calls per day, quota, forecast, busiest keys and tenants.
//!
//! Usage is counted per API key: for a shared key, the figures are the total of all its tenants.

mod chart;
mod content;
mod export;
mod lists;
mod summary;
mod usage_range;

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
pub(crate) use content::{UsageContent, key_users};
pub(crate) use lists::UsageList;
pub(crate) use summary::{FIRST_OUT_LABEL, RUNS_OUT_LABEL, format_pace, format_used};
pub(crate) use usage_range::UsageRange;

const SUMMARY_ROWS: u16 = 4;
/// Minimum height of the chart; with less room, it is left out.
const MIN_CHART_ROWS: u16 = 7;
/// From this width, the lists are side by side.
const MIN_WIDE_COLS: u16 = 120;

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) enum UsageSubject {
    #[default]
    Account,
    Plan(PlanId),
    Key(PlanId, ApiKeyId),
}

#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct UsagePane {
    pub(crate) subject: UsageSubject,
    /// Previous subjects, for drilling up.
    history: Vec<UsageSubject>,
    pub(crate) range: UsageRange,
    pub(crate) list: UsageList,
    cursor: Cursor,
    height: usize,
    /// Usage of days outside the current range.
    pub(crate) other_range: Remote<Arc<UsageIndex>>,
}

impl UsagePane {
    /// Shows a subject, and clears the history.
    pub(crate) fn open(&mut self, subject: UsageSubject) {
        self.history.clear();
        self.subject = subject;
        self.list = UsageList::for_subject(&self.subject)[0];
        self.cursor = Cursor::default();
    }

    pub(crate) fn drill_down(&mut self, subject: UsageSubject) {
        self.history.push(std::mem::replace(&mut self.subject, subject));
        self.list = UsageList::for_subject(&self.subject)[0];
        self.cursor = Cursor::default();
    }

    /// Returns false if there is no previous subject.
    pub(crate) fn drill_up(&mut self) -> bool {
        let Some(subject) = self.history.pop() else { return false };
        self.subject = subject;
        self.list = UsageList::for_subject(&self.subject)[0];
        self.cursor = Cursor::default();
        true
    }

    pub(crate) fn next_list(&mut self) {
        let lists = UsageList::for_subject(&self.subject);
        let at = lists.iter().position(|list| *list == self.list).unwrap_or(0);
        self.list = lists[(at + 1) % lists.len()];
        self.cursor = Cursor::default();
    }

    pub(crate) const fn selected(&self) -> usize {
        self.cursor.selected
    }

    pub(crate) fn move_cursor(&mut self, motion: Motion, rows: usize) {
        self.cursor.move_by(motion, rows, self.height);
    }

    pub(crate) fn resize(&mut self, area: Rect, rows: usize) {
        let inside =
            Rect { width: area.width.saturating_sub(2), height: area.height.saturating_sub(2), ..area };
        let [.., lists] = split_area(inside);
        self.height = table::body_height(lists.height.saturating_sub(1), rows);
        self.cursor.clamp(rows, self.height);
    }
}

/// Returns the areas of summary, chart and lists.
fn split_area(inside: Rect) -> [Rect; 3] {
    let summary = SUMMARY_ROWS.min(inside.height / 2);
    let rest = inside.height - summary;
    let chart = if rest >= MIN_CHART_ROWS + 5 { (rest / 2).max(MIN_CHART_ROWS) } else { 0 };
    Layout::vertical([Constraint::Length(summary), Constraint::Length(chart), Constraint::Min(0)])
        .areas(inside)
}

pub(crate) fn draw(app: &App, area: Rect, frame: &mut Frame<'_>) {
    let content = UsageContent::new(app);
    let inside = panel::draw(frame, area, &content.title(app), true, &app.options.styles);
    let Some(content) = content.filter_loaded() else {
        return messages::draw_text(app, inside, frame, &empty_text(app));
    };
    let [summary, chart, lists] = split_area(inside);
    summary::draw(app, &content, summary, frame);
    chart::draw(app, &content, chart, frame);
    lists::draw(app, &content, lists, inside.width >= MIN_WIDE_COLS, frame);
}

fn empty_text(app: &App) -> String {
    match app.usage_failure() {
        Some(failure) => format!("could not read usage: {failure}"),
        None if app.is_reading_usage() => format!("{} reading usage{}", app.spinner(), app.usage_progress()),
        None => format!("Not loaded. Press {} to load.", app.key_label(Action::Refresh)),
    }
}
