//! `keypool call`.

use std::io::Read;
use std::net::TcpListener;
use std::time::Duration;

use jiff::tz::TimeZone;
use keypool_local_aws::World;
use serde_json::{Value, json};

use crate::support::accounts::both_machines;
use crate::support::command::{Machine, field_values};
use crate::support::named_hosts::NamedHosts;
use crate::support::tls_server::TlsServer;

/// The burst refills more slowly than a test runs, so that results do not depend on the speed of calls.
const LIMIT_TO_BURST_OF_5: &str = "plans edit TestPlan --rate 0.01 --burst 5 --yes";
/// More than it takes to refill a burst of 5 at [`LIMIT_TO_BURST_OF_5`].
const REFILL_TIME: Duration = Duration::from_secs(600);

/// A key of TestPlan in the sample, with tables and without.
fn samples() -> impl Iterator<Item = (Machine, String)> {
    both_machines().map(|machine| {
        let slowed = machine.run(LIMIT_TO_BURST_OF_5);
        assert_eq!(slowed.status, 0, "{}", slowed.stderr);
        let key = machine.ids("keys list --plan TestPlan").remove(0);
        (machine, key)
    })
}

/// Advances the clock of the local AWS to noon of the next day, for which no calls have been counted.
fn advance_to_next_day(machine: &Machine) {
    let clock = machine.aws().clock();
    let now = clock.now();
    let tomorrow = now.to_zoned(TimeZone::UTC).date().tomorrow().expect("a day");
    let noon = tomorrow.at(12, 0, 0, 0).to_zoned(TimeZone::UTC).expect("a time").timestamp();
    clock.advance(noon.duration_since(now).unsigned_abs());
}

#[test]
fn json_has_the_kind_of_each_call_and_the_counts() {
    for (machine, key) in samples() {
        advance_to_next_day(&machine);
        let called = machine.json(&format!("call --key {key} --count 7"));
        assert_eq!(called["key"], json!(key));
        assert_eq!(called["plan"], "TestPlan");
        assert_eq!(called["request"]["method"], "GET");
        let url = called["request"]["url"].as_str().expect("an address");
        assert!(url.starts_with(&machine.aws().endpoint()) && url.ends_with("/prod/api"), "{url}");
        let kinds = field_values(&called["calls"], "kind");
        assert_eq!(kinds, ["ok", "ok", "ok", "ok", "ok", "throttled", "throttled"]);
        assert_eq!(called["calls"][0]["status"], 200);
        assert_eq!(called["calls"][0]["errorType"], Value::Null);
        assert_eq!(called["calls"][6]["n"], 7);
        assert_eq!(called["calls"][6]["errorType"], "TooManyRequestsException");
        assert!(called["calls"][6]["latencyMs"].is_u64());
        assert_eq!(
            called["counts"],
            json!({ "ok": 5, "throttled": 2, "quota": 0, "forbidden": 0, "other": 0 })
        );
        assert!(called["resetsAt"].as_str().is_some_and(|at| at.ends_with("T00:00:00Z")), "{called}");
        let names: Vec<_> = called.as_object().expect("an object").keys().collect();
        assert_eq!(names, ["key", "plan", "request", "calls", "counts", "resetsAt"]);
    }
}

#[test]
fn a_call_beyond_the_quota_exits_with_status_0_and_is_explained() {
    for (machine, key) in samples() {
        advance_to_next_day(&machine);
        for _ in 0..4 {
            machine.aws().clock().advance(REFILL_TIME);
            assert_eq!(machine.json(&format!("call --key {key} --count 5"))["counts"]["ok"], 5);
        }
        machine.aws().clock().advance(REFILL_TIME);
        let output = machine.run(&format!("call --key {key}"));
        assert_eq!(output.status, 0, "{}", output.stderr);
        assert!(
            output.stdout.contains("429") && output.stdout.contains("LimitExceededException"),
            "{}",
            output.stdout
        );
        for words in
            ["1 call: 1 quota", "retrying does not help", "TestPlan limit: 20/day", "resets expected"]
        {
            assert!(output.stderr.contains(words), "`{words}` is not in: {}", output.stderr);
        }
    }
}

#[test]
fn a_refused_call_is_explained_by_the_api_and_a_configured_url_is_called_instead() {
    for (machine, key) in samples() {
        advance_to_next_day(&machine);
        let call = |machine: &Machine| machine.run(&format!("call --key {key} -o json"));
        let api = "w4k8t2m7xq";
        machine.patch(&format!("/restapis/{api}"), DISABLE_ENDPOINT);
        machine.post(&format!("/restapis/{api}/deployments"), r#"{"stageName":"prod"}"#);
        let refused = call(&machine);
        assert_eq!(refused.status, 0, "{}", refused.stderr);
        for words in [
            "forbidden: the gateway refused the call before the method",
            "forbidden: 403 Forbidden: the default endpoint (execute-api) is disabled",
            "fix: call a custom",
        ] {
            assert!(refused.stderr.contains(words), "`{words}` is not in: {}", refused.stderr);
        }
        machine.post("/domainnames", r#"{"domainName":"api.example.com"}"#);
        let mapping = format!(r#"{{"basePath":"v1","restApiId":"{api}","stage":"prod"}}"#);
        machine.post("/domainnames/api.example.com/basepathmappings", &mapping);
        let accepted = call(&machine);
        assert!(accepted.stdout.contains("/_aws/domain-names/api.example.com/v1"), "{}", accepted.stdout);
        assert!(accepted.stderr.contains("1 call: 1 ok"), "{}", accepted.stderr);

        machine.post("/domainnames", r#"{"domainName":"own.example.com"}"#);
        let mapping = format!(r#"{{"restApiId":"{api}","stage":"prod"}}"#);
        machine.post("/domainnames/own.example.com/basepathmappings", &mapping);
        let url = format!("{}/_aws/domain-names/own.example.com", machine.aws().endpoint());
        let config = format!("[api.\"{api}:prod\"]\nurl = \"{url}\"\n");
        let file = machine.path("own.toml");
        std::fs::write(&file, config).expect("a file");
        let configured = machine.run(&format!("call --key {key} -o json --config {}", file.display()));
        assert!(configured.stdout.contains("own.example.com"), "{}{}", configured.stdout, configured.stderr);
        assert!(configured.stderr.contains("1 call: 1 ok"), "{}", configured.stderr);
    }
}

const DISABLE_ENDPOINT: &str =
    r#"{"patchOperations":[{"op":"replace","path":"/disableExecuteApiEndpoint","value":"true"}]}"#;

#[test]
fn the_limit_that_refuses_a_call_is_named_once() {
    for (machine, key) in samples() {
        advance_to_next_day(&machine);
        let throttled = machine.run(&format!("call --key {key} --count 7"));
        assert_eq!(throttled.stderr.matches("TestPlan limit").count(), 1, "{}", throttled.stderr);
    }
}

#[test]
fn a_403_of_the_resource_policy_is_not_explained_by_a_spent_quota() {
    for (machine, key) in samples() {
        advance_to_next_day(&machine);
        for _ in 0..4 {
            machine.aws().clock().advance(REFILL_TIME);
            assert_eq!(machine.json(&format!("call --key {key} --count 5"))["counts"]["ok"], 5);
        }
        let api = "w4k8t2m7xq";
        let set_policy = |op: &str, policy: &str| {
            let patch = json!({ "patchOperations": [{ "op": op, "path": "/policy", "value": policy }] });
            machine.patch(&format!("/restapis/{api}"), &patch.to_string());
        };
        set_policy(
            "replace",
            r#"{"Statement":{"Effect":"Deny","Principal":"*","Action":"*","Resource":"*"}}"#,
        );
        machine.post(&format!("/restapis/{api}/deployments"), r#"{"stageName":"prod"}"#);
        let allow = r#"{"Statement":{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}}"#;
        set_policy("replace", allow);
        machine.aws().clock().advance(REFILL_TIME);
        let refused = machine.run(&format!("call --key {key}"));
        assert!(
            refused.stderr.contains("no check explains this 403; recent edits of the API"),
            "{}",
            refused.stderr
        );
        assert!(!refused.stderr.contains("Limit Exceeded"), "{}", refused.stderr);
    }
}

#[test]
fn a_table_and_a_csv_have_a_line_for_each_call() {
    for (machine, key) in samples() {
        advance_to_next_day(&machine);
        let table = machine.run(&format!("call --key {key} --count 2")).stdout;
        let lines: Vec<_> = table.lines().collect();
        assert!(
            lines[0].split_whitespace().eq(["N", "STATUS", "KIND", "ERROR", "TYPE", "MS", "ERROR"]),
            "{table}"
        );
        assert_eq!(lines.len(), 3, "{table}");
        let csv = machine.run(&format!("call --key {key} --count 2 -o csv")).stdout;
        assert!(
            csv.starts_with("key,plan,request.method,request.url,calls.n,calls.status,calls.kind,"),
            "{csv}"
        );
        assert_eq!(csv.lines().count(), 3, "{csv}");
    }
}

#[test]
fn method_path_and_header_are_sent_as_given() {
    for (machine, key) in samples() {
        advance_to_next_day(&machine);
        let line = ["--key", &key, "--method", "post", "--path", "/api?x=1", "--header", "X-Note: two words"];
        let words: Vec<&str> = ["call", "-o", "json"].into_iter().chain(line).collect();
        let output = machine.run_args(&words);
        let called: Value = serde_json::from_str(&output.stdout).expect("JSON");
        assert_eq!(called["request"]["method"], "POST");
        assert_eq!(called["calls"][0]["errorType"], "MissingAuthenticationTokenException");
        assert!(output.stderr.contains("has no such path or method"), "{}", output.stderr);
    }
}

#[test]
fn invalid_requests_are_refused_with_a_reason() {
    for (machine, key) in samples() {
        let assert_refused = |words: &[&str], message: &str| {
            let line: Vec<&str> = ["call", "--key", &key].into_iter().chain(words.iter().copied()).collect();
            let output = machine.run_args(&line);
            assert_eq!((output.status, output.stdout.as_str()), (2, ""), "{words:?}: {}", output.stderr);
            assert!(output.stderr.contains(message), "{words:?}: {}", output.stderr);
        };
        assert_refused(&["--header", "x-api-key: mine"], "carries the selected tenant key");
        assert_refused(&["--header", "Host: evil.example"], "set by the connection");
        assert_refused(&["--header", "nonsense"], "`Name: value`");
        assert_refused(&["--path", "/a b"], "percent-encode");
        assert_refused(&["--count", "0"], "count must be at least 1");
        assert_refused(&["--rate", "0"], "give a rate above 0");
        assert_refused(&["--stage", "beta"], "does not cover the stage `beta`");
        assert_refused(&["--method", "POST", "--readonly"], "read-only");
        assert_eq!(machine.run("call --key nothere000").status, 2);
    }
}

#[test]
fn the_key_value_is_never_printed() {
    for (machine, key) in samples() {
        advance_to_next_day(&machine);
        let shown = machine.json(&format!("keys show {key} --reveal"));
        let value = shown["value"].as_str().expect("a value").to_owned();
        for format in ["-o json", "-o csv", ""] {
            let output = machine.run(&format!("call --key {key} --count 2 {format}"));
            assert!(output.status == 0 && !output.stdout.contains(&value) && !output.stderr.contains(&value));
        }
    }
}

#[test]
fn the_key_is_sent_only_to_allowed_hosts() {
    let machine = Machine::with_local_aws(World::Sample);
    let key = machine.ids("keys list --plan TestPlan").remove(0);
    let url = format!("{}/_aws/execute-api/w4k8t2m7xq/prod/", machine.aws().endpoint());
    let called = machine.json(&format!("call --key {key} --url {url}"));
    assert_eq!(called["counts"]["ok"], 1, "{called}");
    // A key of a local AWS is sent only to this machine, even if another host is configured.
    let file = "[call.hosts]\nw4k8t2m7xq = [\"api.example.com\"]\n";
    let machine = machine.with_file(".config/keypool/config.toml", file);
    let output = machine.run(&format!("call --key {key} --url https://api.example.com/v1"));
    assert_ne!(output.status, 0, "{}", output.stdout);
    assert!(output.stderr.contains("is not sent to api.example.com"), "{}", output.stderr);
    let shown = machine.json("config");
    let settings = shown.as_array().expect("a list");
    let setting =
        settings.iter().find(|setting| setting["setting"] == "call.hosts.w4k8t2m7xq").expect("the hosts");
    assert_eq!(setting["value"], "api.example.com");
    assert!(setting["from"].as_str().is_some_and(|from| from.ends_with("config.toml:2:14")), "{setting}");
}

#[test]
fn a_server_with_a_self_signed_certificate_is_called_only_if_the_bundle_has_it() {
    for (machine, key) in samples() {
        let (server, other) = (TlsServer::start(), TlsServer::start());
        let bundle = machine.path("ca.pem");
        let call = |pem: &str| {
            std::fs::write(&bundle, pem).expect("written");
            let line = format!("call --key {key} --url https://{}/prod -o json", server.address);
            machine.run(&format!("{line} --ca-bundle {}", bundle.display()))
        };
        let refused = call(&other.pem);
        let report = format!("{}{}", refused.stdout, refused.stderr);
        assert!(report.contains("its certificate is not trusted: its issuer is unknown"), "{report}");
        assert_eq!(server.heads(), Vec::<String>::new(), "the key is not sent");
        let accepted = call(&server.pem);
        assert_eq!(accepted.status, 0, "{}", accepted.stderr);
        assert!(accepted.stderr.contains("1 call: 1 ok"), "{}{}", accepted.stdout, accepted.stderr);
        let heads = server.heads();
        assert!(heads.len() == 1 && heads[0].starts_with("GET /prod/api HTTP/1.1"), "{heads:?}");
    }
}

#[test]
fn http_to_a_server_that_speaks_tls_and_the_reverse_are_named() {
    for (machine, key) in samples() {
        let call = |url: &str| {
            let output = machine.run(&format!("call --key {key} --url {url}/prod -o json"));
            format!("{}{}", output.stdout, output.stderr)
        };
        let report = call(&format!("http://{}", TlsServer::start().address));
        assert!(report.contains("it speaks TLS on this port: call it with https://"), "{report}");
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let url = format!("https://{}", listener.local_addr().expect("its address"));
        std::thread::spawn(move || {
            for mut stream in listener.incoming().map_while(Result::ok) {
                // Closing with unread bytes would reset the connection.
                let _ = stream.read(&mut [0; 4096]);
            }
        });
        let report = call(&url);
        assert!(report.contains("it closes the connection during the TLS handshake"), "{report}");
    }
}

#[test]
fn a_key_of_aws_is_sent_to_the_custom_domains_of_its_apis_only() {
    let machine = Machine::with_local_aws(World::Sample);
    let key = machine.ids("keys list --plan TestPlan").remove(0);
    let other_api = machine.create_api_named("other");
    for (domain, api) in [("api.example.com", "w4k8t2m7xq"), ("other.example.com", other_api.as_str())] {
        machine.post("/domainnames", &json!({ "domainName": domain }).to_string());
        let mapping = json!({ "restApiId": api, "stage": "prod" }).to_string();
        machine.post(&format!("/domainnames/{domain}/basepathmappings"), &mapping);
    }
    let proxy = NamedHosts::start(&machine.aws().endpoint()).proxy();
    let aws = "http://apigateway.us-east-1.amazonaws.com";
    let machine = machine.with_env("AWS_ENDPOINT_URL", aws).with_env("HTTP_PROXY", proxy.as_str());
    let machine = machine.with_env("HTTPS_PROXY", proxy);
    for (host, is_allowed) in
        [("api.example.com", true), ("other.example.com", false), ("unmapped.example.com", false)]
    {
        let output = machine.run(&format!("call --key {key} --url https://{host}/v1"));
        let report = format!("{}{}", output.stdout, output.stderr);
        assert_eq!(report.contains("through the proxy"), is_allowed, "{host}: {report}");
        assert_ne!(report.contains(&format!("is not sent to {host}")), is_allowed, "{host}: {report}");
    }
}
