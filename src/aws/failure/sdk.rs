//! From the SDK's errors to failures.

use std::error::Error;

use aws_credential_types::provider::error::CredentialsError;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::{SdkError, ServiceError};
use aws_smithy_types::error::metadata::ProvideErrorMetadata;

use super::Failure;
use crate::aws::endpoint::Service;
use crate::aws::retry::is_concurrent_modification;
use crate::aws::route::{NetworkRoute, UnreachableError};
use crate::aws::{Context, Renewal, clock_skew};

/// What was tried, for the sentence about its failure.
#[derive(Debug, Clone)]
pub(in crate::aws) struct AwsCall<'a> {
    pub(in crate::aws) context: &'a Context,
    pub(in crate::aws) service: Service,
    pub(in crate::aws) operation: &'static str,
    /// What it was about, in words that go before "is not there any more".
    pub(in crate::aws) subject: String,
}

impl AwsCall<'_> {
    /// The failure that an SDK error comes to.
    pub(in crate::aws) fn failure<E>(&self, error: SdkError<E, HttpResponse>) -> Failure
    where
        E: ProvideErrorMetadata + Error + Send + Sync + 'static,
    {
        match error {
            SdkError::ServiceError(service) => self.service_failure(&service),
            SdkError::TimeoutError(_) => self.unreachable_failure(&error, "no answer in time".to_owned()),
            SdkError::ResponseError(ref answer) => self.unreadable_failure(answer.raw(), &error),
            error => match find_cause::<CredentialsError>(&error) {
                Some(why) => credentials_failure(&self.context.renewal, why),
                None => match &error {
                    SdkError::DispatchFailure(why) if why.is_io() || why.is_timeout() || !why.is_user() => {
                        self.unreachable_failure(&error, root_cause(&error))
                    }
                    _ => self.unexpected_failure(root_cause(&error)),
                },
            },
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
        let message_of_aws = error.err().message().map(str::to_owned);
        let message = message_of_aws.unwrap_or_else(|| self.describe_status(error.raw(), status));
        match (code.map(strip_error_code), status) {
            (Some("UnknownOperationException" | "NotImplemented" | "NotImplementedException"), _)
            | (_, 501)
            | (None, 404 | 405) => {
                let place = self.describe_source(error.raw());
                Failure::Unsupported(format!("{place} does not support {}", self.operation))
            }
            (Some(_), _) if let Some(minutes) = clock_skew::minutes_ahead(&message) => {
                Failure::ClockSkew { minutes_fast: minutes }
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
            (Some("LimitExceededException"), _) => {
                Failure::Limit { operation: self.operation.to_owned(), message }
            }
            (Some("NotFoundException"), _) => {
                Failure::Gone(missing_stage(&message).unwrap_or_else(|| self.subject.clone()))
            }
            (Some("ResourceNotFoundException"), _) => Failure::Tables(format!(
                "{} is not there: run `keypool setup tables` or set [tables]",
                self.subject
            )),
            _ => self.unexpected_failure(message),
        }
    }

    fn denied_failure(&self, message: &str) -> Failure {
        let after = |mark: &str| {
            let (_, rest) = message.split_once(mark)?;
            rest.split_whitespace().next().map(|word| word.trim_end_matches('.').to_owned())
        };
        Failure::Denied {
            action: after("is not authorized to perform: ").unwrap_or_else(|| self.iam_action()),
            resource: after(" on resource: ").unwrap_or_else(|| self.subject.clone()),
        }
    }

    /// The IAM action by its rule, where AWS's sentence does not name it.
    fn iam_action(&self) -> String {
        match self.service {
            // A transaction is allowed by what it does to its items.
            Service::DynamoDb if self.operation == "TransactWriteItems" => {
                "dynamodb:PutItem, dynamodb:UpdateItem and dynamodb:DeleteItem".to_owned()
            }
            Service::DynamoDb => format!("dynamodb:{}", self.operation),
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

    /// The host that was really asked, where the error says it; else the one of the settings.
    fn unreachable_failure(&self, error: &(dyn Error + 'static), why: String) -> Failure {
        match find_cause::<UnreachableError>(error) {
            Some(unreached) => unreached.failure(why),
            None => Failure::Unreachable { endpoint: self.endpoint(), why },
        }
    }

    /// Where an answer came from: the host that was asked, and the proxy on the way.
    fn describe_source(&self, answer: &HttpResponse) -> String {
        answer.extension::<NetworkRoute>().map_or_else(|| self.endpoint(), ToString::to_string)
    }

    fn endpoint(&self) -> String {
        let endpoint = self.context.endpoints.get(self.service);
        endpoint.url.clone().unwrap_or_else(|| endpoint.authority.clone())
    }

    /// An answer in which AWS would say more.
    fn describe_status(&self, answer: &HttpResponse, status: u16) -> String {
        let redirect = if (300..400).contains(&status) { ", a redirect, which is not followed" } else { "" };
        format!("{} answers HTTP status {status}{redirect}", self.describe_source(answer))
    }

    fn unreadable_failure(&self, answer: &HttpResponse, why: &(dyn Error + 'static)) -> Failure {
        self.unexpected_failure(format!(
            "the answer of {} cannot be read: {}",
            self.describe_source(answer),
            root_cause(why)
        ))
    }

    pub(in crate::aws) fn unexpected_failure(&self, message: String) -> Failure {
        Failure::Unexpected { operation: self.operation.to_owned(), message }
    }
}

/// Whether a call that failed may have had its effect all the same.
pub(in crate::aws) fn is_in_doubt<E>(error: &SdkError<E, HttpResponse>) -> bool {
    match error {
        SdkError::ConstructionFailure(_) => false,
        SdkError::DispatchFailure(why) => !why.is_user(),
        SdkError::ServiceError(why) => {
            let status = why.raw().status();
            status.is_success() || status.is_server_error()
        }
        _ => true,
    }
}

/// The failure that missing or refused credentials come to.
pub(in crate::aws) fn credentials_failure(renewal: &Renewal, error: &CredentialsError) -> Failure {
    let why = join_causes(error);
    match error {
        // The SDK lists every link of its chain on a line of its own.
        CredentialsError::CredentialsNotLoaded(_) if why.contains('\n') => {
            tracing::debug!("{why}");
            Failure::NoCredentials(
                "asked were the variables, the profile, a web identity, the container and instance metadata"
                    .to_owned(),
            )
        }
        CredentialsError::CredentialsNotLoaded(_) => Failure::NoCredentials(why),
        CredentialsError::InvalidConfiguration(_) => {
            Failure::Setting(format!("the AWS configuration cannot be used: {why}"))
        }
        // The last link: without it nothing was found at all.
        _ if why.contains("IMDS") => {
            Failure::NoCredentials(format!("instance metadata gave none either ({})", root_cause(error)))
        }
        _ => match find_cause::<UnreachableError>(error) {
            Some(unreached) => unreached.failure(root_cause(error)),
            None => Failure::SignIn { renewal: renewal.clone(), message: why },
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

const THROTTLING_CODES: &[&str] = &[
    "TooManyRequestsException",
    "ThrottlingException",
    "Throttling",
    "RequestLimitExceeded",
    "ProvisionedThroughputExceededException",
];

/// The stage that a usage plan was to cover, where AWS's sentence says that it is this that is not there.
fn missing_stage(message: &str) -> Option<String> {
    let (_, named) = message.split_once("API Stage ")?;
    let pair = named.strip_prefix("{api: ").and_then(|rest| rest.split_once('}'));
    let stage = match pair {
        Some((pair, _)) => pair.replacen(", stage: ", ":", 1),
        None => named.strip_prefix("not found: ")?.to_owned(),
    };
    Some(format!("the stage {stage}"))
}

/// The code without the namespace before `#` and the address after `:`.
fn strip_error_code(code: &str) -> &str {
    let code = code.rsplit_once('#').map_or(code, |(_, code)| code);
    code.split_once(':').map_or(code, |(code, _)| code)
}

fn error_chain<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |&error| error.source())
}

fn find_cause<'a, T: Error + 'static>(error: &'a (dyn Error + 'static)) -> Option<&'a T> {
    error_chain(error).find_map(|error| error.downcast_ref())
}

/// The words of all causes of an error, from the outermost to the innermost, but for those that say only that it is one.
fn join_causes(error: &CredentialsError) -> String {
    let mut words: Vec<_> =
        error_chain(error).filter(|cause| !cause.is::<CredentialsError>()).map(ToString::to_string).collect();
    words.dedup();
    if words.is_empty() { error.to_string() } else { words.join(": ") }
}

/// The words of the innermost cause: the outer ones only say that there is one.
pub(in crate::aws) fn root_cause(error: &(dyn Error + 'static)) -> String {
    error_chain(error).last().map_or_else(String::new, ToString::to_string)
}

#[cfg(test)]
mod tests;
