//! What goes with what: a deleted key leaves its plans, a plan with stages stays, and a list of nobody's keys is empty.

use serde_json::{Value, json};

use crate::control_plane::{ControlPlane, each};

#[tokio::test]
async fn a_deleted_key_is_gone_from_every_plan() {
    let account = ControlPlane::empty().await;
    let (key, other) = (account.key("a").await, account.key("b").await);
    let plans = [account.plan("Free", &[]).await, account.plan("Paid", &[]).await];
    for plan in &plans {
        account.join(plan, &key).await;
        account.join(plan, &other).await;
    }
    assert_eq!(account.ask("DELETE", &format!("/apikeys/{key}"), Value::Null).await, (202, Value::Null));
    for plan in &plans {
        assert_eq!(each(&account.get(&format!("/usageplans/{plan}/keys")).await, "id"), [other.as_str()]);
    }
    assert_eq!(account.ask("DELETE", &format!("/apikeys/{key}"), Value::Null).await.0, 404);
}

#[tokio::test]
async fn a_plan_with_stages_cannot_be_deleted() {
    let account = ControlPlane::empty().await;
    let (api, _) = account.api(&["prod"]).await;
    let plan = account.plan("Free", &[(&api, "prod")]).await;
    let path = format!("/usageplans/{plan}");
    let (status, answer) = account.ask("DELETE", &path, Value::Null).await;
    let text = format!(
        "Cannot delete Usage Plan {plan} because there are API Stages associated with it, including {api}:prod"
    );
    assert_eq!((status, &answer["message"]), (400, &json!(text)));

    account.patch(&path, "remove", "/apiStages", &format!("{api}:prod")).await;
    assert_eq!(account.ask("DELETE", &path, Value::Null).await.0, 202);
}

#[tokio::test]
async fn a_plan_with_keys_can_be_deleted_and_leaves_them() {
    let account = ControlPlane::empty().await;
    let (key, plan) = (account.key("a").await, account.plan("Free", &[]).await);
    account.join(&plan, &key).await;
    account.done("DELETE", &format!("/usageplans/{plan}"), Value::Null).await;
    assert_eq!(account.get(&format!("/usageplans?keyId={key}")).await, json!({ "item": [] }));
    assert_eq!(account.get(&format!("/apikeys/{key}")).await["name"], "a");
}

#[tokio::test]
async fn the_keys_of_an_unknown_plan_are_an_empty_list() {
    let account = ControlPlane::empty().await;
    assert_eq!(
        account.ask("GET", "/usageplans/nobody/keys", Value::Null).await,
        (200, json!({ "item": [] }))
    );
}

#[tokio::test]
async fn a_deleted_stage_drops_out_of_its_plans() {
    let account = ControlPlane::empty().await;
    let (api, _) = account.api(&["prod", "test"]).await;
    let plan = account.plan("Free", &[(&api, "prod"), (&api, "test")]).await;
    let stages = async || account.get(&format!("/usageplans/{plan}")).await["apiStages"].clone();

    account.done("DELETE", &format!("/restapis/{api}/stages/prod"), Value::Null).await;
    assert_eq!(stages().await, json!([{ "apiId": api, "stage": "test" }]));
    account.done("DELETE", &format!("/restapis/{api}"), Value::Null).await;
    assert_eq!(stages().await, json!([]));
}

#[tokio::test]
async fn a_resource_takes_those_below_it_along() {
    let account = ControlPlane::empty().await;
    let (api, root) = account.api(&[]).await;
    let resources = format!("/restapis/{api}/resources");
    let mut ids = vec![root];
    for part in ["pets", "{id}", "toys"] {
        let parent = ids.last().unwrap();
        let made = account.done("POST", &format!("{resources}/{parent}"), json!({ "pathPart": part })).await;
        ids.push(crate::control_plane::id(&made));
    }
    let paths = async || each(&account.get(&resources).await, "path");
    assert_eq!(paths().await, ["/", "/pets", "/pets/{id}", "/pets/{id}/toys"]);
    account.done("DELETE", &format!("{resources}/{}", ids[2]), Value::Null).await;
    assert_eq!(paths().await, ["/", "/pets"]);
}
