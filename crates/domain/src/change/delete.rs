//! Deletes tenant keys: disables the API key first, then deletes the tenant key, then the API key.

use crate::key::tag;
use crate::step::{Step, Unit};
use crate::{ApiKeyId, Inventory, Refusal, TenantKey, TenantKeyId};

use super::api_key_deletion::{delete_api_keys, disable_api_keys};
use super::operation::{Effects, Operation, Record, Reversal, Scope, Subject};
use super::rotate::leftover_cautions;
use super::table_steps::table_step;
use super::titles::titles;
use super::units::{tenant_key_unit, units_for_each};

pub(super) struct Delete<'a>(pub(super) &'a [TenantKeyId]);

impl Operation for Delete<'_> {
    fn units(&self, inventory: &Inventory) -> Result<Vec<Unit>, Refusal> {
        units_for_each(self.0, inventory, |tenant_key| unit(tenant_key, inventory))
    }

    fn describe(&self, inventory: &Inventory) -> String {
        format!("delete {}", titles(inventory, self.0))
    }

    fn effects<'a>(&self, inventory: &'a Inventory) -> Effects<'a> {
        let api_keys = self.0.iter().filter_map(|id| inventory.tenant_key(id)?.api_key().into_result().ok());
        let predecessors: Vec<_> = api_keys.flat_map(|api_key| inventory.predecessors(&api_key)).collect();
        let scope = Scope::new(inventory)
            .with_tenant_keys(self.0)
            .with_written_own_api_keys()
            .with_plans_of_api_keys(predecessors.iter().map(|key| &key.id));
        let shared = match scope.count_shared() {
            0 => None,
            1 => Some(
                "this key is shared: its tenant can still call with the shared value until the pool key is rotated"
                    .to_owned(),
            ),
            shared => Some(format!(
                "{shared} of these keys are shared: their tenants can still call with the shared values until the \
                 pool keys are rotated"
            )),
        };
        let cautions =
            shared.into_iter().chain(predecessor_cautions(&scope)).chain(leftover_cautions(&scope));
        let cautions = cautions.collect();
        Effects { scope, cautions, needs_confirmation: true }
    }

    fn record(&self, _: &Inventory) -> Record {
        Record::new(Subject::TenantKeys(self.0.to_vec())).with_reversal(Reversal::Restore(self.0.to_vec()))
    }
}

fn unit(tenant_key: &TenantKey, inventory: &Inventory) -> Result<Unit, Refusal> {
    let steps = match tenant_key.require_pool_key()? {
        Some(api_key) => {
            vec![Step::DeletePooledTenantKey { tenant_key: tenant_key.id.clone(), api_key: api_key.clone() }]
        }
        // The pool key's own tenant key: other tenants share the API key.
        None if inventory.determine_whether_shared(tenant_key)? => {
            vec![Step::DeleteTenantKey(tenant_key.id.clone())]
        }
        None => {
            let api_key = tenant_key.require_api_key()?;
            let predecessors = inventory.predecessors(&api_key);
            let leftovers = inventory.unfinished_successors(&api_key);
            let others = predecessors.into_iter().chain(leftovers).map(|key| key.id.clone());
            let all: Vec<ApiKeyId> = std::iter::once(api_key.clone()).chain(others).collect();
            let (disable, delete) = (disable_api_keys(&all, inventory), delete_api_keys(&all, inventory));
            let item = table_step(inventory, || Step::DeleteTenantKey(tenant_key.id.clone()));
            disable.into_iter().chain(item).chain(delete).collect()
        }
    };
    Ok(tenant_key_unit(tenant_key, steps))
}

/// One caution for each replaced API key that is deleted together with its successor.
fn predecessor_cautions(scope: &Scope<'_>) -> Vec<String> {
    let inventory = scope.inventory;
    let siloed = scope.tenant_keys.iter().filter(|key| inventory.is_shared(key).is_known_to_be(&false));
    let api_keys = siloed.filter_map(|key| key.api_key().into_result().ok());
    let cautions = api_keys.flat_map(|api_key| {
        let caution = |old: &crate::ApiKey| {
            let until = old.tags.get(tag::RETIRES_AT);
            let until = until.map(|at| format!(" and in its grace period until {at}")).unwrap_or_default();
            format!("API key {}, replaced by {api_key}{until}, is deleted too", old.id)
        };
        inventory.predecessors(&api_key).into_iter().map(caution).collect::<Vec<_>>()
    });
    cautions.collect()
}
