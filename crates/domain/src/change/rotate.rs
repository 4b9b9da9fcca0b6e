//! Rotates siloed keys: a new API key with a new value replaces the old one.
//!
//! Invariant: a tenant key refers to the new API key only once that key works, and the old one is deleted only when no
//! tenant key refers to it. Without tables, the time of its retirement ends the old key's role as the tenant key.

use crate::step::{KeyRef, NewApiKey, Step, Unit};
use crate::{ApiKey, Inventory, Known, NewTenantKey, Presence, Refusal, TenantKey, TenantKeyId};

use super::api_key_deletion::delete_api_key;
use super::copy::ApiKeyCopy;
use super::grace_period::{OWN_QUOTA_CAUTION, delete_if_no_grace, schedule_retirement};
use super::operation::{Effects, Operation, Record, Scope, Subject};
use super::pool_keys::new_pool_key;
use super::room::check_account_room;
use super::table_steps::{check_tenant_of_copy, table_step, tenant_of_copy};
use super::titles::{grace_suffix, titles};
use super::units::{find_tenant_key, tenant_key_unit, units_for_each};

pub(super) struct Rotate<'a> {
    pub(super) tenant_keys: &'a [TenantKeyId],
    /// Seconds that the old API keys keep working.
    pub(super) grace: u64,
}

impl Operation for Rotate<'_> {
    fn units(&self, inventory: &Inventory) -> Result<Vec<Unit>, Refusal> {
        let rotations =
            units_for_each(self.tenant_keys, inventory, |key| rotate_siloed_key(key, self.grace, inventory))?;
        // Before anything is created: what an interrupted rotation left must not outlive the old key.
        let mut units = Vec::new();
        for tenant_key in self.tenant_keys {
            units.extend(delete_leftovers(find_tenant_key(tenant_key, inventory)?, inventory));
        }
        units.extend(rotations);
        Ok(units)
    }

    fn describe(&self, inventory: &Inventory) -> String {
        format!("rotate {}{}", titles(inventory, self.tenant_keys), grace_suffix(self.grace))
    }

    fn effects<'a>(&self, inventory: &'a Inventory) -> Effects<'a> {
        let scope = Scope::new(inventory).with_tenant_keys(self.tenant_keys).with_written_own_api_keys();
        let caution = match self.grace {
            0 => "the old values stop working at once: set a grace period to hand out the new ones first",
            _ => OWN_QUOTA_CAUTION,
        };
        let cautions = leftover_cautions(&scope).into_iter().chain([caution.to_owned()]).collect();
        Effects { scope, cautions, needs_confirmation: true }
    }

    fn record(&self, _: &Inventory) -> Record {
        Record::new(Subject::TenantKeys(self.tenant_keys.to_vec()))
    }
}

/// Deletes the copies of an API key that interrupted rotations left. No tenant has their values.
fn delete_leftovers(tenant_key: &TenantKey, inventory: &Inventory) -> Vec<Unit> {
    let Known::Value(api_key) = tenant_key.api_key() else { return Vec::new() };
    let leftovers = inventory.unfinished_successors(&api_key).into_iter();
    leftovers
        .map(|key| {
            let subject = format!("API key {}, left by an interrupted rotation", key.id);
            Unit { subject, steps: delete_api_key(&key.id, inventory) }
        })
        .collect()
}

/// One caution for each copy that an interrupted rotation left and that is deleted with or before its original.
pub(super) fn leftover_cautions(scope: &Scope<'_>) -> Vec<String> {
    let api_keys = scope.tenant_keys.iter().filter_map(|key| key.api_key().into_result().ok());
    let leftovers = api_keys.flat_map(|api_key| {
        let caution = |key: &ApiKey| {
            format!(
                "API key {}, which an interrupted rotation of {api_key} left, is deleted: no tenant has its value",
                key.id
            )
        };
        scope.inventory.unfinished_successors(&api_key).into_iter().map(caution).collect::<Vec<_>>()
    });
    leftovers.collect()
}

/// Replaces the API key of a siloed tenant key, and with it the tenant key's id.
pub(super) fn rotate_siloed_key(
    tenant_key: &TenantKey,
    grace: u64,
    inventory: &Inventory,
) -> Result<Unit, Refusal> {
    let old = tenant_key.require_api_key()?;
    if inventory.determine_whether_shared(tenant_key)? {
        return Err(Refusal::SharesApiKey { tenant_key: tenant_key.id.clone(), api_key: old });
    }
    check_tenant_of_copy(tenant_key, inventory)?;
    check_account_room(1, inventory)?;
    // Everything else is copied from API Gateway, which stores neither the tenant nor the plan of the tenant key.
    let new = match inventory.api_key(&old) {
        Presence::Missing => NewApiKey::for_tenant_key(&NewTenantKey::from_tenant_key(tenant_key)?),
        Presence::Present(_) | Presence::Unknown(_) => NewApiKey {
            name: tenant_key.name.to_string(),
            tenant: tenant_of_copy(&tenant_key.tenant, inventory),
            ..new_pool_key(&tenant_key.plan, inventory)
        },
    };
    let new = NewApiKey { replaces: Some(old.clone()), ..new };
    let mut steps = ApiKeyCopy::from_api_key(&old, new, inventory)?.steps();
    steps.extend(schedule_retirement(&old, KeyRef::New, grace, inventory));
    steps.extend(table_step(inventory, || Step::ReplaceTenantKey(tenant_key.id.clone())));
    steps.extend(delete_if_no_grace(&old, grace, inventory));
    Ok(tenant_key_unit(tenant_key, steps))
}
