//! Adding an index to a table takes a while, and so does removing one; DynamoDB does one at a time.

use std::time::Duration;

use keypool_local_aws::Switches;
use serde_json::{Value, json};

use crate::control_plane::ControlPlane;
use crate::services::{call_dynamodb, create_keys_table};

async fn account() -> ControlPlane {
    let account = ControlPlane::empty().await;
    account.aws.set_switches(Switches { index_build_seconds: 100, ..Switches::default() });
    create_keys_table(&account).await;
    for item in [
        json!({ "id": { "S": "a" }, "owner": { "S": "acme" }, "planId": { "S": "p" } }),
        json!({ "id": { "S": "b" }, "owner": { "S": "bolt" }, "planId": { "S": "p" } }),
        json!({ "id": { "S": "no owner" }, "planId": { "S": "p" } }),
        json!({ "id": { "S": "another type" }, "owner": { "S": "x" }, "planId": { "N": "1" } }),
    ] {
        let put = json!({ "TableName": "Keys", "Item": item });
        assert_eq!(call_dynamodb(&account, "PutItem", put).await.status, 200);
    }
    account
}

fn added(index: &str) -> Value {
    json!({ "Create": {
        "IndexName": index,
        "KeySchema": [
            { "AttributeName": "planId", "KeyType": "HASH" }, { "AttributeName": "owner", "KeyType": "RANGE" },
        ],
        "Projection": { "ProjectionType": "ALL" },
    } })
}

fn removed(index: &str) -> Value {
    json!({ "Delete": { "IndexName": index } })
}

/// Updates the table, and returns its description, or the name and message of the error.
async fn update(account: &ControlPlane, updates: &[Value]) -> Result<Value, String> {
    let attribute = |name: &str| json!({ "AttributeName": name, "AttributeType": "S" });
    let request = json!({
        "TableName": "Keys",
        "AttributeDefinitions": [attribute("planId"), attribute("owner")],
        "GlobalSecondaryIndexUpdates": updates,
    });
    let response = call_dynamodb(account, "UpdateTable", request).await;
    let body = response.json();
    match response.status {
        200 => Ok(body["TableDescription"].clone()),
        _ => Err(error(&body)),
    }
}

fn error(body: &Value) -> String {
    let name = body["__type"].as_str().unwrap().rsplit('#').next().unwrap();
    format!("{name}: {}", body.get("message").or(body.get("Message")).unwrap().as_str().unwrap())
}

/// The table's status, and the status of the index, with `*` while it is being filled.
fn states(table: &Value, index: &str) -> (String, Option<String>) {
    let indexes = table["GlobalSecondaryIndexes"].as_array().unwrap();
    let found = indexes.iter().find(|listed| listed["IndexName"] == index);
    let state = found.map(|index| {
        let mark = if index["Backfilling"] == true { "*" } else { "" };
        format!("{}{mark}", index["IndexStatus"].as_str().unwrap())
    });
    (table["TableStatus"].as_str().unwrap().to_owned(), state)
}

async fn described(account: &ControlPlane, index: &str) -> (String, Option<String>) {
    let table = call_dynamodb(account, "DescribeTable", json!({ "TableName": "Keys" })).await.json();
    states(&table["Table"], index)
}

async fn query(account: &ControlPlane, index: &str) -> Result<Vec<String>, String> {
    let request = json!({
        "TableName": "Keys", "IndexName": index, "KeyConditionExpression": "planId = :plan",
        "ExpressionAttributeValues": { ":plan": { "S": "p" } },
    });
    let response = call_dynamodb(account, "Query", request).await;
    let body = response.json();
    if response.status != 200 {
        return Err(error(&body));
    }
    Ok(body["Items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| item["id"]["S"].as_str().unwrap().to_owned())
        .collect())
}

fn state(table: &str, index: Option<&str>) -> (String, Option<String>) {
    (table.to_owned(), index.map(str::to_owned))
}

const ONE_AT_A_TIME: &str = "LimitExceededException: Subscriber limit exceeded: Only 1 online index can be created or \
                             deleted simultaneously per table";

#[tokio::test]
async fn a_new_index_is_filled_before_it_can_be_read_and_has_only_items_with_its_attributes() {
    let account = account().await;
    let table = update(&account, &[added("by-plan-owner")]).await.unwrap();
    let allocating = state("UPDATING", Some("CREATING"));
    assert_eq!(states(&table, "by-plan-owner"), allocating);
    assert_eq!(described(&account, "by-plan-owner").await, allocating);
    account.aws.clock().advance(Duration::from_secs(50));
    assert_eq!(described(&account, "by-plan-owner").await, state("ACTIVE", Some("CREATING*")));
    let refused = "ValidationException: Cannot read from backfilling global secondary index: by-plan-owner";
    assert_eq!(query(&account, "by-plan-owner").await, Err(refused.to_owned()));
    account.aws.clock().advance(Duration::from_secs(50));
    assert_eq!(described(&account, "by-plan-owner").await, state("ACTIVE", Some("ACTIVE")));
    assert_eq!(query(&account, "by-plan-owner").await, Ok(vec!["a".to_owned(), "b".to_owned()]));
}

#[tokio::test]
async fn one_index_is_added_or_removed_at_a_time() {
    let account = account().await;
    let both = update(&account, &[added("one"), removed("by-owner")]).await;
    assert_eq!(both.unwrap_err(), ONE_AT_A_TIME);
    update(&account, &[added("one")]).await.unwrap();
    for second in [added("two"), removed("by-owner")] {
        assert_eq!(update(&account, &[second]).await.unwrap_err(), ONE_AT_A_TIME);
    }
    let deleted = call_dynamodb(&account, "DeleteTable", json!({ "TableName": "Keys" })).await;
    assert!(error(&deleted.json()).starts_with("ResourceInUseException: "), "{}", deleted.body);
    account.aws.clock().advance(Duration::from_secs(100));
    update(&account, &[removed("by-owner")]).await.unwrap();
}

#[tokio::test]
async fn a_removed_index_is_listed_until_it_has_gone() {
    let account = account().await;
    let table = update(&account, &[removed("by-owner")]).await.unwrap();
    let deleting = state("UPDATING", Some("DELETING"));
    assert_eq!(states(&table, "by-owner"), deleting);
    account.aws.clock().advance(Duration::from_secs(99));
    assert_eq!(described(&account, "by-owner").await, deleting);
    account.aws.clock().advance(Duration::from_secs(1));
    assert_eq!(states_without_indexes(&account).await, Value::Null);
    let unknown = update(&account, &[removed("by-owner")]).await.unwrap_err();
    assert!(unknown.starts_with("ResourceNotFoundException: "), "{unknown}");
}

async fn states_without_indexes(account: &ControlPlane) -> Value {
    let table = call_dynamodb(account, "DescribeTable", json!({ "TableName": "Keys" })).await.json();
    table["Table"]["GlobalSecondaryIndexes"].clone()
}

#[tokio::test]
async fn an_index_can_be_removed_while_it_is_filled_but_not_before() {
    let account = account().await;
    update(&account, &[added("by-plan-owner")]).await.unwrap();
    let too_early = update(&account, &[removed("by-plan-owner")]).await.unwrap_err();
    assert!(
        too_early.starts_with("ResourceInUseException: ")
            && too_early.contains("in resource allocation phase"),
        "{too_early}"
    );
    account.aws.clock().advance(Duration::from_secs(50));
    update(&account, &[removed("by-plan-owner")]).await.unwrap();
    account.aws.clock().advance(Duration::from_secs(100));
    assert_eq!(described(&account, "by-plan-owner").await, state("ACTIVE", None));
}

#[tokio::test]
async fn without_the_switch_an_index_is_ready_at_the_next_call() {
    let account = account().await;
    account.aws.set_switches(Switches::default());
    let table = update(&account, &[added("by-plan-owner")]).await.unwrap();
    assert_eq!(states(&table, "by-plan-owner"), state("UPDATING", Some("CREATING")));
    assert_eq!(described(&account, "by-plan-owner").await, state("ACTIVE", Some("ACTIVE")));
    let table = update(&account, &[removed("by-owner")]).await.unwrap();
    assert_eq!(states(&table, "by-owner"), state("UPDATING", Some("DELETING")));
    assert_eq!(described(&account, "by-owner").await, state("ACTIVE", None));
}
