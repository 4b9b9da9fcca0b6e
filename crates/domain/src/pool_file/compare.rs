//! Compares the pools of a file with the account: the resulting pools, or the conflicts.

use std::collections::{HashMap, HashSet};

use super::PoolEntry;
use crate::file_error::quote_or_mask;
use crate::{ApiKeyId, Inventory, Known, PlanId, Pool, PoolKey, PoolKeyState, Presence, Secret, TenantKey};

/// A pool before and after the import.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlannedPool {
    pub before: Option<Pool>,
    /// Its tenants are counted from the tenant keys.
    pub after: Pool,
}

/// A conflict between the file and the account.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PoolFileConflict {
    #[error("line {line}: no usage plan has the id {}{}", quote_or_mask(plan.as_str()), name.as_ref().map(|(name, id)| format!(" (the one named \"{name}\" has the id {id})")).unwrap_or_default())]
    NoPlan { line: usize, plan: PlanId, name: Option<(String, PlanId)> },
    /// A pool without keys could not take tenants.
    #[error("line {line}: the pool of {plan} has no API keys: add at least one, or omit the pool")]
    NoKeys { line: usize, plan: String },
    #[error("line {line}: the pool of {plan} has {key}, which is neither the id nor the value of an API key")]
    NoApiKey { line: usize, plan: String, key: String },
    #[error("line {line}: API key {api_key} is not attached to usage plan {plan}")]
    NotInPlan { line: usize, plan: String, api_key: ApiKeyId },
    /// The file lists the API key twice, e.g. by id and by value, or another pool has it.
    #[error("line {line}: API key {api_key} is already in the pool of {plan}")]
    DuplicateKey { line: usize, plan: String, api_key: ApiKeyId },
    /// The file omits a key that has tenants.
    #[error(
        "line {line}: the pool of {plan} omits {api_key}, which {tenants} tenant keys use: add it, or move \
         them first"
    )]
    KeyInUse { line: usize, plan: String, api_key: ApiKeyId, tenants: u32 },
}

impl PlannedPool {
    pub fn is_unchanged(&self) -> bool {
        self.before.as_ref().is_some_and(|before| {
            let after = Pool { revision: before.revision, ..self.after.clone() };
            *before == after
        })
    }

    /// Keys of the current pool that the file omits.
    pub fn removed_keys(&self) -> impl Iterator<Item = &PoolKey> {
        let before = self.before.iter().flat_map(|before| &before.keys);
        before.filter(|key| self.after.pool_key(&key.api_key).is_none())
    }
}

/// Plans the pools after an import. New pools get `capacity` if the file gives them none; `id_of` finds an
/// API key by its value.
pub fn compare(
    entries: &[PoolEntry],
    inventory: &Inventory,
    capacity: u32,
    id_of: &dyn Fn(&Secret) -> Option<ApiKeyId>,
) -> Result<Vec<PlannedPool>, Vec<PoolFileConflict>> {
    let mut tenants: HashMap<&ApiKeyId, u32> = HashMap::new();
    for api_key in inventory.tenant_keys().iter().filter_map(TenantKey::known_pool_key) {
        *tenants.entry(api_key).or_default() += 1;
    }
    let file_plans: HashSet<_> = entries.iter().map(|entry| &entry.plan).collect();
    let other_pools = inventory.pools().iter().filter(|pool| !file_plans.contains(&pool.plan));
    let taken =
        other_pools.flat_map(|pool| pool.keys.iter().map(|key| (key.api_key.clone(), pool.plan.clone())));
    let taken = taken.collect();
    let mut planner = PoolPlanner { inventory, tenants, capacity, id_of, taken, problems: Vec::new() };
    let pools = entries.iter().filter_map(|entry| planner.plan_pool(entry)).collect();
    if planner.problems.is_empty() { Ok(pools) } else { Err(planner.problems) }
}

struct PoolPlanner<'a> {
    inventory: &'a Inventory,
    /// The number of tenant keys per pool key.
    tenants: HashMap<&'a ApiKeyId, u32>,
    /// For new pools to which the file gives no capacity.
    capacity: u32,
    id_of: &'a dyn Fn(&Secret) -> Option<ApiKeyId>,
    /// API keys that a pool already has, each with the plan of that pool.
    taken: HashMap<ApiKeyId, PlanId>,
    problems: Vec<PoolFileConflict>,
}

impl PoolPlanner<'_> {
    fn plan_pool(&mut self, entry: &PoolEntry) -> Option<PlannedPool> {
        let inventory = self.inventory;
        let line = entry.line;
        if let Some(unchanged) = self.plan_unchanged(entry) {
            return Some(unchanged);
        }
        if inventory.plan(&entry.plan).is_none() {
            let named_plan = entry.plan_name.as_ref().and_then(|name| inventory.find_plan(name).ok());
            let name = named_plan.map(|plan| (plan.name.clone(), plan.id.clone()));
            self.problems.push(PoolFileConflict::NoPlan { line, plan: entry.plan.clone(), name });
            return None;
        }
        let plan = inventory.plan_name(&entry.plan).to_owned();
        if entry.api_keys.is_empty() {
            self.problems.push(PoolFileConflict::NoKeys { line, plan });
            return None;
        }
        let before = inventory.pool(&entry.plan).cloned();
        let file_capacity = entry.capacity.map(Known::Value);
        let capacity = file_capacity.clone().or_else(|| before.as_ref().map(|pool| pool.capacity.clone()));
        let capacity = capacity.unwrap_or(Known::Value(self.capacity));
        let strategy = entry.strategy.or(before.as_ref().map(|pool| pool.strategy)).unwrap_or_default();
        let ids: Vec<_> =
            entry.api_keys.iter().filter_map(|key| self.resolve_api_key(entry, &plan, key)).collect();
        let pool_capacity = &capacity;
        let planned_key = |api_key: ApiKeyId| {
            let existing = before.as_ref().and_then(|pool| pool.pool_key(&api_key));
            let state = existing.map_or(PoolKeyState::Active, |key| key.state);
            // A capacity in the file applies to all keys; otherwise each key keeps its own.
            let capacity = file_capacity.clone().or_else(|| existing.map(|key| key.capacity.clone()));
            let capacity = capacity.unwrap_or_else(|| pool_capacity.clone());
            let revision = existing.map_or(0, |key| key.revision);
            PoolKey { tenants: self.tenant_count(&api_key).into(), capacity, state, revision, api_key }
        };
        // A file does not list the keys that take no new tenants, so they stay.
        let listed: HashSet<_> = ids.iter().cloned().collect();
        let unlisted = before
            .iter()
            .flat_map(|pool| &pool.keys)
            .filter(|key| key.state != PoolKeyState::Active && !listed.contains(&key.api_key));
        let unlisted: Vec<_> = unlisted.map(|key| key.api_key.clone()).collect();
        let keys = ids.into_iter().chain(unlisted).map(planned_key).collect();
        let revision = before.as_ref().map_or(0, |pool| pool.revision) + 1;
        let pool = Pool { plan: entry.plan.clone(), strategy, capacity, keys, revision };
        let planned = PlannedPool { before, after: pool };
        let removed: Vec<_> = planned.removed_keys().map(|key| key.api_key.clone()).collect();
        for api_key in removed {
            let tenants = self.tenant_count(&api_key);
            if tenants > 0 {
                self.problems.push(PoolFileConflict::KeyInUse { line, plan: plan.clone(), api_key, tenants });
            }
        }
        Some(planned)
    }

    /// An entry that describes the existing pool, as an export writes it, changes nothing. Problems that the pool
    /// already has, such as wrong counters, are the doctor's.
    fn plan_unchanged(&mut self, entry: &PoolEntry) -> Option<PlannedPool> {
        let before = self.inventory.pool(&entry.plan)?;
        let described = PoolEntry::from_pool(before, "");
        let is_described = (&described.api_keys, described.strategy, described.capacity)
            == (&entry.api_keys, entry.strategy, entry.capacity);
        let is_taken = |key: &PoolKey| self.taken.contains_key(&key.api_key);
        if !is_described || before.keys.iter().any(is_taken) {
            return None;
        }
        let keys = before.keys.iter().map(|key| (key.api_key.clone(), entry.plan.clone()));
        self.taken.extend(keys);
        Some(PlannedPool { before: Some(before.clone()), after: before.clone() })
    }

    fn tenant_count(&self, api_key: &ApiKeyId) -> u32 {
        self.tenants.get(api_key).copied().unwrap_or(0)
    }

    fn resolve_api_key(&mut self, entry: &PoolEntry, plan: &str, key: &Secret) -> Option<ApiKeyId> {
        let line = entry.line;
        let id = ApiKeyId::new(key.expose());
        let may_be_member = |id: &ApiKeyId| !self.inventory.is_member(&entry.plan, id).is_known_to_be(&false);
        let is_id = match self.inventory.api_key(&id) {
            Presence::Present(_) => true,
            Presence::Missing => false,
            Presence::Unknown(_) => self.inventory.is_member(&entry.plan, &id).is_known_to_be(&true),
        };
        let api_key = if is_id { Some(id) } else { (self.id_of)(key) };
        let plan = plan.to_owned();
        let Some(api_key) = api_key else {
            self.problems.push(PoolFileConflict::NoApiKey { line, plan, key: quote_or_mask(key.expose()) });
            return None;
        };
        if !may_be_member(&api_key) {
            self.problems.push(PoolFileConflict::NotInPlan { line, plan, api_key });
            return None;
        }
        if let Some(other_plan) = self.taken.insert(api_key.clone(), entry.plan.clone()) {
            let plan = self.inventory.plan_name(&other_plan).to_owned();
            self.problems.push(PoolFileConflict::DuplicateKey { line, plan, api_key });
            return None;
        }
        Some(api_key)
    }
}
