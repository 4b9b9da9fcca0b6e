//! The usage of the account, a plan or an API key: calls per day, quota, forecast, busiest keys and tenants.
//!
//! Usage is counted per API key: for a shared key, the figures are the total of all its tenants.

mod chart;
mod content;
mod count_log;
mod export;
mod lists;
mod log_counts;
pub(crate) mod state;
mod subject;
mod summary;
pub(crate) mod usage_range;

use jiff::Timestamp;
use keypool_domain::PlanId;
use keypool_domain::usage::DayRange;
use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};

use crate::aws::Failure;
use crate::tui::dialogs::forms::extend;
use crate::tui::keys::action::{
    Action, ActionGroup, ActionSpec, ItemAction, KeyAction, MotionAction, PaneAction, ReportAction, Scope,
    UsageAction, ViewAction,
};
use crate::tui::model::Model;
use crate::tui::model::query::{Query, QueryResult};
use crate::tui::model::remote::Remote;
use crate::tui::quota_text;
use crate::tui::screen::{Command, Handled, NamedList, Screen, done};
use crate::tui::screens::empty;
use crate::tui::view::View;
use crate::tui::widgets::{panel, table};

use content::UsageContent;
use state::{Usage, UsageSubject};

const SUMMARY_ROWS: u16 = 4;
/// Minimum height of the chart; with less room, it is left out.
const MIN_CHART_ROWS: u16 = 7;
/// From this width, the lists are side by side.
const MIN_WIDE_COLS: u16 = 120;

impl Screen for Usage {
    fn scopes(&self) -> &'static [Scope] {
        &[Scope::Usage, Scope::View]
    }

    fn handle(&mut self, action: Action, model: &Model) -> Handled {
        match action.group() {
            ActionGroup::Motion(motion) => self.move_cursor(motion, model),
            ActionGroup::View(ViewAction::Refresh) => return Some(self.refresh(model)),
            ActionGroup::Screen(_) => {
                if action.as_report() == Some(ReportAction::AccessLog) {
                    return Some(self.count_log(model));
                }
                return Some(match action.as_usage()? {
                    UsageAction::Usage => self.refresh(model),
                    UsageAction::NextRange => self.step_range(false, model),
                    UsageAction::PreviousRange => self.step_range(true, model),
                });
            }
            ActionGroup::Pane(PaneAction::NextPane | PaneAction::PreviousPane) => self.next_list(),
            ActionGroup::Item(ItemAction::Open) => {
                if let Some(subject) = UsageContent::new(self, model).selected_subject() {
                    self.drill_down(subject);
                }
            }
            ActionGroup::View(ViewAction::Back | ViewAction::Close) => {
                if let Some(task) = model.task_to_stop(View::Usage) {
                    return Some(vec![Command::Stop(task)]);
                }
                if !self.drill_up() {
                    return Some(vec![Command::Go(View::Home)]);
                }
            }
            ActionGroup::Key(KeyAction::Extend) => return Some(vec![self.extend(model)]),
            // All other actions are performed on the home screen.
            ActionGroup::Pane(_)
            | ActionGroup::Anywhere(_)
            | ActionGroup::Item(_)
            | ActionGroup::KeyList(_)
            | ActionGroup::Order(_)
            | ActionGroup::Search(_)
            | ActionGroup::Key(_)
            | ActionGroup::Pool(_)
            | ActionGroup::Plan(_)
            | ActionGroup::Call(_)
            | ActionGroup::Lookup(_)
            | ActionGroup::Filter(_)
            | ActionGroup::Dialog(_)
            | ActionGroup::Confirm(_) => return None,
        }
        done()
    }

    fn wakes_at(&self) -> Option<Timestamp> {
        self.counts_log_at()
    }

    fn entered(&mut self, model: &Model) -> Vec<Command> {
        self.read_shown_range(model).into_iter().collect()
    }

    fn arrived(&mut self, query: &Query, result: &Result<QueryResult, Failure>, model: &Model) {
        if let Query::RecentCalls(_) = query {
            return self.take_counts(result, model);
        }
        let Query::Usage(range) = query else { return };
        if Some(*range) != self.range.range_to_read(model.now()) {
            return;
        }
        match result {
            Ok(QueryResult::Usage(snapshot)) => {
                let Some(index) = snapshot.usage.clone() else { return };
                let at = index.usage.oldest_fetch().unwrap_or(model.now());
                self.other_range.finish(Ok(index), at);
            }
            Ok(_) => {}
            Err(failure) => self.other_range.finish(Err(failure.clone()), model.now()),
        }
    }

    fn settle(&mut self, area: Rect, model: &Model) {
        let rows = UsageContent::new(self, model).row_count();
        let inside =
            Rect { width: area.width.saturating_sub(2), height: area.height.saturating_sub(2), ..area };
        let [.., lists] = split_area(inside);
        self.height = table::body_height(lists.height.saturating_sub(self.list.header_rows()));
        self.cursor.clamp(rows, self.height);
    }

    fn hint(&self, spec: &ActionSpec, model: &Model) -> Option<&'static str> {
        let is_refused = spec.action == Action::Extend && model.require_complete_inventory().is_err();
        (!is_refused).then_some(spec.footer)
    }

    fn export(&self, model: &Model) -> Result<NamedList, String> {
        let list = UsageContent::new(self, model).to_export().ok_or("usage is not loaded yet")?;
        Ok((list, "usage".to_owned()))
    }

    fn draw(&self, model: &Model, area: Rect, frame: &mut Frame<'_>) {
        let content = UsageContent::new(self, model);
        let inside = panel::draw(frame, area, &content.title(model), true, model.styles());
        let Some(content) = content.filter_loaded() else {
            return empty::draw_text(model, inside, frame, &self.empty_text(model));
        };
        let [summary, chart, lists] = split_area(inside);
        summary::draw(model, &content, summary, frame);
        chart::draw(model, &content, chart, frame);
        lists::draw(model, &content, lists, inside.width >= MIN_WIDE_COLS, frame);
    }
}

impl Usage {
    fn move_cursor(&mut self, motion: MotionAction, model: &Model) {
        let rows = UsageContent::new(self, model).row_count();
        self.cursor.move_by(motion.motion(), rows, self.height);
    }

    fn refresh(&mut self, model: &Model) -> Vec<Command> {
        self.other_range = Remote::NotRequested;
        let shown = self.read_shown_range(model);
        std::iter::once(Command::RefreshUsage).chain(shown).collect()
    }

    fn step_range(&mut self, is_earlier: bool, model: &Model) -> Vec<Command> {
        let Some(range) = self.range.step(is_earlier) else {
            return vec![usage_range::end_message(is_earlier)];
        };
        self.range = range;
        self.read_shown_range(model).into_iter().collect()
    }

    /// Reads the chosen range of days, unless it is loaded or being read.
    pub(crate) fn read_shown_range(&mut self, model: &Model) -> Option<Command> {
        let range: DayRange = self.range.range_to_read(model.now())?;
        let is_loaded = self.other_range.value().is_some_and(|other| other.usage.range == range);
        if is_loaded || model.is_loading(&Query::Usage(range)) {
            return None;
        }
        self.other_range.start();
        Some(Command::Load(Query::Usage(range)))
    }

    /// Opens the form that changes the remaining quota of the shown or selected API key.
    fn extend(&self, model: &Model) -> Command {
        let inventory = match model.require_complete_inventory() {
            Ok(inventory) => inventory,
            Err(why) => return Command::refuse(why),
        };
        let selected = || UsageContent::new(self, model).selected_subject();
        let subject = match &self.subject {
            UsageSubject::Key(..) => Some(self.subject.clone()),
            UsageSubject::Account | UsageSubject::Plan(_) => selected(),
        };
        let Some(UsageSubject::Key(plan, api_key)) = subject else {
            return Command::refuse("no API key is selected: choose one in the list");
        };
        let api_keys = vec![api_key];
        let note = quota_text::extension_note(model.usage(), &plan, &api_keys);
        extend::open(plan, api_keys, note, inventory)
    }

    /// The plan of the subject, or all plans.
    pub(crate) fn plans_in_view(&self, model: &Model) -> Vec<PlanId> {
        Self::plans_of(&self.subject, model)
    }

    fn plans_of(subject: &UsageSubject, model: &Model) -> Vec<PlanId> {
        match subject {
            UsageSubject::Account => {
                let plans = model.inventory().into_iter().flat_map(|inventory| inventory.plans());
                plans.map(|plan| plan.id.clone()).collect()
            }
            UsageSubject::Plan(plan) | UsageSubject::Key(plan, _) => vec![plan.clone()],
        }
    }

    fn empty_text(&self, model: &Model) -> String {
        match self.failure(model) {
            Some(failure) => format!("could not read usage: {failure}"),
            None if model.is_reading_usage() => {
                format!("{} reading usage{}", model.spinner(), model.usage_progress())
            }
            None => format!("Not loaded. Press {} to load.", model.key_label(Action::Refresh)),
        }
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
