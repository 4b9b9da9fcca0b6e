//! Field names of the audit trail file, over many kinds of change.

use std::collections::BTreeSet;

use keypool_local_aws::World;
use serde_json::Value;

use super::fields::collect_names;
use crate::support::command::Machine;

#[test]
fn fields_of_the_audit_trail() {
    let machine = Machine::with_local_aws(World::Sample);
    let siloed = machine.ids("keys list --plan PremiumPlan")[0].clone();
    let pooled = machine.ids("keys list --plan FreePlan")[0].clone();
    for line in [
        "keys create --plan PremiumPlan --tenant acme --name one".to_owned(),
        format!("keys edit {siloed} --name two"),
        format!("keys isolate {pooled} --yes"),
        format!("usage extend {siloed} --add 5 --reason golden --yes"),
        "plans edit FreePlan --rate 1 --burst 1 --yes".to_owned(),
        "pools set FreePlan --capacity 99".to_owned(),
        format!("keys delete {siloed} --yes"),
    ] {
        let output = machine.run(&line);
        assert_eq!(output.status, 0, "{line}: {}", output.stderr);
    }
    let text = std::fs::read_to_string(machine.path(".local/state/keypool/audit.jsonl")).expect("a trail");
    let mut names = BTreeSet::new();
    for line in text.lines() {
        let line: Value = serde_json::from_str(line).expect("JSON");
        let event = line["event"].as_str().expect("an event").to_owned();
        collect_names(&line, &event, &mut names);
    }
    insta::assert_snapshot!(names.into_iter().collect::<Vec<_>>().join("\n"));
}
