//! Output formats: field names in JSON and columns in CSV are a public interface.

use keypool_local_aws::World;

use crate::support::command::Machine;
use crate::support::dates::{closed_month, mask_times};

fn sample() -> Machine {
    Machine::with_local_aws(World::Sample)
}

#[test]
fn json_of_plans() {
    insta::assert_snapshot!(sample().run("plans -o json").stdout);
}

#[test]
fn json_of_pools() {
    insta::assert_snapshot!(sample().run("pools -o json").stdout);
}

#[test]
fn json_of_tenant_keys() {
    insta::assert_snapshot!(mask_times(&sample().run("keys list --tenant acme -o json").stdout));
}

#[test]
fn json_of_one_tenant_key_is_an_object() {
    let machine = sample();
    let id = &machine.ids("keys list --tenant acme --plan TestPlan")[0];
    insta::assert_snapshot!(mask_times(&machine.run(&format!("keys show {id} -o json")).stdout));
}

#[test]
fn json_of_a_dry_run() {
    let line = "keys create --plan TestPlan --tenant acme --name web --count 2 --dry-run -o json";
    insta::assert_snapshot!(sample().run(line).stdout);
}

#[test]
fn lists_as_tables() {
    let machine = sample();
    let lines = ["plans", "pools", "keys list --plan PremiumPlan", "keys list --tenant unknown"];
    let outputs: Vec<String> =
        lines.map(|line| format!("$ keypool {line}\n{}", machine.run(line).stdout)).to_vec();
    insta::assert_snapshot!(mask_times(&outputs.join("\n")));
}

#[test]
fn lists_as_csv() {
    let machine = sample();
    let lines = ["plans", "pools", "keys list --plan PremiumPlan", "keys list --tenant unknown"];
    let outputs: Vec<String> = lines
        .map(|line| format!("$ keypool {line} -o csv\n{}", machine.run(&format!("{line} -o csv")).stdout))
        .to_vec();
    insta::assert_snapshot!(mask_times(&outputs.join("\n")));
}

/// Commands that print a list, with their CSV header.
const CSV_HEADERS: [(&str, &str); 9] = [
    (
        "plans",
        "id,name,description,model,tenants,tenantKeys,rate,burst,quota.limit,quota.period,quota.offset,price,apiKeys,\
         stages,methodThrottles,productCode",
    ),
    ("pools", "planId,plan,strategy,capacity,keys.apiKeyId,keys.tenants,keys.capacity,keys.state"),
    (
        "keys list",
        "id,name,tenant,plan,planId,mode,apiKeyId,enabled,description,createdAt,customerId,expiresAt,apiKeyCreatedAt,ageDays,rotation,rotatedAt",
    ),
    (
        "usage",
        "planId,plan,apiKeyId,tenants,sharedBy,calls,used,limit,left,percent,resetsAt,callsPerDay,runsOut,daysAtLimit,\
         settling,source",
    ),
    (
        "usage --by plan",
        "planId,plan,keys,calls,used,limit,left,percent,resetsAt,callsPerDay,runsOut,daysAtLimit,settling,source",
    ),
    ("usage --by tenant", "tenant,calls,estimate,shared.planId,shared.apiKeyId,shared.calls,shared.sharedBy"),
    ("usage --by day", "day,planId,plan,calls"),
    (
        "report --month CLOSED",
        "month,tenant,currency,plans.planId,plans.plan,plans.price,plans.days,plans.calls,plans.estimate,plans.sharedCalls,\
         plans.sharedBy,plans.included,plans.overage,plans.metered,plans.total,tenantTotal",
    ),
    (
        "audit",
        "time,who,profile,region,endpoint,operation,reason,outcome,ended,error,tenants,steps,created,edited,deleted,moved,tablesEndpoint",
    ),
];

#[test]
fn csv_and_json_have_the_same_field_names() {
    let machine = sample();
    machine.json("keys create --plan PremiumPlan --tenant acme --name k");
    let month = closed_month().strftime("%Y-%m").to_string();
    for (line, head) in CSV_HEADERS {
        let line = line.replace("CLOSED", &month);
        let csv = machine.run(&format!("{line} -o csv"));
        assert_eq!((csv.status, csv.stdout.lines().next()), (0, Some(head)), "{line}: {}", csv.stderr);
        assert!(csv.stdout.lines().count() > 1, "{line} prints no lines");
        let json = machine.json(&line);
        // Nested values that do not fit a CSV cell.
        let json_only = ["before", "after"];
        let names = json[0].as_object().expect("an object").keys().map(String::as_str);
        let mut names: Vec<_> = names.filter(|name| !json_only.contains(name)).collect();
        let mut header_names: Vec<_> =
            head.split(',').map(|path| path.split('.').next().unwrap_or(path)).collect();
        [&mut names, &mut header_names].into_iter().for_each(|list| {
            list.sort_unstable();
            list.dedup();
        });
        assert_eq!(names, header_names, "{line}");
    }
}

#[test]
fn only_reveal_shows_key_values() {
    let machine = sample();
    let revealed = machine.json("keys list --reveal");
    let values: Vec<&str> = revealed
        .as_array()
        .expect("a list")
        .iter()
        .map(|key| key["value"].as_str().expect("a value"))
        .collect();
    let without_reveal = ["-o json", "-o csv", ""].map(|format| machine.run(&format!("keys list {format}")));
    for value in values {
        assert!(value.len() >= 20, "not a real value");
        assert!(
            without_reveal
                .iter()
                .all(|output| !output.stdout.contains(value) && !output.stderr.contains(value))
        );
    }
}

#[test]
fn control_characters_from_aws_are_escaped() {
    let machine = sample();
    machine.post("/usageplans", r#"{"name":"a\u001b[2J\u009b31m\u202eb\r\n"}"#);
    for format in ["", "-o json"] {
        let output = machine.run(&format!("plans {format}"));
        let controls_the_terminal = |c: char| c.is_control() && c != '\n' || c == '\u{202e}';
        assert!(output.status == 0 && !output.stdout.contains(controls_the_terminal), "{:?}", output.stdout);
    }
    let table = machine.run("plans").stdout;
    assert!(table.contains("a\\u{1b}[2J\\u{9b}31m\\u{202e}b\\r\\n"), "{table}");
    let plans = machine.json("plans");
    let name = "a\u{1b}[2J\u{9b}31m\u{202e}b\r\n";
    assert_eq!(plans[4]["name"], name);
    let csv = machine.run("plans -o csv").stdout;
    assert!(csv.contains(name), "what is no terminal gets the exact text: {csv:?}");
    let refused = machine.run_args(&["keys", "show", "\u{1b}[2J\u{202e}"]);
    assert!(refused.status == 2 && !refused.stderr.contains(['\u{1b}', '\u{202e}']), "{:?}", refused.stderr);
}

#[cfg(unix)]
#[test]
fn a_closed_pipe_ends_the_command_quietly() {
    use std::process::Stdio;

    let machine = sample();
    let mut child = machine
        .command(&["keys", "list", "-o", "json"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the binary runs");
    drop(child.stdout.take());
    let output = child.wait_with_output().expect("an exit");
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
}
