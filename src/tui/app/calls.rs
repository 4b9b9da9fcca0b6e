//! Calls to the protected API: their requests, starting and stopping them, and their results.

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
                Some(target) => {
                    let routes = self.test.routes(&key.plan).to_vec();
                    self.overlay = Some(Overlay::Request(RequestForm::new(key.plan, target, routes)));
                }
                None => {
                    self.show_message(Tone::Info, "reading the methods of this plan: try again in a moment");
                    self.read_routes(&key.plan);
                }
            },
        }
    }

    /// Calls the API with this key, after reading the plan's methods if necessary.
    pub(super) fn call(&mut self, key: &TenantKey, series: CallSeries) {
        if self.is_calling() {
            return self.show_message(Tone::Error, "calls are running: stop them first");
        }
        match self.test.target(&key.plan) {
            Some(target) => self.start_calls(key, target, series),
            None => {
                self.test.pending_call = Some((key.id.clone(), series));
                self.read_routes(&key.plan);
            }
        }
    }

    fn start_calls(&mut self, key: &TenantKey, target: CallTarget, series: CallSeries) {
        let Some(inventory) = self.inventory().cloned() else { return };
        if !target.request.is_safe() && self.refuses(Impact::Writes) {
            return;
        }
        if !target.request.is_safe() && !self.type_ahead.is_isolated() {
            let (method, key) = (&target.request.method, self.key_label(Action::Call));
            let hint = format!(
                "{method} may change data, so it is sent only for a single key press: press {key} again"
            );
            return self.show_message(Tone::Info, hint);
        }
        if let Err(failure) = target.request.check() {
            return self.show_failure(&failure);
        }
        let plan = ProbePlan {
            tenant_key: key.id.clone(),
            request: target.request.clone(),
            count: series.count,
            rate: series.rate,
        };
        self.test.start_results(key.id.clone(), target, series);
        let id = self.tasks.start(TaskKind::Probe, self.now);
        self.emit(Effect::Probe(id, plan, inventory));
    }

    /// Whether a call with this tenant key uses a method that is not safe (RFC 9110), for example POST.
    pub(super) fn sends_writing_call(&self, id: &TenantKeyId) -> bool {
        let plan = self.inventory().and_then(|inventory| Some(&inventory.tenant_key(id)?.plan));
        plan.and_then(|plan| self.test.target(plan)).is_some_and(|target| !target.request.is_safe())
    }

    /// Reads the methods that keys of a plan can call, unless that is already running.
    fn read_routes(&mut self, plan: &PlanId) {
        let query = Query::Routes(plan.clone());
        if self.tasks.find(|kind| *kind == TaskKind::Load(query.clone())).is_none() {
            self.load(query);
        }
    }

    /// Reads the methods for the test pane if it has the focus.
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
                "no method of this plan requires an API key: the plan protects nothing",
            );
        }
        if routes.is_empty() {
            return;
        }
        self.test.set_routes(plan, routes);
        let Some((id, series)) = self.test.pending_call.take() else { return };
        let key = self.inventory().and_then(|inventory| inventory.tenant_key(&id).cloned());
        if let Some(key) = key {
            self.call(&key, series);
        }
    }

    pub(super) fn handle_probe_ended(&mut self, result: Result<ProbeResult, Failure>) {
        match result {
            Ok(end) if end.stopped => {
                let (made, total) = self.test.call_counts();
                let made = text::format_count(made);
                self.show_message(
                    Tone::Info,
                    format!("stopped after {made} of {} calls", text::format_count(total)),
                );
            }
            Ok(_) | Err(Failure::Cancelled) => {}
            Err(failure) => self.show_failure(&failure),
        }
    }

    pub(crate) fn is_calling(&self) -> bool {
        self.tasks.find(|kind| *kind == TaskKind::Probe).is_some()
    }

    /// Stops running calls; returns false if there are none.
    pub(super) fn stop_calls(&mut self) -> bool {
        let has_pending = self.test.pending_call.is_some();
        let is_call = |kind: &TaskKind| {
            *kind == TaskKind::Probe || (has_pending && matches!(kind, TaskKind::Load(Query::Routes(_))))
        };
        let Some((id, _)) = self.tasks.find(is_call) else { return false };
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
