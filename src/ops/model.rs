//! The values that the faces exchange with operations.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use keypool_domain::call::diagnosis::Diagnosis;
use keypool_domain::change::ExtensionResult;
use keypool_domain::key_lookup::KeyQuery;
use keypool_domain::usage::{DayRange, Usage};
use keypool_domain::{
    Change, FormerApiKey, Inventory, PlanId, Secret, StageRef, Tally, TenantKeyId, Verdict,
};
use tokio_util::sync::CancellationToken;

use super::{
    ChargeReport, DoctorReport, ExplainRequest, KeyLookup, ReportRequest, SetupReport, SetupTarget,
    StageChoices, Trail,
};

pub use crate::aws::protected_api::CallRequest;

/// What can be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Query {
    /// Plans, pools, API keys and rows.
    Inventory,
    /// The value of one tenant key, for reveal and copy.
    Secret(TenantKeyId),
    /// The methods that the keys of a plan open.
    Routes(PlanId),
    /// What does not fit together, with the whole account as it is now.
    Diagnosis,
    /// How far a stage is set up.
    Setup(SetupTarget),
    /// The stages of the API with this id, or the APIs.
    StageChoices(Option<String>),
    /// Whose key it is.
    KeyLookup(KeyQuery),
    /// Why calls are answered as they are.
    Explain(ExplainRequest),
    /// What a change depends on and was not read with the account.
    ChangeDetails(Box<Change>),
    /// What the API keys of all plans have used in these days.
    Usage(DayRange),
    /// What tenants owe for a month.
    Charges(ReportRequest),
}

/// What a query brought.
#[derive(Debug, Clone, PartialEq)]
pub enum QueryResult {
    /// Plans, pools, API keys and rows.
    Inventory(Arc<Inventory>),
    /// The value of one tenant key.
    Secret(TenantKeyId, Secret),
    /// The methods that the keys of a plan open.
    Routes(PlanId, Vec<Route>),
    /// What does not fit together.
    Diagnosis(DoctorReport),
    /// How far a stage is set up.
    Setup(Box<SetupReport>),
    /// What could be set up.
    StageChoices(StageChoices),
    /// Whose key it is.
    KeyLookup(KeyLookup),
    /// The account with what a change depends on.
    ChangeDetails(Box<Change>, Arc<Inventory>),
    /// Why calls are answered as they are.
    Explained(Vec<Diagnosis>),
    /// What the API keys of all plans have used.
    Usage(Arc<Usage>),
    /// What tenants owe for a month.
    Charges(Box<ChargeReport>),
}

/// How far an operation is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Progress {
    /// Parts done.
    pub done: usize,
    /// Parts in all, where that is known.
    pub total: Option<usize>,
    /// What is being done now, in words.
    pub doing: String,
}

/// How an operation reports and is stopped.
#[derive(Clone)]
pub struct Run {
    /// Called between steps.
    pub progress: Arc<dyn Fn(Progress) + Send + Sync>,
    /// Asked between steps; a step under way is finished.
    pub cancel: CancellationToken,
    /// Where changes are written down; `None` keeps no trail.
    pub trail: Option<Trail>,
}

/// What a change did.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Applied {
    /// Rows that were created.
    pub created: Vec<TenantKeyId>,
    /// Rows that were edited.
    pub edited: Vec<TenantKeyId>,
    /// Rows that are gone.
    pub deleted: Vec<TenantKeyId>,
    /// Rows that have another API key or plan, by the ids they have now.
    pub moved: Vec<TenantKeyId>,
    /// API keys that have more or fewer calls left in this period.
    pub extended: Vec<ExtensionResult>,
    /// What the own API keys of deleted tenant keys were.
    pub former: Vec<(TenantKeyId, FormerApiKey)>,
}

/// A method of a stage that needs an API key, and where it is called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Route {
    /// The stage it is deployed to.
    pub stage: StageRef,
    /// For example `GET`; `ANY` is offered as GET.
    pub method: String,
    /// The resource's path within the stage, for example `/api`.
    pub path: String,
    /// The stage's invoke URL without the path, for example `https://…/prod`.
    pub invoke_url: String,
    /// Whether it wants an API key; `false` only where no method of the plan does.
    pub needs_key: bool,
}

/// A series of calls with the key of one tenant.
#[derive(Debug, Clone, PartialEq)]
pub struct ProbePlan {
    /// Whose key is sent.
    pub tenant_key: TenantKeyId,
    /// What is called.
    pub request: CallRequest,
    /// How many calls.
    pub count: u32,
    /// Calls per second; `None` is one after the other as fast as answers come.
    pub rate: Option<f64>,
}

/// One answer of the protected API, or the connection's failure.
#[derive(Debug, Clone, PartialEq)]
pub struct Sample {
    /// When it was sent.
    pub at: Timestamp,
    /// What it means.
    pub verdict: Verdict,
    /// The HTTP status; `None` where no answer came.
    pub status: Option<u16>,
    /// API Gateway's `x-amzn-ErrorType`.
    pub error_type: Option<String>,
    /// Response headers, in order.
    pub headers: Vec<(String, String)>,
    /// The body, cut at 64 KiB; untrusted text.
    pub body: String,
    /// Whether there was more body than that.
    pub body_cut: bool,
    /// From sending to the last byte.
    pub latency: Duration,
    /// Why no answer came.
    pub error: Option<String>,
}

/// What a series came to.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ProbeResult {
    /// How many calls came to which end.
    pub tally: Tally,
    /// Whether it was stopped before the count was reached.
    pub stopped: bool,
}
