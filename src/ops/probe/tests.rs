//! Tests series of calls against a minimal server: order, tally, cancellation, giving up.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::sync::{Arc, Mutex};

use keypool_domain::{StageRef, TenantKey, testing};

use super::*;
use crate::aws::{CredentialSource, Target};
use crate::ops::CallRequest;

const KEY: &str = "k0123456789abcdefghijklmnopqrstuvwxyz";

/// Serves one connection per response, then closes the port.
fn server(responses: Vec<&'static str>) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("loopback");
    let address = listener.local_addr().expect("bound");
    std::thread::spawn(move || {
        for response in responses {
            let (mut stream, _) = listener.accept().expect("a connection");
            let mut buffer = [0; 4096];
            let _ = stream.read(&mut buffer).expect("a request");
            stream.write_all(response.as_bytes()).expect("sent");
        }
    });
    address
}

const OK: &str = "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 2\r\n\r\n{}";
const THROTTLED: &str = "HTTP/1.1 429 Slow\r\nx-amzn-errortype: TooManyRequestsException\r\nconnection: close\r\n\
                         content-length: 0\r\n\r\n";
const QUOTA_EXHAUSTED: &str = "HTTP/1.1 429 Spent\r\nx-amzn-errortype: LimitExceededException\r\n\
                               connection: close\r\ncontent-length: 0\r\n\r\n";

fn inventory() -> Inventory {
    let tenant_key = TenantKey {
        name: "n".into(),
        value: Some(Secret::new(KEY)).into(),
        ..TenantKey::new("k1", "plan", "acme")
    };
    testing::inventory(Vec::new(), vec![tenant_key])
}

fn probe_plan(address: SocketAddr, count: u32, rate: Option<f64>) -> ProbePlan {
    let request = CallRequest {
        invoke_url: format!("http://{address}/prod"),
        method: "GET".into(),
        path: "/api".into(),
        ..Default::default()
    };
    ProbePlan { tenant_key: "k1".into(), request, count, rate }
}

async fn aws() -> Aws {
    let target = Target {
        credentials: CredentialSource::Demo,
        endpoint_url: Some("http://127.0.0.1:9".into()),
        ..Target::default()
    };
    Aws::connect(&target).await.expect("nothing is called")
}

async fn run(
    probe_plan: &ProbePlan,
    cancel_after: Option<usize>,
) -> (Vec<Sample>, Result<ProbeResult, Failure>) {
    let aws = aws().await;
    let samples = Arc::new(Mutex::new(Vec::new()));
    let cancel = CancellationToken::new();
    let on_sample = |sample| {
        let mut samples = samples.lock().expect("one thread");
        samples.push(sample);
        if Some(samples.len()) == cancel_after {
            cancel.cancel();
        }
    };
    let result = probe(&aws, &inventory(), probe_plan, &on_sample, &cancel).await;
    let samples = samples.lock().expect("one thread").clone();
    (samples, result)
}

#[tokio::test]
async fn samples_come_in_order_and_are_counted_by_verdict() {
    let address = server(vec![OK, THROTTLED, QUOTA_EXHAUSTED, OK]);
    let (samples, result) = run(&probe_plan(address, 4, None), None).await;
    let verdicts: Vec<_> = samples.iter().map(|sample| sample.verdict).collect();
    assert_eq!(verdicts, [Verdict::Ok, Verdict::Throttled, Verdict::QuotaExhausted, Verdict::Ok]);
    let result = result.expect("responses");
    assert_eq!(result.tally, Tally { ok: 2, throttled: 1, quota_exhausted: 1, ..Tally::default() });
    assert!(!result.stopped);
    assert_eq!(samples[2].error_type.as_deref(), Some("LimitExceededException"));
    assert!(!format!("{samples:?}").contains(KEY));
}

#[tokio::test]
async fn a_rate_keeps_the_order_of_sending() {
    let address = server(vec![OK, QUOTA_EXHAUSTED, OK]);
    let (samples, result) = run(&probe_plan(address, 3, Some(1_000.0)), None).await;
    assert_eq!((samples.len(), result.expect("responses").tally.total()), (3, 3));
    assert!(samples.windows(2).all(|pair| pair[0].at <= pair[1].at));
}

#[tokio::test]
async fn cancelling_ends_the_series_with_the_samples_so_far() {
    let address = server(vec![OK, OK, OK]);
    let (samples, result) = run(&probe_plan(address, 100, None), Some(2)).await;
    assert_eq!(samples.len(), 2);
    assert_eq!(result, Ok(ProbeResult { tally: Tally { ok: 2, ..Tally::default() }, stopped: true }));
}

#[tokio::test]
async fn cancelling_does_not_wait_for_a_response() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("loopback");
    let probe_plan = probe_plan(listener.local_addr().expect("bound"), 3, None);
    let cancel = CancellationToken::new();
    let (stop, (release, wait_for_release)) = (cancel.clone(), std::sync::mpsc::channel::<()>());
    let silent_server = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().expect("a connection");
        let _ = stream.read(&mut [0; 4096]).expect("a request");
        stop.cancel();
        let _ = wait_for_release.recv();
    });
    let result = probe(&aws().await, &inventory(), &probe_plan, &|_| (), &cancel).await;
    assert_eq!(result, Ok(ProbeResult { tally: Tally::default(), stopped: true }));
    drop(release);
    silent_server.join().expect("served");
}

#[tokio::test]
async fn a_failed_connection_after_a_response_is_a_sample() {
    let address = server(vec![OK]);
    let (samples, result) = run(&probe_plan(address, 3, None), None).await;
    assert_eq!(result.expect("a response").tally, Tally { ok: 1, other: 2, ..Tally::default() });
    assert!(samples[1].status.is_none() && samples[1].error.is_some());
}

#[tokio::test]
async fn the_series_fails_early_when_nothing_responds() {
    let (samples, result) = run(&probe_plan(server(vec![]), 1_000, None), None).await;
    assert_eq!(samples.len(), 3);
    assert!(
        matches!(result, Err(Failure::Unreachable { endpoint, .. }) if endpoint.starts_with("127.0.0.1:"))
    );
}

#[tokio::test]
async fn invalid_requests_are_refused_before_any_call() {
    let closed = "127.0.0.1:9".parse().expect("address");
    for (count, rate) in [(0, None), (1, Some(0.0)), (1, Some(-1.0)), (1, Some(f64::NAN)), (1, Some(1e-9))] {
        let (samples, result) = run(&probe_plan(closed, count, rate), None).await;
        assert!(
            samples.is_empty() && matches!(result, Err(Failure::InvalidCall(_))),
            "{count} {rate:?}: {result:?}"
        );
    }
    let mut remote = probe_plan(closed, 1, None);
    remote.request.invoke_url = "http://192.0.2.1/prod".into();
    let (samples, result) = run(&remote, None).await;
    assert!(
        samples.is_empty() && matches!(result, Err(Failure::InvalidCall(why)) if why.contains("unencrypted"))
    );
}

#[tokio::test]
async fn a_key_is_sent_only_to_hosts_configured_for_its_api() {
    let hosts = |hosts: &[&str]| hosts.iter().map(ToString::to_string).collect::<Vec<_>>();
    let target = Target {
        credentials: CredentialSource::Demo,
        endpoint_url: Some("https://gateway.corp.example".into()),
        call_hosts: BTreeMap::from([
            ("abc123".to_owned(), hosts(&["api.example.com"])),
            ("other9".to_owned(), hosts(&["other.example.com"])),
        ]),
        stage_urls: BTreeMap::from([(
            StageRef { api: "abc123".into(), stage: "prod".into() },
            "https://stage.example.com/v1".to_owned(),
        )]),
        ..Target::default()
    };
    let aws = Aws::connect(&target).await.expect("nothing is called");
    let is_sent = |url: &str, apis: &[&str], domains: &[String]| {
        let request = CallRequest {
            invoke_url: url.to_owned(),
            method: "GET".into(),
            path: "/api".into(),
            ..CallRequest::default()
        };
        aws.check_recipient(apis, &request.check().expect("a request"), domains).is_ok()
    };
    for (url, apis, expected) in [
        ("https://api.example.com/v1", &["abc123"][..], true),
        ("https://API.example.com./v1", &["abc123"], true),
        ("https://api.example.com/v1", &["other9"], false),
        ("https://other.example.com/v1", &["abc123"], false),
        ("https://other.example.com/v1", &["abc123", "other9"], true),
        ("https://evil.example.com/v1", &["abc123"], false),
        ("https://stage.example.com/v1", &["abc123"], true),
        ("https://stage.example.com/v1", &["other9"], false),
    ] {
        assert_eq!(is_sent(url, apis, &[]), expected, "{url} {apis:?}");
    }
    let mapped = ["mapped.example.com".to_owned()];
    assert!(is_sent("https://mapped.example.com/v1", &["abc123"], &mapped), "a custom domain of the API");
    assert!(!is_sent("https://mapped.example.com/v1", &["abc123"], &[]));
}
