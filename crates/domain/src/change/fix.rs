//! Fixes findings of the doctor that no other change covers.

mod record;
mod steps;

use crate::step::Unit;
use crate::{Inventory, Known, Refusal};

use super::edit::may_be_enabled;
use super::kinds::Fix;
use super::operation::{Effects, Operation, Record, Scope};
use super::plans::lowers_limits;

pub(super) struct ApplyFix<'a>(pub(super) &'a Fix);

impl Operation for ApplyFix<'_> {
    fn units(&self, inventory: &Inventory) -> Result<Vec<Unit>, Refusal> {
        Ok(vec![steps::unit(self.0, inventory)?])
    }

    fn describe(&self, inventory: &Inventory) -> String {
        let plan_name = |id| inventory.plan_name(id);
        match self.0 {
            Fix::ApplyEnabled(id) => format!("copy the enabled state of tenant key {id} to its API key"),
            Fix::EditApiKey { tenant_key, edit } => {
                format!("API key of tenant key {tenant_key}: {}", edit.describe())
            }
            Fix::EditTenantKey { tenant_key, edit } => {
                format!("tenant key {tenant_key}: {}", edit.describe())
            }
            Fix::CorrectValue(id) => format!("correct the value of tenant key {id}"),
            Fix::ReplaceWithStoredValue(id) => {
                format!("give tenant key {id} a new API key with the value in the tables")
            }
            Fix::ReassignPoolKey(id) => format!("assign tenant key {id} a key of its plan's pool"),
            Fix::FinishRotation(api_key) => {
                format!("finish the rotation of pool key {api_key} (its grace period does not change)")
            }
            Fix::ReplaceDisabled(api_key) => {
                format!("replace disabled pool key {api_key} with an enabled one")
            }
            Fix::Attach { api_key, plan } => format!("attach API key {api_key} to {}", plan_name(plan)),
            Fix::ReturnToPlan { api_key, plan, from } => {
                format!("move pool key {api_key} from {} back to {}", plan_name(from), plan_name(plan))
            }
            Fix::FinishMove { tenant_key, plan } => {
                format!("finish the move of tenant key {tenant_key} to {}", plan_name(plan))
            }
            Fix::UndoMove { tenant_key, from } => {
                let home = inventory.tenant_key(tenant_key).map_or("its plan", |key| plan_name(&key.plan));
                format!("undo the move of tenant key {tenant_key}: from {} back to {home}", plan_name(from))
            }
            Fix::Recount { api_key, .. } => format!("recount the tenants of pool key {api_key}"),
            Fix::DeleteCounter(counter) => format!("delete the counter of API key {}", counter.api_key),
            Fix::WritePoolItem { api_key, .. } => format!("write pool key {api_key} to the Keys table"),
            Fix::DeletePoolItem(api_key) => {
                format!("delete the item of API key {api_key} from the Keys table")
            }
            Fix::RemoveFromPool { api_key, .. } => format!("remove {api_key} from its pool"),
            Fix::WritePriceListEntry(plan) => {
                format!("write the limits of {} to the Plans table", plan_name(plan))
            }
            Fix::RestorePlan { plan, edit, .. } => {
                format!(
                    "usage plan {}: {}, and restore its price-list entry",
                    plan_name(plan),
                    edit.describe()
                )
            }
            Fix::RestorePriceListEntry { plan, entry: Some(_) } => {
                format!("restore the price-list entry of {}", plan_name(plan))
            }
            Fix::RestorePriceListEntry { plan, entry: None } | Fix::DeletePriceListEntry { plan, .. } => {
                format!("delete {plan} from the Plans table")
            }
        }
    }

    fn effects<'a>(&self, inventory: &'a Inventory) -> Effects<'a> {
        let caution = "the API key's current value stops working at once: calls with it get 403";
        let caution = matches!(self.0, Fix::ReplaceWithStoredValue(_)).then(|| caution.to_owned());
        let (scope, needs_confirmation) = scope_and_confirmation(self.0, inventory);
        Effects { scope, cautions: caution.into_iter().collect(), needs_confirmation }
    }

    fn record(&self, inventory: &Inventory) -> Record {
        record::record(self.0, inventory)
    }
}

fn scope_and_confirmation<'a>(fix: &Fix, inventory: &'a Inventory) -> (Scope<'a>, bool) {
    let new = Scope::new(inventory);
    match fix {
        Fix::ApplyEnabled(id) => {
            let disables = inventory.tenant_key(id).is_some_and(|key| key.enabled != Known::Value(true));
            (new.with_tenant_keys([id]).with_written_own_api_keys(), disables)
        }
        Fix::EditApiKey { tenant_key: id, edit } => {
            let disables = edit.enabled == Some(false) && may_be_enabled(id, inventory);
            (new.with_tenant_keys([id]).with_written_own_api_keys(), disables)
        }
        Fix::ReplaceWithStoredValue(id) => (new.with_tenant_keys([id]).with_written_own_api_keys(), true),
        // The API key is in no plan between the two steps.
        Fix::UndoMove { tenant_key: id, from } => {
            (new.with_tenant_keys([id]).with_plans([from]).with_written_own_api_keys(), true)
        }
        Fix::ReturnToPlan { api_key, plan, .. } => {
            let scope =
                new.with_tenants_of_api_key(api_key).with_plans_of_api_keys([api_key]).with_plans([plan]);
            (scope.with_written_api_keys([api_key]), true)
        }
        Fix::FinishMove { tenant_key: id, plan } => {
            (new.with_tenant_keys([id]).with_plans([plan]).with_required_plan(plan), false)
        }
        Fix::EditTenantKey { tenant_key: id, .. } | Fix::CorrectValue(id) | Fix::ReassignPoolKey(id) => {
            (new.with_tenant_keys([id]), false)
        }
        Fix::FinishRotation(api_key) | Fix::ReplaceDisabled(api_key) => (new.with_pool_key(api_key), false),
        Fix::Attach { api_key, plan } => {
            (new.with_tenants_of_api_key(api_key).with_plans([plan]).with_written_api_keys([api_key]), false)
        }
        Fix::Recount { plan, .. } | Fix::RemoveFromPool { plan, .. } => (new.with_plans([plan]), false),
        Fix::WritePoolItem { plan, .. }
        | Fix::WritePriceListEntry(plan)
        | Fix::RestorePriceListEntry { plan, .. }
        | Fix::DeletePriceListEntry { plan, .. } => (new.with_plans_without_affected_calls([plan]), false),
        Fix::RestorePlan { plan, edit, .. } => {
            let scope = new.with_plans([plan]).with_written_plan(plan);
            let scope = if edit.affects_tenants() { scope.with_tenants_of_plan(plan) } else { scope };
            (scope, inventory.plan(plan).is_some_and(|before| lowers_limits(before, edit)))
        }
        Fix::DeleteCounter(_) | Fix::DeletePoolItem(_) => (new, false),
    }
}
