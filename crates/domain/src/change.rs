//! Every write that keypool can make to an account: its steps, its description, and what it affects.
//!
//! A change is data ([`Change`]); an operation says what it does. Each operation has its own file and a row in
//! `table.rs`. No match in here has a wildcard arm, so the compiler lists every place that a new change or fix must
//! handle.
#![deny(clippy::wildcard_enum_match_arm)]

mod adoption;
mod api;
mod api_key_deletion;
mod change_plan;
mod cloudformation;
mod consolidate;
mod copy;
mod create;
mod create_pool;
mod delete;
mod dissolve_pool;
mod drain;
mod edit;
mod extend;
mod fix;
mod grace_period;
mod grow;
mod import;
mod isolate;
mod kinds;
mod lost_stages;
mod old_keys;
mod operation;
mod operation_kind;
mod other_plans;
mod plans;
mod pool_keys;
mod rebalance;
mod required_parts;
mod restore;
mod retire;
mod reversals;
mod room;
mod rotate;
mod rotate_pool_key;
mod set_customer;
mod set_enabled;
mod set_pool;
mod table;
mod table_steps;
#[cfg(test)]
#[expect(clippy::wildcard_enum_match_arm, reason = "a test asks for the steps it is about")]
mod tests;
mod titles;
mod transfer;
mod units;
mod writable;

use std::collections::BTreeSet;

use crate::managed::is_managed;
use crate::refusal::Refusal;
use crate::step::Unit;
use crate::{ApiKeyId, Inventory, PlanId, Tenant, TenantKey};
use operation::Scope;

pub use crate::balance::{BalanceChange, ExtensionResult};
pub use kinds::{
    ApiChange, Change, Extension, Fix, NewPoolRequest, NewTenantKeys, OtherPlans, PlanChange, Restoration,
    TableStep,
};
pub(crate) use operation::Effects;
pub use operation::{ResourceState, Subject};
pub use operation_kind::OperationKind;
pub use pool_keys::MAX_POOL_KEYS;

impl Change {
    /// Plans the steps of each unit, or refuses the change.
    pub fn units(&self, inventory: &Inventory) -> Result<Vec<Unit>, Refusal> {
        self.check_parts_read(inventory)?;
        writable::check(self, inventory)?;
        let units = self.row().operation.units(inventory)?;
        Ok(adoption::adoption_units(&self.scope(inventory))?.into_iter().chain(units).collect())
    }

    /// The change in one line.
    pub fn describe(&self, inventory: &Inventory) -> String {
        self.row().operation.describe(inventory)
    }

    /// The label of the button that runs the change.
    pub fn verb(&self) -> &'static str {
        self.row().verb
    }

    /// Whether the change can take access away from a tenant or cannot be undone.
    pub fn needs_confirmation(&self, inventory: &Inventory) -> bool {
        self.effects(inventory).needs_confirmation
    }

    /// Side effects to know before confirming, one sentence each.
    pub fn cautions(&self, inventory: &Inventory) -> Vec<String> {
        self.effects(inventory).cautions
    }

    /// The user's reason, for changes that require one.
    pub fn reason(&self) -> Option<&str> {
        if let Self::Extend(extension) = self { Some(&extension.reason) } else { None }
    }

    /// What the change acts on, as its result names it.
    pub fn subject(&self, inventory: &Inventory) -> Subject {
        self.row().operation.record(inventory).subject
    }

    /// The states that the change affects, for the audit trail.
    pub fn states_before(&self, inventory: &Inventory) -> Vec<ResourceState> {
        let tenant_keys = self.tenant_keys(inventory).into_iter().cloned().map(ResourceState::TenantKey);
        self.row().operation.record(inventory).before.into_iter().chain(tenant_keys).collect()
    }

    /// Those states after the change, as far as they are known beforehand.
    pub fn states_after(&self, inventory: &Inventory) -> Vec<ResourceState> {
        self.row().operation.record(inventory).after
    }

    /// The affected tenants, deduplicated and sorted by name.
    pub fn affected_tenants(&self, inventory: &Inventory) -> Vec<Tenant> {
        self.scope(inventory).all_tenants()
    }

    /// The existing tenant keys that the change affects.
    pub fn tenant_keys<'a>(&self, inventory: &'a Inventory) -> Vec<&'a TenantKey> {
        self.scope(inventory).tenant_keys
    }

    /// The existing API keys that the change enables, disables, replaces, moves or deletes, without duplicates.
    pub fn api_keys(&self, inventory: &Inventory) -> Vec<ApiKeyId> {
        let scope = self.scope(inventory);
        let of_tenant_keys = scope.tenant_keys.iter().filter_map(|key| key.api_key().into_result().ok());
        let mut seen = BTreeSet::new();
        let all = scope.api_keys.into_iter().chain(of_tenant_keys);
        all.filter(|api_key| seen.insert(api_key.clone())).collect()
    }

    /// The usage plans with unread tags that decide whether the change is allowed or which cautions it has.
    pub fn plans_with_unread_tags(&self, inventory: &Inventory) -> BTreeSet<PlanId> {
        let scope = self.scope(inventory);
        let is_unread =
            |plan: &&PlanId| inventory.plan(plan).is_some_and(|plan| plan.tags.reason().is_some());
        let is_undecided = |plan: &&PlanId| is_managed(plan, inventory).reason().is_some();
        let deciding = scope.entered_plans.iter().chain(&scope.required_plan).filter(is_undecided);
        // A managed plan can belong to a CloudFormation stack, too.
        scope.tagged_plan.iter().filter(is_unread).chain(deciding).cloned().collect()
    }

    pub(crate) fn effects<'a>(&self, inventory: &'a Inventory) -> Effects<'a> {
        let Effects { scope, cautions, needs_confirmation } = self.row().operation.effects(inventory);
        // Adopting a plan is the user's decision.
        let adopts = adoption::adoption_units(&scope).is_ok_and(|units| !units.is_empty());
        let of_plans = [adoption::adoption_cautions(&scope), cloudformation::stack_cautions(&scope)];
        Effects {
            cautions: of_plans.into_iter().flatten().chain(cautions).collect(),
            needs_confirmation: adopts || needs_confirmation,
            scope,
        }
    }

    fn scope<'a>(&self, inventory: &'a Inventory) -> Scope<'a> {
        self.row().operation.effects(inventory).scope
    }
}
