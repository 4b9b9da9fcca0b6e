//! What the line above the footer says: what runs, what failed with its remedy, what was just done.

use crate::aws::Failure;
use crate::ops::Query;

use super::app::App;
use super::store::Errand;
use super::text;

/// Lines that messages take at most.
const MOST_LINES: usize = 3;

/// How a message is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tone {
    Plain,
    Good,
    Bad,
}

/// A sentence, and what to do about it; it goes with the next key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Message {
    pub(crate) tone: Tone,
    pub(crate) text: String,
    pub(crate) hint: Option<String>,
}

impl Message {
    pub(crate) fn of(failure: &Failure) -> Self {
        Self { tone: Tone::Bad, text: failure.to_string(), hint: failure.hint() }
    }

    /// Sentence and hint as one text.
    fn whole(&self) -> String {
        let sign = match self.tone {
            Tone::Plain => "",
            Tone::Good => "✔ ",
            Tone::Bad => "× ",
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
        let most = if self.size.height < 16 { 1 } else { MOST_LINES };
        let running =
            self.running_line().map(|line| (Tone::Plain, vec![text::fit(&line, cells).into_owned()]));
        let said = self.message.as_ref().map(|message| (message.tone, text::wrap(&message.whole(), cells)));
        let failed = self.standing_failure().filter(|_| said.is_none());
        let failed = failed.map(|message| (message.tone, text::wrap(&message.whole(), cells)));
        let blocks = [running, said, failed].into_iter().flatten();
        blocks.flat_map(|(tone, lines)| lines.into_iter().map(move |line| (tone, line))).take(most).collect()
    }

    /// Why what is shown is stale, or why there is nothing.
    fn standing_failure(&self) -> Option<Message> {
        let failure = self.place.failure().or_else(|| self.account.failure())?;
        let mut message = Message::of(failure);
        if self.known().is_some() {
            message.text = format!("stale: {}", message.text);
        }
        Some(message)
    }

    /// What a person waits for.
    fn running_line(&self) -> Option<String> {
        let secret = |errand: &Errand| matches!(errand, Errand::CopySecret | Errand::Load(Query::Secret(_)));
        let reading =
            || self.tasks.find(secret).map(|_| format!("{} reading the secret value", self.spinner()));
        let slow = || {
            let (_, seconds) = self.slow_reading()?;
            let spinner = self.spinner();
            Some(format!("{spinner} AWS has not answered everything after {seconds} s · Esc stops reading"))
        };
        self.change_line().or_else(reading).or_else(slow)
    }

    /// The change under way: what, how far, and how to stop it.
    fn change_line(&self) -> Option<String> {
        let (_, task) = self.tasks.find(|errand| matches!(errand, Errand::Apply(..)))?;
        let Errand::Apply(_, words) = &task.errand else { return None };
        let spinner = self.spinner();
        let progress = task.progress.as_ref().map_or_else(String::new, |progress| {
            let total = progress.total.map_or_else(String::new, |total| format!("/{}", text::grouped(total)));
            format!(" · {}{total} · {}", text::grouped(progress.done), progress.doing)
        });
        let stop = if task.stopping { "stopping after this step" } else { "Esc stops" };
        Some(format!("{spinner} {words}{progress} · {stop}"))
    }
}
