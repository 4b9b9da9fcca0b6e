//! Deletes the keys of a pool without tenants, then the pool.

use crate::refusal;
use crate::step::{Step, Unit};
use crate::{Inventory, PlanId, Refusal};

use super::api_key_deletion::{delete_pool_item, remove_and_delete_pool_key};
use super::operation::{Effects, Operation, Record, ResourceState, Scope, Subject};
use super::pool_keys::require_pool;

pub(super) struct DissolvePool<'a>(pub(super) &'a PlanId);

impl Operation for DissolvePool<'_> {
    fn units(&self, inventory: &Inventory) -> Result<Vec<Unit>, Refusal> {
        let plan = self.0;
        let pool = require_pool(plan, inventory)?;
        let mut tenants = 0;
        for key in &pool.keys {
            tenants += inventory
                .tenant_key_count(&key.api_key)
                .require(refusal::describe_tenant_key_count(&key.api_key))?;
        }
        if tenants > 0 {
            return Err(Refusal::PoolInUse { plan: inventory.plan_name(plan).to_owned(), tenants });
        }
        let delete_keys = pool.keys.iter().flat_map(|key| {
            let item = delete_pool_item(&key.api_key, inventory);
            remove_and_delete_pool_key(&key.api_key, plan, item, inventory)
        });
        let steps = delete_keys.chain([Step::DeletePool(plan.clone())]).collect();
        Ok(vec![Unit { subject: format!("pool of {}", inventory.plan_name(plan)), steps }])
    }

    fn describe(&self, inventory: &Inventory) -> String {
        format!("dissolve the pool of {}", inventory.plan_name(self.0))
    }

    fn effects<'a>(&self, inventory: &'a Inventory) -> Effects<'a> {
        let scope = Scope::new(inventory).with_pool(self.0);
        let keys = scope.api_keys.clone();
        Effects { scope: scope.with_written_api_keys(&keys), cautions: Vec::new(), needs_confirmation: true }
    }

    fn record(&self, inventory: &Inventory) -> Record {
        Record::new(Subject::NamedInDescription).with_before(ResourceState::pool(self.0, inventory))
    }
}
