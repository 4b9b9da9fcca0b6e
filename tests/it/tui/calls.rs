//! The test pane: requests, responses, and how they are shown.

use std::time::Duration;

use keypool::aws::Failure;
use keypool::ops::{ProbePlan, ProbeResult, Route, Sample};
use keypool::tui::{Effect, Event, Options, Query, QueryResult, TaskReport};
use keypool_domain::testing::{InventoryBuilder, start_time};
use keypool_domain::{StageRef, Verdict};

use crate::support::console::{Console, options};
use crate::support::scenario::Scenario;

const INVOKE_URL: &str = "http://127.0.0.1:4599/_aws/execute-api/a1b2c3d4e5/prod";

pub(super) fn api_route(method: &str, path: &str) -> Route {
    let stage = StageRef { api: "a1b2c3d4e5".to_owned(), stage: "prod".to_owned() };
    Route {
        stage,
        method: method.to_owned(),
        path: path.to_owned(),
        invoke_url: INVOKE_URL.to_owned(),
        needs_key: true,
    }
}

fn call_sample(status: u16, error_type: Option<&str>, body: &str) -> Sample {
    Sample {
        at: start_time(),
        verdict: Verdict::from_response(status, error_type),
        status: Some(status),
        error_type: error_type.map(str::to_owned),
        headers: vec![("content-type".to_owned(), "application/json".to_owned())],
        body: body.to_owned(),
        body_cut: false,
        latency: Duration::from_millis(12),
        error: None,
    }
}

fn ok_response() -> Sample {
    call_sample(200, None, r#"{"message":"hello"}"#)
}

fn quota_response() -> Sample {
    call_sample(429, Some("LimitExceededException"), r#"{"message":"Limit Exceeded"}"#)
}

/// A console on the keys of BasicPlan, with acme's key selected.
fn console_on_keys(width: u16, height: u16, options: Options) -> Console {
    let mut console = Console::with_options(options, InventoryBuilder::sample().build(), width, height);
    console.press("jjj 3");
    console.effects.clear();
    console
}

/// Like [`console_on_keys`], with the first call in progress.
fn console_calling(width: u16, height: u16) -> Console {
    let mut console = console_on_keys(width, height, options());
    console.press("t");
    finish_routes(&mut console);
    console
}

fn finish_routes(console: &mut Console) {
    let routes =
        QueryResult::Routes("basicplan".into(), vec![api_route("GET", "/api"), api_route("POST", "/orders")]);
    console.finish_task(TaskReport::Loaded(Ok(routes)));
}

fn receive_sample(console: &mut Console, sample: Sample) {
    console.finish_task(TaskReport::CallResult(Box::new(sample)));
}

fn end_probe(console: &mut Console) {
    console.finish_task(TaskReport::CallsEnded(Ok(ProbeResult::default())));
}

fn probes(console: &Console) -> Vec<ProbePlan> {
    let probe = |effect: &Effect| match effect {
        Effect::Probe(_, plan, _) => Some(plan.clone()),
        _ => None,
    };
    console.effects.iter().filter_map(probe).collect()
}

fn count_route_queries(console: &Console) -> usize {
    let is_route_query = |effect: &&Effect| matches!(effect, Effect::Load(_, Query::Routes(_), _));
    console.effects.iter().filter(is_route_query).count()
}

#[test]
fn one_key_calls_the_first_method_that_needs_a_key() {
    let mut console = console_on_keys(120, 40, options());
    console.press("t").shows("reading methods · Esc stops");
    assert_eq!((count_route_queries(&console), probes(&console).len()), (1, 0));
    finish_routes(&mut console);
    let probe = probes(&console)[0].clone();
    assert_eq!((probe.tenant_key.as_str(), probe.count, probe.rate), ("BasicPlan-acme-web", 1, None));
    assert_eq!((probe.request.method.as_str(), probe.request.url()), ("GET", format!("{INVOKE_URL}/api")));
    console.shows("calling 0/1");
    receive_sample(&mut console, ok_response());
    end_probe(&mut console);
    console.shows("200 · ok · 12 ms").shows("1×2xx").lacks("calling");
    console.press("t");
    assert_eq!((count_route_queries(&console), probes(&console).len()), (1, 2), "methods are listed once");
}

#[test]
fn a_refusal_is_not_judged_while_the_api_is_unread() {
    for (error_type, meaning) in [
        ("ForbiddenException", "the gateway refused the call before the method"),
        ("MissingAuthenticationTokenException", "or the method requires a signature (AWS_IAM)"),
    ] {
        let mut console = console_calling(160, 40);
        receive_sample(&mut console, call_sample(403, Some(error_type), "{}"));
        end_probe(&mut console);
        console
            .press("4")
            .shows(meaning)
            .shows("the API's own settings were not checked: x checks the API, too")
            .lacks("nothing in the account explains it");
    }
}

#[test]
fn the_api_key_is_masked_and_labelled_with_plan_and_tenant() {
    let mut console = console_calling(200, 60);
    receive_sample(&mut console, ok_response());
    end_probe(&mut console);
    let title = format!("4 Test · GET {INVOKE_URL}/api · X-Api-Key ••••cdef (BasicPlan/acme, shared by 1)");
    console.press("4").shows(&title).shows("x-api-key: ••••cdef (BasicPlan/acme web)");
    console.lacks("0123456789abcdef");
}

#[test]
fn throttling_and_spent_quota_are_shown_differently() {
    let mut console = console_calling(80, 24);
    receive_sample(
        &mut console,
        call_sample(429, Some("TooManyRequestsException"), r#"{"message":"Too Many Requests"}"#),
    );
    console
        .press("4")
        .shows("429 Too Many Requests · throttled · 12 ms")
        .shows("slow down and")
        .lacks("resets expected");
    receive_sample(&mut console, quota_response());
    end_probe(&mut console);
    console.shows("429 Limit Exceeded · quota spent · resets expected 00:00 UTC (in 5 h 12 m)");
    console.shows("retrying does not help").shows("▲■").shows("■ 1 quota spent");
    console.shows(r#""message": "Limit Exceeded""#);
    console.press("3").shows("429 · quota spent · resets expected 00:00 UTC (in 5 h 12 m)").shows("2×429");
}

#[test]
fn a_response_stays_labelled_with_the_key_of_its_call() {
    let mut console = console_calling(120, 40);
    receive_sample(&mut console, quota_response());
    end_probe(&mut console);
    console.lacks("with BasicPlan/acme").press("j");
    console.shows("(BasicPlan/globex, shared by 1)").shows("with BasicPlan/acme web: 429");
    console.press("t");
    assert_eq!(probes(&console)[1].tenant_key.as_str(), "BasicPlan-globex-web");
    console.lacks("with BasicPlan/acme").lacks("429");
}

#[test]
fn a_series_of_calls_has_a_count_and_a_rate_and_can_be_stopped() {
    let mut console = console_calling(100, 30);
    receive_sample(&mut console, ok_response());
    end_probe(&mut console);
    console.press("T").shows("series of calls").press("200<tab>").type_text("fast").press("<enter>");
    console.shows("per second must be a number").press("<ctrl-u>").type_text("2.5").press("<enter>");
    let probe = probes(&console)[1].clone();
    assert_eq!((probe.count, probe.rate), (200, Some(2.5)));
    receive_sample(&mut console, ok_response());
    console.shows("calling 1/200").press("t").shows("calls are running");
    let id = console.last_task_id();
    console.press("<esc>");
    assert_eq!(console.effects.last(), Some(&Effect::Cancel(id)));
    console.finish_task(TaskReport::CallsEnded(Ok(ProbeResult { stopped: true, ..ProbeResult::default() })));
    console.shows("stopped after 1 of 200 calls").lacks("calling");
}

#[test]
fn the_request_can_be_edited_and_invalid_headers_are_refused() {
    let mut console = console_calling(100, 30);
    receive_sample(&mut console, ok_response());
    end_probe(&mut console);
    console.press("4e").shows("API request").shows("1 of 2");
    console.press("<backtab><right>").shows("POST /orders").press("<tab><tab>").type_text("?dry=1");
    console.press("<tab>").type_text("x-api-key: mine").press("<enter>");
    console.shows("carries the selected tenant key").shows("API request");
    console
        .press("<ctrl-u>")
        .type_text("Accept: text/plain")
        .press("<tab>")
        .type_text("nonsense")
        .press("<enter>");
    console.shows("written as `Name: value`").press("<ctrl-u><tab><tab>").type_text("{}").press("<enter>");
    console.lacks("API request").press("t");
    let request = probes(&console)[1].request.clone();
    assert_eq!((request.method.as_str(), request.path.as_str()), ("POST", "/orders?dry=1"));
    assert_eq!(request.headers, [("Accept".to_owned(), "text/plain".to_owned())]);
    assert_eq!(request.body, "{}");
}

#[test]
fn a_read_only_context_sends_no_post() {
    let mut console = console_on_keys(100, 30, Options { is_read_only: true, ..options() });
    console.press("t");
    finish_routes(&mut console);
    receive_sample(&mut console, ok_response());
    end_probe(&mut console);
    console.press("4e<backtab><right><enter> t").shows("read-only");
    assert_eq!(probes(&console).len(), 1);
}

#[test]
fn failing_to_list_methods_is_not_retried_automatically() {
    let mut console = console_on_keys(100, 30, options());
    console.press("t");
    console.finish_task(TaskReport::Loaded(Err(Failure::InvalidCall("the plan covers no stage".to_owned()))));
    console.shows("the plan covers no stage");
    assert_eq!((count_route_queries(&console), probes(&console).len()), (1, 0));
    console.press("4");
    console.finish_task(TaskReport::Loaded(Err(Failure::InvalidCall("the plan covers no stage".to_owned()))));
    assert_eq!(count_route_queries(&console), 2, "a failure is not retried automatically");
    console.press("t");
    assert_eq!(count_route_queries(&console), 3);
    console.press("<esc>");
    console.finish_task(TaskReport::Loaded(Err(Failure::Cancelled)));
    assert!(probes(&console).is_empty());
}

#[test]
fn calling_a_method_without_a_required_key_warns() {
    let mut console = console_on_keys(120, 30, options());
    console.press("t");
    let open_route = Route { needs_key: false, ..api_route("GET", "/api") };
    console.finish_task(TaskReport::Loaded(Ok(QueryResult::Routes("basicplan".into(), vec![open_route]))));
    console.shows("the plan protects nothing");
}

#[test]
fn control_characters_in_a_response_are_escaped() {
    let mut console = console_calling(100, 40);
    let mut malicious = call_sample(200, None, "\u{1b}[2J\u{9b}31mred\u{7}");
    malicious.headers.push(("x-evil".to_owned(), "\u{1b}]0;title\u{7}".to_owned()));
    malicious.error_type = Some("\u{1b}[31m".to_owned());
    malicious.verdict = Verdict::Other;
    receive_sample(&mut console, malicious);
    end_probe(&mut console);
    console.press("4").shows("␛[2J·31mred␇").shows("x-evil: ␛]0;title␇").shows("200 ␛[31m");
    assert!(!console.screen().contains(|c: char| c.is_control() && c != '\n'));
}

#[test]
fn a_failed_connection_shows_its_cause() {
    let mut console = console_calling(100, 30);
    let unreachable = Sample {
        status: None,
        verdict: Verdict::Other,
        error: Some("Connection refused (os error 111)".to_owned()),
        headers: Vec::new(),
        ..call_sample(200, None, "")
    };
    receive_sample(&mut console, unreachable);
    let failure = Failure::Unreachable { endpoint: "127.0.0.1:4599".to_owned(), cause: "refused".to_owned() };
    console.finish_task(TaskReport::CallsEnded(Err(failure)));
    console
        .shows("no response: Connection refused")
        .shows("no connection to 127.0.0.1:4599")
        .shows("1×other");
}

#[test]
fn a_long_body_scrolls_to_its_end() {
    let mut console = console_calling(80, 24);
    let body: Vec<_> = (0..300).collect();
    receive_sample(&mut console, call_sample(200, None, &serde_json::to_string(&body).expect("json")));
    end_probe(&mut console);
    console.press("4").shows("│ 0,").press("G").shows("x-api-key").lacks("│ 0,");
    console.press("jjj k g").shows("200 · ok");
}

#[test]
fn the_test_pane_renders_at_every_size() {
    for (width, height) in [(40, 10), (60, 12), (80, 24), (120, 30), (200, 60)] {
        let mut console = console_calling(width, height);
        (0..500).for_each(|n| {
            receive_sample(&mut console, if n % 7 == 0 { quota_response() } else { ok_response() })
        });
        end_probe(&mut console);
        console.shows("4 Test").press("4").shows("200 · ok").press("e").shows("API request");
        console.press("<esc> T").shows("series of");
        console.send_event(Event::Tick(start_time()));
    }
}

#[test]
fn calling_with_a_disabled_key_explains_the_403() {
    let mut scenario = Scenario::builder(keypool_local_aws::World::Sample).size(100, 40).start();
    scenario.press("j 3 t").shows("200 · ok");
    scenario.press("e<tab><tab><right><enter>").shows("Cancel").press("y").shows("1 key edited");
    scenario.press("t").shows("403 Forbidden · ").press("4").shows("is disabled").shows("× 1 forbidden");
    scenario.shows("ForbiddenException").shows(r#""message": "Forbidden""#);
}
