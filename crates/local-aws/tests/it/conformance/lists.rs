//! Lists: case-sensitive name prefixes, newest first, and a position only if another page follows.

use std::collections::BTreeSet;

use serde_json::json;

use crate::control_plane::{ControlPlane, member_of_each};

#[tokio::test]
async fn keys_are_listed_newest_first() {
    let account = ControlPlane::empty().await;
    for name in ["old", "mid", "new"] {
        account.create_key(name).await;
    }
    assert_eq!(member_of_each(&account.get("/apikeys").await, "name"), ["new", "mid", "old"]);
}

#[tokio::test]
async fn the_name_filter_is_a_case_sensitive_prefix() {
    let account = ControlPlane::empty().await;
    for name in ["acme", "acme-2", "Acme", "old acme"] {
        account.create_key(name).await;
    }
    for (query, found) in [
        ("acme", vec!["acme-2", "acme"]),
        ("Acme", vec!["Acme"]),
        ("cme", vec![]),
        ("old%20acme", vec!["old acme"]),
    ] {
        assert_eq!(
            member_of_each(&account.get(&format!("/apikeys?name={query}")).await, "name"),
            found,
            "{query}"
        );
    }
}

#[tokio::test]
async fn keys_are_filtered_by_customer_id() {
    let account = ControlPlane::empty().await;
    account.request_ok("POST", "/apikeys", json!({ "name": "a", "customerId": "c-1" })).await;
    account.request_ok("POST", "/apikeys", json!({ "name": "b", "customerId": "c-10" })).await;
    assert_eq!(member_of_each(&account.get("/apikeys?customerId=c-1").await, "name"), ["a"]);
}

#[tokio::test]
async fn the_default_page_size_is_25() {
    let account = ControlPlane::empty().await;
    for number in 0..30 {
        account.create_key(&format!("key-{number}")).await;
    }
    for (query, shown) in
        [("", 25), ("?limit=5", 5), ("?limit=30", 30), ("?limit=500", 30), ("?limit=-1", 25)]
    {
        let page = account.get(&format!("/apikeys{query}")).await;
        assert_eq!(member_of_each(&page, "id").len(), shown, "{query}");
        assert_eq!(page["position"].is_string(), shown < 30, "{query}");
    }
}

#[tokio::test]
async fn paging_continues_while_the_list_changes() {
    let account = ControlPlane::empty().await;
    for number in 0..6 {
        account.create_key(&format!("key-{number}")).await;
    }
    let first = account.get("/apikeys?limit=3").await;
    assert_eq!(member_of_each(&first, "name"), ["key-5", "key-4", "key-3"]);

    account.create_key("key-6").await;
    let deleted = first["item"][2]["id"].as_str().unwrap();
    account.request_ok("DELETE", &format!("/apikeys/{deleted}"), json!(null)).await;
    let position = first["position"].as_str().unwrap();
    let second = account.get(&format!("/apikeys?limit=3&position={position}")).await;
    assert_eq!(member_of_each(&second, "name"), ["key-2", "key-1", "key-0"]);
    assert_eq!(second.get("position"), None, "a full last page has no position");
}

#[tokio::test]
async fn filtered_lists_and_the_keys_of_a_plan_are_paged() {
    let account = ControlPlane::empty().await;
    let plan = account.create_plan("Free", &[]).await;
    for number in 0..4 {
        for name in ["even", "odd"] {
            let key = account.create_key(&format!("{name}-{number}")).await;
            account.add_key_to_plan(&plan, &key).await;
        }
    }
    let plan_keys = format!("/usageplans/{plan}/keys?name=");
    for list in ["/apikeys?name=".to_owned(), plan_keys] {
        let first = account.get(&format!("{list}odd&limit=3")).await;
        let position = first["position"].as_str().unwrap();
        let second = account.get(&format!("{list}odd&limit=3&position={position}")).await;
        let names: BTreeSet<String> =
            [member_of_each(&first, "name"), member_of_each(&second, "name")].concat().into_iter().collect();
        assert_eq!(names, ["odd-0", "odd-1", "odd-2", "odd-3"].map(str::to_owned).into());
        assert_eq!(second.get("position"), None);
    }
}

#[tokio::test]
async fn the_plans_of_a_key_do_not_contain_its_value() {
    let account = ControlPlane::empty().await;
    let key = account.request_ok("POST", "/apikeys", json!({ "enabled": true })).await;
    let key_id = key["id"].as_str().unwrap();
    for name in ["Free", "Paid", "Other"] {
        let plan = account.create_plan(name, &[]).await;
        if name != "Other" {
            account.add_key_to_plan(&plan, key_id).await;
        }
    }
    let plans = account.get(&format!("/usageplans?keyId={key_id}")).await;
    assert_eq!(member_of_each(&plans, "name"), ["Free", "Paid"]);
    assert!(!plans.to_string().contains(key["value"].as_str().unwrap()));
    assert_eq!(account.get("/usageplans?keyId=nokey").await, json!({ "item": [] }));
}

#[tokio::test]
async fn the_keys_of_a_plan_contain_their_values() {
    let account = ControlPlane::empty().await;
    let key = account.request_ok("POST", "/apikeys", json!({ "name": "a" })).await;
    let plan = account.create_plan("Free", &[]).await;
    let member = json!({ "id": key["id"], "type": "API_KEY", "value": key["value"], "name": "a" });
    assert_eq!(account.add_key_to_plan(&plan, key["id"].as_str().unwrap()).await, (201, member.clone()));
    assert_eq!(account.get(&format!("/usageplans/{plan}/keys")).await, json!({ "item": [member] }));
}
