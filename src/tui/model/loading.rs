//! Reads of the account: what starts and cancels them, and what their results change.

use std::sync::Arc;

use jiff::Timestamp;
use keypool_domain::{AccountPart, Inventory};
use ratatui::layout::Size;

use crate::aws::{Context, Failure};
use crate::ops::{DoctorReport, ProbePlan, SetupReport, SetupTarget};
use crate::tui::keys::type_ahead::{Moment, TypeAhead};
use crate::tui::layout;
use crate::tui::model::Model;
use crate::tui::model::effect::Effect;
use crate::tui::model::event::TaskId;
use crate::tui::model::load_states::{INVENTORY, Part};
use crate::tui::model::query::Query;
use crate::tui::model::snapshot::Snapshot;
use crate::tui::model::tasks::{Task, TaskKind};
use crate::tui::model::usage_index::UsageIndex;
use crate::tui::view::{Source, View};

impl Model {
    pub(crate) const fn set_size(&mut self, size: Size) {
        self.size = size;
    }

    /// Sets the time, and refreshes if that is due.
    pub(crate) fn tick(&mut self, now: Timestamp) {
        self.now = now;
        if self.next_refresh_at().is_some_and(|due| due <= now) {
            self.refresh();
        }
    }

    pub(crate) const fn type_ahead_mut(&mut self) -> &mut TypeAhead {
        &mut self.type_ahead
    }

    /// Records that the screen was painted, with an open dialog or without.
    pub(crate) fn record_painted(&mut self, at: Moment, has_dialog: bool) {
        // A screen that is too small does not show the dialog.
        if has_dialog && !layout::is_too_small(self.size) {
            self.type_ahead.record_dialog(at);
        } else {
            self.type_ahead.reset_dialog();
        }
    }

    pub(crate) fn emit(&mut self, effect: Effect) {
        self.outbox.push(effect);
    }

    pub(crate) fn take_effects(&mut self) -> Vec<Effect> {
        std::mem::take(&mut self.outbox)
    }

    /// Starts a task with the effect that runs it.
    pub(crate) fn start(&mut self, kind: TaskKind, effect: impl FnOnce(TaskId) -> Effect) {
        let id = self.tasks.start(kind, self.now);
        self.emit(effect(id));
    }

    pub(crate) fn task_mut(&mut self, id: TaskId) -> Option<&mut Task> {
        self.tasks.get_mut(id)
    }

    pub(crate) fn end_task(&mut self, id: TaskId) -> Option<Task> {
        self.tasks.end(id)
    }

    /// Asks a task to stop. Its report is still awaited.
    pub(crate) fn stop_task(&mut self, id: TaskId) {
        if let Some(task) = self.tasks.get_mut(id) {
            task.is_stopping = true;
            self.emit(Effect::Cancel(id));
        }
    }

    /// Cancels a matching task. Its report is ignored.
    pub(crate) fn cancel_task(&mut self, is_match: impl Fn(&TaskKind) -> bool) {
        if let Some((id, _)) = self.tasks.find(is_match) {
            self.tasks.end(id);
            self.emit(Effect::Cancel(id));
        }
    }

    pub(crate) fn connect(&mut self) {
        self.context.start();
        self.start(TaskKind::Connect, Effect::Connect);
    }

    /// Runs a query, in addition to what already runs.
    pub(crate) fn load(&mut self, query: Query) {
        let inventory = self.inventory().cloned();
        self.start(TaskKind::Load(query.clone()), |id| Effect::Load(id, query, inventory));
    }

    /// Calls the protected API.
    pub(crate) fn call(&mut self, plan: ProbePlan) {
        let Ok(inventory) = self.require_current_inventory().cloned() else { return };
        self.start(TaskKind::Probe, |id| Effect::Probe(id, plan, inventory));
    }

    /// Reads the account again, unless the console is already connecting or reading it.
    pub(crate) fn refresh(&mut self) {
        let is_running =
            |kind: &TaskKind| matches!(kind, TaskKind::Connect | TaskKind::Load(Query::Inventory));
        if self.tasks.find(is_running).is_some() {
            return;
        }
        if self.context.value().is_none() {
            return self.connect();
        }
        self.load_states.start(&INVENTORY);
        self.load(Query::Inventory);
    }

    /// Reads what this screen shows again after a change. Cancels a running refresh, whose data may be older than
    /// the change.
    pub(crate) fn reload(&mut self, view: View) {
        self.cancel_refresh();
        match view.source() {
            Source::Doctor => self.diagnose(),
            Source::Setup => self.read_setup(),
            Source::Account => self.refresh(),
        }
    }

    pub(crate) fn cancel_refresh(&mut self) {
        self.cancel_task(|kind| *kind == TaskKind::Load(Query::Inventory));
    }

    /// Reads the account and everything else the doctor checks, unless that is running.
    pub(crate) fn diagnose(&mut self) {
        if self.is_loading(&Query::Diagnosis) {
            return;
        }
        // The diagnosis includes the inventory.
        self.cancel_refresh();
        self.cancel_task(|kind| matches!(kind, TaskKind::Load(Query::MembersOfPlans(_))));
        self.load_states.stop(&[Part::Membership]);
        self.doctor_report.start();
        self.load(Query::Diagnosis);
    }

    /// Reads the setup of the chosen stage, unless that is running.
    pub(crate) fn read_setup(&mut self) {
        if self.is_reading_setup() {
            return;
        }
        // Reading the setup includes the inventory.
        self.cancel_refresh();
        self.setup.start();
        let access_log_fields = self.options().access_log_fields.clone();
        self.load(Query::Setup(SetupTarget { access_log_fields, ..self.setup_choice.clone() }));
    }

    /// Changes the API and stage to set up.
    pub(crate) fn choose_setup_stage(&mut self, target: SetupTarget) {
        self.setup_choice = target;
        self.read_setup();
    }

    /// Reads the account as soon as the console is connected.
    pub(crate) fn finish_connecting(&mut self, result: Result<Context, Failure>) {
        let is_connected = result.is_ok();
        self.last_refresh_at = Some(self.now);
        self.context.finish(result, self.now);
        if is_connected {
            self.refresh();
        }
    }

    /// Shows the account as it was remembered, unless something of it was read already.
    pub(crate) fn show_remembered_inventory(&mut self, snapshot: Snapshot) {
        match self.snapshot {
            Some(_) => self.emit(Effect::DropSnapshot(snapshot)),
            None => self.show_snapshot(snapshot),
        }
    }

    /// Shows an inventory that is still being read. One that was read or remembered stays until the next is complete, and
    /// more tenant keys are never replaced by fewer.
    pub(crate) fn show_partial_inventory(&mut self, snapshot: Snapshot) {
        let has_fewer_keys = |shown: &Arc<Inventory>| {
            shown.is_settled()
                || shown.remembered_at().is_some()
                || shown.tenant_keys().len() > snapshot.inventory.tenant_keys().len()
        };
        if self.inventory().is_some_and(has_fewer_keys) {
            return self.emit(Effect::DropSnapshot(snapshot));
        }
        let inventory = &snapshot.inventory;
        let parts = [
            (Part::ApiKeys, AccountPart::ApiKeys),
            (Part::TenantKeys, AccountPart::TenantKeys),
            (Part::Pools, AccountPart::Pools),
        ];
        let complete = parts.into_iter().filter(|(_, part)| inventory.extent(*part).is_complete());
        let complete: Vec<_> = complete.map(|(part, _)| part).chain([Part::Plans]).collect();
        self.load_states.finish(&complete, &Ok(()), inventory.taken_at());
        self.show_snapshot(snapshot);
    }

    /// Stores the inventory of a refresh, and returns the previous one.
    pub(crate) fn finish_refresh(&mut self, result: Result<Snapshot, Failure>) -> Option<Arc<Inventory>> {
        self.last_refresh_at = Some(self.now);
        let previous = self.inventory().cloned();
        match result {
            Ok(snapshot) => self.replace_snapshot(snapshot),
            Err(failure) => self.load_states.finish(&INVENTORY, &Err(failure), self.now),
        }
        previous
    }

    fn replace_snapshot(&mut self, snapshot: Snapshot) {
        let at = snapshot.inventory.taken_at();
        self.load_states.finish(&INVENTORY, &Ok(()), at);
        self.failed_listing = None;
        self.show_snapshot(snapshot);
        self.note_known_members();
        self.read_membership();
    }

    /// Shows this snapshot. Usage that arrived while it was made is indexed for it.
    pub(super) fn show_snapshot(&mut self, snapshot: Snapshot) {
        let lacks_usage = snapshot.usage.is_none();
        if let Some(previous) = self.snapshot.replace(snapshot) {
            if lacks_usage && previous.usage.is_some() {
                self.index_usage_again();
            }
            self.emit(Effect::DropSnapshot(previous));
        }
        self.index_refusals();
    }

    pub(crate) fn finish_diagnosis(&mut self, result: Result<(Arc<DoctorReport>, Snapshot), Failure>) {
        match result {
            Ok((report, snapshot)) => {
                self.last_refresh_at = Some(self.now);
                let at = report.inventory.taken_at();
                self.doctor_report.finish(Ok(report), at);
                self.replace_snapshot(snapshot);
            }
            Err(failure) => {
                self.doctor_report.finish(Err(failure), self.now);
                self.load_states.stop(&INVENTORY);
            }
        }
    }

    /// Stores the setup of a stage, with the inventory if the tables exist.
    pub(crate) fn finish_setup(&mut self, result: Result<(Arc<SetupReport>, Option<Snapshot>), Failure>) {
        match result {
            Ok((setup, snapshot)) => {
                self.last_refresh_at = Some(self.now);
                match snapshot {
                    Some(snapshot) => self.replace_snapshot(snapshot),
                    None => {
                        let failure = Failure::Tables("the Plans and Keys tables do not exist".to_owned());
                        self.load_states.finish(&INVENTORY, &Err(failure), self.now);
                    }
                }
                self.setup.finish(Ok(setup), self.now);
            }
            Err(failure) => {
                self.setup.finish(Err(failure), self.now);
                self.load_states.stop(&INVENTORY);
            }
        }
    }

    /// Stores usage of the current quota periods that was indexed.
    pub(crate) fn replace_usage(&mut self, index: Arc<UsageIndex>) {
        let Some(snapshot) = &mut self.snapshot else { return };
        if index.is_of_inventory(&snapshot.inventory) {
            let before = Snapshot { usage: snapshot.usage.replace(index), ..snapshot.clone() };
            self.emit(Effect::DropSnapshot(before));
            self.index_refusals();
            self.index_usage();
        } else {
            // Another inventory is shown meanwhile, whose tenant keys may be others.
            let outdated = Snapshot { usage: Some(index), ..snapshot.clone() };
            self.emit(Effect::DropSnapshot(outdated));
            self.index_usage_again();
        }
    }
}
