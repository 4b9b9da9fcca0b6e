//! An AWS at the account's limits, made up while it answers: it holds no rows, so any number of them costs it no
//! memory. It serves reads only: caller identity, usage plans, API keys, usage, and the three tables.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Instant;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::runtime::Runtime;

use super::rows;
use super::tables::{self, API_KEY_COUNT, PLAN_COUNT};

const PAGE_SIZE: usize = 500;

/// Calls of the control plane that AWS allows an account: this many a second, and this many at once.
const RATE: f64 = 10.0;
const BURST: f64 = 40.0;

/// How many requests were answered, by kind.
#[derive(Debug, Default)]
pub(crate) struct Counts {
    /// Without those that were refused.
    pub(crate) control_plane: AtomicUsize,
    pub(crate) refused: AtomicUsize,
    pub(crate) scan_pages: AtomicUsize,
    pub(crate) query_pages: AtomicUsize,
}

/// How many calls of the control plane are answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rates {
    Unlimited,
    /// The rest gets 429.
    AsAws,
}

pub(crate) struct FakeAws {
    pub(crate) url: String,
    pub(crate) counts: Arc<Counts>,
}

#[derive(Clone)]
struct Account {
    /// Items of the Keys table.
    tenant_keys: usize,
    counts: Arc<Counts>,
    /// The calls that are left, and when they were counted; `None` if there is no limit.
    bucket: Option<Arc<Mutex<(f64, Instant)>>>,
}

impl Account {
    fn allows_call(&self) -> bool {
        let Some(bucket) = &self.bucket else { return true };
        let mut bucket = bucket.lock().unwrap();
        let now = Instant::now();
        let refilled = (bucket.0 + now.duration_since(bucket.1).as_secs_f64() * RATE).min(BURST);
        let is_allowed = refilled >= 1.0;
        *bucket = (if is_allowed { refilled - 1.0 } else { refilled }, now);
        is_allowed
    }
}

impl FakeAws {
    /// Starts a server with this many tenant keys. It runs until the runtime ends.
    pub(crate) fn start(runtime: &Runtime, tenant_keys: usize, rates: Rates) -> Self {
        let counts = Arc::<Counts>::default();
        let bucket = (rates == Rates::AsAws).then(|| Arc::new(Mutex::new((BURST, Instant::now()))));
        let account = Account { tenant_keys, counts: Arc::clone(&counts), bucket };
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let router = Router::new().fallback(answer).with_state(account);
        runtime.spawn(async move { axum::serve(listener, router).await });
        Self { url, counts }
    }
}

async fn answer(State(account): State<Account>, request: Request) -> Response {
    let target = request.headers().get("x-amz-target").and_then(|target| target.to_str().ok());
    if let Some(operation) = target.and_then(|target| target.strip_prefix("DynamoDB_20120810.")) {
        let operation = operation.to_owned();
        let body = axum::body::to_bytes(request.into_body(), 1 << 20).await.unwrap_or_default();
        let input: Value = serde_json::from_slice(&body).unwrap_or_default();
        match &*operation {
            "Scan" => drop(account.counts.scan_pages.fetch_add(1, Ordering::Relaxed)),
            "Query" => drop(account.counts.query_pages.fetch_add(1, Ordering::Relaxed)),
            _ => {}
        }
        return json_response(tables::answer(&operation, &input, account.tenant_keys));
    }
    let path = request.uri().path().trim_matches('/').to_owned();
    let query = request.uri().query().unwrap_or_default().to_owned();
    let parts: Vec<&str> = path.split('/').collect();
    match parts[..] {
        [""] => return caller_identity(),
        _ if !account.allows_call() => {
            account.counts.refused.fetch_add(1, Ordering::Relaxed);
            return too_many_requests();
        }
        _ => account.counts.control_plane.fetch_add(1, Ordering::Relaxed),
    };
    let body = match parts[..] {
        ["usageplans"] => json!({ "item": (0..PLAN_COUNT).map(rows::plan).collect::<Vec<_>>() }),
        ["apikeys"] => api_keys(&query),
        ["usageplans", plan, "keys"] => json!({ "item": rows::members(plan, PLAN_COUNT, API_KEY_COUNT) }),
        ["usageplans", plan, "usage"] => {
            json!({ "usagePlanId": plan, "startDate": "2026-11-01", "endDate": "2026-11-01", "items": {} })
        }
        ["tags", ..] => json!({ "tags": {} }),
        _ => return (StatusCode::NOT_FOUND, "{\"message\":\"not served\"}").into_response(),
    };
    json_response(body.to_string())
}

fn api_keys(query: &str) -> Value {
    let position = query.split('&').find_map(|part| part.strip_prefix("position="));
    let start: usize = position.and_then(|text| text.parse().ok()).unwrap_or(0);
    let end = (start + PAGE_SIZE).min(API_KEY_COUNT);
    let keys: Vec<_> = (start..end).map(rows::api_key).collect();
    match end < API_KEY_COUNT {
        true => json!({ "item": keys, "position": end.to_string() }),
        false => json!({ "item": keys }),
    }
}

fn caller_identity() -> Response {
    let body = "<GetCallerIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\">\
                <GetCallerIdentityResult><Arn>arn:aws:iam::000000000000:user/bench</Arn>\
                <UserId>bench</UserId><Account>000000000000</Account></GetCallerIdentityResult>\
                </GetCallerIdentityResponse>";
    ([(header::CONTENT_TYPE, "text/xml")], body).into_response()
}

fn too_many_requests() -> Response {
    let headers = [("x-amzn-errortype", "TooManyRequestsException")];
    (StatusCode::TOO_MANY_REQUESTS, headers, "{\"message\":\"Too Many Requests\"}").into_response()
}

fn json_response(body: String) -> Response {
    ([(header::CONTENT_TYPE, "application/json")], body).into_response()
}
