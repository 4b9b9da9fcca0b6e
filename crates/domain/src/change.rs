//! Every write that keypool can do to an account, as data: its steps, its words, and whom it touches.
//!
//! No match here has a wildcard arm: who adds a change or a fix is asked everywhere what it means.
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
pub(crate) mod refusal;
mod rotate;
#[cfg(test)]
#[expect(clippy::wildcard_enum_match_arm, reason = "a test asks for the steps it is about")]
mod tests;
mod transfer;
mod units;

use crate::key_file::PlannedKey;
use crate::{ApiKeyId, FormerApiKey, Inventory, PlanId, Secret, Strategy, Tenant, TenantKey, TenantKeyId};

pub use api::ApiChange;
pub use extend::{BalanceChange, Extension, ExtensionResult};
pub use fix::Fix;
pub use other_plans::{OtherPlans, OtherPlansRefusal};
pub use plans::{MAX_METHOD_THROTTLES, PlanChange, PlanEdit, PlanRefusal, require_managed_plan};
pub use pools::{MAX_POOL_KEYS, NewPoolRequest};
pub use refusal::{MAX_API_KEYS, MAX_DESCRIPTION_CHARS, MAX_NAME_CHARS, MAX_TENANT_CHARS, Refusal};

use crate::step::{Step, Unit};

/// The closed list of writes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// New tenant keys in a plan: siloed or pooled as the plan has it.
    Create(NewTenantKeys),
    /// API keys out of a file, in bulk.
    Import(Vec<PlannedKey>),
    /// Another name, description or enabled state.
    Edit {
        /// the tenant key
        tenant_key: TenantKeyId,
        /// what changes
        edit: Edit,
    },
    /// The customer of AWS Marketplace whose key an API key is.
    SetCustomer {
        /// the tenant key
        tenant_key: TenantKeyId,
        /// the customer; nobody where it is empty
        customer: String,
    },
    /// Tenant keys are all enabled, or all disabled.
    SetEnabled {
        /// the tenant keys
        tenant_keys: Vec<TenantKeyId>,
        /// the state they get
        enabled: bool,
    },
    /// Tenant keys go.
    Delete(Vec<TenantKeyId>),
    /// Siloed keys that were deleted come back with their values, under new ids.
    Restore(Vec<Restoration>),
    /// Siloed keys get other API keys.
    Rotate {
        /// the tenant keys
        tenant_keys: Vec<TenantKeyId>,
        /// seconds that the old ones still work
        grace: u64,
    },
    /// A pool key gets a successor, to which its tenants go.
    RotatePoolKey {
        /// the pool key
        api_key: ApiKeyId,
        /// seconds that it still works
        grace: u64,
    },
    /// An API key that another took the place of goes.
    Retire(ApiKeyId),
    /// Pooled tenant keys get API keys of their own.
    Isolate(Vec<TenantKeyId>),
    /// Siloed tenant keys join the pool of their plan.
    Consolidate {
        /// the tenant keys
        tenant_keys: Vec<TenantKeyId>,
        /// what becomes of the other plans of their API keys
        others: OtherPlans,
    },
    /// Tenant keys go to another plan.
    ChangePlan {
        /// the tenant keys
        tenant_keys: Vec<TenantKeyId>,
        /// where they go
        plan: PlanId,
        /// what becomes of the other plans of their API keys
        others: OtherPlans,
    },
    /// The keys of a plan's pool are brought level.
    Rebalance(PlanId),
    /// Keys of a plan become its pool.
    CreatePool(NewPoolRequest),
    /// A pool without tenants goes, with its keys.
    DissolvePool(PlanId),
    /// Another strategy or capacity of a pool.
    SetPool {
        /// the plan of the pool
        plan: PlanId,
        /// how a new tenant gets its key
        strategy: Option<Strategy>,
        /// the most tenant keys behind one API key
        capacity: Option<u32>,
    },
    /// A pool gets more API keys.
    Grow {
        /// the plan of the pool
        plan: PlanId,
        /// how many more
        count: u32,
    },
    /// The tenants of a pool key go to the others, and it goes.
    Drain(ApiKeyId),
    /// API keys get more calls in the present period of their quota, or fewer.
    Extend(Extension),
    /// A finding of the doctor is put right.
    Fix(Fix),
    /// A usage plan is made, edited or deleted.
    Plan(Box<PlanChange>),
    /// What plans need of an API, a stage and the account.
    Api(Box<ApiChange>),
}

/// A siloed key that was deleted, and what brings it back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Restoration {
    /// The tenant key as it was.
    pub tenant_key: TenantKey,
    /// The value it had.
    pub value: Secret,
    /// What its API key was.
    pub api_key: FormerApiKey,
}

/// What a form or a command line asks to create.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewTenantKeys {
    /// The plan, tenant, name and so on of each.
    pub template: NewTenantKey,
    /// How many; of several, each name ends in a number from 1.
    pub count: u32,
}

/// One tenant key to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewTenantKey {
    /// The usage plan.
    pub plan: PlanId,
    /// Who pays.
    pub tenant: Tenant,
    /// Its name.
    pub name: String,
    /// Free text.
    pub description: String,
    /// Whether it may be used at once.
    pub enabled: bool,
}

impl NewTenantKey {
    /// A tenant key like one that there is; refused where it is not known whether that is enabled.
    pub fn from_tenant_key(row: &TenantKey) -> Result<Self, Refusal> {
        let enabled = *row.enabled.require(format!("whether key {} is enabled", row.id))?;
        Ok(Self {
            plan: row.plan.clone(),
            tenant: row.tenant.clone(),
            name: row.name.clone(),
            description: row.description.clone(),
            enabled,
        })
    }
}

/// The fields that an edit changes; `None` leaves a field as it is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Edit {
    /// The new name.
    pub name: Option<String>,
    /// The new description.
    pub description: Option<String>,
    /// The new state.
    pub enabled: Option<bool>,
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
    /// One siloed key that was deleted comes back.
    pub fn restore(row: TenantKey, value: Secret, api_key: FormerApiKey) -> Self {
        Self::Restore(vec![Restoration { tenant_key: row, value, api_key }])
    }

    /// The steps of each unit, or why there can be none.
    pub fn units(&self, inventory: &Inventory) -> Result<Vec<Unit>, Refusal> {
        units::units(self, inventory)
    }

    /// One line that names the change.
    pub fn describe(&self, inventory: &Inventory) -> String {
        describe::describe(self, inventory)
    }

    /// The word on the button that carries it out.
    pub fn verb(&self) -> &'static str {
        describe::verb(self)
    }

    /// Whether it asks before it is made: it cuts somebody off, or something goes that cannot come back.
    pub fn needs_confirmation(&self, inventory: &Inventory) -> bool {
        confirmation::needs_confirmation(self, inventory)
    }

    /// What API Gateway cannot do for us here, in sentences.
    pub fn cautions(&self, inventory: &Inventory) -> Vec<String> {
        describe::cautions(self, inventory)
    }

    /// Why it is made, where the change itself says so.
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

    /// The tenants it touches, each once, in order of name.
    pub fn affected_tenants(&self, inventory: &Inventory) -> Vec<Tenant> {
        let mut tenants: Vec<Tenant> = match self {
            Self::Create(new) => vec![new.template.tenant.clone()],
            Self::Import(keys) => import::affected_tenants(keys, inventory),
            Self::SetCustomer { tenant_key: row, .. } => {
                inventory.tenant_key(row).map_or_else(Vec::new, |row| {
                    let api_key = row.api_key().into_result().ok();
                    let sharing = api_key.iter().flat_map(|api_key| inventory.tenants_of_api_key(api_key));
                    sharing.chain([&row.tenant]).cloned().collect()
                })
            }
            Self::Fix(one) => fix::affected_tenants(one, self.tenant_keys(inventory), inventory),
            Self::Restore(keys) => keys.iter().map(|key| key.tenant_key.tenant.clone()).collect(),
            Self::Plan(one) => one.affected_tenants(inventory),
            Self::Api(one) => one.affected_tenants(inventory),
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
            | Self::Extend(_) => self.tenant_keys(inventory).iter().map(|row| row.tenant.clone()).collect(),
        };
        tenants.sort_unstable();
        tenants.dedup();
        tenants
    }

    /// The tenant keys that it changes.
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
            Self::Edit { tenant_key: row, .. } | Self::SetCustomer { tenant_key: row, .. } => {
                inventory.tenant_key(row).into_iter().collect()
            }
            Self::Delete(rows)
            | Self::SetEnabled { tenant_keys: rows, .. }
            | Self::Rotate { tenant_keys: rows, .. }
            | Self::Isolate(rows)
            | Self::Consolidate { tenant_keys: rows, .. }
            | Self::ChangePlan { tenant_keys: rows, .. } => {
                rows.iter().filter_map(|row| inventory.tenant_key(row)).collect()
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
            Self::Fix(one) => fix::row(one).and_then(|row| inventory.tenant_key(row)).into_iter().collect(),
        }
    }

    fn repointed_tenant_keys<'a>(&self, inventory: &'a Inventory) -> Vec<&'a TenantKey> {
        let units = self.units(inventory).unwrap_or_default();
        let steps = units.iter().flat_map(|unit| &unit.steps);
        let rows = steps.filter_map(|step| {
            if let Step::Repoint { tenant_keys: rows, .. } = step { Some(rows) } else { None }
        });
        rows.flatten().filter_map(|row| inventory.tenant_key(row)).collect()
    }
}

impl Edit {
    /// Whether it leaves everything as it is.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// For example "set name to \"web\", disable".
    pub fn describe(&self) -> String {
        let name = self.name.as_ref().map(|name| format!("set name to \"{name}\""));
        let description = self.description.as_ref().map(|text| format!("set description to \"{text}\""));
        let enabled = self.enabled.map(|on| if on { "enable" } else { "disable" }.to_owned());
        let said: Vec<_> = [name, description, enabled].into_iter().flatten().collect();
        if said.is_empty() { "change nothing".to_owned() } else { said.join(", ") }
    }
}

/// For example "1 key", "10 keys".
pub fn pluralize(count: usize, thing: &str) -> String {
    format!("{} {thing}{}", crate::text::group_thousands(count as u64), if count == 1 { "" } else { "s" })
}
