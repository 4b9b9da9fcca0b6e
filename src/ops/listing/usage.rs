//! Records of usage by API key, plan, tenant and day.

mod groups;
mod logged;
mod quota_status;

use jiff::Timestamp;
use keypool_domain::usage::Usage;
use keypool_domain::{ApiKeyId, Inventory};

use super::record::records;
pub(crate) use groups::{day_records, plan_records, tenant_records};
pub(crate) use logged::logged_records;
pub(crate) use quota_status::QuotaStatusRecord;

records! {
    /// The usage of an API key in a plan.
    pub(crate) struct KeyUsageRecord {
        plan_id: String,
        plan: String => "plan",
        api_key_id: String => "api key",
        tenants: Vec<String>,
        /// Null if the key belongs to one tenant.
        shared_by: Option<usize> => "shared by",
        /// Calls in the requested days.
        calls: u64 => "calls",
        #[serde(flatten)]
        quota_status: QuotaStatusRecord [flat],
    }
}

/// Counts the tenants that share an API key. `None` if it is siloed or unused.
pub(crate) fn count_sharing_tenants(inventory: &Inventory, api_key: &ApiKeyId) -> Option<usize> {
    let is_pooled =
        inventory.tenant_keys_of_api_key(api_key).any(|tenant_key| tenant_key.known_pool_key().is_some());
    is_pooled.then(|| inventory.tenants_of_api_key(api_key).len())
}

/// The tenants of an API key; of one that has ended, the tenant that had it.
pub(crate) fn tenant_names(inventory: &Inventory, api_key: &ApiKeyId) -> Vec<String> {
    let tenants = inventory.tenants_of_api_key(api_key);
    let former = inventory.former_owner(api_key).filter(|_| tenants.is_empty());
    tenants.into_iter().chain(former).map(ToString::to_string).collect()
}

/// Returns a record per API key and plan, most calls first.
pub(crate) fn key_records(usage: &Usage, inventory: &Inventory, now: Timestamp) -> Vec<KeyUsageRecord> {
    let record = |key: keypool_domain::usage::KeyUse| KeyUsageRecord {
        plan: inventory.plan_name(&key.plan).to_owned(),
        tenants: tenant_names(inventory, &key.api_key),
        shared_by: count_sharing_tenants(inventory, &key.api_key),
        calls: key.used,
        quota_status: QuotaStatusRecord::new(
            usage.plan(&key.plan).and_then(|plan| plan.quota_status(&key.api_key, inventory, now)),
        ),
        plan_id: key.plan.to_string(),
        api_key_id: key.api_key.to_string(),
    };
    usage.top_keys().into_iter().map(record).collect()
}
