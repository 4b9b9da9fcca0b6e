//! `keypool pools` without more words.

use keypool_domain::{Inventory, Pool};
use serde::Serialize;

use crate::cli::Stop;
use crate::cli::output::{self, Format, Record};
use crate::cli::session::Session;

pub(super) async fn run(session: &Session, format: Format) -> Result<(), Stop> {
    print(&session.inventory().await?, format)
}

pub(super) fn print(inventory: &Inventory, format: Format) -> Result<(), Stop> {
    let records: Vec<_> = inventory.pools().iter().map(|pool| record(pool, inventory)).collect();
    output::list(&records, format)
}

/// A pool as it is written for scripts: the names are an interface.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct PoolRecord<'a> {
    plan_id: &'a str,
    plan: &'a str,
    strategy: &'static str,
    capacity: u32,
    keys: Vec<PoolKeyRecord<'a>>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct PoolKeyRecord<'a> {
    api_key_id: &'a str,
    /// Tenant keys behind it, as its counter says.
    tenants: u32,
    capacity: u32,
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

fn record<'a>(pool: &'a Pool, inventory: &'a Inventory) -> PoolRecord<'a> {
    let keys = pool.keys.iter().map(|key| PoolKeyRecord {
        api_key_id: key.api_key.as_str(),
        tenants: key.tenants,
        capacity: key.capacity,
        state: key.state.as_str(),
    });
    PoolRecord {
        plan_id: pool.plan.as_str(),
        plan: inventory.plan_name(&pool.plan),
        strategy: pool.strategy.as_str(),
        capacity: pool.capacity,
        keys: keys.collect(),
    }
}
