//! The state of one account in API Gateway.
//!
//! Invariant: values of API keys are unique, and the indexes (key by value, plans of a key, keys of a plan) match the
//! entities. Therefore keys and memberships change only through the methods here.

mod access_settings;
mod api_key;
mod collection;
mod domain_name;
mod record;
mod rest_api;
mod settings;
mod usage_plan;

use std::collections::{BTreeSet, HashMap};

use jiff::Timestamp;

pub(crate) use self::access_settings::AccessSettings;
pub(crate) use self::api_key::{ApiKey, KeyValue, Tags, UsagePlanKey};
pub(crate) use self::collection::{Collection, SeqNo};
pub(crate) use self::domain_name::{BasePathMapping, DomainName, NO_BASE_PATH};
pub(crate) use self::record::Record;
pub(crate) use self::rest_api::{
    AccessLogSettings, Authorizer, Deployment, GatewayResponse, Integration, IntegrationResponse, Method,
    MethodResponse, MethodSettings, Resource, RestApi, Stage,
};
pub(crate) use self::settings::Settings;
pub(crate) use self::usage_plan::{ApiStage, Throttle, Usage, UsagePlan};
use crate::ids::IdGenerator;
use crate::quota::Meter;

pub(crate) const ACCOUNT_ID: &str = "000000000000";

#[derive(Debug, Clone, Default)]
pub(crate) struct Account {
    api_keys: Collection<ApiKey>,
    key_by_value: HashMap<KeyValue, String>,
    plan_keys: Collection<UsagePlanKey>,
    plans_of_key: HashMap<String, BTreeSet<SeqNo>>,
    keys_of_plan: HashMap<String, BTreeSet<SeqNo>>,
    usage: Collection<Usage>,
    settings: Collection<Settings>,
    pub(crate) id_generator: IdGenerator,
    /// To remove a plan, use [`Account::remove_usage_plan`].
    pub(crate) usage_plans: Collection<UsagePlan>,
    pub(crate) rest_apis: Collection<RestApi>,
    pub(crate) domain_names: Collection<DomainName>,
}

impl Account {
    pub(crate) fn new(id_generator: IdGenerator) -> Self {
        Self { id_generator, ..Self::default() }
    }

    pub(crate) fn settings(&self) -> Settings {
        self.settings.get(Settings::ID).cloned().unwrap_or_default()
    }

    pub(crate) fn set_settings(&mut self, settings: Settings) {
        self.settings.insert(settings);
    }

    pub(crate) fn api_keys(&self) -> &Collection<ApiKey> {
        &self.api_keys
    }

    /// Callers must not change the key's id or value.
    pub(crate) fn api_key_mut(&mut self, id: &str) -> Option<&mut ApiKey> {
        self.api_keys.get_mut(id)
    }

    pub(crate) fn api_key_by_value(&self, value: &str) -> Option<&ApiKey> {
        self.api_keys.get(self.key_by_value.get(value)?)
    }

    /// The key's id and value must be new.
    pub(crate) fn add_api_key(&mut self, key: ApiKey) {
        self.key_by_value.insert(key.value.clone(), key.id.clone());
        self.api_keys.insert(key);
    }

    /// Removes an API key, its memberships and its usage.
    pub(crate) fn remove_api_key(&mut self, id: &str) -> Option<ApiKey> {
        let key = self.api_keys.remove(id)?;
        self.key_by_value.remove(&key.value);
        let plan_ids: Vec<String> = self.plans_of_key(id).map(|plan| plan.id.clone()).collect();
        for plan_id in plan_ids {
            self.detach(&plan_id, id);
            self.usage.remove(&UsagePlanKey::id_of(&plan_id, id));
        }
        Some(key)
    }

    /// Removes a usage plan, its memberships and the usage under it.
    pub(crate) fn remove_usage_plan(&mut self, id: &str) -> Option<UsagePlan> {
        let plan = self.usage_plans.remove(id)?;
        let key_ids: Vec<String> = self.keys_of_plan(id, None).map(|(_, key)| key.id.clone()).collect();
        for key_id in key_ids {
            self.detach(id, &key_id);
        }
        let used_key_ids: Vec<String> =
            self.usage.iter().filter(|usage| usage.plan_id == id).map(|usage| usage.key_id.clone()).collect();
        for key_id in used_key_ids {
            self.usage.remove(&UsagePlanKey::id_of(id, &key_id));
        }
        Some(plan)
    }

    /// Adds an API key to a usage plan; both must exist.
    pub(crate) fn attach(&mut self, plan_id: &str, key_id: &str, since: Timestamp) {
        let membership = UsagePlanKey { plan_id: plan_id.to_owned(), key_id: key_id.to_owned(), since };
        let seq_no = self.plan_keys.insert(membership);
        self.plans_of_key.entry(key_id.to_owned()).or_default().insert(seq_no);
        self.keys_of_plan.entry(plan_id.to_owned()).or_default().insert(seq_no);
    }

    /// Removes an API key from a usage plan, and returns whether the plan had the key.
    pub(crate) fn detach(&mut self, plan_id: &str, key_id: &str) -> bool {
        let id = UsagePlanKey::id_of(plan_id, key_id);
        let Some(seq_no) = self.plan_keys.seq_no(&id) else { return false };
        self.plan_keys.remove(&id);
        for index in [self.plans_of_key.get_mut(key_id), self.keys_of_plan.get_mut(plan_id)] {
            index.into_iter().for_each(|seq_nos| {
                seq_nos.remove(&seq_no);
            });
        }
        true
    }

    pub(crate) fn membership(&self, plan_id: &str, key_id: &str) -> Option<&UsagePlanKey> {
        self.plan_keys.get(&UsagePlanKey::id_of(plan_id, key_id))
    }

    /// Returns the usage plans of an API key, in the order in which it joined them.
    pub(crate) fn plans_of_key(&self, key_id: &str) -> impl Iterator<Item = &UsagePlan> {
        let seq_nos = self.plans_of_key.get(key_id).into_iter().flatten();
        seq_nos.filter_map(|seq_no| self.usage_plans.get(&self.plan_keys.get_by_seq_no(*seq_no)?.plan_id))
    }

    /// Returns the API keys of a usage plan, in the order in which they joined it, with the sequence numbers of
    /// their memberships; only those above `after`.
    pub(crate) fn keys_of_plan(
        &self,
        plan_id: &str,
        after: Option<SeqNo>,
    ) -> impl Iterator<Item = (SeqNo, &ApiKey)> {
        let from = after.map_or(0, |seq_no| seq_no.saturating_add(1));
        let seq_nos =
            self.keys_of_plan.get(plan_id).into_iter().flat_map(move |seq_nos| seq_nos.range(from..));
        seq_nos.filter_map(|seq_no| {
            Some((*seq_no, self.api_keys.get(&self.plan_keys.get_by_seq_no(*seq_no)?.key_id)?))
        })
    }

    /// Returns the one of an API key's usage plans that has this stage; there is at most one.
    pub(crate) fn plan_for_stage(&self, key_id: &str, api_id: &str, stage: &str) -> Option<&UsagePlan> {
        self.plans_of_key(key_id).find(|plan| plan.stage(api_id, stage).is_some())
    }

    pub(crate) fn meter(&self, plan_id: &str, key_id: &str) -> Option<&Meter> {
        self.usage.get(&UsagePlanKey::id_of(plan_id, key_id)).map(|usage| &usage.meter)
    }

    /// Returns the usage of an API key under a plan, after adding an empty meter if there is none.
    pub(crate) fn meter_mut(&mut self, plan_id: &str, key_id: &str) -> &mut Meter {
        let id = UsagePlanKey::id_of(plan_id, key_id);
        if !self.usage.contains(&id) {
            let (plan_id, key_id) = (plan_id.to_owned(), key_id.to_owned());
            self.usage.insert(Usage { plan_id, key_id, meter: Meter::default() });
        }
        match self.usage.get_mut(&id) {
            Some(usage) => &mut usage.meter,
            None => unreachable!("the usage was inserted above"),
        }
    }
}

#[cfg(test)]
mod tests;
