//! The protected API: a call's key, its usage plan, the buckets it draws from, its quota, and the answer.
//!
//! Invariant: what a caller meets is the deployment that its stage shows and nothing edited since, and a call is
//! counted exactly when it was let through to its integration with a valid key.

mod access;
mod admission;
mod integration;
mod limits;
mod refusal;
mod route;
mod trace;

use std::sync::{Mutex, MutexGuard, PoisonError};

use axum::body::Body;
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::response::Response;
use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimePrinter;

use self::admission::{Admission, Caller};
use self::limits::Buckets;
use self::refusal::Refusal;
use self::route::Route;
use self::trace::{RequestIds, Trace};
use crate::execution_log::LogLine;
use crate::shared::Shared;
use crate::state::{Account, Deployment, RestApi, Stage};
use crate::switches::Switches;

/// What stands between callers and the integrations of all REST APIs.
#[derive(Debug, Default)]
pub(crate) struct Gateway {
    buckets: Mutex<Buckets>,
    ids: Mutex<RequestIds>,
}

/// A call of the protected API.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Request<'a> {
    pub(crate) method: &'a str,
    /// From the API's id on, as in `/a1b2c3/prod/pets`, without the query.
    pub(crate) path: &'a str,
    pub(crate) headers: &'a HeaderMap,
}

/// What the logs of a stage get of a call.
struct Written {
    execution: Vec<LogLine>,
    access: Option<String>,
}

/// A call on its way through a stage.
#[derive(Clone, Copy)]
struct Visit<'a> {
    api: &'a RestApi,
    stage: &'a Stage,
    deployment: &'a Deployment,
    headers: &'a HeaderMap,
    now: Timestamp,
    switches: &'a Switches,
}

/// Answers a call of the protected API.
pub(crate) fn answer(shared: &Shared, request: Request<'_>) -> Response {
    let (now, switches) = (shared.clock.now(), shared.switches());
    match shared.change(|account| shared.gateway.answer(account, request, now, &switches)) {
        Ok((response, written)) => {
            shared.execution_log.write(written.execution);
            shared.access_log.write(written.access);
            response
        }
        Err(unsaved) => {
            tracing::error!(%unsaved, "a call was not counted");
            Refusal::IntegrationFailure.plain()
        }
    }
}

impl Gateway {
    /// Answers a call, counts it where it counts, and says what the execution log says of it.
    fn answer(
        &self,
        account: &mut Account,
        request: Request<'_>,
        now: Timestamp,
        switches: &Switches,
    ) -> (Response, Written) {
        let mut trace = self.ids().next(now);
        let (mut response, counts) = self.serve(account, request, switches, &mut trace);
        if let Some(caller) = counts {
            account.meter_mut(&caller.plan_id, &caller.key_id).count(now, switches.usage_lag());
        }
        stamp(response.headers_mut(), &trace);
        let access = access::line(&trace, &request, response.status().as_u16());
        (response, Written { execution: trace.lines, access })
    }

    fn serve(
        &self,
        account: &Account,
        request: Request<'_>,
        switches: &Switches,
        trace: &mut Trace,
    ) -> (Response, Option<Caller>) {
        let target = route::split(request.path);
        let Some(api) = account.rest_apis.get(target.api_id) else {
            return (Refusal::Forbidden.plain(), None);
        };
        let Some((stage, deployment)) = api.deployed(target.stage) else {
            return (Refusal::Forbidden.plain(), None);
        };
        trace.start(&api.id, &stage.name);
        trace.seen.format = stage.access_log.as_ref().and_then(|log| log.format.clone());
        let headers = request.headers;
        let visit = Visit { api, stage, deployment, headers, now: trace.at, switches };
        match self.pass(account, visit, request.method, &target.path, trace) {
            Ok(passed) => passed,
            Err(refusal) => {
                trace.seen.response_type = refusal.response_type().to_owned();
                (refusal.response(&deployment.gateway_responses, trace), None)
            }
        }
    }

    fn pass(
        &self,
        account: &Account,
        visit: Visit<'_>,
        verb: &str,
        path: &str,
        trace: &mut Trace,
    ) -> Result<(Response, Option<Caller>), Refusal> {
        let route = route::find(&visit.deployment.resources, verb, path)
            .ok_or(Refusal::MissingAuthenticationToken)?;
        route.resource.path.clone_into(&mut trace.seen.resource_path);
        let admission = Admission { account, visit, route, buckets: &self.buckets };
        let caller = admission.admit(trace)?;
        authorize(&route)?;
        let key_id = caller.as_ref().map_or("", |caller| &caller.key_id);
        let response = integration::respond(&route, visit.stage, key_id, trace)
            .unwrap_or_else(|refusal| refusal.response(&visit.deployment.gateway_responses, trace));
        Ok((response, caller.filter(|caller| caller.metered)))
    }

    fn ids(&self) -> MutexGuard<'_, RequestIds> {
        self.ids.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Lets a call through that needs no authorization: there are no authorizers here that could give one.
fn authorize(route: &Route<'_>) -> Result<(), Refusal> {
    match route.method.authorization_type.as_str() {
        "" | "NONE" => Ok(()),
        "AWS_IAM" => Err(Refusal::MissingAuthenticationToken),
        _ => Err(Refusal::Unauthorized),
    }
}

/// Puts on a response what all of them carry.
fn stamp(headers: &mut HeaderMap, trace: &Trace) {
    let date = DateTimePrinter::new().timestamp_to_rfc9110_string(&trace.at).unwrap_or_default();
    let stamps = [
        (header::DATE, date),
        (HeaderName::from_static("x-amzn-requestid"), trace.request_id.clone()),
        (HeaderName::from_static("x-amz-apigw-id"), trace.extended_id.clone()),
    ];
    for (name, text) in stamps {
        if let Ok(value) = HeaderValue::from_str(&text) {
            headers.insert(name, value);
        }
    }
    headers.entry(header::CONTENT_TYPE).or_insert(HeaderValue::from_static("application/json"));
}

/// A response with this status and body, whatever the status is.
fn reply(status: u16, body: String) -> Response {
    let mut response = Response::new(Body::from(body));
    *response.status_mut() =
        axum::http::StatusCode::from_u16(status).unwrap_or(axum::http::StatusCode::INTERNAL_SERVER_ERROR);
    response
}
