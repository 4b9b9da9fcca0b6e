//! Moves tenant keys to another plan, where they become pooled or siloed as that plan requires.

use crate::step::{KeyRef, NewApiKey, Step, Unit};
use crate::{ApiKeyId, Inventory, NewTenantKey, Plan, PlanId, Presence, Refusal, TenantKey, TenantKeyId};

use super::copy::{ApiKeyCopy, plans_of};
use super::kinds::OtherPlans;
use super::lost_stages::lost_stage_cautions;
use super::old_keys::{old_key_cautions, old_keys};
use super::operation::{Effects, Operation, Record, Scope, Subject};
use super::other_plans::split_plans;
use super::room::check_account_room;
use super::table_steps::{table_step, tag_move};
use super::titles::titles;
use super::transfer::{check_target_pools, join_pool, move_to_own_key};
use super::units::{find_tenant_key, tenant_key_unit};

pub(super) struct ChangePlan<'a> {
    pub(super) tenant_keys: &'a [TenantKeyId],
    pub(super) plan: &'a PlanId,
    pub(super) other_plans: OtherPlans,
}

impl Operation for ChangePlan<'_> {
    /// One unit for each key, and one for each of its old keys.
    fn units(&self, inventory: &Inventory) -> Result<Vec<Unit>, Refusal> {
        check_target_pools(self.tenant_keys, Some(self.plan), inventory)?;
        let mut units = Vec::new();
        for tenant_key in self.tenant_keys {
            let tenant_key = find_tenant_key(tenant_key, inventory)?;
            units.extend(change_plan(tenant_key, self.plan, self.other_plans, inventory)?);
        }
        Ok(units)
    }

    fn describe(&self, inventory: &Inventory) -> String {
        let (keys, plan) = (titles(inventory, self.tenant_keys), inventory.plan_name(self.plan));
        format!("move {keys} to {plan}{}", self.other_plans.description_suffix())
    }

    fn effects<'a>(&self, inventory: &'a Inventory) -> Effects<'a> {
        let mut scope = Scope::new(inventory)
            .with_tenant_keys(self.tenant_keys)
            .with_plans([self.plan])
            .with_written_own_api_keys()
            .with_entered_plans([self.plan]);
        let old_keys: Vec<_> = scope.tenant_keys.iter().flat_map(|key| old_keys(key, inventory)).collect();
        for old in old_keys {
            scope = scope.with_replaced_api_key(&old.id).with_written_api_keys([&old.id]);
        }
        let what_happens = match inventory.pool(self.plan) {
            Some(_) => "stays in its plan",
            None => "moves too",
        };
        let cautions = lost_stage_cautions(&scope.tenant_keys, self.plan, self.other_plans, inventory)
            .into_iter()
            .chain(old_key_cautions(&scope, |_| true, what_happens))
            .chain([caution(scope.count_shared(), scope.tenant_keys.len())])
            .collect();
        Effects { scope, cautions, needs_confirmation: true }
    }

    fn record(&self, _: &Inventory) -> Record {
        Record::new(Subject::TenantKeys(self.tenant_keys.to_vec()))
    }
}

fn caution(shared: usize, total: usize) -> String {
    let moving = if total == 1 { "the key moves" } else { "the keys move" };
    let leak = if shared > 0 { "; tenants that leave a shared key still have its value" } else { "" };
    format!("calls may fail briefly while {moving}; usage counters restart{leak}")
}

fn change_plan(
    tenant_key: &TenantKey,
    plan: &PlanId,
    others: OtherPlans,
    inventory: &Inventory,
) -> Result<Vec<Unit>, Refusal> {
    let is_there = tenant_key.plan == *plan;
    if is_there && inventory.source().has_tables() {
        return Err(already_in_plan(tenant_key, inventory));
    }
    let to = inventory.plan(plan).ok_or_else(|| Refusal::NoPlan(plan.clone()))?;
    match (inventory.pool(plan), tenant_key.require_pool_key()?) {
        (Some(pool), _) => Ok(vec![join_pool(tenant_key, pool, others, inventory)?]),
        (None, Some(shared)) => Ok(vec![leave_pool(tenant_key, shared, to, others, inventory)?]),
        (None, None) if inventory.determine_whether_shared(tenant_key)? => Err(Refusal::SharesApiKey {
            tenant_key: tenant_key.id.clone(),
            api_key: tenant_key.require_api_key()?,
        }),
        (None, None) => move_siloed_key(tenant_key, to, others, inventory),
    }
}

fn already_in_plan(tenant_key: &TenantKey, inventory: &Inventory) -> Refusal {
    let plan = inventory.plan_name(&tenant_key.plan).to_owned();
    Refusal::AlreadyInPlan { tenant_key: tenant_key.id.clone(), plan }
}

/// Gives a pooled tenant key its own API key in another plan.
fn leave_pool(
    tenant_key: &TenantKey,
    shared: &ApiKeyId,
    to: &Plan,
    others: OtherPlans,
    inventory: &Inventory,
) -> Result<Unit, Refusal> {
    check_account_room(1, inventory)?;
    let split = split_plans(shared, &tenant_key.plan, to, others, inventory)?;
    let new = NewApiKey::for_tenant_key(&NewTenantKey {
        plan: to.id.clone(),
        ..NewTenantKey::from_tenant_key(tenant_key)?
    });
    let key = match inventory.api_key(shared) {
        Presence::Missing => new,
        Presence::Present(_) | Presence::Unknown(_) => {
            new.with_plans_of(shared, &plans_of(shared, inventory)?)
        }
    };
    let plans = [vec![to.id.clone()], split.kept].concat();
    move_to_own_key(tenant_key, &to.id, ApiKeyCopy { key, plans })
}

/// Moves a key and its old keys, or what an interrupted move has left of that.
fn move_siloed_key(
    tenant_key: &TenantKey,
    to: &Plan,
    others: OtherPlans,
    inventory: &Inventory,
) -> Result<Vec<Unit>, Refusal> {
    let api_key = tenant_key.require_api_key()?;
    let current = plans_of(&api_key, inventory)?;
    let is_listed_there = tenant_key.plan == to.id;
    let unfinished = inventory.unfinished_move(&api_key).filter(|_| is_listed_there);
    let mut units = Vec::new();
    if !is_listed_there || unfinished.is_some() || !current.contains(&to.id) {
        let from = match unfinished {
            Some(unfinished) => unfinished.from,
            None if is_listed_there => PlanId::none(),
            None => tenant_key.plan.clone(),
        };
        let split = split_plans(&api_key, &from, to, others, inventory)?;
        let leaves = |plan: &&PlanId| **plan == from || split.left.contains(plan);
        let left: Vec<PlanId> = current.iter().filter(leaves).cloned().collect();
        let mut steps = move_steps(&api_key, &from, &left, to, inventory)?;
        steps.extend(table_step(inventory, || Step::SetTenantKeyPlan {
            tenant_key: tenant_key.id.clone(),
            revision: tenant_key.revision,
            plan: to.id.clone(),
        }));
        units.push(tenant_key_unit(tenant_key, steps));
    }
    for old in old_keys(tenant_key, inventory) {
        units.extend(move_old_key(tenant_key, &old.id, to, inventory)?);
    }
    if units.is_empty() { Err(already_in_plan(tenant_key, inventory)) } else { Ok(units) }
}

/// The steps from some plans to another; none if the API key is only there already.
fn move_steps(
    api_key: &ApiKeyId,
    from: &PlanId,
    left: &[PlanId],
    to: &Plan,
    inventory: &Inventory,
) -> Result<Vec<Step>, Refusal> {
    let is_there = plans_of(api_key, inventory)?.contains(&to.id);
    if is_there && left.is_empty() {
        return Ok(Vec::new());
    }
    let detach = |plan: &PlanId| Step::DetachApiKey { api_key: api_key.clone(), plan: plan.clone() };
    let tag = tag_move(api_key, from, &to.id, inventory);
    let attach = Step::AttachApiKey { api_key: KeyRef::Existing(api_key.clone()), plan: to.id.clone() };
    let attach = (!is_there).then_some(attach);
    Ok(tag.into_iter().chain(left.iter().map(detach)).chain(attach).collect())
}

/// Moves an old key from the plans that the tenant key leaves, and that its move may have left before.
fn move_old_key(
    tenant_key: &TenantKey,
    old: &ApiKeyId,
    to: &Plan,
    inventory: &Inventory,
) -> Result<Option<Unit>, Refusal> {
    let current = plans_of(old, inventory)?;
    let unfinished = inventory.unfinished_move(old).filter(|unfinished| unfinished.to == to.id);
    let shares_stage = |plan: &PlanId| {
        let stages = inventory.plan(plan).map(|plan| plan.stages.as_slice()).unwrap_or_default();
        stages.iter().any(|stage| to.stages.contains(stage))
    };
    let leaves = |plan: &&PlanId| {
        **plan != to.id
            && (shares_stage(plan)
                || **plan == tenant_key.plan
                || unfinished.as_ref().is_some_and(|unfinished| unfinished.from == **plan))
    };
    let left: Vec<PlanId> = current.iter().filter(leaves).cloned().collect();
    if left.is_empty() && unfinished.is_none() {
        return Ok(None);
    }
    let from = left.first().cloned().unwrap_or_else(PlanId::none);
    let steps = move_steps(old, &from, &left, to, inventory)?;
    let subject = format!("{} · {}, old key {old}", tenant_key.tenant, tenant_key.name);
    Ok((!steps.is_empty()).then_some(Unit { subject, steps }))
}
