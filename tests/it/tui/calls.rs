//! The test pane: what is called, what comes back, and how it is said.

use std::time::Duration;

use keypool::aws::Failure;
use keypool::ops::{ProbeEnd, ProbePlan, Query, Route, Sample};
use keypool::tui::{Answer, Effect, Event, Options, Outcome};
use keypool_domain::{StageRef, Verdict};

use crate::support::console::{Console, options};
use crate::support::scenario::Scenario;
use crate::support::world::{World, start};

const INVOKE: &str = "http://127.0.0.1:4599/_aws/execute-api/a1b2c3d4e5/prod";

pub(super) fn route(method: &str, path: &str) -> Route {
    let stage = StageRef { api: "a1b2c3d4e5".to_owned(), stage: "prod".to_owned() };
    Route {
        stage,
        method: method.to_owned(),
        path: path.to_owned(),
        invoke_url: INVOKE.to_owned(),
        needs_key: true,
    }
}

fn sample(status: u16, error_type: Option<&str>, body: &str) -> Sample {
    Sample {
        at: start(),
        verdict: Verdict::of(status, error_type),
        status: Some(status),
        error_type: error_type.map(str::to_owned),
        headers: vec![("content-type".to_owned(), "application/json".to_owned())],
        body: body.to_owned(),
        body_cut: false,
        latency: Duration::from_millis(12),
        error: None,
    }
}

fn ok() -> Sample {
    sample(200, None, r#"{"message":"hello"}"#)
}

fn spent() -> Sample {
    sample(429, Some("LimitExceededException"), r#"{"message":"Limit Exceeded"}"#)
}

/// On the keys of BasicPlan, the first of which is acme's.
fn on_keys(width: u16, height: u16, options: Options) -> Console {
    let mut console = Console::with(options, World::sample().build(), width, height);
    console.press("jjj 3");
    console.asked.clear();
    console
}

/// The same after the first call found out where to.
fn calling(width: u16, height: u16) -> Console {
    let mut console = on_keys(width, height, options());
    console.press("t");
    learn(&mut console);
    console
}

fn learn(console: &mut Console) {
    let routes = Answer::Routes("basicplan".into(), vec![route("GET", "/api"), route("POST", "/orders")]);
    console.done(Outcome::Loaded(Ok(routes)));
}

fn answer(console: &mut Console, sample: Sample) {
    console.done(Outcome::Sample(Box::new(sample)));
}

fn end(console: &mut Console) {
    console.done(Outcome::ProbeEnded(Ok(ProbeEnd::default())));
}

fn probes(console: &Console) -> Vec<ProbePlan> {
    let probe = |effect: &Effect| match effect {
        Effect::Probe(_, plan, _) => Some(plan.clone()),
        _ => None,
    };
    console.asked.iter().filter_map(probe).collect()
}

fn route_queries(console: &Console) -> usize {
    let is = |effect: &&Effect| matches!(effect, Effect::Load(_, Query::Routes(_), _));
    console.asked.iter().filter(is).count()
}

#[test]
fn one_key_calls_the_first_method_that_needs_a_key() {
    let mut console = on_keys(120, 40, options());
    console.press("t").sees("finding out what to call · Esc stops");
    assert_eq!((route_queries(&console), probes(&console).len()), (1, 0));
    learn(&mut console);
    let plan = probes(&console)[0].clone();
    assert_eq!((plan.row.as_str(), plan.count, plan.rate), ("BasicPlan-acme-web", 1, None));
    assert_eq!((plan.request.method.as_str(), plan.request.url()), ("GET", format!("{INVOKE}/api")));
    console.sees("calling 0/1");
    answer(&mut console, ok());
    end(&mut console);
    console.sees("200 · ok · 12 ms").sees("1×2xx").misses("calling");
    console.press("t");
    assert_eq!((route_queries(&console), probes(&console).len()), (1, 2), "the methods are read once");
}

#[test]
fn the_key_is_shown_masked_and_named_by_whose_it_is() {
    let mut console = calling(200, 60);
    answer(&mut console, ok());
    end(&mut console);
    let title = format!("4 Test · GET {INVOKE}/api · X-Api-Key ••••cdef (BasicPlan/acme, shared by 1)");
    console.press("4").sees(&title).sees("x-api-key: ••••cdef (BasicPlan/acme web)");
    console.misses("0123456789abcdef");
}

#[test]
fn the_two_429_are_told_apart_and_a_reset_is_expected() {
    let mut console = calling(80, 24);
    answer(&mut console, sample(429, Some("TooManyRequestsException"), r#"{"message":"Too Many Requests"}"#));
    console
        .press("4")
        .sees("429 Too Many Requests · throttled · 12 ms")
        .sees("slow down and")
        .misses("resets expected");
    answer(&mut console, spent());
    end(&mut console);
    console.sees("429 Limit Exceeded · quota spent · resets expected 00:00 UTC (in 5 h 12 m)");
    console.sees("retrying does not help").sees("▲■").sees("■ 1 quota spent");
    console.sees(r#""message": "Limit Exceeded""#);
    console.press("3").sees("429 · quota spent · resets expected 00:00 UTC (in 5 h 12 m)").sees("2×429");
}

#[test]
fn what_came_back_stays_labelled_with_the_key_that_was_sent() {
    let mut console = calling(120, 40);
    answer(&mut console, spent());
    end(&mut console);
    console.misses("with BasicPlan/acme").press("j");
    console.sees("(BasicPlan/globex, shared by 1)").sees("with BasicPlan/acme web: 429");
    console.press("t");
    assert_eq!(probes(&console)[1].row.as_str(), "BasicPlan-globex-web");
    console.misses("with BasicPlan/acme").misses("429");
}

#[test]
fn a_series_asks_how_many_and_how_fast_and_can_be_stopped() {
    let mut console = calling(100, 30);
    answer(&mut console, ok());
    end(&mut console);
    console.press("T").sees("a series of calls").press("200<tab>").type_in("fast").press("<enter>");
    console.sees("per second: a number").press("<ctrl-u>").type_in("2.5").press("<enter>");
    let plan = probes(&console)[1].clone();
    assert_eq!((plan.count, plan.rate), (200, Some(2.5)));
    answer(&mut console, ok());
    console.sees("calling 1/200").press("t").sees("calls are under way");
    let id = console.last_task();
    console.press("<esc>");
    assert_eq!(console.asked.last(), Some(&Effect::Cancel(id)));
    console.done(Outcome::ProbeEnded(Ok(ProbeEnd { stopped: true, ..ProbeEnd::default() })));
    console.sees("stopped after 1 of 200 calls").misses("calling");
}

#[test]
fn method_path_and_headers_are_edited_and_what_cannot_be_sent_is_refused() {
    let mut console = calling(100, 30);
    answer(&mut console, ok());
    end(&mut console);
    console.press("4e").sees("what is called").sees("1 of 2");
    console.press("<backtab><right>").sees("POST /orders").press("<tab><tab>").type_in("?dry=1");
    console.press("<tab>").type_in("x-api-key: mine").press("<enter>");
    console.sees("carries the chosen tenant key").sees("what is called");
    console
        .press("<ctrl-u>")
        .type_in("Accept: text/plain")
        .press("<tab>")
        .type_in("nonsense")
        .press("<enter>");
    console.sees("written as `Name: value`").press("<ctrl-u><tab><tab>").type_in("{}").press("<enter>");
    console.misses("what is called").press("t");
    let request = probes(&console)[1].request.clone();
    assert_eq!((request.method.as_str(), request.path.as_str()), ("POST", "/orders?dry=1"));
    assert_eq!(request.headers, [("Accept".to_owned(), "text/plain".to_owned())]);
    assert_eq!(request.body, "{}");
}

#[test]
fn a_read_only_context_only_reads_from_the_api_too() {
    let mut console = on_keys(100, 30, Options { read_only: true, ..options() });
    console.press("t");
    learn(&mut console);
    answer(&mut console, ok());
    end(&mut console);
    console.press("4e<backtab><right><enter> t").sees("read-only");
    assert_eq!(probes(&console).len(), 1);
}

#[test]
fn a_failure_to_find_the_methods_is_said_once_and_can_be_tried_again() {
    let mut console = on_keys(100, 30, options());
    console.press("t");
    console.done(Outcome::Loaded(Err(Failure::Call("the plan covers no stage".to_owned()))));
    console.sees("the plan covers no stage");
    assert_eq!((route_queries(&console), probes(&console).len()), (1, 0));
    console.press("4");
    console.done(Outcome::Loaded(Err(Failure::Call("the plan covers no stage".to_owned()))));
    assert_eq!(route_queries(&console), 2, "a failure does not go round");
    console.press("t");
    assert_eq!(route_queries(&console), 3);
    console.press("<esc>");
    console.done(Outcome::Loaded(Err(Failure::Cancelled)));
    assert!(probes(&console).is_empty());
}

#[test]
fn a_plan_that_protects_nothing_is_said() {
    let mut console = on_keys(120, 30, options());
    console.press("t");
    let open = Route { needs_key: false, ..route("GET", "/api") };
    console.done(Outcome::Loaded(Ok(Answer::Routes("basicplan".into(), vec![open]))));
    console.sees("the plan protects nothing");
}

#[test]
fn text_of_the_api_cannot_steer_the_terminal() {
    let mut console = calling(100, 40);
    let mut nasty = sample(200, None, "\u{1b}[2J\u{9b}31mred\u{7}");
    nasty.headers.push(("x-evil".to_owned(), "\u{1b}]0;title\u{7}".to_owned()));
    nasty.error_type = Some("\u{1b}[31m".to_owned());
    nasty.verdict = Verdict::Other;
    answer(&mut console, nasty);
    end(&mut console);
    console.press("4").sees("␛[2J·31mred␇").sees("x-evil: ␛]0;title␇").sees("200 ␛[31m");
    assert!(!console.screen().contains(|c: char| c.is_control() && c != '\n'));
}

#[test]
fn a_connection_that_fails_says_why() {
    let mut console = calling(100, 30);
    let lost = Sample {
        status: None,
        verdict: Verdict::Other,
        error: Some("Connection refused (os error 111)".to_owned()),
        headers: Vec::new(),
        ..sample(200, None, "")
    };
    answer(&mut console, lost);
    let failure = Failure::Unreachable { endpoint: "127.0.0.1:4599".to_owned(), why: "refused".to_owned() };
    console.done(Outcome::ProbeEnded(Err(failure)));
    console.sees("no answer: Connection refused").sees("no connection to 127.0.0.1:4599").sees("1×other");
}

#[test]
fn a_long_body_scrolls_to_its_end_and_stays_there() {
    let mut console = calling(80, 24);
    let body: Vec<_> = (0..300).collect();
    answer(&mut console, sample(200, None, &serde_json::to_string(&body).expect("json")));
    end(&mut console);
    console.press("4").sees("│ 0,").press("G").sees("x-api-key").misses("│ 0,");
    console.press("jjj k g").sees("200 · ok");
}

#[test]
fn it_draws_on_every_size_with_and_without_focus() {
    for (width, height) in [(40, 10), (60, 12), (80, 24), (120, 30), (200, 60)] {
        let mut console = calling(width, height);
        (0..500).for_each(|n| answer(&mut console, if n % 7 == 0 { spent() } else { ok() }));
        end(&mut console);
        console.sees("4 Test").press("4").sees("200 · ok").press("e").sees("what is called");
        console.press("<esc> T").sees("a series");
        console.event(Event::Tick(start()));
    }
}

#[test]
fn a_disabled_key_is_refused_and_the_reason_is_named() {
    let mut scenario = Scenario::in_world(keypool_local_aws::World::Sample).size(100, 40).open();
    scenario.press("j 3 t").sees("200 · ok");
    scenario.press("e<tab><tab><right><enter>").sees("Cancel").press("y").sees("1 key edited");
    scenario.press("t").sees("403 Forbidden · ").press("4").sees("is disabled").sees("× 1 forbidden");
    scenario.sees("ForbiddenException").sees(r#""message": "Forbidden""#);
}
