//! Definitions that API Gateway refuses, and the texts with which it does.

use serde_json::{Value, json};

use crate::control_plane::{ControlPlane, id};

fn replace(operations: &[(&str, &str)]) -> Value {
    let operation = |(path, value): &(&str, &str)| json!({ "op": "replace", "path": path, "value": value });
    json!({ "patchOperations": operations.iter().map(operation).collect::<Vec<_>>() })
}

async fn assert_refused(account: &ControlPlane, request: (&str, &str, Value), status: u16, message: &str) {
    let (method, path, body) = request;
    let response = account.send(method, path, body.clone()).await;
    let text = response.json()["message"].as_str().unwrap_or_default().to_owned();
    assert_eq!((response.status, text.as_str()), (status, message), "{method} {path} {body}");
}

const NEEDS_AUTHORIZER: &str = "Invalid authorizer ID specified. Setting the authorization type to CUSTOM or \
                                COGNITO_USER_POOLS requires a valid authorizer.";

#[tokio::test]
async fn the_authorization_of_a_method_is_a_known_type_with_its_authorizer() {
    let account = ControlPlane::empty().await;
    let (api, root) = account.create_api(&[]).await;
    let methods = format!("/restapis/{api}/resources/{root}/methods");
    let (get, post) = (format!("{methods}/GET"), format!("{methods}/POST"));
    let before = account.get(&get).await;
    let unknown_type = "Invalid authorization type specified";
    for (kind, message) in
        [("FOO", unknown_type), ("CUSTOM", NEEDS_AUTHORIZER), ("COGNITO_USER_POOLS", NEEDS_AUTHORIZER)]
    {
        let new = json!({ "authorizationType": kind });
        assert_refused(&account, ("PUT", &post, new), 400, message).await;
        let patch = replace(&[("/authorizationType", kind)]);
        assert_refused(&account, ("PATCH", &get, patch), 400, message).await;
    }
    let unknown = json!({ "authorizationType": "CUSTOM", "authorizerId": "nope" });
    assert_refused(&account, ("PUT", &post, unknown), 400, NEEDS_AUTHORIZER).await;
    assert_eq!(account.get(&get).await, before, "a refused patch changes nothing");

    let authorizers = format!("/restapis/{api}/authorizers");
    let authorizer = account.request_ok("POST", &authorizers, json!({ "name": "t", "type": "TOKEN" })).await;
    let authorizer = id(&authorizer);
    account.request_ok("PATCH", &get, replace(&[("/authorizerId", &authorizer)])).await;
    assert_eq!(account.get(&get).await, before, "a method that needs no authorizer gets none");
    let both = replace(&[("/authorizationType", "CUSTOM"), ("/authorizerId", &authorizer)]);
    account.request_ok("PATCH", &get, both).await;
    let in_use = "Cannot delete authorizer 't', is referenced in method: GET//";
    let one = format!("{authorizers}/{authorizer}");
    assert_refused(&account, ("DELETE", &one, Value::Null), 409, in_use).await;
    account.request_ok("PATCH", &get, replace(&[("/authorizationType", "NONE")])).await;
    account.request_ok("DELETE", &one, Value::Null).await;
}

#[tokio::test]
async fn an_authorizer_is_updated_within_its_limits() {
    let account = ControlPlane::empty().await;
    let (api, _) = account.create_api(&[]).await;
    let path = format!("/restapis/{api}/authorizers");
    let ttl = "Invalid authorizer result TTL specified, must be between 0 and 3600";
    for seconds in [-1, 3_601] {
        let new = json!({ "name": "t", "type": "TOKEN", "authorizerResultTtlInSeconds": seconds });
        assert_refused(&account, ("POST", &path, new), 400, ttl).await;
    }
    account.request_ok("POST", &path, json!({ "name": "other", "type": "TOKEN" })).await;
    let one = account.request_ok("POST", &path, json!({ "name": "t", "type": "TOKEN" })).await;
    let one = format!("{path}/{}", id(&one));
    let unique = "Authorizer name must be unique. Authorizer with this name already exists";
    for (member, value, message) in [
        ("/authorizerResultTtlInSeconds", "-1", ttl),
        ("/type", "FOO", "Invalid authorizer type specified"),
        ("/name", "other", unique),
    ] {
        assert_refused(&account, ("PATCH", &one, replace(&[(member, value)])), 400, message).await;
    }
    let patch =
        replace(&[("/authorizerResultTtlInSeconds", "60"), ("/identitySource", "method.request.header.A")]);
    let updated = account.request_ok("PATCH", &one, patch).await;
    assert_eq!(updated["authorizerResultTtlInSeconds"], 60);
    assert_eq!(account.get(&one).await, updated);
}

#[tokio::test]
async fn a_rest_api_has_one_known_endpoint_type() {
    let account = ControlPlane::empty().await;
    let new = |types: &[&str]| json!({ "name": "a", "endpointConfiguration": { "types": types } });
    let message = "1 validation error detected: Value '[FOO]' at 'createRestApiInput.endpointConfiguration.types' \
                   failed to satisfy constraint: Member must satisfy constraint: [Member must satisfy enum value \
                   set: [PRIVATE, EDGE, REGIONAL]]";
    assert_refused(&account, ("POST", "/restapis", new(&["FOO"])), 400, message).await;
    let several = "Cannot create an api with multiple Endpoint Types.";
    assert_refused(&account, ("POST", "/restapis", new(&["EDGE", "REGIONAL"])), 400, several).await;
    let compression = json!({ "name": "a", "minimumCompressionSize": -1 });
    let message = "Invalid minimum compression size, must be between 0 and 10485760";
    assert_refused(&account, ("POST", "/restapis", compression), 400, message).await;
    let api = account.request_ok("POST", "/restapis", new(&["REGIONAL"])).await;
    let message =
        "Invalid patch value  'FOO' specified for op 'replace'. Must be one of: [PRIVATE, EDGE, REGIONAL]";
    let patch = replace(&[("/endpointConfiguration/types/REGIONAL", "FOO")]);
    let path = format!("/restapis/{}", id(&api));
    assert_refused(&account, ("PATCH", &path, patch), 400, message).await;
    assert_eq!(account.get("/restapis").await["item"].as_array().map(Vec::len), Some(1));
}

#[tokio::test]
async fn a_clone_has_the_resources_of_an_existing_api() {
    let account = ControlPlane::empty().await;
    let nope = json!({ "name": "a", "cloneFrom": "nope" });
    let message = "Invalid API identifier specified 000000000000:nope";
    assert_refused(&account, ("POST", "/restapis", nope), 404, message).await;
    let (api, root) = account.create_api(&["prod"]).await;
    let clone = account.request_ok("POST", "/restapis", json!({ "name": "b", "cloneFrom": api })).await;
    let clone = id(&clone);
    let method = account.get(&format!("/restapis/{clone}/resources/{root}/methods/GET")).await;
    assert_eq!(method["apiKeyRequired"], true);
    assert_eq!(account.get(&format!("/restapis/{clone}/stages")).await["item"], json!([]));
}

#[tokio::test]
async fn limits_are_for_verbs_and_stages_that_exist() {
    let account = ControlPlane::empty().await;
    let (api, _) = account.create_api(&["prod"]).await;
    let stage = format!("/restapis/{api}/stages/prod");
    for path in ["/~1/ANY", "/~1/FOO", "/*/GET", "/~1/*"] {
        let member = format!("{path}/throttling/rateLimit");
        let message = format!("Invalid method setting path: {member}");
        assert_refused(&account, ("PATCH", &stage, replace(&[(&member, "1")])), 400, &message).await;
    }
    for path in ["/~1/GET", "/*/*"] {
        let member = format!("{path}/throttling/rateLimit");
        account.request_ok("PATCH", &stage, replace(&[(&member, "1")])).await;
    }

    let plan = account.create_plan("a", &[(&api, "prod")]).await;
    let plan = format!("/usageplans/{plan}");
    let limit = |stage: &str, method: &str| format!("/apiStages/{api}:{stage}/throttle/{method}/rateLimit");
    let id = plan.trim_start_matches("/usageplans/");
    let unknown = format!("Invalid API Stage {{api: {api}, stage: nope}} specified for usageplan {id}");
    let patch = replace(&[(&limit("nope", "//GET"), "1")]);
    assert_refused(&account, ("PATCH", &plan, patch), 404, &unknown).await;
    account.request_ok("PATCH", &plan, replace(&[(&limit("prod", "//GET"), "1")])).await;
}

#[tokio::test]
async fn a_domain_name_is_a_host_name_with_a_known_endpoint_type() {
    let account = ControlPlane::empty().await;
    for name in ["bad name!", "localhost", "a..example.com", "-a.example.com"] {
        let new = json!({ "domainName": name });
        assert_refused(&account, ("POST", "/domainnames", new), 400, "Invalid domain name specified").await;
    }
    let new = json!({ "domainName": "a.example.com", "endpointConfiguration": { "types": ["FOO"] } });
    let (status, response) = account.request("POST", "/domainnames", new).await;
    assert_eq!(status, 400, "{response}");
    for name in ["api.example.com", "*.example.com"] {
        account.request_ok("POST", "/domainnames", json!({ "domainName": name })).await;
    }
}
