//! Copies an API key: the new one gets the same properties and joins every usage plan of the old one.
//!
//! Invariant: properties and plans come from API Gateway, never from the tenant key.

use crate::known::NotKnown;
use crate::step::{ExpectedApiKey, KeyOrigin, KeyRef, NewApiKey, Step};
use crate::{ApiKeyId, FormerApiKey, Inventory, PlanId, Presence, Refusal};

/// A new API key and the usage plans it joins.
pub(super) struct ApiKeyCopy {
    pub(super) key: NewApiKey,
    pub(super) plans: Vec<PlanId>,
}

/// Every usage plan of an API key; empty if the key is missing.
pub(super) fn plans_of(api_key: &ApiKeyId, inventory: &Inventory) -> Result<Vec<PlanId>, Refusal> {
    if inventory.api_key(api_key) == Presence::Missing {
        return Ok(Vec::new());
    }
    let plans = inventory.plans_of_api_key(api_key);
    Ok(plans.require(format!("the list of usage plans of API key {api_key}"))?.to_vec())
}

impl ApiKeyCopy {
    /// Copies an API key. If it is missing, the result is `new`, only in the plan that `new` names.
    pub(super) fn from_api_key(
        old: &ApiKeyId,
        new: NewApiKey,
        inventory: &Inventory,
    ) -> Result<Self, Refusal> {
        let key = match inventory.api_key(old) {
            Presence::Present(key) => key,
            Presence::Missing => return Ok(Self { plans: vec![new.plan.clone()], key: new }),
            Presence::Unknown(why) => {
                let what = format!("whether API key {old} is enabled");
                return Err(NotKnown { what, reason: why.clone() }.into());
            }
        };
        let plans = plans_of(old, inventory)?;
        let expected =
            ExpectedApiKey { api_key: old.clone(), plans: plans.clone(), enabled: Some(key.enabled) };
        let key = NewApiKey {
            origin: KeyOrigin::CopyOf(expected),
            ..new.with_properties_of(FormerApiKey::new(key, &plans))
        };
        Ok(Self { key, plans })
    }

    /// Puts a new API key in the plans of a shared one; if that is missing, only in the plan that `new` names.
    pub(super) fn from_shared_key(
        shared: &ApiKeyId,
        new: NewApiKey,
        inventory: &Inventory,
    ) -> Result<Self, Refusal> {
        let plans = plans_of(shared, inventory)?;
        if inventory.api_key(shared) == Presence::Missing {
            return Ok(Self { plans: vec![new.plan.clone()], key: new });
        }
        Ok(Self { key: new.with_plans_of(shared, &plans), plans })
    }

    /// The steps that create the key, attach it to its plans and, unless it is disabled, wait until each accepts it.
    pub(super) fn steps(self) -> Vec<Step> {
        let is_enabled = self.key.enabled;
        let attach = |plan: &PlanId| Step::AttachApiKey { api_key: KeyRef::New, plan: plan.clone() };
        let attach_steps = self.plans.iter().map(attach);
        let wait_steps = self.plans.iter().filter(|_| is_enabled).cloned().map(Step::WaitUntilKeyWorks);
        [Step::CreateApiKey(self.key)].into_iter().chain(attach_steps).chain(wait_steps).collect()
    }
}

impl NewApiKey {
    pub(super) fn with_properties_of(self, former: FormerApiKey) -> Self {
        Self {
            name: former.name,
            description: former.description,
            enabled: former.enabled,
            customer_id: former.customer_id,
            tags: former.tags,
            ..self
        }
    }

    /// Creates the key only if the shared API key is still in these plans.
    pub(super) fn with_plans_of(self, shared: &ApiKeyId, plans: &[PlanId]) -> Self {
        let expected = ExpectedApiKey { api_key: shared.clone(), plans: plans.to_vec(), enabled: None };
        Self { origin: KeyOrigin::PlansOf(expected), ..self }
    }
}
