//! Compares the lines of a file with the account: the action for each line, or its conflicts.

use std::collections::{HashMap, HashSet};

use super::plan_list::{Candidates, PlanFinder, choose_plans};
use super::{ImportAction, ImportedKey, KeyLine, PlannedKey, error_at};
use crate::file_error::FileError;
use crate::limits::MAX_PLANS_PER_KEY;
use crate::managed::require_our_api_key;
use crate::{ApiKey, ApiKeyId, Inventory, NoSuchPlan, PlanId, Refusal, Secret, TenantKey, TenantKeyId};

/// Decides the action for each line.
///
/// A line without a value matches an existing API key with the same name, plans and tenant, each key once, so an
/// interrupted import continues when it is repeated. Without a match, `generate_value` generates the value.
pub fn compare(
    lines: &[KeyLine],
    inventory: &Inventory,
    values: &[(ApiKeyId, Secret)],
    overwrite: bool,
    generate_value: &mut dyn FnMut() -> Secret,
) -> Result<Vec<PlannedKey>, Vec<FileError>> {
    let mut planner = ImportPlanner::new(lines, inventory, values, overwrite);
    let (mut keys, mut errors) = (Vec::new(), Vec::new());
    for line in lines {
        match planner.plan_line(line, generate_value) {
            Ok(key) => keys.push(key),
            Err(line_errors) => errors.extend(line_errors),
        }
    }
    if errors.is_empty() { Ok(keys) } else { Err(errors) }
}

struct ImportPlanner<'a> {
    inventory: &'a Inventory,
    plan_finder: PlanFinder<'a>,
    id_by_value: HashMap<&'a str, &'a ApiKeyId>,
    value_by_id: HashMap<&'a ApiKeyId, &'a Secret>,
    /// The API keys that no line has matched yet, by name.
    unmatched: HashMap<&'a str, Vec<&'a ApiKey>>,
    overwrite: bool,
}

/// An existing API key that a line describes, and the line's plans.
type ExistingKey<'a> = (Option<&'a ApiKey>, Vec<PlanId>);

impl<'a> ImportPlanner<'a> {
    fn new(
        lines: &[KeyLine],
        inventory: &'a Inventory,
        values: &'a [(ApiKeyId, Secret)],
        overwrite: bool,
    ) -> Self {
        let id_by_value: HashMap<_, _> = values.iter().map(|(id, value)| (value.expose(), id)).collect();
        let line_values = lines.iter().filter_map(|line| line.value.as_ref());
        let matched_by_value: HashSet<_> =
            line_values.filter_map(|value| id_by_value.get(value.expose()).copied()).collect();
        let mut unmatched: HashMap<&str, Vec<&ApiKey>> = HashMap::new();
        for key in inventory.listed_api_keys().iter().filter(|key| !matched_by_value.contains(&key.id)) {
            unmatched.entry(&key.name).or_default().push(key);
        }
        Self {
            inventory,
            plan_finder: PlanFinder::new(inventory),
            id_by_value,
            value_by_id: values.iter().map(|(id, value)| (id, value)).collect(),
            unmatched,
            overwrite,
        }
    }

    fn plan_line(
        &mut self,
        line: &KeyLine,
        generate_value: &mut dyn FnMut() -> Secret,
    ) -> Result<PlannedKey, Vec<FileError>> {
        let error = |what: String| error_at(line.line, 1, what);
        let errors = |all: Vec<String>| all.into_iter().map(error).collect::<Vec<_>>();
        let candidates = self.plan_finder.find(&line.plans).map_err(errors)?;
        let (existing, plans) =
            self.match_existing(line, &candidates).map_err(|why| errors(vec![why.to_string()]))?;
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
            expires_at: None,
        };
        let action = existing.map_or(ImportAction::Create, |existing| self.action(&key, existing));
        let is_of_other_tenant = existing.is_some_and(|existing| self.is_of_other_tenant(&key, existing));
        if action != ImportAction::Unchanged || is_of_other_tenant {
            let mut refusals = line.refusals.clone();
            refusals.extend(errors(self.problems(&key)));
            if !refusals.is_empty() {
                return Err(refusals);
            }
        }
        if action == ImportAction::Overwrite && !self.overwrite {
            return Err(errors(vec![format!(
                "API key {} \"{}\" already has this value; --overwrite replaces its name, description, state \
                 and plans",
                key.existing.as_ref().map_or("", ApiKeyId::as_str),
                existing.map_or("", |existing| &existing.name)
            )]));
        }
        Ok(PlannedKey { line: line.line, action, key })
    }

    /// Finds the existing API key that the line describes, preferring one that already is as the line says.
    fn match_existing(
        &mut self,
        line: &KeyLine,
        candidates: &[Candidates<'_>],
    ) -> Result<ExistingKey<'a>, NoSuchPlan> {
        let plans_with = |key: &ApiKey| choose_plans(candidates, |plan| self.is_in(&key.id, plan));
        if let Some(value) = &line.value {
            let id = self.id_by_value.get(value.expose());
            let key = id.and_then(|id| self.inventory.api_key(id).key());
            let plans = key.map_or_else(|| choose_plans(candidates, |_| false), plans_with)?;
            return Ok((key, plans));
        }
        let same_name = self.unmatched.get(line.name.as_str()).map(Vec::as_slice).unwrap_or_default();
        let mut matches = same_name.iter().enumerate().filter_map(|(at, key)| {
            let plans = plans_with(key).ok()?;
            let is_in_all = plans.iter().all(|plan| self.is_in(&key.id, plan));
            (is_in_all && self.is_same_tenant(key, line)).then_some((at, *key, plans))
        });
        let is_exact = |key: &ApiKey| key.description == line.description && key.enabled == line.enabled;
        let mut found = matches.next();
        if found.as_ref().is_some_and(|(_, key, _)| !is_exact(key)) {
            found = matches.find(|(_, key, _)| is_exact(key)).or(found);
        }
        drop(matches);
        let Some((at, key, plans)) = found else {
            return Ok((None, choose_plans(candidates, |_| false)?));
        };
        if let Some(unmatched) = self.unmatched.get_mut(line.name.as_str()) {
            unmatched.remove(at);
        }
        Ok((Some(key), plans))
    }

    fn is_same_tenant(&self, key: &ApiKey, line: &KeyLine) -> bool {
        match (self.own_tenant_key(&key.id), &line.tenant) {
            (Some(tenant_key), Some(tenant)) => tenant_key.tenant == *tenant,
            // The line of a pool key has no tenant.
            (Some(tenant_key), None) => self.inventory.is_shared(tenant_key).is_known_to_be(&true),
            (None, Some(_)) => self.inventory.pool_of_api_key(&key.id).is_none(),
            (None, None) => true,
        }
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

    fn is_of_other_tenant(&self, key: &ImportedKey, existing: &ApiKey) -> bool {
        let owner = self.own_tenant_key(&existing.id).map(|tenant_key| &tenant_key.tenant);
        owner.zip(key.tenant.as_ref()).is_some_and(|(owner, tenant)| owner != tenant)
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
