//! Calls of the protected API: what is called, with whose key, and what comes back.

use keypool_domain::{PlanId, TenantKey, TenantKeyId};
use ratatui::layout::Rect;

use crate::aws::Failure;
use crate::ops::{ProbePlan, ProbeResult, Query, Route};
use crate::tui::action::{Action, CallAction, Impact};
use crate::tui::effect::Effect;
use crate::tui::layout::Pane;
use crate::tui::message::Tone;
use crate::tui::overlays::{Overlay, RequestForm, SeriesForm};
use crate::tui::panes::test::{CallSeries, CallTarget};
use crate::tui::store::TaskKind;
use crate::tui::text;
use crate::tui::widgets::cursor::Motion;

use super::App;

impl App {
    pub(super) fn perform_on_calls(&mut self, action: CallAction) {
        let key = match self.key_to_call() {
            Ok(key) => key,
            Err(why) => return self.show_message(Tone::Error, why),
        };
        match action {
            CallAction::Call => self.call(&key, CallSeries::ONE),
            CallAction::CallSeries => self.overlay = Some(Overlay::Series(SeriesForm::new(key.id))),
            CallAction::EditRequest => match self.test.target(&key.plan) {
                Some(aim) => {
                    let routes = self.test.routes(&key.plan).to_vec();
                    self.overlay = Some(Overlay::Request(RequestForm::new(key.plan, aim, routes)));
                }
                None => {
                    self.show_message(Tone::Info, "the methods of this plan are being read");
                    self.read_routes(&key.plan);
                }
            },
        }
    }

    /// Calls with this key, once it is known where.
    pub(super) fn call(&mut self, key: &TenantKey, series: CallSeries) {
        if self.is_calling() {
            return self.show_message(Tone::Error, "calls are under way: stop them first");
        }
        match self.test.target(&key.plan) {
            Some(aim) => self.start_calls(key, aim, series),
            None => {
                self.test.pending_call = Some((key.id.clone(), series));
                self.read_routes(&key.plan);
            }
        }
    }

    fn start_calls(&mut self, key: &TenantKey, aim: CallTarget, series: CallSeries) {
        let Some(inventory) = self.inventory().cloned() else { return };
        if !aim.request.is_safe() && self.refuses(Impact::Writes) {
            return;
        }
        if !aim.request.is_safe() && !self.type_ahead.is_isolated() {
            let (method, key) = (&aim.request.method, self.key_label(Action::Call));
            let words = format!("{method} is sent only by a key pressed on its own: press {key} again");
            return self.show_message(Tone::Info, words);
        }
        if let Err(failure) = aim.request.check() {
            return self.show_failure(&failure);
        }
        let plan = ProbePlan {
            tenant_key: key.id.clone(),
            request: aim.request.clone(),
            count: series.count,
            rate: series.rate,
        };
        self.test.start_results(key.id.clone(), aim, series);
        let id = self.tasks.start(TaskKind::Probe, self.now);
        self.emit(Effect::Probe(id, plan, inventory));
    }

    /// Whether a call with the key of this row may change something behind the API.
    pub(super) fn sends_writing_call(&self, row: &TenantKeyId) -> bool {
        let plan = self.inventory().and_then(|inventory| Some(&inventory.tenant_key(row)?.plan));
        plan.and_then(|plan| self.test.target(plan)).is_some_and(|aim| !aim.request.is_safe())
    }

    /// Asks for the methods behind a plan, unless that is under way.
    fn read_routes(&mut self, plan: &PlanId) {
        let query = Query::Routes(plan.clone());
        if self.tasks.find(|errand| *errand == TaskKind::Load(query.clone())).is_none() {
            self.load(query);
        }
    }

    /// The pane in focus shows what would be called.
    pub(super) fn read_routes_if_shown(&mut self) {
        if self.focus == Pane::Test
            && let Some(plan) = self.selected_key().map(|key| key.plan.clone())
            && self.test.should_read_routes(&plan)
        {
            self.read_routes(&plan);
        }
    }

    pub(super) fn handle_routes(&mut self, plan: PlanId, routes: Vec<Route>) {
        if routes.iter().all(|route| !route.needs_key) {
            self.show_message(
                Tone::Error,
                "no method behind this plan asks for an API key: the plan protects nothing",
            );
        }
        if routes.is_empty() {
            return;
        }
        self.test.set_routes(plan, routes);
        let Some((row, series)) = self.test.pending_call.take() else { return };
        let key = self.inventory().and_then(|inventory| inventory.tenant_key(&row).cloned());
        if let Some(key) = key {
            self.call(&key, series);
        }
    }

    pub(super) fn handle_probe_ended(&mut self, result: Result<ProbeResult, Failure>) {
        match result {
            Ok(end) if end.stopped => {
                let (made, asked) = self.test.call_counts();
                let made = text::format_count(made);
                self.show_message(
                    Tone::Info,
                    format!("stopped after {made} of {} calls", text::format_count(asked)),
                );
            }
            Ok(_) | Err(Failure::Cancelled) => {}
            Err(failure) => self.show_failure(&failure),
        }
    }

    pub(crate) fn is_calling(&self) -> bool {
        self.tasks.find(|errand| *errand == TaskKind::Probe).is_some()
    }

    /// Stops what was started here; false where nothing was.
    pub(super) fn stop_calls(&mut self) -> bool {
        let waits = self.test.pending_call.is_some();
        let ours = |errand: &TaskKind| {
            *errand == TaskKind::Probe || (waits && matches!(errand, TaskKind::Load(Query::Routes(_))))
        };
        let Some((id, _)) = self.tasks.find(ours) else { return false };
        self.stop_task(id);
        true
    }

    pub(super) fn scroll_results(&mut self, motion: Motion) {
        let area = self.areas().pane(Pane::Test);
        let inside =
            Rect { width: area.width.saturating_sub(2), height: area.height.saturating_sub(2), ..area };
        let lines = self.test.lines(self, inside).len();
        self.test.scroll_by(motion, lines, inside.height.into());
    }
}
