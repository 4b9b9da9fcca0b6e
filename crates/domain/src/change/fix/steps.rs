//! The steps of each fix.

use crate::change::api_key_deletion::delete_pool_items;
use crate::change::kinds::Fix;
use crate::change::other_plans::check_one_plan_per_stage;
use crate::change::pool_keys::{require_pool, write_pool_item};
use crate::change::room::require_tenant_counts;
use crate::change::rotate::rotate_siloed_key;
use crate::change::rotate_pool_key::{replace_disabled_pool_key, rotate_pool_key};
use crate::change::units::{find_tenant_key, tenant_key_unit};
use crate::managed::require_managed_plan;
use crate::refusal::{self, Refusal};
use crate::step::{InfrastructureStep, KeyRef, Step, Unit};
use crate::{Edit, Inventory, Known, PlanId, TenantKey};

/// Any grace period but 0 will do: finishing a rotation drops the step that tags its end.
const NONZERO_GRACE_SECS: u64 = 1;

pub(super) fn unit(fix: &Fix, inventory: &Inventory) -> Result<Unit, Refusal> {
    let plan_name = |id: &PlanId| inventory.plan_name(id).to_owned();
    match fix {
        Fix::ApplyEnabled(id) => {
            let key = find_tenant_key(id, inventory)?;
            let enabled = *key.enabled.require(format!("whether key {id} is enabled"))?;
            let edit = Edit { enabled: Some(enabled), ..Edit::default() };
            let step = Step::UpdateApiKey { api_key: key.require_api_key()?, edit };
            Ok(tenant_key_unit(key, vec![step]))
        }
        Fix::EditApiKey { tenant_key, edit } => {
            let key = find_tenant_key(tenant_key, inventory)?;
            let step = Step::UpdateApiKey { api_key: key.require_api_key()?, edit: edit.clone() };
            Ok(tenant_key_unit(key, vec![step]))
        }
        Fix::EditTenantKey { tenant_key, edit } => {
            let key = find_tenant_key(tenant_key, inventory)?;
            let (id, revision) = (key.id.clone(), key.revision);
            let step = Step::UpdateTenantKey { tenant_key: id, revision, edit: edit.clone() };
            Ok(tenant_key_unit(key, vec![step]))
        }
        Fix::ReplaceWithStoredValue(id) => issue_stored_value(find_tenant_key(id, inventory)?, inventory),
        Fix::CorrectValue(id) => {
            let key = find_tenant_key(id, inventory)?;
            let step = Step::WriteValue { tenant_key: id.clone(), api_key: key.require_api_key()? };
            Ok(tenant_key_unit(key, vec![step]))
        }
        Fix::ReassignPoolKey(id) => {
            let key = find_tenant_key(id, inventory)?;
            key.require_pool_key()?;
            require_tenant_counts(require_pool(&key.plan, inventory)?, inventory)?;
            let step = Step::ReassignPoolKey { tenant_key: id.clone(), plan: key.plan.clone() };
            Ok(tenant_key_unit(key, vec![step]))
        }
        Fix::FinishRotation(api_key) => {
            let mut unit = rotate_pool_key(api_key, NONZERO_GRACE_SECS, inventory)?;
            unit.steps.retain(|step| !matches!(step, Step::TagRetirement { .. }));
            Ok(unit)
        }
        Fix::ReplaceDisabled(api_key) => replace_disabled_pool_key(api_key, inventory),
        Fix::Attach { api_key, plan: to } => {
            if let (Some(plan), Known::Value(current)) =
                (inventory.plan(to), inventory.plans_of_api_key(api_key))
            {
                let others: Vec<_> = current.iter().filter(|other| *other != to).cloned().collect();
                check_one_plan_per_stage(api_key, plan, &others, inventory)?;
            }
            let step = Step::AttachApiKey { api_key: KeyRef::Existing(api_key.clone()), plan: to.clone() };
            Ok(Unit { subject: format!("API key {api_key}"), steps: vec![step] })
        }
        Fix::ReturnToPlan { api_key, plan, from } => {
            let attach =
                Step::AttachApiKey { api_key: KeyRef::Existing(api_key.clone()), plan: plan.clone() };
            let detach = Step::DetachApiKey { api_key: api_key.clone(), plan: from.clone() };
            let subject = format!("pool key {api_key} of {}", plan_name(plan));
            Ok(Unit { subject, steps: vec![detach, attach] })
        }
        Fix::FinishMove { tenant_key, plan } => {
            let key = find_tenant_key(tenant_key, inventory)?;
            let (id, revision) = (key.id.clone(), key.revision);
            let step = Step::SetTenantKeyPlan { tenant_key: id, revision, plan: plan.clone() };
            Ok(tenant_key_unit(key, vec![step]))
        }
        Fix::UndoMove { tenant_key, from } => {
            let key = find_tenant_key(tenant_key, inventory)?;
            let id = key.require_api_key()?;
            let attach = Step::AttachApiKey { api_key: KeyRef::Existing(id.clone()), plan: key.plan.clone() };
            let detach = Step::DetachApiKey { api_key: id, plan: from.clone() };
            Ok(tenant_key_unit(key, vec![detach, attach]))
        }
        Fix::Recount { plan, api_key } => {
            let count = inventory.reference_count(api_key);
            let tenants = *count.require(refusal::describe_tenant_key_count(api_key))?;
            let step = Step::SetCounter { plan: plan.clone(), api_key: api_key.clone(), tenants };
            let subject = format!("pool key {api_key} of {}", plan_name(plan));
            Ok(Unit { subject, steps: vec![step] })
        }
        Fix::DeleteCounter(counter) => {
            let steps = vec![Step::DeleteCounter(counter.clone())];
            Ok(Unit { subject: format!("counter of API key {}", counter.api_key), steps })
        }
        Fix::WritePoolItem { plan, api_key } => {
            let pool_key = KeyRef::Existing(api_key.clone());
            // An existing item keeps everything but its value.
            let step = match inventory.pool_item(api_key) {
                Some(_) => Step::ForwardPoolItem { api_key: api_key.clone(), to: pool_key },
                None => write_pool_item(plan, pool_key),
            };
            let subject = format!("pool key {api_key} of {}", plan_name(plan));
            Ok(Unit { subject, steps: vec![step] })
        }
        Fix::DeletePoolItem(api_key) => {
            let steps = vec![Step::DeletePoolItem(api_key.clone())];
            Ok(Unit { subject: format!("item of API key {api_key}"), steps })
        }
        Fix::RemoveFromPool { plan, api_key } => {
            let count = inventory.tenant_key_count(api_key);
            count.require(refusal::describe_tenant_key_count(api_key))?;
            let step = Step::RemovePoolKey { plan: plan.clone(), api_key: api_key.clone() };
            let steps = [step].into_iter().chain(delete_pool_items(api_key, inventory)).collect();
            Ok(Unit { subject: format!("pool key {api_key} of {}", plan_name(plan)), steps })
        }
        Fix::WritePriceListEntry(id) => {
            let plan = require_managed_plan(id, inventory)?;
            Ok(Unit {
                subject: inventory.plan_name(&plan.id).to_owned(),
                steps: vec![Step::WritePriceListEntry(id.clone())],
            })
        }
        Fix::RestorePlan { plan: id, edit, entry } => {
            let plan = inventory.plan(id).ok_or_else(|| Refusal::NoPlan(id.clone()))?;
            let update = InfrastructureStep::UpdatePlan { plan: Some(id.clone()), edit: edit.clone() };
            let set =
                InfrastructureStep::SetPriceListEntry { plan: Some(id.clone()), entry: (**entry).clone() };
            Ok(Unit {
                subject: inventory.plan_name(&plan.id).to_owned(),
                steps: [update, set].map(Step::Infrastructure).to_vec(),
            })
        }
        Fix::RestorePriceListEntry { plan, entry: Some(entry) } => {
            let set =
                InfrastructureStep::SetPriceListEntry { plan: Some(plan.clone()), entry: (**entry).clone() };
            Ok(Unit { subject: entry.name.clone(), steps: vec![Step::Infrastructure(set)] })
        }
        Fix::RestorePriceListEntry { plan, entry: None } | Fix::DeletePriceListEntry { plan, .. } => {
            Ok(Unit { subject: plan.to_string(), steps: vec![Step::DeletePriceListEntry(plan.clone())] })
        }
    }
}

/// A rotation without a grace period, but with the value in the tables instead of a random one.
fn issue_stored_value(tenant_key: &TenantKey, inventory: &Inventory) -> Result<Unit, Refusal> {
    let mut unit = rotate_siloed_key(tenant_key, 0, inventory)?;
    for step in &mut unit.steps {
        if let Step::CreateApiKey(new) = step {
            new.value = tenant_key.stored_value().cloned();
        }
    }
    Ok(unit)
}
