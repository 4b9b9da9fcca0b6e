//! Moves siloed tenant keys into the pool of their plan and deletes their API keys.

use crate::step::Unit;
use crate::{Inventory, Refusal, TenantKey, TenantKeyId};

use super::kinds::OtherPlans;
use super::operation::{Effects, Operation, Record, Scope, Subject};
use super::pool_keys::require_pool;
use super::titles::titles;
use super::transfer::{OWN_VALUES_CAUTION, check_target_pools, join_pool};
use super::units::units_for_each;

pub(super) struct Consolidate<'a> {
    pub(super) tenant_keys: &'a [TenantKeyId],
    pub(super) other_plans: OtherPlans,
}

impl Operation for Consolidate<'_> {
    fn units(&self, inventory: &Inventory) -> Result<Vec<Unit>, Refusal> {
        check_target_pools(self.tenant_keys, None, inventory)?;
        units_for_each(self.tenant_keys, inventory, |key| consolidate(key, self.other_plans, inventory))
    }

    fn describe(&self, inventory: &Inventory) -> String {
        let keys = titles(inventory, self.tenant_keys);
        format!("move {keys} into the pool{}", self.other_plans.description_suffix())
    }

    fn effects<'a>(&self, inventory: &'a Inventory) -> Effects<'a> {
        let scope = Scope::new(inventory).with_tenant_keys(self.tenant_keys).with_written_own_api_keys();
        Effects { scope, cautions: vec![OWN_VALUES_CAUTION.to_owned()], needs_confirmation: true }
    }

    fn record(&self, _: &Inventory) -> Record {
        Record::new(Subject::TenantKeys(self.tenant_keys.to_vec()))
    }
}

fn consolidate(tenant_key: &TenantKey, others: OtherPlans, inventory: &Inventory) -> Result<Unit, Refusal> {
    if let Some(api_key) = tenant_key.require_pool_key()? {
        return Err(Refusal::SharesApiKey { tenant_key: tenant_key.id.clone(), api_key: api_key.clone() });
    }
    join_pool(tenant_key, require_pool(&tenant_key.plan, inventory)?, others, inventory)
}
