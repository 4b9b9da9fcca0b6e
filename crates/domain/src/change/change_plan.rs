//! Moves tenant keys to another plan, where they become pooled or siloed as that plan requires.

use crate::step::{KeyRef, NewApiKey, Step, Unit};
use crate::{ApiKeyId, Inventory, NewTenantKey, Plan, PlanId, Presence, Refusal, TenantKey, TenantKeyId};

use super::copy::{ApiKeyCopy, plans_of};
use super::kinds::OtherPlans;
use super::operation::{Effects, Operation, Record, Scope, Subject};
use super::other_plans::split_plans;
use super::room::check_account_room;
use super::table_steps::{table_step, tag_move};
use super::titles::titles;
use super::transfer::{check_target_pools, join_pool, move_to_own_key};
use super::units::{tenant_key_unit, units_for_each};

pub(super) struct ChangePlan<'a> {
    pub(super) tenant_keys: &'a [TenantKeyId],
    pub(super) plan: &'a PlanId,
    pub(super) other_plans: OtherPlans,
}

impl Operation for ChangePlan<'_> {
    fn units(&self, inventory: &Inventory) -> Result<Vec<Unit>, Refusal> {
        check_target_pools(self.tenant_keys, Some(self.plan), inventory)?;
        units_for_each(self.tenant_keys, inventory, |key| {
            change_plan(key, self.plan, self.other_plans, inventory)
        })
    }

    fn describe(&self, inventory: &Inventory) -> String {
        let (keys, plan) = (titles(inventory, self.tenant_keys), inventory.plan_name(self.plan));
        format!("move {keys} to {plan}{}", self.other_plans.description_suffix())
    }

    fn effects<'a>(&self, inventory: &'a Inventory) -> Effects<'a> {
        let scope = Scope::new(inventory)
            .with_tenant_keys(self.tenant_keys)
            .with_plans([self.plan])
            .with_written_own_api_keys()
            .with_entered_plans([self.plan]);
        let caution = caution(scope.count_shared(), scope.tenant_keys.len());
        Effects { scope, cautions: vec![caution], needs_confirmation: true }
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
) -> Result<Unit, Refusal> {
    if tenant_key.plan == *plan {
        return Err(Refusal::AlreadyInPlan {
            tenant_key: tenant_key.id.clone(),
            plan: inventory.plan_name(plan).to_owned(),
        });
    }
    let to = inventory.plan(plan).ok_or_else(|| Refusal::NoPlan(plan.clone()))?;
    match (inventory.pool(plan), tenant_key.require_pool_key()?) {
        (Some(pool), _) => join_pool(tenant_key, pool, others, inventory),
        (None, Some(shared)) => leave_pool(tenant_key, shared, to, others, inventory),
        (None, None) if inventory.determine_whether_shared(tenant_key)? => Err(Refusal::SharesApiKey {
            tenant_key: tenant_key.id.clone(),
            api_key: tenant_key.require_api_key()?,
        }),
        (None, None) => move_siloed_key(tenant_key, to, others, inventory),
    }
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

fn move_siloed_key(
    tenant_key: &TenantKey,
    to: &Plan,
    others: OtherPlans,
    inventory: &Inventory,
) -> Result<Unit, Refusal> {
    let api_key = tenant_key.require_api_key()?;
    let current = plans_of(&api_key, inventory)?;
    let split = split_plans(&api_key, &tenant_key.plan, to, others, inventory)?;
    let plans_to_leave = current.iter().filter(|plan| **plan == tenant_key.plan).chain(&split.left);
    let detach = |plan: &PlanId| Step::DetachApiKey { api_key: api_key.clone(), plan: plan.clone() };
    let tag = tag_move(&api_key, &to.id, inventory);
    let mut steps: Vec<_> = tag.into_iter().chain(plans_to_leave.map(detach)).collect();
    if !current.contains(&to.id) {
        steps.push(Step::AttachApiKey { api_key: KeyRef::Existing(api_key), plan: to.id.clone() });
    }
    steps.extend(table_step(inventory, || Step::SetTenantKeyPlan {
        tenant_key: tenant_key.id.clone(),
        revision: tenant_key.revision,
        plan: to.id.clone(),
    }));
    Ok(tenant_key_unit(tenant_key, steps))
}
