//! The description of a fault, in Rust and in JSON.

use serde::{Deserialize, Serialize};

use super::CallTarget;
use crate::{apigateway, dynamodb, logs, sts};

/// The only operation of the protected API.
pub(crate) const INVOKE: &str = "Invoke";

/// Which calls to hit, how often, when, and what they get instead of their normal response.
///
/// ```json
/// {"service": "apigateway", "operation": "CreateUsagePlanKey", "skip": 2, "times": 1,
///  "when": "after", "answer": {"kind": "cut"}}
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
pub struct Fault {
    /// Matches only calls to this service.
    pub service: Option<Service>,
    /// Matches only calls of this operation, such as `GetUsagePlans`, `TransactWriteItems` or `Invoke`.
    pub operation: Option<String>,
    /// Matches only calls with this HTTP method.
    pub method: Option<String>,
    /// Matches only calls with this path (for DynamoDB: table name); `*` matches any text.
    pub path: Option<String>,
    /// Number of matching calls that pass before the first hit.
    pub skip: u32,
    /// Number of calls to hit; `None` hits all that follow.
    pub times: Option<u32>,
    /// Whether the fault hits before or after the call's effect.
    pub when: When,
    /// Delay of the response in milliseconds, whatever the answer is.
    pub latency_ms: u64,
    /// The response of a hit call.
    pub answer: Answer,
}

/// A service of this server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Service {
    /// The control plane of API Gateway.
    #[serde(rename = "apigateway")]
    ApiGateway,
    /// DynamoDB.
    #[serde(rename = "dynamodb")]
    DynamoDb,
    /// The protected API.
    ExecuteApi,
    /// CloudWatch Logs.
    Logs,
    /// The Security Token Service.
    Sts,
}

/// When a fault hits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum When {
    /// Before the call's effect, which any answer except [`Answer::Normal`] prevents.
    #[default]
    Before,
    /// After the call's effect: the answer replaces only the response.
    After,
}

/// The response of a hit call.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(tag = "kind", deny_unknown_fields, rename_all = "kebab-case", rename_all_fields = "camelCase")]
pub enum Answer {
    /// The normal response; useful with a latency.
    #[default]
    Normal,
    /// The service's throttling error.
    Throttled {
        /// Seconds in a `Retry-After` header.
        #[serde(default)]
        retry_after: Option<u32>,
    },
    /// An internal error of the service.
    ServerError {
        /// 500, 503 or another 5xx status.
        status: u16,
    },
    /// IAM denies the action.
    AccessDenied {
        /// The denied action; by default the action of the call.
        #[serde(default)]
        action: Option<String>,
    },
    /// The caller's credentials have expired.
    ExpiredToken,
    /// API Gateway's conflict with a concurrent modification.
    ConcurrentModification,
    /// DynamoDB cancels the transaction.
    TransactionCanceled {
        /// One code per item, such as `ConditionalCheckFailed` or `None`.
        reasons: Vec<String>,
    },
    /// Any other error.
    Error {
        /// HTTP status.
        status: u16,
        /// The exception's name.
        code: String,
        /// The error message.
        message: String,
    },
    /// This body, whatever the service would answer.
    Body {
        /// HTTP status.
        status: u16,
        /// The text, usually JSON.
        body: String,
    },
    /// A successful response whose body, all spaces, never ends.
    Endless,
    /// The connection is closed without a response.
    Cut,
    /// The normal response, once all faults are cleared.
    Hold,
    /// The response never arrives.
    Hang,
}

impl Default for Fault {
    fn default() -> Self {
        Self {
            service: None,
            operation: None,
            method: None,
            path: None,
            skip: 0,
            times: Some(1),
            when: When::Before,
            latency_ms: 0,
            answer: Answer::Normal,
        }
    }
}

impl Fault {
    /// Returns a fault that hits the next call of an operation.
    pub fn on(operation: &str, answer: Answer) -> Self {
        Self { operation: Some(operation.to_owned()), answer, ..Self::default() }
    }

    /// Makes the fault hit after the call's effect.
    pub fn after(self) -> Self {
        Self { when: When::After, ..self }
    }

    /// Makes the fault hit this many calls.
    pub fn times(self, times: u32) -> Self {
        Self { times: Some(times), ..self }
    }

    /// Makes the fault hit all matching calls.
    pub fn always(self) -> Self {
        Self { times: None, ..self }
    }

    /// Makes this many matching calls pass before the first hit.
    pub fn skip(self, calls: u32) -> Self {
        Self { skip: calls, ..self }
    }

    /// Fails if no service has the fault's operation.
    pub(crate) fn validate(&self) -> Result<(), String> {
        let Some(operation) = self.operation.as_deref() else { return Ok(()) };
        if operation_names()
            .any(|(service, name)| name == operation && self.service.is_none_or(|filter| filter == service))
        {
            return Ok(());
        }
        let of_service = self.service.map_or_else(String::new, |service| format!(" of {}", service.name()));
        Err(format!(
            "there is no operation `{operation}`{of_service}; use a name from AWS's API, such as CreateApiKey or \
             TransactWriteItems, or Invoke for a call of the protected API"
        ))
    }

    pub(super) fn matches_call(&self, call: CallTarget<'_>) -> bool {
        self.service.is_none_or(|service| service == call.service)
            && self.operation.as_deref().is_none_or(|operation| operation == call.operation)
            && self.method.as_deref().is_none_or(|method| method.eq_ignore_ascii_case(call.method))
            && self.path.as_deref().is_none_or(|pattern| matches_pattern(pattern, call.path))
    }
}

impl Service {
    const fn name(self) -> &'static str {
        match self {
            Self::ApiGateway => "apigateway",
            Self::DynamoDb => "dynamodb",
            Self::ExecuteApi => "execute-api",
            Self::Logs => "logs",
            Self::Sts => "sts",
        }
    }
}

fn operation_names() -> impl Iterator<Item = (Service, &'static str)> {
    let control_plane = apigateway::operation_names().map(|name| (Service::ApiGateway, name));
    let database = dynamodb::operation_names().map(|name| (Service::DynamoDb, name));
    let single_operations = [(Service::ExecuteApi, INVOKE), (Service::Sts, sts::GET_CALLER_IDENTITY)];
    let logs = logs::operation_names().map(|name| (Service::Logs, name));
    control_plane.chain(database).chain(logs).chain(single_operations)
}

/// Whether the pattern matches the whole text; `*` matches any text.
fn matches_pattern(pattern: &str, text: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == text,
        Some((head, tail)) => text.strip_prefix(head).is_some_and(|rest| {
            rest.char_indices()
                .map(|(at, _)| at)
                .chain([rest.len()])
                .any(|at| matches_pattern(tail, &rest[at..]))
        }),
    }
}
