//! Handles reports of tasks. A report of a task that is no longer tracked changes nothing.

use keypool_domain::change::pluralize;

use crate::aws::Failure;
use crate::ops::{Applied, ExportError, ExportedFile, FixReport, Query};
use crate::tui::app::App;
use crate::tui::app::change_result;
use crate::tui::dialogs::explanation::Explanation;
use crate::tui::dialogs::menu::Menu;
use crate::tui::keys::action::Action;
use crate::tui::model::Model;
use crate::tui::model::event::{LoadedData, TaskId, TaskReport};
use crate::tui::model::message::{Message, Tone};
use crate::tui::model::snapshot::Snapshot;
use crate::tui::model::tasks::{Task, TaskKind};
use crate::tui::model::usage_days;
use crate::tui::screen::Command;
use crate::tui::screens::setup;
use crate::tui::styles::Role;
use crate::tui::view::View;

impl App {
    pub(super) fn handle_task_report(&mut self, id: TaskId, report: TaskReport) {
        let now = self.model.now();
        let Some(task) = self.model.task_mut(id) else { return };
        let report = match report {
            TaskReport::Progress(progress) => {
                task.last_report_at = now;
                return task.progress = Some(progress);
            }
            TaskReport::CallResult(sample) => return self.stack.screens.home.add_sample(*sample),
            ending @ (TaskReport::Connected(_)
            | TaskReport::Loaded(_)
            | TaskReport::Applied { .. }
            | TaskReport::FixesEnded { .. }
            | TaskReport::Exported(_)
            | TaskReport::CallsEnded(_)) => ending,
        };
        let Some(task) = self.model.end_task(id) else { return };
        match report {
            TaskReport::Connected(result) => self.model.finish_connecting(result),
            TaskReport::Loaded(result) => self.handle_loaded(&task, result),
            TaskReport::Applied { applied, ended } => self.handle_applied(&task, &applied, ended),
            TaskReport::FixesEnded { reports, ended } => self.handle_fixes_ended(&task, &reports, ended),
            TaskReport::Exported(result) => {
                let command = describe_export(task.kind, result, self.stack.dialog.is_some());
                self.execute(command);
            }
            TaskReport::CallsEnded(result) => {
                let message = self.stack.screens.home.handle_calls_ended(result);
                self.message = message.or_else(|| self.message.take());
            }
            TaskReport::Progress(_) | TaskReport::CallResult(_) => {}
        }
    }

    fn handle_loaded(&mut self, task: &Task, result: Result<LoadedData, Failure>) {
        let query = match &task.kind {
            TaskKind::Load(query) => query,
            TaskKind::KeepValue(id) => {
                let value = result.and_then(|data| data.into_secret());
                let message = self.changes.keep_value(id, value, &mut self.model);
                return self.message = message.or_else(|| self.message.take());
            }
            TaskKind::CopySecret => {
                return match result {
                    Ok(LoadedData::Secret(id, secret)) => self.copy_value(id, secret),
                    Ok(_) => {}
                    Err(failure) => self.show_load_failure(&failure),
                };
            }
            TaskKind::Connect
            | TaskKind::Apply(..)
            | TaskKind::Fix(..)
            | TaskKind::Probe
            | TaskKind::Export(_) => return,
        };
        for screen in View::ALL {
            self.stack.screens.get_mut(screen).arrived(query, &result, &self.model);
        }
        match query {
            Query::Inventory => self.handle_inventory(result.and_then(LoadedData::into_account)),
            Query::Diagnosis => {
                let result = result.and_then(LoadedData::into_doctor_report);
                let failure = result.as_ref().err().cloned();
                self.model.finish_diagnosis(result);
                self.resume_or_cancel_requests(failure.as_ref());
                failure.iter().for_each(|failure| self.show_load_failure(failure));
            }
            Query::Setup(_) => {
                let result = result.and_then(LoadedData::into_setup);
                let failure = result.as_ref().err().cloned();
                let has_inventory = result.as_ref().is_ok_and(|(_, snapshot)| snapshot.is_some());
                self.model.finish_setup(result);
                if has_inventory || failure.is_some() {
                    self.resume_or_cancel_requests(failure.as_ref());
                }
                match failure {
                    // Several APIs or stages match: the operator chooses one.
                    Some(Failure::Ambiguous { .. }) => {
                        let api = self.model.setup_choice().api.clone();
                        self.model.load(Query::StageChoices(api));
                    }
                    Some(failure) => self.show_load_failure(&failure),
                    None => {}
                }
            }
            Query::Usage(range) => {
                if *range == usage_days::current_range(self.model.now()) {
                    self.model.finish_usage(result.and_then(LoadedData::into_usage));
                }
            }
            // The screens show these and their failures.
            Query::Charges(_) => {}
            Query::Secret(_)
            | Query::Routes(_)
            | Query::StageChoices(_)
            | Query::KeyLookup(_)
            | Query::Explain(_)
            | Query::ChangeDetails(_) => match result {
                Ok(data) => self.handle_answer(data),
                Err(failure) => {
                    if matches!(query, Query::Routes(_)) {
                        self.stack.screens.home.cancel_pending_call();
                    }
                    self.show_load_failure(&failure);
                }
            },
        }
    }

    fn handle_inventory(&mut self, result: Result<Snapshot, Failure>) {
        let failure = result.as_ref().err().cloned();
        if let Ok(snapshot) = &result {
            self.stack.screens.home.drop_stale_routes(&snapshot.inventory);
        }
        let previous = self.model.finish_refresh(result);
        self.resume_or_cancel_requests(failure.as_ref());
        let previous = previous.as_ref().map_or(&[][..], |inventory| inventory.remarks());
        if self.message.is_none() {
            self.message = new_remarks(previous, &self.model);
        }
        if failure.is_none() {
            self.model.read_usage();
        }
    }

    /// Resumes an undo and a key access that were requested before the account was loaded; after a failure,
    /// cancels the undo instead.
    fn resume_or_cancel_requests(&mut self, failure: Option<&Failure>) {
        if failure.is_some() {
            return self.changes.cancel_requested_undo();
        }
        if self.changes.take_requested_undo() {
            self.message = None;
            self.undo();
        }
        if let Some((access, id)) = self.pending_access.take() {
            self.perform_access(access, id);
        }
    }

    /// Handles the successful result of a query that an action asked for.
    fn handle_answer(&mut self, data: LoadedData) {
        match data {
            LoadedData::Secret(id, secret) => {
                let now = self.model.now();
                if let Some(dialog) = &mut self.stack.dialog {
                    dialog.reveal(&id, secret, now);
                }
            }
            LoadedData::Routes(plan, routes) => {
                let commands = self.stack.screens.home.handle_routes(plan, routes, &self.model);
                self.execute_all(commands);
            }
            LoadedData::StageChoices(choices) => {
                if self.stack.view == View::Setup && self.stack.dialog.is_none() {
                    self.execute(setup::choose_stage(choices, &self.model));
                }
            }
            LoadedData::KeyLookup(lookup) => {
                if self.stack.is_operator_busy() {
                    self.message = Some(Message::new(Tone::Info, "key found: close this to see it"));
                }
                self.pending_lookup = Some(lookup);
            }
            LoadedData::ChangeDetails(change, inventory) => self.confirm_with_details(*change, inventory),
            LoadedData::Explanation(diagnoses) => {
                if self.stack.dialog.is_none() {
                    let gone = "no key has this id any more: refresh and select a key again";
                    let explanation = Explanation::new(diagnoses);
                    self.execute(explanation.map_or_else(|| Command::refuse(gone), Command::open));
                }
            }
            LoadedData::Account(_)
            | LoadedData::DoctorReport(..)
            | LoadedData::Setup(..)
            | LoadedData::Usage(_)
            | LoadedData::Charges(_) => {}
        }
    }

    fn show_load_failure(&mut self, failure: &Failure) {
        if *failure != Failure::Cancelled {
            self.message = Some(Message::from_failure(failure));
        }
    }

    fn handle_applied(&mut self, task: &Task, applied: &Applied, outcome: Result<(), Failure>) {
        let TaskKind::Apply(change, description) = &task.kind else { return };
        let is_ok = outcome.is_ok();
        self.message = Some(self.changes.finish(change, description, applied, outcome, &self.model));
        if is_ok {
            let home = &mut self.stack.screens.home;
            home.unmark(&applied.deleted);
            home.unmark(change_result::replaced_keys(change));
            home.select_when_listed(change_result::resulting_keys(applied).next());
        }
        self.reload();
        self.quit_if_requested();
    }

    fn handle_fixes_ended(&mut self, task: &Task, reports: &[FixReport], ended: Result<(), Failure>) {
        let TaskKind::Fix(fixes, _) = &task.kind else { return };
        self.message = Some(self.changes.finish_fixes(fixes, reports, ended, &self.model));
        self.reload();
        self.quit_if_requested();
    }

    /// Reads everything again after a change. Cancels a running refresh, whose data may be older than the change.
    fn reload(&mut self) {
        self.model.expire_usage();
        self.model.cancel_refresh();
        match self.stack.view {
            View::Doctor => self.model.diagnose(),
            View::Setup | View::Methods => self.model.read_setup(),
            View::Home | View::Usage | View::Report => self.model.refresh(),
        }
    }
}

/// New remarks, for example about a slow read. All of them are in the details of the row "all plans".
fn new_remarks(previous: &[String], model: &Model) -> Option<Message> {
    let remarks = model.inventory()?.remarks();
    let first = remarks.first().filter(|_| remarks != previous)?;
    let more = if remarks.len() > 1 { format!(" · and {} more", remarks.len() - 1) } else { String::new() };
    let hint = model.label(Action::Describe).map(|key| format!("{key} on the row \"all plans\" lists them"));
    let text = format!("{first}{more}");
    Some(Message { tone: Tone::Ambient(Role::Accent), text, hint, tenant_key: None })
}

/// Says where a list was written, or asks whether to replace an existing file.
fn describe_export(kind: TaskKind, result: Result<ExportedFile, ExportError>, has_dialog: bool) -> Command {
    match (result, kind) {
        (Ok(ExportedFile { path, records }), _) => {
            let text = format!("{} written to {}", pluralize(records, "row"), path.display());
            Command::say(Tone::Success, text)
        }
        (Err(ExportError::Exists(path)), TaskKind::Export(export)) if !has_dialog => {
            Command::open(Menu::for_existing_file(&path, *export))
        }
        (Err(why), _) => Command::refuse(format!("not exported: {why}")),
    }
}
