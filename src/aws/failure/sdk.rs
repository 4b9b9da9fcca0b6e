//! Converts SDK errors to failures.

use std::error::Error;

use aws_credential_types::provider::error::CredentialsError;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::{SdkError, ServiceError};
use aws_smithy_types::error::metadata::ProvideErrorMetadata;

use super::Failure;
use crate::aws::endpoint::Service;
use crate::aws::error_chain::{error_chain, find_cause};
use crate::aws::hopeless::describe_time_out;
use crate::aws::retry::is_concurrent_modification;
use crate::aws::route::{NetworkRoute, UnreachableError};
use crate::aws::{Context, Renewal, Site, clock_skew};

/// A call to AWS, as described in its failure.
#[derive(Debug, Clone)]
pub(in crate::aws) struct AwsCall<'a> {
    pub(in crate::aws) context: &'a Context,
    pub(in crate::aws) service: Service,
    pub(in crate::aws) operation: &'static str,
    /// What the call is about, worded to precede "no longer exists".
    pub(in crate::aws) subject: String,
}

impl AwsCall<'_> {
    /// Converts an SDK error to a failure.
    pub(in crate::aws) fn failure<E>(&self, error: SdkError<E, HttpResponse>) -> Failure
    where
        E: ProvideErrorMetadata + Error + Send + Sync + 'static,
    {
        match error {
            SdkError::ServiceError(service) => self.service_failure(&service),
            SdkError::TimeoutError(_) => self.unreachable_failure(&error, "no response in time".to_owned()),
            SdkError::ResponseError(ref response) => self.unreadable_failure(response.raw(), &error),
            error => match find_cause::<CredentialsError>(&error) {
                Some(cause) => credentials_failure(&self.context.renewal, cause),
                None => match &error {
                    SdkError::DispatchFailure(failure)
                        if failure.is_io() || failure.is_timeout() || !failure.is_user() =>
                    {
                        let cause = describe_time_out(&error).unwrap_or_else(|| root_cause(&error));
                        self.unreachable_failure(&error, cause)
                    }
                    _ => self.unexpected_failure(root_cause(&error)),
                },
            },
        }
    }

    /// Returns `None` if what the call is about does not exist.
    pub(in crate::aws) fn unless_gone<T, E>(
        &self,
        response: Result<T, SdkError<E, HttpResponse>>,
    ) -> Result<Option<T>, Failure>
    where
        E: ProvideErrorMetadata + Error + Send + Sync + 'static,
    {
        match response.map_err(|error| self.failure(error)) {
            Ok(output) => Ok(Some(output)),
            Err(Failure::Gone(_)) => Ok(None),
            Err(failure) => Err(failure),
        }
    }

    fn service_failure<E: ProvideErrorMetadata + Error + 'static>(
        &self,
        error: &ServiceError<E, HttpResponse>,
    ) -> Failure {
        let status = error.raw().status().as_u16();
        if error.raw().status().is_success() {
            return self.unreadable_failure(error.raw(), error.err());
        }
        let code = error.err().code();
        let aws_message = error.err().message().map(str::to_owned);
        let message = aws_message.unwrap_or_else(|| self.describe_status(error.raw(), status));
        match (code.map(bare_error_code), status) {
            (Some("UnknownOperationException" | "NotImplemented" | "NotImplementedException"), _)
            | (_, 501)
            | (None, 404 | 405) => self.unsupported_by(&self.describe_source(error.raw())),
            _ if self.is_unknown_to_emulator(code.map(bare_error_code), status, &message) => {
                self.unsupported_by(&self.describe_source(error.raw()))
            }
            (Some(_), _) if let Some(minutes_ahead) = clock_skew::minutes_ahead(&message) => {
                Failure::ClockSkew { minutes_ahead }
            }
            (Some(code), _) if EXPIRED_CREDENTIAL_CODES.contains(&code) => {
                Failure::SignIn { renewal: self.context.renewal.clone(), message }
            }
            (Some("AccessDeniedException" | "AccessDenied" | "UnauthorizedException"), _) => {
                self.denied_failure(&message)
            }
            (Some(code), _) if THROTTLING_CODES.contains(&code) => {
                Failure::TooManyRequests { operation: self.operation.to_owned() }
            }
            (Some("ConflictException"), _) if is_concurrent_modification(&message) => {
                Failure::Busy { operation: self.operation.to_owned() }
            }
            // Too many queries run at a time.
            (Some("LimitExceededException"), _) if self.service == Service::Logs => {
                Failure::TooManyRequests { operation: self.operation.to_owned() }
            }
            (Some("LimitExceededException"), _) => {
                Failure::Limit { operation: self.operation.to_owned(), message }
            }
            (Some("ResourceNotFoundException"), _) if self.service == Service::Logs => {
                Failure::Gone(self.subject.clone())
            }
            (Some("NotFoundException"), _) => {
                Failure::Gone(missing_stage(&message).unwrap_or_else(|| self.subject.clone()))
            }
            (Some("ResourceNotFoundException"), _) => Failure::Tables(format!(
                "{} does not exist: run `keypool setup tables` or set [tables]",
                self.subject
            )),
            _ => self.unexpected_failure(message),
        }
    }

    /// Whether an endpoint that is not AWS's refuses a usage call as AWS refuses an unknown path, or says that it
    /// lacks the call. Many emulators lack these calls, and support the others.
    fn is_unknown_to_emulator(&self, code: Option<&str>, status: u16, message: &str) -> bool {
        let is_usage = matches!(self.operation, "GetUsage" | "UpdateUsage");
        let is_aws = match self.context.endpoints.get(self.service).site {
            Site::Aws => true,
            Site::Loopback | Site::Elsewhere => false,
        };
        let message = message.to_ascii_lowercase();
        let is_unknown_path = status == 403
            && (code == Some("MissingAuthenticationTokenException")
                || message.contains("missing authentication token"));
        let is_missing = status >= 500
            && ["not implemented", "not yet implemented", "not supported"]
                .iter()
                .any(|words| message.contains(words));
        is_usage && !is_aws && (is_unknown_path || is_missing)
    }

    fn denied_failure(&self, message: &str) -> Failure {
        let word_after = |phrase: &str| {
            let (_, rest) = message.split_once(phrase)?;
            rest.split_whitespace().next().map(|word| word.trim_end_matches('.').to_owned())
        };
        Failure::Denied {
            action: word_after("is not authorized to perform: ").unwrap_or_else(|| self.iam_action()),
            resource: word_after(" on resource: ").unwrap_or_else(|| self.subject.clone()),
        }
    }

    /// Derives the IAM action from the operation, if AWS's message does not name it.
    fn iam_action(&self) -> String {
        match self.service {
            // IAM allows a transaction by the writes it contains.
            Service::DynamoDb if self.operation == "TransactWriteItems" => {
                "dynamodb:PutItem, dynamodb:UpdateItem and dynamodb:DeleteItem".to_owned()
            }
            Service::DynamoDb => format!("dynamodb:{}", self.operation),
            Service::Logs => format!("logs:{}", self.operation),
            Service::Ssm => format!("ssm:{}", self.operation),
            Service::Sts => format!("sts:{}", self.operation),
            Service::ApiGateway => {
                let verbs = [
                    ("Get", "GET"),
                    ("Update", "PATCH"),
                    ("Delete", "DELETE"),
                    ("Untag", "DELETE"),
                    ("Tag", "PUT"),
                ];
                let verb = verbs.iter().find(|(start, _)| self.operation.starts_with(start));
                format!("apigateway:{}", verb.map_or("POST", |(_, verb)| verb))
            }
        }
    }

    /// Names the host that was actually called, if the error says it, else the configured one.
    fn unreachable_failure(&self, error: &(dyn Error + 'static), cause: String) -> Failure {
        match find_cause::<UnreachableError>(error) {
            Some(unreachable) => unreachable.failure(cause),
            None => Failure::Unreachable { endpoint: self.endpoint(), cause },
        }
    }

    /// Names the source of a response: the host that was called, and the proxy in between.
    fn describe_source(&self, response: &HttpResponse) -> String {
        response.extension::<NetworkRoute>().map_or_else(|| self.endpoint(), ToString::to_string)
    }

    fn endpoint(&self) -> String {
        let endpoint = self.context.endpoints.get(self.service);
        endpoint.url.clone().unwrap_or_else(|| endpoint.authority.clone())
    }

    /// Describes a response that has no error message.
    fn describe_status(&self, response: &HttpResponse, status: u16) -> String {
        let redirect =
            if (300..400).contains(&status) { ", a redirect, which keypool does not follow" } else { "" };
        format!("{} returned HTTP status {status}{redirect}", self.describe_source(response))
    }

    fn unreadable_failure(&self, response: &HttpResponse, error: &(dyn Error + 'static)) -> Failure {
        self.unexpected_failure(format!(
            "the response of {} cannot be parsed: {}",
            self.describe_source(response),
            root_cause(error)
        ))
    }

    /// Returns the failure of a call whose successful response is not one of its operation.
    pub(in crate::aws) fn unsupported_failure(&self) -> Failure {
        self.unsupported_by(&self.endpoint())
    }

    fn unsupported_by(&self, source: &str) -> Failure {
        Failure::Unsupported(format!("{source} does not support {}", self.operation))
    }

    /// Returns the failure of a list without end; `reason` says what the endpoint does.
    pub(in crate::aws) fn endless_list_failure(&self, reason: &str) -> Failure {
        let (endpoint, subject) = (self.endpoint(), &self.subject);
        self.unexpected_failure(format!("{endpoint} {reason}, so {subject} cannot be read to its end"))
    }

    pub(in crate::aws) fn unexpected_failure(&self, message: String) -> Failure {
        Failure::Unexpected { operation: self.operation.to_owned(), message }
    }
}

/// Whether a failed call may have taken effect.
pub(in crate::aws) fn is_in_doubt<E>(error: &SdkError<E, HttpResponse>) -> bool {
    match error {
        SdkError::ConstructionFailure(_) => false,
        SdkError::DispatchFailure(failure) => !failure.is_user(),
        SdkError::ServiceError(error) => {
            let status = error.raw().status();
            status.is_success() || status.is_server_error()
        }
        _ => true,
    }
}

/// Converts missing or rejected credentials to a failure.
pub(in crate::aws) fn credentials_failure(renewal: &Renewal, error: &CredentialsError) -> Failure {
    let message = join_causes(error);
    match error {
        // The SDK lists each provider of its chain on a separate line.
        CredentialsError::CredentialsNotLoaded(_) if message.contains('\n') => {
            tracing::debug!("{message}");
            Failure::NoCredentials(
                "checked: environment variables, profile, web identity, container and instance metadata"
                    .to_owned(),
            )
        }
        CredentialsError::CredentialsNotLoaded(_) => Failure::NoCredentials(message),
        CredentialsError::InvalidConfiguration(_) => {
            Failure::Setting(format!("the AWS configuration cannot be used: {message}"))
        }
        // IMDS is the last provider, so no other one found credentials.
        _ if message.contains("IMDS") => {
            Failure::NoCredentials(format!("instance metadata has none either ({})", root_cause(error)))
        }
        _ => match find_cause::<UnreachableError>(error) {
            Some(unreachable) => unreachable.failure(root_cause(error)),
            None => Failure::SignIn { renewal: renewal.clone(), message },
        },
    }
}

const EXPIRED_CREDENTIAL_CODES: &[&str] = &[
    "ExpiredToken",
    "ExpiredTokenException",
    "RequestExpired",
    "UnrecognizedClientException",
    "InvalidClientTokenId",
    "InvalidSignatureException",
    "SignatureDoesNotMatch",
    "IncompleteSignatureException",
    "MissingAuthenticationTokenException",
];

pub(in crate::aws) const THROTTLING_CODES: &[&str] = &[
    "TooManyRequestsException",
    "ThrottlingException",
    "Throttling",
    "RequestLimitExceeded",
    "ProvisionedThroughputExceededException",
];

/// Returns the stage that a usage plan was to cover, if AWS's message says that it does not exist.
fn missing_stage(message: &str) -> Option<String> {
    let (_, stage_text) = message.split_once("API Stage ")?;
    let pair = stage_text.strip_prefix("{api: ").and_then(|rest| rest.split_once('}'));
    let stage = match pair {
        Some((pair, _)) => pair.replacen(", stage: ", ":", 1),
        None => stage_text.strip_prefix("not found: ")?.to_owned(),
    };
    Some(format!("the stage {stage}"))
}

/// Returns an error code without the namespace before `#` and the address after `:`.
pub(in crate::aws) fn bare_error_code(code: &str) -> &str {
    let code = code.rsplit_once('#').map_or(code, |(_, code)| code);
    code.split_once(':').map_or(code, |(code, _)| code)
}

/// Joins the messages of all causes, outermost first, skipping generic wrappers.
fn join_causes(error: &CredentialsError) -> String {
    let mut messages: Vec<_> =
        error_chain(error).filter(|cause| !cause.is::<CredentialsError>()).map(ToString::to_string).collect();
    messages.dedup();
    if messages.is_empty() { error.to_string() } else { messages.join(": ") }
}

/// Returns the innermost cause's message; outer ones only say that there is a cause.
pub(in crate::aws) fn root_cause(error: &(dyn Error + 'static)) -> String {
    error_chain(error).last().map_or_else(String::new, ToString::to_string)
}

#[cfg(test)]
mod tests;
