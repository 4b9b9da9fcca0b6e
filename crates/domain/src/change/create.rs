//! Creates tenant keys: siloed ones with their own API key, pooled ones as references.

use crate::assign::{self, AssignmentContext};
use crate::limits::MAX_API_KEYS;
use crate::step::{KeyRef, Step, Unit, describe_expiry};
use crate::text::pluralize;
use crate::{ApiKeyId, Inventory, NewTenantKey, Pool, Refusal, validate};

use super::kinds::NewTenantKeys;
use super::lost_stages::no_stage_caution;
use super::operation::{Effects, Operation, Record, Scope, Subject};
use super::room::{check_account_room, check_pool_room};
use super::table_steps::{new_api_key, table_step};

pub(super) struct Create<'a>(pub(super) &'a NewTenantKeys);

impl Operation for Create<'_> {
    fn units(&self, inventory: &Inventory) -> Result<Vec<Unit>, Refusal> {
        let new = self.0;
        validate_new_keys(new, inventory)?;
        let pool = inventory.pool(&new.template.plan);
        match pool {
            Some(_) if new.template.expires_at.is_some() => {
                let plan = inventory.plan_name(&new.template.plan).to_owned();
                return Err(Refusal::PooledPlanCannotExpire(plan));
            }
            Some(pool) => check_assignable(pool, new, inventory)?,
            None => check_account_room(new.count, inventory)?,
        }
        let unit = |key: NewTenantKey| {
            let subject = format!("{} · {}", key.tenant, key.name);
            let steps = match pool {
                Some(_) => vec![Step::WritePooledTenantKey(key)],
                None => siloed_key_steps(key, inventory)?,
            };
            Ok(Unit { subject, steps })
        };
        number_keys(new).map(unit).collect()
    }

    fn describe(&self, inventory: &Inventory) -> String {
        let NewTenantKeys { template, count } = self.0;
        let (keys, plan) = (pluralize(*count as usize, "key"), inventory.plan_name(&template.plan));
        let expiry = match count {
            1 => describe_expiry(template.expires_at),
            _ => describe_expiry(template.expires_at).replace("expires", "expire"),
        };
        format!("create {keys} in {plan} for {}{expiry}", template.tenant)
    }

    fn effects<'a>(&self, inventory: &'a Inventory) -> Effects<'a> {
        let NewTenantKey { plan, tenant, .. } = &self.0.template;
        let scope =
            Scope::new(inventory).with_tenants([tenant]).with_plans([plan]).with_entered_plans([plan]);
        let cautions = no_stage_caution(plan, inventory).into_iter().collect();
        Effects { scope, cautions, needs_confirmation: false }
    }

    fn record(&self, _: &Inventory) -> Record {
        Record::new(Subject::NamedKeys(number_keys(self.0).map(|key| (key.name, key.tenant)).collect()))
    }
}

fn validate_new_keys(new: &NewTenantKeys, inventory: &Inventory) -> Result<(), Refusal> {
    if inventory.plan(&new.template.plan).is_none() {
        return Err(Refusal::NoPlan(new.template.plan.clone()));
    }
    validate::validate_tenant(&new.template.tenant)?;
    validate::validate_name(&new.template.name)?;
    validate::validate_description(&new.template.description)?;
    if new.count == 0 || new.count as usize > MAX_API_KEYS {
        return Err(Refusal::InvalidCount(new.count));
    }
    Ok(())
}

fn siloed_key_steps(key: NewTenantKey, inventory: &Inventory) -> Result<Vec<Step>, Refusal> {
    let create = Step::CreateApiKey(new_api_key(&key, inventory)?);
    let attach = Step::AttachApiKey { api_key: KeyRef::New, plan: key.plan.clone() };
    let write = table_step(inventory, || Step::WriteTenantKey(key));
    Ok([create, attach].into_iter().chain(write).collect())
}

/// The tenant keys to create. If there are several, each name gets a numeric suffix.
fn number_keys(new: &NewTenantKeys) -> impl Iterator<Item = NewTenantKey> {
    (1..=new.count).map(|n| match new.count {
        1 => new.template.clone(),
        _ => NewTenantKey { name: format!("{}-{n}", new.template.name), ..new.template.clone() },
    })
}

fn check_assignable(pool: &Pool, new: &NewTenantKeys, inventory: &Inventory) -> Result<(), Refusal> {
    let is_live = |id: &ApiKeyId| inventory.is_live(id);
    let context =
        AssignmentContext { tenant: &new.template.tenant, is_live: &is_live, share_used: &|_| 0, draw: 0 };
    let plan = || inventory.plan_name(&pool.plan).to_owned();
    assign::choose_pool_key(&inventory.with_actual_counts(pool), &context)
        .map_err(|reason| Refusal::NoPoolKey { plan: plan(), reason })?;
    check_pool_room(pool, new.count, inventory)
}
