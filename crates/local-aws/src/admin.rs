//! `/_local-aws/`: what a person with `curl`, or a test of another program, watches and steers.
//!
//! Invariant: nothing here belongs to AWS, and nothing here is counted among the calls.

use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::{Method, Request, header};
use axum::response::Response;
use jiff::Timestamp;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::apigateway::Refusal;
use crate::fault::Fault;
use crate::shared::Shared;
use crate::switches::Switches;

/// Where it begins.
pub(crate) const ROOT: &str = "/_local-aws/";

/// What the clock is to do.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
enum Turn {
    /// Stand there.
    Set(Timestamp),
    /// Go so many seconds ahead.
    AdvanceSeconds(u64),
    /// Run with the system.
    Run(bool),
}

/// Answers a request.
pub(crate) fn answer(shared: &Shared, request: &Request<Bytes>) -> Response {
    let what = request.uri().path().strip_prefix(ROOT).unwrap_or_default();
    perform(shared, request.method(), what, request.body()).map_or_else(Response::from, |value| {
        let mut response = Response::new(Body::from(format!("{value}\n")));
        let json = header::HeaderValue::from_static("application/json");
        response.headers_mut().insert(header::CONTENT_TYPE, json);
        response
    })
}

fn perform(shared: &Shared, method: &Method, what: &str, body: &[u8]) -> Result<Value, Refusal> {
    match (what, method.as_str()) {
        ("health", "GET") => return Ok(json!({ "status": "ok" })),
        ("clock", "GET") => {}
        ("clock", "PUT") => turn(shared, read(body)?),
        ("faults", "GET") => {}
        ("faults", "POST") => {
            let fault = read::<Fault>(body)?;
            fault.check().map_err(|why| Refusal::new(400, "BadRequestException", &why))?;
            shared.faults.script(fault);
        }
        ("faults", "DELETE") => shared.faults.clear(),
        ("switches", "GET") => {}
        ("switches", "PUT") => shared.set_switches(read::<Switches>(body)?),
        ("calls", "GET") => {}
        ("calls", "DELETE") => shared.calls.clear(),
        ("log" | "access-log", "GET") => {}
        _ => return Err(unknown()),
    }
    Ok(match what {
        "clock" => json!({ "now": shared.clock.now() }),
        "faults" => json!(shared.faults.in_force()),
        "switches" => json!(shared.switches()),
        "calls" => json!(shared.calls.all()),
        "access-log" => json!(shared.access_log.lines()),
        _ => shared.execution_log.lines().iter().map(ToString::to_string).collect(),
    })
}

fn turn(shared: &Shared, turn: Turn) {
    match turn {
        Turn::Set(at) => shared.clock.set(at),
        Turn::AdvanceSeconds(seconds) => shared.clock.advance(Duration::from_secs(seconds)),
        Turn::Run(true) => shared.clock.run(),
        Turn::Run(false) => shared.clock.set(shared.clock.now()),
    }
}

fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, Refusal> {
    serde_json::from_slice(body)
        .map_err(|reason| Refusal::new(400, "BadRequestException", &reason.to_string()))
}

fn unknown() -> Refusal {
    let message = "There are GET health, GET or PUT clock, GET, POST or DELETE faults, GET or PUT switches, GET or \
                   DELETE calls, GET log, and GET access-log.";
    Refusal::new(404, "NotFoundException", message)
}
