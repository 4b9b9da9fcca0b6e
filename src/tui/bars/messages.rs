//! The lines above the footer, running tasks, failures with their remedy and warnings; and in its place the message, which
//! covers none of them. While a filter is typed there, the message is above it.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;

use crate::tui::keys::action::Action;
use crate::tui::model::Model;
use crate::tui::model::message::{Message, Tone};
use crate::tui::model::progress::SlowRead;
use crate::tui::model::query::{Query, SecretUse};
use crate::tui::model::tasks::TaskKind;
use crate::tui::styles::Role;
use crate::tui::view::View;
use crate::tui::{text, warnings};

/// Messages take at most a quarter of the screen's lines.
const SCREEN_DIVISOR: u16 = 4;
/// On a small screen, what answers a key may take more, so that the reason of a refusal can be read.
const MIN_ANSWER_LINES: u16 = 5;

pub(crate) struct MessageBar<'a> {
    pub(crate) model: &'a Model,
    pub(crate) message: Option<&'a Message>,
    /// Whether a dialog is open, which needs the lines of a small screen.
    pub(crate) has_dialog: bool,
    /// Whether a filter is typed in the place of the footer.
    pub(crate) is_filter_typed: bool,
    /// The screen that is shown. Warnings are listed only on the home screen.
    pub(crate) view: View,
    /// Whether the console quits as soon as the running change has stopped.
    pub(crate) quits_after_step: bool,
}

impl MessageBar<'_> {
    pub(crate) fn lines(&self) -> Vec<(Tone, String)> {
        let cells = usize::from(self.model.size().width).saturating_sub(2);
        let quarter = usize::from(self.model.size().height / SCREEN_DIVISOR);
        let max_lines = quarter.saturating_sub(1).max(1);
        let running =
            self.progress_line(cells).map(|line| (Tone::Info, vec![text::fit(&line, cells).into_owned()]));
        let failure = self.stale_data_message();
        let failure = failure.map(|message| (message.tone, text::wrap(&message.full_text(), cells)));
        let shows_warnings = failure.is_none() && self.view == View::Home;
        let warnings = shows_warnings.then(|| warnings::summary_line(self.model, cells)).flatten();
        let warnings =
            warnings.map(|(role, line)| (Tone::Ambient(role), vec![text::fit(&line, cells).into_owned()]));
        let blocks = [running, failure, warnings].into_iter().flatten();
        let all: Vec<_> =
            blocks.flat_map(|(tone, lines)| lines.into_iter().map(move |line| (tone, line))).collect();
        let message = if self.is_filter_typed { self.wrapped_message() } else { Vec::new() };
        message.into_iter().chain(cut_lines(all, max_lines, cells)).collect()
    }

    fn max_message_lines(&self) -> u16 {
        let quarter = self.model.size().height / SCREEN_DIVISOR;
        let is_refusal = self.message.is_some_and(|message| message.tone == Tone::Error);
        quarter.max(if is_refusal && !self.has_dialog { MIN_ANSWER_LINES } else { 1 })
    }

    /// Why the inventory, or the usage on the home screen, is stale or missing.
    fn stale_data_message(&self) -> Option<Message> {
        let Some(failure) = self.model.context().failure().or_else(|| self.model.inventory_failure()) else {
            return self.usage_failure_message();
        };
        let mut message = Message::from_failure(failure);
        if self.model.inventory().is_some() {
            message.text = format!("stale: {}", message.text);
        }
        Some(message)
    }

    /// Why usage on the home screen is stale or missing.
    fn usage_failure_message(&self) -> Option<Message> {
        let mut message =
            Message::from_failure(self.model.usage_failure().filter(|_| self.view == View::Home)?);
        message.text = format!("usage: {}", message.text);
        Some(message)
    }

    /// The running change, or a read that the operator waits for.
    fn progress_line(&self, cells: usize) -> Option<String> {
        let is_awaited = |kind: &TaskKind| {
            matches!(
                kind,
                TaskKind::Load(
                    Query::Secret(_, SecretUse::Reveal | SecretUse::Copy) | Query::ChangeDetails(_)
                )
            )
        };
        let reading = || {
            let (_, task) = self.model.tasks().find(is_awaited)?;
            Some(format!("{} {}", self.model.spinner(), task.kind.read_label()?))
        };
        let slow = || {
            let read = self.model.slow_reading(self.view).filter(|_| !self.model.is_reading_rest())?;
            let (spinner, cancels) = (self.model.spinner(), self.cancels_hint(read));
            let SlowRead { label, seconds, .. } = read;
            Some(match self.model.pace() {
                Some(pace) => format!("{spinner} {pace}{cancels}"),
                None => format!("{spinner} {label}: waiting for AWS for {seconds} s{cancels}"),
            })
        };
        let paced = || {
            let pace = self.model.pace().filter(|_| !self.model.is_reading_rest())?;
            Some(format!("{} {pace}", self.model.spinner()))
        };
        let lines = self.change_line(cells).or_else(slow).or_else(paced);
        lines.or_else(reading).or_else(|| self.rest_line())
    }

    /// How to stop a slow read; empty if it is none of the screen's.
    fn cancels_hint(&self, read: SlowRead) -> String {
        let key = || format!(" · {} cancels", self.model.key_label(Action::Back));
        read.is_of_screen.then(key).unwrap_or_default()
    }

    /// How much of the account was read, while only that is shown, and what it waits for.
    fn rest_line(&self) -> Option<String> {
        let cancels = || self.model.slow_reading(self.view).map(|read| self.cancels_hint(read));
        let wait = || Some(format!(" · AWS limits the rate, {}", self.model.pace()?.describe_wait()));
        self.model.is_reading_rest().then(|| {
            let (spinner, progress) = (self.model.spinner(), self.model.refresh_progress());
            let [wait, cancels] = [wait(), cancels()].map(Option::unwrap_or_default);
            format!("{spinner} reading the account{progress}{wait}{cancels}")
        })
    }

    /// The running change: description, progress, time since AWS last answered, and how to stop it.
    fn change_line(&self, cells: usize) -> Option<String> {
        let (_, task) = self.model.running_change()?;
        let description = task.kind.write_label()?;
        let spinner = self.model.spinner();
        let progress = task.progress.as_ref().map_or_else(String::new, |progress| {
            let total =
                progress.total.map_or_else(String::new, |total| format!("/{}", text::format_count(total)));
            format!(" · {}{total} · {}", text::format_count(progress.done), progress.doing)
        });
        let silence = match (self.model.pace(), self.model.slow_seconds(task.last_report_at)) {
            (Some(pace), _) => format!(" · AWS limits the rate, {}", pace.describe_wait()),
            (None, Some(seconds)) => format!(" · waiting for AWS for {seconds} s"),
            (None, None) => String::new(),
        };
        let stop = match (task.is_stopping, self.quits_after_step) {
            (true, true) => "stopping after this step, then quitting".to_owned(),
            (true, false) => "stopping after this step".to_owned(),
            (false, _) => format!("{} stops", self.model.key_label(Action::Back)),
        };
        // The tail is never cut: it shows how to stop the change.
        let tail = format!("{silence} · {stop}");
        let head = format!("{spinner} {description}{progress}");
        Some(format!("{}{tail}", text::fit(&head, cells.saturating_sub(text::width(&tail)))))
    }

    /// The lines of the message, which take the footer's place until the next key.
    pub(crate) fn message_lines(&self) -> Vec<(Tone, String)> {
        if self.is_filter_typed { Vec::new() } else { self.wrapped_message() }
    }

    fn wrapped_message(&self) -> Vec<(Tone, String)> {
        let Some(message) = self.message else { return Vec::new() };
        let cells = usize::from(self.model.size().width).saturating_sub(2);
        let max_lines = usize::from(self.max_message_lines());
        let lines = text::wrap(&message.full_text(), cells);
        cut_lines(lines.into_iter().map(|line| (message.tone, line)).collect(), max_lines, cells)
    }

    pub(crate) fn draw(&self, area: Rect, frame: &mut Frame<'_>) {
        self.draw_lines(self.lines(), area, frame);
    }

    /// Draws the message in place of the footer.
    pub(crate) fn draw_message(&self, area: Rect, frame: &mut Frame<'_>) {
        self.draw_lines(self.message_lines(), area, frame);
    }

    fn draw_lines(&self, lines: Vec<(Tone, String)>, area: Rect, frame: &mut Frame<'_>) {
        let lines = lines.into_iter().map(|(tone, line)| {
            let role = match tone {
                Tone::Info => Role::Accent,
                Tone::Success => Role::Ok,
                Tone::Error => Role::Error,
                Tone::Ambient(role) => role,
            };
            Line::from(Span::styled(format!(" {line}"), self.model.styles().get(role)))
        });
        frame.render_widget(Paragraph::new(lines.collect::<Vec<_>>()), area);
    }
}

/// The first lines, with an ellipsis if there are more.
fn cut_lines(lines: Vec<(Tone, String)>, max_lines: usize, cells: usize) -> Vec<(Tone, String)> {
    let is_cut = lines.len() > max_lines;
    let mut shown: Vec<_> = lines.into_iter().take(max_lines).collect();
    if let Some((_, last)) = shown.last_mut().filter(|_| is_cut) {
        *last = format!("{}…", text::fit(last, cells.saturating_sub(1)));
    }
    shown
}
