//! The audit trail of changes that succeed, fail, are cancelled, or have no caller identity.

use std::path::Path;

use keypool::aws::{Aws, Failure};
use keypool::ops::audit::{PastChange, read};
use keypool::ops::{self, Run, Trail};
use keypool_domain::{Change, Inventory};
use keypool_local_aws::{Answer, Fault, LocalAws, Options, World};

use super::support::{silent_run, target};
use super::test_account::{Backend, TestAccount, create_change};

async fn start_account() -> (LocalAws, TestAccount) {
    let options = Options { world: World::Empty, ..Options::default() };
    let local = LocalAws::start(options).await.expect("local AWS");
    let account = TestAccount::build(Backend::LocalAws, &local.endpoint()).await;
    (local, account)
}

fn run_with_trail(folder: &Path) -> Run {
    Run { trail: Some(Trail::new(Some(folder.join("deep/audit.jsonl")), None)), ..silent_run() }
}

fn read_changes(folder: &Path) -> Vec<PastChange> {
    read(&folder.join("deep/audit.jsonl")).expect("a trail").changes
}

/// Applies a change and returns whether it succeeded.
async fn apply(account: &TestAccount, change: &Change, run: &Run) -> bool {
    let inventory: Inventory = account.inventory().await;
    ops::apply(&account.aws, &inventory, change, run).await.is_ok()
}

#[tokio::test]
async fn the_caller_identity_is_fetched_once_and_only_for_changes() {
    let (local, account) = start_account().await;
    let folder = tempfile::tempdir().expect("a folder");
    local.calls().clear();
    account.inventory().await;
    assert_eq!(local.calls().count("GetCallerIdentity"), 0);
    for name in ["a", "b"] {
        assert!(
            apply(&account, &create_change(&account.siloed_plan, name, 1), &run_with_trail(folder.path()))
                .await
        );
    }
    assert_eq!(local.calls().count("GetCallerIdentity"), 1);
    let changes = read_changes(folder.path());
    assert!(
        changes.len() == 2
            && changes.iter().all(|change| change.caller() == Some("arn:aws:iam::000000000000:root"))
    );
}

#[tokio::test]
async fn a_deletion_records_the_api_key_without_its_value() {
    let (_local, account) = start_account().await;
    let folder = tempfile::tempdir().expect("a folder");
    let key = account.create_key(&account.siloed_plan, "web").await;
    let plans = account.create_services(&[&key.id.as_str().into()]).await;
    account.set_foreign_attributes(&key.id.as_str().into()).await;
    assert!(apply(&account, &Change::Delete(vec![key.id.clone()]), &run_with_trail(folder.path())).await);
    let changes = read_changes(folder.path());
    let api_key = changes[0].before()[0].get("apiKey").expect("the API key").clone();
    assert_eq!(
        (&api_key["customerId"], &api_key["enabled"], &api_key["tags"]["team"]),
        (&"cust-1".into(), &true.into(), &"blue".into())
    );
    let ids: Vec<_> =
        api_key["usagePlanIds"].as_array().expect("plans").iter().filter_map(|id| id.as_str()).collect();
    assert!(ids.len() == 3 && plans.iter().all(|plan| ids.contains(&plan.as_str())), "{ids:?}");
    let text = std::fs::read_to_string(folder.path().join("deep/audit.jsonl")).expect("the trail");
    assert!(!text.contains(key.stored_value().expect("its value").expose()));
}

#[tokio::test]
async fn a_denied_caller_identity_does_not_block_changes() {
    let (local, account) = start_account().await;
    let folder = tempfile::tempdir().expect("a folder");
    local.faults().script(Fault::on("GetCallerIdentity", Answer::AccessDenied { action: None }));
    assert!(
        apply(&account, &create_change(&account.siloed_plan, "a", 1), &run_with_trail(folder.path())).await
    );
    let changes = read_changes(folder.path());
    assert_eq!((changes[0].caller(), changes[0].end().outcome), (None, "done"));
}

#[tokio::test]
async fn a_failed_change_records_completed_work_and_the_error() {
    let (local, account) = start_account().await;
    let folder = tempfile::tempdir().expect("a folder");
    let fault = Fault::on("TransactWriteItems", Answer::AccessDenied { action: None });
    local.faults().script(Fault { skip: 1, ..fault });
    assert!(
        !apply(&account, &create_change(&account.siloed_plan, "a", 3), &run_with_trail(folder.path())).await
    );
    let changes = read_changes(folder.path());
    let end = changes[0].end();
    assert_eq!((end.outcome, changes[0].tenant_keys()[0].len()), ("failed", 1));
    assert!(
        end.error.is_some_and(|error| error.contains("1 of 3 done") && error.contains("not allowed")),
        "{end:?}"
    );
}

#[tokio::test]
async fn a_cancelled_change_is_recorded_as_stopped() {
    let (_local, account) = start_account().await;
    let folder = tempfile::tempdir().expect("a folder");
    let run = run_with_trail(folder.path());
    run.cancel.cancel();
    assert!(!apply(&account, &create_change(&account.siloed_plan, "a", 1), &run).await);
    assert_eq!(read_changes(folder.path())[0].end().outcome, "stopped");
}

#[tokio::test]
async fn changes_are_refused_without_an_audit_file() {
    let (local, account) = start_account().await;
    local.calls().clear();
    let run = Run { trail: Some(Trail::new(None, None)), ..silent_run() };
    assert!(!apply(&account, &create_change(&account.siloed_plan, "a", 1), &run).await);
    assert_eq!(local.calls().count("CreateApiKey"), 0);
}

#[tokio::test]
async fn creating_tables_is_recorded_and_refused_without_an_audit_file() {
    let options = Options { world: World::Empty, ..Options::default() };
    let local = LocalAws::start(options).await.expect("local AWS");
    let aws = Aws::connect(&target(&local.endpoint())).await.expect("a connection");
    let no_audit_file = Run { trail: Some(Trail::new(None, None)), ..silent_run() };
    let refused = ops::setup_tables(&aws, &no_audit_file).await;
    assert!(matches!(refused, Err(Failure::AuditUnavailable(_))), "{refused:?}");
    assert_eq!(local.calls().count("CreateTable"), 0);

    let folder = tempfile::tempdir().expect("a folder");
    for _ in 0..2 {
        ops::setup_tables(&aws, &run_with_trail(folder.path())).await.expect("tables");
    }
    let changes = read_changes(folder.path());
    assert_eq!(changes.len(), 1, "the second run changes nothing and is not recorded");
    assert_eq!((changes[0].operation(), changes[0].end().outcome), ("set up tables", "done"));
    let steps = ["plans", "keys", "pools"].map(|table| format!("create the DynamoDB table keypool-{table}"));
    assert_eq!(changes[0].steps(), steps);
}
