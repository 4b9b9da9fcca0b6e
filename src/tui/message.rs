//! The lines above the footer: running tasks, failures with their remedy, results of changes, warnings.

use keypool_domain::TenantKeyId;

use crate::aws::Failure;
use crate::ops::Query;

use super::action::Action;
use super::app::{App, QuitState};
use super::store::TaskKind;
use super::styles::Role;
use super::view::View;
use super::{text, warnings};

/// Messages take at most a quarter of the screen's lines.
const SCREEN_DIVISOR: u16 = 4;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tone {
    Info,
    Success,
    Error,
    /// For remarks about a read and for usage warnings; does not hide other messages.
    Ambient(Role),
}

/// A sentence and what to do about it. The next key removes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Message {
    pub(crate) tone: Tone,
    pub(crate) text: String,
    pub(crate) hint: Option<String>,
    /// The tenant key this is about. Copying and revealing act on it instead of the selection.
    pub(crate) tenant_key: Option<TenantKeyId>,
}

impl Message {
    pub(crate) fn from_failure(failure: &Failure) -> Self {
        Self { tone: Tone::Error, text: failure.to_string(), hint: failure.hint(), tenant_key: None }
    }

    /// Appends to the hint, unless it already ends with this text.
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

    /// Text and hint without a sign, for the terminal after the console has ended.
    pub(crate) fn plain_text(&self) -> String {
        let hint = self.hint.as_ref().map_or_else(String::new, |hint| format!(" · {hint}"));
        text::clean(&format!("{}{hint}", self.text)).into_owned()
    }

    /// Sign, text and hint.
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
    pub(crate) fn message_lines(&self) -> Vec<(Tone, String)> {
        let cells = usize::from(self.size.width).saturating_sub(2);
        let max_lines = usize::from(self.size.height / SCREEN_DIVISOR).saturating_sub(1).max(1);
        let running =
            self.progress_line(cells).map(|line| (Tone::Info, vec![text::fit(&line, cells).into_owned()]));
        let message =
            self.message.as_ref().map(|message| (message.tone, text::wrap(&message.full_text(), cells)));
        let has_message =
            self.message.as_ref().is_some_and(|message| !matches!(message.tone, Tone::Ambient(_)));
        let failure = self.read_failure().filter(|_| !has_message);
        let failure = failure.map(|message| (message.tone, text::wrap(&message.full_text(), cells)));
        let shows_warnings = !has_message && failure.is_none() && self.view == View::Home;
        let warnings = shows_warnings.then(|| warnings::summary_line(self, cells)).flatten();
        let warnings =
            warnings.map(|(role, line)| (Tone::Ambient(role), vec![text::fit(&line, cells).into_owned()]));
        let blocks = [running, message, failure, warnings].into_iter().flatten();
        let all: Vec<_> =
            blocks.flat_map(|(tone, lines)| lines.into_iter().map(move |line| (tone, line))).collect();
        let is_cut = all.len() > max_lines;
        let mut shown: Vec<_> = all.into_iter().take(max_lines).collect();
        if let Some((_, last)) = shown.last_mut().filter(|_| is_cut) {
            *last = format!("{}…", text::fit(last, cells.saturating_sub(1)));
        }
        shown
    }

    /// Why the inventory, or the usage on the home screen, is stale or missing.
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

    /// Why usage on the home screen is stale or missing.
    fn usage_failure_message(&self) -> Option<Message> {
        let mut message = Message::from_failure(self.usage_failure().filter(|_| self.view == View::Home)?);
        message.text = format!("usage: {}", message.text);
        Some(message)
    }

    /// The running change, or a read that the operator waits for.
    fn progress_line(&self, cells: usize) -> Option<String> {
        let is_awaited = |kind: &TaskKind| {
            matches!(kind, TaskKind::CopySecret | TaskKind::Load(Query::Secret(_) | Query::ChangeDetails(_)))
        };
        let reading = || {
            let (_, task) = self.tasks.find(is_awaited)?;
            Some(format!("{} {}", self.spinner(), task.kind.read_label()?))
        };
        let slow = || {
            let (_, what, seconds) = self.slow_reading()?;
            let (spinner, key) = (self.spinner(), self.key_label(Action::Back));
            Some(format!("{spinner} {what}: waiting for AWS for {seconds} s · {key} cancels"))
        };
        self.change_line(cells).or_else(slow).or_else(reading)
    }

    /// The running change: description, progress, time since AWS last answered, and how to stop it.
    fn change_line(&self, cells: usize) -> Option<String> {
        let (_, task) = self.running_change()?;
        let description = task.kind.write_label()?;
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
            (true, QuitState::AfterStep) => "stopping after this step, then quitting".to_owned(),
            (true, _) => "stopping after this step".to_owned(),
            (false, _) => format!("{} stops", self.key_label(Action::Back)),
        };
        // The tail is never cut: it shows how to stop the change.
        let tail = format!("{silence} · {stop}");
        let head = format!("{spinner} {description}{progress}");
        Some(format!("{}{tail}", text::fit(&head, cells.saturating_sub(text::width(&tail)))))
    }
}
