//! One-line descriptions of steps, for the confirm dialog, `--dry-run`, the log and the audit trail.

use jiff::Timestamp;

use super::{KeyOrigin, KeyRef, Step};
use crate::text::{format_duration, pluralize};
use crate::{ApiKeyId, Expiry, Inventory};

impl Step {
    pub fn describe(&self, inventory: &Inventory) -> String {
        let plan_name = |id| inventory.plan_name(id);
        match self {
            Self::CreateApiKey(key) => {
                let value = if key.value.is_some() { "its previous value" } else { "a random value" };
                match &key.origin {
                    KeyOrigin::CopyOf(old) => {
                        format!("create API key \"{}\" as a copy of {} with {value}", key.name, old.api_key)
                    }
                    KeyOrigin::New | KeyOrigin::PlansOf(_) => {
                        format!("create API key \"{}\" with {value}", key.name)
                    }
                }
            }
            Self::ImportApiKeys(keys) => {
                format!("import {} with their usage plans", pluralize(keys.len(), "API key"))
            }
            Self::WriteImportedTenantKey(key) => format!(
                "write tenant key \"{}\" for {}{}",
                key.name,
                key.tenant.as_ref().map_or("", |tenant| tenant.as_str()),
                describe_expiry(key.expires_at)
            ),
            Self::AttachApiKey { api_key, plan: to } => {
                format!("attach {} to usage plan {}", api_key.describe(), plan_name(to))
            }
            Self::DetachApiKey { api_key, plan: from } => {
                format!("detach API key {api_key} from usage plan {}", plan_name(from))
            }
            Self::WaitUntilKeyWorks(of) => format!("wait until {} accepts the new API key", plan_name(of)),
            Self::WriteTenantKey(key) => {
                let expiry = describe_expiry(key.expires_at);
                format!("write tenant key \"{}\" for {}{expiry}", key.name, key.tenant)
            }
            Self::WritePooledTenantKey(key) => format!(
                "write tenant key \"{}\" for {} on a pool key of {}",
                key.name,
                key.tenant,
                plan_name(&key.plan)
            ),
            Self::ReplaceTenantKey(id) => format!("point tenant key {id} at the new API key"),
            Self::IsolateTenantKey { tenant_key, from, .. } => {
                format!("point tenant key {tenant_key} at the new API key; pool key {from}: −1 tenant")
            }
            Self::JoinPool { tenant_key, plan: to, from } => {
                let decrement = from.as_ref().map(describe_decrement).unwrap_or_default();
                format!("point tenant key {tenant_key} at a pool key of {}{decrement}", plan_name(to))
            }
            Self::Repoint { tenant_keys, from, to, .. } => {
                let count = pluralize(tenant_keys.len(), "tenant key");
                format!("point {count} of pool key {from} at {}", to.describe())
            }
            Self::DisableApiKey(id) => format!("disable API key {id}"),
            Self::DeleteApiKey(id) => format!("delete API key {id}"),
            Self::TagRetirement { api_key, grace: 0, .. } => {
                format!("end the grace period of API key {api_key}")
            }
            Self::TagRetirement { api_key, grace, .. } => {
                format!("keep API key {api_key} working for another {}", format_duration(*grace))
            }
            Self::TagPlan { api_key, plan: to, .. } => {
                format!("tag API key {api_key} with its new plan {}", plan_name(to))
            }
            Self::TagExpiry { api_key, expiry: Expiry::At(at) } => {
                format!("tag API key {api_key} with its expiry {at:.0}")
            }
            Self::TagExpiry { api_key, expiry: Expiry::Never } => {
                format!("remove the expiry tag of API key {api_key}")
            }
            Self::TagDeletion(id) => format!("tag API key {id} as being deleted"),
            Self::DeleteTenantKey(id) => format!("delete tenant key {id}"),
            Self::DeletePooledTenantKey { tenant_key, api_key } => {
                format!("delete tenant key {tenant_key}; pool key {api_key}: −1 tenant")
            }
            Self::UpdateApiKey { api_key, edit } => format!("API key {api_key}: {}", edit.describe()),
            Self::SetCustomer { api_key, customer } => {
                format!("API key {api_key}: set the AWS Marketplace customer to \"{customer}\"")
            }
            Self::UpdateTenantKey { tenant_key, edit, .. } => {
                format!("tenant key {tenant_key}: {}", edit.describe())
            }
            Self::SetTenantKeyPlan { tenant_key, plan: to, .. } => {
                format!("set the plan of tenant key {tenant_key} to {}", plan_name(to))
            }
            Self::WritePoolItem { api_key, .. } => {
                format!("write {} as a pool key to the Keys table", api_key.describe())
            }
            Self::ForwardPoolItem { api_key, to } => {
                format!(
                    "set the item of pool key {api_key} in the Keys table to the value of {}",
                    to.describe()
                )
            }
            Self::DeletePoolItem(id) => format!("delete the item of pool key {id} from the Keys table"),
            Self::PutPool(pool) => format!(
                "create the pool of {} with {}, at most {} tenants each, {}",
                plan_name(&pool.plan),
                pluralize(pool.keys.len(), "API key"),
                pool.capacity,
                pool.strategy
            ),
            Self::AddPoolKey { plan: of, replaces: None, .. } => {
                format!("add the new API key to the pool of {}", plan_name(of))
            }
            Self::AddPoolKey { plan: of, replaces: Some(old), .. } => {
                format!("add the new API key to the pool of {}; {old} takes no new tenants", plan_name(of))
            }
            Self::SetPoolKeyState { api_key, state } => format!("set pool key {api_key} to {state}"),
            Self::RemovePoolKey { plan: of, api_key } => {
                format!("remove API key {api_key} from the pool of {}, once it has no tenants", plan_name(of))
            }
            Self::UpdatePool { plan: of, strategy, capacity } => {
                let strategy = strategy.map(|strategy| format!("strategy {strategy}"));
                let capacity = capacity.map(|capacity| format!("capacity {capacity}"));
                let settings: Vec<_> = strategy.into_iter().chain(capacity).collect();
                format!("set the pool of {} to {}", plan_name(of), settings.join(" and "))
            }
            Self::WriteValue { tenant_key, api_key } => {
                format!("copy the value of API key {api_key} to tenant key {tenant_key}")
            }
            Self::ReassignPoolKey { tenant_key, plan: of } => {
                let old = inventory.tenant_key(tenant_key).and_then(|key| key.known_pool_key());
                let in_pool = old.filter(|key| inventory.pool_of_api_key(key).is_some());
                let decrement = in_pool.map(describe_decrement).unwrap_or_default();
                format!("point tenant key {tenant_key} at a pool key of {}{decrement}", plan_name(of))
            }
            Self::SetCounter { api_key, tenants, .. } => {
                format!(
                    "set the counter of pool key {api_key} to its number of tenant keys ({tenants} when read)"
                )
            }
            Self::DeleteCounter(counter) => {
                format!("delete the counter of API key {}, which is in no pool", counter.api_key)
            }
            Self::SetBalance { plan: of, api_key, balance } => {
                format!("{} in {}", balance.describe(api_key), plan_name(of))
            }
            Self::WritePriceListEntry(of) => {
                format!("write the limits of {} to the Plans table", plan_name(of))
            }
            Self::DeletePriceListEntry(id) => format!("delete {id} from the Plans table"),
            Self::DeletePool(of) => format!("delete the pool of {}", plan_name(of)),
            Self::Infrastructure(step) => step.describe(inventory),
        }
    }
}

/// For example ", which expires at 2026-12-31T00:00:00Z".
pub(crate) fn describe_expiry(at: Option<Timestamp>) -> String {
    at.map(|at| format!(", which expires at {at:.0}")).unwrap_or_default()
}

fn describe_decrement(pool_key: &ApiKeyId) -> String {
    format!("; pool key {pool_key}: −1 tenant")
}

impl KeyRef {
    fn describe(&self) -> String {
        match self {
            Self::New => "the new API key".to_owned(),
            Self::Existing(id) => format!("API key {id}"),
        }
    }
}
