//! Field names of each command's `-o json` output, and its exit status.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use keypool_local_aws::World;

use super::fields::collect_names;
use crate::support::command::Machine;
use crate::support::dates::closed_month;

const READ_COMMANDS: [&str; 17] = [
    "plans",
    "pools",
    "keys list",
    "keys show SILOED",
    "whose POOLED",
    "doctor",
    "explain SILOED",
    "explain POOLED",
    "usage",
    "usage --by plan",
    "usage --by tenant",
    "usage --by day",
    "report --month CLOSED",
    "setup",
    "setup methods",
    "iam --mode owner",
    "call --key SILOED",
];

const WRITE_COMMANDS: [&str; 26] = [
    "keys create --plan PremiumPlan --tenant acme --name one --dry-run",
    "keys create --plan PremiumPlan --tenant acme --name one --reveal",
    "keys edit SILOED --name two",
    "keys rotate SILOED --grace 0s --yes",
    "keys isolate POOLED --yes",
    "keys import FILE.csv --dry-run",
    "keys import FILE.csv --yes",
    "keys delete OTHER --yes",
    "pools set FreePlan --capacity 99",
    "pools grow FreePlan --count 1 --yes",
    "pools create PremiumPlan --new 2 --dry-run",
    "pools rotate POOLKEY --grace 0s --yes",
    "plans create Gold --rate 1 --burst 1 --quota 5/day --yes",
    "plans edit Gold --rate 2 --burst 2 --yes",
    "plans release Gold --yes",
    "plans adopt Gold --yes",
    "plans delete Gold --yes",
    "usage extend APIKEY --add 5 --reason golden --yes",
    "setup tables --yes",
    "setup role arn:aws:iam::123456789012:role/logs --dry-run",
    "doctor --fix --yes",
    "verify --yes",
    "audit",
    "keys rotate SILOED --grace 1h --yes",
    "keys list --ending",
    "keys retire --due --yes",
];

/// Commands that are refused or fail.
const FAILING_COMMANDS: [&str; 4] = [
    "keys show nothing-of-that-id",
    "plans --no-such-flag",
    "keys delete SILOED",
    "whose nobody-has-this-key-at-all",
];

struct SampleIds {
    siloed: Vec<String>,
    pooled: Vec<String>,
    pool_keys: Vec<String>,
}

impl SampleIds {
    fn read_from(machine: &Machine) -> Self {
        let keys = machine.json("keys list");
        let ids_of_mode = |mode: &str| {
            let keys = keys.as_array().expect("a list").iter().filter(|key| key["mode"] == mode);
            keys.filter_map(|key| key["id"].as_str().map(str::to_owned)).collect()
        };
        let pools = machine.json("pools");
        let keys = pools.as_array().expect("a list").iter().flat_map(|pool| pool["keys"].as_array());
        let pool_keys = keys.flatten().filter_map(|key| key["apiKeyId"].as_str().map(str::to_owned));
        Self { siloed: ids_of_mode("siloed"), pooled: ids_of_mode("pooled"), pool_keys: pool_keys.collect() }
    }

    fn fill_in(&self, line: &str, machine: &Machine) -> String {
        line.replace("SILOED", &self.siloed[0])
            .replace("OTHER", &self.siloed[1])
            .replace("APIKEY", &self.siloed[2])
            .replace("POOLED", &self.pooled[0])
            .replace("POOLKEY", &self.pool_keys[0])
            .replace("CLOSED", &closed_month().strftime("%Y-%m").to_string())
            .replace("FILE.csv", &machine.path("keys.csv").display().to_string())
    }
}

fn drifted_machine() -> Machine {
    let csv = "name,key,description,enabled,usageplanIds\nimported,0123456789abcdefghij,,true,\n";
    Machine::with_local_aws(World::SampleDrifted).with_file("keys.csv", csv)
}

fn summarize_outputs(machine: &Machine, lines: &[&str]) -> String {
    let mut all = String::new();
    for line in lines {
        let output =
            machine.run(&format!("{} -o json", SampleIds::read_from(machine).fill_in(line, machine)));
        let mut names = BTreeSet::new();
        match serde_json::from_str(&output.stdout) {
            Ok(value) => collect_names(&value, "", &mut names),
            Err(_) => {
                assert!(output.status != 0 && !output.stderr.is_empty(), "{line}: neither JSON nor an error")
            }
        }
        writeln!(all, "$ keypool {line}    [exit status {}]", output.status).expect("a line");
        names.iter().for_each(|name| writeln!(all, "    {name}").expect("a line"));
    }
    all
}

#[test]
fn fields_of_what_is_read() {
    insta::assert_snapshot!(summarize_outputs(&drifted_machine(), &READ_COMMANDS));
}

#[test]
fn fields_of_what_is_written() {
    insta::assert_snapshot!(summarize_outputs(&drifted_machine(), &WRITE_COMMANDS));
}

#[test]
fn statuses_of_what_fails() {
    insta::assert_snapshot!(summarize_outputs(&drifted_machine(), &FAILING_COMMANDS));
}

/// Which kinds of alerts about quotas there are depends on the day of the month.
#[test]
fn fields_of_alerts() {
    let machine = Machine::with_local_aws(World::SampleLogged);
    let output = machine.run("alerts --from-log --last 1h -o json");
    let mut names = BTreeSet::new();
    collect_names(&serde_json::from_str(&output.stdout).expect("JSON"), "", &mut names);
    names.retain(|name| !name.contains(" = ") || name.ends_with("loud-neighbour"));
    let names: Vec<_> = names.into_iter().collect();
    insta::assert_snapshot!(format!("[exit status {}]\n{}", output.status, names.join("\n")));
}
