//! Cascading deletes: what else is deleted or detached when an entity is deleted.

use serde_json::{Value, json};

use crate::control_plane::{ControlPlane, member_of_each};

#[tokio::test]
async fn deleting_a_key_removes_it_from_every_plan() {
    let account = ControlPlane::empty().await;
    let (key, other_key) = (account.create_key("a").await, account.create_key("b").await);
    let plans = [account.create_plan("Free", &[]).await, account.create_plan("Paid", &[]).await];
    for plan in &plans {
        account.add_key_to_plan(plan, &key).await;
        account.add_key_to_plan(plan, &other_key).await;
    }
    assert_eq!(account.request("DELETE", &format!("/apikeys/{key}"), Value::Null).await, (202, Value::Null));
    for plan in &plans {
        assert_eq!(
            member_of_each(&account.get(&format!("/usageplans/{plan}/keys")).await, "id"),
            [other_key.as_str()]
        );
    }
    assert_eq!(account.request("DELETE", &format!("/apikeys/{key}"), Value::Null).await.0, 404);
}

#[tokio::test]
async fn a_plan_with_stages_cannot_be_deleted() {
    let account = ControlPlane::empty().await;
    let (api, _) = account.create_api(&["prod"]).await;
    let plan = account.create_plan("Free", &[(&api, "prod")]).await;
    let path = format!("/usageplans/{plan}");
    let (status, response) = account.request("DELETE", &path, Value::Null).await;
    let text = format!(
        "Cannot delete Usage Plan {plan} because there are API Stages associated with it, including {api}:prod"
    );
    assert_eq!((status, &response["message"]), (400, &json!(text)));

    account.patch(&path, "remove", "/apiStages", &format!("{api}:prod")).await;
    assert_eq!(account.request("DELETE", &path, Value::Null).await.0, 202);
}

#[tokio::test]
async fn deleting_a_plan_keeps_its_keys() {
    let account = ControlPlane::empty().await;
    let (key, plan) = (account.create_key("a").await, account.create_plan("Free", &[]).await);
    account.add_key_to_plan(&plan, &key).await;
    account.request_ok("DELETE", &format!("/usageplans/{plan}"), Value::Null).await;
    assert_eq!(account.get(&format!("/usageplans?keyId={key}")).await, json!({ "item": [] }));
    assert_eq!(account.get(&format!("/apikeys/{key}")).await["name"], "a");
}

#[tokio::test]
async fn the_keys_of_an_unknown_plan_are_an_empty_list() {
    let account = ControlPlane::empty().await;
    assert_eq!(
        account.request("GET", "/usageplans/noplan/keys", Value::Null).await,
        (200, json!({ "item": [] }))
    );
}

#[tokio::test]
async fn deleting_a_stage_removes_it_from_its_plans() {
    let account = ControlPlane::empty().await;
    let (api, _) = account.create_api(&["prod", "test"]).await;
    let plan = account.create_plan("Free", &[(&api, "prod"), (&api, "test")]).await;
    let stages = async || account.get(&format!("/usageplans/{plan}")).await["apiStages"].clone();

    account.request_ok("DELETE", &format!("/restapis/{api}/stages/prod"), Value::Null).await;
    assert_eq!(stages().await, json!([{ "apiId": api, "stage": "test" }]));
    account.request_ok("DELETE", &format!("/restapis/{api}"), Value::Null).await;
    assert_eq!(stages().await, json!([]));
}

#[tokio::test]
async fn deleting_a_resource_deletes_its_children() {
    let account = ControlPlane::empty().await;
    let (api, root) = account.create_api(&[]).await;
    let resources = format!("/restapis/{api}/resources");
    let mut ids = vec![root];
    for part in ["pets", "{id}", "toys"] {
        let parent = ids.last().unwrap();
        let created =
            account.request_ok("POST", &format!("{resources}/{parent}"), json!({ "pathPart": part })).await;
        ids.push(crate::control_plane::id(&created));
    }
    let paths = async || member_of_each(&account.get(&resources).await, "path");
    assert_eq!(paths().await, ["/", "/pets", "/pets/{id}", "/pets/{id}/toys"]);
    account.request_ok("DELETE", &format!("{resources}/{}", ids[2]), Value::Null).await;
    assert_eq!(paths().await, ["/", "/pets"]);
}
