//! Re-reads the original of an API key right before its copy is created.

use std::collections::BTreeSet;

use keypool_domain::step::{ExpectedApiKey, KeyOrigin};
use keypool_domain::{ApiKey, FormerApiKey, NewApiKey, PlanId};

use super::unit::UnitExecutor;
use crate::aws::Failure;

impl UnitExecutor<'_> {
    /// Completes the new API key with the current state of the key it copies: a list may omit tags, and the
    /// customer or description may have changed since it was read. Refuses the change if the plans or the
    /// enabled state differ from what was shown.
    pub(super) async fn complete_from_copied_key(&self, new: &NewApiKey) -> Result<NewApiKey, Failure> {
        match &new.origin {
            KeyOrigin::New => Ok(new.clone()),
            KeyOrigin::PlansOf(shared) => {
                self.read_unchanged_plans(shared).await?;
                Ok(new.clone())
            }
            KeyOrigin::CopyOf(old) => {
                let plans = self.read_unchanged_plans(old).await?;
                let key = self.read_unchanged_api_key(old).await?;
                let former = FormerApiKey::new(&key, &plans);
                let (description, customer_id, tags) = (former.description, former.customer_id, former.tags);
                Ok(NewApiKey { name: former.name, description, customer_id, tags, ..new.clone() })
            }
        }
    }

    async fn read_unchanged_api_key(&self, expected: &ExpectedApiKey) -> Result<ApiKey, Failure> {
        let id = &expected.api_key;
        let key = self.aws.api_key(id).await?.ok_or_else(|| Failure::Gone(format!("API key {id}")))?;
        if expected.enabled.is_some_and(|enabled| enabled != key.enabled) {
            let state = if key.enabled { "enabled" } else { "disabled" };
            return Err(Failure::Changed(format!("API key {id} (now {state})")));
        }
        Ok(key)
    }

    async fn read_unchanged_plans(&self, expected: &ExpectedApiKey) -> Result<Vec<PlanId>, Failure> {
        let plans = self.aws.usage_plans_of_key(&expected.api_key).await?;
        let plans: Vec<_> = plans.into_iter().map(|plan| plan.id).collect();
        if BTreeSet::from_iter(&plans) != BTreeSet::from_iter(&expected.plans) {
            return Err(Failure::Changed(format!("the list of usage plans of API key {}", expected.api_key)));
        }
        Ok(plans)
    }
}
