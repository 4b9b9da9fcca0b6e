//! `keypool usage --by tenant --from-log`: who is loud behind a shared key.

use std::io::Write;
use std::process::{Command, Stdio};

use keypool_local_aws::{Answer, Fault, World};
use serde_json::Value;

use crate::support::command::{CommandOutput, Machine};
use crate::support::logged_calls::{GROUP, GROUP_ARN, SHARED_KEY, call_as};

/// The sample, whose stage logs in [`GROUP`], and whose BasicPlan takes all calls of a test.
pub(super) fn logged_sample() -> Machine {
    let machine = Machine::with_local_aws(World::Sample);
    machine.patch(
        "/usageplans/b7m3xj",
        r#"{"patchOperations":[{"op":"replace","path":"/throttle/burstLimit","value":"5000"}]}"#,
    );
    let set = machine.run(&format!("setup logging --access-log {GROUP_ARN} --yes"));
    assert_eq!(set.status, 0, "{}", set.stderr);
    machine
}

pub(super) fn call_loudly(machine: &Machine) {
    let key = machine.get(&format!("/apikeys/{SHARED_KEY}?includeValue=true"));
    let value = key["value"].as_str().expect("a value");
    let calls = [("globex", 50), ("wayne", 11), ("hooli", 18), ("globex", 21)];
    let statuses = call_as(&machine.aws().endpoint(), value, calls);
    assert_eq!(statuses, vec![200; 100]);
    // Refused by API Gateway: no share of the calls.
    assert_eq!(call_as(&machine.aws().endpoint(), "no-key", [("wayne", 5)]), [403; 5]);
}

/// Tenant, calls and share with the shared key.
fn shares(output: &CommandOutput) -> Vec<(String, u64, String)> {
    assert_eq!(output.status, 0, "{}", output.stderr);
    let list: Value = serde_json::from_str(&output.stdout).expect("JSON");
    let tenants = list.as_array().expect("a list").iter();
    let of_tenant = |tenant: &Value| {
        let keys = tenant["keys"].as_array().expect("keys").clone();
        let shared = keys.into_iter().find(|key| key["apiKeyId"] == SHARED_KEY)?;
        assert_eq!((&shared["sharedBy"], &shared["keyCalls"]), (&3.into(), &100.into()), "{shared}");
        let name = tenant["tenant"].as_str().expect("a name").to_owned();
        Some((name, shared["calls"].as_u64().expect("calls"), shared["share"].to_string()))
    };
    tenants.filter_map(of_tenant).collect()
}

fn expected_shares() -> Vec<(String, u64, String)> {
    let shares = [("globex", 71, "71.0"), ("hooli", 18, "18.0"), ("wayne", 11, "11.0")];
    shares.map(|(tenant, calls, share)| (tenant.to_owned(), calls, share.to_owned())).into()
}

const USAGE: &str = "usage --by tenant --plan BasicPlan -o json";

#[test]
fn a_file_standard_input_log_events_and_insights_say_the_same_to_the_unit() {
    let machine = logged_sample();
    call_loudly(&machine);
    let count = |operation: &str| machine.aws().calls().count(operation);

    let events = machine.run(&format!("{USAGE} --from-log"));
    assert_eq!(shares(&events), expected_shares(), "{}", events.stderr);
    assert!(count("FilterLogEvents") > 0 && count("StartQuery") == 0);
    assert!(events.stderr.contains(&format!("in log group {GROUP} (")), "{}", events.stderr);
    assert!(events.stderr.contains("stored), by FilterLogEvents"), "{}", events.stderr);

    let filtered = count("FilterLogEvents");
    let insights = machine.run(&format!("{USAGE} --from-log cloudwatch --last 2h"));
    assert_eq!(shares(&insights), expected_shares(), "{}", insights.stderr);
    assert!(count("StartQuery") > 0 && count("FilterLogEvents") == filtered);
    assert!(insights.stderr.contains("Logs Insights scanned "), "{}", insights.stderr);

    let log = machine.aws().access_log().lines().join("\n");
    let machine = machine.with_file("access.log", &log);
    let file = machine.path("access.log").display().to_string();
    for options in ["", "--last 1h", "--days 2"] {
        let output = machine.run(&format!("{USAGE} --from-log {file} {options}"));
        assert_eq!(shares(&output), expected_shares(), "{options}: {}", output.stderr);
        let output = machine.run_with_stdin(&format!("{USAGE} --from-log - {options}"), &log);
        assert_eq!(shares(&output), expected_shares(), "{options}: {}", output.stderr);
    }
    for stderr in [events.stderr, insights.stderr] {
        assert!(!stderr.contains("not counted:") && !stderr.contains("is skipped"), "{stderr}");
    }
}

#[test]
fn a_table_says_not_counted_where_the_log_has_no_call_of_a_key() {
    let machine = logged_sample();
    call_loudly(&machine);
    let log = machine.aws().access_log().lines().join("\n");
    let machine = machine.with_file("access.log", &log);
    let file = machine.path("access.log").display().to_string();
    let table = machine.run(&format!("usage --by tenant --from-log {file}"));
    let line =
        |tenant: &str| table.stdout.lines().find(|line| line.starts_with(tenant)).expect("a line").to_owned();
    assert!(line("globex ").contains("71") && line("umbrella").contains("not counted"), "{}", table.stdout);
    assert!(!table.stdout.contains('~'), "{}", table.stdout);
    assert!(
        table.stderr.contains("not counted in this log; `keypool usage --by tenant` estimates"),
        "{}",
        table.stderr
    );
    let csv = machine.run(&format!("usage --by tenant --from-log {file} -o csv")).stdout;
    let head = "tenant,calls,keys.planId,keys.plan,keys.apiKeyId,keys.sharedBy,keys.calls,keys.share,keys.keyCalls,\
         keys.replacedBy";
    assert_eq!(csv.lines().next(), Some(head));
    assert!(csv.contains("globex,71,b7m3xj,BasicPlan,5v2seh60kv,3,71,71.0,100,"), "{csv}");
    // Of the log groups of all stages, a key without a call has none.
    let covered = machine.run("usage --by tenant --from-log").stdout;
    assert!(!covered.contains("not counted"), "{covered}");
}

/// A line of a log, with a time in its range.
fn line_of(machine: &Machine, api_key: &str, tenant: &str, status: u16) -> String {
    let at = machine.aws().clock().now().as_millisecond();
    format!(r#"{{"apiKeyId":"{api_key}","tenant":"{tenant}","status":{status},"ts":{at}}}"#)
}

#[test]
fn a_key_of_one_tenant_needs_no_tenant_and_what_does_not_count_is_counted_apart() {
    let machine = Machine::with_local_aws(World::Sample);
    let own = machine.json("keys list --tenant acme");
    let own = own.as_array().expect("a list").iter().find(|key| key["mode"] == "siloed").expect("a key");
    let (own, plan) = (own["apiKeyId"].as_str().expect("an id"), own["plan"].as_str().expect("a name"));
    let line = |api_key: &str, tenant: &str, status| line_of(&machine, api_key, tenant, status);
    let without_field = line(own, "acme", 200).replace(r#""tenant":"acme","#, "");
    let old = format!(r#"{{"apiKeyId":"{own}","tenant":"-","status":200,"time":"2020-01-01T00:00:00Z"}}"#);
    let log = [
        line(own, "-", 200),
        without_field,
        old,
        line("-", "acme", 200),
        line("-", "-", 403),
        line(own, "-", 429),
        line(SHARED_KEY, "-", 200),
        line(SHARED_KEY, "globex", 200),
        line(own, "globex", 200),
        line(own, "stranger", 200),
    ];
    let output = machine.run_with_stdin("usage --by tenant --from-log - --last 1d -o json", &log.join("\n"));
    assert_eq!(output.status, 0, "{}", output.stderr);
    let list: Value = serde_json::from_str(&output.stdout).expect("JSON");
    let keys: Vec<_> =
        list.as_array().expect("a list").iter().flat_map(|row| row["keys"].as_array()).flatten().collect();
    let calls = |id: &str| {
        let key = keys.iter().find(|key| key["apiKeyId"] == id).expect("a key");
        (key["calls"].as_u64(), key["keyCalls"].as_u64())
    };
    assert_eq!((calls(own), calls(SHARED_KEY)), ((Some(2), Some(4)), (Some(1), Some(2))), "{plan}");
    for sentence in [
        "the access log has 2 calls refused by API Gateway: not counted",
        "the access log has 1 call outside the time since 20",
        "the access log has 1 call without an API key",
        "the log has 1 call without a tenant, with shared API keys: not listed; `tenant` under",
        "the log has 1 call of globex, with another tenant's own API key: not listed",
        "the log has 1 call of stranger, which has no tenant key: not listed",
    ] {
        assert!(output.stderr.contains(sentence), "{sentence}: {}", output.stderr);
    }
    assert!(!output.stderr.contains("charged") && !output.stderr.contains("is skipped"), "{}", output.stderr);
}

#[test]
fn calls_with_the_old_value_of_a_rotated_key_are_listed_at_the_old_key() {
    let machine = Machine::with_local_aws(World::Sample);
    machine.json("keys rotate biz3mbrpjd --grace 1h --yes");
    let new = machine.json("whose biz3mbrpjd")["keys"][0]["apiKeyId"].clone();
    let log = [line_of(&machine, "biz3mbrpjd", "acme", 200), line_of(&machine, "biz3mbrpjd", "-", 200)];
    let output = machine.run_with_stdin("usage --by tenant --from-log - -o json", &log.join("\n"));
    let list: Value = serde_json::from_str(&output.stdout).expect("JSON");
    assert_eq!((&list[0]["tenant"], &list[0]["calls"]), (&"acme".into(), &2.into()), "{}", output.stderr);
    let old = &list[0]["keys"][0];
    assert_eq!((&old["apiKeyId"], &old["calls"]), (&"biz3mbrpjd".into(), &2.into()));
    assert!(old["replacedBy"].is_string() && new != "biz3mbrpjd", "{old}");
    assert!(
        output.stderr.contains("note: 2 calls with the old value of API key")
            && output.stderr.contains("biz3mbrpjd"),
        "{}",
        output.stderr
    );
}

#[test]
fn a_log_that_counts_none_of_the_keys_is_an_unfinished_check() {
    let machine = Machine::with_local_aws(World::Sample);
    let foreign = line_of(&machine, "another-account", "acme", 200);
    let output = machine.run_with_stdin("usage --by tenant --from-log -", &foreign);
    assert_eq!(output.status, 2, "{}", output.stderr);
    assert!(output.stdout.contains("not counted"), "{}", output.stdout);
    assert!(output.stderr.contains("nothing was counted: the log has no call"), "{}", output.stderr);
    let known = line_of(&machine, SHARED_KEY, "globex", 200);
    let output = machine.run_with_stdin("usage --by tenant --from-log -", &format!("{foreign}\n{known}"));
    assert_eq!(output.status, 0, "{}", output.stderr);
}

#[test]
fn calls_before_the_time_asked_for_do_not_count() {
    let machine = logged_sample();
    let old = |tenant: &str| {
        format!(
            r#"{{"apiKeyId":"{SHARED_KEY}","tenant":"{tenant}","status":200,"time":"2020-01-01T00:00:00Z"}}"#
        )
    };
    call_loudly(&machine);
    let log = machine.aws().access_log().lines().join("\n") + "\n" + &old("hooli");
    let output = machine.run_with_stdin(&format!("{USAGE} --from-log - --last 1d"), &log);
    assert_eq!(shares(&output), expected_shares(), "{}", output.stderr);
    assert!(
        output.stderr.contains("the access log has 1 call outside the time since 20"),
        "{}",
        output.stderr
    );
}

#[test]
fn what_cannot_be_counted_is_said_with_what_to_do() {
    let machine = Machine::with_local_aws(World::Sample);
    let failure = |machine: &Machine| {
        let output = machine.run("usage --by tenant --from-log");
        assert_eq!(output.stdout, "", "{}", output.stderr);
        assert_eq!(output.status, 2, "{}", output.stderr);
        output.stderr
    };
    let stderr = failure(&machine);
    assert!(
        stderr.contains("stage w4k8t2m7xq:prod has no access log: `keypool setup logging --access-log ARN"),
        "{stderr}"
    );
    let stage = "/restapis/w4k8t2m7xq/stages/prod";
    let set = |destination: &str, format: &str| {
        let operation =
            |path: &str, value: &str| serde_json::json!({"op": "replace", "path": path, "value": value});
        let operations = [
            operation("/accessLogSettings/destinationArn", destination),
            operation("/accessLogSettings/format", format),
        ];
        machine.patch(stage, &serde_json::json!({ "patchOperations": operations }).to_string());
    };
    let readable = r#"{"ts":"$context.requestTimeEpoch","apiKeyId":"$context.identity.apiKeyId","tenant":"$context.authorizer.tenantId","status":"$context.status"}"#;
    set("arn:aws:firehose:us-east-1:000000000000:deliverystream/amazon-apigateway-zoo", readable);
    let stderr = failure(&machine);
    assert!(stderr.contains("the Firehose stream amazon-apigateway-zoo, which cannot be read"), "{stderr}");
    assert!(stderr.contains("--from-log FILE"), "{stderr}");
    for (name, variable) in
        [("tenant", "$context.authorizer.tenantId"), ("apiKeyId", "$context.identity.apiKeyId")]
    {
        set(GROUP_ARN, &readable.replace(&format!(r#""{name}":"{variable}","#), ""));
        let stderr = failure(&machine);
        assert!(stderr.contains(&format!("it has no field {name}")), "{stderr}");
        assert!(stderr.contains(&format!("setup logging --access-log {GROUP_ARN}")), "{stderr}");
    }
    set(GROUP_ARN, readable);
    let stderr = failure(&machine);
    assert!(
        stderr.contains(&format!("the log group {GROUP} of stage w4k8t2m7xq:prod does not exist")),
        "{stderr}"
    );
    call_as(&machine.aws().endpoint(), "no-key", [("wayne", 1)]);
    for (operation, options) in [
        ("DescribeLogGroups", ""),
        ("FilterLogEvents", ""),
        ("StartQuery", "--last 1h"),
        ("GetQueryResults", "--last 1h"),
    ] {
        machine.aws().faults().script(Fault::on(operation, Answer::AccessDenied { action: None }));
        let output = machine.run(&format!("usage --by tenant --from-log cloudwatch {options}"));
        assert_eq!(output.status, 4, "{operation}: {}", output.stderr);
        assert!(output.stderr.contains(&format!("not allowed: logs:{operation}")), "{}", output.stderr);
        assert!(output.stderr.contains("ask for the IAM action"), "{}", output.stderr);
    }
    assert_eq!(
        machine.aws().calls().count("StopQuery"),
        1,
        "a query whose results cannot be read runs no longer"
    );
}

#[test]
fn only_usage_by_tenant_is_counted_in_a_log() {
    let machine = Machine::with_local_aws(World::Sample);
    for line in ["usage --from-log", "usage --by key --from-log x", "usage --by day --from-log -"] {
        let output = machine.run(line);
        assert_eq!(output.status, 2, "{line}: {}", output.stderr);
        assert!(output.stderr.contains("add --by tenant"), "{}", output.stderr);
    }
    for line in
        ["usage --by tenant --last 1h", "usage --by tenant --from-log --last 0", "usage --from-log --warn 80"]
    {
        assert_eq!(machine.run(line).status, 2, "{line}");
    }
}

#[test]
fn a_report_counts_the_log_groups_of_the_stages() {
    let machine = logged_sample();
    let month = |machine: &Machine| machine.aws().clock().now().strftime("%Y-%m").to_string();
    // The calls may be made around the end of a month.
    let mut months = vec![month(&machine)];
    call_loudly(&machine);
    months.push(month(&machine));
    months.dedup();
    let calls_in = |machine: &Machine, month: &str, options: &str| {
        let report = machine.json(&format!("report --month {month} {options}"));
        let list = report.as_array().expect("a list").clone();
        let globex = list.into_iter().find(|charges| charges["tenant"] == "globex").expect("globex");
        let plans = globex["plans"].as_array().expect("plans").clone();
        let line = plans.into_iter().find(|line| line["plan"] == "BasicPlan").expect("BasicPlan");
        line["calls"].as_u64().expect("calls")
    };
    let globex = |machine: &Machine, options: &str| -> u64 {
        months.iter().map(|month| calls_in(machine, month, options)).sum()
    };
    assert_eq!(globex(&machine, "--from-log"), 71);
    let log = machine.aws().access_log().lines().join("\n");
    let machine = machine.with_file("access.log", &log);
    let file = machine.path("access.log").display().to_string();
    assert_eq!(globex(&machine, &format!("--from-log {file}")), 71);
    assert_eq!(globex(&machine, &format!("--access-log {file}")), 71);
    assert_eq!(globex(&machine, ""), 0, "the calls of a shared key are of no tenant without a log");
}

#[test]
fn what_a_log_lacks_of_a_pool_key_is_said_after_the_key_was_retired_too() {
    let machine = Machine::with_local_aws(World::SampleLogged);
    let month = machine.aws().clock().now().strftime("%Y-%m").to_string();
    let counted = || -> u64 {
        let stderr = machine.run(&format!("report --month {month} --from-log")).stderr;
        let gap = stderr.lines().find(|line| line.contains("calls with shared keys of BasicPlan"));
        let (_, counted) =
            gap.and_then(|gap| gap.split_once(" of the ")).unwrap_or_else(|| panic!("{stderr}"));
        let (counted, _) = counted.split_once(" calls").unwrap_or_else(|| panic!("{stderr}"));
        counted.replace(',', "").parse().expect("a number")
    };
    let before = counted();
    machine.json(&format!("pools rotate {SHARED_KEY} --grace 0s --yes"));
    // The new key was called once, to see that it works.
    let after = counted();
    assert!((before..=before + 1).contains(&after), "{before} before, {after} after");
}

#[test]
fn ctrl_c_ends_the_following_of_standard_input_and_prints_what_has_arrived() {
    let machine = Machine::with_local_aws(World::Sample);
    let mut command = machine.command(&["usage", "--by", "tenant", "--from-log", "-", "-o", "json"]);
    let piped = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = piped.spawn().expect("the binary runs");
    let mut log = child.stdin.take().expect("stdin");
    let line = format!(
        "{{\"apiKeyId\":\"{SHARED_KEY}\",\"tenant\":\"globex\",\"status\":200,\"time\":\"2026-11-28T10:00:00Z\"}}\n"
    );
    // This is more than the pipe and the program hold: once it is written, some of it has been counted.
    log.write_all(line.repeat(20_000).as_bytes()).expect("written");
    let sent = Command::new("kill").args(["-INT", &child.id().to_string()]).status();
    assert!(sent.expect("kill runs").success());
    // Standard input is still open.
    let output = child.wait_with_output().expect("an exit");
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    let tenants: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let calls = &tenants[0]["calls"];
    assert!(tenants[0]["tenant"] == "globex" && calls.as_u64().is_some_and(|calls| calls > 0), "{calls}");
    drop(log);
}
