//! What tasks report. A report of a task that is no longer awaited changes nothing.

use keypool_domain::{Change, RowId, Secret};

use crate::aws::{Context, Failure};
use crate::ops::{Applied, Query};
use crate::tui::action::Action;
use crate::tui::effect::Effect;
use crate::tui::event::{Answer, Outcome, TaskId};
use crate::tui::look::Role;
use crate::tui::message::{Message, Tone};
use crate::tui::store::{Errand, Task};

use super::{App, result};

impl App {
    pub(super) fn done(&mut self, id: TaskId, outcome: Outcome) {
        let Some(task) = self.tasks.get_mut(id) else { return };
        let outcome = match outcome {
            Outcome::Progress(progress) => {
                task.heard = self.now;
                return task.progress = Some(progress);
            }
            Outcome::Sample(sample) => return self.test.add(*sample),
            last @ (Outcome::Connected(_)
            | Outcome::Loaded(_)
            | Outcome::Applied { .. }
            | Outcome::FixesEnded { .. }
            | Outcome::Exported(_)
            | Outcome::ProbeEnded(_)) => last,
        };
        let Some(task) = self.tasks.end(id) else { return };
        match outcome {
            Outcome::Connected(result) => self.connected(result),
            Outcome::Loaded(result) => self.loaded(&task, result),
            Outcome::Applied { applied, ended } => self.applied(&task, &applied, ended),
            Outcome::FixesEnded { reports, ended } => self.fixes_ended(&task, &reports, ended),
            Outcome::Exported(result) => self.exported(task.errand, result),
            Outcome::ProbeEnded(result) => self.probe_ended(result),
            Outcome::Progress(_) | Outcome::Sample(_) => {}
        }
    }

    fn connected(&mut self, result: Result<Context, Failure>) {
        let connected = result.is_ok();
        self.asked_at = Some(self.now);
        self.place.finish(result, self.now);
        if connected {
            self.refresh();
        }
    }

    fn loaded(&mut self, task: &Task, result: Result<Answer, Failure>) {
        let Errand::Load(Query::Inventory) = task.errand else {
            return match result {
                Ok(answer) => self.loaded_apart(task, answer),
                Err(failure) => self.not_loaded(task, &failure),
            };
        };
        self.asked_at = Some(self.now);
        let result = result.and_then(|answer| {
            if let Answer::Account(reading) = answer { Ok(reading) } else { Err(mixed_up()) }
        });
        let taken_at = result.as_ref().map_or(self.now, |reading| reading.inventory.taken_at());
        if let Ok(reading) = &result {
            self.test.settle(&reading.inventory);
        }
        let arrived = result.is_ok();
        let before = self.account.value().cloned();
        self.account.finish(result, taken_at);
        if arrived {
            self.resume_when_read();
        } else {
            self.undo_no_more();
        }
        self.tell_remarks(before.as_ref().map_or(&[], |before| before.inventory.remarks()));
        if let Some(before) = before.filter(|_| arrived) {
            self.ask(Effect::Forget(before));
        }
        if arrived {
            self.read_usage();
        }
    }

    /// Says what could not be read, or only slowly, when that is new; the details of all plans hold it from then on.
    fn tell_remarks(&mut self, before: &[String]) {
        let Some(inventory) = self.known() else { return };
        let remarks = inventory.remarks();
        let Some(first) = remarks.first().filter(|_| remarks != before) else { return };
        let more =
            if remarks.len() > 1 { format!(" · and {} more", remarks.len() - 1) } else { String::new() };
        let hint = self
            .options
            .keymap
            .label(Action::Describe)
            .map(|key| format!("{key} on all plans says it again"));
        let text = format!("{first}{more}");
        if self.message.is_none() {
            self.message = Some(Message { tone: Tone::Standing(Role::Accent), text, hint, about: None });
        }
    }

    fn loaded_apart(&mut self, task: &Task, answer: Answer) {
        match (answer, &task.errand) {
            (Answer::Secret(row, secret), Errand::CopySecret) => self.copy_value(row, secret),
            (Answer::Secret(row, secret), Errand::KeepValue(_)) => self.value_kept(&row, Ok(secret)),
            (Answer::Secret(row, secret), _) => self.reveal(&row, secret),
            (Answer::Routes(plan, routes), _) => self.routes_found(plan, routes),
            (Answer::Diagnosis(diagnosis, reading), _) => self.looked(diagnosis, reading),
            (Answer::Setup(read, reading), _) => self.saw_setup(read, reading),
            (Answer::StageChoices(choices), _) => self.offer_stages(choices),
            (Answer::Whose(whose), _) => self.found(whose),
            (Answer::Usage(told), Errand::Load(Query::Usage(range))) => self.usage_read(*range, told),
            (Answer::Charges(charged), _) => self.charged(*charged),
            (Answer::ChangeDetails(change, inventory), _) => self.confirm_with_details(*change, inventory),
            (Answer::Explained(chains), _) => self.explained(chains),
            (Answer::Account(_) | Answer::Usage(_), _) => {}
        }
    }

    fn not_loaded(&mut self, task: &Task, failure: &Failure) {
        if matches!(task.errand, Errand::Load(Query::Routes(_))) {
            self.test.waiting = None;
        }
        if let Errand::KeepValue(row) = &task.errand {
            return self.value_kept(row, Err(failure));
        }
        if let Errand::Load(Query::Usage(range)) = &task.errand {
            // It stands above the footer as long as it is so.
            return self.usage_not_read(*range, failure);
        }
        if let Errand::Load(Query::Charges(asked)) = &task.errand {
            return self.not_charged(asked.month, failure);
        }
        if task.errand == Errand::Load(Query::Diagnosis) {
            self.not_looked(failure);
        }
        if let Errand::Load(Query::Setup(_)) = task.errand {
            return self.did_not_see_setup(failure);
        }
        if *failure != Failure::Cancelled {
            self.fail(failure);
        }
    }

    pub(super) fn copy(&mut self, what: &str, text: Secret) {
        self.say(Tone::Good, format!("{what} is on the clipboard, if the terminal allows it"));
        self.ask(Effect::Copy(text));
    }

    fn reveal(&mut self, row: &RowId, secret: Secret) {
        if let Some(overlay) = &mut self.overlay {
            overlay.reveal(row, secret, self.now);
        }
    }

    fn applied(&mut self, task: &Task, applied: &Applied, ended: Result<(), Failure>) {
        if let Errand::Apply(change, _) = &task.errand {
            self.learn_reversal(change, &applied.extended);
            self.learn_former(change, &applied.former);
        }
        match ended {
            Ok(()) => self.succeeded(task, applied),
            Err(failure) => {
                let mut message = Message::of(&failure);
                if let Some(words) = task.errand.writing() {
                    message.text = format!("{words}: {}", message.text);
                }
                if let Errand::Apply(change, _) = &task.errand
                    && self.can_be_undone(change, Some(&failure))
                {
                    message.text = format!("{} · {}", message.text, self.undo_hint());
                }
                self.message = Some(message);
            }
        }
        self.reread();
        self.leave_after_step();
    }

    /// The key that copies a value that is new, where it is one.
    fn copy_hint(&self, change: &Change, about: Option<&RowId>) -> Option<String> {
        let new = matches!(change, Change::Create(_) | Change::Rotate { .. } | Change::Isolate(_));
        about.filter(|_| new).map(|_| format!("{} copies its value", self.key_of(Action::CopyValue)))
    }

    fn succeeded(&mut self, task: &Task, applied: &Applied) {
        let Errand::Apply(change, words) = &task.errand else { return };
        let present: Vec<_> =
            [&applied.created, &applied.edited, &applied.moved].into_iter().flatten().collect();
        let about = if let [row] = present[..] { Some(row.clone()) } else { None };
        let undo = self.can_be_undone(change, None).then(|| self.undo_hint());
        let hint = undo.or_else(|| self.copy_hint(change, about.as_ref()));
        let text = result::in_words(applied, words, change, &self.decided_on());
        self.message = Some(Message { tone: Tone::Good, text, hint, about });
        self.keys.forget_marks(&applied.deleted);
        if let Change::Rotate { rows, .. }
        | Change::Isolate(rows)
        | Change::Consolidate { rows, .. }
        | Change::ChangePlan { rows, .. } = change
        {
            // They are elsewhere now, most of them under another id.
            self.keys.forget_marks(rows);
        }
        self.keys.go_to(present.first().copied());
    }
}

fn mixed_up() -> Failure {
    Failure::Unexpected {
        operation: "reading the account".to_owned(),
        message: "another answer came".to_owned(),
    }
}
