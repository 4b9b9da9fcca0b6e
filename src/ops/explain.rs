//! Why a call is answered as it is: the links between a key and its answer, each looked at in the account.

use std::collections::BTreeMap;

use jiff::tz::TimeZone;
use keypool_domain::call::CustomResponses;
use keypool_domain::call::diagnosis::{
    Call, Diagnosis, DiagnosisInput, OtherThrottles, QuotaUse, find_method, resolve_keys,
};
use keypool_domain::drift::StageMethods;
use keypool_domain::usage::DayRange;
use keypool_domain::{ApiKeyId, Inventory, Plan, StageRef, TenantKeyId, Verdict};

use super::doctor::skip_unreadable;
use super::routes::verb_rank;
use super::{Progress, Run};
use crate::aws::{Aws, Failure};

/// Whose calls are to be explained, and which.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ExplainRequest {
    /// A row's id, an API key's id, a tenant, or a name.
    pub key_or_tenant: String,
    /// The stage that is called; without it every stage of the plan.
    pub stage: Option<StageRef>,
    /// Verb and path, for example `GET /api`; without it the first method that needs a key.
    pub method: Option<String>,
    /// How a call came out, where one was made.
    pub verdict: Option<Verdict>,
}

/// Explains the calls of a key, or of every key of a tenant; nothing where nobody is known by that name.
pub async fn explain(
    aws: &Aws,
    inventory: &Inventory,
    asking: &ExplainRequest,
    run: &Run,
) -> Result<Vec<Diagnosis>, Failure> {
    let mut reader =
        CallReader { aws, inventory, stages: BTreeMap::new(), gateway_responses: BTreeMap::new() };
    let calls = calls_to_explain(inventory, asking);
    let mut chains = Vec::new();
    for (at, call) in calls.iter().enumerate() {
        let doing = format!("looking at API key {}", call.api_key);
        (run.progress)(Progress { done: at, total: Some(calls.len()), doing });
        let reading = reader.explain_call(call.clone());
        chains.push(run.cancel.run_until_cancelled(reading).await.ok_or(Failure::Cancelled)??);
    }
    Ok(chains)
}

/// One call for each key and stage that is meant.
fn calls_to_explain(inventory: &Inventory, asking: &ExplainRequest) -> Vec<Call> {
    let of_key = |(api_key, row): (ApiKeyId, Option<TenantKeyId>)| {
        let stages = match &asking.stage {
            Some(stage) => vec![Some(stage.clone())],
            None => stages(inventory, &api_key, row.as_ref()),
        };
        stages.into_iter().map(move |stage| Call {
            api_key: api_key.clone(),
            tenant_key: row.clone(),
            stage,
            method: asking.method.clone(),
            verdict: asking.verdict,
        })
    };
    resolve_keys(inventory, &asking.key_or_tenant).into_iter().flat_map(of_key).collect()
}

/// The stages of the plan that a key was bought in, or else of those it is in.
fn stages(inventory: &Inventory, api_key: &ApiKeyId, row: Option<&TenantKeyId>) -> Vec<Option<StageRef>> {
    let bought = row.and_then(|row| inventory.plan(&inventory.tenant_key(row)?.plan));
    let holds = |plan: &&Plan| inventory.is_member(&plan.id, api_key).is_known_to_be(&true);
    let plans: Vec<&Plan> = match bought {
        Some(plan) => vec![plan],
        None => inventory.plans().iter().filter(holds).collect(),
    };
    let stages: Vec<_> = plans.into_iter().flat_map(|plan| plan.stages.iter().cloned().map(Some)).collect();
    if stages.is_empty() { vec![None] } else { stages }
}

/// Reads what several calls have in common once.
struct CallReader<'a> {
    aws: &'a Aws,
    inventory: &'a Inventory,
    stages: BTreeMap<StageRef, (Option<bool>, Option<StageMethods>)>,
    gateway_responses: BTreeMap<String, Option<CustomResponses>>,
}

impl CallReader<'_> {
    async fn explain_call(&mut self, mut call: Call) -> Result<Diagnosis, Failure> {
        let mut looked = DiagnosisInput::default();
        if let Some(stage) = call.stage.clone() {
            (looked.is_stage_deployed, looked.methods) = self.read_stage(&stage).await?;
            looked.custom_responses = self.gateway_responses(&stage.api).await?;
            call.method = call.method.or_else(|| looked.methods.as_ref().and_then(default_method));
        }
        let key = match self.inventory.api_key(&call.api_key) {
            keypool_domain::Presence::Missing => None,
            _ => skip_unreadable(self.aws.api_key_status(&call.api_key).await)?,
        };
        let row = call.tenant_key.as_ref().and_then(|row| self.inventory.tenant_key(row));
        let said = row.and_then(|row| row.stored_value());
        let real = key.as_ref().and_then(|key| key.value.as_ref());
        looked.value_differs = said.zip(real).map(|(said, real)| said != real);
        looked.is_being_deleted = key.as_ref().is_some_and(|key| key.is_being_deleted);
        looked.changed_at = key.as_ref().and_then(|key| key.changed_at);
        // Which plan's limits hold is the chain's own judgement: it is asked for that first.
        let now = self.aws.now();
        let plan = Diagnosis::new(call.clone(), self.inventory, &looked, now).plan;
        let plan = plan.and_then(|plan| self.inventory.plan(&plan));
        looked.throttles = self.read_limits(&call, &looked).await?;
        looked.quota_use = self.read_quota_use(&call, plan).await?;
        Ok(Diagnosis::new(call, self.inventory, &looked, now))
    }

    async fn read_stage(
        &mut self,
        stage: &StageRef,
    ) -> Result<(Option<bool>, Option<StageMethods>), Failure> {
        if let Some(read) = self.stages.get(stage) {
            return Ok(read.clone());
        }
        let read = match self.aws.deployed_methods(stage).await {
            Err(Failure::Gone(_)) => (Some(false), None),
            deployed => match skip_unreadable(deployed)? {
                None => (None, None),
                // AWS deploys no API without a method: an endpoint that names none does not tell.
                Some(deployed) if deployed.is_empty() => (Some(true), None),
                Some(deployed) => {
                    let edited = skip_unreadable(self.aws.methods(&stage.api).await)?.unwrap_or_default();
                    let by_name = |method: crate::aws::RestMethod| {
                        (format!("{} {}", method.verb, method.path), method.needs_key)
                    };
                    let edited = edited.into_iter().map(by_name).collect();
                    (Some(true), Some(StageMethods { deployed, edited }))
                }
            },
        };
        self.stages.insert(stage.clone(), read.clone());
        Ok(read)
    }

    async fn gateway_responses(&mut self, api: &str) -> Result<Option<CustomResponses>, Failure> {
        if let Some(read) = self.gateway_responses.get(api) {
            return Ok(read.clone());
        }
        let read = skip_unreadable(self.aws.gateway_responses(api).await)?;
        self.gateway_responses.insert(api.to_owned(), read.clone());
        Ok(read)
    }

    async fn read_limits(&self, call: &Call, looked: &DiagnosisInput) -> Result<OtherThrottles, Failure> {
        let account = skip_unreadable(self.aws.account_throttle().await)?.flatten();
        let asked = call.method.as_deref().zip(looked.methods.as_ref());
        let method = asked.and_then(|(asked, methods)| find_method(&methods.deployed, asked));
        let Some((stage, method)) = call.stage.as_ref().zip(method) else {
            return Ok(OtherThrottles { account, ..OtherThrottles::default() });
        };
        let stage_method = skip_unreadable(self.aws.stage_throttle(stage, method).await)?.flatten();
        Ok(OtherThrottles { stage_method, account })
    }

    /// What the key used of the period; a key that GetUsage does not know yet has used nothing that is told.
    async fn read_quota_use(&self, call: &Call, plan: Option<&Plan>) -> Result<Option<QuotaUse>, Failure> {
        let Some((plan, quota)) = plan.and_then(|plan| Some((plan, plan.quota?))) else { return Ok(None) };
        let today = self.aws.now().to_zoned(TimeZone::UTC).date();
        let Ok(period) = DayRange::new(quota.period_start(today), today) else { return Ok(None) };
        let read = skip_unreadable(self.aws.usage_of_key(&plan.id, &call.api_key, period).await)?;
        Ok(read.map(|mut told| {
            let days = told.remove(&call.api_key).unwrap_or_default();
            let left = days.last().and_then(|day| day.remaining);
            QuotaUse {
                used: days.iter().map(|day| day.used).sum(),
                remaining: left.unwrap_or(i64::try_from(quota.limit).unwrap_or(i64::MAX)),
            }
        }))
    }
}

/// The first method that needs a key or, failing that, the first; `ANY` is called with GET.
fn default_method(methods: &StageMethods) -> Option<String> {
    let of = if methods.deployed.is_empty() { &methods.edited } else { &methods.deployed };
    let first = of.iter().min_by_key(|(method, needs_key)| {
        let (verb, path) = method.split_once(' ').unwrap_or((method, ""));
        (!**needs_key, verb_rank(verb), path.contains('{'), path.to_owned())
    });
    first.map(|(method, _)| method.replacen("ANY ", "GET ", 1))
}
