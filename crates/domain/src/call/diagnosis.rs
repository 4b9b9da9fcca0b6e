//! Diagnosis of 403 and 429: every condition between the API key and the response, in the order in
//! which the gateway checks them.
//!
//! Only known facts can fail a check. A check whose facts could not be read is unknown, never failed.

mod authorization;
mod deployment;
mod endpoint;
mod key;
mod key_source;
mod limits;
mod method;
mod policy;
mod resolve_keys;
mod seen;
#[cfg(test)]
mod tests;
mod web_acl;

use jiff::Timestamp;

use crate::api_access::{ApiAccess, WebAcl};
use crate::drift::StageMethods;
use crate::text::{group_thousands, group_thousands_decimal};
use crate::usage::QuotaFigure;
use crate::words::words;
use crate::{ApiKeyId, Change, Inventory, Plan, PlanId, StageRef, TenantKey, TenantKeyId, Throttle, Verdict};

use super::gateway_response::{ActualResponse, CustomResponse, CustomResponses, GatewayResponse};

pub use limits::{OtherThrottles, PROPAGATION_TIMEOUT};
pub use method::find_method;
pub use resolve_keys::resolve_keys;

/// A call to diagnose.
#[derive(Debug, Clone, PartialEq)]
pub struct Call {
    pub api_key: ApiKeyId,
    /// The tenant key with which the call is made, if known.
    pub tenant_key: Option<TenantKeyId>,
    /// `None` if the caller named no stage and the plan covers none.
    pub stage: Option<StageRef>,
    /// Verb and path, e.g. `GET /api`.
    pub method: Option<String>,
    /// The outcome of a real call, if one was made.
    pub verdict: Option<Verdict>,
    /// The `x-amzn-ErrorType` header of that call, if it is known.
    pub error_type: Option<String>,
}

/// Facts beyond the inventory that were read for a diagnosis; `None` means unreadable.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct DiagnosisInput {
    /// Whether the stage exists and is deployed.
    pub is_stage_deployed: Option<bool>,
    pub methods: Option<StageMethods>,
    pub access: Option<ApiAccess>,
    /// Where the stage is called instead of its default endpoint.
    pub custom_url: Option<String>,
    /// Why the custom domains could not be read, where a custom domain is needed.
    pub unread_domains: Option<String>,
    pub web_acl: Option<WebAcl>,
    /// As last edited, which might not be deployed yet.
    pub custom_responses: Option<CustomResponses>,
    pub throttles: OtherThrottles,
    pub quota_use: Option<QuotaFigure>,
    pub stored_value: StoredValue,
    /// Whether the API key carries the deletion tag.
    pub is_being_deleted: bool,
    /// When the API key was created or last changed.
    pub changed_at: Option<Timestamp>,
}

/// The value that the tenant key stores, compared with that of the API key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum StoredValue {
    /// The tenant key stores none, or there is no tenant key.
    #[default]
    Absent,
    Same,
    Different,
    /// The value of the API key could not be read.
    NotCompared,
}

/// The checks of one call, with their results.
#[derive(Debug, Clone, PartialEq)]
pub struct Diagnosis {
    pub call: Call,
    /// The plan whose limits apply.
    pub plan: Option<PlanId>,
    /// In the order in which the gateway checks them.
    pub checks: Vec<Check>,
    /// Whether the last change of the API key is so recent that a call may meet the state before it.
    is_changing: bool,
}

/// One condition for a successful call.
#[derive(Debug, Clone, PartialEq)]
pub struct Check {
    pub kind: CheckKind,
    pub state: CheckState,
    /// What was observed, as a sentence.
    pub summary: String,
    /// The gateway response that the check causes; only if it failed.
    pub response: Option<GatewayResponse>,
    /// How the API customises that response.
    pub custom: Option<CustomResponse>,
    /// What makes the check pass; only if it failed.
    pub fix: Option<SuggestedFix>,
}

#[derive(Debug, Clone, PartialEq)]
pub enum SuggestedFix {
    Change(Change),
    Text(String),
}

words! {
    pub enum CheckKind {
        Stage => "stage",
        /// The API's settings are deployed as last edited.
        Deployment => "deployment",
        /// The firewall (AWS WAF) in front of the stage.
        WebAcl => "web-acl",
        /// The API can be called at the address that is used.
        Endpoint => "endpoint",
        ResourcePolicy => "resource-policy",
        /// What the method requires besides an API key.
        Authorization => "authorization",
        /// The deployed stage has the method, and the method requires a key.
        Method => "method",
        /// The API takes keys from the header.
        KeySource => "key-source",
        Key => "key",
        /// The tenant key stores the value of the API key.
        Value => "value",
        Enabled => "enabled",
        Plan => "plan",
        StageCovered => "plan-stage",
        /// Requests per second that the usage plan allows one API key for the method.
        PlanMethodThrottle => "method-throttle",
        /// Requests per second that the usage plan allows one API key.
        PlanThrottle => "plan-throttle",
        /// Requests per second that the stage allows all callers of the method together.
        StageThrottle => "stage-throttle",
        /// Requests per second that the account allows all callers together.
        AccountThrottle => "account-throttle",
        /// Requests per period that the usage plan allows one API key.
        Quota => "quota",
        /// The last change of the key has propagated.
        Propagation => "propagation",
    }
}

words! {
    pub enum CheckState {
        Passed => "holds",
        Failed => "fails",
        Unknown => "unknown",
        /// keypool does not judge this condition.
        NotChecked => "not-checked",
        /// An earlier check already decides the call, or the gateway does not perform this one.
        Skipped => "skipped",
    }
}

/// Everything the checks read.
struct CheckContext<'a> {
    inventory: &'a Inventory,
    call: &'a Call,
    input: &'a DiagnosisInput,
    tenant_key: Option<&'a TenantKey>,
    plan: Option<&'a Plan>,
    now: Timestamp,
}

impl CheckContext<'_> {
    /// Whether the deletion of the API key has started. It will be finished, so no fix may bring the key back.
    fn is_being_deleted(&self) -> bool {
        self.input.is_being_deleted || self.inventory.is_being_deleted(&self.call.api_key)
    }

    /// Fails a check of a setting that is only known as last edited; an accepted call shows that the edit is
    /// not deployed, or does not concern the caller.
    fn refuse_as_edited(
        &self,
        kind: CheckKind,
        summary: String,
        response: GatewayResponse,
        fix: SuggestedFix,
    ) -> Check {
        match self.call.verdict {
            Some(Verdict::Ok | Verdict::Throttled | Verdict::QuotaExhausted) => {
                Check::passed(kind, format!("{summary}; it does not concern this call, or is not deployed"))
            }
            Some(Verdict::Forbidden | Verdict::Other) | None => Check::failed(kind, summary, response, fix),
        }
    }
}

impl Diagnosis {
    /// Runs all checks of a call.
    pub fn new(call: Call, inventory: &Inventory, input: &DiagnosisInput, now: Timestamp) -> Self {
        let tenant_key = call.tenant_key.as_ref().and_then(|tenant_key| inventory.tenant_key(tenant_key));
        let plan = key::effective_plan(&call, tenant_key, inventory);
        let context = CheckContext { inventory, call: &call, input, tenant_key, plan, now };
        let (mut checks, late_checks) = run_api_checks(&context);
        let needs_no_key = checks.iter().any(|check| check.response == Some(GatewayResponse::KeyNotRequired));
        let later_checks = key::run_checks(&context).into_iter().chain(limits::run_checks(&context));
        let is_key_ignored = checks
            .iter()
            .any(|check| check.kind == CheckKind::KeySource && check.state == CheckState::Failed);
        let skips_key = needs_no_key || is_key_ignored;
        checks.extend(later_checks.map(|check| if skips_key { check.skip() } else { check }));
        checks.extend(late_checks);
        let propagation = limits::check_propagation(&context, &checks);
        checks.push(if skips_key { propagation.skip() } else { propagation });
        if let Some(custom) = &input.custom_responses {
            checks.iter_mut().for_each(|check| check.custom = check.custom_response(custom));
        }
        let is_changing = limits::is_changing(&context);
        Self { plan: plan.map(|plan| plan.id.clone()), checks, is_changing, call }
    }

    /// The check that decides the response: the one that was seen, if any was.
    pub fn failed_check(&self) -> Option<&Check> {
        self.checks.iter().find(|check| check.explains(&self.call))
    }

    fn deployment_check(&self) -> Option<&Check> {
        self.checks.iter().find(|check| check.kind == CheckKind::Deployment)
    }

    /// The sentence shown if no check failed.
    pub fn success_message(&self) -> String {
        let unchecked = self.unchecked();
        if !unchecked.is_empty() {
            let kinds = list_kinds(&unchecked);
            return format!("no check fails, but not checked: {kinds}; a call may still be refused");
        }
        let is_assumed = self.deployment_check().is_some_and(|check| check.state == CheckState::NotChecked);
        let condition = if is_assumed { ", if the API's settings are deployed" } else { "" };
        format!("a call with this key should succeed{condition}")
    }

    /// The checks that were not made, except that the settings are deployed. An unknown time of the last change
    /// alone leaves no doubt; a recent change does.
    fn unchecked(&self) -> Vec<&Check> {
        let is_unchecked = |check: &&Check| match check.state {
            CheckState::NotChecked => check.kind != CheckKind::Deployment,
            CheckState::Unknown if check.kind == CheckKind::Propagation => self.is_changing,
            CheckState::Unknown => check.kind != CheckKind::Deployment,
            CheckState::Passed | CheckState::Failed | CheckState::Skipped => false,
        };
        self.checks.iter().filter(is_unchecked).collect()
    }
}

/// The check of the API because of which it refuses a method, given as verb and path, to every key.
pub fn find_api_refusal(
    (stage, method): (&StageRef, String),
    inventory: &Inventory,
    input: &DiagnosisInput,
    now: Timestamp,
) -> Option<Check> {
    let call = Call {
        api_key: ApiKeyId::new(""),
        tenant_key: None,
        stage: Some(stage.clone()),
        method: Some(method),
        verdict: None,
        error_type: None,
    };
    let context = CheckContext { inventory, call: &call, input, tenant_key: None, plan: None, now };
    let (early, late) = run_api_checks(&context);
    let refuses =
        |check: &Check| check.response.is_some_and(|response| response != GatewayResponse::KeyNotRequired);
    early.into_iter().chain(late).find(refuses)
}

fn list_kinds(checks: &[&Check]) -> String {
    checks.iter().map(|check| check.kind.as_str()).collect::<Vec<_>>().join(", ")
}

/// The checks of the API before those of the key, and those after them.
fn run_api_checks(context: &CheckContext<'_>) -> (Vec<Check>, Vec<Check>) {
    let stage = method::check_stage(context);
    let is_missing = stage.state == CheckState::Failed;
    let mut checks = vec![stage];
    if context.call.stage.is_none() {
        return (checks, Vec::new());
    }
    let method = method::check_method(context);
    let deployment = deployment::check(context);
    let later = [web_acl::check(context), endpoint::check(context)];
    let (policy, authorization) = (policy::check(context), authorization::check(context));
    let key_source = key_source::check(context);
    if is_missing {
        let all = [deployment].into_iter().chain(later).chain([policy, method, key_source]);
        checks.extend(all.map(Check::skip));
        return (checks, Vec::new());
    }
    checks.push(deployment);
    checks.extend(later);
    if method.response == Some(GatewayResponse::NoSuchMethod) {
        checks.push(method);
        checks.extend([policy, authorization, key_source].map(Check::skip));
        return (checks, Vec::new());
    }
    checks.push(policy);
    // API Gateway looks up the key before it runs the authorizer, if the key is in the header.
    let (early, late) = match authorization::is_before_key(context) {
        true => (Some(authorization), None),
        false => (None, Some(authorization)),
    };
    let needs_no_key = method.response == Some(GatewayResponse::KeyNotRequired);
    checks.extend(early);
    checks.push(method);
    checks.push(if needs_no_key { key_source.skip() } else { key_source });
    (checks, late.into_iter().collect())
}

impl Check {
    fn passed(kind: CheckKind, summary: impl Into<String>) -> Self {
        Self {
            kind,
            state: CheckState::Passed,
            summary: summary.into(),
            response: None,
            custom: None,
            fix: None,
        }
    }

    fn unknown(kind: CheckKind, summary: impl Into<String>) -> Self {
        Self { state: CheckState::Unknown, ..Self::passed(kind, summary) }
    }

    fn not_checked(kind: CheckKind, summary: impl Into<String>) -> Self {
        Self { state: CheckState::NotChecked, ..Self::passed(kind, summary) }
    }

    fn failed(
        kind: CheckKind,
        summary: impl Into<String>,
        response: GatewayResponse,
        fix: SuggestedFix,
    ) -> Self {
        let (response, fix) = (Some(response), Some(fix));
        Self { state: CheckState::Failed, response, fix, ..Self::passed(kind, summary) }
    }

    /// Whether the check fails with a response that this call may have got.
    fn explains(&self, call: &Call) -> bool {
        self.state == CheckState::Failed && self.response.is_some_and(|response| call.may_get(response))
    }

    /// The response that the failed check causes.
    pub fn actual_response(&self) -> Option<ActualResponse> {
        self.response.map(|response| ActualResponse { response, custom: self.custom })
    }

    /// Customisations belong to a stage, so they do not apply where no stage is reached.
    fn custom_response(&self, custom: &CustomResponses) -> Option<CustomResponse> {
        let reaches_stage = !matches!(self.kind, CheckKind::Stage | CheckKind::Endpoint);
        custom.get(self.response.filter(|_| reaches_stage)?)
    }

    fn skip(self) -> Self {
        Self { state: CheckState::Skipped, response: None, fix: None, ..self }
    }
}

impl SuggestedFix {
    pub fn describe(&self, inventory: &Inventory) -> String {
        match self {
            Self::Change(change) => change.describe(inventory),
            Self::Text(text) => text.clone(),
        }
    }
}

impl From<&str> for SuggestedFix {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

/// E.g. "10 req/s per key, burst 5".
fn describe_rate(throttle: Throttle, scope: &str) -> String {
    let rate = group_thousands_decimal(&throttle.rate.to_string());
    format!("{rate} req/s{scope}, burst {}", group_thousands(throttle.burst.into()))
}
