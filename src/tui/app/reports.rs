//! Handles reports of tasks. A report of a task that is no longer tracked changes nothing.

use keypool_domain::text::pluralize;
use keypool_domain::{Secret, TenantKeyId};

use crate::aws::Failure;
use crate::ops::{Applied, ExportError, ExportedFile, FixReport};
use crate::tui::app::App;
use crate::tui::app::change_result;
use crate::tui::dialogs::explanation::Explanation;
use crate::tui::dialogs::menu::Menu;
use crate::tui::keys::action::Action;
use crate::tui::model::Model;
use crate::tui::model::event::{TaskId, TaskReport};
use crate::tui::model::message::{Message, Tone};
use crate::tui::model::query::{PartialResult, Query, QueryResult, SecretUse};
use crate::tui::model::snapshot::Snapshot;
use crate::tui::model::tasks::{Task, TaskKind};
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
            TaskReport::Part(part) => return self.handle_part(part),
            TaskReport::CallResult(sample) => {
                let home = &mut self.stack.screens.home;
                if let Some(called) = home.called_key() {
                    self.model.note_response(called, sample.verdict, sample.at);
                }
                return home.add_sample(*sample);
            }
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
            TaskReport::Loaded(result) => {
                if let TaskKind::Load(query) = &task.kind {
                    self.handle_loaded(query, result);
                }
            }
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
            TaskReport::Progress(_) | TaskReport::Part(_) | TaskReport::CallResult(_) => {}
        }
    }

    pub(super) fn handle_loaded(&mut self, query: &Query, result: Result<QueryResult, Failure>) {
        for screen in View::ALL {
            self.stack.screens.get_mut(screen).arrived(query, &result, &self.model);
        }
        match result {
            Ok(result) => self.handle_query_result(query, result),
            Err(failure) => self.handle_query_failure(query, failure),
        }
    }

    fn handle_query_result(&mut self, query: &Query, result: QueryResult) {
        match result {
            QueryResult::Inventory(snapshot) => self.handle_inventory(snapshot),
            QueryResult::Membership(snapshot) => self.model.finish_membership(query, Ok(snapshot)),
            QueryResult::Listed(snapshot) => {
                if let Query::ListKeys(listing) = query {
                    self.model.finish_listing(listing, Ok(snapshot));
                    self.resume_access();
                }
            }
            QueryResult::Diagnosis(report, snapshot) => {
                self.model.finish_diagnosis(Ok((report, snapshot)));
                self.resume_pending();
            }
            QueryResult::Setup(report, snapshot) => {
                let has_inventory = snapshot.is_some();
                self.model.finish_setup(Ok((report, snapshot)));
                if has_inventory {
                    self.resume_pending();
                }
            }
            QueryResult::Usage(snapshot) => {
                // The usage screen shows that of other days.
                let usage = snapshot.usage.filter(|_| matches!(query, Query::UsageWithRefusals(_)));
                if let Some(usage) = usage {
                    self.model.replace_usage(usage);
                }
            }
            QueryResult::PlanUsage(calls) => {
                if let Query::PlanUsage(plan, _) = query {
                    self.model.finish_plan_usage(plan, Ok(calls));
                }
            }
            QueryResult::Secret(id, secret) => {
                let Query::Secret(_, purpose) = query else { return };
                match purpose {
                    SecretUse::Copy => self.copy_value(id, secret),
                    SecretUse::Undo => self.keep_value(&id, Ok(secret)),
                    SecretUse::Reveal => {
                        let now = self.model.now();
                        if let Some(dialog) = &mut self.stack.dialog {
                            dialog.reveal(&id, secret, now);
                        }
                    }
                }
            }
            QueryResult::Routes(plan, routes) => {
                let commands = self.stack.screens.home.handle_routes(plan, routes, &self.model);
                self.execute_all(commands);
            }
            QueryResult::StageChoices(choices) => {
                if self.stack.view == View::Setup && self.stack.dialog.is_none() {
                    self.execute(setup::choose_stage(choices, &self.model));
                }
            }
            QueryResult::KeyLookup(lookup) => {
                if self.stack.is_operator_busy() {
                    self.message = Some(Message::new(Tone::Info, "key found: close this to see it"));
                }
                self.pending_lookup = Some(lookup);
            }
            QueryResult::ChangeDetails(change, inventory) => self.confirm_with_details(*change, inventory),
            QueryResult::Explain(diagnoses) => {
                if self.stack.dialog.is_none() {
                    let gone = "no key has this id any more: refresh and select a key again";
                    let explanation = Explanation::new(diagnoses);
                    self.execute(explanation.map_or_else(|| Command::refuse(gone), Command::open));
                }
            }
            // The usage screen and the report show these.
            QueryResult::RecentCalls(_) | QueryResult::Charges(_) => {}
        }
    }

    fn handle_query_failure(&mut self, query: &Query, failure: Failure) {
        match query {
            // The status line shows why.
            Query::Inventory => {
                self.model.finish_refresh(Err(failure));
                self.resume_lookup();
                return self.changes.cancel_requested_undo();
            }
            Query::PlanUsage(plan, _) => return self.model.finish_plan_usage(plan, Err(failure)),
            // What was indexed before stays.
            Query::UsageWithRefusals(_) => return self.model.index_usage(),
            // What needs the API keys of a plan reads them then.
            Query::MembersOfPlan(_) | Query::MembersOfPlans(_) => {
                return self.model.finish_membership(query, Err(failure));
            }
            // The list shows why.
            Query::ListKeys(listing) => return self.model.finish_listing(listing, Err(failure)),
            // The usage screen and the report show why.
            Query::Usage(_) | Query::RecentCalls(_) | Query::Charges(_) => return,
            Query::Secret(id, SecretUse::Undo) => return self.keep_value(id, Err(failure)),
            Query::Diagnosis => {
                self.model.finish_diagnosis(Err(failure.clone()));
                self.changes.cancel_requested_undo();
            }
            Query::Setup(_) => {
                self.model.finish_setup(Err(failure.clone()));
                self.changes.cancel_requested_undo();
                // Several APIs or stages match: the operator chooses one.
                if matches!(failure, Failure::Ambiguous { .. }) {
                    let api = self.model.setup_choice().api.clone();
                    return self.model.load(Query::StageChoices(api));
                }
            }
            Query::Routes(_) => self.stack.screens.home.cancel_pending_call(),
            Query::ChangeDetails(change) if failure != Failure::Cancelled => {
                return self.show_refusal(change, Message::from_failure(&failure));
            }
            Query::Secret(_, SecretUse::Reveal | SecretUse::Copy)
            | Query::StageChoices(_)
            | Query::KeyLookup(_)
            | Query::Explain(_)
            | Query::ChangeDetails(_) => {}
        }
        if failure != Failure::Cancelled {
            self.message = Some(Message::from_failure(&failure));
        }
    }

    fn handle_part(&mut self, part: PartialResult) {
        match part {
            PartialResult::Remembered(snapshot) => self.model.show_remembered_inventory(snapshot),
            PartialResult::Inventory(snapshot) => {
                self.model.show_partial_inventory(snapshot);
                self.resume_access();
            }
            PartialResult::Membership(snapshot) => self.model.show_addition(snapshot),
        }
    }

    fn handle_inventory(&mut self, snapshot: Snapshot) {
        self.stack.screens.home.drop_stale_routes(&snapshot.inventory);
        let previous = self.model.finish_refresh(Ok(snapshot));
        self.resume_pending();
        let previous = previous.as_ref().map_or(&[][..], |inventory| inventory.remarks());
        if self.message.is_none() {
            self.message = new_remarks(previous, &self.model);
        }
        self.model.read_usage();
    }

    /// Resumes undo and key access that were requested before the account was loaded.
    fn resume_pending(&mut self) {
        if self.changes.take_requested_undo() {
            self.message = None;
            self.undo();
        }
        self.resume_access();
        self.resume_lookup();
    }

    /// Starts a key lookup that waited for the account, also if the account was not read to its end: its result says so.
    fn resume_lookup(&mut self) {
        if let Some(query) = self.waiting_lookup.take() {
            self.message = None;
            self.load(query);
        }
    }

    fn resume_access(&mut self) {
        if let Some((access, id)) = self.pending_access.take() {
            self.perform_access(access, id);
        }
    }

    /// Keeps the value of a key that is about to be deleted.
    fn keep_value(&mut self, id: &TenantKeyId, value: Result<Secret, Failure>) {
        let message = self.changes.keep_value(id, value, &mut self.model);
        self.message = message.or_else(|| self.message.take());
    }

    fn handle_applied(&mut self, task: &Task, applied: &Applied, outcome: Result<(), Failure>) {
        let TaskKind::Apply(change, description) = &task.kind else { return };
        self.model.forget_refusals(&applied.extended);
        self.expire_usage();
        self.model.expire_usage_of(applied.extended.iter().map(|extension| &extension.plan));
        let is_ok = outcome.is_ok();
        // A form that is submitted again would repeat what was done.
        let is_untouched = !matches!(outcome, Ok(()) | Err(Failure::Partial { .. }))
            && applied.extended.is_empty()
            && change_result::resulting_keys(applied).next().is_none();
        let message = self.changes.record_result(change, description, applied, outcome, &self.model);
        if is_untouched {
            self.show_refusal(change, message);
        } else {
            self.drop_draft(change);
            self.message = Some(message);
        }
        if is_ok {
            let home = &mut self.stack.screens.home;
            home.unmark(&applied.deleted);
            home.unmark(change_result::replaced_keys(change));
            home.select_when_listed(change_result::resulting_keys(applied).next());
        }
        self.model.reload(self.stack.view);
        self.quit_if_requested();
    }

    fn handle_fixes_ended(&mut self, task: &Task, reports: &[FixReport], ended: Result<(), Failure>) {
        let TaskKind::Fix(fixes, _) = &task.kind else { return };
        self.expire_usage();
        self.message = Some(self.changes.record_fix_results(fixes, reports, ended, &self.model));
        self.model.reload(self.stack.view);
        self.quit_if_requested();
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
