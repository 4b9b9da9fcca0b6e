//! What went wrong, sorted by what a person can do about it.

mod sdk;

use keypool_domain::change::pluralize;
use keypool_domain::{ApiKeyId, NoSuchPlan, Refusal};

use super::Renewal;
pub(super) use super::endpoint::Service;
use super::endpoint::{is_loopback, strip_port};
use super::process::sign_in_subject;
pub(super) use sdk::{AwsCall, credentials_failure, is_in_doubt, root_cause};

/// A failed load, change or call: one variant for each remedy.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// The profile is in neither of the SDK's files.
    #[error("profile `{name}` is not in the AWS config or credentials file")]
    NoProfile {
        /// the profile asked for
        name: String,
        /// the profiles there are
        available: Vec<String>,
    },
    /// No region is configured.
    #[error("no AWS region is set")]
    NoRegion,
    /// The credential chain gave nothing.
    #[error("no AWS credentials were found: {0}")]
    NoCredentials(String),
    /// There were credentials, and they are no longer good.
    #[error("{}: {message}", sign_in_subject(message))]
    SignIn {
        /// how they are renewed
        renewal: Renewal,
        /// the words of AWS or of the program
        message: String,
    },
    /// IAM says no.
    #[error("not allowed: {action} on {resource}")]
    Denied {
        /// the IAM action, for example `apigateway:GET`
        action: String,
        /// the resource, as AWS or we name it
        resource: String,
    },
    /// The endpoint does not answer.
    #[error("no connection to {endpoint}: {why}")]
    Unreachable {
        /// where we tried
        endpoint: String,
        /// the system's words
        why: String,
    },
    /// A proxy does not lead to the endpoint.
    #[error("no connection to {endpoint} through the proxy {proxy}: {why}")]
    Proxy {
        /// where we tried to go
        endpoint: String,
        /// the proxy's host and port
        proxy: String,
        /// what went wrong
        why: String,
    },
    /// AWS does not take signatures that are made with this machine's time.
    #[error("the clock of this machine is {}: AWS refuses what it signs", skew(*minutes_fast))]
    ClockSkew {
        /// how many minutes it is ahead of AWS's; negative where it is behind
        minutes_fast: i64,
    },
    /// One of the services is at AWS and another one on this machine.
    #[error("nothing is written, because keys and tables are not of one AWS: {0}")]
    MixedEndpoints(String),
    /// AWS's own rate limit, after all retries.
    #[error("AWS answers {operation} with too many requests")]
    TooManyRequests {
        /// the operation
        operation: String,
    },
    /// Another change of the same kind is under way, after all retries.
    #[error("API Gateway is busy with another change and refuses {operation}")]
    Busy {
        /// the operation
        operation: String,
    },
    /// A limit of the account, the plan or the key.
    #[error("AWS refuses {operation}: {message}")]
    Limit {
        /// the operation
        operation: String,
        /// AWS's words
        message: String,
    },
    /// What we meant to read or change is no longer there.
    #[error("{0} is not there any more")]
    Gone(String),
    /// Somebody else changed it since it was read.
    #[error("{0} was changed by someone else meanwhile")]
    Changed(String),
    /// Another operation is inside its deadline; a sentence that says which, and until when.
    #[error("{0}")]
    InProgress(String),
    /// The mark of this operation was over, and another took what it works on for interrupted.
    #[error(
        "the operation took longer than its mark held ({0}), and another keypool took it for interrupted"
    )]
    TakenOver(String),
    /// A tenant key was pointed at an API key that somebody deleted or disabled meanwhile.
    #[error("{tenant_key} uses API key {api_key}, which someone else deleted or disabled meanwhile")]
    ApiKeyLost {
        /// the tenant keys, in words
        tenant_key: String,
        /// the API key
        api_key: ApiKeyId,
    },
    /// Another caller deleted or disabled the API key that tenant keys were to get; they keep their old one.
    #[error(
        "someone else deleted or disabled API key {api_key} meanwhile, which {tenant_key} was to get: that was undone"
    )]
    NewApiKeyLost {
        /// the tenant keys, in words
        tenant_key: String,
        /// the API key
        api_key: ApiKeyId,
    },
    /// The rules say no before anything is written.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The plan that was named is not there or not unique.
    #[error(transparent)]
    NoSuchPlan(#[from] NoSuchPlan),
    /// The tables are missing or ambiguous.
    #[error("{0}")]
    Tables(String),
    /// The endpoint does not know the operation (other people's local AWS): a sentence that names both.
    #[error("{0}")]
    Unsupported(String),
    /// The protected API cannot be called this way.
    #[error("{0}")]
    InvalidCall(String),
    /// There are several, and which one is meant has to be said.
    #[error("there are several {what}: {among}")]
    Ambiguous {
        /// what there are several of
        what: String,
        /// the flag that says which one
        flag: &'static str,
        /// the names of all
        among: String,
    },
    /// A setting cannot be used.
    #[error("{0}")]
    Setting(String),
    /// Some of several were done before one failed; those are complete and stay.
    #[error("{done} of {total} done, then {subject} failed: {failure}")]
    Partial {
        /// how many are complete
        done: usize,
        /// how many were asked for
        total: usize,
        /// the first that failed
        subject: String,
        /// why it failed
        failure: Box<Self>,
    },
    /// A step failed, and what the steps before it had made could not be removed.
    #[error("{failure}; and {left} is left behind, because undoing it failed: {undo}")]
    LeftBehind {
        /// what is left, for example "API key abc"
        left: String,
        /// why the operation failed
        failure: Box<Self>,
        /// why the removal failed
        undo: Box<Self>,
    },
    /// An operation stopped where tenants depend on what it did: only going on puts it right.
    #[error("{failure}; {subject} is half done")]
    Unfinished {
        /// whom it is about
        subject: String,
        /// why it stopped
        failure: Box<Self>,
    },
    /// Somebody came to a pool key that was to go.
    #[error("pool key {api_key} has {} again", pluralize(*tenants as usize, "tenant key"))]
    Occupied {
        /// the pool key
        api_key: ApiKeyId,
        /// what its counter says
        tenants: u32,
    },
    /// The audit trail cannot be kept, and so nothing was changed.
    #[error("the audit trail cannot be kept: {0}")]
    AuditUnavailable(String),
    /// The audit trail could not take the end of a change, which stands as it is.
    #[error("{}the end of it is missing in the audit trail: {why}", made_or_failed(failure.as_deref()))]
    AuditIncomplete {
        /// why the line could not be written
        why: String,
        /// why the change itself failed, where it did
        failure: Option<Box<Self>>,
    },
    /// The context is read-only.
    #[error("this context is read-only")]
    ReadOnly,
    /// A person stopped it between two steps.
    #[error("stopped before it was finished")]
    Cancelled,
    /// Anything else, in AWS's words.
    #[error("{operation} failed: {message}")]
    Unexpected {
        /// the operation
        operation: String,
        /// AWS's words, without secrets
        message: String,
    },
}

fn made_or_failed(failure: Option<&Failure>) -> String {
    failure.map_or_else(|| "the change was made, but ".to_owned(), |failure| format!("{failure}; and "))
}

impl Failure {
    /// The failure after its undo, for those whose sentence depends on it.
    #[must_use]
    pub(crate) fn after_undo(self) -> Self {
        match self {
            Self::ApiKeyLost { tenant_key, api_key } => Self::NewApiKeyLost { tenant_key, api_key },
            other => other,
        }
    }

    /// What to do about it.
    pub fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::NoProfile { available: known, .. } if known.is_empty() => "run `aws configure` to make one".to_owned(),
            Self::NoProfile { available: known, .. } => format!("choose one of: {}", known.join(", ")),
            Self::NoRegion => "give --region, set AWS_REGION, or set `region` in the profile".to_owned(),
            Self::NoCredentials(_) => {
                "run `aws configure` or `aws sso login`, or give --profile; `keypool --demo` needs none"
                    .to_owned()
            }
            Self::SignIn { renewal, .. } => renewal.hint(),
            Self::Denied { action, .. } => format!("ask for the IAM action {action} on this resource"),
            Self::Unreachable { why, .. } if why.contains("certificate") => {
                "if the endpoint has its own certificate authority, name its PEM file with --ca-bundle"
                    .to_owned()
            }
            Self::Unreachable { why, endpoint }
                if why.contains("refused") && is_loopback(strip_port(authority(endpoint))) =>
            {
                "nobody listens there: start it, or correct the endpoint (`keypool config` shows where it is \
                 written), then try again"
                    .to_owned()
            }
            Self::Unreachable { .. } => {
                "check the network and the endpoint (`keypool config` shows where it is written), then try again"
                    .to_owned()
            }
            Self::Proxy { why, .. } if why.contains("407") => {
                "put a user name and password into HTTPS_PROXY (http://USER:PASSWORD@HOST:PORT), or name the host \
                 in NO_PROXY"
                    .to_owned()
            }
            Self::Proxy { .. } => {
                "check HTTPS_PROXY, or name the host in NO_PROXY if it can be reached directly".to_owned()
            }
            Self::ClockSkew { .. } => "set the clock of this machine, then try again".to_owned(),
            Self::MixedEndpoints(_) => {
                "point both to the same AWS, e.g. with --endpoint-url or AWS_ENDPOINT_URL; `keypool config` shows \
                 where each is written"
                    .to_owned()
            }
            Self::Limit { .. } => "make room, or ask AWS whether the limit can be raised".to_owned(),
            Self::TooManyRequests { .. } => {
                "the account's control-plane rate is shared with everything else that deploys: wait and retry"
                    .to_owned()
            }
            Self::Busy { .. } => {
                "another program is changing keys or plans of this account: wait a few seconds and retry"
                    .to_owned()
            }
            Self::Gone(_) | Self::Changed(_) | Self::Refused(Refusal::NoTenantKey(_)) => {
                "refresh and look again".to_owned()
            }
            Self::InProgress(_) => {
                "wait until it ends; if it was killed, try again after that time".to_owned()
            }
            Self::TakenOver(_) => "run `keypool doctor`, then do the same again".to_owned(),
            Self::ApiKeyLost { .. } => {
                "run `keypool doctor`, which offers a new API key: until then its calls are answered 403"
                    .to_owned()
            }
            Self::NewApiKeyLost { .. } => {
                "what was there before still works; run `keypool doctor`, then do the same again".to_owned()
            }
            Self::AuditUnavailable(_) => {
                "nothing was changed; put that right, or set XDG_STATE_HOME to another folder".to_owned()
            }
            Self::AuditIncomplete { .. } => {
                "make room for the audit trail; until then `keypool audit` shows the change as \
                                        unfinished: look at its result before doing it again"
                    .to_owned()
            }
            Self::ReadOnly => "start without --readonly to change anything".to_owned(),
            Self::Partial { failure, .. } => return failure.hint(),
            Self::Unfinished { .. } | Self::Occupied { .. } => {
                "do the same again, or run `keypool doctor --fix`: it goes on where it stands".to_owned()
            }
            Self::LeftBehind { left, .. } => {
                format!("`keypool doctor --fix` mends what is left ({left}), or do it by hand")
            }
            Self::Ambiguous { flag, .. } => format!("choose one with {flag}"),
            Self::Unsupported(_) => "use an endpoint that has it, such as AWS or `keypool serve`".to_owned(),
            Self::Unexpected { .. } => {
                "try again; --log-file with --log-level debug keeps all of it".to_owned()
            }
            _ => return None,
        };
        Some(hint)
    }

    /// Whether AWS has said that the call had no effect; any other failure leaves that open.
    pub(crate) const fn had_no_effect(&self) -> bool {
        matches!(
            self,
            Self::Denied { .. }
                | Self::SignIn { .. }
                | Self::NoCredentials(_)
                | Self::ClockSkew { .. }
                | Self::MixedEndpoints(_)
                | Self::Limit { .. }
                | Self::Gone(_)
                | Self::Changed(_)
                | Self::Occupied { .. }
                | Self::InProgress(_)
                | Self::TakenOver(_)
                | Self::Refused(_)
                | Self::Tables(_)
                | Self::Unsupported(_)
        )
    }

    /// The exit status of the command line for this kind of failure.
    pub const fn exit_code(&self) -> u8 {
        match self {
            Self::Refused(_)
            | Self::NoSuchPlan(_)
            | Self::ReadOnly
            | Self::InvalidCall(_)
            | Self::Ambiguous { .. }
            | Self::MixedEndpoints(_)
            | Self::Setting(_) => 2,
            Self::Partial { failure, .. }
            | Self::LeftBehind { failure, .. }
            | Self::Unfinished { failure, .. }
            | Self::AuditIncomplete { failure: Some(failure), .. } => failure.exit_code(),
            Self::NoProfile { .. }
            | Self::NoRegion
            | Self::NoCredentials(_)
            | Self::SignIn { .. }
            | Self::ClockSkew { .. } => 3,
            Self::Denied { .. } => 4,
            Self::Unreachable { .. } | Self::Proxy { .. } => 5,
            Self::TooManyRequests { .. } | Self::Busy { .. } | Self::Limit { .. } => 6,
            Self::Gone(_)
            | Self::Changed(_)
            | Self::InProgress(_)
            | Self::TakenOver(_)
            | Self::ApiKeyLost { .. }
            | Self::NewApiKeyLost { .. }
            | Self::Occupied { .. } => 7,
            Self::Tables(_) => 8,
            Self::Cancelled => 130,
            Self::Unsupported(_)
            | Self::AuditUnavailable(_)
            | Self::AuditIncomplete { failure: None, .. }
            | Self::Unexpected { .. } => 1,
        }
    }
}

/// The host and port of an endpoint, which may be written with its scheme.
fn authority(endpoint: &str) -> &str {
    let rest = endpoint.split_once("://").map_or(endpoint, |(_, rest)| rest);
    rest.split('/').next().unwrap_or(rest)
}

fn skew(minutes_fast: i64) -> String {
    let side = if minutes_fast < 0 { "behind" } else { "ahead of" };
    let minutes = usize::try_from(minutes_fast.unsigned_abs()).unwrap_or(usize::MAX);
    format!("{} {side} AWS's", pluralize(minutes, "minute"))
}
