//! Answers that no AWS gives: lists without end, endless bodies, API keys in another format, operations that are missing.

use keypool::aws::{Aws, Failure, Retries, Target};
use keypool::ops;
use keypool_domain::usage::DayRange;
use keypool_domain::{Inventory, Unknown};
use keypool_local_aws::{Answer, Fault, LocalAws, World};
use serde_json::{Value, json};

use super::support::{read_inventory, silent_run, start_local_aws, target};
use super::test_account::{Backend, POOLS_TABLE, TestAccount, create_change};

async fn read_with(local: &LocalAws, aws: &Aws, fault: Fault) -> Result<Inventory, Failure> {
    local.faults().clear();
    local.faults().script(fault.always());
    ops::read_inventory(aws, &silent_run()).await
}

fn answer(operation: &str, body: &Value) -> Fault {
    Fault::on(operation, Answer::Body { status: 200, body: body.to_string() })
}

#[tokio::test]
async fn a_list_that_repeats_a_page_is_an_error_and_never_taken_for_the_whole() {
    let (local, aws) = start_local_aws(World::Sample).await;
    let row = json!({ "id": { "S": "a" }, "owner": { "S": "acme" }, "planId": { "S": "p" } });
    for (operation, page) in [
        ("GetApiKeys", json!({ "item": [{ "id": "a", "enabled": true }], "position": "again" })),
        ("GetUsagePlans", json!({ "item": [{ "id": "a", "name": "Free" }], "position": "again" })),
        ("GetUsagePlanKeys", json!({ "item": [{ "id": "a", "value": "v" }], "position": "again" })),
        ("ListTables", json!({ "TableNames": ["Keys"], "LastEvaluatedTableName": "Keys" })),
        ("Scan", json!({ "Items": [row], "Count": 1, "LastEvaluatedKey": { "id": { "S": "a" } } })),
    ] {
        let failure = read_with(&local, &aws, answer(operation, &page)).await.expect_err(operation);
        let text = failure.to_string();
        assert!(
            text.contains("returns the same page again") && text.contains("to its end"),
            "{operation}: {text}"
        );
        assert!(text.starts_with(&format!("{operation} failed: {}", local.endpoint())), "{text}");
    }
    let plans = read_inventory_again(&local, &aws).await;
    let page = json!({ "usagePlanId": "p", "values": { "a": [[1, 9]] }, "position": "again" });
    let failure = read_usage_with(&local, &aws, &plans, answer("GetUsage", &page)).await;
    assert!(failure.contains("returns the same page again"), "{failure}");
}

async fn read_inventory_again(local: &LocalAws, aws: &Aws) -> Inventory {
    local.faults().clear();
    read_inventory(aws).await
}

/// Returns the failure of reading today's usage.
async fn read_usage_with(local: &LocalAws, aws: &Aws, inventory: &Inventory, fault: Fault) -> String {
    local.faults().script(fault.always());
    let today = DayRange::last_days(1, aws.now().to_zoned(jiff::tz::TimeZone::UTC).date());
    let usage = ops::read_usage(aws, inventory.plans(), today, None, &silent_run()).await;
    usage.expect_err("a failure").to_string()
}

#[tokio::test]
async fn an_endless_response_is_an_error_and_is_not_requested_again() {
    let (local, _) = start_local_aws(World::Sample).await;
    let target = Target { retries: Retries::Standard, ..target(&local.endpoint()) };
    let aws = Aws::connect(&target).await.expect("a connection");
    let failure = read_with(&local, &aws, Fault::on("GetUsagePlans", Answer::Endless)).await;
    let text = failure.expect_err("a failure").to_string();
    assert!(
        text.starts_with("GetUsagePlans failed: ") && text.contains("it is larger than 64 MiB"),
        "{text}"
    );
    assert_eq!(local.faults().hit_count(), 1);
}

#[tokio::test]
async fn an_api_key_in_another_format_is_one_remark() {
    let (local, aws) = start_local_aws(World::Sample).await;
    let known = read_inventory(&aws).await;
    let remarks = known.remarks().len();
    let mut keys: Vec<Value> = known.api_keys().value_to_show().expect("keys").iter().map(listed).collect();
    keys[0]["createdDate"] = json!("2026-03-10T12:00:00Z");
    keys[1]["enabled"] = json!("true");
    let page = json!({ "item": keys });
    let inventory = read_with(&local, &aws, answer("GetApiKeys", &page)).await.expect("an inventory");
    assert_eq!(inventory.api_keys().value_to_show().map(Vec::len), Some(keys.len()));
    let [first, second] = [&keys[0]["id"], &keys[1]["id"]].map(|id| id.as_str().expect("an id").to_owned());
    let expected = format!(
        "the endpoint returns 2 API keys in a format other than AWS's: {first} (createdDate), {second} (enabled)"
    );
    assert!(inventory.remarks().contains(&expected), "{:?}", inventory.remarks());
    assert_eq!(inventory.remarks().len(), remarks + 1);

    keys[1]["enabled"] = json!("perhaps");
    let inventory = read_with(&local, &aws, answer("GetApiKeys", &json!({ "item": keys }))).await;
    let inventory = inventory.expect("an inventory");
    let reason = inventory.api_keys().reason().cloned();
    assert!(matches!(reason, Some(Unknown::Unreadable(_))), "{reason:?}");
    let remark = format!("1 API key of the list cannot be read: {second} (enabled)");
    assert!(inventory.remarks().iter().any(|text| text.starts_with(&remark)), "{:?}", inventory.remarks());
}

fn listed(key: &keypool_domain::ApiKey) -> Value {
    json!({ "id": key.id.as_str(), "name": key.name, "enabled": key.enabled, "createdDate": 1_773_144_000 })
}

#[tokio::test]
async fn an_endpoint_without_get_usage_is_not_read_as_no_calls() {
    let (local, aws) = start_local_aws(World::Sample).await;
    let inventory = read_inventory(&aws).await;
    let error = |status: u16| Answer::Body { status, body: "Not found".to_owned() };
    let refusal = |status, code: &str, message: &str| Answer::Error {
        status,
        code: code.to_owned(),
        message: message.to_owned(),
    };
    for answer in [
        Answer::Body { status: 200, body: "{}".to_owned() },
        error(404),
        error(501),
        refusal(403, "MissingAuthenticationTokenException", "Missing Authentication Token"),
        refusal(500, "InternalError", "Not yet implemented"),
    ] {
        let text = read_usage_with(&local, &aws, &inventory, Fault::on("GetUsage", answer)).await;
        assert_eq!(text, format!("{} does not support GetUsage", local.endpoint()));
        local.faults().clear();
    }
}

#[tokio::test]
async fn items_that_are_never_processed_are_an_error() {
    let (local, _) = start_local_aws(World::Empty).await;
    let account = TestAccount::build(Backend::LocalAws, &local.endpoint()).await;
    let unprocessed = json!({ POOLS_TABLE: { "Keys": [{ "id": { "S": "a" } }, { "id": { "S": "b" } }] } });
    let nothing = json!({ "Responses": {}, "UnprocessedKeys": unprocessed });
    local.faults().script(answer("BatchGetItem", &nothing).always());
    let failure = account.apply(&create_change(&account.pooled_plan, "web", 1)).await.err();
    let expected = Failure::TooManyRequests { operation: "BatchGetItem".to_owned() };
    assert_eq!(failure.expect("a failure").to_string(), expected.to_string());
}
