//! What a change affects: tenant keys, tenants, API keys, usage plans and stages.

use std::collections::BTreeSet;

use crate::{ApiKeyId, Inventory, PlanId, StageRef, Tenant, TenantKey, TenantKeyId};

/// Built from what a change names. What follows from its tenant keys is looked up when it is asked for.
#[derive(Debug)]
pub(crate) struct Scope<'a> {
    pub(crate) inventory: &'a Inventory,
    /// The existing tenant keys that change.
    pub(crate) tenant_keys: Vec<&'a TenantKey>,
    /// Whether the change affects their plans and every other plan of their API keys, shared or not.
    affects_their_plans: bool,
    /// Whether the change writes their API keys, except those known to be shared.
    writes_own_api_keys: bool,
    /// API keys that are replaced, moved or deleted, besides those of the tenant keys.
    pub(crate) api_keys: Vec<ApiKeyId>,
    /// Tenants besides those of the tenant keys.
    tenants: BTreeSet<Tenant>,
    /// Plans whose API keys get other limits, stages or keys, with all stages.
    plans: BTreeSet<PlanId>,
    /// Plans that change without an effect on calls.
    plans_without_affected_calls: BTreeSet<PlanId>,
    stages: BTreeSet<StageRef>,
    /// API keys that the change itself writes: a CloudFormation stack may undo that.
    written_api_keys: BTreeSet<ApiKeyId>,
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
            affects_their_plans: false,
            writes_own_api_keys: false,
            api_keys: Vec::new(),
            tenants: BTreeSet::new(),
            plans: BTreeSet::new(),
            plans_without_affected_calls: BTreeSet::new(),
            stages: BTreeSet::new(),
            written_api_keys: BTreeSet::new(),
            written_plan: None,
            tagged_plan: None,
            entered_plans: BTreeSet::new(),
            required_plan: None,
        }
    }

    /// Adds tenant keys with their plans.
    pub(crate) fn with_tenant_keys<'i>(self, ids: impl IntoIterator<Item = &'i TenantKeyId>) -> Self {
        let tenant_keys = ids.into_iter().filter_map(|id| self.inventory.tenant_key(id)).collect::<Vec<_>>();
        Self { affects_their_plans: true, ..self.with_tenant_keys_alone(tenant_keys) }
    }

    /// Adds tenant keys without their plans.
    pub(crate) fn with_tenant_keys_alone(
        mut self,
        tenant_keys: impl IntoIterator<Item = &'a TenantKey>,
    ) -> Self {
        self.tenant_keys.extend(tenant_keys);
        self
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
        self.tenants.extend(tenants.into_iter().cloned());
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
        self.plans.extend(ids.into_iter().cloned());
        self
    }

    /// Adds plans of which no call is affected.
    pub(crate) fn with_plans_without_affected_calls<'i>(
        mut self,
        ids: impl IntoIterator<Item = &'i PlanId>,
    ) -> Self {
        self.plans_without_affected_calls.extend(ids.into_iter().cloned());
        self
    }

    pub(crate) fn with_plans_of_api_keys<'i>(mut self, ids: impl IntoIterator<Item = &'i ApiKeyId>) -> Self {
        let inventory = self.inventory;
        self.plans.extend(ids.into_iter().flat_map(|id| plans_of(id, inventory)).cloned());
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

    pub(crate) fn with_written_own_api_keys(self) -> Self {
        Self { writes_own_api_keys: true, ..self }
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

    /// Every affected tenant.
    pub(crate) fn all_tenants(&self) -> Vec<Tenant> {
        let of_tenant_keys = self.tenant_keys.iter().map(|tenant_key| &tenant_key.tenant);
        let all: BTreeSet<&Tenant> = of_tenant_keys.chain(&self.tenants).collect();
        all.into_iter().cloned().collect()
    }

    /// Every affected plan.
    pub(crate) fn all_plans(&self) -> BTreeSet<&PlanId> {
        let mut plans = self.plans_with_affected_calls();
        plans.extend(&self.plans_without_affected_calls);
        plans
    }

    /// Every affected stage.
    pub(crate) fn all_stages(&self) -> BTreeSet<&StageRef> {
        let plans = self.plans_with_affected_calls().into_iter().filter_map(|id| self.inventory.plan(id));
        plans.flat_map(|plan| &plan.stages).chain(&self.stages).collect()
    }

    pub(crate) fn all_written_api_keys(&self) -> BTreeSet<ApiKeyId> {
        let is_unshared = |key: &&&TenantKey| !self.inventory.is_shared(key).is_known_to_be(&true);
        let own = self.tenant_keys.iter().filter(|_| self.writes_own_api_keys).filter(is_unshared);
        let own = own.filter_map(|key| key.api_key().into_result().ok());
        own.chain(self.written_api_keys.iter().cloned()).collect()
    }

    fn plans_with_affected_calls(&self) -> BTreeSet<&PlanId> {
        let mut plans: BTreeSet<&PlanId> = self.plans.iter().collect();
        for tenant_key in self.tenant_keys.iter().filter(|_| self.affects_their_plans) {
            plans.insert(&tenant_key.plan);
            if let Some(api_key) = tenant_key.api_key().value_to_show() {
                plans.extend(plans_of(api_key, self.inventory));
            }
        }
        plans
    }
}

/// Every known plan of an API key.
fn plans_of<'a>(api_key: &ApiKeyId, inventory: &'a Inventory) -> impl Iterator<Item = &'a PlanId> + use<'a> {
    let pool = inventory.pool_of_api_key(api_key).map(|pool| &pool.plan);
    let known = inventory.plans_of_api_key(api_key).into_result().unwrap_or_default();
    known.iter().chain(pool)
}
