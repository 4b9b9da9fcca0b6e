//! Explains why API Gateway answers a call as it does, by checking everything between the key and the
//! response.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::tz::TimeZone;
use keypool_domain::api_access::{ApiAccess, WebAcl};
use keypool_domain::call::CustomResponses;
use keypool_domain::call::diagnosis::{
    self, Call, Check, Diagnosis, DiagnosisInput, OtherThrottles, StoredValue, find_method, resolve_keys,
};
use keypool_domain::drift::StageMethods;
use keypool_domain::usage::{DayRange, PlanUsage, QuotaFigure, QuotaRefusals, Usage};
use keypool_domain::{ApiKeyId, Inventory, Plan, Refusal, StageRef, TenantKeyId, Verdict};

use super::doctor::skip_unreadable;
use super::routes::verb_rank;
use super::stage_address::read_custom_address;
use super::usage::{note_extensions, recent_extensions};
use super::{Progress, Run, plans_of_unread_references, with_members_of_plans, with_plans_of_api_keys};
use crate::aws::{Aws, DeployedStage, Failure};

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ExplainRequest {
    /// A tenant key id, an API key id, a tenant or a name.
    pub key_or_tenant: String,
    /// `None` for every stage of the plan.
    pub stage: Option<StageRef>,
    /// Verb and path, for example `GET /api`. `None` for the first method that needs a key.
    pub method: Option<String>,
    /// The outcome of an actual call, if one was made.
    pub verdict: Option<Verdict>,
    /// The `x-amzn-ErrorType` header of that call, if it is known.
    pub error_type: Option<String>,
    /// Calls of this session that were refused because a quota was exhausted. `None` takes a verdict that
    /// says so as seen now.
    pub refusals: Option<Arc<QuotaRefusals>>,
}

/// Explains the calls of a key, or of every key of a tenant. Empty if no key matches.
pub async fn explain(
    aws: &Aws,
    inventory: &Inventory,
    request: &ExplainRequest,
    run: &Run,
) -> Result<Vec<Diagnosis>, Failure> {
    let inventory = inventory.require_current().map_err(Refusal::NotReadYet)?;
    let inventory = &Box::pin(with_plans_of_keys(aws, inventory, &request.key_or_tenant)).await?;
    let mut reader = CallReader::new(aws, inventory, run, request.refusals.as_ref());
    let calls = calls_to_explain(inventory, request);
    let mut diagnoses = Vec::new();
    for (at, call) in calls.iter().enumerate() {
        let doing = format!("checking API key {}", call.api_key);
        (run.progress)(Progress { done: at, total: Some(calls.len()), doing });
        let reading = reader.explain_call(call.clone());
        diagnoses.push(run.cancel.run_until_cancelled(reading).await.ok_or(Failure::Cancelled)??);
    }
    Ok(diagnoses)
}

/// Adds the usage plans of the keys to explain, if the API keys of some plans were not read yet.
async fn with_plans_of_keys<'a>(
    aws: &Aws,
    inventory: &'a Inventory,
    key_or_tenant: &str,
) -> Result<Cow<'a, Inventory>, Failure> {
    if inventory.plans_with_unread_members().next().is_none() {
        return Ok(Cow::Borrowed(inventory));
    }
    let named = inventory.tenant_key(&TenantKeyId::new(key_or_tenant)).map(|key| &key.id);
    let plans = plans_of_unread_references(inventory, named);
    let inventory = with_members_of_plans(aws, inventory.clone(), plans).await?;
    let keys: Vec<ApiKeyId> =
        resolve_keys(&inventory, key_or_tenant).into_iter().map(|(api_key, _)| api_key).collect();
    let with_plans = with_plans_of_api_keys(aws, &inventory, &keys).await?;
    Ok(Cow::Owned(with_plans.unwrap_or(inventory)))
}

/// Returns the check of the API because of which it refuses a method to every key, if there is one.
pub(super) async fn find_api_refusal(
    aws: &Aws,
    inventory: &Inventory,
    (stage, method): (&StageRef, String),
    run: &Run,
) -> Result<Option<Check>, Failure> {
    let mut reader = CallReader::new(aws, inventory, run, None);
    let reading = run.cancel.run_until_cancelled(reader.read_api(stage)).await;
    let input = reading.ok_or(Failure::Cancelled)??;
    Ok(diagnosis::find_api_refusal((stage, method), inventory, &input, aws.now()))
}

/// Returns one call per matching key and stage.
fn calls_to_explain(inventory: &Inventory, request: &ExplainRequest) -> Vec<Call> {
    let calls_of_key = |(api_key, tenant_key): (ApiKeyId, Option<TenantKeyId>)| {
        let stages = match &request.stage {
            Some(stage) => vec![Some(stage.clone())],
            None => stages_to_explain(inventory, &api_key, tenant_key.as_ref()),
        };
        stages.into_iter().map(move |stage| Call {
            api_key: api_key.clone(),
            tenant_key: tenant_key.clone(),
            stage,
            method: request.method.clone(),
            verdict: request.verdict,
            error_type: request.error_type.clone(),
        })
    };
    resolve_keys(inventory, &request.key_or_tenant).into_iter().flat_map(calls_of_key).collect()
}

/// Returns the stages of the tenant key's plans; without a tenant key, those of the plans the API key is in.
fn stages_to_explain(
    inventory: &Inventory,
    api_key: &ApiKeyId,
    tenant_key: Option<&TenantKeyId>,
) -> Vec<Option<StageRef>> {
    let listings = tenant_key.into_iter().flat_map(|tenant_key| inventory.listings_of_tenant_key(tenant_key));
    let own_plans: Vec<&Plan> = listings.filter_map(|listing| inventory.plan(&listing.plan)).collect();
    let has_key = |plan: &&Plan| inventory.is_member(&plan.id, api_key).is_known_to_be(&true);
    let plans = match own_plans.is_empty() {
        true => inventory.plans().iter().filter(has_key).collect(),
        false => own_plans,
    };
    let stages: Vec<_> = plans.into_iter().flat_map(|plan| plan.stages.iter().cloned().map(Some)).collect();
    if stages.is_empty() { vec![None] } else { stages }
}

/// What was read of a stage; `None` if unknown.
#[derive(Debug, Clone, Default)]
struct StageFacts {
    is_deployed: Option<bool>,
    methods: Option<StageMethods>,
    web_acl: Option<WebAcl>,
}

/// Reads what the diagnoses need, and caches what several calls have in common.
struct CallReader<'a> {
    aws: &'a Aws,
    inventory: &'a Inventory,
    run: &'a Run,
    /// `None` takes the verdict of a call as seen now.
    refusals: Option<&'a Arc<QuotaRefusals>>,
    stages: BTreeMap<StageRef, StageFacts>,
    access: BTreeMap<String, Option<ApiAccess>>,
    gateway_responses: BTreeMap<String, Option<CustomResponses>>,
}

impl<'a> CallReader<'a> {
    fn new(
        aws: &'a Aws,
        inventory: &'a Inventory,
        run: &'a Run,
        refusals: Option<&'a Arc<QuotaRefusals>>,
    ) -> Self {
        let (stages, access, gateway_responses) = Default::default();
        Self { aws, inventory, run, refusals, stages, access, gateway_responses }
    }

    async fn explain_call(&mut self, mut call: Call) -> Result<Diagnosis, Failure> {
        let mut input = match &call.stage {
            Some(stage) => self.read_api(stage).await?,
            None => DiagnosisInput::default(),
        };
        call.method = call.method.or_else(|| input.methods.as_ref().and_then(default_method));
        let key = match self.inventory.api_key(&call.api_key) {
            keypool_domain::Presence::Missing => None,
            _ => skip_unreadable(self.aws.api_key_status(&call.api_key).await)?,
        };
        let tenant_key =
            call.tenant_key.as_ref().and_then(|tenant_key| self.inventory.tenant_key(tenant_key));
        let stored = tenant_key.and_then(|tenant_key| tenant_key.stored_value());
        let actual = key.as_ref().and_then(|key| key.value.as_ref());
        input.stored_value = match (stored, actual) {
            (None, _) => StoredValue::Absent,
            (Some(_), None) => StoredValue::NotCompared,
            (Some(stored), Some(actual)) if stored == actual => StoredValue::Same,
            (Some(_), Some(_)) => StoredValue::Different,
        };
        input.is_being_deleted = key.as_ref().is_some_and(|key| key.is_being_deleted);
        input.changed_at = key.as_ref().and_then(|key| key.changed_at);
        // The diagnosis decides which plan's limits apply, so it runs once before the limits are read.
        let now = self.aws.now();
        let plan = Diagnosis::new(call.clone(), self.inventory, &input, now).plan;
        let plan = plan.and_then(|plan| self.inventory.plan(&plan));
        input.throttles = self.read_throttles(&call, &input).await?;
        input.quota_use = self.read_quota_use(&call, plan).await?;
        Ok(Diagnosis::new(call, self.inventory, &input, now))
    }

    /// Reads what does not depend on the key.
    async fn read_api(&mut self, stage: &StageRef) -> Result<DiagnosisInput, Failure> {
        let facts = self.read_stage(stage).await?;
        let access = self.read_access(&stage.api).await?;
        let custom = read_custom_address(self.aws, stage, access.as_ref()).await?;
        Ok(DiagnosisInput {
            is_stage_deployed: facts.is_deployed,
            methods: facts.methods,
            web_acl: facts.web_acl,
            access,
            custom_url: custom.url,
            unread_domains: custom.unread_domains,
            custom_responses: self.read_gateway_responses(&stage.api).await?,
            ..DiagnosisInput::default()
        })
    }

    async fn read_stage(&mut self, stage: &StageRef) -> Result<StageFacts, Failure> {
        if let Some(cached) = self.stages.get(stage) {
            return Ok(cached.clone());
        }
        let mut facts = StageFacts::default();
        match self.aws.deployed_stage(stage).await {
            Err(Failure::Gone(_)) => facts.is_deployed = Some(false),
            deployed => {
                if let Some(deployed) = skip_unreadable(deployed)? {
                    facts.is_deployed = Some(true);
                    facts.web_acl = Some(deployed.web_acl.clone());
                    // AWS deploys no API without methods, so an endpoint that lists none does not report them.
                    if !deployed.methods.is_empty() {
                        facts.methods = Some(self.read_methods(stage, deployed).await?);
                    }
                }
            }
        }
        self.stages.insert(stage.clone(), facts.clone());
        Ok(facts)
    }

    async fn read_methods(&self, stage: &StageRef, deployed: DeployedStage) -> Result<StageMethods, Failure> {
        let edited = skip_unreadable(self.aws.methods(&stage.api).await)?.unwrap_or_default();
        let to_entry =
            |method: crate::aws::RestMethod| (format!("{} {}", method.verb, method.path), method.needs_key);
        let edited = edited.into_iter().map(to_entry).collect();
        let DeployedStage { methods, authorizations, .. } = deployed;
        Ok(StageMethods { deployed: methods, edited, authorizations })
    }

    async fn read_access(&mut self, api: &str) -> Result<Option<ApiAccess>, Failure> {
        if let Some(cached) = self.access.get(api) {
            return Ok(cached.clone());
        }
        let access = skip_unreadable(self.aws.api_access(api).await)?;
        self.access.insert(api.to_owned(), access.clone());
        Ok(access)
    }

    async fn read_gateway_responses(&mut self, api: &str) -> Result<Option<CustomResponses>, Failure> {
        if let Some(cached) = self.gateway_responses.get(api) {
            return Ok(cached.clone());
        }
        let responses = skip_unreadable(self.aws.gateway_responses(api).await)?;
        self.gateway_responses.insert(api.to_owned(), responses.clone());
        Ok(responses)
    }

    async fn read_throttles(&self, call: &Call, input: &DiagnosisInput) -> Result<OtherThrottles, Failure> {
        let account = skip_unreadable(self.aws.account_throttle().await)?.flatten();
        let requested = call.method.as_deref().zip(input.methods.as_ref());
        let method = requested.and_then(|(requested, methods)| find_method(&methods.deployed, requested));
        let Some((stage, method)) = call.stage.as_ref().zip(method) else {
            return Ok(OtherThrottles { account, ..OtherThrottles::default() });
        };
        let stage_method = skip_unreadable(self.aws.stage_throttle(stage, method).await)?.flatten();
        Ok(OtherThrottles { stage_method, account })
    }

    /// Reads how much of its quota the key has used in the current period.
    async fn read_quota_use(&self, call: &Call, plan: Option<&Plan>) -> Result<Option<QuotaFigure>, Failure> {
        let Some((plan, quota)) = plan.and_then(|plan| Some((plan, plan.quota?))) else { return Ok(None) };
        let now = self.aws.now();
        let today = now.to_zoned(TimeZone::UTC).date();
        let Ok(period) = DayRange::new(quota.period_start(today), today) else { return Ok(None) };
        let days = skip_unreadable(self.aws.usage_of_key(&plan.id, &call.api_key, period).await)?;
        let Some(days) = days else { return Ok(None) };
        let mut plan_usage = PlanUsage::new(plan.id.clone(), period, days, now);
        note_extensions(&mut plan_usage, &recent_extensions(self.aws, self.run), self.aws);
        let figure = |usage: &PlanUsage| usage.quota_figure(&call.api_key, self.inventory, now);
        let refusals = match (self.refusals, call.verdict) {
            (Some(refusals), _) => Arc::clone(refusals),
            (None, Some(verdict)) => {
                let limit = figure(&plan_usage).and_then(|figure| figure.limit()).unwrap_or(quota.limit);
                let mut refusals = QuotaRefusals::default();
                refusals.note(&plan.id, &call.api_key, verdict, now, limit);
                Arc::new(refusals)
            }
            (None, None) => Arc::default(),
        };
        let mut usage = Usage::empty(period);
        usage.plans.insert(plan.id.clone(), plan_usage);
        Ok(usage.with_refusals(&refusals).plan(&plan.id).and_then(figure))
    }
}

/// Returns the first method that needs a key, otherwise the first. `ANY` is called with GET.
fn default_method(methods: &StageMethods) -> Option<String> {
    let methods_of_stage = if methods.deployed.is_empty() { &methods.edited } else { &methods.deployed };
    let first = methods_of_stage.iter().min_by_key(|(method, needs_key)| {
        let (verb, path) = method.split_once(' ').unwrap_or((method, ""));
        (!**needs_key, verb_rank(verb), path.contains('{'), path.to_owned())
    });
    first.map(|(method, _)| method.replacen("ANY ", "GET ", 1))
}
