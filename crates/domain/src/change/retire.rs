//! Deletes an API key that was replaced, possibly long ago.

use crate::managed::require_our_api_key;
use crate::refusal;
use crate::step::{Step, Unit};
use crate::{ApiKeyId, Edit, Inventory, PoolKeyState, Refusal};

use super::api_key_deletion::delete_former_pool_key;
use super::operation::{Effects, Operation, Record, ResourceState, Scope, Subject};

pub(super) struct Retire<'a>(pub(super) &'a ApiKeyId);

impl Operation for Retire<'_> {
    fn units(&self, inventory: &Inventory) -> Result<Vec<Unit>, Refusal> {
        let id = self.0;
        let tenant_keys = *inventory.tenant_key_count(id).require(refusal::describe_tenant_key_count(id))?;
        if tenant_keys > 0 {
            return Err(Refusal::InUse { api_key: id.clone(), tenant_keys });
        }
        let pool = inventory.pool_of_api_key(id);
        if pool.and_then(|pool| pool.pool_key(id)).is_some_and(|key| key.state == PoolKeyState::Active) {
            return Err(Refusal::StillActive(id.clone()));
        }
        let remove = pool.map(|pool| Step::RemovePoolKey { plan: pool.plan.clone(), api_key: id.clone() });
        let steps: Vec<_> = remove.into_iter().chain(delete_former_pool_key(id, inventory)).collect();
        if steps.is_empty() {
            return Err(Refusal::NoApiKey(id.clone()));
        }
        require_our_api_key(id, inventory)?;
        Ok(vec![Unit { subject: format!("API key {id}"), steps }])
    }

    fn describe(&self, _: &Inventory) -> String {
        format!("retire API key {}", self.0)
    }

    fn effects<'a>(&self, inventory: &'a Inventory) -> Effects<'a> {
        // Tenants that have its successor may still call with the old value.
        let successor = inventory.api_key(self.0).key().and_then(|old| inventory.latest_successor(old));
        let tenants = successor.map(|new| inventory.tenants_of_api_key(&new.id)).unwrap_or_default();
        let scope =
            Scope::new(inventory).with_pool_key(self.0).with_replaced_api_key(self.0).with_tenants(tenants);
        Effects { scope, cautions: Vec::new(), needs_confirmation: true }
    }

    fn record(&self, inventory: &Inventory) -> Record {
        let pool = ResourceState::pool_of_key(self.0, inventory);
        let api_key = ResourceState::api_key(self.0, &Edit::default(), inventory);
        Record::new(Subject::NamedInDescription).with_before([pool, api_key].concat())
    }
}
