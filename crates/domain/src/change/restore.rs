//! Restores deleted siloed keys with their values, under new ids, in those of their plans that still exist.

use std::collections::BTreeSet;

use crate::step::{NewApiKey, Step, Unit};
use crate::text::pluralize;
use crate::{ApiKeyId, Inventory, NewTenantKey, PlanId, Refusal};

use super::copy::ApiKeyCopy;
use super::kinds::Restoration;
use super::operation::{Effects, Operation, Record, Scope, Subject};
use super::other_plans::check_one_plan_per_stage;
use super::room::check_account_room;
use super::table_steps::{table_step, tenant_of_copy};
use super::units::tenant_key_unit;

pub(super) struct Restore<'a>(pub(super) &'a [Restoration]);

impl Operation for Restore<'_> {
    fn units(&self, inventory: &Inventory) -> Result<Vec<Unit>, Refusal> {
        check_account_room(u32::try_from(self.0.len()).unwrap_or(u32::MAX), inventory)?;
        self.0.iter().map(|key| restore_unit(key, inventory)).collect()
    }

    fn describe(&self, inventory: &Inventory) -> String {
        match self.0 {
            [key] => {
                let name = inventory.key_name(&key.tenant_key);
                format!("restore key \"{name}\" of {}", key.tenant_key.tenant)
            }
            keys => format!("restore {}", pluralize(keys.len(), "key")),
        }
    }

    fn effects<'a>(&self, inventory: &'a Inventory) -> Effects<'a> {
        let plans = self.0.iter().flat_map(|key| key.api_key.plans.iter().chain([&key.tenant_key.plan]));
        let tenants = self.0.iter().map(|key| &key.tenant_key.tenant);
        let scope = Scope::new(inventory).with_tenants(tenants).with_plans(plans);
        Effects { scope, cautions: cautions(self.0, inventory), needs_confirmation: false }
    }

    fn record(&self, _: &Inventory) -> Record {
        let names = self.0.iter().map(|key| (key.tenant_key.name.to_string(), key.tenant_key.tenant.clone()));
        Record::new(Subject::NamedKeys(names.collect()))
    }
}

fn restore_unit(key: &Restoration, inventory: &Inventory) -> Result<Unit, Refusal> {
    let Restoration { tenant_key, value, api_key: former } = key;
    if inventory.plan(&tenant_key.plan).is_none() && !tenant_key.plan.is_none() {
        return Err(Refusal::NoPlan(tenant_key.plan.clone()));
    }
    let plans_left: Vec<_> = former.plans.iter().filter_map(|plan| inventory.plan(plan)).collect();
    let plans: Vec<_> = plans_left.iter().map(|plan| plan.id.clone()).collect();
    for (index, plan) in plans_left.into_iter().enumerate() {
        check_one_plan_per_stage(&ApiKeyId::new(tenant_key.id.as_str()), plan, &plans[..index], inventory)?;
    }
    let key = NewTenantKey::from_tenant_key(tenant_key)?;
    let tenant = tenant_of_copy(&key.tenant, inventory);
    let api_key = NewApiKey { value: Some(value.clone()), tenant, ..NewApiKey::for_tenant_key(&key) };
    let mut steps = ApiKeyCopy { key: api_key.with_properties_of(former.clone()), plans }.steps();
    steps.extend(table_step(inventory, || Step::WriteTenantKey(key)));
    Ok(tenant_key_unit(tenant_key, steps))
}

fn cautions(keys: &[Restoration], inventory: &Inventory) -> Vec<String> {
    let (new_id, subject) = match keys {
        [_] => ("the API key gets a new id: usage counters restart", "the key is restored"),
        _ => ("the API keys get new ids: usage counters restart", "the keys are restored"),
    };
    let plans: BTreeSet<&PlanId> = keys.iter().flat_map(|key| &key.api_key.plans).collect();
    let missing = plans.into_iter().filter(|plan| inventory.plan(plan).is_none());
    let missing = missing.map(|plan| format!("usage plan {plan} no longer exists: {subject} without it"));
    [new_id.to_owned()].into_iter().chain(missing).collect()
}
