//! Writes a pool file in the form that the sample's Lambda functions read, or as JSON.

use super::{FileFormat, PoolEntry};
use crate::text::json_string;

const HEADER: &str = "\
// The API keys that tenants share: planId is the id of a usage plan, apiKeys are the ids of its shared API keys.
// Written by `keypool pools export`. keypool alone reads strategy and capacity.
const apiKeyPools = ";

// Both interfaces that versions of the sample use: the list itself, and a function that searches it.
const FOOTER: &str = ";

exports.apiKeyPools = apiKeyPools;
exports.findPoolForPlanId = (planId) => apiKeyPools.find((pool) => pool.planId === planId);
";

pub fn write(pools: &[PoolEntry], format: FileFormat) -> String {
    let items: Vec<_> = pools.iter().map(|pool| item(pool, format)).collect();
    let list = if items.is_empty() { "[]".to_owned() } else { format!("[\n{}\n]", items.join(",\n")) };
    match format {
        FileFormat::Js => format!("{HEADER}{list}{FOOTER}"),
        FileFormat::Json => list + "\n",
    }
}

fn item(pool: &PoolEntry, format: FileFormat) -> String {
    let api_keys: Vec<_> = pool.api_keys.iter().map(|key| json_string(key.expose())).collect();
    let fields = [
        ("planName", pool.plan_name.as_deref().map(json_string)),
        ("planId", Some(json_string(pool.plan.as_str()))),
        ("strategy", pool.strategy.map(|strategy| json_string(strategy.as_str()))),
        ("capacity", pool.capacity.map(|capacity| capacity.to_string())),
        ("apiKeys", Some(format!("[{}]", api_keys.join(", ")))),
    ];
    let line = |(name, value): (&str, Option<String>)| match format {
        FileFormat::Js => Some(format!("    {name}: {}", value?)),
        FileFormat::Json => Some(format!("    \"{name}\": {}", value?)),
    };
    let lines: Vec<_> = fields.into_iter().filter_map(line).collect();
    format!("  {{\n{}\n  }}", lines.join(",\n"))
}
