//! State on disk: every change whose response was sent survives, however the process ends.

use std::path::Path;

use keypool_local_aws::{LocalAws, Options, StartError, StoreError, World};
use serde_json::{Value, json};

use crate::control_plane::{ControlPlane, member_of_each};

async fn start_in(folder: &Path) -> ControlPlane {
    let options = Options { world: World::Empty, data: Some(folder.to_owned()), ..Options::default() };
    ControlPlane { aws: LocalAws::start(options).await.unwrap() }
}

/// Copies a folder while a server uses it: the copy is what a kill of that server would leave.
fn copy_as_if_killed(folder: &Path) -> tempfile::TempDir {
    let copy = tempfile::tempdir().unwrap();
    for file in std::fs::read_dir(folder).unwrap() {
        let file = file.unwrap();
        std::fs::copy(file.path(), copy.path().join(file.file_name())).unwrap();
    }
    copy
}

/// Returns everything that the control plane's lists return.
async fn read_everything(account: &ControlPlane) -> Vec<Value> {
    let mut responses = vec![account.get("/account").await];
    for list in ["/apikeys?includeValues=true", "/usageplans", "/restapis"] {
        responses.push(account.get(list).await);
    }
    for plan in member_of_each(&responses[2], "id") {
        responses.push(account.get(&format!("/usageplans/{plan}/keys")).await);
        responses.push(
            account.get(&format!("/usageplans/{plan}/usage?startDate=2026-03-01&endDate=2026-12-31")).await,
        );
    }
    for api in member_of_each(&responses[3], "id") {
        for list in ["resources?embed=methods", "stages", "deployments", "gatewayresponses"] {
            responses.push(account.get(&format!("/restapis/{api}/{list}")).await);
        }
    }
    responses
}

/// Creates entities of every kind, and deletes one.
async fn fill(account: &ControlPlane) {
    let (api, _) = account.create_api(&["prod"]).await;
    let plan = account.create_plan("Free", &[(&api, "prod")]).await;
    for name in ["a", "b", "c"] {
        let key = account.create_key(name).await;
        account.add_key_to_plan(&plan, &key).await;
        account.patch(&format!("/usageplans/{plan}/keys/{key}/usage"), "replace", "/remaining", "7").await;
        if name == "b" {
            account.request_ok("DELETE", &format!("/apikeys/{key}"), Value::Null).await;
        }
    }
    account.patch("/account", "replace", "/cloudwatchRoleArn", "role").await;
    account
        .request_ok(
            "PUT",
            &format!("/restapis/{api}/gatewayresponses/THROTTLED"),
            json!({ "statusCode": "420" }),
        )
        .await;
}

#[tokio::test]
async fn all_state_survives_a_kill() {
    let folder = tempfile::tempdir().unwrap();
    let account = start_in(folder.path()).await;
    fill(&account).await;
    let killed_folder = copy_as_if_killed(folder.path());
    let restarted = start_in(killed_folder.path()).await;
    assert_eq!(read_everything(&restarted).await, read_everything(&account).await);

    restarted.aws.shutdown().await;
    let compacted = start_in(killed_folder.path()).await;
    assert_eq!(
        read_everything(&compacted).await,
        read_everything(&account).await,
        "read from the compacted journal"
    );
}

#[tokio::test]
async fn a_half_written_line_is_dropped() {
    let folder = tempfile::tempdir().unwrap();
    let account = start_in(folder.path()).await;
    account.create_key("whole").await;
    let killed_folder = copy_as_if_killed(folder.path());
    let journal = killed_folder.path().join("apigateway.jsonl");
    let mut lines = std::fs::read(&journal).unwrap();
    lines.extend_from_slice(br#"{"kind":"apiKey","id":"torn","value":{"na"#);
    std::fs::write(&journal, lines).unwrap();

    let restarted = start_in(killed_folder.path()).await;
    assert_eq!(member_of_each(&restarted.get("/apikeys").await, "name"), ["whole"]);
    restarted.create_key("later").await;
    let restarted = start_in(copy_as_if_killed(killed_folder.path()).path()).await;
    assert_eq!(member_of_each(&restarted.get("/apikeys").await, "name"), ["later", "whole"]);
}

#[tokio::test]
async fn a_damaged_journal_is_reported_with_its_line() {
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
async fn only_one_process_can_use_a_data_folder() {
    let folder = tempfile::tempdir().unwrap();
    let _first = start_in(folder.path()).await;
    let options = Options { world: World::Empty, data: Some(folder.path().to_owned()), ..Options::default() };
    let second = LocalAws::start(options).await;
    assert!(matches!(second, Err(StartError::Store(StoreError::InUse { .. }))), "{second:?}");
}

#[tokio::test]
async fn dynamodb_survives_a_kill() {
    let folder = tempfile::tempdir().unwrap();
    let account = start_in(folder.path()).await;
    crate::services::create_keys_table(&account).await;
    let item = json!({ "TableName": "Keys", "Item": { "id": { "S": "a" }, "owner": { "S": "acme" } } });
    assert_eq!(crate::services::call_dynamodb(&account, "PutItem", item).await.status, 200);

    let killed_folder = copy_as_if_killed(folder.path());
    let restarted = start_in(killed_folder.path()).await;
    let scan = crate::services::call_dynamodb(&restarted, "Scan", json!({ "TableName": "Keys" })).await;
    assert_eq!(scan.json()["Count"], 1, "{}", scan.body);
}

#[cfg(unix)]
#[tokio::test]
async fn only_the_owner_can_read_the_data_folder() {
    use std::os::unix::fs::PermissionsExt;
    let parent = tempfile::tempdir().unwrap();
    let folder = parent.path().join("state");
    let _account = start_in(&folder).await;
    assert_eq!(std::fs::metadata(&folder).unwrap().permissions().mode() & 0o777, 0o700);
}
