//! The audit trail and `keypool audit`.

use std::fs;
use std::path::PathBuf;

use keypool_local_aws::{Answer, Fault, World};
use serde_json::Value;

use crate::support::accounts::both_machines;
use crate::support::command::{Machine, field_values};

const CREATE: &str = "keys create --plan PremiumPlan --tenant acme --name k --reveal";

fn sample() -> Machine {
    Machine::with_local_aws(World::Sample)
}

fn trail_path(machine: &Machine) -> PathBuf {
    machine.path(".local/state/keypool/audit.jsonl")
}

fn read_trail(machine: &Machine) -> Vec<Value> {
    let text = fs::read_to_string(trail_path(machine)).expect("a trail");
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}")))
        .collect()
}

#[test]
fn a_change_is_recorded_with_actor_reason_and_outcome_but_no_secret() {
    for machine in both_machines() {
        let created = machine.run_args(
            &[&CREATE.split(' ').collect::<Vec<_>>()[..], &["--reason", "ticket 7\u{1b}[2J", "-o", "json"]]
                .concat(),
        );
        assert_eq!(created.status, 0, "{}", created.stderr);
        let created: Value = serde_json::from_str(&created.stdout).expect("JSON");
        let (id, value) =
            (created[0]["id"].as_str().expect("an id"), created[0]["value"].as_str().expect("a value"));
        machine.json(&format!("keys edit {id} --name other"));

        let text = fs::read_to_string(trail_path(&machine)).expect("a trail");
        assert!(value.len() >= 20 && !text.contains(value) && !text.contains('\u{1b}'), "{text}");
        let events: Vec<_> = read_trail(&machine).iter().map(|line| line["event"].clone()).collect();
        assert_eq!(events, ["begin", "end", "begin", "end"]);

        let trail = machine.json("audit");
        assert_eq!(field_values(&trail, "outcome"), ["done", "done"]);
        let (first, second) = (&trail[0], &trail[1]);
        assert_eq!(first["who"], "arn:aws:iam::000000000000:root");
        assert_eq!(first["reason"], "ticket 7\u{1b}[2J");
        assert_eq!(first["operation"], "create 1 key in PremiumPlan for acme");
        assert_eq!((&first["tenants"][0], &first["created"][0]), (&"acme".into(), &id.into()));
        assert!(first["steps"].as_array().is_some_and(|steps| steps.len() >= 2), "{first}");
        assert_eq!(first["region"], "us-east-1");
        assert!(first["endpoint"].as_str().is_some_and(|url| url.starts_with("http://127.0.0.1")));
        assert_eq!(
            (&second["before"][0]["name"], &second["after"][0]["name"]),
            (&"k".into(), &"other".into())
        );
        assert_eq!(second["reason"], Value::Null);
    }
}

#[test]
fn refused_commands_and_dry_runs_leave_no_trail() {
    let machine = sample();
    let id = machine.ids("keys list --plan PremiumPlan")[0].clone();
    assert_eq!(machine.run("keys create --plan FreePlan --tenant acme --name k --count 9999").status, 2);
    assert_eq!(machine.run(&format!("keys delete {id} --dry-run")).status, 0);
    assert_eq!(machine.json("audit"), Value::Array(vec![]), "no change was started");
    machine.json(&format!("keys delete {id} --yes"));
    let trail = machine.json("audit");
    assert_eq!(
        (&trail[0]["deleted"][0], &trail[0]["before"][0]["id"]),
        (&id.as_str().into(), &id.as_str().into())
    );
}

#[test]
fn a_pool_import_is_recorded_with_its_tenants() {
    let machine = sample();
    let path = machine.path("pools.json");
    fs::write(&path, r#"[{"planId": "u5cq7z", "capacity": 7, "apiKeys": ["33xtplpft7"]}]"#).expect("a file");
    machine.json(&format!("pools import {} --yes", path.display()));
    let trail = machine.json("audit");
    assert_eq!(trail[0]["operation"], "import 1 pool");
    assert_eq!(
        (&trail[0]["before"][0]["capacity"], &trail[0]["after"][0]["capacity"]),
        (&100.into(), &7.into())
    );
    assert_eq!(trail[0]["tenants"].as_array().map(Vec::len), Some(12));
}

#[test]
fn the_trail_can_be_filtered_and_written_as_csv() {
    for machine in both_machines() {
        machine.json(CREATE);
        machine.json(&CREATE.replace("acme", "globex"));
        assert_eq!(field_values(&machine.json("audit --tenant globex"), "outcome"), ["done"]);
        assert_eq!(machine.json("audit --since 2999-01-01"), Value::Array(vec![]));
        assert_eq!(machine.json("audit --since 2026-01-01T00:00:00Z").as_array().map(Vec::len), Some(2));
        assert_eq!(machine.run("audit --since yesterday").status, 2);
        let csv = machine.run("audit -o csv").stdout;
        assert_eq!(csv.lines().count(), 3, "{csv}");
        assert!(
            csv.starts_with(
                "time,who,profile,region,endpoint,operation,reason,outcome,ended,error,tenants,steps,"
            ),
            "{csv}"
        );
        assert_eq!(machine.run("audit").stdout.lines().count(), 3);
    }
}

#[test]
fn the_demo_leaves_no_trail() {
    let machine = Machine::new();
    assert_eq!(machine.run(&format!("--demo {CREATE}")).status, 0);
    assert!(!trail_path(&machine).exists());
    assert_eq!(machine.json("audit"), Value::Array(vec![]));
}

/// Checks that a change is refused with these words and nothing is changed.
fn assert_refused(machine: &Machine, words: &str) {
    let before = machine.ids("keys list");
    let output = machine.run(CREATE);
    assert_eq!((output.status, output.stdout.as_str()), (1, ""), "{}", output.stderr);
    assert!(
        output.stderr.contains("the audit trail cannot be written") && output.stderr.contains(words),
        "{}",
        output.stderr
    );
    assert!(output.stderr.contains("nothing was changed"), "{}", output.stderr);
    assert_eq!(machine.ids("keys list"), before);
}

#[cfg(unix)]
#[test]
fn no_change_is_made_if_the_trail_cannot_be_written() {
    use std::os::unix::fs::PermissionsExt;
    let mode = |path: &PathBuf| fs::metadata(path).expect("it is there").permissions().mode() & 0o777;
    let machine = sample();
    machine.json(CREATE);
    let trail = trail_path(&machine);
    let folder = trail.parent().expect("a folder").to_owned();
    assert_eq!((mode(&trail), mode(&folder)), (0o600, 0o700));

    fs::set_permissions(&trail, fs::Permissions::from_mode(0o644)).expect("permissions");
    assert_refused(&machine, "other users can open it (mode 0644)");
    fs::remove_file(&trail).expect("removed");
    fs::create_dir(&trail).expect("a folder in its place");
    assert_refused(&machine, "it is not a regular file");
    fs::remove_dir_all(&folder).expect("removed");
    fs::write(&folder, "a file where the folder should be").expect("a file");
    assert_refused(&machine, "audit.jsonl");
}

#[cfg(unix)]
#[test]
fn a_full_disk_is_detected_before_any_change() {
    let machine = sample();
    let before = machine.ids("keys list");
    let command = machine.command(&CREATE.split(' ').collect::<Vec<_>>());
    // A file size limit of 0 behaves like a full disk and needs neither another user nor another disk.
    let limited = "trap '' XFSZ; ulimit -f 0; exec \"$0\" \"$@\"";
    let mut shell = std::process::Command::new("/bin/sh");
    shell.args(["-c", limited]).arg(command.get_program()).args(command.get_args()).env_clear();
    shell.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
    let output = shell.output().expect("the binary runs");
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.code() == Some(1) && stderr.contains("the audit trail cannot be written"),
        "{stderr}"
    );
    assert_eq!(machine.ids("keys list"), before);
}

#[test]
fn concurrent_processes_never_mix_their_lines() {
    const PROCESSES: usize = 6;
    let machine = sample();
    let start = |n: usize| {
        let tenant = format!("tenant-{n}-{}", "x".repeat(200));
        let words =
            ["keys", "create", "--plan", "FreePlan", "--tenant", &tenant, "--name", "k", "--count", "9"];
        machine.command(&words).stdout(std::process::Stdio::null()).spawn().expect("the binary runs")
    };
    let children: Vec<_> = (0..PROCESSES).map(start).collect();
    for mut child in children {
        assert!(child.wait().expect("exit status").success());
    }
    let lines = read_trail(&machine);
    assert_eq!(lines.len(), 2 * PROCESSES);
    assert_eq!(field_values(&machine.json("audit"), "outcome"), vec!["done"; PROCESSES]);
}

#[test]
fn a_truncated_line_does_not_affect_other_entries() {
    let machine = sample();
    machine.json(CREATE);
    let trail = trail_path(&machine);
    let text = fs::read_to_string(&trail).expect("a trail");
    fs::write(&trail, format!("{text}{{\"event\":\"beg")).expect("half a line");
    machine.json(CREATE);
    let output = machine.run("audit -o json");
    assert!(output.stderr.contains("1 line of "), "{}", output.stderr);
    let entries: Value = serde_json::from_str(&output.stdout).expect("JSON");
    assert_eq!(field_values(&entries, "outcome"), ["done", "done"]);
}

#[test]
fn the_change_of_a_killed_process_is_shown_as_unfinished() {
    let machine = sample();
    machine.aws().faults().script(Fault::on("CreateApiKey", Answer::Hang));
    let mut child = machine.command(&CREATE.split(' ').collect::<Vec<_>>()).spawn().expect("the binary runs");
    while machine.aws().calls().count("CreateApiKey") == 0 {
        assert!(child.try_wait().expect("a state").is_none(), "it exited too early");
        std::thread::yield_now();
    }
    child.kill().expect("killed");
    child.wait().expect("exit status");
    let trail = machine.json("audit");
    assert_eq!((&trail[0]["outcome"], &trail[0]["ended"]), (&"unfinished".into(), &Value::Null));
}

/// The two trail lines of a completed change.
fn trail_lines(id: &str, context: &str, operation: &str) -> String {
    format!(
        r#"{{"event":"begin","id":"{id}","time":"2026-11-22T10:00:00.123456789Z","who":null,{context},"reason":null,"operation":"{operation}","tenants":[],"steps":[],"before":[]}}
{{"event":"end","id":"{id}","time":"2026-11-22T10:00:01.5Z","outcome":"done","error":null,"created":[],"edited":[],"deleted":[],"moved":[],"after":[]}}
"#
    )
}

#[test]
fn the_table_shows_context_and_time_within_140_columns() {
    let long = format!("edit usage plan Basic: {}", "method limit 1 req/s, burst 1: GET /pets; ".repeat(9));
    let trail = [
        trail_lines("a", r#""profile":"prod","region":"eu-central-1","endpoint":null"#, "delete key"),
        trail_lines("b", r#""profile":null,"region":"us-east-1","endpoint":"http://127.0.0.1:4599""#, &long),
    ];
    let machine = Machine::new().with_file(".local/state/keypool/audit.jsonl", &trail.concat());
    let table = machine.run("audit").stdout;
    assert!(table.starts_with("TIME                  CONTEXT"), "{table}");
    assert!(table.contains("2026-11-22T10:00:00Z  prod eu-central-1"), "{table}");
    assert!(table.contains("127.0.0.1:4599 us-east-1"), "{table}");
    assert!(table.contains('…') && table.lines().all(|line| line.chars().count() <= 140), "{table}");
    let csv = machine.run("audit -o csv").stdout;
    assert!(csv.contains(&long) && csv.contains("10:00:00.123456789Z") && !csv.contains("context"), "{csv}");
    assert_eq!(machine.json("audit")[1]["operation"], long.as_str());
}

#[test]
fn adopting_and_releasing_a_plan_records_its_price_list_entry() {
    let machine = sample();
    for line in ["plans release TestPlan --yes", "plans adopt TestPlan --yes"] {
        assert_eq!(machine.run(line).status, 0, "{line}");
    }
    let trail = machine.json("audit");
    let entry = |index: usize, when: &str| trail[index][when][0]["priceList"].clone();
    assert_eq!((&entry(0, "before")["quota"], entry(0, "after")), (&"20 per DAY".into(), Value::Null));
    assert_eq!((entry(1, "before"), &entry(1, "after")["quota"]), (Value::Null, &"20 per DAY".into()));
    assert_eq!(trail[0]["after"].as_array().map(Vec::len), Some(1), "{trail}");
}
