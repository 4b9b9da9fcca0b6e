//! What a change affects: tenant keys, tenants, API keys, usage plans and stages.

use std::collections::BTreeSet;

use crate::{ApiKeyId, Inventory, PlanId, StageRef, Tenant, TenantKey, TenantKeyId};

/// Built from what a change names; what follows from that is looked up in the inventory.
#[derive(Debug)]
pub(crate) struct Scope<'a> {
    pub(crate) inventory: &'a Inventory,
    /// The existing tenant keys that change.
    pub(crate) tenant_keys: Vec<&'a TenantKey>,
    /// API keys that are replaced, moved or deleted, besides those of the tenant keys.
    pub(crate) api_keys: Vec<ApiKeyId>,
    pub(crate) tenants: BTreeSet<Tenant>,
    /// Plans whose API keys get other limits, stages or keys, with all stages.
    plans: BTreeSet<PlanId>,
    /// Plans that change without an effect on calls.
    uncalled_plans: BTreeSet<PlanId>,
    stages: BTreeSet<StageRef>,
    /// API keys that the change itself writes: a CloudFormation stack may undo that.
    pub(crate) written_api_keys: BTreeSet<ApiKeyId>,
    /// The plan of which the change writes what a CloudFormation stack may define, or allows later changes that do.
    pub(crate) written_plan: Option<PlanId>,
    /// The plan whose tags the change depends on.
    pub(crate) tagged_plan: Option<PlanId>,
    /// Plans that tenant keys or a pool are added to: an unmanaged one is adopted first.
    pub(crate) entered_plans: BTreeSet<PlanId>,
    /// The plan that keypool must manage before the change may write its API keys or tenant keys.
    pub(crate) required_plan: Option<PlanId>,
}

impl<'a> Scope<'a> {
    pub(crate) const fn new(inventory: &'a Inventory) -> Self {
        Self {
            inventory,
            tenant_keys: Vec::new(),
            api_keys: Vec::new(),
            tenants: BTreeSet::new(),
            plans: BTreeSet::new(),
            uncalled_plans: BTreeSet::new(),
            stages: BTreeSet::new(),
            written_api_keys: BTreeSet::new(),
            written_plan: None,
            tagged_plan: None,
            entered_plans: BTreeSet::new(),
            required_plan: None,
        }
    }

    /// Adds tenant keys, with their plans and every other plan of their API keys, shared or own.
    pub(crate) fn with_tenant_keys<'i>(mut self, ids: impl IntoIterator<Item = &'i TenantKeyId>) -> Self {
        let inventory = self.inventory;
        for tenant_key in ids.into_iter().filter_map(|id| inventory.tenant_key(id)) {
            self.add_plan(&tenant_key.plan);
            if let Some(api_key) = tenant_key.api_key().value_to_show() {
                self.add_plans_of(api_key);
            }
            self.tenant_keys.push(tenant_key);
        }
        self.with_tenants_of_tenant_keys()
    }

    /// Adds tenant keys without their plans.
    pub(crate) fn with_tenant_keys_alone(
        mut self,
        tenant_keys: impl IntoIterator<Item = &'a TenantKey>,
    ) -> Self {
        self.tenant_keys.extend(tenant_keys);
        self.with_tenants_of_tenant_keys()
    }

    fn with_tenants_of_tenant_keys(self) -> Self {
        let tenant_keys = self.tenant_keys.clone();
        self.with_tenants(tenant_keys.into_iter().map(|tenant_key| &tenant_key.tenant))
    }

    /// Adds a shared API key that is written, with its tenant keys and plans.
    pub(crate) fn with_pool_key(self, id: &ApiKeyId) -> Self {
        let tenant_keys = self.inventory.tenant_keys_of_api_key(id);
        self.with_tenant_keys_alone(tenant_keys).with_plans_of_api_keys([id]).with_written_api_keys([id])
    }

    /// Adds the keys of a plan's pool, with their plans.
    pub(crate) fn with_pool(mut self, plan: &PlanId) -> Self {
        let keys = self.inventory.pool(plan).map(|pool| pool.keys.as_slice()).unwrap_or_default();
        self.api_keys.extend(keys.iter().map(|key| key.api_key.clone()));
        self.with_plans([plan]).with_plans_of_api_keys(keys.iter().map(|key| &key.api_key))
    }

    pub(crate) fn with_tenants<'i>(mut self, tenants: impl IntoIterator<Item = &'i Tenant>) -> Self {
        for tenant in tenants {
            if !self.tenants.contains(tenant) {
                self.tenants.insert(tenant.clone());
            }
        }
        self
    }

    pub(crate) fn with_tenants_of_api_key(self, id: &ApiKeyId) -> Self {
        let tenants = self.inventory.tenants_of_api_key(id);
        self.with_tenants(tenants)
    }

    pub(crate) fn with_tenants_of_plan(self, id: &PlanId) -> Self {
        let tenants = self.inventory.tenants_of_plan(id);
        self.with_tenants(tenants)
    }

    /// Adds plans with all their stages.
    pub(crate) fn with_plans<'i>(mut self, ids: impl IntoIterator<Item = &'i PlanId>) -> Self {
        ids.into_iter().for_each(|id| self.add_plan(id));
        self
    }

    /// Adds plans of which no call is affected.
    pub(crate) fn with_uncalled_plans<'i>(mut self, ids: impl IntoIterator<Item = &'i PlanId>) -> Self {
        self.uncalled_plans.extend(ids.into_iter().cloned());
        self
    }

    pub(crate) fn with_plans_of_api_keys<'i>(mut self, ids: impl IntoIterator<Item = &'i ApiKeyId>) -> Self {
        ids.into_iter().for_each(|id| self.add_plans_of(id));
        self
    }

    pub(crate) fn with_stages<'i>(mut self, stages: impl IntoIterator<Item = &'i StageRef>) -> Self {
        self.stages.extend(stages.into_iter().cloned());
        self
    }

    pub(crate) fn with_replaced_api_key(mut self, id: &ApiKeyId) -> Self {
        self.api_keys.push(id.clone());
        self
    }

    pub(crate) fn with_written_api_keys<'i>(mut self, ids: impl IntoIterator<Item = &'i ApiKeyId>) -> Self {
        self.written_api_keys.extend(ids.into_iter().cloned());
        self
    }

    /// Adds the API keys of the tenant keys, except those known to be shared.
    pub(crate) fn with_written_own_api_keys(mut self) -> Self {
        let inventory = self.inventory;
        let unshared = self.tenant_keys.iter().filter(|key| !inventory.is_shared(key).is_known_to_be(&true));
        self.written_api_keys.extend(unshared.filter_map(|key| key.api_key().into_result().ok()));
        self
    }

    pub(crate) fn with_written_plan(mut self, id: &PlanId) -> Self {
        self.written_plan = Some(id.clone());
        self.with_tags_of_plan(id)
    }

    pub(crate) fn with_tags_of_plan(mut self, id: &PlanId) -> Self {
        self.tagged_plan = Some(id.clone());
        self
    }

    pub(crate) fn with_entered_plans<'i>(mut self, plans: impl IntoIterator<Item = &'i PlanId>) -> Self {
        self.entered_plans.extend(plans.into_iter().cloned());
        self
    }

    pub(crate) fn with_required_plan(mut self, id: &PlanId) -> Self {
        self.required_plan = Some(id.clone());
        self
    }

    /// How many of the tenant keys are known to share their API keys.
    pub(crate) fn count_shared(&self) -> usize {
        let is_shared = |key: &&&TenantKey| self.inventory.is_shared(key).is_known_to_be(&true);
        self.tenant_keys.iter().filter(is_shared).count()
    }

    /// Every affected plan.
    pub(crate) fn all_plans(&self) -> impl Iterator<Item = &PlanId> {
        self.plans.union(&self.uncalled_plans)
    }

    pub(crate) const fn all_stages(&self) -> &BTreeSet<StageRef> {
        &self.stages
    }

    fn add_plan(&mut self, id: &PlanId) {
        if self.plans.contains(id) {
            return;
        }
        self.plans.insert(id.clone());
        self.stages.extend(self.inventory.plan(id).into_iter().flat_map(|plan| plan.stages.clone()));
    }

    /// Adds every known plan of an API key.
    fn add_plans_of(&mut self, api_key: &ApiKeyId) {
        let inventory = self.inventory;
        let pool = inventory.pool_of_api_key(api_key).map(|pool| &pool.plan);
        let known = inventory.plans_of_api_key(api_key).into_result().unwrap_or_default();
        known.iter().chain(pool).for_each(|plan| self.add_plan(plan));
    }
}
