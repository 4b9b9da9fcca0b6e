//! Everything that depends on the time. Between events the console sleeps until [`App::wakes_at`]; without a wake
//! time it uses no CPU.

use jiff::{SignedDuration, Timestamp};

use crate::ops::Query;
use crate::tui::event::TaskId;
use crate::tui::store::{Remote, TaskKind};
use crate::tui::text;

use super::App;

/// A read that runs this long, or a step of a change without a report for this long, is shown as slow.
const SLOW_AFTER_SECS: i64 = 5;
const SPINNER_INTERVAL: SignedDuration = SignedDuration::from_millis(120);
const SPINNER_FRAMES: [&str; 8] = ["⠋", "⠙", "⠸", "⠴", "⠦", "⠧", "⠇", "⠏"];

impl App {
    pub(super) fn tick(&mut self, now: Timestamp) {
        self.now = now;
        if let Some(snapshot) = self.snapshot.value() {
            self.keys.scan_next_chunk(snapshot);
        }
        if let Some(overlay) = &mut self.overlay {
            overlay.tick(now);
        }
        if self.next_refresh_at().is_some_and(|due| due <= now) {
            self.refresh();
        }
    }

    /// The time of the next tick that is needed without other events.
    pub fn wakes_at(&self) -> Option<Timestamp> {
        if self.keys.is_scanning() {
            return Some(self.now);
        }
        let spinner_turns_at = (!self.tasks.is_idle()).then(|| self.now + SPINNER_INTERVAL);
        let overlay_changes_at = self.overlay.as_ref().and_then(|overlay| overlay.wakes_at());
        let wake_times =
            [spinner_turns_at, overlay_changes_at, self.next_refresh_at(), self.age_changes_at()];
        wake_times.into_iter().flatten().min()
    }

    /// The next automatic refresh, also after a failed one. `None` while sign-in is needed: the
    /// `credential_process` may send a request to the operator's phone.
    fn next_refresh_at(&self) -> Option<Timestamp> {
        let interval = SignedDuration::try_from(self.options.refresh?).ok()?;
        if !self.tasks.is_idle() || self.needs_sign_in() {
            return None;
        }
        Some(self.last_refresh_at? + interval)
    }

    /// When the age that the status line shows changes.
    fn age_changes_at(&self) -> Option<Timestamp> {
        let since = self.snapshot.fetched_at()?;
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
        let age = self.now.duration_since(self.snapshot.fetched_at()?).as_secs();
        Some(match age {
            ..10 => "just now".to_owned(),
            10..60 => format!("{} s ago", age / 10 * 10),
            60..3600 => format!("{} min ago", age / 60),
            _ => format!("{} h ago", age / 3600),
        })
    }

    /// Whether the account is being read or connected to.
    pub(crate) fn is_reading(&self) -> bool {
        matches!(self.snapshot, Remote::Loading { .. }) || matches!(self.context, Remote::Loading { .. })
    }

    /// A slow read: its task, label and duration in seconds.
    pub(crate) fn slow_reading(&self) -> Option<(TaskId, &'static str, i64)> {
        let (id, task) = self.tasks.find(TaskKind::is_read).filter(|(_, task)| !task.is_stopping)?;
        Some((id, task.kind.read_label()?, self.slow_seconds(task.started_at)?))
    }

    /// The seconds since `then`; `None` if they are fewer than [`SLOW_AFTER_SECS`].
    pub(crate) fn slow_seconds(&self, then: Timestamp) -> Option<i64> {
        let seconds = self.now.duration_since(then).as_secs();
        (seconds >= SLOW_AFTER_SECS).then_some(seconds)
    }

    /// Whether the last refresh failed.
    pub(crate) fn is_stale(&self) -> bool {
        self.context.failure().is_some() || self.snapshot.failure().is_some()
    }

    /// The progress of a refresh, for example " · API keys 500/1,200".
    pub(crate) fn refresh_progress(&self) -> String {
        let task = self.tasks.find(|kind| matches!(kind, TaskKind::Load(Query::Inventory)));
        let Some(progress) = task.and_then(|(_, task)| task.progress.as_ref()) else { return String::new() };
        match progress.total {
            Some(total) => {
                format!(
                    " · {} {}/{}",
                    progress.doing,
                    text::format_count(progress.done),
                    text::format_count(total)
                )
            }
            None => format!(" · {}", progress.doing),
        }
    }

    pub(crate) fn spinner(&self) -> &'static str {
        let turn =
            self.now.as_millisecond().unsigned_abs() / SPINNER_INTERVAL.as_millis().unsigned_abs() as u64;
        SPINNER_FRAMES[usize::try_from(turn).unwrap_or(0) % SPINNER_FRAMES.len()]
    }
}
