//! Failures, grouped by what the user can do about them.

mod sdk;

use keypool_domain::known::NotKnown;
use keypool_domain::text::{group_thousands, pluralize};
use keypool_domain::{ApiKeyId, NoSuchPlan, Refusal};

pub(super) use super::endpoint::Service;
use super::endpoint::{is_loopback, strip_port};
use super::process::sign_in_summary;
use super::tls_fault::find_tls_hint;
use super::{IndexAvailability, Renewal};
pub(super) use sdk::{
    AwsCall, THROTTLING_CODES, bare_error_code, credentials_failure, is_in_doubt, root_cause,
};

/// A failed load, change or call: one variant for each remedy.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    #[error("profile `{name}` is not in the AWS config or credentials file")]
    NoProfile {
        name: String,
        /// The existing profiles.
        available: Vec<String>,
    },
    #[error("no AWS region is set")]
    NoRegion,
    /// The credential chain found nothing.
    #[error("no AWS credentials were found: {0}")]
    NoCredentials(String),
    /// The credentials are expired or rejected.
    #[error("{}: {message}", sign_in_summary(message))]
    SignIn {
        renewal: Renewal,
        /// The message of AWS, or of the program that provides the credentials.
        message: String,
    },
    /// IAM denies access.
    #[error("not allowed: {action} on {resource}")]
    Denied {
        /// The IAM action, for example `apigateway:GET`.
        action: String,
        /// The resource, as named by AWS or keypool.
        resource: String,
    },
    /// The endpoint does not respond.
    #[error("no connection to {endpoint}: {cause}")]
    Unreachable {
        endpoint: String,
        /// The system's error message.
        cause: String,
    },
    /// A proxy does not connect to the endpoint.
    #[error("no connection to {endpoint} through the proxy {proxy}: {cause}")]
    Proxy {
        endpoint: String,
        /// The proxy's host and port.
        proxy: String,
        cause: String,
    },
    /// AWS rejects signatures made with this machine's time.
    #[error("this machine's clock is {}: AWS rejects its signatures", describe_skew(*minutes_ahead))]
    ClockSkew {
        /// Minutes that this machine's clock is ahead of AWS's; negative if behind.
        minutes_ahead: i64,
    },
    /// Some services are at AWS and others on this machine.
    #[error("nothing is written, because API keys and tables are at different AWS endpoints: {0}")]
    MixedEndpoints(String),
    /// AWS's rate limit, after all retries.
    #[error("AWS throttles {operation}: too many requests")]
    TooManyRequests { operation: String },
    /// Another change of the same kind is in progress, after all retries.
    #[error("API Gateway is busy with another change and refuses {operation}")]
    Busy { operation: String },
    /// A limit of the account, the plan or the key.
    #[error("AWS refuses {operation}: {message}")]
    Limit {
        operation: String,
        /// AWS's message.
        message: String,
    },
    /// An object that was to be read or changed no longer exists.
    #[error("{0} no longer exists")]
    Gone(String),
    /// Another writer changed the object after it was read.
    #[error("{0} was changed by someone else meanwhile")]
    Changed(String),
    /// Another operation has marked the API key as its work in progress, and the mark has not expired;
    /// the text says which operation, and until when.
    #[error("{0}")]
    InProgress(String),
    /// This operation's mark of its work in progress expired, and another keypool process treated the
    /// operation as interrupted.
    #[error("the operation outlasted its mark ({0}), and another keypool treated it as interrupted")]
    TakenOver(String),
    /// A tenant key was pointed at an API key that another caller deleted or disabled meanwhile.
    #[error("{tenant_key} uses API key {api_key}, which someone else deleted or disabled meanwhile")]
    ApiKeyLost {
        /// Describes the tenant keys.
        tenant_key: String,
        api_key: ApiKeyId,
    },
    /// Another caller deleted or disabled the API key that tenant keys were to get; the tenant keys keep
    /// their old one.
    #[error(
        "API key {api_key}, meant for {tenant_key}, was deleted or disabled by someone else: the change was undone"
    )]
    NewApiKeyLost {
        /// Describes the tenant keys.
        tenant_key: String,
        api_key: ApiKeyId,
    },
    /// A rule refuses the change before anything is written.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// No plan, or several plans, match the given name.
    #[error(transparent)]
    NoSuchPlan(#[from] NoSuchPlan),
    /// The tables are missing or ambiguous.
    #[error("{0}")]
    Tables(String),
    /// A command would read all of a large table.
    #[error(
        "table {table} has about {} items, and a command reads at most {} of them (`scan_limit` under [tables])",
        group_thousands(*items), group_thousands(*limit)
    )]
    LargeTable { table: String, items: u64, limit: u64, indexes: IndexAvailability },
    /// The endpoint does not support the operation, which happens with some local AWS emulators; the
    /// text names both.
    #[error("{0}")]
    Unsupported(String),
    /// A request to the protected API is invalid.
    #[error("{0}")]
    InvalidCall(String),
    /// Several objects match, and the user has to choose one.
    #[error("there are several {subject}: {candidates}")]
    Ambiguous {
        /// What matches, in the plural.
        subject: String,
        /// The flag that chooses one.
        flag: &'static str,
        /// The names of all matches.
        candidates: String,
    },
    #[error("{0}")]
    Setting(String),
    /// Some of several changes completed before one failed. They are kept.
    #[error("{done} of {total} done, then {subject} failed: {failure}")]
    Partial {
        /// The number of completed changes.
        done: usize,
        /// The number of requested changes.
        total: usize,
        /// The change that failed.
        subject: String,
        failure: Box<Self>,
    },
    /// A step failed, and undoing the earlier steps failed too.
    #[error("{failure}; {remnant} is left behind, because undoing failed too: {undo}")]
    UndoFailed {
        /// What remains, for example "API key abc".
        remnant: String,
        /// Why the operation failed.
        failure: Box<Self>,
        /// Why undoing it failed.
        undo: Box<Self>,
    },
    /// An operation stopped at a point where tenants may already depend on it, so it can only be
    /// completed, not undone.
    #[error("{failure}; {subject} is half done")]
    Unfinished {
        /// What is half done.
        subject: String,
        failure: Box<Self>,
    },
    /// A pool key that was to be deleted has tenant keys again.
    #[error("pool key {api_key} has {} again", pluralize(*tenants as usize, "tenant key"))]
    Occupied {
        api_key: ApiKeyId,
        /// The number of tenants, according to the pool key's counter.
        tenants: u32,
    },
    /// The audit trail cannot be written, so nothing was changed.
    #[error("the audit trail cannot be written: {0}")]
    AuditUnavailable(String),
    /// The end of a change could not be recorded in the audit trail; the change itself stands.
    #[error("{}its end could not be recorded in the audit trail: {cause}", describe_change_result(failure.as_deref()))]
    AuditIncomplete {
        /// Why the line could not be written.
        cause: String,
        /// Why the change failed, if it did.
        failure: Option<Box<Self>>,
    },
    #[error("this context is read-only")]
    ReadOnly,
    /// The user stopped the operation between two steps.
    #[error("stopped before it was finished")]
    Cancelled,
    /// Any other error, with AWS's message.
    #[error("{operation} failed: {message}")]
    Unexpected {
        operation: String,
        /// AWS's message, without secrets.
        message: String,
    },
}

fn describe_change_result(failure: Option<&Failure>) -> String {
    failure.map_or_else(|| "the change was made, but ".to_owned(), |failure| format!("{failure}; and "))
}

impl From<NotKnown> for Failure {
    fn from(why: NotKnown) -> Self {
        Self::Refused(why.into())
    }
}

impl Failure {
    /// Returns the failure to report once the failed operation is undone.
    #[must_use]
    pub(crate) fn after_undo(self) -> Self {
        match self {
            Self::ApiKeyLost { tenant_key, api_key } => Self::NewApiKeyLost { tenant_key, api_key },
            other => other,
        }
    }

    /// Returns what the user can do about it.
    pub fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::NoProfile { available, .. } if available.is_empty() => {
                "run `aws configure` to create one".to_owned()
            }
            Self::NoProfile { available, .. } => format!("choose one of: {}", available.join(", ")),
            Self::NoRegion => "use --region, set AWS_REGION, or set `region` in the profile".to_owned(),
            Self::NoCredentials(_) => {
                "run `aws configure` or `aws sso login`, or use --profile; `keypool --demo` needs none"
                    .to_owned()
            }
            Self::SignIn { renewal, .. } => renewal.hint(),
            Self::Denied { action, .. } => format!("ask for the IAM action {action} on this resource"),
            Self::Unreachable { cause, .. } | Self::Proxy { cause, .. }
                if let Some(hint) = find_tls_hint(cause) =>
            {
                hint.to_owned()
            }
            Self::Unreachable { cause, endpoint }
                if cause.contains("refused") && is_loopback(strip_port(authority(endpoint))) =>
            {
                "nothing listens there: start it, or correct the endpoint (`keypool config` shows where it \
                 is set), then try again"
                    .to_owned()
            }
            Self::Unreachable { .. } => {
                "check the network and the endpoint (`keypool config` shows where it is set), then try again"
                    .to_owned()
            }
            Self::Proxy { cause, .. } if cause.contains("407") => {
                "put a user name and password into HTTPS_PROXY (http://USER:PASSWORD@HOST:PORT), or list \
                 the host in NO_PROXY"
                    .to_owned()
            }
            Self::Proxy { .. } => {
                "check HTTPS_PROXY, or list the host in NO_PROXY if it is reachable directly".to_owned()
            }
            Self::ClockSkew { .. } => "set the clock of this machine, then try again".to_owned(),
            Self::MixedEndpoints(_) => {
                "point both to the same AWS, e.g. with --endpoint-url or AWS_ENDPOINT_URL; `keypool config` \
                 shows where each is set"
                    .to_owned()
            }
            Self::Limit { .. } => "delete what is not needed, or ask AWS to raise the limit".to_owned(),
            Self::TooManyRequests { .. } => {
                "all tools share the account's control-plane rate: wait, then retry".to_owned()
            }
            Self::Busy { .. } => {
                "another program is changing keys or plans of this account: wait a few seconds and retry"
                    .to_owned()
            }
            Self::Gone(_) | Self::Changed(_) | Self::Refused(Refusal::NoTenantKey(_)) => {
                "refresh, then try again".to_owned()
            }
            Self::InProgress(_) => {
                "wait until it ends; if it was killed, try again after that time".to_owned()
            }
            Self::TakenOver(_) => "run `keypool doctor`, then try again".to_owned(),
            Self::ApiKeyLost { .. } => {
                "run `keypool doctor`, which offers a new API key; until then calls with this key get 403"
                    .to_owned()
            }
            Self::NewApiKeyLost { .. } => {
                "the previous key still works; run `keypool doctor`, then try again".to_owned()
            }
            Self::AuditUnavailable(_) => {
                "nothing was changed; fix this, or set XDG_STATE_HOME to another folder".to_owned()
            }
            Self::AuditIncomplete { .. } => {
                "free space for the audit trail; `keypool audit` shows the change as unfinished, so check \
                 its result before repeating it"
                    .to_owned()
            }
            Self::ReadOnly => "start without --readonly to make changes".to_owned(),
            Self::Partial { failure, .. } => return failure.hint(),
            Self::Unfinished { .. } | Self::Occupied { .. } => {
                "try again, or run `keypool doctor --fix`, which resumes it".to_owned()
            }
            Self::UndoFailed { remnant, .. } => {
                format!("run `keypool doctor --fix` to clean up ({remnant}), or do it by hand")
            }
            Self::LargeTable { indexes, .. } => indexes.hint().to_owned(),
            Self::Ambiguous { flag, .. } => format!("choose one with {flag}"),
            Self::Unsupported(_) => {
                "use an endpoint that supports it, such as AWS or `keypool serve`".to_owned()
            }
            Self::Unexpected { .. } => {
                "try again; --log-file with --log-level debug records the details".to_owned()
            }
            _ => return None,
        };
        Some(hint)
    }

    /// Whether AWS has confirmed that the call had no effect. For other failures this is unknown.
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

    /// Returns the exit status of the command line.
    pub const fn exit_code(&self) -> u8 {
        match self {
            Self::Refused(_)
            | Self::NoSuchPlan(_)
            | Self::ReadOnly
            | Self::InvalidCall(_)
            | Self::Ambiguous { .. }
            | Self::MixedEndpoints(_)
            | Self::LargeTable { .. }
            | Self::Setting(_) => 2,
            Self::Partial { failure, .. }
            | Self::UndoFailed { failure, .. }
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

/// Returns the host and port of an endpoint, which may include its scheme.
fn authority(endpoint: &str) -> &str {
    let rest = endpoint.split_once("://").map_or(endpoint, |(_, rest)| rest);
    rest.split('/').next().unwrap_or(rest)
}

fn describe_skew(minutes_ahead: i64) -> String {
    let side = if minutes_ahead < 0 { "behind" } else { "ahead of" };
    let minutes = usize::try_from(minutes_ahead.unsigned_abs()).unwrap_or(usize::MAX);
    format!("{} {side} AWS's", pluralize(minutes, "minute"))
}
