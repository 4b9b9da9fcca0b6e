//! Every write that keypool can make to an account, as data.

mod api;
mod extension;
mod fix;
mod new_pool;
mod other_plans;
mod plan;

pub use api::{ApiChange, TableStep};
pub use extension::Extension;
pub use fix::Fix;
pub use new_pool::NewPoolRequest;
pub use other_plans::OtherPlans;
pub use plan::PlanChange;

use crate::key_file::PlannedKey;
use crate::{ApiKeyId, Edit, FormerApiKey, NewTenantKey, PlanId, Secret, Strategy, TenantKey, TenantKeyId};

/// The closed list of writes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// Creates tenant keys: pooled if the plan has a pool, siloed otherwise.
    Create(NewTenantKeys),
    /// Imports API keys from a file.
    Import(Vec<PlannedKey>),
    /// Changes name, description, enabled state or expiry of a tenant key.
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
}
