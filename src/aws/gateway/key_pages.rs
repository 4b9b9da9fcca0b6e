//! Pages of GetApiKeys, also those that the SDK rejects.
//!
//! The SDK rejects a whole page if one value has another type than AWS's, such as a date as text. Some emulators return
//! such keys, which must not hide the others.

use std::collections::BTreeMap;

use aws_sdk_apigateway::operation::get_api_keys::builders::GetApiKeysFluentBuilder;
use aws_sdk_apigateway::types;
use jiff::Timestamp;
use keypool_domain::{ApiKey, ApiKeyId, Secret};
use serde_json::Value;

use super::unreadable::describe_item;
use super::{PAGE_SIZE, lenient, text_or_empty};
use crate::aws::Failure;
use crate::aws::failure::AwsCall;
use crate::aws::pages::Pages;

/// An API key of a page.
#[derive(Debug)]
pub(super) struct ListedKey {
    pub(super) id: Option<ApiKeyId>,
    /// Names the key in a remark, also without an id.
    pub(super) label: String,
    pub(super) value: Option<Secret>,
    /// The key, or the name of the member that cannot be read.
    pub(super) key: Result<ApiKey, &'static str>,
    /// The members whose types are not AWS's.
    pub(super) foreign_members: Vec<&'static str>,
}

/// Requests the page that is next, and returns its keys and whether another page follows.
pub(super) async fn fetch_key_page(
    list: &GetApiKeysFluentBuilder,
    pages: &mut Pages<String>,
    call: &AwsCall<'_>,
) -> Result<(Vec<ListedKey>, bool), Failure> {
    let request = list.clone().limit(PAGE_SIZE).set_position(pages.token());
    let (keys, position) = match request.send().await {
        Ok(page) => (page.items.unwrap_or_default().into_iter().map(listed_key).collect(), page.position),
        Err(error) => match lenient::rejected_body(&error).and_then(parse_page) {
            Some(page) => page,
            None => return Err(call.failure(error)),
        },
    };
    Ok((keys, pages.turn_page(call, position)?))
}

fn listed_key(mut key: types::ApiKey) -> ListedKey {
    let (id, value) = (key.id.clone().map(ApiKeyId::new), key.value.take().map(Secret::new));
    let label = describe_item("key", key.id.as_deref(), None, key.name.as_deref());
    ListedKey { id, label, value, key: api_key(key).ok_or("id"), foreign_members: Vec::new() }
}

pub(super) fn api_key(key: types::ApiKey) -> Option<ApiKey> {
    let created = key.created_date.map(|date| Timestamp::from_second(date.secs()));
    Some(ApiKey {
        id: ApiKeyId::new(key.id?),
        name: text_or_empty(key.name),
        description: text_or_empty(key.description),
        enabled: key.enabled,
        created_at: created.and_then(Result::ok),
        customer_id: key.customer_id.filter(|id| !id.is_empty()),
        tags: key.tags.unwrap_or_default().into_iter().collect::<BTreeMap<_, _>>(),
    })
}

fn parse_page(body: &[u8]) -> Option<(Vec<ListedKey>, Option<String>)> {
    let page: Value = serde_json::from_slice(body).ok()?;
    let keys = page.get("item")?.as_array()?.iter().map(parse_key).collect();
    Some((keys, page.get("position").and_then(Value::as_str).map(str::to_owned)))
}

fn parse_key(item: &Value) -> ListedKey {
    let text = |name: &str| item.get(name).and_then(Value::as_str).map(str::to_owned);
    let id = text("id").map(ApiKeyId::new);
    let enabled = match item.get("enabled") {
        Some(Value::Bool(enabled)) => Some(*enabled),
        Some(Value::String(word)) if word.eq_ignore_ascii_case("true") => Some(true),
        Some(Value::String(word)) if word.eq_ignore_ascii_case("false") => Some(false),
        // API Gateway always says it, and a key without it may work.
        None | Some(_) => None,
    };
    let key = match (id.clone(), enabled) {
        (None, _) => Err("id"),
        (_, None) => Err("enabled"),
        (Some(id), Some(enabled)) => Ok(ApiKey {
            id,
            name: text_or_empty(text("name")),
            description: text_or_empty(text("description")),
            enabled,
            created_at: item.get("createdDate").and_then(parse_date),
            customer_id: text("customerId").filter(|id| !id.is_empty()),
            tags: lenient::tags(item).unwrap_or_default(),
        }),
    };
    let foreign_id = item.get("id").filter(|json| !json.is_null());
    let id_text = id.as_ref().map(ApiKeyId::as_str);
    let label = describe_item("key", id_text, foreign_id, item.get("name").and_then(Value::as_str));
    let (value, foreign_members) = (text("value").map(Secret::new), find_foreign_members(item));
    ListedKey { id, label, value, key, foreign_members }
}

fn parse_date(date: &Value) -> Option<Timestamp> {
    match date {
        Value::Number(seconds) => Timestamp::from_second(seconds.as_f64()? as i64).ok(),
        Value::String(text) => text.parse().ok(),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

fn find_foreign_members(item: &Value) -> Vec<&'static str> {
    type TypeCheck = fn(&Value) -> bool;
    let has_type: [(&str, TypeCheck); 8] = [
        ("id", Value::is_string),
        ("name", Value::is_string),
        ("description", Value::is_string),
        ("enabled", Value::is_boolean),
        ("createdDate", Value::is_number),
        ("lastUpdatedDate", Value::is_number),
        ("customerId", Value::is_string),
        ("tags", |tags| tags.as_object().is_some_and(|tags| tags.values().all(Value::is_string))),
    ];
    let is_foreign = |name: &str, is_right: TypeCheck| {
        item.get(name).is_some_and(|value| !value.is_null() && !is_right(value))
    };
    has_type
        .into_iter()
        .filter(|(name, is_right)| is_foreign(name, *is_right))
        .map(|(name, _)| name)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_of_another_format_is_read_as_far_as_it_can_be() {
        let body = br#"{"item":[
            {"id":"good","name":"Good","enabled":true,"createdDate":1773144000,"tags":{"a":"b"},"value":"v1"},
            {"id":"odd","name":"Odd","enabled":"TRUE","createdDate":"2026-03-10T12:00:00Z","tags":{"a":1}},
            {"id":"worse","enabled":"maybe"},
            {"name":"no id","enabled":true,"value":"v4"},
            {"id":{"n":7},"name":"odd id"},
            {"enabled":true},
            {"id":"silent"}],"position":"next"}"#;
        let (keys, position) = parse_page(body).expect("a page");
        assert_eq!(position.as_deref(), Some("next"));
        let key = |index: usize| keys[index].key.as_ref().map_err(|member| *member);
        let created = "2026-03-10T12:00:00Z".parse().ok();
        assert_eq!(key(0).map(|key| (key.enabled, key.created_at)), Ok((true, created)));
        assert_eq!(key(1).map(|key| (key.enabled, key.created_at)), Ok((true, created)));
        assert_eq!([2, 3, 6].map(|index| key(index).err()), [Some("enabled"), Some("id"), Some("enabled")]);
        let foreign: Vec<_> = keys.iter().map(|key| key.foreign_members.as_slice()).collect();
        let expected = [&[][..], &["enabled", "createdDate", "tags"], &["enabled"], &[], &["id"], &[], &[]];
        assert_eq!(foreign, expected);
        let labels: Vec<_> = keys[2..6].iter().map(|key| key.label.as_str()).collect();
        let named = "the key named \"no id\"";
        assert_eq!(labels, ["worse", named, "a key with the id {\"n\":7}", "a key without id"]);
        assert_eq!(keys[3].value.as_ref().map(|value| value.expose()), Some("v4"));
        assert!(parse_page(b"<html>").is_none());
        let long = describe_item("key", None, Some(&Value::from("\u{9b}x".repeat(30))), None);
        assert!(long.chars().count() < 180 && long.ends_with('…') && !long.contains('\u{9b}'), "{long}");
    }
}
