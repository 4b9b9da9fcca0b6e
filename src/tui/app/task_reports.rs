//! What tasks report. A report of a task that is no longer awaited changes nothing.

use keypool_domain::{Change, Secret, TenantKeyId};

use crate::aws::{Context, Failure};
use crate::ops::{Applied, Query};
use crate::tui::action::Action;
use crate::tui::effect::Effect;
use crate::tui::event::{LoadedData, TaskId, TaskReport};
use crate::tui::message::{Message, Tone};
use crate::tui::store::{Task, TaskKind};
use crate::tui::styles::Role;

use super::{App, change_result};

impl App {
    pub(super) fn handle_task_report(&mut self, id: TaskId, outcome: TaskReport) {
        let Some(task) = self.tasks.get_mut(id) else { return };
        let outcome = match outcome {
            TaskReport::Progress(progress) => {
                task.last_report_at = self.now;
                return task.progress = Some(progress);
            }
            TaskReport::Sample(sample) => return self.test.add_sample(*sample),
            last @ (TaskReport::Connected(_)
            | TaskReport::Loaded(_)
            | TaskReport::Applied { .. }
            | TaskReport::FixesEnded { .. }
            | TaskReport::Exported(_)
            | TaskReport::ProbeEnded(_)) => last,
        };
        let Some(task) = self.tasks.end(id) else { return };
        match outcome {
            TaskReport::Connected(result) => self.handle_connected(result),
            TaskReport::Loaded(result) => self.handle_loaded(&task, result),
            TaskReport::Applied { applied, ended } => self.handle_applied(&task, &applied, ended),
            TaskReport::FixesEnded { reports, ended } => self.handle_fixes_ended(&task, &reports, ended),
            TaskReport::Exported(result) => self.handle_exported(task.kind, result),
            TaskReport::ProbeEnded(result) => self.handle_probe_ended(result),
            TaskReport::Progress(_) | TaskReport::Sample(_) => {}
        }
    }

    fn handle_connected(&mut self, result: Result<Context, Failure>) {
        let connected = result.is_ok();
        self.last_refresh_at = Some(self.now);
        self.context.finish(result, self.now);
        if connected {
            self.refresh();
        }
    }

    fn handle_loaded(&mut self, task: &Task, result: Result<LoadedData, Failure>) {
        let TaskKind::Load(Query::Inventory) = task.kind else {
            return match result {
                Ok(answer) => self.handle_loaded_data(task, answer),
                Err(failure) => self.handle_load_failure(task, &failure),
            };
        };
        self.last_refresh_at = Some(self.now);
        let result = result.and_then(|answer| {
            if let LoadedData::Account(reading) = answer { Ok(reading) } else { Err(unexpected_answer()) }
        });
        let taken_at = result.as_ref().map_or(self.now, |reading| reading.inventory.taken_at());
        if let Ok(reading) = &result {
            self.test.drop_stale_routes(&reading.inventory);
        }
        let arrived = result.is_ok();
        let before = self.snapshot.value().cloned();
        self.snapshot.finish(result, taken_at);
        if arrived {
            self.resume_pending();
        } else {
            self.cancel_requested_undo();
        }
        self.show_remarks(before.as_ref().map_or(&[], |before| before.inventory.remarks()));
        if let Some(before) = before.filter(|_| arrived) {
            self.emit(Effect::DropSnapshot(before));
        }
        if arrived {
            self.read_usage();
        }
    }

    /// Says what could not be read, or only slowly, when that is new; the details of all plans hold it from then on.
    fn show_remarks(&mut self, before: &[String]) {
        let Some(inventory) = self.inventory() else { return };
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
            self.message = Some(Message { tone: Tone::Ambient(Role::Accent), text, hint, tenant_key: None });
        }
    }

    fn handle_loaded_data(&mut self, task: &Task, answer: LoadedData) {
        match (answer, &task.kind) {
            (LoadedData::Secret(row, secret), TaskKind::CopySecret) => self.copy_value(row, secret),
            (LoadedData::Secret(row, secret), TaskKind::KeepValue(_)) => self.handle_value(&row, Ok(secret)),
            (LoadedData::Secret(row, secret), _) => self.reveal(&row, secret),
            (LoadedData::Routes(plan, routes), _) => self.handle_routes(plan, routes),
            (LoadedData::Diagnosis(diagnosis, reading), _) => self.handle_diagnosis(diagnosis, reading),
            (LoadedData::Setup(read, reading), _) => self.handle_setup(read, reading),
            (LoadedData::StageChoices(choices), _) => self.show_stage_menu(choices),
            (LoadedData::KeyLookup(whose), _) => self.handle_lookup(whose),
            (LoadedData::Usage(told), TaskKind::Load(Query::Usage(range))) => self.handle_usage(*range, told),
            (LoadedData::Charges(charged), _) => self.handle_charges(*charged),
            (LoadedData::ChangeDetails(change, inventory), _) => {
                self.confirm_with_details(*change, inventory)
            }
            (LoadedData::Explanation(chains), _) => self.show_explanation(chains),
            (LoadedData::Account(_) | LoadedData::Usage(_), _) => {}
        }
    }

    fn handle_load_failure(&mut self, task: &Task, failure: &Failure) {
        if matches!(task.kind, TaskKind::Load(Query::Routes(_))) {
            self.test.pending_call = None;
        }
        if let TaskKind::KeepValue(row) = &task.kind {
            return self.handle_value(row, Err(failure));
        }
        if let TaskKind::Load(Query::Usage(range)) = &task.kind {
            // It stands above the footer as long as it is so.
            return self.handle_usage_failure(*range, failure);
        }
        if let TaskKind::Load(Query::Charges(asked)) = &task.kind {
            return self.handle_charges_failure(asked.month, failure);
        }
        if task.kind == TaskKind::Load(Query::Diagnosis) {
            self.handle_diagnosis_failure(failure);
        }
        if let TaskKind::Load(Query::Setup(_)) = task.kind {
            return self.handle_setup_failure(failure);
        }
        if *failure != Failure::Cancelled {
            self.show_failure(failure);
        }
    }

    pub(super) fn copy(&mut self, what: &str, text: Secret) {
        self.show_message(Tone::Success, format!("{what} is on the clipboard, if the terminal allows it"));
        self.emit(Effect::Copy(text));
    }

    fn reveal(&mut self, row: &TenantKeyId, secret: Secret) {
        if let Some(overlay) = &mut self.overlay {
            overlay.reveal(row, secret, self.now);
        }
    }

    fn handle_applied(&mut self, task: &Task, applied: &Applied, ended: Result<(), Failure>) {
        if let TaskKind::Apply(change, _) = &task.kind {
            self.set_reversal(change, &applied.extended);
            self.set_former_keys(change, &applied.former);
        }
        match ended {
            Ok(()) => self.show_success(task, applied),
            Err(failure) => {
                let mut message = Message::from_failure(&failure);
                if let Some(words) = task.kind.write_label() {
                    message.text = format!("{words}: {}", message.text);
                }
                if let TaskKind::Apply(change, _) = &task.kind
                    && self.commit_undo(change, Some(&failure))
                {
                    message.text = format!("{} · {}", message.text, self.undo_hint());
                }
                self.message = Some(message);
            }
        }
        self.reload();
        self.quit_after_step();
    }

    /// The key that copies a value that is new, where it is one.
    fn copy_hint(&self, change: &Change, about: Option<&TenantKeyId>) -> Option<String> {
        let new = matches!(change, Change::Create(_) | Change::Rotate { .. } | Change::Isolate(_));
        about.filter(|_| new).map(|_| format!("{} copies its value", self.key_label(Action::CopyValue)))
    }

    fn show_success(&mut self, task: &Task, applied: &Applied) {
        let TaskKind::Apply(change, words) = &task.kind else { return };
        let present: Vec<_> =
            [&applied.created, &applied.edited, &applied.moved].into_iter().flatten().collect();
        let about = if let [row] = present[..] { Some(row.clone()) } else { None };
        let undo = self.commit_undo(change, None).then(|| self.undo_hint());
        let hint = undo.or_else(|| self.copy_hint(change, about.as_ref()));
        let text = change_result::describe_result(applied, words, change, &self.inventory_or_empty());
        self.message = Some(Message { tone: Tone::Success, text, hint, tenant_key: about });
        self.keys.unmark(&applied.deleted);
        if let Change::Rotate { tenant_keys: rows, .. }
        | Change::Isolate(rows)
        | Change::Consolidate { tenant_keys: rows, .. }
        | Change::ChangePlan { tenant_keys: rows, .. } = change
        {
            // They are elsewhere now, most of them under another id.
            self.keys.unmark(rows);
        }
        self.keys.select_when_listed(present.first().copied());
    }
}

fn unexpected_answer() -> Failure {
    Failure::Unexpected {
        operation: "reading the account".to_owned(),
        message: "another answer came".to_owned(),
    }
}
