//! Values that the front ends exchange with operations.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use keypool_domain::change::ExtensionResult;
use keypool_domain::{FormerApiKey, FormerKey, StageRef, Tally, TenantKeyId, Verdict};
use tokio_util::sync::CancellationToken;

use super::Trail;

pub use crate::aws::protected_api::CallRequest;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Progress {
    pub done: usize,
    /// `None` if unknown.
    pub total: Option<usize>,
    /// What is being done now, for the progress line.
    pub doing: String,
}

/// Progress, cancellation and audit trail of an operation.
#[derive(Clone)]
pub struct Run {
    /// Called with the progress between steps.
    pub progress: Arc<dyn Fn(Progress) + Send + Sync>,
    /// Checked between steps; the current step is finished.
    pub cancel: CancellationToken,
    /// `None` if changes are not recorded.
    pub trail: Option<Trail>,
}

/// What a change did.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Applied {
    pub created: Vec<TenantKeyId>,
    pub edited: Vec<TenantKeyId>,
    pub deleted: Vec<TenantKeyId>,
    /// Tenant keys that now have another API key or plan, by their new ids.
    pub moved: Vec<TenantKeyId>,
    /// API keys whose remaining quota was changed.
    pub extended: Vec<ExtensionResult>,
    /// The state of deleted tenant keys' own API keys before the deletion.
    pub former_keys: Vec<(TenantKeyId, FormerApiKey)>,
    /// Notes about keys that have ended, for the audit trail because no table has them.
    pub former_notes: Vec<FormerKey>,
}

/// A method of a deployed stage, and its invoke URL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Route {
    pub stage: StageRef,
    /// For example `GET`; `ANY` is offered as GET.
    pub method: String,
    /// Path within the stage, for example `/api`.
    pub path: String,
    /// Without the path, for example `https://…/prod`.
    pub invoke_url: String,
    /// Whether the method needs a key. Methods that need none are listed only if no method of the plan needs
    /// one.
    pub needs_key: bool,
}

/// A series of calls with one tenant key, not yet made. Unrelated to usage plans.
#[derive(Debug, Clone, PartialEq)]
pub struct ProbePlan {
    /// The tenant key to send.
    pub tenant_key: TenantKeyId,
    pub request: CallRequest,
    /// Number of calls.
    pub count: u32,
    /// Calls per second. `None` sends each call after the previous response.
    pub rate: Option<f64>,
}

/// One response of the protected API, or the connection error.
#[derive(Debug, Clone, PartialEq)]
pub struct Sample {
    /// When the call was sent.
    pub at: Timestamp,
    pub verdict: Verdict,
    /// The HTTP status; `None` without a response.
    pub status: Option<u16>,
    /// API Gateway's `x-amzn-ErrorType`.
    pub error_type: Option<String>,
    /// In the order received.
    pub headers: Vec<(String, String)>,
    /// Cut at 64 KiB; untrusted text.
    pub body: String,
    /// Whether the body was longer.
    pub body_cut: bool,
    /// From sending to the last byte.
    pub latency: Duration,
    /// Why there was no response.
    pub error: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Default)]
pub struct ProbeResult {
    pub tally: Tally,
    /// Whether the series was cancelled before all calls were made.
    pub stopped: bool,
}
