//! What runs now, for how long, and how old the data is.

use jiff::{SignedDuration, Timestamp};

use crate::aws::{Failure, Renewal};
use crate::ops::Progress;
use crate::tui::model::Model;
use crate::tui::model::event::TaskId;
use crate::tui::model::load_states::Part;
use crate::tui::model::query::Query;
use crate::tui::model::remote::Remote;
use crate::tui::model::tasks::{Task, TaskKind};
use crate::tui::text;
use crate::tui::view::View;

/// A read that runs this long, or a step of a change without a report for this long, is shown as slow.
const SLOW_AFTER_SECS: i64 = 5;
pub(super) const SPINNER_INTERVAL: SignedDuration = SignedDuration::from_millis(120);
const SPINNER_FRAMES: [&str; 8] = ["⠋", "⠙", "⠸", "⠴", "⠦", "⠧", "⠇", "⠏"];

/// A read that takes long.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SlowRead {
    pub(crate) task: TaskId,
    pub(crate) label: &'static str,
    pub(crate) seconds: i64,
    /// Whether the screen shows what is read, so that going back there stops it.
    pub(crate) is_of_screen: bool,
}

impl Model {
    /// When the spinner turns, the shown age changes, or a read is due.
    pub(crate) fn wakes_at(&self) -> Option<Timestamp> {
        let spinner_turns_at = (!self.tasks.is_idle()).then(|| self.now + SPINNER_INTERVAL);
        let due =
            [spinner_turns_at, self.next_refresh_at(), self.age_changes_at(), self.next_usage_read_at()];
        due.into_iter().flatten().min()
    }

    /// The next automatic refresh, also after a failed one. `None` while sign-in is needed: the
    /// `credential_process` may send a request to the operator's phone.
    pub(super) fn next_refresh_at(&self) -> Option<Timestamp> {
        let interval = SignedDuration::try_from(self.options.refresh?).ok()?;
        if !self.tasks.is_idle() || self.needs_sign_in() {
            return None;
        }
        Some(self.last_refresh_at? + interval)
    }

    /// When the oldest part of the inventory was fetched, or all of a remembered one.
    fn inventory_fetched_at(&self) -> Option<Timestamp> {
        let remembered_at = self.remembered_at();
        if remembered_at.is_some() {
            return remembered_at;
        }
        self.load_states.of_inventory().filter_map(Remote::fetched_at).min()
    }

    /// When the age that the status line shows changes.
    fn age_changes_at(&self) -> Option<Timestamp> {
        let since = self.inventory_fetched_at()?;
        let step = match self.now.duration_since(since).as_secs() {
            0..60 => 10,
            60..3600 => 60,
            _ => 3600,
        };
        let age = self.now.duration_since(since).as_secs().max(0);
        Some(since + SignedDuration::from_secs((age / step + 1) * step))
    }

    /// The rounded age of the inventory.
    pub(crate) fn age(&self) -> Option<String> {
        let age = self.now.duration_since(self.inventory_fetched_at()?).as_secs();
        Some(match age {
            ..10 => "just now".to_owned(),
            10..60 => format!("{} s ago", age / 10 * 10),
            60..3600 => format!("{} min ago", age / 60),
            3600..172_800 => format!("{} h ago", age / 3600),
            _ => format!("{} days ago", age / 86_400),
        })
    }

    /// Whether the last read failed because the profile's `credential_process` has to run on the terminal.
    pub(crate) fn needs_sign_in(&self) -> bool {
        let failures = [self.context.failure(), self.inventory_failure()];
        let needs_terminal =
            |failure: &Failure| matches!(failure, Failure::SignIn { renewal: Renewal::Process(_), .. });
        self.tasks.is_idle() && failures.into_iter().flatten().any(needs_terminal)
    }

    /// Whether the account is being read or connected to.
    pub(crate) fn is_reading(&self) -> bool {
        self.context.is_loading() || self.load_states.of_inventory().any(Remote::is_loading)
    }

    /// Whether the last refresh failed.
    pub(crate) fn is_stale(&self) -> bool {
        self.context.failure().is_some() || self.inventory_failure().is_some()
    }

    /// Whether this query is being read.
    pub(crate) fn is_loading(&self, query: &Query) -> bool {
        self.tasks.find(|kind| matches!(kind, TaskKind::Load(other) if other == query)).is_some()
    }

    pub(crate) fn is_reading_setup(&self) -> bool {
        self.tasks.find(|kind| matches!(kind, TaskKind::Load(Query::Setup(_)))).is_some()
    }

    pub(crate) fn is_reading_usage(&self) -> bool {
        let is_other_range = |kind: &TaskKind| matches!(kind, TaskKind::Load(Query::Usage(_)));
        self.load_state(Part::Usage).is_loading() || self.tasks.find(is_other_range).is_some()
    }

    /// Whether an inventory is being read, alone or as part of a check.
    pub(crate) fn is_reading_inventory(&self) -> bool {
        let reads_inventory = |kind: &TaskKind| {
            matches!(kind, TaskKind::Load(Query::Inventory | Query::Diagnosis | Query::Setup(_)))
        };
        self.tasks.find(reads_inventory).is_some()
    }

    pub(crate) fn is_calling(&self) -> bool {
        self.tasks.find(|kind| *kind == TaskKind::Probe).is_some()
    }

    pub(crate) fn running_change(&self) -> Option<(TaskId, &Task)> {
        self.tasks.find(|kind| kind.write_label().is_some())
    }

    /// The task that an operator who goes back on this screen wants to stop: the running change, or a slow read that
    /// the screen shows.
    pub(crate) fn task_to_stop(&self, view: View) -> Option<TaskId> {
        let change = self.running_change().map(|(id, _)| id);
        let slow = || self.slow_reading(view).filter(|read| read.is_of_screen).map(|read| read.task);
        change.or_else(slow)
    }

    /// The newest task that reads what this screen shows: what the operator waits for, or else one in the background.
    pub(crate) fn running_read(&self, view: View) -> Option<TaskId> {
        let awaited = self.tasks.find(|kind| kind.is_read_of(view) && !kind.is_background_read());
        awaited.or_else(|| self.tasks.find(|kind| kind.is_read_of(view))).map(|(id, _)| id)
    }

    /// A slow read that the operator waits for, or of usage. One that this screen shows goes first.
    pub(crate) fn slow_reading(&self, view: View) -> Option<SlowRead> {
        let is_awaited = |kind: &TaskKind| kind.is_read() && !kind.is_background_read();
        let is_usage = |kind: &TaskKind| {
            matches!(kind, TaskKind::Load(Query::PlanUsage(..) | Query::UsageWithRefusals(_)))
        };
        let of_screen = self.tasks.find(|kind| is_awaited(kind) && kind.is_read_of(view));
        let read = of_screen.or_else(|| self.tasks.find(is_awaited)).or_else(|| self.tasks.find(is_usage));
        let (id, task) = read.filter(|(_, task)| !task.is_stopping)?;
        Some(SlowRead {
            task: id,
            label: task.kind.read_label()?,
            seconds: self.slow_seconds(task.started_at)?,
            is_of_screen: task.kind.is_read_of(view),
        })
    }

    /// The seconds since `then`; `None` if they are fewer than [`SLOW_AFTER_SECS`].
    pub(crate) fn slow_seconds(&self, then: Timestamp) -> Option<i64> {
        let seconds = self.now.duration_since(then).as_secs();
        (seconds >= SLOW_AFTER_SECS).then_some(seconds)
    }

    pub(crate) fn spinner(&self) -> &'static str {
        let turn =
            self.now.as_millisecond().unsigned_abs() / SPINNER_INTERVAL.as_millis().unsigned_abs() as u64;
        SPINNER_FRAMES[usize::try_from(turn).unwrap_or(0) % SPINNER_FRAMES.len()]
    }

    fn progress(&self, is_match: impl Fn(&TaskKind) -> bool) -> Option<&Progress> {
        self.tasks.find(is_match)?.1.progress.as_ref()
    }

    /// Whether only a part of the account is shown, because the rest is still being read.
    pub(crate) fn is_reading_rest(&self) -> bool {
        self.is_reading() && self.inventory().is_some_and(|inventory| !inventory.is_settled())
    }

    /// The progress of a refresh, for example " · tenant keys: 4,200 of about 10,000 · API keys: 500 so far".
    pub(crate) fn refresh_progress(&self) -> String {
        let progress = self.progress(|kind| matches!(kind, TaskKind::Load(Query::Inventory)));
        progress.map_or_else(String::new, |progress| match counts(progress) {
            Some(counts) => format!(" · {} {counts}", progress.doing),
            None => format!(" · {}", progress.doing),
        })
    }

    /// The progress of reading usage of other days, or of the current quota periods, for example " · 3/300".
    pub(crate) fn usage_progress(&self) -> String {
        if let Some((known, total)) = self.usage_so_far() {
            return format!(" · {}/{}", text::format_count(known), text::format_count(total));
        }
        let progress = self.progress(|kind| matches!(kind, TaskKind::Load(Query::Usage(_))));
        progress.map_or_else(String::new, |progress| match counts(progress) {
            Some(counts) => format!(" · {counts}"),
            None => format!(" · {}", progress.doing),
        })
    }

    /// The progress of reading charges, for example " · 3/300".
    pub(crate) fn report_progress(&self) -> String {
        let progress = self.progress(|kind| matches!(kind, TaskKind::Load(Query::Charges(_))));
        progress.map_or_else(String::new, |progress| match counts(progress) {
            Some(counts) => format!(" · {counts}"),
            None => format!(" · {} {}", text::format_count(progress.done), progress.doing),
        })
    }
}

/// For example `500/1,200`; `None` if the total is not known.
fn counts(progress: &Progress) -> Option<String> {
    let total = progress.total?;
    Some(format!("{}/{}", text::format_count(progress.done), text::format_count(total)))
}
