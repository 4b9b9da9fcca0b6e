//! Records of usage by tenant, counted in an access log.

use keypool_domain::Inventory;
use keypool_domain::usage::{LoggedKeyUse, LoggedUsage};
use serde_json::Value;

use crate::ops::listing::format::RecordFormat;
use crate::ops::listing::record::records;

records! {
    /// The calls of a tenant in an access log.
    pub(crate) struct LoggedTenantRecord {
        tenant: String => "tenant",
        /// With all API keys that are counted; null if none is.
        calls: Option<u64>,
        keys: Vec<LoggedKeyRecord>,
    }

    struct LoggedKeyRecord {
        plan_id: String,
        plan: String => "plan",
        api_key_id: String => "api key",
        /// Null if the key belongs to one tenant.
        shared_by: Option<usize> => "shared by",
        /// Calls of the tenant; null if the key is not counted.
        calls: Value => "calls",
        /// In percent of the calls with the API key, with one decimal; null without calls.
        share: Option<Value> => "share %",
        /// Calls of all tenants; null if the key is not counted.
        key_calls: Option<u64> => "key's calls",
        /// The API key that has replaced this one; null unless the tenant called with the old value.
        replaced_by: Option<String>,
    }
}

/// Returns a record per tenant, most calls first.
pub(crate) fn logged_records(
    usage: &LoggedUsage,
    inventory: &Inventory,
    format: RecordFormat,
) -> Vec<LoggedTenantRecord> {
    let key_record = |key: &LoggedKeyUse| LoggedKeyRecord {
        plan_id: key.plan.to_string(),
        plan: inventory.plan_name(&key.plan).to_owned(),
        api_key_id: key.api_key.to_string(),
        shared_by: key.shared_by,
        calls: format.counted(key.count.map(|count| count.calls)),
        share: key.count.and_then(|count| Some(format.number(&format!("{:.1}", count.share()?)))),
        key_calls: key.count.map(|count| count.key_calls),
        replaced_by: key.replaced_by.as_ref().map(ToString::to_string),
    };
    let tenants = usage.tenants.iter().map(|tenant| LoggedTenantRecord {
        tenant: tenant.tenant.to_string(),
        calls: tenant.calls(),
        keys: tenant.keys.iter().map(key_record).collect(),
    });
    tenants.collect()
}
