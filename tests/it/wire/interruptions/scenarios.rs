//! The scenarios that are interrupted, at least one for each operation.

use std::collections::BTreeSet;

use keypool_domain::{Change, PlanChange};

use super::operations::{Operation, OperationBuilder, delete_operation, disable_operation, edit_operation};
use crate::wire::test_account::TestAccount;

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
    ("end grace period", "retire"),
    ("end grace period of pool key", "retire"),
    ("end expired key", "set enabled"),
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

/// Suffix of operations on API keys that are in the usage plans of three services.
const IN_THREE_PLANS_SUFFIX: &str = " in three plans";

/// Operations without a scenario.
const NOT_INTERRUPTED: [&str; 2] = [
    // Trials have their tables before they start. `table_indexes.rs` interrupts it.
    "set up tables",
    // The doctor runs fixes at the end of every trial.
    "fix",
];

/// Scenarios that only the console offers.
const WITHOUT_COMMAND: [&str; 3] = ["restore", "restore in three plans", "disable"];

pub(super) fn scenarios() -> impl Iterator<Item = &'static str> {
    SCENARIOS.iter().map(|(scenario, _)| *scenario)
}

/// The scenarios that a command can run.
pub(super) fn scenarios_with_command() -> impl Iterator<Item = &'static str> {
    scenarios().filter(|scenario| !WITHOUT_COMMAND.contains(scenario))
}

/// The name of the scenario's operation.
pub(super) fn operation_name(scenario: &str) -> &'static str {
    let row = SCENARIOS.iter().find(|(name, _)| *name == scenario);
    row.unwrap_or_else(|| panic!("unknown scenario {scenario}")).1
}

/// Brings the account into the state that the scenario needs.
pub(super) async fn prepare_operation(scenario: &str, account: &TestAccount) -> Operation {
    let siloed_key = account.create_key(&account.siloed_plan, "own").await;
    let shared_keys = account.create_keys(&account.pooled_plan, "shared", 4).await;
    if scenario.ends_with(IN_THREE_PLANS_SUFFIX) {
        let [first, second] = &account.pool_keys;
        account.create_services(&[&siloed_key.require_api_key().expect("known"), first, second]).await;
    }
    let builder = OperationBuilder { account, siloed_key, shared_keys };
    match scenario.trim_end_matches(IN_THREE_PLANS_SUFFIX) {
        "create siloed" => builder.create("Siloed", &account.siloed_plan),
        "create pooled" => builder.create("Sharded", &account.pooled_plan),
        "import" => builder.import(),
        "edit siloed" => edit_operation(&builder.siloed_key),
        "customer" => {
            let id = &builder.siloed_key.id;
            let change = Change::SetCustomer { tenant_key: id.clone(), customer: "cust-1".to_owned() };
            Operation::new(format!("keys edit {id} --customer-id cust-1"), change)
        }
        "disable" => disable_operation(&builder.siloed_key),
        "edit pooled" => edit_operation(&builder.shared_keys[0]),
        "delete siloed" => delete_operation(&builder.siloed_key),
        "delete pooled" => delete_operation(&builder.shared_keys[0]),
        "restore" => builder.restore().await,
        "rotate" => builder.rotate(0),
        "rotate with a grace period" => builder.rotate(3_600),
        "rotate pool key" => builder.rotate_pool_key(0),
        "rotate pool key with a grace period" => builder.rotate_pool_key(3_600),
        "retire" => {
            builder.retire(builder.rotate(3_600), &builder.siloed_key.require_api_key().expect("known")).await
        }
        "retire pool key" => builder.retire(builder.rotate_pool_key(3_600), &builder.pool_key()).await,
        "end grace period" => {
            let old = builder.siloed_key.require_api_key().expect("known");
            let retire = builder.retire(builder.rotate(3_600), &old).await;
            builder.end_due("keys retire --due", retire).await
        }
        "end grace period of pool key" => {
            let retire = builder.retire(builder.rotate_pool_key(3_600), &builder.pool_key()).await;
            builder.end_due("pools retire --due", retire).await
        }
        "end expired key" => builder.end_expired_key().await,
        "isolate" => {
            let id = &builder.shared_keys[0].id;
            Operation::new(format!("keys isolate {id}"), Change::Isolate(vec![id.clone()]))
        }
        "consolidate" => builder.consolidate().await,
        "rebalance" => builder.rebalance().await,
        "grow" => {
            let grow = Change::Grow { plan: account.pooled_plan.clone(), count: 1 };
            Operation::new("pools grow Sharded".to_owned(), grow)
        }
        "drain" => {
            builder.apply(Change::Grow { plan: account.pooled_plan.clone(), count: 1 }).await;
            let key = builder.pool_key();
            Operation::new(format!("pools drain {key}"), Change::Drain(key))
        }
        "create pool" => builder.create_pool(&[7, 8]).await.0,
        "create pool of new keys" => builder.create_pool_of_new_keys().await,
        "set pool" => {
            let plan = account.pooled_plan.clone();
            let set = Change::SetPool { plan, strategy: None, capacity: Some(7) };
            Operation::new("pools set Sharded --capacity 7".to_owned(), set)
        }
        "dissolve pool" => {
            let (create, plan) = builder.create_pool(&[7, 8]).await;
            builder.apply(create.change).await;
            Operation::new("pools dissolve Other".to_owned(), Change::DissolvePool(plan))
        }
        "create plan" | "edit plan" | "unlink stage" | "delete plan" | "release plan" => {
            builder.plan_operation(scenario).await
        }
        "adopt plan" => {
            let plan = builder.create_foreign_plan().await;
            let change = PlanChange::Adopt { plan, entry: None };
            Operation::new("plans adopt Adoptee".to_owned(), change.into())
        }
        "create in a plan that is adopted" => builder.create("Adoptee", &builder.create_foreign_plan().await),
        "open method" | "deploy" | "set log role" | "log stage" => builder.setup_operation(scenario).await,
        "extend" => builder.extend(),
        move_operation => builder.change_plan(move_operation).await,
    }
}

#[test]
fn every_operation_is_interrupted() {
    let interrupted = SCENARIOS.iter().map(|(_, operation)| *operation);
    let names: BTreeSet<&str> = interrupted.chain(NOT_INTERRUPTED).collect();
    assert_eq!(names, Change::operation_names().collect());
}
