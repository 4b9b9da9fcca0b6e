//! The DynamoDB side of the fake account: three tables, of which the Keys table is large.

use serde_json::{Value, json};

use super::rows;

pub(crate) const PLAN_COUNT: usize = 300;
pub(crate) const API_KEY_COUNT: usize = 10_000;
/// About the 1 MB at which DynamoDB ends a page.
const ROWS_OF_A_PAGE: usize = 3_000;

pub(crate) fn answer(operation: &str, input: &Value, tenant_keys: usize) -> String {
    let table = input["TableName"].as_str().unwrap_or_default();
    match (operation, table) {
        ("ListTables", _) => {
            json!({ "TableNames": ["keypool-keys", "keypool-plans", "keypool-pools"] }).to_string()
        }
        ("DescribeTable", _) => json!({ "Table": {
            "TableName": table,
            "TableStatus": "ACTIVE",
            "ItemCount": if table == "keypool-keys" { tenant_keys } else { 0 },
            "AttributeDefinitions": [{ "AttributeName": "id", "AttributeType": "S" }],
            "KeySchema": [{ "AttributeName": "id", "KeyType": "HASH" }],
            "GlobalSecondaryIndexes": if table == "keypool-keys" { indexes() } else { json!([]) },
        } })
        .to_string(),
        ("Query", "keypool-keys") => query_keys(input, tenant_keys),
        ("Scan", "keypool-keys") => scan_keys(input, tenant_keys),
        ("Scan", "keypool-pools") => pool_items(input),
        _ => json!({ "Items": [], "Count": 0, "ScannedCount": 0 }).to_string(),
    }
}

fn indexes() -> Value {
    let index = |name: &str, key: &[&str]| {
        let kinds = ["HASH", "RANGE"];
        let key = key.iter().zip(kinds).map(|(name, kind)| json!({ "AttributeName": name, "KeyType": kind }));
        json!({
            "IndexName": name, "IndexStatus": "ACTIVE", "KeySchema": key.collect::<Vec<_>>(),
            "Projection": { "ProjectionType": "ALL" },
        })
    };
    json!([
        index("by-plan-owner", &["planId", "owner"]),
        index("by-owner", &["owner"]),
        index("by-pool-key", &["poolKeyId"]),
    ])
}

/// A page of an index. Its rows are in ascending order of their number, which is that of their tenants.
fn query_keys(input: &Value, tenant_keys: usize) -> String {
    let value = |at: usize| input["ExpressionAttributeValues"][format!(":k{at}")]["S"].as_str();
    let (plan, tenant) = match input["IndexName"].as_str() {
        Some("by-plan-owner") => (value(0), value(1)),
        Some("by-owner") => (None, value(0)),
        index => panic!("not served: {index:?}"),
    };
    let of_tenant = tenant.map(rows::rows_of_tenant);
    let range = of_tenant.unwrap_or(0..tenant_keys);
    let start =
        input["ExclusiveStartKey"]["id"]["S"].as_str().map_or(range.start, |last| rows::row_of_id(last) + 1);
    let end = range.end.min(tenant_keys);
    let is_in_plan =
        |n: &usize| plan.is_none_or(|plan| rows::plan_id(n % API_KEY_COUNT % PLAN_COUNT) == plan);
    let plan_number = plan.and_then(rows::plan_number);
    let numbers: Box<dyn Iterator<Item = usize>> = match plan_number {
        // One row of a plan follows the other after as many rows as there are plans, within a round of the API keys.
        Some(plan) if tenant.is_none() => Box::new(
            (start / API_KEY_COUNT..=end / API_KEY_COUNT)
                .flat_map(move |round| {
                    (plan..API_KEY_COUNT).step_by(PLAN_COUNT).map(move |n| round * API_KEY_COUNT + n)
                })
                .filter(move |n| (start..end).contains(n)),
        ),
        _ => Box::new((start..end).filter(is_in_plan)),
    };
    let mut numbers = numbers.peekable();
    let page: Vec<usize> = numbers.by_ref().take(ROWS_OF_A_PAGE).collect();
    page_of_rows(&page, numbers.peek().is_some())
}

fn scan_keys(input: &Value, tenant_keys: usize) -> String {
    let number = |name: &str, default: u64| input[name].as_u64().unwrap_or(default) as usize;
    let (segment, segments) = (number("Segment", 0), number("TotalSegments", 1));
    let (first, end) = (tenant_keys * segment / segments, tenant_keys * (segment + 1) / segments);
    let start =
        input["ExclusiveStartKey"]["id"]["S"].as_str().map_or(first, |last| rows::row_of_id(last) + 1);
    let page_end = (start + ROWS_OF_A_PAGE.min(number("Limit", u64::MAX)).max(1)).min(end);
    page_of_rows(&(start..page_end).collect::<Vec<_>>(), page_end < end)
}

fn page_of_rows(numbers: &[usize], has_more: bool) -> String {
    let mut body = String::with_capacity((numbers.len() + 1) * 360);
    body.push_str("{\"Items\":[");
    for (at, n) in numbers.iter().enumerate() {
        if at > 0 {
            body.push(',');
        }
        rows::push_tenant_key(*n, PLAN_COUNT, API_KEY_COUNT, &mut body);
    }
    let count = numbers.len();
    body.push_str(&format!("],\"Count\":{count},\"ScannedCount\":{count}"));
    if let (true, Some(last)) = (has_more, numbers.last()) {
        let last = rows::tenant_key_id(*last);
        body.push_str(&format!(",\"LastEvaluatedKey\":{{\"id\":{{\"S\":\"{last}\"}}}}"));
    }
    body.push('}');
    body
}

/// A pool for each plan, and a counter for each API key.
fn pool_items(input: &Value) -> String {
    let start_key = input["ExclusiveStartKey"]["id"]["S"].as_str();
    let start = start_key.and_then(|id| (0..PLAN_COUNT + API_KEY_COUNT).find(|&n| pool_item_id(n) == id));
    let start = start.map_or(0, |last| last + 1);
    let limit = input["Limit"].as_u64().map_or(usize::MAX, |limit| limit as usize);
    let end = start.saturating_add(limit).min(PLAN_COUNT + API_KEY_COUNT);
    let items: Vec<Value> = (start..end).map(pool_item).collect();
    let mut page = json!({ "Count": items.len(), "ScannedCount": items.len(), "Items": items });
    if end < PLAN_COUNT + API_KEY_COUNT {
        page["LastEvaluatedKey"] = json!({ "id": { "S": pool_item_id(end - 1) } });
    }
    page.to_string()
}

/// Pools come first.
fn pool_item_id(n: usize) -> String {
    match n.checked_sub(PLAN_COUNT) {
        None => format!("pool#{}", rows::plan_id(n)),
        Some(api_key) => format!("key#{}", rows::api_key_id(api_key)),
    }
}

fn pool_item(n: usize) -> Value {
    if n >= PLAN_COUNT {
        return json!({
            "id": { "S": pool_item_id(n) },
            "tenants": { "N": "100" },
            "capacity": { "N": "100000" },
            "state": { "S": "active" },
            "revision": { "N": "1" },
        });
    }
    let keys = (n..API_KEY_COUNT).step_by(PLAN_COUNT).map(|n| json!({ "S": rows::api_key_id(n) }));
    json!({
        "id": { "S": pool_item_id(n) },
        "planId": { "S": rows::plan_id(n) },
        "apiKeys": { "L": keys.collect::<Vec<_>>() },
        "capacity": { "N": "100000" },
        "revision": { "N": "1" },
    })
}
