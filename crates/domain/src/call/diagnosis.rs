//! Why 403, why 429: the links between a key and the answer of a call, in the order in which the gateway asks.
//!
//! Only what is known fails: a link about which nothing could be read says so, and is not blamed.

mod key;
mod limits;
mod method;
mod resolve_keys;
#[cfg(test)]
mod tests;

use jiff::Timestamp;

use crate::drift::StageMethods;
use crate::text::{group_thousands, group_thousands_decimal};
use crate::{ApiKeyId, Change, Inventory, Plan, PlanId, StageRef, TenantKey, TenantKeyId, Throttle, Verdict};

use super::gateway_response::{ActualResponse, CustomResponse, CustomResponses, GatewayResponse};

pub use limits::{OtherThrottles, QuotaUse};
pub use method::find as find_method;
pub use resolve_keys::resolve_keys;

/// A call to be explained.
#[derive(Debug, Clone, PartialEq)]
pub struct Call {
    /// The API key that is sent.
    pub api_key: ApiKeyId,
    /// The tenant key that sends it, where it is one's.
    pub tenant_key: Option<TenantKeyId>,
    /// Where it goes; `None` where the plan covers nothing and nothing was named.
    pub stage: Option<StageRef>,
    /// Verb and path, for example `GET /api`, where one was named or found.
    pub method: Option<String>,
    /// How a call came out, where one was made.
    pub verdict: Option<Verdict>,
}

/// What was read for it besides the inventory; what is `None` may not be read.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct DiagnosisInput {
    /// Whether the stage is there and deployed.
    pub is_stage_deployed: Option<bool>,
    /// The methods behind the stage.
    pub methods: Option<StageMethods>,
    /// The answers that the API customises, as they were last edited.
    pub custom_responses: Option<CustomResponses>,
    /// What throttles the method besides the plan's own limit.
    pub throttles: OtherThrottles,
    /// What the key used of its quota.
    pub quota_use: Option<QuotaUse>,
    /// Whether the row holds another value than the API key has.
    pub value_differs: Option<bool>,
    /// Whether a tag says that the deletion of the API key has begun.
    pub is_being_deleted: bool,
    /// When the API key was made or last changed.
    pub changed_at: Option<Timestamp>,
}

/// The links of one call, and what each says.
#[derive(Debug, Clone, PartialEq)]
pub struct Diagnosis {
    /// What is called.
    pub call: Call,
    /// The plan whose limits hold, as far as one does.
    pub plan: Option<PlanId>,
    /// In the order in which the gateway asks.
    pub checks: Vec<Check>,
}

/// One thing that must be as it should for a call to be answered.
#[derive(Debug, Clone, PartialEq)]
pub struct Check {
    /// Which one.
    pub kind: CheckKind,
    /// Whether it holds.
    pub state: CheckState,
    /// What was seen, in a sentence.
    pub summary: String,
    /// What a caller is answered because of it; only of a link that fails.
    pub response: Option<GatewayResponse>,
    /// How the API customises that answer.
    pub custom: Option<CustomResponse>,
    /// What mends it; only of a link that fails.
    pub fix: Option<SuggestedFix>,
}

/// What mends a link.
#[derive(Debug, Clone, PartialEq)]
pub enum SuggestedFix {
    /// A change that can be carried out.
    Change(Change),
    /// What a person can do.
    Text(String),
}

macro_rules! words {
    ($(#[$outer:meta])* $type:ident { $($(#[$doc:meta])* $variant:ident => $word:literal,)+ }) => {
        $(#[$outer])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $type {
            $($(#[$doc])* $variant,)+
        }

        impl $type {
            /// The word for it on screen and in JSON.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }
        }
    };
}

words! {
    /// The links.
    CheckKind {
        /// The stage is there and deployed.
        Stage => "stage",
        /// The deployed stage has the method, and the method needs a key.
        Method => "method",
        /// API Gateway has the API key.
        Key => "key",
        /// The row tells the value that the API key has.
        Value => "value",
        /// The API key is enabled.
        Enabled => "enabled",
        /// The API key is in a usage plan.
        Plan => "plan",
        /// The usage plan covers the stage.
        StageCovered => "plan-stage",
        /// What the usage plan allows one API key a second.
        PlanThrottle => "plan-throttle",
        /// What the stage allows all callers of the method a second.
        StageThrottle => "stage-throttle",
        /// What the account allows all callers a second.
        AccountThrottle => "account-throttle",
        /// What the usage plan allows one API key in a period.
        Quota => "quota",
        /// A recent change has arrived.
        Propagation => "propagation",
    }
}

words! {
    /// Whether a link holds.
    CheckState {
        /// It is as it should be.
        Passed => "holds",
        /// It is why the call is not answered as it should.
        Failed => "fails",
        /// It could not be looked at.
        Unknown => "unknown",
        /// The gateway does not get as far, or does not ask.
        Skipped => "not-asked",
    }
}

/// Everything that the links look at.
struct CheckContext<'a> {
    inventory: &'a Inventory,
    call: &'a Call,
    input: &'a DiagnosisInput,
    tenant_key: Option<&'a TenantKey>,
    plan: Option<&'a Plan>,
    now: Timestamp,
}

impl CheckContext<'_> {
    /// Whether the deletion of the API key has begun: then it is finished, and nothing brings the key back.
    fn is_being_deleted(&self) -> bool {
        self.input.is_being_deleted || self.inventory.is_being_deleted(&self.call.api_key)
    }
}

impl Diagnosis {
    /// Walks the links of a call.
    pub fn new(call: Call, inventory: &Inventory, looked: &DiagnosisInput, now: Timestamp) -> Self {
        let row = call.tenant_key.as_ref().and_then(|row| inventory.tenant_key(row));
        let plan = key::effective_plan(&call, row, inventory);
        let scene = CheckContext { inventory, call: &call, input: looked, tenant_key: row, plan, now };
        let mut links = method::run_checks(&scene);
        let is_open = links.iter().any(|link| link.response == Some(GatewayResponse::KeyNotRequired));
        let rest = key::run_checks(&scene).into_iter().chain(limits::run_checks(&scene));
        links.extend(rest.map(|link| if is_open { link.skip() } else { link }));
        let propagation = limits::check_propagation(&scene, &links);
        links.push(if is_open { propagation.skip() } else { propagation });
        if let Some(own) = &looked.custom_responses {
            links.iter_mut().for_each(|link| link.custom = link.custom_response(own));
        }
        Self { plan: plan.map(|plan| plan.id.clone()), checks: links, call }
    }

    /// The link that decides the answer, where one fails.
    pub fn failed_check(&self) -> Option<&Check> {
        self.checks.iter().find(|link| link.state == CheckState::Failed)
    }

    /// The sentence where no link fails.
    pub fn success_message(&self) -> &'static str {
        let is_unseen =
            |link: &Check| link.state == CheckState::Unknown && link.kind != CheckKind::Propagation;
        if self.checks.iter().any(is_unseen) {
            "nothing that could be looked at stands in the way of a call"
        } else {
            "nothing stands in the way of a call"
        }
    }

    /// The sentence for an answer that no link explains.
    pub fn unexplained_message(&self) -> Option<&'static str> {
        let refused =
            matches!(self.call.verdict, Some(Verdict::Forbidden | Verdict::Throttled | Verdict::QuotaSpent));
        (refused && self.failed_check().is_none()).then_some(UNEXPLAINED_REFUSAL)
    }
}

/// What is left where everything that was read is as it should be.
pub(super) const UNEXPLAINED_REFUSAL: &str = "nothing that was read explains it: a change of a key takes about half a minute \
                                      to take effect, and a firewall (WAF) or a wrong stage answers the same";

impl Check {
    fn passed(kind: CheckKind, seen: impl Into<String>) -> Self {
        Self {
            kind,
            state: CheckState::Passed,
            summary: seen.into(),
            response: None,
            custom: None,
            fix: None,
        }
    }

    fn unknown(kind: CheckKind, seen: impl Into<String>) -> Self {
        Self { state: CheckState::Unknown, ..Self::passed(kind, seen) }
    }

    fn failed(
        kind: CheckKind,
        seen: impl Into<String>,
        answer: GatewayResponse,
        remedy: SuggestedFix,
    ) -> Self {
        let (answer, remedy) = (Some(answer), Some(remedy));
        Self { state: CheckState::Failed, response: answer, fix: remedy, ..Self::passed(kind, seen) }
    }

    /// What a caller is answered because of it.
    pub fn actual_response(&self) -> Option<ActualResponse> {
        self.response.map(|answer| ActualResponse { response: answer, custom: self.custom })
    }

    /// Where there is no stage there is no API to answer in its own way.
    fn custom_response(&self, own: &CustomResponses) -> Option<CustomResponse> {
        own.get(self.response.filter(|_| self.kind != CheckKind::Stage)?)
    }

    fn skip(self) -> Self {
        Self { state: CheckState::Skipped, response: None, fix: None, ..self }
    }
}

impl SuggestedFix {
    /// One line, with what an inventory knows.
    pub fn describe(&self, inventory: &Inventory) -> String {
        match self {
            Self::Change(change) => change.describe(inventory),
            Self::Text(words) => words.clone(),
        }
    }
}

impl From<&str> for SuggestedFix {
    fn from(words: &str) -> Self {
        Self::Text(words.to_owned())
    }
}

/// For example "10 requests a second, 5 at once".
fn describe_rate(throttle: Throttle) -> String {
    let rate = group_thousands_decimal(&throttle.rate.to_string());
    format!("{rate} requests a second, {} at once", group_thousands(throttle.burst.into()))
}
