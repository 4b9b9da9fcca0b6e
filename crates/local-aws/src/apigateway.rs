//! The control plane of API Gateway: REST APIs, their stages, usage plans and API keys.
//!
//! Invariant: an operation reads and changes only the account, and a failed operation changes nothing. Responses
//! are always plain JSON, which the SDKs request with `Accept: application/json`. The HAL format, which AWS sends
//! without that header, is not implemented.

mod account;
mod api_keys;
mod authorizers;
mod base_path_mappings;
mod deployments;
mod domain_names;
mod error;
mod gateway_responses;
mod import_api_keys;
mod integrations;
mod methods;
mod not_served;
mod page;
mod patch;
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

pub(crate) use self::error::ApiError;
use self::request::{Input, Output, Query, path_segments};
use self::routes::Route;
use crate::shared::Shared;

/// Returns the operation's name in the SDKs, such as `GetApiKeys`.
pub(crate) fn operation_name(method: &Method, uri: &Uri) -> Option<&'static str> {
    let route =
        Route::find(method, &path_segments(uri.path()), &Query::parse(uri.query().unwrap_or_default()))?;
    Some(route.operation)
}

pub(crate) fn operation_names() -> impl Iterator<Item = &'static str> {
    routes::operation_names()
}

pub(crate) fn handle(shared: &Shared, request: &Request<Bytes>) -> Response {
    perform(shared, request).map_or_else(Response::from, to_response)
}

fn perform(shared: &Shared, request: &Request<Bytes>) -> Result<Output, ApiError> {
    // Only services with another protocol name the operation in a header, and all that are served precede this one.
    if let Some(operation) = request.headers().get("x-amz-target") {
        return Err(ApiError::not_served(operation.to_str().unwrap_or_default()));
    }
    let path = path_segments(request.uri().path());
    let query = Query::parse(request.uri().query().unwrap_or_default());
    let route = Route::find(request.method(), &path, &query).ok_or_else(ApiError::no_such_operation)?;
    shared.admit_control_plane_call(route.operation).map_err(ApiError::too_many_requests)?;
    let input = Input {
        operation: route.operation,
        ids: route.ids(path),
        query,
        body: request.body(),
        now: shared.clock.now(),
        usage_lag: shared.switches().usage_lag(),
        lists_without_tags: shared.switches().lists_without_tags,
    };
    let result = shared.change_account(|account| (route.handler)(&input, account));
    result.unwrap_or_else(|error| {
        tracing::error!(%error, "cannot write a change to the journal");
        Err(ApiError::new(500, "InternalFailure", &error.to_string()))
    })
}

fn to_response(output: Output) -> Response {
    let body = output.body.map_or_else(Body::empty, |value| Body::from(without_nulls(value).to_string()));
    error::response_with_headers(output.status, body)
}

/// Removes `null` members: API Gateway omits what is not set.
fn without_nulls(value: Value) -> Value {
    match value {
        Value::Object(members) => {
            let present = members.into_iter().filter(|(_, value)| !value.is_null());
            Value::Object(present.map(|(name, value)| (name, without_nulls(value))).collect())
        }
        Value::Array(items) => Value::Array(items.into_iter().map(without_nulls).collect()),
        scalar => scalar,
    }
}
