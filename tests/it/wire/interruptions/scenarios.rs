//! The scenarios that are interrupted, at least one for each operation.

use std::collections::BTreeSet;

use keypool_domain::{Change, PlanChange};
use keypool_local_aws::{LocalAws, Options, World};

use super::operations::{Operation, OperationBuilder, delete_operation, disable_operation, edit_operation};
use crate::wire::test_account::{Account, Backend, TestAccount};

const BOTH: &[Account] = &Account::BOTH;
/// `suite::refused` asserts the sentences of the refusals without tables.
const WITH_TABLES: &[Account] = &[Account::WithTables];

/// A scenario in an account.
pub(super) type ScenarioIn = (&'static str, Account);

/// Each scenario with the name of its operation and the accounts that can have it.
const SCENARIOS: &[(&str, &str, &[Account])] = &[
    ("create siloed", "create", BOTH),
    ("create pooled", "create", WITH_TABLES),
    ("import", "import", WITH_TABLES),
    ("edit siloed", "edit", BOTH),
    ("edit pooled", "edit", WITH_TABLES),
    ("customer", "set customer", BOTH),
    ("disable", "set enabled", BOTH),
    ("delete siloed", "delete", BOTH),
    ("delete pooled", "delete", WITH_TABLES),
    ("restore", "restore", BOTH),
    ("rotate", "rotate", BOTH),
    ("rotate with a grace period", "rotate", BOTH),
    ("rotate pool key", "rotate pool key", WITH_TABLES),
    ("rotate pool key with a grace period", "rotate pool key", WITH_TABLES),
    ("retire", "retire", BOTH),
    ("retire pool key", "retire", WITH_TABLES),
    ("end grace period", "retire", BOTH),
    ("end grace period of pool key", "retire", WITH_TABLES),
    ("end expired key", "set enabled", BOTH),
    ("isolate", "isolate", WITH_TABLES),
    ("consolidate", "consolidate", WITH_TABLES),
    ("move siloed to siloed", "change plan", BOTH),
    ("move siloed to pooled", "change plan", WITH_TABLES),
    ("move pooled to siloed", "change plan", WITH_TABLES),
    ("move pooled to pooled", "change plan", WITH_TABLES),
    ("rebalance", "rebalance", WITH_TABLES),
    ("grow", "grow", WITH_TABLES),
    ("drain", "drain", WITH_TABLES),
    ("create pool", "create pool", WITH_TABLES),
    ("create pool of new keys", "create pool", WITH_TABLES),
    ("set pool", "set pool", WITH_TABLES),
    ("dissolve pool", "dissolve pool", WITH_TABLES),
    ("create plan", "create plan", BOTH),
    ("edit plan", "edit plan", BOTH),
    ("unlink stage", "edit plan", BOTH),
    ("delete plan", "delete plan", BOTH),
    ("adopt plan", "adopt plan", WITH_TABLES),
    ("release plan", "release plan", WITH_TABLES),
    ("create in a plan that is adopted", "create", WITH_TABLES),
    ("open method", "require keys", BOTH),
    ("deploy", "deploy", BOTH),
    ("set log role", "set log role", BOTH),
    ("log stage", "set stage logging", BOTH),
    ("extend", "extend", BOTH),
    ("restore in three plans", "restore", BOTH),
    ("rotate in three plans", "rotate", BOTH),
    ("rotate pool key in three plans", "rotate pool key", WITH_TABLES),
    ("isolate in three plans", "isolate", WITH_TABLES),
    ("move siloed to siloed in three plans", "change plan", BOTH),
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

pub(super) fn scenarios() -> impl Iterator<Item = ScenarioIn> {
    SCENARIOS
        .iter()
        .flat_map(|(scenario, _, accounts)| accounts.iter().map(move |account| (*scenario, *account)))
}

/// The scenarios that a command can run.
pub(super) fn scenarios_with_command() -> impl Iterator<Item = ScenarioIn> {
    scenarios().filter(|(scenario, _)| !WITHOUT_COMMAND.contains(scenario))
}

/// The name of the scenario's operation.
pub(super) fn operation_name(scenario: &str) -> &'static str {
    let row = SCENARIOS.iter().find(|(name, ..)| *name == scenario);
    row.unwrap_or_else(|| panic!("unknown scenario {scenario}")).1
}

/// Brings the account into the state that the scenario needs.
pub(super) async fn prepare_operation(scenario: &str, account: &TestAccount) -> Operation {
    let siloed_key = account.create_key(&account.siloed_plan, "own").await;
    // Without tables, a key of that plan is siloed, too.
    let shared_count = if account.has_tables() { 4 } else { 1 };
    let shared_keys = account.create_keys(&account.pooled_plan, "shared", shared_count).await;
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
    let interrupted = SCENARIOS.iter().map(|(_, operation, _)| *operation);
    let names: BTreeSet<&str> = interrupted.chain(NOT_INTERRUPTED).collect();
    assert_eq!(names, Change::operation_names().collect());
}

#[tokio::test]
async fn every_operation_is_interrupted_without_tables_or_refused_there() {
    let options = Options { world: World::Empty, ..Options::default() };
    let local = LocalAws::start(options).await.expect("local AWS");
    let account = TestAccount::build_as(Account::WithoutTables, Backend::LocalAws, &local.endpoint()).await;
    let refused = crate::wire::suite::refused::all(&account);
    let refused: BTreeSet<_> = refused.iter().map(|(change, _)| change.operation_name()).collect();
    let interrupted = SCENARIOS.iter().filter(|(.., accounts)| accounts.contains(&Account::WithoutTables));
    let interrupted: BTreeSet<_> = interrupted.map(|(_, operation, _)| *operation).collect();
    assert_eq!(interrupted.intersection(&refused).collect::<Vec<_>>(), [&""; 0]);
    let names: BTreeSet<&str> = interrupted.into_iter().chain(refused).chain(NOT_INTERRUPTED).collect();
    assert_eq!(names, Change::operation_names().collect());
}
