//! The scenarios that are interrupted, at least one for each operation.

use std::collections::BTreeSet;

use keypool_domain::Change;

/// Each scenario with the name of its operation.
const SCENARIOS: &[(&str, &str)] = &[
    ("create siloed", "create"),
    ("create pooled", "create"),
    ("import", "import"),
    ("edit siloed", "edit"),
    ("edit pooled", "edit"),
    ("customer", "set customer"),
    ("disable", "set enabled"),
    ("delete siloed", "delete"),
    ("delete pooled", "delete"),
    ("restore", "restore"),
    ("rotate", "rotate"),
    ("rotate with a grace period", "rotate"),
    ("rotate pool key", "rotate pool key"),
    ("rotate pool key with a grace period", "rotate pool key"),
    ("retire", "retire"),
    ("retire pool key", "retire"),
    ("isolate", "isolate"),
    ("consolidate", "consolidate"),
    ("move siloed to siloed", "change plan"),
    ("move siloed to pooled", "change plan"),
    ("move pooled to siloed", "change plan"),
    ("move pooled to pooled", "change plan"),
    ("rebalance", "rebalance"),
    ("grow", "grow"),
    ("drain", "drain"),
    ("create pool", "create pool"),
    ("create pool of new keys", "create pool"),
    ("set pool", "set pool"),
    ("dissolve pool", "dissolve pool"),
    ("create plan", "create plan"),
    ("edit plan", "edit plan"),
    ("unlink stage", "edit plan"),
    ("delete plan", "delete plan"),
    ("adopt plan", "adopt plan"),
    ("release plan", "release plan"),
    ("create in a plan that is adopted", "create"),
    ("open method", "require keys"),
    ("deploy", "deploy"),
    ("set log role", "set log role"),
    ("log stage", "set stage logging"),
    ("extend", "extend"),
    ("restore in three plans", "restore"),
    ("rotate in three plans", "rotate"),
    ("rotate pool key in three plans", "rotate pool key"),
    ("isolate in three plans", "isolate"),
    ("move siloed to siloed in three plans", "change plan"),
];

/// Operations without a scenario.
const NOT_INTERRUPTED: [&str; 2] = [
    // Trials have their tables before they start. CreateTable is one call, which setup repeats.
    "create tables",
    // The doctor runs fixes at the end of every trial.
    "fix",
];

/// Operations that only the console offers.
const WITHOUT_COMMAND: [&str; 2] = ["restore", "set enabled"];

pub(super) fn scenarios() -> impl Iterator<Item = &'static str> {
    SCENARIOS.iter().map(|(scenario, _)| *scenario)
}

/// The scenarios that a command can run.
pub(super) fn scenarios_with_command() -> impl Iterator<Item = &'static str> {
    scenarios().filter(|scenario| !WITHOUT_COMMAND.contains(&operation_name(scenario)))
}

/// The name of the scenario's operation.
pub(super) fn operation_name(scenario: &str) -> &'static str {
    let row = SCENARIOS.iter().find(|(name, _)| *name == scenario);
    row.unwrap_or_else(|| panic!("unknown scenario {scenario}")).1
}

#[test]
fn every_operation_is_interrupted() {
    let interrupted = SCENARIOS.iter().map(|(_, operation)| *operation);
    let names: BTreeSet<&str> = interrupted.chain(NOT_INTERRUPTED).collect();
    assert_eq!(names, Change::operation_names().collect());
}
