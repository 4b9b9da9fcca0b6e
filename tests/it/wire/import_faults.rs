//! Faults in the transaction of an import: the pool stays as before or becomes as in the file, and the result says
//! which.

use keypool::aws::Failure;
use keypool::ops;
use keypool_domain::Pool;
use keypool_domain::pool_file::{FileFormat, read};
use keypool_local_aws::{Answer, Fault, LocalAws, Options, World};

use super::support::silent_run;
use super::test_account::{Backend, TestAccount};
use crate::support::command::{Machine, field_values};

fn canceled_transaction(reason: &str) -> Answer {
    Answer::TransactionCanceled { reasons: vec![reason.to_owned(), "None".to_owned(), "None".to_owned()] }
}

#[tokio::test]
async fn an_import_is_all_or_nothing_and_retries_lost_responses() {
    let options = Options { world: World::Empty, ..Options::default() };
    let local = LocalAws::start(options).await.expect("local AWS");
    let account = TestAccount::build(Backend::LocalAws, &local.endpoint()).await;
    let [a, b] = &account.pool_keys;
    let transaction_fault = |answer: Answer| Fault::on("TransactWriteItems", answer);
    // Ambiguous failures are retried, and written once.
    let faults = [
        (transaction_fault(Answer::Cut).after(), true),
        (transaction_fault(Answer::ServerError { status: 500 }).after(), true),
        (transaction_fault(Answer::Cut), true),
        (transaction_fault(Answer::ServerError { status: 503 }), true),
        (transaction_fault(Answer::AccessDenied { action: None }), false),
        (transaction_fault(Answer::Throttled { retry_after: None }), false),
        (transaction_fault(canceled_transaction("ThrottlingError")), false),
        (transaction_fault(canceled_transaction("TransactionConflict")), false),
    ];
    for (capacity, (fault, is_done)) in (10..).zip(faults) {
        let inventory = account.inventory().await;
        let before = inventory.pool(&account.pooled_plan).expect("the pool").clone();
        let text =
            format!("[{{planId: '{}', capacity: {capacity}, apiKeys: ['{a}', '{b}']}}]", account.pooled_plan);
        let entries = read(&text, FileFormat::Js).expect("a file");
        let pools = ops::plan_pool_import(&account.aws, &inventory, &entries, 1).await.expect("it fits");
        local.faults().script(fault.clone().times(1));
        let result = ops::import_pools(&account.aws, &inventory, &pools, &silent_run()).await;
        assert_eq!(local.faults().hit_count(), 1, "{fault:?}");
        local.faults().clear();
        let inventory = account.inventory().await;
        let expected = if is_done { &pools[0].after } else { &before };
        let pool = inventory.pool(&account.pooled_plan).cloned().expect("the pool");
        assert_eq!(without_revisions(pool), without_revisions(expected.clone()), "{fault:?}: {result:?}");
        assert_eq!(result.is_ok(), is_done, "{fault:?}: {result:?}");
        let is_race = matches!(&fault.answer, Answer::TransactionCanceled { reasons } if reasons[0] == "TransactionConflict");
        assert_eq!(matches!(result, Err(Failure::Changed(_))), is_race, "{fault:?}: {result:?}");
    }
}

/// The pool without the revisions of its counters, which every write increments.
fn without_revisions(mut pool: Pool) -> Pool {
    pool.keys.iter_mut().for_each(|key| key.revision = 0);
    pool
}

/// Runs a doctor command; returns its exit status and the kinds of the findings.
fn run_doctor(machine: &Machine, line: &str) -> (i32, Vec<String>) {
    let output = machine.run(&format!("{line} -o json"));
    let findings = serde_json::from_str(&output.stdout).unwrap_or_else(|_| panic!("{}", output.stderr));
    (output.status, field_values(&findings, "kind"))
}

#[tokio::test(flavor = "multi_thread")]
async fn another_machine_distinguishes_keys_of_a_killed_import_from_orphans() {
    let local =
        LocalAws::start(Options { world: World::Empty, ..Options::default() }).await.expect("local AWS");
    let account = TestAccount::build(Backend::LocalAws, &local.endpoint()).await;
    let machine = || Machine::new().with_env("AWS_ENDPOINT_URL", local.endpoint()).with_credentials();
    let plan = account.siloed_plan.to_string();
    let file = format!("Name,Key,Tenant,UsagePlanIds\nfirst,,acme,{plan}\nsecond,,globex,{plan}\n");
    let import_machine = machine().with_file("keys.csv", &file);
    let path = import_machine.path("keys.csv").display().to_string();
    local.faults().script(Fault::on("TransactWriteItems", Answer::Hang));
    let mut child =
        import_machine.command(&["keys", "import", &path, "--yes"]).spawn().expect("the binary runs");
    local.faults().wait_for_hit().await;
    child.kill().expect("it is killed");
    child.wait().expect("it ends");
    local.faults().clear();

    let command = "doctor --only interrupted-import --only orphan-key";
    let other_machine = machine();
    let doctor = |line: &str| tokio::task::block_in_place(|| run_doctor(&other_machine, line));
    assert_eq!(doctor(command), (0, Vec::new()), "in progress until the work mark expires");
    account.expire_work_marks().await;
    assert_eq!(doctor(command), (1, vec!["interrupted-import".to_owned(); 2]));
    let (status, _) = doctor("doctor --fix --yes");
    assert_eq!(
        (status, doctor(command).1.len()),
        (1, 2),
        "tenants may use the keys: needs a separate confirmation"
    );
    // Running the same import again finishes it.
    let again = tokio::task::block_in_place(|| import_machine.run(&format!("keys import {path} --yes")));
    assert_eq!(again.status, 0, "{}", again.stderr);
    assert_eq!(doctor(command), (0, Vec::new()));
    let inventory = account.inventory().await;
    let names: Vec<_> = inventory
        .tenant_keys_of_plan(&account.siloed_plan)
        .map(|tenant_key| tenant_key.name.as_str())
        .collect();
    assert!(names.contains(&"first") && names.contains(&"second"), "{names:?}");
}
