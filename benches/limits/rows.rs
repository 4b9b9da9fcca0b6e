//! The rows of the fake account, each made from its number.

use serde_json::{Value, json};

const ROWS_OF_A_TENANT: usize = 5;
const CREATED: i64 = 1_700_000_000;

pub(crate) fn plan_id(n: usize) -> String {
    format!("p{n:05}")
}

pub(crate) fn api_key_id(n: usize) -> String {
    format!("k{n:09}")
}

pub(crate) fn plan(n: usize) -> Value {
    json!({
        "id": plan_id(n),
        "name": format!("Plan{n:03}"),
        "apiStages": [{ "apiId": "a1b2c3d4e5", "stage": "prod" }],
        "throttle": { "burstLimit": 20, "rateLimit": 10.0 },
        "quota": { "limit": 5000, "offset": 0, "period": "MONTH" },
    })
}

pub(crate) fn api_key(n: usize) -> Value {
    json!({
        "id": api_key_id(n),
        "name": format!("pool key {n}"),
        "enabled": true,
        "createdDate": CREATED,
        "lastUpdatedDate": CREATED,
        "stageKeys": [],
    })
}

/// The API keys of a plan: each API key is in one plan.
pub(crate) fn members(plan: &str, plans: usize, api_keys: usize) -> Vec<Value> {
    let number: usize = plan[1..].parse().unwrap_or(plans);
    let members = (number..api_keys).step_by(plans);
    let member = |n| json!({ "id": api_key_id(n), "type": "API_KEY", "value": format!("value-of-{n:030}") });
    members.map(member).collect()
}

pub(crate) fn plan_number(id: &str) -> Option<usize> {
    id.strip_prefix('p')?.parse().ok()
}

/// The rows of a tenant, such as `tenant-0000007`.
pub(crate) fn rows_of_tenant(tenant: &str) -> std::ops::Range<usize> {
    let number = tenant.strip_prefix("tenant-").and_then(|number| number.parse::<usize>().ok());
    number.map_or(0..0, |number| number * ROWS_OF_A_TENANT..(number + 1) * ROWS_OF_A_TENANT)
}

/// Appends the item of a pooled tenant key, in DynamoDB's JSON.
pub(crate) fn push_tenant_key(n: usize, plans: usize, api_keys: usize, json: &mut String) {
    use std::fmt::Write;
    let api_key = n % api_keys;
    let plan = api_key % plans;
    let _infallible = write!(
        json,
        "{{\"id\":{{\"S\":\"{}\"}},\"planId\":{{\"S\":\"p{plan:05}\"}},\"owner\":{{\"S\":\"tenant-{:07}\"}},\
         \"name\":{{\"S\":\"web shop {}\"}},\"description\":{{\"S\":\"\"}},\"enabled\":{{\"BOOL\":true}},\
         \"poolKeyId\":{{\"S\":\"k{api_key:09}\"}},\"createdAt\":{{\"S\":\"2025-03-10T12:00:00Z\"}},\
         \"revision\":{{\"N\":\"1\"}}}}",
        tenant_key_id(n),
        n / ROWS_OF_A_TENANT,
        n % 10,
    );
}

/// Looks like a UUID; its first part is the number of the row.
pub(crate) fn tenant_key_id(n: usize) -> String {
    let random = (n as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    format!("{n:08x}-0000-4000-8000-{:012x}", random >> 16)
}

pub(crate) fn row_of_id(id: &str) -> usize {
    usize::from_str_radix(&id[..8], 16).unwrap_or(0)
}
