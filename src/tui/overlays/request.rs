//! What is called: route, method, path, headers and body. What cannot be sent is refused here, with the reason.

mod screen;

use keypool_domain::PlanId;
use tui_input::{Input, InputRequest};

use crate::aws::Failure;
use crate::ops::{CallRequest, Route};
use crate::tui::action::{Action, DialogAction};
use crate::tui::panes::test::Aim;

use super::Reply;

/// The most headers that a person adds.
const MOST_HEADERS: usize = 20;

/// A line of the form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Field {
    Route,
    Method,
    Path,
    Header(usize),
    Body,
    PlainHttp,
}

/// The form of a request.
#[derive(Debug, Clone)]
pub(crate) struct RequestForm {
    plan: PlanId,
    aim: Aim,
    routes: Vec<Route>,
    method: Input,
    path: Input,
    /// `Name: value` each; the last one is empty and waits for more.
    headers: Vec<Input>,
    body: Input,
    at: usize,
    mistake: Option<String>,
}

impl RequestForm {
    /// A form with what is called now with the keys of this plan.
    pub(crate) fn new(plan: PlanId, aim: Aim, routes: Vec<Route>) -> Self {
        let headers = aim.request.headers.iter().map(|(name, value)| Input::new(format!("{name}: {value}")));
        Self {
            plan,
            method: Input::new(aim.request.method.clone()),
            path: Input::new(aim.request.path.clone()),
            headers: headers.chain([Input::default()]).collect(),
            body: Input::new(aim.request.body.clone()),
            aim,
            routes,
            at: 1,
            mistake: None,
        }
    }

    fn fields(&self) -> Vec<Field> {
        let mut fields = vec![Field::Route, Field::Method, Field::Path];
        fields.extend((0..self.headers.len()).map(Field::Header));
        fields.push(Field::Body);
        if self.aim.request.travels_in_clear() {
            fields.push(Field::PlainHttp);
        }
        fields
    }

    fn field(&self) -> Field {
        self.fields().get(self.at).copied().unwrap_or(Field::Route)
    }

    fn input(&mut self) -> Option<&mut Input> {
        match self.field() {
            Field::Method => Some(&mut self.method),
            Field::Path => Some(&mut self.path),
            Field::Header(at) => self.headers.get_mut(at),
            Field::Body => Some(&mut self.body),
            Field::Route | Field::PlainHttp => None,
        }
    }

    pub(super) fn takes_text(&self) -> bool {
        !matches!(self.field(), Field::Route | Field::PlainHttp)
    }

    pub(super) fn act(&mut self, action: Action) -> Reply {
        let fields = self.fields().len();
        let Some(action) = action.as_dialog() else { return Reply::Pass };
        match action {
            DialogAction::Dismiss => return Reply::Close,
            DialogAction::Accept => return self.submit(),
            DialogAction::NextField => self.go_to((self.at + 1) % fields),
            DialogAction::PreviousField => self.go_to((self.at + fields - 1) % fields),
            DialogAction::NextChoice | DialogAction::PreviousChoice => match self.field() {
                Field::Route => self.step_route(action == DialogAction::NextChoice),
                Field::PlainHttp => self.aim.request.allow_http = !self.aim.request.allow_http,
                Field::Method | Field::Path | Field::Header(_) | Field::Body => return Reply::Pass,
            },
        }
        Reply::Stay
    }

    pub(super) fn edit(&mut self, request: InputRequest) -> Reply {
        if let Some(input) = self.input() {
            input.handle(request);
            self.mistake = None;
        }
        self.keep_an_empty_header();
        Reply::Stay
    }

    /// Leaves a field; a header that was emptied goes, for the last one is there for more.
    fn go_to(&mut self, at: usize) {
        let left = self.field();
        self.at = at;
        if let Field::Header(index) = left
            && index + 1 < self.headers.len()
            && self.headers[index].value().is_empty()
        {
            let place = self.fields().iter().position(|field| *field == left).unwrap_or(usize::MAX);
            self.headers.remove(index);
            self.at -= usize::from(self.at > place);
        }
    }

    fn keep_an_empty_header(&mut self) {
        let full = self.headers.last().is_none_or(|last| !last.value().is_empty());
        if full && self.headers.len() < MOST_HEADERS {
            self.headers.push(Input::default());
        }
    }

    /// The route that is aimed at, as long as method and path are still its own.
    fn route(&self) -> Option<usize> {
        self.routes.iter().position(|route| {
            route.stage == self.aim.stage
                && route.method == self.method.value()
                && route.path == self.path.value()
        })
    }

    fn step_route(&mut self, forward: bool) {
        let count = self.routes.len();
        if count == 0 {
            return;
        }
        let at = self.route().map_or(0, |at| (at + if forward { 1 } else { count - 1 }) % count);
        let route = &self.routes[at];
        self.aim = self.aim.moved_to(route);
        self.method = Input::new(route.method.clone());
        self.path = Input::new(route.path.clone());
        self.mistake = None;
    }

    fn submit(&mut self) -> Reply {
        match self.request() {
            Ok(request) => Reply::Aim(self.plan.clone(), Aim { request, ..self.aim.clone() }),
            Err(failure) => {
                self.mistake = Some(failure.to_string());
                Reply::Stay
            }
        }
    }

    /// What the form says, if it can be sent.
    fn request(&self) -> Result<CallRequest, Failure> {
        let typed = self.headers.iter().map(|input| input.value().trim()).filter(|line| !line.is_empty());
        let request = CallRequest {
            method: self.method.value().trim().to_uppercase(),
            path: self.path.value().trim().to_owned(),
            headers: typed.map(CallRequest::header).collect::<Result<_, _>>()?,
            body: self.body.value().to_owned(),
            ..self.aim.request.clone()
        };
        request.check()?;
        Ok(request)
    }
}
