//! What must have been read before a change can be planned. An account is shown while it is being read: this is the one
//! place that keeps a change from resting on a part that is not there yet.

use crate::inventory::{AccountPart, PartiallyRead};
use crate::known::NotKnown;
use crate::{Inventory, PlanId, Refusal, TenantKeyId, Unknown};

use super::kinds::{ApiChange, Change, Fix, PlanChange};

impl Change {
    /// The part of the account that this change needs and that was not read to its end.
    pub fn find_unread_part(&self, inventory: &Inventory) -> Option<PartiallyRead> {
        inventory.find_partially_read(self.required_lists(inventory))
    }

    /// The usage plans whose API keys decide this change and were not read yet.
    pub fn plans_with_unread_members(&self, inventory: &Inventory) -> Vec<PlanId> {
        let decisive = self.plans_whose_members_decide(inventory);
        inventory.plans_with_unread_members().filter(|plan| decisive.contains(plan)).cloned().collect()
    }

    /// Refuses the change while a part of the account that decides it is not read.
    pub(super) fn check_parts_read(&self, inventory: &Inventory) -> Result<(), Refusal> {
        if let Some(part) = self.find_unread_part(inventory) {
            return Err(Refusal::NotReadYet(part));
        }
        if let Some(tenant_key) = self.tenant_keys_to_read_again(inventory).first() {
            let what = format!("whether tenant key {tenant_key} is still as it was listed");
            return Err(NotKnown { what, reason: Unknown::NotReadYet }.into());
        }
        match self.plans_with_unread_members(inventory).first() {
            Some(plan) => {
                let what = format!("which API keys are in usage plan {}", inventory.plan_name(plan));
                Err(NotKnown { what, reason: Unknown::NotReadYet }.into())
            }
            None => Ok(()),
        }
    }

    /// The tenant keys that the change names and that an index returned, which may be outdated: the change rests on them
    /// once they were read again, each by itself.
    pub fn tenant_keys_to_read_again(&self, inventory: &Inventory) -> Vec<TenantKeyId> {
        if !inventory.lists_on_demand() {
            return Vec::new();
        }
        self.named_tenant_keys().iter().filter(|id| !inventory.is_read_again(id)).cloned().collect()
    }

    fn required_lists(&self, inventory: &Inventory) -> &'static [AccountPart] {
        // A deployment announces the tenants of the plans that cover the stage.
        if let Self::Api(change) = self
            && let ApiChange::Deploy(stage) = &**change
            && !inventory.plans().iter().any(|plan| plan.stages.contains(stage))
        {
            return &[];
        }
        // The transaction that deletes a reference checks it; other tenants of its API key do not matter.
        if inventory.lists_on_demand() && !self.deletes_references_only(inventory) {
            return &AccountPart::ALL;
        }
        // Whether a tenant key exists is known only of those that were read.
        let are_all_read = self.named_tenant_keys().iter().all(|id| inventory.tenant_key(id).is_some());
        match are_all_read || inventory.lists_on_demand() {
            true => self.kind().required_lists(inventory),
            false => &AccountPart::ALL,
        }
    }

    /// Whether the change is no deletion, or only one of tenant keys that refer to pool keys. That of any other tenant key
    /// depends on all that may use its API key.
    fn deletes_references_only(&self, inventory: &Inventory) -> bool {
        let Self::Delete(tenant_keys) = self else { return true };
        let is_other = |id: &TenantKeyId| {
            inventory.tenant_key(id).is_some_and(|tenant_key| tenant_key.known_pool_key().is_none())
        };
        !tenant_keys.iter().any(is_other)
    }

    /// The tenant keys that the change names, if it needs no others where they are read on demand.
    fn named_tenant_keys(&self) -> &[TenantKeyId] {
        match self {
            Self::Edit { tenant_key, .. } => std::slice::from_ref(tenant_key),
            Self::SetEnabled { tenant_keys, .. } | Self::Delete(tenant_keys) => tenant_keys,
            Self::Create(_)
            | Self::Import(_)
            | Self::SetCustomer { .. }
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
            | Self::Extend(_)
            | Self::Fix(_)
            | Self::Plan(_)
            | Self::Api(_) => &[],
        }
    }

    /// The usage plans whose list of API keys decides the change. Changes of single keys ask for the plans of those keys
    /// instead.
    fn plans_whose_members_decide<'a>(&'a self, inventory: &'a Inventory) -> Vec<&'a PlanId> {
        match self {
            Self::Plan(change) => match &**change {
                PlanChange::Create(_) | PlanChange::Release(_) => Vec::new(),
                PlanChange::Delete(plan) | PlanChange::Adopt { plan, .. } => vec![plan],
                PlanChange::Edit { plan, edit } => {
                    let shares_stage =
                        |stages: &[crate::StageRef]| edit.link.iter().any(|stage| stages.contains(stage));
                    let others = inventory.plans().iter().filter(|other| shares_stage(&other.stages));
                    std::iter::once(plan).chain(others.map(|other| &other.id)).collect()
                }
            },
            Self::CreatePool(request) => vec![&request.plan],
            Self::Extend(extension) => vec![&extension.plan],
            Self::Fix(fix) => plans_that_decide_fix(fix, inventory),
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
            | Self::DissolvePool(_)
            | Self::SetPool { .. }
            | Self::Grow { .. }
            | Self::Drain(_)
            | Self::Api(_) => Vec::new(),
        }
    }
}

/// A fix of a finding depends on all memberships, as the finding does. What only restores a plan depends on none.
fn plans_that_decide_fix<'a>(fix: &Fix, inventory: &'a Inventory) -> Vec<&'a PlanId> {
    match fix {
        Fix::EditTenantKey { .. }
        | Fix::WritePriceListEntry(_)
        | Fix::RestorePriceListEntry { .. }
        | Fix::RestorePlan { .. }
        | Fix::DeletePriceListEntry { .. } => Vec::new(),
        Fix::ApplyEnabled(_)
        | Fix::EditApiKey { .. }
        | Fix::CorrectValue(_)
        | Fix::ReplaceWithStoredValue(_)
        | Fix::ReassignPoolKey(_)
        | Fix::FinishRotation(_)
        | Fix::ReplaceDisabled(_)
        | Fix::Attach { .. }
        | Fix::ReturnToPlan { .. }
        | Fix::FinishMove { .. }
        | Fix::UndoMove { .. }
        | Fix::Recount { .. }
        | Fix::DeleteCounter(_)
        | Fix::WritePoolItem { .. }
        | Fix::DeletePoolItem(_)
        | Fix::RemoveFromPool { .. } => inventory.plans().iter().map(|plan| &plan.id).collect(),
    }
}
