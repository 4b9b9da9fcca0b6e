//! State on disk: what was answered is there again, however the process ended.

use std::path::Path;

use keypool_local_aws::{LocalAws, Options, StartError, StoreError, World};
use serde_json::{Value, json};

use crate::control_plane::{ControlPlane, each};

async fn on(folder: &Path) -> ControlPlane {
    let options = Options { world: World::Empty, data: Some(folder.to_owned()), ..Options::default() };
    ControlPlane { aws: LocalAws::start(options).await.unwrap() }
}

/// A copy of a folder as it is now, which is what a killed process leaves.
fn as_killed(folder: &Path) -> tempfile::TempDir {
    let copy = tempfile::tempdir().unwrap();
    for file in std::fs::read_dir(folder).unwrap() {
        let file = file.unwrap();
        std::fs::copy(file.path(), copy.path().join(file.file_name())).unwrap();
    }
    copy
}

/// Everything the control plane shows of an account.
async fn everything(account: &ControlPlane) -> Vec<Value> {
    let mut seen = vec![account.get("/account").await];
    for list in ["/apikeys?includeValues=true", "/usageplans", "/restapis"] {
        seen.push(account.get(list).await);
    }
    for plan in each(&seen[2], "id") {
        seen.push(account.get(&format!("/usageplans/{plan}/keys")).await);
        seen.push(
            account.get(&format!("/usageplans/{plan}/usage?startDate=2026-03-01&endDate=2026-12-31")).await,
        );
    }
    for api in each(&seen[3], "id") {
        for list in ["resources?embed=methods", "stages", "deployments", "gatewayresponses"] {
            seen.push(account.get(&format!("/restapis/{api}/{list}")).await);
        }
    }
    seen
}

/// Some of everything, and something of it gone again.
async fn fill(account: &ControlPlane) {
    let (api, _) = account.api(&["prod"]).await;
    let plan = account.plan("Free", &[(&api, "prod")]).await;
    for name in ["a", "b", "c"] {
        let key = account.key(name).await;
        account.join(&plan, &key).await;
        account.patch(&format!("/usageplans/{plan}/keys/{key}/usage"), "replace", "/remaining", "7").await;
        if name == "b" {
            account.done("DELETE", &format!("/apikeys/{key}"), Value::Null).await;
        }
    }
    account.patch("/account", "replace", "/cloudwatchRoleArn", "role").await;
    account
        .done("PUT", &format!("/restapis/{api}/gatewayresponses/THROTTLED"), json!({ "statusCode": "420" }))
        .await;
}

#[tokio::test]
async fn everything_is_there_again_after_a_kill() {
    let folder = tempfile::tempdir().unwrap();
    let account = on(folder.path()).await;
    fill(&account).await;
    let killed = as_killed(folder.path());
    let again = on(killed.path()).await;
    assert_eq!(everything(&again).await, everything(&account).await);

    again.aws.shutdown().await;
    let compacted = on(killed.path()).await;
    assert_eq!(
        everything(&compacted).await,
        everything(&account).await,
        "and once more, from the compacted journal"
    );
}

#[tokio::test]
async fn a_line_that_was_half_written_is_dropped() {
    let folder = tempfile::tempdir().unwrap();
    let account = on(folder.path()).await;
    account.key("whole").await;
    let killed = as_killed(folder.path());
    let journal = killed.path().join("apigateway.jsonl");
    let mut lines = std::fs::read(&journal).unwrap();
    lines.extend_from_slice(br#"{"kind":"apiKey","id":"torn","value":{"na"#);
    std::fs::write(&journal, lines).unwrap();

    let again = on(killed.path()).await;
    assert_eq!(each(&again.get("/apikeys").await, "name"), ["whole"]);
    again.key("later").await;
    let again = on(as_killed(killed.path()).path()).await;
    assert_eq!(each(&again.get("/apikeys").await, "name"), ["later", "whole"]);
}

#[tokio::test]
async fn a_damaged_journal_is_named_with_its_line() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("apigateway.jsonl"), "{\"kind\":\"nothing\",\"id\":\"x\"}\n").unwrap();
    let options = Options { world: World::Empty, data: Some(folder.path().to_owned()), ..Options::default() };
    match LocalAws::start(options).await {
        Err(StartError::Store(StoreError::Damaged { line: 1, reason, .. })) => {
            assert!(reason.contains("nothing"))
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_folder_belongs_to_one_process() {
    let folder = tempfile::tempdir().unwrap();
    let _first = on(folder.path()).await;
    let options = Options { world: World::Empty, data: Some(folder.path().to_owned()), ..Options::default() };
    let second = LocalAws::start(options).await;
    assert!(matches!(second, Err(StartError::Store(StoreError::InUse { .. }))), "{second:?}");
}

#[tokio::test]
async fn dynamodb_is_there_again_too() {
    let folder = tempfile::tempdir().unwrap();
    let account = on(folder.path()).await;
    crate::services::make_table(&account).await;
    let item = json!({ "TableName": "Keys", "Item": { "id": { "S": "a" }, "owner": { "S": "acme" } } });
    assert_eq!(crate::services::dynamodb(&account, "PutItem", item).await.status, 200);

    let killed = as_killed(folder.path());
    let again = on(killed.path()).await;
    let scan = crate::services::dynamodb(&again, "Scan", json!({ "TableName": "Keys" })).await;
    assert_eq!(scan.json()["Count"], 1, "{}", scan.body);
}

#[cfg(unix)]
#[tokio::test]
async fn nobody_else_looks_into_the_folder() {
    use std::os::unix::fs::PermissionsExt;
    let parent = tempfile::tempdir().unwrap();
    let folder = parent.path().join("state");
    let _account = on(&folder).await;
    assert_eq!(std::fs::metadata(&folder).unwrap().permissions().mode() & 0o777, 0o700);
}
