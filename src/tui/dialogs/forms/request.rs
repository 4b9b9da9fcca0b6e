//! Asks for the request of a call: route, method, path, headers and body.

use keypool_domain::PlanId;

use crate::aws::Failure;
use crate::ops::{CallRequest, Route};
use crate::tui::dialogs::form::{self, Form, Submission};
use crate::tui::model::Model;
use crate::tui::model::calls::CallTarget;
use crate::tui::screen::Command;
use crate::tui::widgets::choice_field::ChoiceField;
use crate::tui::widgets::field::Field;
use crate::tui::widgets::form::FormLayout;
use crate::tui::widgets::text_field::TextField;
use crate::tui::widgets::toggle_field::ToggleField;

const MAX_HEADERS: usize = 20;

#[derive(Debug, Clone)]
struct RequestForm {
    plan: PlanId,
    /// The request of the route, without the edits.
    target: CallTarget,
    /// The choices of the field `route`.
    routes: Vec<Route>,
    route: ChoiceField,
    method: TextField,
    path: TextField,
    /// `Name: value` each; the last one is empty, to add another.
    headers: Vec<TextField>,
    body: TextField,
    plain_http: ToggleField,
}

/// `target` is the current request of the plan.
pub(crate) fn open(plan: PlanId, target: CallTarget, routes: Vec<Route>) -> Command {
    let request = &target.request;
    let headers = request.headers.iter().map(|(name, value)| header_field(format!("{name}: {value}")));
    let mut form = RequestForm {
        plan,
        route: ChoiceField::new("route", describe_routes(&routes)),
        method: TextField::new("method", &request.method),
        path: TextField::new("path", &request.path),
        headers: headers.chain([header_field("")]).collect(),
        body: TextField::new("body", &request.body),
        plain_http: ToggleField::permission("plain http", request.allow_http),
        target,
        routes,
    };
    form.find_route();
    form::open("API request", "", form)
}

impl RequestForm {
    /// Shows which route the method and the path are, if any.
    fn find_route(&mut self) {
        let stage = &self.target.stage;
        let at = self.routes.iter().position(|route| {
            route.stage == *stage && route.method == self.method.value() && route.path == self.path.value()
        });
        self.route.choose(at, format!("custom · stage {stage}"));
    }

    /// Returns an error if the request cannot be sent.
    fn build_request(&self) -> Result<CallRequest, Failure> {
        let lines = self.headers.iter().map(TextField::text).filter(|line| !line.is_empty());
        let request = CallRequest {
            method: self.method.text().to_uppercase(),
            path: self.path.text().to_owned(),
            headers: lines.map(CallRequest::parse_header).collect::<Result<_, _>>()?,
            body: self.body.value().to_owned(),
            allow_http: self.plain_http.is_on(),
            ..self.target.request.clone()
        };
        request.check()?;
        Ok(request)
    }
}

impl Form for RequestForm {
    const ASKS_FOR_CHANGE: bool = false;
    const SUBMIT_VERB: &'static str = "use";
    const INITIAL_FOCUS: Option<&'static str> = Some("method");
    const LAYOUT: FormLayout = FormLayout { cols: 84, label_cols: 12, arrow_cols: 0 };

    fn fields(&self) -> Vec<&dyn Field> {
        let mut fields: Vec<&dyn Field> = vec![&self.route, &self.method, &self.path];
        fields.extend(self.headers.iter().map(|header| header as &dyn Field));
        fields.push(&self.body);
        if self.target.request.is_unencrypted() {
            fields.push(&self.plain_http);
        }
        fields
    }

    fn fields_mut(&mut self) -> Vec<&mut dyn Field> {
        let mut fields: Vec<&mut dyn Field> = vec![&mut self.route, &mut self.method, &mut self.path];
        fields.extend(self.headers.iter_mut().map(|header| header as &mut dyn Field));
        fields.push(&mut self.body);
        if self.target.request.is_unencrypted() {
            fields.push(&mut self.plain_http);
        }
        fields
    }

    fn submit(&self, _model: &Model) -> Submission {
        let target = CallTarget { request: self.build_request()?, ..self.target.clone() };
        Ok(Command::SetCallTarget(self.plan.clone(), target))
    }

    /// Adds an empty header if there is none.
    fn handle_edit(&mut self) {
        self.find_route();
        let is_last_filled = self.headers.last().is_none_or(|last| !last.value().is_empty());
        if is_last_filled && self.headers.len() < MAX_HEADERS {
            self.headers.push(header_field(""));
        }
    }

    /// Takes over the method and the path of the chosen route.
    fn handle_choice(&mut self) {
        let Some(route) = self.route.choice().and_then(|at| self.routes.get(at)) else { return };
        self.target = self.target.with_route(route);
        self.method = TextField::new("method", &route.method);
        self.path = TextField::new("path", &route.path);
        self.plain_http = ToggleField::permission("plain http", self.target.request.allow_http);
        self.find_route();
    }

    /// Removes empty headers except the last one.
    fn handle_focus_move(&mut self) {
        let last = self.headers.pop();
        self.headers.retain(|header| !header.value().is_empty());
        self.headers.extend(last);
    }
}

fn header_field(line: impl Into<String>) -> TextField {
    TextField::new("header", line)
}

fn describe_routes(routes: &[Route]) -> Vec<String> {
    let describe = |(at, route): (usize, &Route)| {
        let position = format!("{} of {}", at + 1, routes.len());
        format!("{} {} · stage {} · {position}", route.method, route.path, route.stage)
    };
    routes.iter().enumerate().map(describe).collect()
}
