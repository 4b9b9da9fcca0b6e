//! `enabled` is false unless said otherwise, but true in a CSV file; rubbish switches a key off.

use serde_json::json;

use crate::control_plane::{ControlPlane, each};
use crate::http;

#[tokio::test]
async fn a_key_that_is_created_is_disabled_unless_said_otherwise() {
    let account = ControlPlane::empty().await;
    for (body, enabled) in [(json!({}), false), (json!({ "enabled": true }), true)] {
        assert_eq!(account.done("POST", "/apikeys", body).await["enabled"], enabled);
    }
}

#[tokio::test]
async fn a_key_that_is_imported_is_enabled_unless_said_otherwise() {
    let account = ControlPlane::empty().await;
    let file = "name,key,enabled\na,aaaaaaaaaaaaaaaaaaaa,\nb,bbbbbbbbbbbbbbbbbbbb,false\n";
    let path = "/apikeys?mode=import&format=csv";
    let answer = http::send(&account.aws.endpoint(), "POST", path, &[], file).await.unwrap();
    assert_eq!(answer.status, 201, "{}", answer.body);

    let keys = account.get("/apikeys").await;
    assert_eq!(each(&keys, "name"), ["b", "a"]);
    assert_eq!((&keys["item"][0]["enabled"], &keys["item"][1]["enabled"]), (&json!(false), &json!(true)));
}

#[tokio::test]
async fn only_true_switches_a_key_on() {
    let account = ControlPlane::empty().await;
    let key = account.key("a").await;
    for (value, enabled) in [("rubbish", false), ("true", true), ("", false), ("True", true), ("1", false)] {
        let (status, shown) = account.patch(&format!("/apikeys/{key}"), "replace", "/enabled", value).await;
        assert_eq!((status, &shown["enabled"]), (200, &json!(enabled)), "{value}");
    }
}
