//! Steps in words: one line each, for the confirm dialog, `--dry-run`, the log and the audit trail.

use super::{KeyOrigin, KeyRef, Step};
use crate::Inventory;
use crate::change::pluralize;

impl Step {
    /// What it does, for the confirm dialog, `--dry-run` and the log.
    pub fn describe(&self, inventory: &Inventory) -> String {
        let plan = |id| inventory.plan_name(id);
        match self {
            Self::CreateApiKey(key) => {
                let value = if key.value.is_some() { "the value it had" } else { "a random value" };
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
                "write the row \"{}\" of tenant {}",
                key.name,
                key.tenant.as_ref().map_or("", |tenant| tenant.as_str())
            ),
            Self::AttachApiKey { api_key, plan: to } => {
                format!("attach {} to usage plan {}", api_key.describe(), plan(to))
            }
            Self::DetachApiKey { api_key, plan: from } => {
                format!("detach API key {api_key} from usage plan {}", plan(from))
            }
            Self::WaitUntilKeyWorks(of) => {
                format!("wait until the API of {} lets the new API key in", plan(of))
            }
            Self::WriteTenantKey(key) => format!("write the row \"{}\" of tenant {}", key.name, key.tenant),
            Self::WritePooledTenantKey(key) => format!(
                "write the row \"{}\" of tenant {} as a reference to a pool key of {}",
                key.name,
                key.tenant,
                plan(&key.plan)
            ),
            Self::ReplaceTenantKey(row) => format!("write row {row} anew under the new API key's id"),
            Self::IsolateTenantKey { tenant_key: row, from, .. } => format!(
                "write row {row} anew under the new API key's id and count one tenant less on pool key {from}"
            ),
            Self::JoinPool { tenant_key: row, plan: to, from } => {
                let less = from.as_ref().map(|key| format!(", one tenant less on {key}")).unwrap_or_default();
                format!("let row {row} refer to a pool key of {}{less}", plan(to))
            }
            Self::Repoint { tenant_keys: rows, from, to, .. } => {
                format!("let {} of pool key {from} refer to {}", pluralize(rows.len(), "row"), to.describe())
            }
            Self::DisableApiKey(id) => format!("disable API key {id}"),
            Self::DeleteApiKey(id) => format!("delete API key {id}"),
            Self::TagRetirement { api_key, grace: 0 } => format!("end the grace of API key {api_key}"),
            Self::TagRetirement { api_key, grace } => {
                format!("let API key {api_key} work for {} more", format_duration(*grace))
            }
            Self::TagDeletion(id) => format!("tag API key {id} as being deleted"),
            Self::DeleteTenantKey(id) => format!("delete row {id}"),
            Self::DeletePooledTenantKey { tenant_key: row, api_key } => {
                format!("delete row {row} and count one tenant less on pool key {api_key}")
            }
            Self::UpdateApiKey { api_key, edit } => format!("on API key {api_key} {}", edit.describe()),
            Self::SetCustomer { api_key, customer } => {
                format!("on API key {api_key} set the AWS Marketplace customer to \"{customer}\"")
            }
            Self::UpdateTenantKey { tenant_key: row, edit, .. } => {
                format!("on row {row} {}", edit.describe())
            }
            Self::SetTenantKeyPlan { tenant_key: row, plan: to, .. } => {
                format!("set the plan of row {row} to {}", plan(to))
            }
            Self::WritePoolItem { api_key, .. } => {
                format!("write {} as a pool key into the Keys table", api_key.describe())
            }
            Self::ForwardPoolItem { api_key, to } => {
                format!(
                    "let the item of pool key {api_key} in the Keys table give the value of {}",
                    to.describe()
                )
            }
            Self::DeletePoolItem(id) => format!("delete the item of pool key {id} from the Keys table"),
            Self::PutPool(pool) => format!(
                "write the pool of {} with {}, {} tenants each, {}",
                plan(&pool.plan),
                pluralize(pool.keys.len(), "API key"),
                pool.capacity,
                pool.strategy
            ),
            Self::AddPoolKey { plan: of, replaces: None, .. } => {
                format!("add the new API key to the pool of {}", plan(of))
            }
            Self::AddPoolKey { plan: of, replaces: Some(old), .. } => {
                format!("add the new API key to the pool of {} and let {old} take no new tenants", plan(of))
            }
            Self::SetPoolKeyState { api_key, state } => format!("set pool key {api_key} to {state}"),
            Self::RemovePoolKey { plan: of, api_key } => {
                format!("take API key {api_key}, once nobody is behind it, out of the pool of {}", plan(of))
            }
            Self::UpdatePool { plan: of, strategy, capacity } => {
                let strategy = strategy.map(|strategy| format!("strategy {strategy}"));
                let capacity = capacity.map(|most| format!("capacity {most}"));
                let said: Vec<_> = strategy.into_iter().chain(capacity).collect();
                format!("set the pool of {} to {}", plan(of), said.join(" and "))
            }
            Self::WriteValue { tenant_key: row, api_key } => {
                format!("write the value of API key {api_key} into row {row}")
            }
            Self::ReassignPoolKey { tenant_key: row, plan: of } => {
                let counted = inventory.tenant_key(row).and_then(|row| row.known_pool_key());
                let counted = counted.filter(|key| inventory.pool_of_api_key(key).is_some());
                let less = counted.map(|key| format!(", one tenant less on {key}")).unwrap_or_default();
                format!("let row {row} refer to a pool key of {}{less}", plan(of))
            }
            Self::SetCounter { api_key, tenants, .. } => {
                let tenants = pluralize(*tenants as usize, "tenant key");
                format!("set the counter of pool key {api_key} to what refers to it ({tenants} as read)")
            }
            Self::DeleteCounter(counter) => {
                format!("delete the counter of API key {}, which is in no pool", counter.api_key)
            }
            Self::SetBalance { plan: of, api_key, balance } => {
                format!("{} in {}", balance.describe(api_key), plan(of))
            }
            Self::WritePriceListEntry(of) => format!("write what {} enforces into the Plans table", plan(of)),
            Self::DeletePriceListEntry(id) => format!("delete {id} from the Plans table"),
            Self::DeletePool(of) => format!("delete the pool of {}", plan(of)),
            Self::Setup(step) => step.describe(inventory),
        }
    }
}

impl KeyRef {
    fn describe(&self) -> String {
        match self {
            Self::New => "the new API key".to_owned(),
            Self::Existing(id) => format!("API key {id}"),
        }
    }
}

/// For example "90 s", "15 min", "24 h".
pub fn format_duration(seconds: u64) -> String {
    match seconds {
        0 => "0 s".to_owned(),
        _ if seconds.is_multiple_of(86_400) => pluralize((seconds / 86_400) as usize, "day"),
        _ if seconds.is_multiple_of(3_600) => format!("{} h", seconds / 3_600),
        _ if seconds.is_multiple_of(60) => format!("{} min", seconds / 60),
        _ => format!("{seconds} s"),
    }
}
