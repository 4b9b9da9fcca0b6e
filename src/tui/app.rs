//! The console's state and the one way it changes: an event in, effects out.
//!
//! Nothing here waits, reads a clock or touches AWS or the terminal.

mod calls;
mod confirm;
mod decided;
mod doctor;
mod elsewhere;
mod explain;
mod export;
mod extend;
mod input;
mod leaving;
mod offer;
mod operations;
mod outcome;
mod palette;
mod perform;
mod read_only;
mod report;
mod result;
mod setup;
mod sign_in;
mod targets;
mod timing;
mod undo;
mod usage;
mod views;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use keypool_domain::charging::Tariff;
use keypool_domain::{Inventory, Plan, PlanId, RowId, TenantKey};
use ratatui::layout::Size;

use crate::aws::{Context, Failure};
use crate::ops::{Chosen, Diagnosis, Query, SetupRead, Whose};

pub(crate) use decided::Decision;
pub(crate) use leaving::Leaving;
use undo::Undo;

use super::action::Action;
use super::effect::Effect;
use super::event::{Event, TaskId};
use super::key_access::KeyAccess;
use super::keymap::Keymap;
use super::layout::{self, Areas, Pane};
use super::look::Look;
use super::message::{Message, Tone};
use super::overlays::Overlay;
use super::pacing::Pacing;
use super::panes::{
    doctor::DoctorPane,
    keys::KeysPane,
    plans::PlansPane,
    pool::PoolPane,
    report::ReportPane,
    setup::SetupPane,
    test::TestPane,
    usage::{Content, UsagePane},
};
use super::reading::Reading;
use super::store::{Errand, Remote, Tasks};
use super::view::View;

/// What the console is told once, at the start.
#[derive(Debug, Clone, PartialEq)]
pub struct Options {
    /// What the context is called: `demo` or the profile.
    pub label: String,
    /// Whether every way of writing is closed.
    pub read_only: bool,
    /// Whether what takes something away asks for a word to be typed.
    pub production: bool,
    /// The time between two readings; `None` is by hand only.
    pub refresh: Option<Duration>,
    /// The keys in force.
    pub keymap: Keymap,
    /// The styles in force.
    pub look: Look,
    /// What reports are made with.
    pub tariff: Tariff,
    /// The field of an access log that holds the tenant.
    pub tenant_field: String,
    /// What `~` stands for in the name of a file.
    pub home: Option<PathBuf>,
}

/// The whole state of the console.
#[derive(Debug, Clone)]
pub struct App {
    pub(super) options: Options,
    pub(super) now: Timestamp,
    pub(super) size: Size,
    pub(super) place: Remote<Context>,
    pub(super) account: Remote<Reading>,
    pub(super) diagnosis: Remote<Arc<Diagnosis>>,
    pub(super) setup: Remote<Arc<SetupRead>>,
    /// The API and the stage that are set up.
    chosen: Chosen,
    /// Whether what the account's reading holds of usage could be renewed.
    pub(super) used: Remote<()>,
    used_asked_at: Option<Timestamp>,
    pub(super) tasks: Tasks,
    /// When the account was read or tried to be read last.
    pub(super) asked_at: Option<Timestamp>,
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
    pub(super) pacing: Pacing,
    /// Whose key something is, until it can be shown.
    whose: Option<Whose>,
    pub(super) message: Option<Message>,
    /// What a message offered and was asked for before the key that it is about was read.
    waiting_offer: Option<(KeyAccess, RowId)>,
    pub(super) leaving: Leaving,
    undo: Undo,
    outbox: Vec<Effect>,
}

impl App {
    /// A console that has asked for nothing yet.
    pub fn new(options: Options, now: Timestamp, size: Size) -> Self {
        Self {
            options,
            now,
            size,
            place: Remote::NotAsked,
            account: Remote::NotAsked,
            diagnosis: Remote::NotAsked,
            setup: Remote::NotAsked,
            chosen: Chosen::default(),
            used: Remote::NotAsked,
            used_asked_at: None,
            tasks: Tasks::default(),
            asked_at: None,
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
            pacing: Pacing::default(),
            whose: None,
            message: None,
            waiting_offer: None,
            leaving: Leaving::No,
            undo: Undo::default(),
            outbox: Vec::new(),
        }
    }

    /// What is asked of the world first.
    pub fn start(&mut self) -> Vec<Effect> {
        self.connect();
        std::mem::take(&mut self.outbox)
    }

    /// The one way the state changes.
    pub fn update(&mut self, event: Event) -> Vec<Effect> {
        match event {
            Event::Input(input, at) => self.input(input, at),
            // Nothing but the pacing depends on it.
            Event::Painted(at) => {
                self.painted(at);
                return Vec::new();
            }
            Event::Tick(now) => self.tick(now),
            Event::Done(id, outcome) => self.done(id, outcome),
            Event::SignedIn(result) => self.signed_in(result),
            Event::Shutdown => self.quit(),
        }
        self.settle();
        std::mem::take(&mut self.outbox)
    }

    /// The size that everything is laid out for.
    pub const fn size(&self) -> Size {
        self.size
    }

    fn ask(&mut self, effect: Effect) {
        self.outbox.push(effect);
    }

    fn connect(&mut self) {
        self.place.start();
        let id = self.tasks.start(Errand::Connect, self.now);
        self.ask(Effect::Connect(id));
    }

    fn load(&mut self, query: Query) {
        let id = self.tasks.start(Errand::Load(query.clone()), self.now);
        let known = self.known().cloned();
        self.ask(Effect::Load(id, query, known));
    }

    /// Reads everything anew, unless that is under way.
    fn refresh(&mut self) {
        if self
            .tasks
            .find(|errand| matches!(errand, Errand::Connect | Errand::Load(Query::Inventory)))
            .is_some()
        {
            return;
        }
        if self.place.value().is_none() {
            return self.connect();
        }
        self.account.start();
        self.load(Query::Inventory);
    }

    /// Reads everything anew after a change: what was being read may be older than it.
    fn reread(&mut self) {
        self.used_asked_at = None;
        self.drop_reading();
        match self.view {
            View::Doctor => self.look(),
            View::Setup | View::Methods => self.look_at_setup(),
            View::Home | View::Usage | View::Report => self.refresh(),
        }
    }

    fn drop_reading(&mut self) {
        if let Some((id, _)) = self.tasks.find(|errand| *errand == Errand::Load(Query::Inventory)) {
            self.tasks.end(id);
            self.ask(Effect::Cancel(id));
        }
    }

    /// Asks a task to stop; its outcome is still awaited.
    fn stop(&mut self, id: TaskId) {
        if let Some(task) = self.tasks.get_mut(id) {
            task.stopping = true;
            self.ask(Effect::Cancel(id));
        }
    }

    pub(super) fn say(&mut self, tone: Tone, text: impl Into<String>) {
        self.message = Some(Message { tone, text: text.into(), hint: None, about: None });
    }

    pub(super) fn fail(&mut self, failure: &Failure) {
        self.message = Some(Message::of(failure));
    }

    /// The key that this action has, or its name where it has none.
    pub(super) fn key_of(&self, action: Action) -> String {
        self.options.keymap.label(action).unwrap_or_else(|| format!(":{}", action.row().id))
    }

    /// What was read last, be it stale.
    pub(super) fn known(&self) -> Option<&Arc<Inventory>> {
        self.account.value().map(|reading| &reading.inventory)
    }

    /// The plan chosen in the plans pane; `None` is all of them.
    pub(super) fn chosen_plan(&self) -> Option<&Plan> {
        self.known()?.plan(self.plans.choice.as_ref()?)
    }

    /// The tenant key under the cursor of the keys pane.
    pub(super) fn selected_key(&self) -> Option<&TenantKey> {
        self.keys.selected(self.known()?)
    }

    /// The plan that a new key would go to: the chosen one, or that of the key under the cursor.
    pub(super) fn likely_plan(&self) -> Option<PlanId> {
        let inventory = self.known()?;
        let of_key = || self.selected_key().map(|key| key.plan.clone());
        let chosen = self.plans.choice.clone().or_else(of_key);
        chosen
            .filter(|id| inventory.plan(id).is_some())
            .or_else(|| Some(inventory.plans().first()?.id.clone()))
    }

    pub(super) fn areas(&self) -> Areas {
        let plans = self.known().map_or(1, |inventory| inventory.plans().len() + 1);
        let messages = u16::try_from(self.message_lines().len()).unwrap_or(0);
        layout::areas(self.size, self.focus, messages, plans, self.pool.len())
    }

    /// Brings what depends on the selection and the size up to date.
    fn settle(&mut self) {
        if let Some(reading) = self.account.value() {
            self.plans.settle(reading);
            self.pool.show(&reading.inventory, self.plans.choice.as_ref());
            self.keys.show(reading, self.plans.choice.as_ref(), self.pool.narrowed.as_ref());
        }
        self.tell_unlisted();
        self.show_found();
        self.settle_calls();
        let areas = self.areas();
        self.plans.scroll(areas.pane(Pane::Plans));
        self.pool.scroll(areas.pane(Pane::Pool));
        self.keys.scroll(areas.pane(Pane::Keys));
        let findings = self.findings().len();
        self.doctor.scroll(areas.whole(), findings);
        let (steps, methods) = (self.steps().len(), self.methods().len());
        self.setup_pane.scroll(areas.whole(), steps);
        self.methods_pane.scroll(areas.whole(), methods);
        if self.view == View::Report {
            let lines = self.report_lines();
            self.report.scroll(areas.whole(), lines);
        }
        if self.view == View::Usage {
            let rows = Content::of(self).rows(self);
            self.usage_view.scroll(areas.whole(), rows);
        }
    }
}
