//! Handles reports of tasks. A report of a task that is no longer tracked changes nothing.

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
    pub(super) fn handle_task_report(&mut self, id: TaskId, report: TaskReport) {
        let Some(task) = self.tasks.get_mut(id) else { return };
        let report = match report {
            TaskReport::Progress(progress) => {
                task.last_report_at = self.now;
                return task.progress = Some(progress);
            }
            TaskReport::CallResult(sample) => return self.test.add_sample(*sample),
            ending @ (TaskReport::Connected(_)
            | TaskReport::Loaded(_)
            | TaskReport::Applied { .. }
            | TaskReport::FixesEnded { .. }
            | TaskReport::Exported(_)
            | TaskReport::CallsEnded(_)) => ending,
        };
        let Some(task) = self.tasks.end(id) else { return };
        match report {
            TaskReport::Connected(result) => self.handle_connected(result),
            TaskReport::Loaded(result) => self.handle_loaded(&task, result),
            TaskReport::Applied { applied, ended } => self.handle_applied(&task, &applied, ended),
            TaskReport::FixesEnded { reports, ended } => self.handle_fixes_ended(&task, &reports, ended),
            TaskReport::Exported(result) => self.handle_exported(task.kind, result),
            TaskReport::CallsEnded(result) => self.handle_probe_ended(result),
            TaskReport::Progress(_) | TaskReport::CallResult(_) => {}
        }
    }

    fn handle_connected(&mut self, result: Result<Context, Failure>) {
        let is_connected = result.is_ok();
        self.last_refresh_at = Some(self.now);
        self.context.finish(result, self.now);
        if is_connected {
            self.refresh();
        }
    }

    fn handle_loaded(&mut self, task: &Task, result: Result<LoadedData, Failure>) {
        let TaskKind::Load(Query::Inventory) = task.kind else {
            return match result {
                Ok(data) => self.handle_loaded_data(task, data),
                Err(failure) => self.handle_load_failure(task, &failure),
            };
        };
        self.last_refresh_at = Some(self.now);
        let result = result.and_then(|data| {
            if let LoadedData::Account(snapshot) = data { Ok(snapshot) } else { Err(unexpected_data()) }
        });
        let taken_at = result.as_ref().map_or(self.now, |snapshot| snapshot.inventory.taken_at());
        if let Ok(snapshot) = &result {
            self.test.drop_stale_routes(&snapshot.inventory);
        }
        let is_ok = result.is_ok();
        let previous = self.snapshot.value().cloned();
        self.snapshot.finish(result, taken_at);
        if is_ok {
            self.resume_pending();
        } else {
            self.cancel_requested_undo();
        }
        self.show_remarks(previous.as_ref().map_or(&[], |previous| previous.inventory.remarks()));
        if let Some(previous) = previous.filter(|_| is_ok) {
            self.emit(Effect::DropSnapshot(previous));
        }
        if is_ok {
            self.read_usage();
        }
    }

    /// Shows new remarks, for example about a slow read. All of them are in the details of the row "all plans".
    fn show_remarks(&mut self, previous: &[String]) {
        let Some(inventory) = self.inventory() else { return };
        let remarks = inventory.remarks();
        let Some(first) = remarks.first().filter(|_| remarks != previous) else { return };
        let more =
            if remarks.len() > 1 { format!(" · and {} more", remarks.len() - 1) } else { String::new() };
        let hint = self
            .options
            .keymap
            .label(Action::Describe)
            .map(|key| format!("{key} on the row \"all plans\" lists them"));
        let text = format!("{first}{more}");
        if self.message.is_none() {
            self.message = Some(Message { tone: Tone::Ambient(Role::Accent), text, hint, tenant_key: None });
        }
    }

    fn handle_loaded_data(&mut self, task: &Task, data: LoadedData) {
        match (data, &task.kind) {
            (LoadedData::Secret(id, secret), TaskKind::CopySecret) => self.copy_value(id, secret),
            (LoadedData::Secret(id, secret), TaskKind::KeepValue(_)) => {
                self.keep_value_for_undo(&id, Ok(secret))
            }
            (LoadedData::Secret(id, secret), _) => self.reveal(&id, secret),
            (LoadedData::Routes(plan, routes), _) => self.handle_routes(plan, routes),
            (LoadedData::DoctorReport(diagnosis, snapshot), _) => self.handle_diagnosis(diagnosis, snapshot),
            (LoadedData::Setup(setup, snapshot), _) => self.handle_setup(setup, snapshot),
            (LoadedData::StageChoices(choices), _) => self.show_stage_menu(choices),
            (LoadedData::KeyLookup(lookup), _) => self.handle_lookup(lookup),
            (LoadedData::Usage(snapshot), TaskKind::Load(Query::Usage(range))) => {
                self.handle_usage(*range, snapshot)
            }
            (LoadedData::Charges(charges), _) => self.handle_charges(*charges),
            (LoadedData::ChangeDetails(change, inventory), _) => {
                self.confirm_with_details(*change, inventory)
            }
            (LoadedData::Explanation(diagnoses), _) => self.show_explanation(diagnoses),
            (LoadedData::Account(_) | LoadedData::Usage(_), _) => {}
        }
    }

    fn handle_load_failure(&mut self, task: &Task, failure: &Failure) {
        if matches!(task.kind, TaskKind::Load(Query::Routes(_))) {
            self.test.pending_call = None;
        }
        if let TaskKind::KeepValue(id) = &task.kind {
            return self.keep_value_for_undo(id, Err(failure));
        }
        if let TaskKind::Load(Query::Usage(range)) = &task.kind {
            // The line above the footer shows this failure until usage is read.
            return self.handle_usage_failure(*range, failure);
        }
        if let TaskKind::Load(Query::Charges(request)) = &task.kind {
            return self.handle_charges_failure(request.month, failure);
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
        self.show_message(Tone::Success, format!("{what} is on the clipboard (if the terminal allows it)"));
        self.emit(Effect::Copy(text));
    }

    fn reveal(&mut self, id: &TenantKeyId, secret: Secret) {
        if let Some(overlay) = &mut self.overlay {
            overlay.reveal(id, secret, self.now);
        }
    }

    fn handle_applied(&mut self, task: &Task, applied: &Applied, outcome: Result<(), Failure>) {
        if let TaskKind::Apply(change, _) = &task.kind {
            self.set_extension_reversal(change, &applied.extended);
            self.update_deletion_reversal(change, &applied.former_keys);
        }
        match outcome {
            Ok(()) => self.show_success(task, applied),
            Err(failure) => {
                let mut message = Message::from_failure(&failure);
                if let Some(description) = task.kind.write_label() {
                    message.text = format!("{description}: {}", message.text);
                }
                if let TaskKind::Apply(change, _) = &task.kind
                    && self.offer_undo(change, Some(&failure))
                {
                    message.text = format!("{} · {}", message.text, self.undo_hint());
                }
                self.message = Some(message);
            }
        }
        self.reload();
        self.quit_if_requested();
    }

    /// Names the shortcut that copies the value, if the change made a new one.
    fn copy_hint(&self, change: &Change, tenant_key: Option<&TenantKeyId>) -> Option<String> {
        let is_new = matches!(change, Change::Create(_) | Change::Rotate { .. } | Change::Isolate(_));
        tenant_key
            .filter(|_| is_new)
            .map(|_| format!("{} copies the value", self.key_label(Action::CopyValue)))
    }

    fn show_success(&mut self, task: &Task, applied: &Applied) {
        let TaskKind::Apply(change, description) = &task.kind else { return };
        let resulting_keys: Vec<_> =
            [&applied.created, &applied.edited, &applied.moved].into_iter().flatten().collect();
        let tenant_key = if let [id] = resulting_keys[..] { Some(id.clone()) } else { None };
        let undo = self.offer_undo(change, None).then(|| self.undo_hint());
        let hint = undo.or_else(|| self.copy_hint(change, tenant_key.as_ref()));
        let text = change_result::describe_result(applied, description, change, &self.inventory_or_empty());
        self.message = Some(Message { tone: Tone::Success, text, hint, tenant_key });
        self.keys.unmark(&applied.deleted);
        if let Change::Rotate { tenant_keys: ids, .. }
        | Change::Isolate(ids)
        | Change::Consolidate { tenant_keys: ids, .. }
        | Change::ChangePlan { tenant_keys: ids, .. } = change
        {
            // These changes usually give a tenant key a new id, and the marks are on the old ids.
            self.keys.unmark(ids);
        }
        self.keys.select_when_listed(resulting_keys.first().copied());
    }
}

fn unexpected_data() -> Failure {
    Failure::Unexpected {
        operation: "reading the account".to_owned(),
        message: "the task returned something other than the account".to_owned(),
    }
}
