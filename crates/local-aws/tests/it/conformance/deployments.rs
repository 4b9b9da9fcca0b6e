//! Edits of methods and resources take effect with a deployment, not before.

use serde_json::{Value, json};

use crate::control_plane::ControlPlane;

async fn invoke(account: &ControlPlane, api: &str, path: &str) -> u16 {
    account.send("GET", &format!("/_aws/execute-api/{api}/prod{path}"), Value::Null).await.status
}

#[tokio::test]
async fn an_edited_method_changes_for_callers_only_when_deployed() {
    let account = ControlPlane::empty().await;
    let (api, root) = account.create_api(&["prod"]).await;
    let method = format!("/restapis/{api}/resources/{root}/methods/GET");
    assert_eq!(invoke(&account, &api, "/").await, 403);

    let (_, edited) = account.patch(&method, "replace", "/apiKeyRequired", "false").await;
    assert_eq!(edited["apiKeyRequired"], false);
    assert_eq!(invoke(&account, &api, "/").await, 403, "edited, not deployed");

    account.deploy(&api, "prod").await;
    assert_eq!(invoke(&account, &api, "/").await, 200);
}

#[tokio::test]
async fn a_stage_can_roll_back_to_an_old_deployment() {
    let account = ControlPlane::empty().await;
    let (api, root) = account.create_api(&[]).await;
    let first = account.deploy(&api, "prod").await;
    account
        .patch(
            &format!("/restapis/{api}/resources/{root}/methods/GET"),
            "replace",
            "/apiKeyRequired",
            "false",
        )
        .await;
    let second = account.deploy(&api, "prod").await;
    let requires_key = async |deployment: &str| {
        let path = format!("/restapis/{api}/deployments/{deployment}?embed=apisummary");
        account.get(&path).await["apiSummary"]["/"]["GET"]["apiKeyRequired"].clone()
    };
    assert_eq!((requires_key(&first).await, requires_key(&second).await), (json!(true), json!(false)));

    assert_eq!(invoke(&account, &api, "/").await, 200);
    account.patch(&format!("/restapis/{api}/stages/prod"), "replace", "/deploymentId", &first).await;
    assert_eq!(invoke(&account, &api, "/").await, 403);
}

#[tokio::test]
async fn a_new_path_works_once_deployed() {
    let account = ControlPlane::empty().await;
    let (api, root) = account.create_api(&["prod"]).await;
    let toys = account
        .request_ok("POST", &format!("/restapis/{api}/resources/{root}"), json!({ "pathPart": "toys" }))
        .await;
    let method = format!("/restapis/{api}/resources/{}/methods/GET", toys["id"].as_str().unwrap());
    account.request_ok("PUT", &method, json!({ "authorizationType": "NONE" })).await;
    let mock = json!({ "type": "MOCK", "requestTemplates": { "application/json": "{\"statusCode\": 200}" } });
    account.request_ok("PUT", &format!("{method}/integration"), mock).await;
    account.request_ok("PUT", &format!("{method}/responses/200"), json!({})).await;
    account.request_ok("PUT", &format!("{method}/integration/responses/200"), json!({})).await;
    assert_eq!(invoke(&account, &api, "/toys").await, 403, "Missing Authentication Token");

    account.deploy(&api, "prod").await;
    assert_eq!(invoke(&account, &api, "/toys").await, 200);
}

#[tokio::test]
async fn a_deployment_is_deleted_only_if_no_stage_serves_it() {
    let account = ControlPlane::empty().await;
    let (api, _) = account.create_api(&[]).await;
    let first = account.deploy(&api, "prod").await;
    let path = format!("/restapis/{api}/deployments/{first}");
    let refused = account.send("DELETE", &path, Value::Null).await;
    let message = "Active stages pointing to this deployment must be moved or deleted";
    assert_eq!((refused.status, refused.json()["message"].as_str()), (400, Some(message)));
    account.deploy(&api, "prod").await;
    assert_eq!(account.send("DELETE", &path, Value::Null).await.status, 202);
    assert_eq!(account.send("GET", &path, Value::Null).await.status, 404);
}
