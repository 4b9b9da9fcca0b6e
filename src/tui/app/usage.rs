//! Usage: read after the account, as a task of its own, and the view of it.

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
use crate::tui::panes::usage::{Content, Of};
use crate::tui::reading::Reading;
use crate::tui::store::{Errand, Remote};
use crate::tui::text;
use crate::tui::usage_index::{self, UsageIndex};
use crate::tui::view::View;
use crate::tui::widgets::cursor::Motion;

use super::App;

/// API Gateway tells with a delay of minutes: by itself the console does not ask more often.
const OFTEN: SignedDuration = SignedDuration::from_mins(5);

impl App {
    /// What is known of the present periods, be it stale.
    pub(crate) fn usage(&self) -> Option<&UsageIndex> {
        self.account.value()?.usage.as_deref()
    }

    /// When it was asked, in UTC.
    pub(crate) fn usage_asked_at(&self) -> Option<Zoned> {
        Some(self.usage()?.usage.asked_at()?.to_zoned(TimeZone::UTC))
    }

    /// Why usage could not be read, in the days that are shown.
    pub(crate) fn usage_failure(&self) -> Option<&Failure> {
        let shown = match self.usage_view.span.to_read(self.now) {
            Some(_) if self.view == View::Usage => self.usage_view.other.failure(),
            _ => self.used.failure(),
        };
        shown.filter(|failure| **failure != Failure::Cancelled)
    }

    pub(crate) fn is_reading_usage(&self) -> bool {
        self.tasks.find(|errand| matches!(errand, Errand::Load(Query::Usage(_)))).is_some()
    }

    /// How far the reading is, for example " · 3/300".
    pub(crate) fn usage_so_far(&self) -> String {
        let task = self.tasks.find(|errand| matches!(errand, Errand::Load(Query::Usage(_))));
        let Some(progress) = task.and_then(|(_, task)| task.progress.as_ref()) else { return String::new() };
        match progress.total {
            Some(total) => format!(" · {}/{}", text::grouped(progress.done), text::grouped(total)),
            None => format!(" · {}", progress.doing),
        }
    }

    /// After the account was read: what is older than a few minutes, or anything after a person asked for it.
    pub(super) fn read_usage(&mut self) {
        let range = usage_index::present(self.now);
        let fresh = self.used_asked_at.is_some_and(|at| self.now.duration_since(at) < OFTEN);
        let is_read = self.reads_usage_of(range);
        if fresh || is_read {
            return;
        }
        self.used_asked_at = Some(self.now);
        self.used.start();
        self.load(Query::Usage(range));
    }

    fn reads_usage_of(&self, range: DayRange) -> bool {
        let is = |errand: &Errand| *errand == Errand::Load(Query::Usage(range));
        self.tasks.find(is).is_some()
    }

    /// Usage was told, indexed for the account as the task knew it.
    pub(super) fn usage_read(&mut self, range: DayRange, told: Reading) {
        let Some(index) = told.usage else { return };
        if Some(range) == self.usage_view.span.to_read(self.now) {
            let at = index.usage.asked_at().unwrap_or(self.now);
            self.usage_view.other.finish(Ok(index.clone()), at);
        }
        if range != usage_index::present(self.now) {
            return;
        }
        self.used.finish(Ok(()), self.now);
        if let Some(reading) = self.account.value_mut() {
            let before = Reading { usage: reading.usage.replace(index), ..reading.clone() };
            self.ask(Effect::Forget(before));
        }
    }

    pub(super) fn usage_not_read(&mut self, range: DayRange, failure: &Failure) {
        if Some(range) == self.usage_view.span.to_read(self.now) {
            self.usage_view.other.finish(Err(failure.clone()), self.now);
        }
        if range == usage_index::present(self.now) {
            self.used.finish(Err(failure.clone()), self.now);
        }
    }

    /// The view, about what the focused pane has under its cursor.
    pub(super) fn open_usage(&mut self) {
        if self.known().is_none() {
            return self.say(Tone::Bad, "nothing was read yet");
        }
        let plan = || self.plans.choice.clone().map_or(Of::Account, Of::Plan);
        let of = match self.focus {
            Pane::Plans => plan(),
            Pane::Pool => {
                self.pool.selected().map_or_else(plan, |row| Of::Key(row.plan.clone(), row.api_key.clone()))
            }
            Pane::Keys | Pane::Test => self.selected_key().map_or_else(plan, |row| match row.api_key() {
                Known::Value(api_key) => Of::Key(row.plan.clone(), api_key),
                Known::Unknown(_) => plan(),
            }),
        };
        self.usage_view.open(of);
        self.view = View::Usage;
        self.keys.typing = false;
        self.read_shown_days();
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
                if let Some(of) = Content::of(self).leads_to(self) {
                    self.usage_view.drill(of);
                }
            }
            ActionGroup::View(ViewAction::Back | ViewAction::Close) => {
                if !(self.stop_change() || self.stop_slow_reading() || self.usage_view.climb()) {
                    self.view = View::Home;
                }
            }
            ActionGroup::Key(KeyAction::Extend) => self.perform_on_keys(KeyAction::Extend),
            // What is left is done on the home screen.
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
        self.usage_view.span = self.usage_view.span.step(forward);
        self.read_shown_days();
    }

    pub(super) fn go_in_usage(&mut self, motion: Motion) {
        let rows = Content::of(self).rows(self);
        self.usage_view.go(motion, rows);
    }

    fn refresh_usage(&mut self) {
        self.used_asked_at = None;
        self.usage_view.other = Remote::NotAsked;
        self.read_usage();
        self.read_shown_days();
    }

    /// Asks for the days that were chosen, unless they are here.
    fn read_shown_days(&mut self) {
        let Some(range) = self.usage_view.span.to_read(self.now) else { return };
        let is_here = self.usage_view.other.value().is_some_and(|other| other.usage.range == range);
        if is_here || self.reads_usage_of(range) {
            return;
        }
        self.usage_view.other.start();
        self.load(Query::Usage(range));
    }
}
