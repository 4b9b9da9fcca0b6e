//! Diagnosis of 403 and 429: every condition between the API key and the response, in the order in
//! which the gateway checks them.
//!
//! Only known facts can fail a check. A check whose facts could not be read is unknown, never failed.

mod key;
mod limits;
mod method;
mod resolve_keys;
#[cfg(test)]
mod tests;

use jiff::Timestamp;

use crate::drift::StageMethods;
use crate::text::{group_thousands, group_thousands_decimal};
use crate::usage::QuotaFigure;
use crate::words::words;
use crate::{ApiKeyId, Change, Inventory, Plan, PlanId, StageRef, TenantKey, TenantKeyId, Throttle, Verdict};

use super::gateway_response::{ActualResponse, CustomResponse, CustomResponses, GatewayResponse};

pub use limits::OtherThrottles;
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
}

/// Facts beyond the inventory that were read for a diagnosis; `None` means unreadable.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct DiagnosisInput {
    /// Whether the stage exists and is deployed.
    pub is_stage_deployed: Option<bool>,
    pub methods: Option<StageMethods>,
    /// As last edited, which may not be deployed yet.
    pub custom_responses: Option<CustomResponses>,
    pub throttles: OtherThrottles,
    pub quota_use: Option<QuotaFigure>,
    /// Whether the value that the tenant key stores differs from the API key's.
    pub value_differs: Option<bool>,
    /// Whether the API key carries the deletion tag.
    pub is_being_deleted: bool,
    /// When the API key was created or last changed.
    pub changed_at: Option<Timestamp>,
}

/// The checks of one call, with their results.
#[derive(Debug, Clone, PartialEq)]
pub struct Diagnosis {
    pub call: Call,
    /// The plan whose limits apply.
    pub plan: Option<PlanId>,
    /// In the order in which the gateway checks them.
    pub checks: Vec<Check>,
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
        /// The deployed stage has the method, and the method requires a key.
        Method => "method",
        Key => "key",
        /// The tenant key stores the value of the API key.
        Value => "value",
        Enabled => "enabled",
        Plan => "plan",
        StageCovered => "plan-stage",
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
}

impl Diagnosis {
    /// Runs all checks of a call.
    pub fn new(call: Call, inventory: &Inventory, input: &DiagnosisInput, now: Timestamp) -> Self {
        let tenant_key = call.tenant_key.as_ref().and_then(|tenant_key| inventory.tenant_key(tenant_key));
        let plan = key::effective_plan(&call, tenant_key, inventory);
        let context = CheckContext { inventory, call: &call, input, tenant_key, plan, now };
        let mut checks = method::run_checks(&context);
        let needs_no_key = checks.iter().any(|check| check.response == Some(GatewayResponse::KeyNotRequired));
        let later_checks = key::run_checks(&context).into_iter().chain(limits::run_checks(&context));
        checks.extend(later_checks.map(|check| if needs_no_key { check.skip() } else { check }));
        let propagation = limits::check_propagation(&context, &checks);
        checks.push(if needs_no_key { propagation.skip() } else { propagation });
        if let Some(custom) = &input.custom_responses {
            checks.iter_mut().for_each(|check| check.custom = check.custom_response(custom));
        }
        Self { plan: plan.map(|plan| plan.id.clone()), checks, call }
    }

    /// The check that decides the response.
    pub fn failed_check(&self) -> Option<&Check> {
        self.checks.iter().find(|check| check.state == CheckState::Failed)
    }

    /// The sentence shown if no check failed.
    pub fn success_message(&self) -> &'static str {
        let is_unread =
            |check: &Check| check.state == CheckState::Unknown && check.kind != CheckKind::Propagation;
        if self.checks.iter().any(is_unread) {
            "all readable checks passed: a call with this key should succeed"
        } else {
            "a call with this key should succeed"
        }
    }

    /// The sentence shown for a refusal that no check explains.
    pub fn unexplained_message(&self) -> Option<&'static str> {
        let is_refused = matches!(
            self.call.verdict,
            Some(Verdict::Forbidden | Verdict::Throttled | Verdict::QuotaExhausted)
        );
        (is_refused && self.failed_check().is_none()).then_some(UNEXPLAINED_REFUSAL)
    }
}

pub(super) const UNEXPLAINED_REFUSAL: &str = "nothing in the account explains it: key changes take about 30 seconds \
                                              to take effect, and a firewall (WAF) or a wrong stage gives the same \
                                              response";

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

    fn failed(
        kind: CheckKind,
        summary: impl Into<String>,
        response: GatewayResponse,
        fix: SuggestedFix,
    ) -> Self {
        let (response, fix) = (Some(response), Some(fix));
        Self { state: CheckState::Failed, response, fix, ..Self::passed(kind, summary) }
    }

    /// The response that the failed check causes.
    pub fn actual_response(&self) -> Option<ActualResponse> {
        self.response.map(|response| ActualResponse { response, custom: self.custom })
    }

    /// Without a stage there is no API whose customisations could apply.
    fn custom_response(&self, custom: &CustomResponses) -> Option<CustomResponse> {
        custom.get(self.response.filter(|_| self.kind != CheckKind::Stage)?)
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
