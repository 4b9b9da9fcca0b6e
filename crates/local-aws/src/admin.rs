//! `/_local-aws/`: endpoints to control and inspect the server, for `curl` and for tests of other programs.
//!
//! These endpoints are not part of AWS. Invariant: requests to them are not recorded as calls.

use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::{Method, Request, header};
use axum::response::Response;
use jiff::Timestamp;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::apigateway::ApiError;
use crate::fault::Fault;
use crate::shared::Shared;
use crate::switches::Switches;

pub(crate) const PATH_PREFIX: &str = "/_local-aws/";

/// The body of `PUT clock`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
enum ClockChange {
    /// Stops the clock at this time.
    Set(Timestamp),
    AdvanceSeconds(u64),
    /// `true` follows the system's clock again; `false` stops the clock at the current time.
    Run(bool),
}

pub(crate) fn handle(shared: &Shared, request: &Request<Bytes>) -> Response {
    let endpoint = request.uri().path().strip_prefix(PATH_PREFIX).unwrap_or_default();
    match route(shared, request.method(), endpoint, request.body()) {
        Ok(Answer::Json(value)) => response("application/json", format!("{value}\n")),
        Ok(Answer::Lines(lines)) => {
            response("text/plain; charset=utf-8", lines.iter().map(|line| format!("{line}\n")).collect())
        }
        Err(error) => error.into(),
    }
}

/// The body of a response.
enum Answer {
    Json(Value),
    /// Lines as they would be in a file.
    Lines(Vec<String>),
}

fn response(content_type: &'static str, body: String) -> Response {
    let mut response = Response::new(Body::from(body));
    response.headers_mut().insert(header::CONTENT_TYPE, header::HeaderValue::from_static(content_type));
    response
}

fn route(shared: &Shared, method: &Method, endpoint: &str, body: &[u8]) -> Result<Answer, ApiError> {
    match (endpoint, method.as_str()) {
        ("health", "GET") => return Ok(Answer::Json(json!({ "status": "ok" }))),
        ("clock", "GET") => {}
        ("clock", "PUT") => change_clock(shared, parse_body(body)?),
        ("faults", "GET") => {}
        ("faults", "POST") => {
            let fault = parse_body::<Fault>(body)?;
            fault.validate().map_err(|reason| ApiError::new(400, "BadRequestException", &reason))?;
            shared.faults.script(fault);
        }
        ("faults", "DELETE") => shared.faults.clear(),
        ("switches", "GET") => {}
        ("switches", "PUT") => shared.set_switches(parse_body::<Switches>(body)?),
        ("calls", "GET") => {}
        ("calls", "DELETE") => shared.calls.clear(),
        ("log", "GET") => {}
        ("access-log", "GET") => return Ok(Answer::Lines(shared.access_log.lines())),
        _ => return Err(unknown_path()),
    }
    Ok(Answer::Json(match endpoint {
        "clock" => json!({ "now": shared.clock.now() }),
        "faults" => json!(shared.faults.active()),
        "switches" => json!(shared.switches()),
        "calls" => json!(shared.calls.all()),
        _ => shared.execution_log.lines().iter().map(ToString::to_string).collect(),
    }))
}

fn change_clock(shared: &Shared, change: ClockChange) {
    match change {
        ClockChange::Set(at) => shared.clock.set(at),
        ClockChange::AdvanceSeconds(seconds) => shared.clock.advance(Duration::from_secs(seconds)),
        ClockChange::Run(true) => shared.clock.follow_system(),
        ClockChange::Run(false) => shared.clock.set(shared.clock.now()),
    }
}

fn parse_body<T: DeserializeOwned>(body: &[u8]) -> Result<T, ApiError> {
    serde_json::from_slice(body)
        .map_err(|reason| ApiError::new(400, "BadRequestException", &reason.to_string()))
}

fn unknown_path() -> ApiError {
    let message = "No such endpoint. Use GET health, GET or PUT clock, GET, POST or DELETE faults, GET or PUT \
                   switches, GET or DELETE calls, GET log, or GET access-log.";
    ApiError::new(404, "NotFoundException", message)
}
