//! Pools as they are written for scripts.

use keypool_domain::{Inventory, Pool};
use serde::Serialize;
use serde_json::Value;

use super::{Form, Record};

/// A pool as it is written for scripts: the names are an interface.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PoolRecord<'a> {
    plan_id: &'a str,
    plan: &'a str,
    strategy: &'static str,
    capacity: Value,
    keys: Vec<PoolKeyRecord<'a>>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct PoolKeyRecord<'a> {
    api_key_id: &'a str,
    /// Tenant keys behind it, as its counter says.
    tenants: Value,
    capacity: Value,
    state: &'static str,
}

impl Record for PoolRecord<'_> {
    const FIELDS: &'static [&'static str] = &[
        "planId",
        "plan",
        "strategy",
        "capacity",
        "keys.apiKeyId",
        "keys.tenants",
        "keys.capacity",
        "keys.state",
    ];
    const TABLE: &'static [(&'static str, &'static str)] = &[
        ("plan", "plan"),
        ("strategy", "strategy"),
        ("api key", "keys.apiKeyId"),
        ("tenants", "keys.tenants"),
        ("capacity", "keys.capacity"),
        ("state", "keys.state"),
    ];
}

impl<'a> PoolRecord<'a> {
    pub(crate) fn of(pool: &'a Pool, inventory: &'a Inventory, form: Form) -> Self {
        let keys = pool.keys.iter().map(|key| PoolKeyRecord {
            api_key_id: key.api_key.as_str(),
            tenants: form.value_or_mark(&key.tenants),
            capacity: form.value_or_mark(&key.capacity),
            state: key.state.as_str(),
        });
        Self {
            plan_id: pool.plan.as_str(),
            plan: inventory.plan_name(&pool.plan),
            strategy: pool.strategy.as_str(),
            capacity: form.value_or_mark(&pool.capacity),
            keys: keys.collect(),
        }
    }
}
