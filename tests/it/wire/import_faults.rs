//! Faults at the one transaction of an import: the pool is as it was or as the file has it, and what is said is true.

use keypool::aws::Failure;
use keypool::ops;
use keypool_domain::Pool;
use keypool_domain::pool_file::{FileFormat, read};
use keypool_local_aws::{Answer, Fault, LocalAws, Options, World};

use super::support::plain_run;
use super::test_account::{Backend, TestAccount};
use crate::support::command::{Machine, field_values};

fn canceled_transaction(why: &str) -> Answer {
    Answer::TransactionCanceled { reasons: vec![why.to_owned(), "None".to_owned(), "None".to_owned()] }
}

#[tokio::test]
async fn an_import_is_all_or_nothing_and_retries_lost_responses() {
    let options = Options { world: World::Empty, ..Options::default() };
    let local = LocalAws::start(options).await.expect("local AWS");
    let stage = TestAccount::build(Backend::LocalAws, &local.endpoint()).await;
    let [a, b] = &stage.pool_keys;
    let on = |answer: Answer| Fault::on("TransactWriteItems", answer);
    // What may or may not have happened is asked for again, and written once.
    let faults = [
        (on(Answer::Cut).after(), true),
        (on(Answer::ServerError { status: 500 }).after(), true),
        (on(Answer::Cut), true),
        (on(Answer::ServerError { status: 503 }), true),
        (on(Answer::AccessDenied { action: None }), false),
        (on(Answer::Throttled { retry_after: None }), false),
        (on(canceled_transaction("ThrottlingError")), false),
        (on(canceled_transaction("TransactionConflict")), false),
    ];
    for (n, (fault, is_done)) in (10..).zip(faults) {
        let seen = stage.inventory().await;
        let before = seen.pool(&stage.sharded_plan).expect("the pool").clone();
        let text = format!("[{{planId: '{}', capacity: {n}, apiKeys: ['{a}', '{b}']}}]", stage.sharded_plan);
        let entries = read(&text, FileFormat::Js).expect("a file");
        let pools = ops::plan_pool_import(&stage.aws, &seen, &entries, 1).await.expect("it fits");
        local.faults().script(fault.clone().times(1));
        let output = ops::import_pools(&stage.aws, &seen, &pools, &plain_run()).await;
        assert_eq!(local.faults().struck(), 1, "{fault:?}");
        local.faults().clear();
        let seen = stage.inventory().await;
        let expected = if is_done { &pools[0].after } else { &before };
        let pool = seen.pool(&stage.sharded_plan).cloned().expect("the pool");
        assert_eq!(without_revisions(pool), without_revisions(expected.clone()), "{fault:?}: {output:?}");
        assert_eq!(output.is_ok(), is_done, "{fault:?}: {output:?}");
        let is_race = matches!(&fault.answer, Answer::TransactionCanceled { reasons } if reasons[0] == "TransactionConflict");
        assert_eq!(matches!(output, Err(Failure::Changed(_))), is_race, "{fault:?}: {output:?}");
    }
}

/// Each write counts in the revision of a pool key's counter; everything else is as it was planned.
fn without_revisions(mut pool: Pool) -> Pool {
    pool.keys.iter_mut().for_each(|key| key.revision = 0);
    pool
}

/// The kinds that the doctor of a machine finds, and its exit status.
fn find_kinds(machine: &Machine, line: &str) -> (i32, Vec<String>) {
    let output = machine.run(&format!("{line} -o json"));
    let found = serde_json::from_str(&output.stdout).unwrap_or_else(|_| panic!("{}", output.stderr));
    (output.status, field_values(&found, "kind"))
}

#[tokio::test(flavor = "multi_thread")]
async fn another_machine_distinguishes_keys_of_a_killed_import_from_orphans() {
    let local =
        LocalAws::start(Options { world: World::Empty, ..Options::default() }).await.expect("local AWS");
    let stage = TestAccount::build(Backend::LocalAws, &local.endpoint()).await;
    let machine = || Machine::new().with_env("AWS_ENDPOINT_URL", local.endpoint()).with_credentials();
    let plan = stage.siloed_plan.to_string();
    let file = format!("Name,Key,Tenant,UsagePlanIds\nfirst,,acme,{plan}\nsecond,,globex,{plan}\n");
    let importing = machine().with_file("keys.csv", &file);
    let path = importing.path("keys.csv").display().to_string();
    local.faults().script(Fault::on("TransactWriteItems", Answer::Hang));
    let mut child = importing.command(&["keys", "import", &path, "--yes"]).spawn().expect("the binary runs");
    local.faults().met().await;
    child.kill().expect("it is killed");
    child.wait().expect("it is gone");
    local.faults().clear();

    let only = "doctor --only interrupted-import --only orphan-key";
    let elsewhere = machine();
    let found = |line: &str| tokio::task::block_in_place(|| find_kinds(&elsewhere, line));
    assert_eq!(found(only), (0, Vec::new()), "it is in progress until its deadline");
    stage.expire_work_marks().await;
    assert_eq!(found(only), (1, vec!["interrupted-import".to_owned(); 2]));
    let (status, _) = found("doctor --fix --yes");
    assert_eq!((status, found(only).1.len()), (1, 2), "tenants may call with them: a question of its own");
    // The same import finishes it.
    let again = tokio::task::block_in_place(|| importing.run(&format!("keys import {path} --yes")));
    assert_eq!(again.status, 0, "{}", again.stderr);
    assert_eq!(found(only), (0, Vec::new()));
    let seen = stage.inventory().await;
    let names: Vec<_> = seen.tenant_keys_of_plan(&stage.siloed_plan).map(|row| row.name.as_str()).collect();
    assert!(names.contains(&"first") && names.contains(&"second"), "{names:?}");
}
