//! Rotates a pool key: a successor in its pool takes its tenants.
//!
//! Invariant: a tenant key refers to the successor only once that key works, and the old key is deleted only when no
//! tenant key refers to it.

use crate::refusal;
use crate::step::{KeyRef, NewApiKey, Step, Unit};
use crate::text::pluralize;
use crate::{ApiKeyId, Inventory, Pool, Refusal};

use super::api_key_deletion::delete_pool_item;
use super::copy::{ApiKeyCopy, plans_of};
use super::grace_period::{OWN_QUOTA_CAUTION, delete_if_no_grace, schedule_retirement};
use super::operation::{Effects, Operation, Record, ResourceState, Scope, Subject};
use super::pool_keys::{new_pool_key, repoint_steps, write_pool_item};
use super::room::check_account_room;
use super::titles::grace_suffix;

pub(super) struct RotatePoolKey<'a> {
    pub(super) api_key: &'a ApiKeyId,
    /// Seconds that the old pool key keeps working.
    pub(super) grace: u64,
}

impl Operation for RotatePoolKey<'_> {
    fn units(&self, inventory: &Inventory) -> Result<Vec<Unit>, Refusal> {
        Ok(vec![rotate_pool_key(self.api_key, self.grace, inventory)?])
    }

    fn describe(&self, _: &Inventory) -> String {
        format!("rotate pool key {}{}", self.api_key, grace_suffix(self.grace))
    }

    fn effects<'a>(&self, inventory: &'a Inventory) -> Effects<'a> {
        let scope = Scope::new(inventory).with_pool_key(self.api_key).with_replaced_api_key(self.api_key);
        let caution = match self.grace {
            0 => format!(
                "the old value stops working at once for {}: set a grace period unless it has leaked",
                pluralize(scope.tenant_keys.len(), "tenant key")
            ),
            _ => OWN_QUOTA_CAUTION.to_owned(),
        };
        Effects { scope, cautions: vec![caution], needs_confirmation: true }
    }

    fn record(&self, inventory: &Inventory) -> Record {
        Record::new(Subject::ApiKeys).with_before(ResourceState::pool_of_key(self.api_key, inventory))
    }
}

/// Replaces a pool key with a successor in its pool, or continues an interrupted rotation.
pub(super) fn rotate_pool_key(id: &ApiKeyId, grace: u64, inventory: &Inventory) -> Result<Unit, Refusal> {
    rotate_to_successor(id, grace, None, inventory)
}

/// Replaces a disabled pool key with an enabled one.
pub(super) fn replace_disabled_pool_key(id: &ApiKeyId, inventory: &Inventory) -> Result<Unit, Refusal> {
    rotate_to_successor(id, 0, Some(true), inventory)
}

/// A given `enabled` overrides the enabled state that a new successor copies from the old key.
fn rotate_to_successor(
    id: &ApiKeyId,
    grace: u64,
    enabled: Option<bool>,
    inventory: &Inventory,
) -> Result<Unit, Refusal> {
    let pool = inventory.pool_of_api_key(id).ok_or_else(|| Refusal::NotAPoolKey(id.clone()))?;
    inventory.tenant_key_count(id).require(refusal::describe_tenant_key_count(id))?;
    let successor = inventory.successor(id).filter(|key| pool.pool_key(&key.id).is_some());
    let (mut steps, to): (Vec<_>, _) = match successor {
        Some(key) => {
            let to = KeyRef::Existing(key.id.clone());
            let schedule = schedule_retirement(id, to.clone(), grace, inventory).into_iter();
            (schedule.chain(attach_missing_plans(id, &key.id, inventory)?).collect(), to)
        }
        None => {
            check_account_room(1, inventory)?;
            let capacity = match pool.pool_key(id) {
                Some(key) => key.require_capacity()?,
                None => *pool
                    .capacity
                    .require(refusal::describe_pool_capacity(inventory.plan_name(&pool.plan)))?,
            };
            let mut copy = copy_for_successor(id, pool, inventory)?;
            copy.key.enabled = enabled.unwrap_or(copy.key.enabled);
            let mut steps = copy.steps();
            steps.extend(schedule_retirement(id, KeyRef::New, grace, inventory));
            steps.push(write_pool_item(&pool.plan, KeyRef::New));
            let plan = pool.plan.clone();
            steps.push(Step::AddPoolKey { plan, capacity, replaces: Some(id.clone()) });
            (steps, KeyRef::New)
        }
    };
    // The items of earlier keys with the same value go first: they are found through the pool key's own item.
    let own_item = inventory.pool_item(id).filter(|_| grace > 0).map(|_| id);
    let outdated_items = inventory.pool_items_with_value_of(id).into_iter().chain(own_item);
    steps.extend(outdated_items.map(|item| Step::ForwardPoolItem { api_key: item.clone(), to: to.clone() }));
    if grace == 0 {
        steps.extend(delete_pool_item(id, inventory));
    }
    steps.extend(repoint_steps(inventory.tenant_keys_of_api_key(id), id, &to, true));
    if grace == 0 {
        steps.push(Step::RemovePoolKey { plan: pool.plan.clone(), api_key: id.clone() });
    }
    steps.extend(delete_if_no_grace(id, grace, inventory));
    Ok(Unit { subject: format!("pool key {id} of {}", inventory.plan_name(&pool.plan)), steps })
}

fn copy_for_successor(old: &ApiKeyId, pool: &Pool, inventory: &Inventory) -> Result<ApiKeyCopy, Refusal> {
    let new = NewApiKey { replaces: Some(old.clone()), ..new_pool_key(&pool.plan, inventory) };
    ApiKeyCopy::from_api_key(old, new, inventory)
}

/// Attaches a successor to those plans of its predecessor that it is not in. Some are missing only if another
/// program or an older keypool created it.
fn attach_missing_plans(
    old: &ApiKeyId,
    successor: &ApiKeyId,
    inventory: &Inventory,
) -> Result<Vec<Step>, Refusal> {
    let attached = plans_of(successor, inventory)?;
    let missing = plans_of(old, inventory)?.into_iter().filter(|plan| !attached.contains(plan));
    let attach = |plan| Step::AttachApiKey { api_key: KeyRef::Existing(successor.clone()), plan };
    Ok(missing.map(attach).collect())
}
