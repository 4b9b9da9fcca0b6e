//! Records of usage by plan, tenant and day.

use jiff::Timestamp;
use keypool_domain::Inventory;
use keypool_domain::usage::{PlanUsage, SharedUse, TenantUse, Usage};
use serde_json::Value;

use super::quota_status::QuotaStatusRecord;
use crate::ops::listing::format::RecordFormat;
use crate::ops::listing::record::records;

records! {
    /// The usage of all keys of a plan.
    pub(crate) struct PlanUsageRecord {
        plan_id: String,
        plan: String => "plan",
        /// Number of keys with usage data.
        keys: usize => "keys",
        calls: u64 => "calls",
        #[serde(flatten)]
        quota_status: QuotaStatusRecord [flat, rename("runs_out", "first runs out")],
    }

    /// The usage of a tenant.
    pub(crate) struct TenantUsageRecord {
        tenant: String => "tenant",
        /// Calls with the tenant's own API keys.
        calls: u64 => "own calls",
        /// The tenant's equal share of shared keys; null if it shares none.
        estimate: Value => "estimate",
        shared: Vec<SharedKeyRecord>,
    }

    struct SharedKeyRecord {
        plan_id: String,
        api_key_id: String => "shared key",
        /// Calls of all tenants that share the key.
        calls: u64 => "its calls",
        shared_by: usize => "shared by",
    }

    /// The usage of a plan on a day.
    pub(crate) struct DayUsageRecord {
        day: String => "day",
        plan_id: String,
        plan: String => "plan",
        calls: u64 => "calls",
    }
}

/// Returns a record per plan, in the order of API Gateway.
pub(crate) fn plan_records(usage: &Usage, inventory: &Inventory, now: Timestamp) -> Vec<PlanUsageRecord> {
    let record = |(plan, plan_usage): (&keypool_domain::Plan, &PlanUsage)| PlanUsageRecord {
        plan_id: plan.id.to_string(),
        plan: inventory.plan_name(&plan.id).to_owned(),
        keys: plan_usage.keys.len(),
        calls: plan_usage.total(),
        quota_status: QuotaStatusRecord::new(plan_usage.total_quota_status(inventory, now)),
    };
    plans_with_usage(usage, inventory).map(record).collect()
}

/// Returns a record per tenant, most calls first.
pub(crate) fn tenant_records(
    usage: &Usage,
    inventory: &Inventory,
    format: RecordFormat,
) -> Vec<TenantUsageRecord> {
    let record = |tenant: TenantUse| TenantUsageRecord {
        estimate: if tenant.shared_keys.is_empty() {
            Value::Null
        } else {
            format.estimate(tenant.estimate())
        },
        calls: tenant.own_calls,
        tenant: tenant.tenant.to_string(),
        shared: tenant.shared_keys.iter().map(shared_key_record).collect(),
    };
    usage.top_tenants(inventory).into_iter().map(record).collect()
}

fn shared_key_record(shared: &SharedUse) -> SharedKeyRecord {
    SharedKeyRecord {
        plan_id: shared.key.plan.to_string(),
        api_key_id: shared.key.api_key.to_string(),
        calls: shared.key.used,
        shared_by: shared.tenants,
    }
}

/// Returns a record per day and plan, sorted by day.
pub(crate) fn day_records(usage: &Usage, inventory: &Inventory) -> Vec<DayUsageRecord> {
    let mut days: Vec<_> = plans_with_usage(usage, inventory)
        .flat_map(|(plan, plan_usage)| {
            plan_usage.calls_by_day().into_iter().map(move |(day, calls)| (day, plan, calls))
        })
        .collect();
    days.sort_by_key(|(day, ..)| *day);
    let record = |(day, plan, calls): (jiff::civil::Date, &keypool_domain::Plan, u64)| DayUsageRecord {
        day: day.to_string(),
        plan_id: plan.id.to_string(),
        plan: inventory.plan_name(&plan.id).to_owned(),
        calls,
    };
    days.into_iter().map(record).collect()
}

fn plans_with_usage<'a>(
    usage: &'a Usage,
    inventory: &'a Inventory,
) -> impl Iterator<Item = (&'a keypool_domain::Plan, &'a PlanUsage)> {
    inventory.plans().iter().filter_map(|plan| Some((plan, usage.plan(&plan.id)?)))
}
