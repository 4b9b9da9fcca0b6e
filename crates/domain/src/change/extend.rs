//! Raises or lowers what remains of an API key's quota in the current period.

use crate::balance::BalanceChange;
use crate::managed::{is_our_api_key, not_managed_refusal};
use crate::step::{Step, Unit};
use crate::text::pluralize;
use crate::{ApiKeyId, Inventory, Refusal, TenantKeyId, validate};

use super::kinds::Extension;
use super::operation::{Effects, Operation, Record, Scope, Subject};
use super::plans::rules::validate_limit;

/// A caution names at most this many tenants and counts the rest.
const MAX_NAMED_TENANTS: usize = 5;

pub(super) struct Extend<'a>(pub(super) &'a Extension);

impl Operation for Extend<'_> {
    fn units(&self, inventory: &Inventory) -> Result<Vec<Unit>, Refusal> {
        let extension = self.0;
        let plan = inventory.plan(&extension.plan).ok_or_else(|| Refusal::NoPlan(extension.plan.clone()))?;
        for (api_key, _) in &extension.keys {
            let is_ours = is_our_api_key(api_key, &[&extension.plan], inventory);
            if !*is_ours
                .require(format!("whether keypool manages usage plan {}", inventory.plan_name(&plan.id)))?
            {
                let old_key = inventory.require_tenant_key(&TenantKeyId::new(api_key.as_str())).err();
                let old_key = old_key.filter(|refusal| matches!(refusal, Refusal::OldKey { .. }));
                return Err(old_key.unwrap_or_else(|| not_managed_refusal(plan, inventory)));
            }
        }
        if plan.quota.is_none() {
            return Err(Refusal::NoQuota(inventory.plan_name(&plan.id).to_owned()));
        }
        validate::validate_not_empty("reason", &extension.reason)?;
        if extension.keys.is_empty() {
            return Err(Refusal::EmptyField("at least one API key"));
        }
        let unit = |(api_key, balance): &(ApiKeyId, BalanceChange)| {
            if inventory.is_member(&extension.plan, api_key).is_known_to_be(&false) {
                return Err(Refusal::NotInPlan {
                    api_key: api_key.clone(),
                    plan: inventory.plan_name(&plan.id).to_owned(),
                });
            }
            if matches!(balance, BalanceChange::Add(0) | BalanceChange::Subtract(0)) {
                return Err(Refusal::NoDifference);
            }
            validate_limit(balance.calls())?;
            let step = Step::SetBalance {
                plan: extension.plan.clone(),
                api_key: api_key.clone(),
                balance: *balance,
            };
            Ok(Unit {
                subject: format!("API key {api_key} in {}", inventory.plan_name(&plan.id)),
                steps: vec![step],
            })
        };
        extension.keys.iter().map(unit).collect()
    }

    fn describe(&self, inventory: &Inventory) -> String {
        let plan = inventory.plan_name(&self.0.plan);
        match &self.0.keys[..] {
            [(api_key, balance)] => format!("{} in {plan}", balance.describe(api_key)),
            keys => format!("change the remaining quota of {} in {plan}", pluralize(keys.len(), "API key")),
        }
    }

    fn effects<'a>(&self, inventory: &'a Inventory) -> Effects<'a> {
        let Extension { plan, keys, .. } = self.0;
        let tenant_keys = keys.iter().flat_map(|(api_key, _)| inventory.tenant_keys_of_api_key(api_key));
        let scope = Scope::new(inventory)
            .with_tenant_keys_alone(tenant_keys)
            .with_plans([plan])
            .with_required_plan(plan);
        let lag_caution = "calls of the last minutes may be missing: the change starts from the balance API Gateway reports";
        let is_set = |(_, balance): &(ApiKeyId, BalanceChange)| matches!(balance, BalanceChange::Set(_));
        let lag_caution = (!keys.iter().all(is_set)).then(|| lag_caution.to_owned());
        let shared = keys.iter().filter_map(|(api_key, _)| shared_key_caution(api_key, inventory));
        let limit = inventory.plan(plan).and_then(|plan| plan.quota).map(|quota| quota.limit);
        Effects {
            scope,
            cautions: shared.chain(lag_caution).collect(),
            needs_confirmation: keys.iter().any(|(_, balance)| balance.may_reduce(limit)),
        }
    }

    /// It is undone by what its results say, see [`Extension::reversal`].
    fn record(&self, _: &Inventory) -> Record {
        Record::new(Subject::ApiKeys)
    }
}

fn shared_key_caution(api_key: &ApiKeyId, inventory: &Inventory) -> Option<String> {
    if !inventory.tenant_keys_of_api_key(api_key).any(|tenant_key| tenant_key.known_pool_key().is_some()) {
        return None;
    }
    let tenants = inventory.tenants_of_api_key(api_key);
    let names: Vec<_> = tenants.iter().take(MAX_NAMED_TENANTS).map(|tenant| tenant.as_str()).collect();
    let more = match tenants.len().saturating_sub(MAX_NAMED_TENANTS) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    Some(format!(
        "API key {api_key} is shared by {}: {}{more}",
        pluralize(tenants.len(), "tenant"),
        names.join(", ")
    ))
}

pub(super) fn verb(extension: &Extension) -> &'static str {
    let mut balances = extension.keys.iter().map(|(_, balance)| balance);
    let reduces =
        |balance: &BalanceChange| matches!(balance, BalanceChange::Subtract(_) | BalanceChange::Set(0));
    match balances.clone().any(reduces) {
        true => "Take away",
        false if balances.all(|balance| matches!(balance, BalanceChange::Set(_))) => "Set",
        false => "Extend",
    }
}
