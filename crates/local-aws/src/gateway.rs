//! The protected API: checks a call's API key, usage plan, throttles and quota, then runs its integration.
//!
//! Invariant: a call sees the deployment of its stage and no later edit. It counts towards a quota if and only if
//! it reached its integration with a valid key.

mod access_log_line;
mod admission;
mod authorization;
mod custom_domain;
mod integration;
mod limits;
mod refusal;
mod resource_policy;
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
use self::resource_policy::InvokedMethod;
use self::route::RouteMatch;
use self::trace::{RequestIds, Trace};
use crate::execution_log::LogLine;
use crate::shared::Shared;
use crate::state::{AccessSettings, Account, Deployment, RestApi, Stage};
use crate::switches::Switches;

#[derive(Debug, Default)]
pub(crate) struct Gateway {
    buckets: Mutex<Buckets>,
    ids: Mutex<RequestIds>,
}

/// A call to the protected API.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Request<'a> {
    pub(crate) method: &'a str,
    pub(crate) address: Address,
    /// Below the address, without query: `/a1b2c3/prod/pets`, or `/api.example.com/v1/pets` for a custom domain.
    pub(crate) path: &'a str,
    pub(crate) headers: &'a HeaderMap,
}

/// Where an API is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Address {
    /// The API's own host at AWS.
    DefaultEndpoint,
    CustomDomain,
}

/// The log lines of one call.
struct LogOutput {
    execution: Vec<LogLine>,
    access: Option<AccessLogLine>,
}

struct AccessLogLine {
    text: String,
    /// The ARN of the stage's log group or delivery stream, if it has one.
    destination: Option<String>,
}

/// A call whose stage and deployment are known.
#[derive(Clone, Copy)]
struct CallContext<'a> {
    api: &'a RestApi,
    stage: &'a Stage,
    deployment: &'a Deployment,
    access: &'a AccessSettings,
    headers: &'a HeaderMap,
    now: Timestamp,
    switches: &'a Switches,
}

pub(crate) fn handle(shared: &Shared, request: Request<'_>) -> Response {
    let (now, switches) = (shared.clock.now(), shared.switches());
    match shared.change_account(|account| shared.gateway.respond(account, request, now, &switches)) {
        Ok((response, logs)) => {
            shared.execution_log.write(logs.execution);
            if let Some(AccessLogLine { text, destination }) = logs.access {
                if let Some(destination) = destination {
                    shared.log_groups.write(&destination, now, &text);
                }
                shared.access_log.write(text);
            }
            response
        }
        Err(error) => {
            tracing::error!(%error, "cannot count a call");
            Refusal::IntegrationFailure.to_default_response()
        }
    }
}

impl Gateway {
    /// Runs a call, adds it to its key's usage if it counts towards the quota, and returns its response and log lines.
    fn respond(
        &self,
        account: &mut Account,
        request: Request<'_>,
        now: Timestamp,
        switches: &Switches,
    ) -> (Response, LogOutput) {
        let mut trace = self.ids().next_trace(now);
        let (mut response, metered_caller) = self.serve(account, request, switches, &mut trace);
        if let Some(caller) = metered_caller {
            account.meter_mut(&caller.plan_id, &caller.key_id).record_call(now, switches.usage_lag());
        }
        add_common_headers(response.headers_mut(), &trace);
        let text = access_log_line::format_line(&trace, &request, response.status().as_u16());
        let access =
            text.map(|text| AccessLogLine { text, destination: trace.access_log.destination.take() });
        (response, LogOutput { execution: trace.lines, access })
    }

    /// Returns the response, and the caller whose quota the call counts towards, if any.
    fn serve(
        &self,
        account: &Account,
        request: Request<'_>,
        switches: &Switches,
        trace: &mut Trace,
    ) -> (Response, Option<Caller>) {
        let forbidden = || (Refusal::Forbidden.to_default_response(), None);
        let call_path = match request.address {
            Address::DefaultEndpoint => Some(route::parse_call_path(request.path)),
            Address::CustomDomain => custom_domain::resolve(account, request.path),
        };
        let Some(call_path) = call_path else { return forbidden() };
        let Some(api) = account.rest_apis.get(&call_path.api_id) else { return forbidden() };
        let Some((stage, deployment)) = api.stage_deployment(&call_path.stage) else { return forbidden() };
        let access = deployment.access.clone().unwrap_or_else(|| AccessSettings::from_api(api));
        let is_default = request.address == Address::DefaultEndpoint;
        // There is no VPC endpoint through which a private API could be called.
        if api.is_private() || (is_default && access.is_default_endpoint_disabled) {
            return forbidden();
        }
        trace.start(&api.id, &stage.name);
        if let Some(log) = &stage.access_log {
            trace.access_log.format.clone_from(&log.format);
            trace.access_log.destination.clone_from(&log.destination_arn);
        }
        let headers = request.headers;
        let access = &access;
        let context = CallContext { api, stage, deployment, access, headers, now: trace.at, switches };
        match self.invoke(account, context, request.method, &call_path.path, trace) {
            Ok(result) => result,
            Err(refusal) => {
                trace.access_log.response_type = refusal.response_type().to_owned();
                (refusal.to_response(&deployment.gateway_responses, trace), None)
            }
        }
    }

    fn invoke(
        &self,
        account: &Account,
        context: CallContext<'_>,
        verb: &str,
        path: &str,
        trace: &mut Trace,
    ) -> Result<(Response, Option<Caller>), Refusal> {
        let route = route::find(&context.deployment.resources, verb, path)
            .ok_or(Refusal::MissingAuthenticationToken)?;
        route.resource.path.clone_into(&mut trace.access_log.resource_path);
        if let Some(policy) = &context.access.policy {
            let (api_id, stage) = (&context.api.id, &context.stage.name);
            resource_policy::check(policy, &InvokedMethod { api_id, stage, verb, path })?;
        }
        let is_key_from_authorizer = context.access.api_key_source == "AUTHORIZER";
        if is_key_from_authorizer {
            authorization::check(&route, context.headers)?;
        }
        let admission = Admission { account, context, route, buckets: &self.buckets };
        let caller = admission.admit(trace)?;
        if !is_key_from_authorizer {
            authorization::check(&route, context.headers)?;
        }
        let key_id = caller.as_ref().map_or("", |caller| &caller.key_id);
        let response = integration::respond(&route, context.stage, key_id, trace)
            .unwrap_or_else(|refusal| refusal.to_response(&context.deployment.gateway_responses, trace));
        Ok((response, caller.filter(|caller| caller.is_metered)))
    }

    fn ids(&self) -> MutexGuard<'_, RequestIds> {
        self.ids.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn add_common_headers(headers: &mut HeaderMap, trace: &Trace) {
    let date = DateTimePrinter::new().timestamp_to_rfc9110_string(&trace.at).unwrap_or_default();
    let common = [
        (header::DATE, date),
        (HeaderName::from_static("x-amzn-requestid"), trace.request_id.clone()),
        (HeaderName::from_static("x-amz-apigw-id"), trace.extended_id.clone()),
    ];
    for (name, text) in common {
        if let Ok(value) = HeaderValue::from_str(&text) {
            headers.insert(name, value);
        }
    }
    headers.entry(header::CONTENT_TYPE).or_insert(HeaderValue::from_static("application/json"));
}

fn new_response(status: u16, body: String) -> Response {
    let mut response = Response::new(Body::from(body));
    *response.status_mut() =
        axum::http::StatusCode::from_u16(status).unwrap_or(axum::http::StatusCode::INTERNAL_SERVER_ERROR);
    response
}
