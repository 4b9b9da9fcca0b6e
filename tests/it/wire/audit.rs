//! The audit trail of changes that fail, that are stopped, and that nobody can put a name to.

use std::path::Path;

use keypool::aws::{Aws, Failure};
use keypool::ops::audit::{PastChange, read};
use keypool::ops::{self, Run, Trail};
use keypool_domain::{Change, Inventory};
use keypool_local_aws::{Answer, Fault, LocalAws, Options, World};

use super::support::{plain_run, target};
use super::test_account::{Backend, TestAccount, create_change};

async fn start_account() -> (LocalAws, TestAccount) {
    let options = Options { world: World::Empty, ..Options::default() };
    let local = LocalAws::start(options).await.expect("local AWS");
    let stage = TestAccount::build(Backend::LocalAws, &local.endpoint()).await;
    (local, stage)
}

fn run_with_trail(folder: &Path) -> Run {
    Run { trail: Some(Trail::new(Some(folder.join("deep/audit.jsonl")), None)), ..plain_run() }
}

fn read_changes(folder: &Path) -> Vec<PastChange> {
    read(&folder.join("deep/audit.jsonl")).expect("a trail").changes
}

async fn apply(stage: &TestAccount, change: &Change, run: &Run) -> bool {
    let seen: Inventory = stage.inventory().await;
    ops::apply(&stage.aws, &seen, change, run).await.is_ok()
}

#[tokio::test]
async fn the_caller_identity_is_fetched_once_and_only_for_changes() {
    let (local, stage) = start_account().await;
    let folder = tempfile::tempdir().expect("a folder");
    local.calls().clear();
    stage.inventory().await;
    assert_eq!(local.calls().count("GetCallerIdentity"), 0);
    for name in ["a", "b"] {
        assert!(
            apply(&stage, &create_change(&stage.siloed_plan, name, 1), &run_with_trail(folder.path())).await
        );
    }
    assert_eq!(local.calls().count("GetCallerIdentity"), 1);
    let past = read_changes(folder.path());
    assert!(
        past.len() == 2
            && past.iter().all(|change| change.caller() == Some("arn:aws:iam::000000000000:root"))
    );
}

#[tokio::test]
async fn a_deletion_records_the_api_key_without_its_value() {
    let (_local, stage) = start_account().await;
    let folder = tempfile::tempdir().expect("a folder");
    let key = stage.create_key(&stage.siloed_plan, "web").await;
    let plans = stage.create_services(&[&key.id.as_str().into()]).await;
    stage.set_foreign_attributes(&key.id.as_str().into()).await;
    assert!(apply(&stage, &Change::Delete(vec![key.id.clone()]), &run_with_trail(folder.path())).await);
    let past = read_changes(folder.path());
    let was = past[0].before()[0].get("apiKey").expect("the API key").clone();
    assert_eq!(
        (&was["customerId"], &was["enabled"], &was["tags"]["team"]),
        (&"cust-1".into(), &true.into(), &"blue".into())
    );
    let ids: Vec<_> =
        was["usagePlanIds"].as_array().expect("plans").iter().filter_map(|id| id.as_str()).collect();
    assert!(ids.len() == 3 && plans.iter().all(|plan| ids.contains(&plan.as_str())), "{ids:?}");
    let text = std::fs::read_to_string(folder.path().join("deep/audit.jsonl")).expect("the trail");
    assert!(!text.contains(key.stored_value().expect("its value").expose()));
}

#[tokio::test]
async fn a_denied_caller_identity_does_not_block_changes() {
    let (local, stage) = start_account().await;
    let folder = tempfile::tempdir().expect("a folder");
    local.faults().script(Fault::on("GetCallerIdentity", Answer::AccessDenied { action: None }));
    assert!(apply(&stage, &create_change(&stage.siloed_plan, "a", 1), &run_with_trail(folder.path())).await);
    let past = read_changes(folder.path());
    assert_eq!((past[0].caller(), past[0].end().outcome), (None, "done"));
}

#[tokio::test]
async fn a_failed_change_records_completed_work_and_the_error() {
    let (local, stage) = start_account().await;
    let folder = tempfile::tempdir().expect("a folder");
    let fault = Fault::on("TransactWriteItems", Answer::AccessDenied { action: None });
    local.faults().script(Fault { skip: 1, ..fault });
    assert!(!apply(&stage, &create_change(&stage.siloed_plan, "a", 3), &run_with_trail(folder.path())).await);
    let past = read_changes(folder.path());
    let end = past[0].end();
    assert_eq!((end.outcome, past[0].tenant_keys()[0].len()), ("failed", 1));
    assert!(
        end.error.is_some_and(|why| why.contains("1 of 3 done") && why.contains("not allowed")),
        "{end:?}"
    );
}

#[tokio::test]
async fn a_cancelled_change_is_recorded_as_stopped() {
    let (_local, stage) = start_account().await;
    let folder = tempfile::tempdir().expect("a folder");
    let run = run_with_trail(folder.path());
    run.cancel.cancel();
    assert!(!apply(&stage, &create_change(&stage.siloed_plan, "a", 1), &run).await);
    assert_eq!(read_changes(folder.path())[0].end().outcome, "stopped");
}

#[tokio::test]
async fn changes_are_refused_without_an_audit_file() {
    let (local, stage) = start_account().await;
    local.calls().clear();
    let run = Run { trail: Some(Trail::new(None, None)), ..plain_run() };
    assert!(!apply(&stage, &create_change(&stage.siloed_plan, "a", 1), &run).await);
    assert_eq!(local.calls().count("CreateApiKey"), 0);
}

#[tokio::test]
async fn creating_tables_is_recorded_and_refused_without_an_audit_file() {
    let options = Options { world: World::Empty, ..Options::default() };
    let local = LocalAws::start(options).await.expect("local AWS");
    let aws = Aws::connect(&target(&local.endpoint())).await.expect("a connection");
    let nowhere = Run { trail: Some(Trail::new(None, None)), ..plain_run() };
    let refused = ops::setup_tables(&aws, &nowhere).await;
    assert!(matches!(refused, Err(Failure::AuditUnavailable(_))), "{refused:?}");
    assert_eq!(local.calls().count("CreateTable"), 0);

    let folder = tempfile::tempdir().expect("a folder");
    for _ in 0..2 {
        ops::setup_tables(&aws, &run_with_trail(folder.path())).await.expect("tables");
    }
    let past = read_changes(folder.path());
    assert_eq!(past.len(), 1, "what stands already is no change");
    assert_eq!((past[0].operation(), past[0].end().outcome), ("set up tables", "done"));
    let steps = ["plans", "keys", "pools"].map(|table| format!("create the DynamoDB table keypool-{table}"));
    assert_eq!(past[0].steps(), steps);
}
