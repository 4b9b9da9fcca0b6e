//! Compares the lines of a file with the account: the action for each line, or its conflicts.

use std::collections::{HashMap, HashSet};

use super::{ImportAction, ImportedKey, KeyLine, PlannedKey, error_at};
use crate::file_error::FileError;
use crate::limits::MAX_PLANS_PER_KEY;
use crate::managed::require_our_api_key;
use crate::{ApiKey, ApiKeyId, Inventory, PlanId, Refusal, Secret, TenantKey, TenantKeyId};

/// Decides the action for each line.
///
/// A line without a value matches an existing API key with the same name, plans and tenant, so an
/// interrupted import continues when it is repeated. Without a match, `generate_value` generates the value.
pub fn compare(
    lines: &[KeyLine],
    inventory: &Inventory,
    values: &[(ApiKeyId, Secret)],
    overwrite: bool,
    generate_value: &mut dyn FnMut() -> Secret,
) -> Result<Vec<PlannedKey>, Vec<FileError>> {
    let id_by_value = values.iter().map(|(id, value)| (value.expose(), id)).collect();
    let value_by_id = values.iter().map(|(id, value)| (id, value)).collect();
    let planner = ImportPlanner { inventory, id_by_value, value_by_id, overwrite };
    let (mut keys, mut errors) = (Vec::new(), Vec::new());
    for line in lines {
        match planner.plan_line(line, generate_value) {
            Ok(key) => keys.push(key),
            Err(messages) => errors.extend(messages.into_iter().map(|what| error_at(line.line, 1, what))),
        }
    }
    if errors.is_empty() { Ok(keys) } else { Err(errors) }
}

struct ImportPlanner<'a> {
    inventory: &'a Inventory,
    id_by_value: HashMap<&'a str, &'a ApiKeyId>,
    value_by_id: HashMap<&'a ApiKeyId, &'a Secret>,
    overwrite: bool,
}

impl<'a> ImportPlanner<'a> {
    fn plan_line(
        &self,
        line: &KeyLine,
        generate_value: &mut dyn FnMut() -> Secret,
    ) -> Result<PlannedKey, Vec<String>> {
        let lookups = line.plans.iter().map(|plan| self.inventory.find_plan(plan));
        let (plans, unknown): (Vec<_>, Vec<_>) = lookups.partition(Result::is_ok);
        let unknown: Vec<_> = unknown.into_iter().filter_map(|plan| Some(plan.err()?.to_string())).collect();
        if !unknown.is_empty() {
            return Err(unknown);
        }
        let plans: Vec<PlanId> = plans.into_iter().flatten().map(|plan| plan.id.clone()).collect();
        let existing = self.find_existing(line, &plans);
        let value = line
            .value
            .clone()
            .or_else(|| existing.and_then(|key| self.value_by_id.get(&key.id).copied().cloned()));
        let key = ImportedKey {
            name: line.name.clone(),
            value: value.unwrap_or_else(&mut *generate_value),
            description: line.description.clone(),
            enabled: line.enabled,
            plans,
            tenant: line.tenant.clone(),
            existing: existing.map(|key| key.id.clone()),
        };
        let problems = self.problems(&key);
        if !problems.is_empty() {
            return Err(problems);
        }
        let action = existing.map_or(ImportAction::Create, |existing| self.action(&key, existing));
        if action == ImportAction::Overwrite && !self.overwrite {
            return Err(vec![format!(
                "API key {} \"{}\" already has this value; --overwrite replaces its name, description, state \
                 and plans",
                key.existing.as_ref().map_or("", ApiKeyId::as_str),
                existing.map_or("", |existing| &existing.name)
            )]);
        }
        Ok(PlannedKey { line: line.line, action, key })
    }

    /// The existing API key that the line describes.
    fn find_existing(&self, line: &KeyLine, plans: &[PlanId]) -> Option<&'a ApiKey> {
        if let Some(value) = &line.value {
            let id = self.id_by_value.get(value.expose())?;
            return self.inventory.api_key(id).key();
        }
        let in_plans = |key: &&ApiKey| plans.iter().all(|plan| self.is_in(&key.id, plan));
        let is_same_tenant = |key: &&ApiKey| match (self.own_tenant_key(&key.id), &line.tenant) {
            (Some(tenant_key), Some(tenant)) => tenant_key.tenant == *tenant,
            (None, _) => self.inventory.pool_of_api_key(&key.id).is_none(),
            (Some(_), None) => false,
        };
        let same_name = self.inventory.listed_api_keys().iter().filter(|key| key.name == line.name);
        same_name.filter(in_plans).find(is_same_tenant)
    }

    fn action(&self, key: &ImportedKey, existing: &ApiKey) -> ImportAction {
        let is_same = (&key.name, &key.description, key.enabled)
            == (&existing.name, &existing.description, existing.enabled)
            && key.plans.iter().all(|plan| self.is_in(&existing.id, plan));
        match (is_same, &key.tenant, self.own_tenant_key(&existing.id)) {
            (false, ..) => ImportAction::Overwrite,
            (true, Some(_), None) => ImportAction::WriteTenantKey,
            (true, ..) => ImportAction::Unchanged,
        }
    }

    fn problems(&self, key: &ImportedKey) -> Vec<String> {
        let mut problems = Vec::new();
        let existing = key.existing.as_ref();
        if let Some(Err(refusal)) = existing.map(|id| self.require_ours(id, &key.plans)) {
            problems.push(refusal.to_string());
        }
        if let (Some(id), Some(tenant)) = (existing, &key.tenant) {
            if self.inventory.pool_of_api_key(id).is_some() {
                problems.push(format!("API key {id} is in a pool and cannot belong to one tenant"));
            } else if let Some(tenant_key) =
                self.own_tenant_key(id).filter(|tenant_key| tenant_key.tenant != *tenant)
            {
                problems.push(format!("API key {id} belongs to {}", tenant_key.tenant));
            }
        }
        let current =
            self.inventory.plans().iter().filter(|plan| existing.is_some_and(|id| self.is_in(id, &plan.id)));
        let mut plans_after: Vec<&PlanId> = current.map(|plan| &plan.id).collect();
        plans_after.extend(key.plans.iter().filter(|plan| !plans_after.contains(plan)).collect::<Vec<_>>());
        if plans_after.len() > MAX_PLANS_PER_KEY {
            problems.push(format!(
                "the key would be in {} usage plans; the maximum is {MAX_PLANS_PER_KEY}",
                plans_after.len()
            ));
        }
        let mut stages_seen = HashSet::new();
        let stages =
            plans_after.iter().filter_map(|plan| self.inventory.plan(plan)).flat_map(|plan| &plan.stages);
        if let Some(stage) = stages.into_iter().find(|stage| !stages_seen.insert(*stage)) {
            problems.push(format!(
                "two of its usage plans cover stage {stage}; an API key can be in one plan per stage"
            ));
        }
        problems
    }

    /// Refuses an API key that keypool does not manage, unless the key is in no plan or in a plan of the line.
    fn require_ours(&self, id: &ApiKeyId, plans: &[PlanId]) -> Result<(), Refusal> {
        let is_in_no_plan = self.inventory.plans_of_api_key(id).is_known_to_be(&&[][..]);
        if is_in_no_plan || plans.iter().any(|plan| self.is_in(id, plan)) {
            return Ok(());
        }
        require_our_api_key(id, self.inventory)
    }

    fn is_in(&self, key: &ApiKeyId, plan: &PlanId) -> bool {
        self.inventory.is_member(plan, key).is_known_to_be(&true)
    }

    fn own_tenant_key(&self, key: &ApiKeyId) -> Option<&'a TenantKey> {
        self.inventory
            .tenant_key(&TenantKeyId::new(key.as_str()))
            .filter(|tenant_key| tenant_key.api_key().is_known_to_be(key))
    }
}
