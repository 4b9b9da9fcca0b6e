//! `keypool report --access-log`: every shape of a log, fields named by settings, and logs that cannot be used.

use std::io::{Read, Write};
use std::net::TcpStream;

use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use keypool_local_aws::World;
use serde_json::{Value, json};

use crate::support::command::{CommandOutput, Machine};
use crate::support::dates::closed_month;

/// Two times in the closed month, and one in the month before.
fn times() -> [Timestamp; 3] {
    let noon =
        |date: jiff::civil::Date| date.at(12, 0, 0, 0).to_zoned(TimeZone::UTC).expect("a time").timestamp();
    let first = closed_month();
    [first, first.saturating_add(1.day()), first.saturating_sub(1.day())].map(noon)
}

fn shared_api_key(machine: &Machine) -> String {
    let keys = machine.json("keys list --plan BasicPlan --tenant globex");
    keys[0]["apiKeyId"].as_str().expect("an API key").to_owned()
}

fn run_report(machine: Machine, log: &str) -> (Machine, CommandOutput) {
    let machine = machine.with_file("access.log", log);
    let file = machine.path("access.log");
    let month = closed_month().strftime("%Y-%m");
    let output = machine.run(&format!("report --month {month} --access-log {} -o json", file.display()));
    (machine, output)
}

/// The calls of globex with shared keys of BasicPlan.
fn globex_calls(output: &CommandOutput) -> u64 {
    assert_eq!(output.status, 0, "{}", output.stderr);
    let report: Value = serde_json::from_str(&output.stdout).expect("JSON");
    let tenants = report.as_array().expect("a list");
    let globex = tenants.iter().find(|charges| charges["tenant"] == "globex").expect("globex");
    let plans = globex["plans"].as_array().expect("a list");
    let line = plans.iter().find(|line| line["plan"] == "BasicPlan").expect("BasicPlan");
    line["calls"].as_u64().expect("a count")
}

fn lines(lines: impl IntoIterator<Item = String>) -> String {
    lines.into_iter().map(|line| line + "\n").collect()
}

#[test]
fn every_shape_of_an_access_log_has_the_same_calls() {
    let mut machine = Machine::with_local_aws(World::Sample);
    let api_key = shared_api_key(&machine);
    let call = |time: Value| json!({"requestId": "r", "apiKeyId": api_key, "tenant": "globex", "status": "200", "ts": time});
    let dated = times().map(|time| call(time.as_millisecond().into()).to_string());
    let undated = call("-".into()).to_string();
    let events = times().map(|time| {
        json!({"logStreamName": "s", "timestamp": time.as_millisecond(), "message": undated, "eventId": "e"})
    });
    let page = serde_json::to_string_pretty(&json!({ "events": events, "searchedLogStreams": [] }));
    let page = page.expect("JSON");
    for (name, log) in [
        ("milliseconds", lines(dated.clone())),
        ("a byte order mark", format!("\u{feff}{}", lines(dated.clone()))),
        ("seconds", lines(times().map(|time| call(time.as_second().into()).to_string()))),
        ("ISO times", lines(times().map(|time| call(time.to_string().into()).to_string()))),
        (
            "requestTime",
            lines(times().map(|time| {
                let time = time.strftime("%d/%b/%Y:%H:%M:%S +0000").to_string();
                call(time.into()).to_string().replace("\"ts\"", "\"requestTime\"")
            })),
        ),
        ("aws logs tail", lines(times().map(|time| format!("{time} s {undated}")))),
        ("an export to S3", lines(times().map(|time| format!("{time} {undated}")))),
        ("filter-log-events", page.clone()),
        ("compact filter-log-events", page.replace("\n", "").replace("  ", "")),
    ] {
        let (same_machine, output) = run_report(machine, &log);
        assert_eq!(globex_calls(&output), 2, "{name}: {}", output.stderr);
        let outside = format!("1 call outside {}", closed_month().strftime("%Y-%m"));
        assert!(output.stderr.contains(&outside), "{name}: {}", output.stderr);
        machine = same_machine;
    }
}

#[test]
fn settings_name_the_fields_of_an_access_log() {
    let settings = "[charging.access_log]\napi_key = \"identity.apiKeyId\"\ntenant = \"authorizer.tenantId\"\n\
                    time = \"at\"\nstatus = \"response_status\"\n";
    let machine = Machine::with_local_aws(World::Sample).with_file(".config/keypool/config.toml", settings);
    let api_key = shared_api_key(&machine);
    let [dotted, nested, _] = times().map(|time| time.as_millisecond());
    let log = [
        json!({"identity.apiKeyId": api_key, "authorizer.tenantId": "globex", "response_status": 200, "at": dotted}),
        json!({"identity": {"apiKeyId": api_key}, "authorizer": {"tenantId": "globex"}, "response_status": 200, "at": nested}),
    ];
    let (machine, output) = run_report(machine, &lines(log.map(|call| call.to_string())));
    assert_eq!(globex_calls(&output), 2, "{}", output.stderr);

    let set = "setup logging --access-log arn:aws:logs:us-east-1:123456789012:log-group:calls --yes";
    let output = machine.run(set);
    assert_eq!(output.status, 0, "{}", output.stderr);
    let steps = machine.run("setup -o json").stdout;
    assert!(steps.contains("`report` can read its lines"), "{steps}");
    // With other settings, the same format cannot be read.
    let machine = machine.with_file(".config/keypool/config.toml", "");
    let steps = machine.run("setup -o json").stdout;
    assert!(steps.contains("it has no field apiKeyId for the API key"), "{steps}");
}

#[test]
fn a_log_of_which_nothing_can_be_read_is_refused_and_freezes_nothing() {
    let mut machine = Machine::with_local_aws(World::Sample);
    let clf = "203.0.113.9 - - [10/Oct/2026:12:00:00 +0000] \"GET /api HTTP/1.1\" 200 17 r1\n";
    let undated = json!({"apiKeyId": "k", "tenant": "globex", "status": 200}).to_string();
    for (log, why) in [
        (clf, "line 1: it is in the format CLF, which does not name the API key"),
        ("203.0.113.9,-,-,k,curl/8,10/Nov/2026:12:00:00 +0000,GET,/api,HTTP/1.1,200", "the format CSV"),
        (undated.as_str(), "line 1: it has no time"),
        ("", "it is empty"),
    ] {
        let (same_machine, output) = run_report(machine, log);
        assert_eq!((output.status, output.stdout.as_str()), (1, ""), "{log}: {}", output.stderr);
        assert!(output.stderr.contains("access.log cannot be used"), "{}", output.stderr);
        assert!(output.stderr.contains(why), "{log}: {}", output.stderr);
        assert!(output.stderr.contains("\"apiKeyId\":\"$context.identity.apiKeyId\""), "{}", output.stderr);
        assert!(!same_machine.path(".local/state/keypool/reports").exists(), "{log}");
        machine = same_machine;
    }
}

#[test]
fn the_local_aws_serves_an_access_log_that_the_report_reads() {
    let machine = Machine::with_local_aws(World::Sample);
    let set = "setup logging --access-log arn:aws:logs:us-east-1:123456789012:log-group:calls --yes";
    assert_eq!(machine.run(set).status, 0);
    let keys = machine.json("keys list --plan BasicPlan --tenant globex");
    let key = keys[0]["id"].as_str().expect("an id").to_owned();
    let called = machine.run_args(&["call", "--key", &key, "--header", "x-tenant-id: globex"]);
    assert_eq!(called.status, 0, "{}", called.stderr);
    let log = get(machine.aws().endpoint(), "/_local-aws/access-log");
    assert!(log.starts_with(r#"{"ts":""#) && log.ends_with("}\n"), "{log}");
    let (_, output) = run_report(machine, &log);
    let outside = format!("1 call outside {}", closed_month().strftime("%Y-%m"));
    assert!(output.stderr.contains(&outside), "{}", output.stderr);
}

/// The body of a response.
fn get(endpoint: String, path: &str) -> String {
    let host = endpoint.trim_start_matches("http://").trim_end_matches('/');
    let mut stream = TcpStream::connect(host).expect("a connection");
    let request = format!("GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).expect("sent");
    let mut response = String::new();
    stream.read_to_string(&mut response).expect("a response");
    response.split_once("\r\n\r\n").expect("a body").1.to_owned()
}

#[test]
fn unknown_tenants_of_a_log_are_named_up_to_ten_and_counted_beyond() {
    let machine = Machine::with_local_aws(World::Sample);
    let (key, time) = (shared_api_key(&machine), times()[0].as_millisecond());
    let line = |tenant: &str| {
        json!({ "apiKeyId": key, "tenant": tenant, "requestTimeEpoch": time, "status": "200" }).to_string()
    };
    let once = (0..12).map(|number| line(&format!("stranger-{number:02}")));
    let (_, output) = run_report(machine, &lines(once.chain([line("stranger-11")])));
    let notes: Vec<_> = output.stderr.lines().filter(|line| line.starts_with("note: the log has")).collect();
    assert_eq!(notes.len(), 11, "{}", output.stderr);
    assert!(notes[0].contains("2 calls of stranger-11"), "{notes:?}");
    assert!(notes[10].contains("2 calls of 2 more such tenants"), "{notes:?}");
}
