//! Calls to the protected API: their requests, starting and stopping them, and their results.

use keypool_domain::{PlanId, TenantKey, TenantKeyId};

use crate::aws::Failure;
use crate::ops::{ProbePlan, ProbeResult, Route};
use crate::tui::dialogs::forms::{request, series};
use crate::tui::keys::action::{Action, CallAction};
use crate::tui::layout::Pane;
use crate::tui::model::Model;
use crate::tui::model::calls::{CallSeries, CallTarget};
use crate::tui::model::event::TaskId;
use crate::tui::model::message::{Message, Tone};
use crate::tui::model::query::Query;
use crate::tui::model::tasks::TaskKind;
use crate::tui::screen::Command;
use crate::tui::screens::home::state::Home;
use crate::tui::text;

impl Home {
    pub(super) fn perform_on_calls(&mut self, action: CallAction, model: &Model) -> Vec<Command> {
        let key = match self.key_to_call(model) {
            Ok(key) => key,
            Err(why) => return vec![Command::refuse(why)],
        };
        match action {
            CallAction::Call => self.call(&key, CallSeries::ONE, model),
            CallAction::CallSeries => vec![series::open(key.id)],
            CallAction::EditRequest => match self.test.target(&key.plan) {
                Some(target) => {
                    let routes = self.test.routes(&key.plan).to_vec();
                    vec![request::open(key.plan, target, routes)]
                }
                None => {
                    let text = "reading the methods of this plan: try again in a moment";
                    let read = read_routes(&key.plan, model);
                    std::iter::once(Command::say(Tone::Info, text)).chain(read).collect()
                }
            },
        }
    }

    /// Calls the API with this tenant key, if it still exists.
    pub(crate) fn call_with(&mut self, id: &TenantKeyId, series: CallSeries, model: &Model) -> Vec<Command> {
        let key = model.inventory().and_then(|inventory| inventory.tenant_key(id).cloned());
        key.map_or_else(Vec::new, |key| self.call(&key, series, model))
    }

    /// Calls the API with this key, after reading the plan's methods if necessary.
    fn call(&mut self, key: &TenantKey, series: CallSeries, model: &Model) -> Vec<Command> {
        if model.is_calling() {
            return vec![Command::refuse("calls are running: stop them first")];
        }
        match self.test.target(&key.plan) {
            Some(target) => vec![self.start_calls(key, target, series, model)],
            None => {
                self.test.pending_call = Some((key.id.clone(), series));
                read_routes(&key.plan, model).into_iter().collect()
            }
        }
    }

    fn start_calls(
        &mut self,
        key: &TenantKey,
        target: CallTarget,
        series: CallSeries,
        model: &Model,
    ) -> Command {
        let request = &target.request;
        if !request.is_safe() && model.is_read_only() {
            return Command::Say(Message::from_failure(&Failure::ReadOnly));
        }
        if !request.is_safe() && !model.type_ahead().is_isolated() {
            let (method, key) = (&request.method, model.key_label(Action::Call));
            let hint = format!(
                "{method} may change data, so it is sent only for a single key press: press {key} again"
            );
            return Command::say(Tone::Info, hint);
        }
        if let Err(failure) = request.check() {
            return Command::Say(Message::from_failure(&failure));
        }
        let plan = ProbePlan {
            tenant_key: key.id.clone(),
            request: request.clone(),
            count: series.count,
            rate: series.rate,
        };
        self.test.start_results(key.id.clone(), target, series);
        Command::Probe(plan)
    }

    pub(crate) fn set_call_target(&mut self, plan: PlanId, target: CallTarget) {
        self.test.set_target(plan, target);
    }

    /// Whether a call with this tenant key uses a method that is not safe (RFC 9110), for example POST.
    pub(crate) fn sends_writing_call(&self, id: &TenantKeyId, model: &Model) -> bool {
        let plan = model.inventory().and_then(|inventory| Some(&inventory.tenant_key(id)?.plan));
        plan.and_then(|plan| self.test.target(plan)).is_some_and(|target| !target.request.is_safe())
    }

    /// Reads the methods for the test pane if it has the focus.
    pub(super) fn read_routes_if_shown(&mut self, model: &Model) -> Option<Command> {
        let plan = self.selected_key(model).filter(|_| self.focus == Pane::Test)?.plan.clone();
        if self.test.should_read_routes(&plan) { read_routes(&plan, model) } else { None }
    }

    /// Stores the methods that were read, and makes the call that waited for them.
    pub(crate) fn handle_routes(&mut self, plan: PlanId, routes: Vec<Route>, model: &Model) -> Vec<Command> {
        let mut commands = Vec::new();
        if routes.iter().all(|route| !route.needs_key) {
            let text = "no method of this plan requires an API key: the plan protects nothing";
            commands.push(Command::refuse(text));
        }
        if routes.is_empty() {
            return commands;
        }
        self.test.set_routes(plan, routes);
        if let Some((id, series)) = self.test.pending_call.take() {
            commands.extend(self.call_with(&id, series, model));
        }
        commands
    }

    /// The call that waited for methods is not made.
    pub(crate) fn cancel_pending_call(&mut self) {
        self.test.pending_call = None;
    }

    /// Says how many calls were made before they were stopped, or why they failed.
    pub(crate) fn handle_calls_ended(&self, result: Result<ProbeResult, Failure>) -> Option<Message> {
        match result {
            Ok(end) if end.stopped => {
                let (made, total) = self.test.call_counts();
                let (made, total) = (text::format_count(made), text::format_count(total));
                Some(Message::new(Tone::Info, format!("stopped after {made} of {total} calls")))
            }
            Ok(_) | Err(Failure::Cancelled) => None,
            Err(failure) => Some(Message::from_failure(&failure)),
        }
    }

    /// The running calls, or the read that calls wait for.
    pub(super) fn calls_to_stop(&self, model: &Model) -> Option<TaskId> {
        let has_pending = self.test.pending_call.is_some();
        let is_call = |kind: &TaskKind| {
            *kind == TaskKind::Probe || (has_pending && matches!(kind, TaskKind::Load(Query::Routes(_))))
        };
        model.tasks().find(is_call).map(|(id, _)| id)
    }
}

/// Reads the methods that keys of a plan can call, unless that is already running.
fn read_routes(plan: &PlanId, model: &Model) -> Option<Command> {
    let query = Query::Routes(plan.clone());
    (!model.is_loading(&query)).then_some(Command::Load(query))
}
