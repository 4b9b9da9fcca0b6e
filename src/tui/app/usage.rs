//! Usage, read by its own task after the inventory, and the usage view.

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Zoned};
use keypool_domain::Known;
use keypool_domain::usage::DayRange;

use crate::aws::Failure;
use crate::ops::Query;
use crate::tui::action::{Action, ActionGroup, ItemAction, KeyAction, PaneAction, UsageAction, ViewAction};
use crate::tui::effect::Effect;
use crate::tui::layout::Pane;
use crate::tui::message::Tone;
use crate::tui::panes::usage::{UsageContent, UsageSubject};
use crate::tui::snapshot::Snapshot;
use crate::tui::store::{Remote, TaskKind};
use crate::tui::text;
use crate::tui::usage_index::{self, UsageIndex};
use crate::tui::view::View;
use crate::tui::widgets::cursor::Motion;

use super::App;

/// The shortest time between automatic reads of usage. API Gateway's usage data lags by minutes.
const USAGE_REFRESH_INTERVAL: SignedDuration = SignedDuration::from_mins(5);

impl App {
    /// Usage of the current quota periods, which may be stale.
    pub(crate) fn usage(&self) -> Option<&UsageIndex> {
        self.snapshot.value()?.usage.as_deref()
    }

    /// When usage was fetched, in UTC.
    pub(crate) fn usage_fetched_at(&self) -> Option<Zoned> {
        Some(self.usage()?.usage.oldest_fetch()?.to_zoned(TimeZone::UTC))
    }

    /// Why usage of the shown days could not be read.
    pub(crate) fn usage_failure(&self) -> Option<&Failure> {
        let failure = match self.usage_view.range.range_to_read(self.now) {
            Some(_) if self.view == View::Usage => self.usage_view.other_range.failure(),
            _ => self.usage_load.failure(),
        };
        failure.filter(|failure| **failure != Failure::Cancelled)
    }

    pub(crate) fn is_reading_usage(&self) -> bool {
        self.tasks.find(|kind| matches!(kind, TaskKind::Load(Query::Usage(_)))).is_some()
    }

    /// The progress of reading usage, for example " · 3/300".
    pub(crate) fn usage_progress(&self) -> String {
        let task = self.tasks.find(|kind| matches!(kind, TaskKind::Load(Query::Usage(_))));
        let Some(progress) = task.and_then(|(_, task)| task.progress.as_ref()) else { return String::new() };
        match progress.total {
            Some(total) => format!(" · {}/{}", text::format_count(progress.done), text::format_count(total)),
            None => format!(" · {}", progress.doing),
        }
    }

    /// Reads usage of the current quota periods, unless it is fresh or being read.
    pub(super) fn read_usage(&mut self) {
        let range = usage_index::current_range(self.now);
        let is_fresh =
            self.last_usage_refresh_at.is_some_and(|at| self.now.duration_since(at) < USAGE_REFRESH_INTERVAL);
        let is_reading = self.is_reading_range(range);
        if is_fresh || is_reading {
            return;
        }
        self.last_usage_refresh_at = Some(self.now);
        self.usage_load.start();
        self.load(Query::Usage(range));
    }

    fn is_reading_range(&self, range: DayRange) -> bool {
        let is_range = |kind: &TaskKind| *kind == TaskKind::Load(Query::Usage(range));
        self.tasks.find(is_range).is_some()
    }

    /// Stores usage of these days with its index.
    pub(super) fn handle_usage(&mut self, range: DayRange, snapshot: Snapshot) {
        let Some(index) = snapshot.usage else { return };
        if Some(range) == self.usage_view.range.range_to_read(self.now) {
            let at = index.usage.oldest_fetch().unwrap_or(self.now);
            self.usage_view.other_range.finish(Ok(index.clone()), at);
        }
        if range != usage_index::current_range(self.now) {
            return;
        }
        self.usage_load.finish(Ok(()), self.now);
        if let Some(snapshot) = self.snapshot.value_mut() {
            let before = Snapshot { usage: snapshot.usage.replace(index), ..snapshot.clone() };
            self.emit(Effect::DropSnapshot(before));
        }
    }

    pub(super) fn handle_usage_failure(&mut self, range: DayRange, failure: &Failure) {
        if Some(range) == self.usage_view.range.range_to_read(self.now) {
            self.usage_view.other_range.finish(Err(failure.clone()), self.now);
        }
        if range == usage_index::current_range(self.now) {
            self.usage_load.finish(Err(failure.clone()), self.now);
        }
    }

    /// Opens the usage view for the selection of the focused pane.
    pub(super) fn open_usage(&mut self) {
        if self.inventory().is_none() {
            return self.show_message(Tone::Error, "the account is not loaded yet");
        }
        let plan = || self.plans.selected_id.clone().map_or(UsageSubject::Account, UsageSubject::Plan);
        let subject = match self.focus {
            Pane::Plans => plan(),
            Pane::Pool => self
                .pool
                .selected()
                .map_or_else(plan, |row| UsageSubject::Key(row.plan.clone(), row.api_key.clone())),
            Pane::Keys | Pane::Test => self.selected_key().map_or_else(plan, |key| match key.api_key() {
                Known::Value(api_key) => UsageSubject::Key(key.plan.clone(), api_key),
                Known::Unknown(_) => plan(),
            }),
        };
        self.usage_view.open(subject);
        self.view = View::Usage;
        self.keys.is_typing_filter = false;
        self.read_shown_range();
    }

    pub(super) fn perform_in_usage(&mut self, action: Action) -> bool {
        match action.group() {
            ActionGroup::Usage(UsageAction::Usage) | ActionGroup::View(ViewAction::Refresh) => {
                self.refresh_usage();
            }
            ActionGroup::Usage(UsageAction::NextRange) => self.step_range(true),
            ActionGroup::Usage(UsageAction::PreviousRange) => self.step_range(false),
            ActionGroup::Pane(PaneAction::NextPane | PaneAction::PreviousPane) => self.usage_view.next_list(),
            ActionGroup::Item(ItemAction::Open) => {
                if let Some(subject) = UsageContent::new(self).selected_subject(self) {
                    self.usage_view.drill_down(subject);
                }
            }
            ActionGroup::View(ViewAction::Back | ViewAction::Close) => {
                if !(self.stop_change() || self.stop_slow_reading() || self.usage_view.drill_up()) {
                    self.view = View::Home;
                }
            }
            ActionGroup::Key(KeyAction::Extend) => self.perform_on_keys(KeyAction::Extend),
            // All other actions are performed on the home screen.
            ActionGroup::Motion(_)
            | ActionGroup::Pane(_)
            | ActionGroup::Anywhere(_)
            | ActionGroup::Item(_)
            | ActionGroup::KeyList(_)
            | ActionGroup::Key(_)
            | ActionGroup::Pool(_)
            | ActionGroup::Plan(_)
            | ActionGroup::Call(_)
            | ActionGroup::Lookup(_)
            | ActionGroup::Doctor(_)
            | ActionGroup::Setup(_)
            | ActionGroup::Report(_)
            | ActionGroup::Filter(_)
            | ActionGroup::Dialog(_)
            | ActionGroup::Confirm(_) => return false,
        }
        true
    }

    fn step_range(&mut self, forward: bool) {
        self.usage_view.range = self.usage_view.range.step(forward);
        self.read_shown_range();
    }

    pub(super) fn move_in_usage(&mut self, motion: Motion) {
        let rows = UsageContent::new(self).row_count(self);
        self.usage_view.move_cursor(motion, rows);
    }

    fn refresh_usage(&mut self) {
        self.last_usage_refresh_at = None;
        self.usage_view.other_range = Remote::NotRequested;
        self.read_usage();
        self.read_shown_range();
    }

    /// Reads the chosen range of days, unless it is loaded or being read.
    fn read_shown_range(&mut self) {
        let Some(range) = self.usage_view.range.range_to_read(self.now) else { return };
        let is_loaded = self.usage_view.other_range.value().is_some_and(|other| other.usage.range == range);
        if is_loaded || self.is_reading_range(range) {
            return;
        }
        self.usage_view.other_range.start();
        self.load(Query::Usage(range));
    }
}
