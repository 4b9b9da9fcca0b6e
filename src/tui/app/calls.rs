//! Calls of the protected API: what is called, with whose key, and what comes back.

use keypool_domain::{PlanId, RowId, TenantKey};
use ratatui::layout::Rect;

use crate::aws::Failure;
use crate::ops::{ProbeEnd, ProbePlan, Query, Route};
use crate::tui::action::{Action, CallAction, Impact};
use crate::tui::effect::Effect;
use crate::tui::layout::Pane;
use crate::tui::message::Tone;
use crate::tui::overlays::{Overlay, RequestForm, SeriesForm};
use crate::tui::panes::test::{Aim, Series};
use crate::tui::store::Errand;
use crate::tui::text;
use crate::tui::widgets::cursor::Motion;

use super::App;

impl App {
    pub(super) fn perform_on_calls(&mut self, action: CallAction) {
        let key = match self.call_target() {
            Ok(key) => key,
            Err(why) => return self.say(Tone::Bad, why),
        };
        match action {
            CallAction::Call => self.call(&key, Series::ONE),
            CallAction::CallSeries => self.overlay = Some(Overlay::Series(SeriesForm::new(key.id))),
            CallAction::EditRequest => match self.test.aim(&key.plan) {
                Some(aim) => {
                    let routes = self.test.routes(&key.plan).to_vec();
                    self.overlay = Some(Overlay::Request(RequestForm::new(key.plan, aim, routes)));
                }
                None => {
                    self.say(Tone::Plain, "the methods of this plan are being read");
                    self.find_routes(&key.plan);
                }
            },
        }
    }

    /// Calls with this key, once it is known where.
    pub(super) fn call(&mut self, key: &TenantKey, series: Series) {
        if self.is_calling() {
            return self.say(Tone::Bad, "calls are under way: stop them first");
        }
        match self.test.aim(&key.plan) {
            Some(aim) => self.start_calls(key, aim, series),
            None => {
                self.test.waiting = Some((key.id.clone(), series));
                self.find_routes(&key.plan);
            }
        }
    }

    fn start_calls(&mut self, key: &TenantKey, aim: Aim, series: Series) {
        let Some(inventory) = self.known().cloned() else { return };
        if !aim.request.only_reads() && self.refuses(Impact::Writes) {
            return;
        }
        if !aim.request.only_reads() && !self.pacing.is_quiet() {
            let (method, key) = (&aim.request.method, self.key_of(Action::Call));
            let words = format!("{method} is sent only by a key pressed on its own: press {key} again");
            return self.say(Tone::Plain, words);
        }
        if let Err(failure) = aim.request.check() {
            return self.fail(&failure);
        }
        let plan = ProbePlan {
            row: key.id.clone(),
            request: aim.request.clone(),
            count: series.count,
            rate: series.rate,
        };
        self.test.begin(key.id.clone(), aim, series);
        let id = self.tasks.start(Errand::Probe, self.now);
        self.ask(Effect::Probe(id, plan, inventory));
    }

    /// Whether a call with the key of this row may change something behind the API.
    pub(super) fn sends_writing_call(&self, row: &RowId) -> bool {
        let plan = self.known().and_then(|inventory| Some(&inventory.row(row)?.plan));
        plan.and_then(|plan| self.test.aim(plan)).is_some_and(|aim| !aim.request.only_reads())
    }

    /// Asks for the methods behind a plan, unless that is under way.
    fn find_routes(&mut self, plan: &PlanId) {
        let query = Query::Routes(plan.clone());
        if self.tasks.find(|errand| *errand == Errand::Load(query.clone())).is_none() {
            self.load(query);
        }
    }

    /// The pane in focus shows what would be called.
    pub(super) fn settle_calls(&mut self) {
        if self.focus == Pane::Test
            && let Some(plan) = self.selected_key().map(|key| key.plan.clone())
            && self.test.wants_routes(&plan)
        {
            self.find_routes(&plan);
        }
    }

    pub(super) fn routes_found(&mut self, plan: PlanId, routes: Vec<Route>) {
        if routes.iter().all(|route| !route.needs_key) {
            self.say(Tone::Bad, "no method behind this plan asks for an API key: the plan protects nothing");
        }
        if routes.is_empty() {
            return;
        }
        self.test.learn(plan, routes);
        let Some((row, series)) = self.test.waiting.take() else { return };
        let key = self.known().and_then(|inventory| inventory.row(&row).cloned());
        if let Some(key) = key {
            self.call(&key, series);
        }
    }

    pub(super) fn probe_ended(&mut self, result: Result<ProbeEnd, Failure>) {
        match result {
            Ok(end) if end.stopped => {
                let (made, asked) = self.test.calls();
                let made = text::grouped(made);
                self.say(Tone::Plain, format!("stopped after {made} of {} calls", text::grouped(asked)));
            }
            Ok(_) | Err(Failure::Cancelled) => {}
            Err(failure) => self.fail(&failure),
        }
    }

    pub(crate) fn is_calling(&self) -> bool {
        self.tasks.find(|errand| *errand == Errand::Probe).is_some()
    }

    /// Stops what was started here; false where nothing was.
    pub(super) fn stop_calls(&mut self) -> bool {
        let waits = self.test.waiting.is_some();
        let ours = |errand: &Errand| {
            *errand == Errand::Probe || (waits && matches!(errand, Errand::Load(Query::Routes(_))))
        };
        let Some((id, _)) = self.tasks.find(ours) else { return false };
        self.stop(id);
        true
    }

    pub(super) fn scroll_results(&mut self, motion: Motion) {
        let area = self.areas().pane(Pane::Test);
        let inside =
            Rect { width: area.width.saturating_sub(2), height: area.height.saturating_sub(2), ..area };
        let lines = self.test.lines(self, inside).len();
        self.test.go(motion, lines, inside.height.into());
    }
}
