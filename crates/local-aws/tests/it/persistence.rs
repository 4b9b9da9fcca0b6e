//! State on disk: every change whose response was sent survives, however the process ends.

use std::io::{Seek, SeekFrom, Write};
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
async fn a_journal_that_is_no_journal_is_described_in_a_sentence() {
    for (text, expected) in [
        ("\n\n", "apigateway.jsonl, line 1: it is empty; restore the file from a copy"),
        ("  \n", "apigateway.jsonl, line 1: it is empty; restore the file from a copy"),
        ("Dear diary\n", "apigateway.jsonl, line 1: it is not JSON; restore the file from a copy"),
        ("7\n", "apigateway.jsonl, line 1: it is no record that this version knows"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("apigateway.jsonl"), text).unwrap();
        let options =
            Options { world: World::Empty, data: Some(folder.path().to_owned()), ..Options::default() };
        let error = LocalAws::start(options).await.unwrap_err().to_string();
        assert!(error.contains(expected), "{text:?}: {error}");
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

/// Damages a copy of a folder that has a table, an API key and a change, and returns the error of a start in it.
async fn start_after(damage: impl Fn(&Path)) -> String {
    let folder = tempfile::tempdir().unwrap();
    let account = start_in(folder.path()).await;
    crate::services::create_keys_table(&account).await;
    account.create_key("a").await;
    account.aws.shutdown().await;
    damage(folder.path());
    let options = Options { world: World::Empty, data: Some(folder.path().to_owned()), ..Options::default() };
    let error = LocalAws::start(options).await.unwrap_err();
    assert!(matches!(error, StartError::Store(StoreError::Incomplete { .. })), "{error:?}");
    error.to_string()
}

fn cut(path: &Path, keep: impl Fn(u64) -> u64) {
    let file = std::fs::OpenOptions::new().write(true).open(path).unwrap();
    let length = file.metadata().unwrap().len();
    file.set_len(keep(length)).unwrap();
}

fn overwrite_second_half(path: &Path) {
    let mut bytes = std::fs::read(path).unwrap();
    let half = bytes.len() / 2;
    bytes[half..].fill(0xff);
    std::fs::write(path, bytes).unwrap();
}

#[tokio::test]
async fn an_empty_cut_or_missing_file_is_reported_with_what_to_do() {
    let (journal, database) = ("apigateway.jsonl", "dynamodb.sqlite");
    let zero_page = |folder: &Path, page: u64| {
        let mut file = std::fs::OpenOptions::new().write(true).open(folder.join(database)).unwrap();
        file.seek(SeekFrom::Start(page * 4_096)).unwrap();
        file.write_all(&[0; 4_096]).unwrap();
    };
    let found = [
        start_after(|folder| cut(&folder.join(journal), |_| 0)).await,
        start_after(|folder| std::fs::remove_file(folder.join(journal)).unwrap()).await,
        start_after(|folder| cut(&folder.join(database), |_| 0)).await,
        start_after(|folder| cut(&folder.join(database), |length| length / 2)).await,
        start_after(|folder| std::fs::remove_file(folder.join(database)).unwrap()).await,
        start_after(|folder| std::fs::write(folder.join(database), "not a database").unwrap()).await,
        start_after(|folder| zero_page(folder, 0)).await,
        start_after(|folder| zero_page(folder, 1)).await,
        start_after(|folder| replace_with_another_database(&folder.join(database))).await,
        start_after(|folder| overwrite_second_half(&folder.join(database))).await,
    ];
    let expected = [
        "apigateway.jsonl is empty, or cut in its first line; restore the folder from a copy, or start",
        "apigateway.jsonl is missing, but ",
        "dynamodb.sqlite is empty; restore the folder from a copy, or start with an empty folder",
        "dynamodb.sqlite is damaged: not all of it can be read; restore the folder",
        "dynamodb.sqlite is missing",
        "dynamodb.sqlite is not a SQLite database; restore the folder",
        "dynamodb.sqlite is not a SQLite database; restore the folder",
        "dynamodb.sqlite is damaged: not all of it can be read; restore the folder",
        "dynamodb.sqlite is a SQLite database of another program; restore the folder",
        "dynamodb.sqlite is damaged",
    ];
    assert_eq!(found.len(), expected.len());
    for (found, expected) in found.iter().zip(expected) {
        assert!(found.contains(expected), "{found}");
    }
}

fn replace_with_another_database(path: &Path) {
    std::fs::remove_file(path).unwrap();
    let other = rusqlite::Connection::open(path).unwrap();
    other.execute_batch("CREATE TABLE notes (body TEXT); INSERT INTO notes VALUES ('x');").unwrap();
}

#[tokio::test]
async fn an_interrupted_first_start_begins_again() {
    let folder = tempfile::tempdir().unwrap();
    start_in(folder.path()).await.aws.shutdown().await;
    std::fs::remove_file(folder.path().join("apigateway.jsonl")).unwrap();
    std::fs::write(folder.path().join("first-start"), "").unwrap();
    assert_eq!(start_in(folder.path()).await.get("/apikeys").await, json!({ "item": [] }));
    assert!(!folder.path().join("first-start").exists());
}

#[cfg(unix)]
#[tokio::test]
async fn only_the_owner_can_read_the_data_folder() {
    use std::os::unix::fs::PermissionsExt;
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    let parent = tempfile::tempdir().unwrap();
    let folder = parent.path().join("state");
    let account = start_in(&folder).await;
    assert_eq!(mode(&folder), 0o700);

    let open_folder = parent.path().join("open");
    std::fs::create_dir(&open_folder).unwrap();
    std::fs::set_permissions(&open_folder, PermissionsExt::from_mode(0o755)).unwrap();
    let start_and_check = async || {
        let account = start_in(&open_folder).await;
        crate::services::create_keys_table(&account).await;
        account.create_key("a").await;
        let mut count = 0;
        for file in std::fs::read_dir(&open_folder).unwrap() {
            let path = file.unwrap().path();
            assert_eq!(mode(&path), 0o600, "{}", path.display());
            count += 1;
        }
        assert!(count >= 3, "{count} files");
        let delete = json!({ "TableName": "Keys" });
        crate::services::call_dynamodb(&account, "DeleteTable", delete).await;
        account.aws.shutdown().await;
    };
    start_and_check().await;
    for file in ["apigateway.jsonl", "dynamodb.sqlite", "lock"] {
        std::fs::set_permissions(open_folder.join(file), PermissionsExt::from_mode(0o644)).unwrap();
    }
    start_and_check().await;
    let journal = open_folder.join("apigateway.jsonl");
    std::fs::set_permissions(&journal, PermissionsExt::from_mode(0o644)).unwrap();
    std::fs::remove_file(open_folder.join("dynamodb.sqlite")).unwrap();
    let options = Options { data: Some(open_folder.clone()), ..Options::default() };
    assert!(LocalAws::start(options).await.is_err());
    assert_eq!(mode(&journal), 0o600, "also if the start fails");
    drop(account);
}

#[tokio::test]
async fn a_database_that_another_program_uses_is_reported() {
    let folder = tempfile::tempdir().unwrap();
    let account = start_in(folder.path()).await;
    crate::services::create_keys_table(&account).await;
    account.aws.shutdown().await;
    let other = rusqlite::Connection::open(folder.path().join("dynamodb.sqlite")).unwrap();
    other.execute_batch("PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE;").unwrap();
    let options = Options { world: World::Empty, data: Some(folder.path().to_owned()), ..Options::default() };
    let error = LocalAws::start(options).await.unwrap_err().to_string();
    assert!(error.contains("dynamodb.sqlite is in use by another program"), "{error}");
}
