//! What an API checks besides the key: its endpoint, its resource policy, the method's authorization, and where keys
//! come from.

use serde_json::{Value, json};

use crate::http::{self, HttpResponse};
use crate::protected_api::{Key, ProtectedApi, STAGE};

const NO_LIMIT: Value = Value::Null;

async fn api_with_key() -> (ProtectedApi, Key) {
    let api = ProtectedApi::new().await;
    let plan = api.create_plan(NO_LIMIT, NO_LIMIT).await;
    let key = api.create_key(&plan).await;
    (api, key)
}

fn error(response: &HttpResponse) -> (u16, &str, &str) {
    (response.status, response.header("x-amzn-errortype").unwrap_or_default(), &response.body)
}

const FORBIDDEN: (u16, &str, &str) = (403, "ForbiddenException", r#"{"message":"Forbidden"}"#);

#[tokio::test]
async fn a_disabled_default_endpoint_refuses_calls_once_it_is_deployed() {
    let (api, key) = api_with_key().await;
    api.replace(&format!("/restapis/{}", api.id), "/disableExecuteApiEndpoint", "true").await;
    assert_eq!(api.get(&format!("/restapis/{}", api.id)).await.json()["disableExecuteApiEndpoint"], true);
    assert_eq!(api.call("/pets", Some(&key.value)).await.status, 200, "edited, not deployed");
    api.deploy().await;
    assert_eq!(error(&api.call("/pets", Some(&key.value)).await), FORBIDDEN);
    assert_eq!(error(&api.call("/nowhere", None).await), FORBIDDEN, "before the path is looked up");
}

#[tokio::test]
async fn a_private_api_refuses_calls_from_outside_a_vpc() {
    let (api, key) = api_with_key().await;
    let path = format!("/restapis/{}", api.id);
    api.replace(&path, "/endpointConfiguration/types/EDGE", "PRIVATE").await;
    assert_eq!(api.get(&path).await.json()["endpointConfiguration"]["types"], json!(["PRIVATE"]));
    assert_eq!(error(&api.call("/pets", Some(&key.value)).await), FORBIDDEN);
}

#[tokio::test]
async fn a_resource_policy_decides_before_the_key() {
    let (api, key) = api_with_key().await;
    let denied = |reason: &str| {
        format!(
            "{{\"Message\":\"User: anonymous is not authorized to perform: execute-api:Invoke on resource: \
             arn:aws:execute-api:us-east-1:********0000:{}/{STAGE}/GET/pets{reason}\"}}",
            api.id
        )
    };
    let statement = |effect: &str, principal: Value, resource: &str| json!({"Effect": effect, "Principal": principal, "Action": "execute-api:Invoke", "Resource": resource});
    let allow_all = statement("Allow", json!("*"), "execute-api:/*");
    let mut conditional_deny = statement("Deny", json!("*"), "execute-api:/*");
    conditional_deny["Condition"] = json!({"NotIpAddress": {"aws:SourceIp": ["192.0.2.0/24"]}});
    let arn = |below: &str| format!("arn:aws:execute-api:us-east-1:000000000000:{}/{below}", api.id);
    let cases = [
        (json!([allow_all]), None),
        (
            json!([allow_all, statement("Deny", json!({"AWS": ["*"]}), &arn("*/GET/pe?s"))]),
            Some(" with an explicit deny"),
        ),
        (json!([allow_all, statement("Deny", json!("*"), &arn("*/POST/*"))]), None),
        (json!([allow_all, statement("Deny", json!({"AWS": "123456789012"}), "*")]), None),
        (json!([allow_all, conditional_deny]), None),
        (json!([statement("Allow", json!("*"), "execute-api:/other/*")]), Some("")),
        (json!([statement("Allow", json!({"AWS": "123456789012"}), "execute-api:/*")]), None),
    ];
    for (statements, reason) in cases {
        let policy = json!({"Version": "2012-10-17", "Statement": statements}).to_string();
        api.replace(&format!("/restapis/{}", api.id), "/policy", &policy).await;
        api.deploy().await;
        for key in [Some(key.value.as_str()), None] {
            let response = api.call("/pets", key).await;
            match reason {
                Some(reason) => {
                    assert_eq!(
                        error(&response),
                        (403, "AccessDeniedException", denied(reason).as_str()),
                        "{policy}"
                    );
                }
                None => assert_eq!(response.status, if key.is_some() { 200 } else { 403 }, "{policy}"),
            }
        }
    }
    let returned = api.get(&format!("/restapis/{}", api.id)).await.json();
    let returned = returned["policy"].as_str().unwrap();
    assert!(returned.starts_with(r#"{\"Version\":\"2012-10-17\","#), "the quotes are escaped: {returned}");
}

/// Creates `GET /PATH` with an authorization type, and deploys it.
async fn create_method(api: &ProtectedApi, path: &str, authorization: &str) {
    let resource = api.create_resource(path).await;
    api.create_method(&resource, "GET", true, crate::protected_api::mock_integration()).await;
    let method = format!("/restapis/{}/resources/{resource}/methods/GET", api.id);
    let kind = if authorization == "CUSTOM" { "TOKEN" } else { "COGNITO_USER_POOLS" };
    let authorizer = json!({ "name": path, "type": kind });
    let authorizer = api.post(&format!("/restapis/{}/authorizers", api.id), authorizer).await;
    let operations =
        [("/authorizationType", authorization), ("/authorizerId", authorizer["id"].as_str().unwrap())]
            .map(|(path, value)| json!({ "op": "replace", "path": path, "value": value }));
    api.patch(&method, json!({ "patchOperations": operations })).await;
    api.deploy().await;
}

async fn call_authorized(
    api: &ProtectedApi,
    path: &str,
    key: &Key,
    authorization: Option<&str>,
) -> HttpResponse {
    let key_header = Some(("x-api-key", key.value.as_str()));
    let headers: Vec<_> =
        key_header.into_iter().chain(authorization.map(|text| ("authorization", text))).collect();
    let path = format!("/_aws/execute-api/{}/{STAGE}/{path}", api.id);
    http::send(&api.aws.endpoint(), "GET", &path, &headers, "").await.unwrap()
}

#[tokio::test]
async fn a_valid_key_does_not_replace_the_authorization_of_the_method() {
    let (api, key) = api_with_key().await;
    let missing =
        (403, "MissingAuthenticationTokenException", r#"{"message":"Missing Authentication Token"}"#);
    let unauthorized = (401, "UnauthorizedException", r#"{"message":"Unauthorized"}"#);
    let broken = (500, "AuthorizerConfigurationException", r#"{"message":null}"#);
    for (kind, token, expected) in [
        ("AWS_IAM", None, missing),
        ("AWS_IAM", Some("Bearer x"), missing),
        ("CUSTOM", None, unauthorized),
        ("CUSTOM", Some("Bearer x"), broken),
        ("COGNITO_USER_POOLS", None, unauthorized),
        ("COGNITO_USER_POOLS", Some("Bearer x"), unauthorized),
    ] {
        let path = format!("{kind}-{}", token.unwrap_or_default().len());
        create_method(&api, &path, kind).await;
        assert_eq!(error(&call_authorized(&api, &path, &key, token).await), expected, "{kind} {token:?}");
    }
    let signed = Some("AWS4-HMAC-SHA256 Credential=demo");
    create_method(&api, "signed", "AWS_IAM").await;
    assert_eq!(call_authorized(&api, "signed", &key, signed).await.status, 200);
    let unknown = Key { id: String::new(), value: "x".repeat(40) };
    assert_eq!(
        error(&call_authorized(&api, "signed", &unknown, None).await),
        FORBIDDEN,
        "the key comes first"
    );
}

#[tokio::test]
async fn keys_from_an_authorizer_make_the_header_ineffective() {
    let (api, key) = api_with_key().await;
    create_method(&api, "custom", "CUSTOM").await;
    api.replace(&format!("/restapis/{}", api.id), "/apiKeySource", "AUTHORIZER").await;
    assert_eq!(api.call("/pets", Some(&key.value)).await.status, 200, "edited, not deployed");
    api.deploy().await;
    assert_eq!(error(&api.call("/pets", Some(&key.value)).await), FORBIDDEN);
    let response = call_authorized(&api, "custom", &key, None).await;
    assert_eq!(response.status, 401, "the authorizer comes before the key");
}

#[tokio::test]
async fn authorizers_are_records() {
    let api = ProtectedApi::new().await;
    let path = format!("/restapis/{}/authorizers", api.id);
    let new = json!({"name": "tokens", "type": "TOKEN", "identitySource": "method.request.header.Auth"});
    let created = api.post(&path, new).await;
    let listed = api.get(&path).await.json();
    assert_eq!((&listed["item"][0], &created["type"]), (&created, &json!("TOKEN")));
    let one = format!("{path}/{}", created["id"].as_str().unwrap());
    assert_eq!(api.get(&one).await.json(), created);
    for (name, kind) in [("tokens", "REQUEST"), ("others", "JWT"), ("", "TOKEN")] {
        let body = json!({"name": name, "type": kind}).to_string();
        let refused = http::send(&api.aws.endpoint(), "POST", &path, &[], &body).await.unwrap();
        assert_eq!(refused.status, 400, "{name} {kind}");
    }
    api.delete(&one).await;
    assert_eq!(api.get(&path).await.json()["item"], json!([]));
}
