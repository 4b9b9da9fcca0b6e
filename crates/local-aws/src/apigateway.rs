//! The control plane of API Gateway: REST APIs, their stages, usage plans and API keys.
//!
//! Invariant: an operation sees and changes the account alone, and one that is refused has changed nothing. Answers
//! are always plain JSON, as the SDKs ask for with `Accept: application/json`; the HAL form that AWS sends without
//! that header is left out.

mod account;
mod api_keys;
mod deployments;
mod gateway_responses;
mod import_api_keys;
mod integrations;
mod methods;
mod page;
mod patch;
mod refusal;
mod request;
mod resources;
mod rest_apis;
mod routes;
mod stages;
mod tags;
mod usage;
mod usage_plan_keys;
mod usage_plan_patch;
mod usage_plans;

use axum::body::{Body, Bytes};
use axum::http::{Method, Request, Uri};
use axum::response::Response;
use serde_json::Value;

pub(crate) use self::refusal::Refusal;
use self::request::{Answer, Asked, Query, segments};
use self::routes::Route;
use crate::shared::Shared;

/// The name that the SDKs give to a request.
pub(crate) fn operation(method: &Method, uri: &Uri) -> Option<&'static str> {
    let route = Route::find(method, &segments(uri.path()), &Query::parse(uri.query().unwrap_or_default()))?;
    Some(route.operation)
}

/// The names of all operations.
pub(crate) fn operations() -> impl Iterator<Item = &'static str> {
    routes::names()
}

/// Answers a request.
pub(crate) fn answer(shared: &Shared, request: &Request<Bytes>) -> Response {
    perform(shared, request).map_or_else(Response::from, written)
}

fn perform(shared: &Shared, request: &Request<Bytes>) -> Result<Answer, Refusal> {
    let path = segments(request.uri().path());
    let query = Query::parse(request.uri().query().unwrap_or_default());
    let route = Route::find(request.method(), &path, &query).ok_or_else(Refusal::no_such_operation)?;
    shared.admit(route.operation).map_err(Refusal::too_many_requests)?;
    let asked = Asked {
        operation: route.operation,
        ids: route.ids(path),
        query,
        body: request.body(),
        now: shared.clock.now(),
        usage_lag: shared.switches().usage_lag(),
        lists_without_tags: shared.switches().lists_without_tags,
    };
    let changed = shared.change(|account| (route.handler)(&asked, account));
    changed.unwrap_or_else(|unsaved| {
        tracing::error!(%unsaved, "a change was not kept");
        Err(Refusal::new(500, "InternalFailure", &unsaved.to_string()))
    })
}

fn written(answer: Answer) -> Response {
    let body = answer.body.map_or_else(Body::empty, |value| Body::from(without_nulls(value).to_string()));
    refusal::headed(answer.status, body)
}

/// What is not set is absent in API Gateway's answers, never `null`.
fn without_nulls(value: Value) -> Value {
    match value {
        Value::Object(members) => {
            let present = members.into_iter().filter(|(_, value)| !value.is_null());
            Value::Object(present.map(|(name, value)| (name, without_nulls(value))).collect())
        }
        Value::Array(items) => Value::Array(items.into_iter().map(without_nulls).collect()),
        plain => plain,
    }
}
