//! What the line above the footer says: what runs, what failed with its remedy, what was just done.

use keypool_domain::TenantKeyId;

use crate::aws::Failure;
use crate::ops::Query;

use super::action::Action;
use super::app::{App, QuitState};
use super::store::TaskKind;
use super::styles::Role;
use super::view::View;
use super::{text, warnings};

/// Messages take at most this part of the screen's lines.
const SCREEN_DIVISOR: u16 = 4;

/// How a message is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tone {
    Info,
    Success,
    Error,
    /// What takes nothing else its place: a remark of a reading, and what is said of tonight.
    Ambient(Role),
}

/// A sentence, and what to do about it; it goes with the next key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Message {
    pub(crate) tone: Tone,
    pub(crate) text: String,
    pub(crate) hint: Option<String>,
    /// The tenant key that it speaks of: the keys that copy or show one do that to it, whatever is selected.
    pub(crate) tenant_key: Option<TenantKeyId>,
}

impl Message {
    pub(crate) fn from_failure(failure: &Failure) -> Self {
        Self { tone: Tone::Error, text: failure.to_string(), hint: failure.hint(), tenant_key: None }
    }

    /// Says one more thing after the hint, once.
    pub(crate) fn add_hint(&mut self, more: String) {
        match &mut self.hint {
            Some(hint) if hint.ends_with(&more) => {}
            Some(hint) => {
                hint.push_str(" · ");
                hint.push_str(&more);
            }
            None => self.hint = Some(more),
        }
    }

    /// The same for a terminal that is no longer ours.
    pub(crate) fn plain_text(&self) -> String {
        let hint = self.hint.as_ref().map_or_else(String::new, |hint| format!(" · {hint}"));
        text::clean(&format!("{}{hint}", self.text)).into_owned()
    }

    /// Sentence and hint as one text.
    fn full_text(&self) -> String {
        let sign = match self.tone {
            Tone::Info | Tone::Ambient(_) => "",
            Tone::Success => "✔ ",
            Tone::Error => "× ",
        };
        match &self.hint {
            Some(hint) => format!("{sign}{} · {hint}", self.text),
            None => format!("{sign}{}", self.text),
        }
    }
}

impl App {
    /// The lines above the footer, as they are drawn.
    pub(crate) fn message_lines(&self) -> Vec<(Tone, String)> {
        let cells = usize::from(self.size.width).saturating_sub(2);
        let most = usize::from(self.size.height / SCREEN_DIVISOR).saturating_sub(1).max(1);
        let running =
            self.progress_line(cells).map(|line| (Tone::Info, vec![text::fit(&line, cells).into_owned()]));
        let said =
            self.message.as_ref().map(|message| (message.tone, text::wrap(&message.full_text(), cells)));
        let covers = |message: &Message| !matches!(message.tone, Tone::Ambient(_));
        let covered = self.message.as_ref().is_some_and(covers);
        let failed = self.read_failure().filter(|_| !covered);
        let failed = failed.map(|message| (message.tone, text::wrap(&message.full_text(), cells)));
        let silent = !covered && failed.is_none() && self.view == View::Home;
        let tonight = silent.then(|| warnings::summary_line(self, cells)).flatten();
        let tonight =
            tonight.map(|(role, line)| (Tone::Ambient(role), vec![text::fit(&line, cells).into_owned()]));
        let blocks = [running, said, failed, tonight].into_iter().flatten();
        let all: Vec<_> =
            blocks.flat_map(|(tone, lines)| lines.into_iter().map(move |line| (tone, line))).collect();
        let cut = all.len() > most;
        let mut shown: Vec<_> = all.into_iter().take(most).collect();
        if let Some((_, last)) = shown.last_mut().filter(|_| cut) {
            *last = format!("{}…", text::fit(last, cells.saturating_sub(1)));
        }
        shown
    }

    /// Why what is shown is stale, or why there is nothing.
    fn read_failure(&self) -> Option<Message> {
        let Some(failure) = self.context.failure().or_else(|| self.snapshot.failure()) else {
            return self.usage_failure_message();
        };
        let mut message = Message::from_failure(failure);
        if self.inventory().is_some() {
            message.text = format!("stale: {}", message.text);
        }
        Some(message)
    }

    /// Why the home screen has no figures of usage, or only old ones.
    fn usage_failure_message(&self) -> Option<Message> {
        let mut message = Message::from_failure(self.usage_failure().filter(|_| self.view == View::Home)?);
        message.text = format!("usage: {}", message.text);
        Some(message)
    }

    /// What a person waits for.
    fn progress_line(&self, cells: usize) -> Option<String> {
        let is_awaited = |errand: &TaskKind| {
            matches!(
                errand,
                TaskKind::CopySecret | TaskKind::Load(Query::Secret(_) | Query::ChangeDetails(_))
            )
        };
        let reading = || {
            let (_, task) = self.tasks.find(is_awaited)?;
            Some(format!("{} {}", self.spinner(), task.kind.read_label()?))
        };
        let slow = || {
            let (_, what, seconds) = self.slow_reading()?;
            let (spinner, key) = (self.spinner(), self.key_label(Action::Back));
            Some(format!("{spinner} {what}: waiting for AWS for {seconds} s · {key} stops it"))
        };
        self.change_line(cells).or_else(slow).or_else(reading)
    }

    /// The change under way: what, how far, how long AWS has been silent, and how to stop it.
    fn change_line(&self, cells: usize) -> Option<String> {
        let (_, task) = self.running_change()?;
        let words = task.kind.write_label()?;
        let spinner = self.spinner();
        let progress = task.progress.as_ref().map_or_else(String::new, |progress| {
            let total =
                progress.total.map_or_else(String::new, |total| format!("/{}", text::format_count(total)));
            format!(" · {}{total} · {}", text::format_count(progress.done), progress.doing)
        });
        let silence = self.slow_seconds(task.last_report_at);
        let silence =
            silence.map_or_else(String::new, |seconds| format!(" · waiting for AWS for {seconds} s"));
        let stop = match (task.is_stopping, self.quit_state) {
            (true, QuitState::AfterStep) => "stopping after this step, then leaving".to_owned(),
            (true, _) => "stopping after this step".to_owned(),
            (false, _) => format!("{} stops", self.key_label(Action::Back)),
        };
        // Whatever there is no room for, how to stop it stays.
        let tail = format!("{silence} · {stop}");
        let head = format!("{spinner} {words}{progress}");
        Some(format!("{}{tail}", text::fit(&head, cells.saturating_sub(text::width(&tail)))))
    }
}
