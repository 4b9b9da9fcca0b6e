//! 409 for a second membership, a second plan for a stage and a duplicate key value. A test can also
//! script the conflict of a concurrent modification, and switch on the control plane's rates.

use keypool_local_aws::{Answer, Fault, Switches};
use serde_json::{Value, json};

use crate::control_plane::ControlPlane;

#[tokio::test]
async fn a_key_joins_a_plan_only_once() {
    let account = ControlPlane::empty().await;
    let (key, plan) = (account.create_key("a").await, account.create_plan("Free", &[]).await);
    assert_eq!(account.add_key_to_plan(&plan, &key).await.0, 201);
    let member = json!({ "keyId": key, "keyType": "API_KEY" });
    let second = account.send("POST", &format!("/usageplans/{plan}/keys"), member).await;
    assert_eq!((second.status, second.header("x-amzn-errortype")), (409, Some("ConflictException")));
}

#[tokio::test]
async fn a_key_has_one_plan_per_stage() {
    let account = ControlPlane::empty().await;
    let (api, _) = account.create_api(&["prod", "test"]).await;
    let key = account.create_key("a").await;
    let free = account.create_plan("Free", &[(&api, "prod")]).await;
    let paid = account.create_plan("Paid", &[(&api, "prod")]).await;
    let trial = account.create_plan("Trial", &[(&api, "test")]).await;
    assert_eq!(account.add_key_to_plan(&free, &key).await.0, 201);
    let conflict = |plan: &str| {
        let text = format!(
            "Usage Plan {plan} cannot be added because API Key {key} cannot reference multiple Usage Plans with the \
             same API Stage"
        );
        (409, json!({ "message": text }))
    };
    assert_eq!(account.add_key_to_plan(&paid, &key).await, conflict(&paid));
    assert_eq!(account.add_key_to_plan(&trial, &key).await.0, 201, "a plan for another stage");

    let add =
        account.patch(&format!("/usageplans/{trial}"), "add", "/apiStages", &format!("{api}:prod")).await;
    assert_eq!(add, conflict(&trial), "the plan's key is already in a plan for that stage");
}

#[tokio::test]
async fn key_values_are_unique() {
    let account = ControlPlane::empty().await;
    let key = json!({ "value": "abcdefghijklmnopqrstuvwxyz" });
    let first = account.request_ok("POST", "/apikeys", key.clone()).await;
    let (status, response) = account.request("POST", "/apikeys", key.clone()).await;
    assert_eq!((status, response), (409, json!({ "message": "API Key already exists" })));

    account.request_ok("DELETE", &format!("/apikeys/{}", first["id"].as_str().unwrap()), Value::Null).await;
    assert_eq!(
        account.request("POST", "/apikeys", key).await.0,
        201,
        "the deleted key's value is free again"
    );
}

#[tokio::test]
async fn keys_may_share_a_name_but_get_distinct_values() {
    let account = ControlPlane::empty().await;
    let mut values = std::collections::BTreeSet::new();
    for value in (0..10).map(|number| if number % 2 == 0 { Value::Null } else { json!("") }) {
        let key = account.request_ok("POST", "/apikeys", json!({ "name": "same", "value": value })).await;
        values.insert(key["value"].as_str().unwrap().to_owned());
    }
    assert_eq!(values.len(), 10);
}

#[tokio::test]
async fn a_scripted_conflict_has_the_message_of_a_concurrent_modification() {
    let account = ControlPlane::empty().await;
    let (key, plan) = (account.create_key("a").await, account.create_plan("Free", &[]).await);
    account.aws.faults().script(Fault::on("CreateUsagePlanKey", Answer::ConcurrentModification));
    let text = "Unable to complete operation due to concurrent modification. Please try again later.";
    assert_eq!(account.add_key_to_plan(&plan, &key).await, (409, json!({ "message": text })));
    assert_eq!(account.add_key_to_plan(&plan, &key).await.0, 201, "the failed call had no effect");
}

#[tokio::test]
async fn control_plane_rates_can_be_switched_on() {
    let account = ControlPlane::empty().await;
    account.aws.set_switches(Switches { control_plane_rates: true, ..Switches::default() });
    let mut statuses = Vec::new();
    for _ in 0..7 {
        statuses.push(account.request("POST", "/apikeys", json!({})).await.0);
    }
    assert_eq!(statuses, [201, 201, 201, 201, 201, 429, 429]);
    account.aws.clock().advance(std::time::Duration::from_secs(1));
    assert_eq!(account.request("POST", "/apikeys", json!({})).await.0, 201);
}
