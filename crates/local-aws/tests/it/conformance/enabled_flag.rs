//! `enabled` is false by default, but true in a CSV file. In a patch, every value but `true` disables a key.

use serde_json::json;

use crate::control_plane::{ControlPlane, member_of_each};
use crate::http;

#[tokio::test]
async fn a_created_key_is_disabled_by_default() {
    let account = ControlPlane::empty().await;
    for (body, enabled) in [(json!({}), false), (json!({ "enabled": true }), true)] {
        assert_eq!(account.request_ok("POST", "/apikeys", body).await["enabled"], enabled);
    }
}

#[tokio::test]
async fn an_imported_key_is_enabled_by_default() {
    let account = ControlPlane::empty().await;
    let file = "name,key,enabled\na,aaaaaaaaaaaaaaaaaaaa,\nb,bbbbbbbbbbbbbbbbbbbb,false\n";
    let path = "/apikeys?mode=import&format=csv";
    let response = http::send(&account.aws.endpoint(), "POST", path, &[], file).await.unwrap();
    assert_eq!(response.status, 201, "{}", response.body);

    let keys = account.get("/apikeys").await;
    assert_eq!(member_of_each(&keys, "name"), ["b", "a"]);
    assert_eq!((&keys["item"][0]["enabled"], &keys["item"][1]["enabled"]), (&json!(false), &json!(true)));
}

#[tokio::test]
async fn only_true_enables_a_key() {
    let account = ControlPlane::empty().await;
    let key = account.create_key("a").await;
    for (value, enabled) in [("rubbish", false), ("true", true), ("", false), ("True", true), ("1", false)] {
        let (status, patched) = account.patch(&format!("/apikeys/{key}"), "replace", "/enabled", value).await;
        assert_eq!((status, &patched["enabled"]), (200, &json!(enabled)), "{value}");
    }
}
