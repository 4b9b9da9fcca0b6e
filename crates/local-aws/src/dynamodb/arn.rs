//! Amazon resource names in requests and responses.
//!
//! Invariant: every ARN in a response has the region of its request. The library below has none, and knows tables by
//! name only.

use std::borrow::Cow;

use dynoxide::DynoxideError;
use serde_json::{Map, Value};

use crate::state::ACCOUNT_ID;

/// What the library writes in place of a region.
const LIBRARY_REGION: &str = "dynoxide";

/// Returns the name of a table that is given by name or by ARN.
pub(crate) fn table_name(text: &str) -> &str {
    let Some(resource) = text.strip_prefix("arn:").and_then(|arn| arn.splitn(5, ':').nth(4)) else {
        return text;
    };
    resource.strip_prefix("table/").unwrap_or(text)
}

/// Replaces the ARNs of tables by names, wherever a request may have either.
pub(super) fn replace_table_arns<'a>(body: &'a [u8], region: &str) -> dynoxide::Result<Cow<'a, [u8]>> {
    let has_arn = body.windows(5).any(|text| text == b"\"arn:");
    let parsed = if has_arn { serde_json::from_slice::<Value>(body).ok() } else { None };
    // The library reports what is not JSON.
    let Some(mut request) = parsed else { return Ok(Cow::Borrowed(body)) };
    replace_table_name(&mut request, region)?;
    for item in request.get_mut("TransactItems").and_then(Value::as_array_mut).into_iter().flatten() {
        for action in item.as_object_mut().into_iter().flat_map(Map::values_mut) {
            replace_table_name(action, region)?;
        }
    }
    if let Some(tables) = request.get_mut("RequestItems").and_then(Value::as_object_mut) {
        let mut by_name = Map::new();
        for (table, items) in std::mem::take(tables) {
            by_name.insert(checked_table_name(&table, region)?.to_owned(), items);
        }
        *tables = by_name;
    }
    Ok(Cow::Owned(request.to_string().into_bytes()))
}

fn replace_table_name(request: &mut Value, region: &str) -> dynoxide::Result<()> {
    if let Some(Value::String(table)) = request.get_mut("TableName") {
        *table = checked_table_name(table, region)?.to_owned();
    }
    Ok(())
}

/// Returns the table's name. Fails for an ARN of something else, or of another region or account.
fn checked_table_name<'a>(table: &'a str, region: &str) -> dynoxide::Result<&'a str> {
    if !table.starts_with("arn:") {
        return Ok(table);
    }
    let name = table_name(table);
    if table == format!("arn:aws:dynamodb:{region}:{ACCOUNT_ID}:table/{name}") && !name.contains('/') {
        return Ok(name);
    }
    let message = format!("Invalid TableArn: Invalid ResourceArn provided as input {table}");
    Err(DynoxideError::ValidationException(message))
}

/// Writes the region into the ARNs of a response.
pub(super) fn with_region(output: String, region: &str) -> String {
    if !output.contains(LIBRARY_REGION) {
        return output;
    }
    let Ok(mut response) = serde_json::from_str(&output) else { return output };
    set_region(&mut response, region);
    response.to_string()
}

/// Changes only texts that are members named `…Arn` or `awsRegion`; an item's attributes are objects.
fn set_region(value: &mut Value, region: &str) {
    match value {
        Value::Object(members) => {
            for (name, value) in members {
                match value {
                    Value::String(text) if name.ends_with("Arn") => {
                        *text = text.replacen(&format!(":{LIBRARY_REGION}:"), &format!(":{region}:"), 1);
                    }
                    Value::String(text) if name == "awsRegion" => region.clone_into(text),
                    _ => set_region(value, region),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| set_region(item, region)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const KEYS: &str = "arn:aws:dynamodb:eu-west-1:000000000000:table/Keys";

    fn replaced(body: Value) -> dynoxide::Result<Value> {
        let body = body.to_string();
        let replaced = replace_table_arns(body.as_bytes(), "eu-west-1")?;
        Ok(serde_json::from_slice(&replaced).unwrap())
    }

    #[test]
    fn a_table_may_be_given_by_its_arn() {
        use serde_json::json;
        let item = json!({ "id": { "S": KEYS } });
        let cases = [
            (json!({ "TableName": KEYS, "Item": item }), json!({ "TableName": "Keys", "Item": item })),
            (
                json!({ "TransactItems": [{ "Put": { "TableName": KEYS, "Item": item } }] }),
                json!({ "TransactItems": [{ "Put": { "TableName": "Keys", "Item": item } }] }),
            ),
            (json!({ "RequestItems": { KEYS: [] } }), json!({ "RequestItems": { "Keys": [] } })),
        ];
        for (request, expected) in cases {
            assert_eq!(replaced(request.clone()).unwrap(), expected, "{request}");
        }
    }

    #[test]
    fn an_arn_of_anything_else_is_a_validation_exception() {
        for arn in [
            "arn:aws:dynamodb:us-east-1:000000000000:table/Keys",
            "arn:aws:dynamodb:eu-west-1:111111111111:table/Keys",
            "arn:aws:dynamodb:eu-west-1:000000000000:table/Keys/index/by-owner",
            "arn:aws:dynamodb:eu-west-1:000000000000:backup/Keys",
            "arn:aws:s3:::keys",
            "arn:",
        ] {
            let error = replaced(serde_json::json!({ "TableName": arn })).unwrap_err();
            assert!(matches!(error, DynoxideError::ValidationException(_)), "{arn}: {error:?}");
        }
    }

    #[test]
    fn responses_have_the_region_but_items_stay_what_they_are() {
        let table = r#"{"Table":{"TableArn":"arn:aws:dynamodb:dynoxide:000000000000:table/Keys"}}"#;
        let expected = r#"{"Table":{"TableArn":"arn:aws:dynamodb:eu-west-1:000000000000:table/Keys"}}"#;
        assert_eq!(with_region(table.to_owned(), "eu-west-1"), expected);
        let item = r#"{"Item":{"Arn":{"S":"arn:aws:dynamodb:dynoxide:000000000000:table/Keys"}}}"#;
        assert_eq!(with_region(item.to_owned(), "eu-west-1"), item);
    }
}
