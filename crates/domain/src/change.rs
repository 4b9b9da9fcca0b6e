//! Every write that keypool can make to an account, as data: its steps, its description and the tenants it affects.
//!
//! No match in here has a wildcard arm, so the compiler lists every place that a new change or fix must handle.
#![deny(clippy::wildcard_enum_match_arm)]

mod api;
mod api_keys;
mod cloudformation;
mod confirmation;
mod copy;
mod create;
mod delete;
mod describe;
mod edit;
mod extend;
mod fix;
mod import;
mod other_plans;
mod plans;
mod pools;
mod rotate;
#[cfg(test)]
#[expect(clippy::wildcard_enum_match_arm, reason = "a test asks for the steps it is about")]
mod tests;
mod transfer;
mod units;

use crate::key_file::PlannedKey;
use crate::{
    ApiKeyId, Edit, FormerApiKey, Inventory, NewTenantKey, PlanId, Secret, Strategy, Tenant, TenantKey,
    TenantKeyId,
};

use crate::refusal::Refusal;
use crate::step::{Step, Unit};

pub use crate::balance::{BalanceChange, ExtensionResult};
pub use crate::limits::MAX_API_KEYS;
pub use crate::managed::require_managed_plan;
pub use crate::text::pluralize;
pub use api::ApiChange;
pub use extend::Extension;
pub use fix::Fix;
pub use other_plans::OtherPlans;
pub use plans::PlanChange;
pub use pools::{MAX_POOL_KEYS, NewPoolRequest};

/// The closed list of writes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// Creates tenant keys: pooled if the plan has a pool, siloed otherwise.
    Create(NewTenantKeys),
    /// Imports API keys from a file.
    Import(Vec<PlannedKey>),
    /// Changes name, description or enabled state of a tenant key.
    Edit { tenant_key: TenantKeyId, edit: Edit },
    /// Sets the AWS Marketplace customer of an API key.
    SetCustomer {
        tenant_key: TenantKeyId,
        /// Empty for no customer.
        customer: String,
    },
    /// Enables or disables tenant keys.
    SetEnabled { tenant_keys: Vec<TenantKeyId>, enabled: bool },
    /// Deletes tenant keys.
    Delete(Vec<TenantKeyId>),
    /// Restores deleted siloed keys with their values, under new ids.
    Restore(Vec<Restoration>),
    /// Replaces the API keys of siloed tenant keys.
    Rotate {
        tenant_keys: Vec<TenantKeyId>,
        /// Seconds that the old API keys keep working.
        grace: u64,
    },
    /// Replaces a pool key and moves its tenants to the successor.
    RotatePoolKey {
        api_key: ApiKeyId,
        /// Seconds that the old pool key keeps working.
        grace: u64,
    },
    /// Deletes an API key that was replaced.
    Retire(ApiKeyId),
    /// Gives each pooled tenant key its own API key.
    Isolate(Vec<TenantKeyId>),
    /// Moves siloed tenant keys into the pool of their plan.
    Consolidate { tenant_keys: Vec<TenantKeyId>, other_plans: OtherPlans },
    /// Moves tenant keys to another plan.
    ChangePlan { tenant_keys: Vec<TenantKeyId>, plan: PlanId, other_plans: OtherPlans },
    /// Evens out the tenants over the keys of a plan's pool.
    Rebalance(PlanId),
    /// Creates a pool from API keys of a plan and new ones.
    CreatePool(NewPoolRequest),
    /// Deletes a pool without tenants, and its API keys.
    DissolvePool(PlanId),
    /// Changes strategy or capacity of a pool.
    SetPool {
        plan: PlanId,
        strategy: Option<Strategy>,
        /// Maximum number of tenant keys per API key.
        capacity: Option<u32>,
    },
    /// Adds API keys to a pool.
    Grow { plan: PlanId, count: u32 },
    /// Moves the tenants of a pool key to the other keys of the pool and deletes it.
    Drain(ApiKeyId),
    /// Raises or lowers what remains of the quota in the current period.
    Extend(Extension),
    /// Fixes a finding of the doctor for which there is no other change.
    Fix(Fix),
    /// Creates, edits, deletes, adopts or releases a usage plan.
    Plan(Box<PlanChange>),
    /// Sets up an API, a stage or the account.
    Api(Box<ApiChange>),
}

/// A deleted siloed key with all that is needed to restore it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Restoration {
    pub tenant_key: TenantKey,
    pub value: Secret,
    pub api_key: FormerApiKey,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewTenantKeys {
    pub template: NewTenantKey,
    /// If above 1, each name gets a numeric suffix, counted from 1.
    pub count: u32,
}

impl From<ApiChange> for Change {
    fn from(change: ApiChange) -> Self {
        Self::Api(Box::new(change))
    }
}

impl From<PlanChange> for Change {
    fn from(change: PlanChange) -> Self {
        Self::Plan(Box::new(change))
    }
}

impl Change {
    pub fn restore(tenant_key: TenantKey, value: Secret, api_key: FormerApiKey) -> Self {
        Self::Restore(vec![Restoration { tenant_key, value, api_key }])
    }

    /// Plans the steps of each unit, or refuses the change.
    pub fn units(&self, inventory: &Inventory) -> Result<Vec<Unit>, Refusal> {
        units::units(self, inventory)
    }

    /// The change in one line.
    pub fn describe(&self, inventory: &Inventory) -> String {
        describe::describe(self, inventory)
    }

    /// The label of the button that runs the change.
    pub fn verb(&self) -> &'static str {
        describe::verb(self)
    }

    /// Whether the change can take access away from a tenant or cannot be undone.
    pub fn needs_confirmation(&self, inventory: &Inventory) -> bool {
        confirmation::needs_confirmation(self, inventory)
    }

    /// Side effects to know before confirming, one sentence each.
    pub fn cautions(&self, inventory: &Inventory) -> Vec<String> {
        describe::cautions(self, inventory)
    }

    /// The user's reason, for changes that require one.
    pub fn reason(&self) -> Option<&str> {
        match self {
            Self::Extend(extension) => Some(&extension.reason),
            Self::Create(_)
            | Self::Import(_)
            | Self::Edit { .. }
            | Self::SetCustomer { .. }
            | Self::SetEnabled { .. }
            | Self::Delete(_)
            | Self::Restore(_)
            | Self::Rotate { .. }
            | Self::RotatePoolKey { .. }
            | Self::Retire(_)
            | Self::Isolate(_)
            | Self::Consolidate { .. }
            | Self::ChangePlan { .. }
            | Self::Rebalance(_)
            | Self::CreatePool(_)
            | Self::DissolvePool(_)
            | Self::SetPool { .. }
            | Self::Grow { .. }
            | Self::Drain(_)
            | Self::Fix(_)
            | Self::Plan(_)
            | Self::Api(_) => None,
        }
    }

    /// The affected tenants, deduplicated and sorted by name.
    pub fn affected_tenants(&self, inventory: &Inventory) -> Vec<Tenant> {
        let mut tenants: Vec<Tenant> = match self {
            Self::Create(new) => vec![new.template.tenant.clone()],
            Self::Import(keys) => import::affected_tenants(keys, inventory),
            Self::SetCustomer { tenant_key, .. } => {
                inventory.tenant_key(tenant_key).map_or_else(Vec::new, |tenant_key| {
                    let api_key = tenant_key.api_key().into_result().ok();
                    let sharing_tenants =
                        api_key.iter().flat_map(|api_key| inventory.tenants_of_api_key(api_key));
                    sharing_tenants.chain([&tenant_key.tenant]).cloned().collect()
                })
            }
            Self::Fix(fix) => fix::affected_tenants(fix, self.tenant_keys(inventory), inventory),
            Self::Restore(keys) => keys.iter().map(|key| key.tenant_key.tenant.clone()).collect(),
            Self::Plan(change) => change.affected_tenants(inventory),
            Self::Api(change) => change.affected_tenants(inventory),
            Self::Edit { .. }
            | Self::SetEnabled { .. }
            | Self::Delete(_)
            | Self::Rotate { .. }
            | Self::RotatePoolKey { .. }
            | Self::Retire(_)
            | Self::Isolate(_)
            | Self::Consolidate { .. }
            | Self::ChangePlan { .. }
            | Self::Rebalance(_)
            | Self::CreatePool(_)
            | Self::DissolvePool(_)
            | Self::SetPool { .. }
            | Self::Grow { .. }
            | Self::Drain(_)
            | Self::Extend(_) => {
                self.tenant_keys(inventory).iter().map(|tenant_key| tenant_key.tenant.clone()).collect()
            }
        };
        tenants.sort_unstable();
        tenants.dedup();
        tenants
    }

    pub fn tenant_keys<'a>(&self, inventory: &'a Inventory) -> Vec<&'a TenantKey> {
        match self {
            Self::Create(_)
            | Self::Restore(_)
            | Self::CreatePool(_)
            | Self::DissolvePool(_)
            | Self::SetPool { .. }
            | Self::Grow { .. }
            | Self::Plan(_)
            | Self::Api(_) => Vec::new(),
            Self::Import(keys) => import::pending_lines(keys)
                .filter_map(|key| import::existing_tenant_key(key, inventory))
                .collect(),
            Self::Edit { tenant_key, .. } | Self::SetCustomer { tenant_key, .. } => {
                inventory.tenant_key(tenant_key).into_iter().collect()
            }
            Self::Delete(tenant_keys)
            | Self::SetEnabled { tenant_keys, .. }
            | Self::Rotate { tenant_keys, .. }
            | Self::Isolate(tenant_keys)
            | Self::Consolidate { tenant_keys, .. }
            | Self::ChangePlan { tenant_keys, .. } => {
                tenant_keys.iter().filter_map(|tenant_key| inventory.tenant_key(tenant_key)).collect()
            }
            Self::RotatePoolKey { api_key, .. } | Self::Retire(api_key) | Self::Drain(api_key) => {
                inventory.tenant_keys_of_api_key(api_key).collect()
            }
            Self::Rebalance(_) => self.repointed_tenant_keys(inventory),
            Self::Extend(extension) => extension
                .keys
                .iter()
                .flat_map(|(api_key, _)| inventory.tenant_keys_of_api_key(api_key))
                .collect(),
            Self::Fix(Fix::FinishRotation(api_key) | Fix::ReplaceDisabled(api_key)) => {
                inventory.tenant_keys_of_api_key(api_key).collect()
            }
            Self::Fix(fix) => fix::tenant_key(fix)
                .and_then(|tenant_key| inventory.tenant_key(tenant_key))
                .into_iter()
                .collect(),
        }
    }

    fn repointed_tenant_keys<'a>(&self, inventory: &'a Inventory) -> Vec<&'a TenantKey> {
        let units = self.units(inventory).unwrap_or_default();
        let steps = units.iter().flat_map(|unit| &unit.steps);
        let tenant_keys = steps.filter_map(|step| {
            if let Step::Repoint { tenant_keys, .. } = step { Some(tenant_keys) } else { None }
        });
        tenant_keys.flatten().filter_map(|tenant_key| inventory.tenant_key(tenant_key)).collect()
    }
}
