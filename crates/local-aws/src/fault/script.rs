//! A fault as it is written down.

use serde::{Deserialize, Serialize};

use super::Call;
use crate::{apigateway, dynamodb, sts};

/// The one operation of the protected API.
pub(crate) const INVOKE: &str = "Invoke";

/// One rule: which calls, how often, when, and what they get instead of their answer.
///
/// ```json
/// {"service": "apigateway", "operation": "CreateUsagePlanKey", "skip": 2, "times": 1,
///  "when": "after", "answer": {"kind": "cut"}}
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
pub struct Fault {
    /// Only calls to this service.
    pub service: Option<Service>,
    /// Only calls of this operation, by its name in the API: `GetUsagePlans`, `TransactWriteItems`, `Invoke`.
    pub operation: Option<String>,
    /// Only calls with this HTTP method.
    pub method: Option<String>,
    /// Only calls whose path (for DynamoDB: table name) is this; `*` stands for any text.
    pub path: Option<String>,
    /// Matching calls that pass before the first is struck.
    pub skip: u32,
    /// Calls that are struck; without it all that follow.
    pub times: Option<u32>,
    /// Whether the call has had its effect when it is struck.
    pub when: When,
    /// What the caller waits in any case.
    pub latency_ms: u64,
    /// What the caller gets.
    pub answer: Answer,
}

/// What a call is made to.
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
    /// The Security Token Service.
    Sts,
}

/// Where in the life of a call a fault strikes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum When {
    /// The call has no effect.
    #[default]
    Before,
    /// The call has had its effect, and the caller does not learn it.
    After,
}

/// What a struck call gets.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(tag = "kind", deny_unknown_fields, rename_all = "kebab-case", rename_all_fields = "camelCase")]
pub enum Answer {
    /// Its own answer; useful with a latency.
    #[default]
    Normal,
    /// Too many requests, as the service says it.
    Throttled {
        /// Seconds in a `Retry-After` header.
        #[serde(default)]
        retry_after: Option<u32>,
    },
    /// A failure on the service's side.
    ServerError {
        /// 500, 503 or another of the five hundreds.
        status: u16,
    },
    /// IAM refuses the action.
    AccessDenied {
        /// The action it names; without it the call's own.
        #[serde(default)]
        action: Option<String>,
    },
    /// The caller's credentials have expired.
    ExpiredToken,
    /// API Gateway is busy with another change of the same kind.
    ConcurrentModification,
    /// DynamoDB cancels the transaction.
    TransactionCanceled {
        /// One code for each of its items, such as `ConditionalCheckFailed` or `None`.
        reasons: Vec<String>,
    },
    /// Any other error.
    Error {
        /// HTTP status.
        status: u16,
        /// Name of the exception.
        code: String,
        /// Its text.
        message: String,
    },
    /// The connection ends without an answer.
    Cut,
    /// No answer ever comes.
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
    /// The next call of this operation gets `answer`.
    pub fn on(operation: &str, answer: Answer) -> Self {
        Self { operation: Some(operation.to_owned()), answer, ..Self::default() }
    }

    /// The same after the call has had its effect.
    pub fn after(self) -> Self {
        Self { when: When::After, ..self }
    }

    /// The same for this many calls.
    pub fn times(self, times: u32) -> Self {
        Self { times: Some(times), ..self }
    }

    /// The same for all calls from now on.
    pub fn always(self) -> Self {
        Self { times: None, ..self }
    }

    /// The same from the call on that follows this many.
    pub fn skip(self, calls: u32) -> Self {
        Self { skip: calls, ..self }
    }

    /// Whether there is something that it can strike.
    pub(crate) fn check(&self) -> Result<(), String> {
        let Some(operation) = self.operation.as_deref() else { return Ok(()) };
        if operations()
            .any(|(service, known)| known == operation && self.service.is_none_or(|asked| asked == service))
        {
            return Ok(());
        }
        let of = self.service.map_or_else(String::new, |service| format!(" of {}", service.name()));
        Err(format!(
            "there is no operation `{operation}`{of} here: they are named as in AWS's API, such as CreateApiKey or \
             TransactWriteItems; a call of the protected API is Invoke"
        ))
    }

    pub(super) fn names(&self, call: Call<'_>) -> bool {
        self.service.is_none_or(|service| service == call.service)
            && self.operation.as_deref().is_none_or(|operation| operation == call.operation)
            && self.method.as_deref().is_none_or(|method| method.eq_ignore_ascii_case(call.method))
            && self.path.as_deref().is_none_or(|pattern| matches(pattern, call.path))
    }
}

impl Service {
    const fn name(self) -> &'static str {
        match self {
            Self::ApiGateway => "apigateway",
            Self::DynamoDb => "dynamodb",
            Self::ExecuteApi => "execute-api",
            Self::Sts => "sts",
        }
    }
}

/// All operations that are answered here.
fn operations() -> impl Iterator<Item = (Service, &'static str)> {
    let gateway = apigateway::operations().map(|name| (Service::ApiGateway, name));
    let tables = dynamodb::operations().map(|name| (Service::DynamoDb, name));
    let others = [(Service::ExecuteApi, INVOKE), (Service::Sts, sts::GET_CALLER_IDENTITY)];
    gateway.chain(tables).chain(others)
}

/// Whether `text` is `pattern`, where `*` stands for any text.
fn matches(pattern: &str, text: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == text,
        Some((head, tail)) => text.strip_prefix(head).is_some_and(|rest| {
            rest.char_indices().map(|(at, _)| at).chain([rest.len()]).any(|at| matches(tail, &rest[at..]))
        }),
    }
}
