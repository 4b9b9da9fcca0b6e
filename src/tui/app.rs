//! The console's state. [`App::update`] takes an event and returns effects.
//!
//! Nothing here blocks, reads a clock, or accesses AWS or the terminal.

mod calls;
mod change_result;
mod confirm;
mod decision;
mod doctor;
mod explain;
mod export;
mod extend;
mod input;
mod key_scopes;
mod message_target;
mod operations;
mod palette;
mod perform;
mod quit;
mod read_only;
mod report;
mod setup;
mod sign_in;
mod targets;
mod task_reports;
mod timing;
mod undo;
mod usage;
mod views;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use keypool_domain::charging::Tariff;
use keypool_domain::{Inventory, Plan, PlanId, TenantKey, TenantKeyId};
use ratatui::layout::Size;

use crate::aws::{Context, Failure};
use crate::ops::{DoctorReport, KeyLookup, Query, SetupReport, SetupTarget};

pub(crate) use decision::DecisionBasis;
pub(crate) use quit::QuitState;
use undo::UndoStack;

use super::action::Action;
use super::effect::Effect;
use super::event::{Event, TaskId};
use super::key_access::KeyAccess;
use super::keymap::Keymap;
use super::layout::{self, Areas, Pane};
use super::message::{Message, Tone};
use super::overlays::Overlay;
use super::panes::{
    doctor::DoctorPane,
    keys::KeysPane,
    plans::PlansPane,
    pool::PoolPane,
    report::ReportPane,
    setup::SetupPane,
    test::TestPane,
    usage::{UsageContent, UsagePane},
};
use super::snapshot::Snapshot;
use super::store::{Remote, TaskKind, Tasks};
use super::styles::Styles;
use super::type_ahead::TypeAhead;
use super::view::View;

/// Settings of the console.
#[derive(Debug, Clone, PartialEq)]
pub struct Options {
    /// The name of the context: `demo` or the profile.
    pub label: String,
    /// Whether every write is refused.
    pub is_read_only: bool,
    /// Whether deletions and other risky changes ask for a word to be typed.
    pub is_production: bool,
    /// The interval of automatic refreshes; `None`: only on request.
    pub refresh: Option<Duration>,
    pub keymap: Keymap,
    pub styles: Styles,
    pub tariff: Tariff,
    /// The access log field that contains the tenant.
    pub tenant_field: String,
    /// The directory that `~` stands for in a path.
    pub home: Option<PathBuf>,
}

#[derive(Debug, Clone)]
pub struct App {
    pub(super) options: Options,
    pub(super) now: Timestamp,
    pub(super) size: Size,
    pub(super) context: Remote<Context>,
    pub(super) snapshot: Remote<Snapshot>,
    pub(super) doctor_report: Remote<Arc<DoctorReport>>,
    pub(super) setup: Remote<Arc<SetupReport>>,
    /// The API and stage being set up.
    setup_choice: SetupTarget,
    /// The state of the last usage refresh; usage itself is in `snapshot`.
    pub(super) usage_load: Remote<()>,
    last_usage_refresh_at: Option<Timestamp>,
    pub(super) tasks: Tasks,
    /// When the last refresh ended, successful or not.
    pub(super) last_refresh_at: Option<Timestamp>,
    pub(super) view: View,
    pub(super) focus: Pane,
    pub(super) plans: PlansPane,
    pub(super) pool: PoolPane,
    pub(super) keys: KeysPane,
    pub(super) test: TestPane,
    pub(super) doctor: DoctorPane,
    pub(super) setup_pane: SetupPane,
    pub(super) methods_pane: SetupPane,
    pub(super) usage_view: UsagePane,
    pub(super) report: ReportPane,
    pub(super) overlay: Option<Overlay>,
    pub(super) type_ahead: TypeAhead,
    /// A finished key lookup that waits to be shown.
    pending_lookup: Option<KeyLookup>,
    pub(super) message: Option<Message>,
    /// A request to copy or reveal a message's tenant key that waits until the key is loaded.
    pending_access: Option<(KeyAccess, TenantKeyId)>,
    pub(super) quit_state: QuitState,
    undo: UndoStack,
    outbox: Vec<Effect>,
}

impl App {
    pub fn new(options: Options, now: Timestamp, size: Size) -> Self {
        Self {
            options,
            now,
            size,
            context: Remote::NotRequested,
            snapshot: Remote::NotRequested,
            doctor_report: Remote::NotRequested,
            setup: Remote::NotRequested,
            setup_choice: SetupTarget::default(),
            usage_load: Remote::NotRequested,
            last_usage_refresh_at: None,
            tasks: Tasks::default(),
            last_refresh_at: None,
            view: View::Home,
            focus: Pane::Plans,
            plans: PlansPane::default(),
            pool: PoolPane::default(),
            keys: KeysPane::default(),
            test: TestPane::default(),
            doctor: DoctorPane::default(),
            setup_pane: SetupPane::default(),
            methods_pane: SetupPane::default(),
            usage_view: UsagePane::default(),
            report: ReportPane::default(),
            overlay: None,
            type_ahead: TypeAhead::default(),
            pending_lookup: None,
            message: None,
            pending_access: None,
            quit_state: QuitState::NotQuitting,
            undo: UndoStack::default(),
            outbox: Vec::new(),
        }
    }

    /// Starts to connect, and returns the first effects.
    pub fn start(&mut self) -> Vec<Effect> {
        self.connect();
        std::mem::take(&mut self.outbox)
    }

    /// Changes the state; the only way to do so.
    pub fn update(&mut self, event: Event) -> Vec<Effect> {
        match event {
            Event::Input(input, at) => self.handle_input(input, at),
            // Only the type-ahead protection depends on this event: no pane has to be synced.
            Event::Painted(at) => {
                self.handle_painted(at);
                return Vec::new();
            }
            Event::Tick(now) => self.tick(now),
            Event::Task(id, report) => self.handle_task_report(id, report),
            Event::SignedIn(result) => self.handle_sign_in(result),
            Event::Shutdown => self.quit(),
        }
        self.sync_panes();
        std::mem::take(&mut self.outbox)
    }

    pub const fn size(&self) -> Size {
        self.size
    }

    fn emit(&mut self, effect: Effect) {
        self.outbox.push(effect);
    }

    fn connect(&mut self) {
        self.context.start();
        let id = self.tasks.start(TaskKind::Connect, self.now);
        self.emit(Effect::Connect(id));
    }

    fn load(&mut self, query: Query) {
        let id = self.tasks.start(TaskKind::Load(query.clone()), self.now);
        let inventory = self.inventory().cloned();
        self.emit(Effect::Load(id, query, inventory));
    }

    /// Reads the account again, unless the console is already connecting or reading it.
    fn refresh(&mut self) {
        if self
            .tasks
            .find(|kind| matches!(kind, TaskKind::Connect | TaskKind::Load(Query::Inventory)))
            .is_some()
        {
            return;
        }
        if self.context.value().is_none() {
            return self.connect();
        }
        self.snapshot.start();
        self.load(Query::Inventory);
    }

    /// Reads everything again after a change. Cancels a running refresh, whose data may be older than the change.
    fn reload(&mut self) {
        self.last_usage_refresh_at = None;
        self.cancel_refresh();
        match self.view {
            View::Doctor => self.diagnose(),
            View::Setup | View::Methods => self.read_setup(),
            View::Home | View::Usage | View::Report => self.refresh(),
        }
    }

    fn cancel_refresh(&mut self) {
        if let Some((id, _)) = self.tasks.find(|kind| *kind == TaskKind::Load(Query::Inventory)) {
            self.tasks.end(id);
            self.emit(Effect::Cancel(id));
        }
    }

    /// Asks a task to stop. Its report is still awaited.
    fn stop_task(&mut self, id: TaskId) {
        if let Some(task) = self.tasks.get_mut(id) {
            task.is_stopping = true;
            self.emit(Effect::Cancel(id));
        }
    }

    pub(super) fn show_message(&mut self, tone: Tone, text: impl Into<String>) {
        self.message = Some(Message { tone, text: text.into(), hint: None, tenant_key: None });
    }

    pub(super) fn show_failure(&mut self, failure: &Failure) {
        self.message = Some(Message::from_failure(failure));
    }

    /// The key of an action, or `:name` if it has none.
    pub(super) fn key_label(&self, action: Action) -> String {
        self.options.keymap.label(action).unwrap_or_else(|| format!(":{}", action.spec().id))
    }

    /// The last inventory, which may be stale.
    pub(super) fn inventory(&self) -> Option<&Arc<Inventory>> {
        self.snapshot.value().map(|snapshot| &snapshot.inventory)
    }

    /// The plan selected in the plans pane; `None`: all plans.
    pub(super) fn selected_plan(&self) -> Option<&Plan> {
        self.inventory()?.plan(self.plans.selected_id.as_ref()?)
    }

    pub(super) fn selected_key(&self) -> Option<&TenantKey> {
        self.keys.selected(self.inventory()?)
    }

    /// The plan for a new key: the selected one, that of the selected key, or the first one.
    pub(super) fn default_plan(&self) -> Option<PlanId> {
        let inventory = self.inventory()?;
        let plan_of_key = || self.selected_key().map(|key| key.plan.clone());
        let selected = self.plans.selected_id.clone().or_else(plan_of_key);
        selected
            .filter(|id| inventory.plan(id).is_some())
            .or_else(|| Some(inventory.plans().first()?.id.clone()))
    }

    pub(super) fn areas(&self) -> Areas {
        let plans = self.inventory().map_or(1, |inventory| inventory.plans().len() + 1);
        let messages = u16::try_from(self.message_lines().len()).unwrap_or(0);
        layout::areas(self.size, self.focus, messages, plans, self.pool.len())
    }

    /// Updates everything that depends on the selection and the size.
    fn sync_panes(&mut self) {
        if let Some(snapshot) = self.snapshot.value() {
            self.plans.sync(snapshot);
            self.pool.sync(&snapshot.inventory, self.plans.selected_id.as_ref());
            self.keys.sync(snapshot, self.plans.selected_id.as_ref(), self.pool.key_filter.as_ref());
        }
        self.explain_unlisted();
        self.show_lookup();
        self.read_routes_if_shown();
        let areas = self.areas();
        self.plans.resize(areas.pane(Pane::Plans));
        self.pool.resize(areas.pane(Pane::Pool));
        self.keys.resize(areas.pane(Pane::Keys));
        let findings = self.findings().len();
        self.doctor.resize(areas.body(), findings);
        let (steps, methods) = (self.steps().len(), self.methods().len());
        self.setup_pane.resize(areas.body(), steps);
        self.methods_pane.resize(areas.body(), methods);
        if self.view == View::Report {
            let lines = self.report_line_count();
            self.report.resize(areas.body(), lines);
        }
        if self.view == View::Usage {
            let rows = UsageContent::new(self).row_count(self);
            self.usage_view.resize(areas.body(), rows);
        }
    }
}
