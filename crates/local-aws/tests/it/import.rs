//! ImportApiKeys from a CSV file.

use serde_json::{Value, json};

use crate::control_plane::{ControlPlane, member_of_each};
use crate::http;

async fn import(account: &ControlPlane, query: &str, file: &str) -> (u16, Value) {
    let path = format!("/apikeys?mode=import&format=csv{query}");
    let response = http::send(&account.aws.endpoint(), "POST", &path, &[], file).await.unwrap();
    (response.status, response.json())
}

#[tokio::test]
async fn a_file_creates_keys_and_adds_them_to_plans() {
    let account = ControlPlane::empty().await;
    let (free, paid) = (account.create_plan("Free", &[]).await, account.create_plan("Paid", &[]).await);
    let file = format!(
        "Key, NAME,usageplanids ,Unknown\n\
         aaaaaaaaaaaaaaaaaaaaaaaaa,first,\"{free},{paid}\",x\n\
         bbbbbbbbbbbbbbbbbbbbbbbbb,second, '{free}',\n"
    );
    let (status, response) = import(&account, "", &file).await;
    assert_eq!((status, &response["warnings"]), (201, &json!([])));
    assert_eq!(response["ids"].as_array().unwrap().len(), 2);
    assert_eq!(
        member_of_each(&account.get(&format!("/usageplans/{free}/keys")).await, "name"),
        ["first", "second"]
    );
    assert_eq!(member_of_each(&account.get(&format!("/usageplans/{paid}/keys")).await, "name"), ["first"]);
}

#[tokio::test]
async fn a_key_with_an_existing_value_is_overwritten() {
    let account = ControlPlane::empty().await;
    let first = import(&account, "", "name,key\nold,aaaaaaaaaaaaaaaaaaaaaaaaa\n").await.1;
    let second =
        import(&account, "", "name,key,description,enabled\nnew,aaaaaaaaaaaaaaaaaaaaaaaaa,d,FALSE\n").await.1;
    assert_eq!(first["ids"], second["ids"]);
    let key = account.get("/apikeys").await["item"][0].clone();
    assert_eq!(
        (&key["name"], &key["description"], &key["enabled"]),
        (&json!("new"), &json!("d"), &json!(false))
    );
}

#[tokio::test]
async fn an_invalid_row_is_a_warning_or_with_failonwarnings_an_error() {
    let account = ControlPlane::empty().await;
    let file = "name,key,usageplanids\nshort,aaa,\ngood,aaaaaaaaaaaaaaaaaaaaaaaaa,noplan\n";
    let (status, response) = import(&account, "&failonwarnings=true", file).await;
    assert_eq!(status, 400, "{response}");
    assert_eq!(account.get("/apikeys").await, json!({ "item": [] }));

    let (status, response) = import(&account, "&failonwarnings=false", file).await;
    let warnings = json!([
        "Row 2: API Key value should be at least 20 characters",
        "Row 3: Usage Plan noplan not found",
    ]);
    assert_eq!((status, &response["warnings"]), (201, &warnings));
    assert_eq!(member_of_each(&account.get("/apikeys").await, "name"), ["good"]);
}

#[tokio::test]
async fn an_unreadable_file_is_rejected() {
    let account = ControlPlane::empty().await;
    for file in ["", "name\na\n", "\u{0}\u{1}\u{2}", "\"unclosed"] {
        assert_eq!(import(&account, "", file).await.0, 400, "{file:?}");
    }
    let path = "/apikeys?mode=import&format=xml";
    assert_eq!(http::send(&account.aws.endpoint(), "POST", path, &[], "").await.unwrap().status, 400);
}
