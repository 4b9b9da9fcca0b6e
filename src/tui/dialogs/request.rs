//! The form for the request of a call: route, method, path, headers and body. Validates the request.

mod screen;

use keypool_domain::PlanId;
use ratatui::Frame;
use ratatui::layout::Rect;
use tui_input::{Input, InputRequest};

use crate::aws::Failure;
use crate::ops::{CallRequest, Route};
use crate::tui::keys::action::ActionSpec;
use crate::tui::keys::action::Scope;
use crate::tui::keys::action::{Action, DialogAction};
use crate::tui::model::Model;
use crate::tui::model::calls::CallTarget;
use crate::tui::screen::Command;
use crate::tui::screen::Dialog;
use crate::tui::screen::Handled;
use crate::tui::screen::Screen;
use crate::tui::screen::close_with;
use crate::tui::screen::done;

const MAX_HEADERS: usize = 20;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum RequestField {
    Route,
    Method,
    Path,
    Header(usize),
    Body,
    PlainHttp,
}

#[derive(Debug, Clone)]
pub(crate) struct RequestForm {
    plan: PlanId,
    target: CallTarget,
    routes: Vec<Route>,
    method: Input,
    path: Input,
    /// `Name: value` each; the last one is empty, to add another.
    headers: Vec<Input>,
    body: Input,
    /// Index into `fields()`.
    focus: usize,
    error: Option<String>,
}

impl RequestForm {
    /// `target` is the current request of the plan.
    pub(crate) fn new(plan: PlanId, target: CallTarget, routes: Vec<Route>) -> Self {
        let headers =
            target.request.headers.iter().map(|(name, value)| Input::new(format!("{name}: {value}")));
        Self {
            plan,
            method: Input::new(target.request.method.clone()),
            path: Input::new(target.request.path.clone()),
            headers: headers.chain([Input::default()]).collect(),
            body: Input::new(target.request.body.clone()),
            target,
            routes,
            focus: 1,
            error: None,
        }
    }

    fn fields(&self) -> Vec<RequestField> {
        let mut fields = vec![RequestField::Route, RequestField::Method, RequestField::Path];
        fields.extend((0..self.headers.len()).map(RequestField::Header));
        fields.push(RequestField::Body);
        if self.target.request.is_unencrypted() {
            fields.push(RequestField::PlainHttp);
        }
        fields
    }

    fn focused_field(&self) -> RequestField {
        self.fields().get(self.focus).copied().unwrap_or(RequestField::Route)
    }

    fn focused_input(&mut self) -> Option<&mut Input> {
        match self.focused_field() {
            RequestField::Method => Some(&mut self.method),
            RequestField::Path => Some(&mut self.path),
            RequestField::Header(at) => self.headers.get_mut(at),
            RequestField::Body => Some(&mut self.body),
            RequestField::Route | RequestField::PlainHttp => None,
        }
    }

    /// Moves the focus, and removes the header that loses it if it is empty and not the last one.
    fn focus_field(&mut self, at: usize) {
        let previous = self.focused_field();
        self.focus = at;
        if let RequestField::Header(index) = previous
            && index + 1 < self.headers.len()
            && self.headers[index].value().is_empty()
        {
            let removed = self.fields().iter().position(|field| *field == previous).unwrap_or(usize::MAX);
            self.headers.remove(index);
            self.focus -= usize::from(self.focus > removed);
        }
    }

    fn ensure_empty_header(&mut self) {
        let is_last_filled = self.headers.last().is_none_or(|last| !last.value().is_empty());
        if is_last_filled && self.headers.len() < MAX_HEADERS {
            self.headers.push(Input::default());
        }
    }

    /// The selected route, unless its method or path has been edited.
    fn route_index(&self) -> Option<usize> {
        self.routes.iter().position(|route| {
            route.stage == self.target.stage
                && route.method == self.method.value()
                && route.path == self.path.value()
        })
    }

    fn step_route(&mut self, forward: bool) {
        let count = self.routes.len();
        if count == 0 {
            return;
        }
        let at = self.route_index().map_or(0, |at| (at + if forward { 1 } else { count - 1 }) % count);
        let route = &self.routes[at];
        self.target = self.target.with_route(route);
        self.method = Input::new(route.method.clone());
        self.path = Input::new(route.path.clone());
        self.error = None;
    }

    fn submit(&mut self) -> Handled {
        match self.build_request() {
            Ok(request) => close_with(Command::SetCallTarget(
                self.plan.clone(),
                CallTarget { request, ..self.target.clone() },
            )),
            Err(failure) => {
                self.error = Some(failure.to_string());
                done()
            }
        }
    }

    /// Returns an error if the request cannot be sent.
    fn build_request(&self) -> Result<CallRequest, Failure> {
        let lines = self.headers.iter().map(|input| input.value().trim()).filter(|line| !line.is_empty());
        let request = CallRequest {
            method: self.method.value().trim().to_uppercase(),
            path: self.path.value().trim().to_owned(),
            headers: lines.map(CallRequest::parse_header).collect::<Result<_, _>>()?,
            body: self.body.value().to_owned(),
            ..self.target.request.clone()
        };
        request.check()?;
        Ok(request)
    }
}

impl Screen for RequestForm {
    fn scopes(&self) -> &'static [Scope] {
        &[Scope::Dialog]
    }

    fn hint(&self, spec: &ActionSpec, _model: &Model) -> Option<&'static str> {
        Some(if spec.action == Action::Accept { "use" } else { spec.footer })
    }

    fn takes_text(&self) -> bool {
        !matches!(self.focused_field(), RequestField::Route | RequestField::PlainHttp)
    }

    fn handle(&mut self, action: Action, _model: &Model) -> Handled {
        let fields = self.fields().len();
        let action = action.as_dialog()?;
        match action {
            DialogAction::Dismiss => return Some(vec![Command::Close]),
            DialogAction::Accept => return self.submit(),
            DialogAction::NextField => self.focus_field((self.focus + 1) % fields),
            DialogAction::PreviousField => self.focus_field((self.focus + fields - 1) % fields),
            DialogAction::NextChoice | DialogAction::PreviousChoice => match self.focused_field() {
                RequestField::Route => self.step_route(action == DialogAction::NextChoice),
                RequestField::PlainHttp => self.target.request.allow_http = !self.target.request.allow_http,
                RequestField::Method | RequestField::Path | RequestField::Header(_) | RequestField::Body => {
                    return None;
                }
            },
        }
        done()
    }

    fn edit(&mut self, request: InputRequest, _model: &Model) {
        if let Some(input) = self.focused_input() {
            input.handle(request);
            self.error = None;
        }
        self.ensure_empty_header();
    }

    fn draw(&self, model: &Model, _area: Rect, frame: &mut Frame<'_>) {
        self.draw_form(model, frame);
    }
}

impl Dialog for RequestForm {}
