//! Calls of the control plane that AWS refuses because of their rate.
//!
//! A refused call was not executed, so that every one can be repeated, reads and writes. Unless the number of attempts
//! is configured, such an attempt does not count: the pacer slows down, and the call is made again.

use std::time::Duration;

use aws_sdk_apigateway::config::interceptors::FinalizerInterceptorContextRef;
use aws_sdk_apigateway::config::retry::{RetryPartition, TokenBucket};
use aws_sdk_apigateway::config::{Builder, ConfigBag, Intercept, RuntimeComponents};
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::context::InterceptorContext;
use aws_smithy_runtime_api::client::interceptors::dyn_dispatch_hint;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::retries::RequestAttempts;
use aws_smithy_runtime_api::client::retries::classifiers::{
    ClassifyRetry, RetryAction, RetryClassifierPriority,
};
use aws_smithy_types::config_bag::{Storable, StoreReplace};
use aws_smithy_types::retry::ErrorKind;
use tokio::time::Instant;

use super::failure::{THROTTLING_CODES, bare_error_code};
use super::retry::{MAX_RETRY_AFTER, RetryAfter};

/// A call that AWS has refused for so long fails.
const MAX_REFUSED_TIME: Duration = Duration::from_secs(10 * 60);

/// Whether AWS refused the call because of its rate. `LimitExceededException` also has status 429, but is about a number
/// of resources.
pub(super) fn is_throttled(response: &HttpResponse) -> bool {
    match error_code(response) {
        Some(code) => THROTTLING_CODES.contains(&bare_error_code(&code)),
        None => response.status().as_u16() == 429,
    }
}

/// How long AWS asks to wait.
pub(super) fn retry_after(response: &HttpResponse) -> Option<Duration> {
    let seconds = response.headers().get("retry-after")?.trim().parse().ok()?;
    Some(Duration::from_secs(seconds).min(MAX_RETRY_AFTER))
}

/// The error's code, from the header or from the body, if that was read.
fn error_code(response: &HttpResponse) -> Option<String> {
    if let Some(code) = response.headers().get("x-amzn-errortype") {
        return Some(code.to_owned());
    }
    let body: serde_json::Value = serde_json::from_slice(response.body().bytes()?).ok()?;
    let code = body.get("__type").or_else(|| body.get("code"))?;
    code.as_str().map(str::to_owned)
}

/// Repeats refused calls until AWS accepts them.
pub(super) fn with_patience(builder: Builder) -> Builder {
    // The SDK's quota of retries would run out. The pacer protects AWS.
    let unlimited = RetryPartition::custom("keypool").token_bucket(TokenBucket::unlimited());
    builder.retry_partition(unlimited.build()).interceptor(UncountedRefusals).retry_classifier(RefusedCall)
}

/// When AWS first refused a call, and how many of its attempts it refused.
#[derive(Debug, Clone, Copy)]
struct Refusals {
    since: Instant,
    count: u32,
}

impl Storable for Refusals {
    type Storer = StoreReplace<Self>;
}

/// Leaves refused attempts out of the number of attempts, which is limited.
#[derive(Debug)]
struct UncountedRefusals;

#[dyn_dispatch_hint]
impl Intercept for UncountedRefusals {
    fn name(&self) -> &'static str {
        "uncounted refusals"
    }

    fn read_after_attempt(
        &self,
        context: &FinalizerInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let before = config.load::<Refusals>().copied();
        let mut refusals = before.unwrap_or(Refusals { since: Instant::now(), count: 0 });
        if context.response().is_some_and(is_throttled) {
            refusals.count += 1;
            config.interceptor_state().store_put(refusals);
        }
        if let Some(attempts) = config.load::<RequestAttempts>().map(RequestAttempts::attempts)
            && refusals.count > 0
            && refusals.since.elapsed() < MAX_REFUSED_TIME
        {
            let counted = attempts.saturating_sub(refusals.count).max(1);
            config.interceptor_state().store_put(RequestAttempts::new(counted));
        }
        Ok(())
    }
}

/// Repeats a refused call without a pause of its own: the pacer decides when.
#[derive(Debug)]
struct RefusedCall;

impl ClassifyRetry for RefusedCall {
    fn classify_retry(&self, context: &InterceptorContext) -> RetryAction {
        if context.response().is_some_and(is_throttled) {
            RetryAction::retryable_error_with_explicit_delay(ErrorKind::ThrottlingError, Duration::ZERO)
        } else {
            RetryAction::NoActionIndicated
        }
    }

    fn name(&self) -> &'static str {
        "refused call"
    }

    fn priority(&self) -> RetryClassifierPriority {
        RetryClassifierPriority::run_after(RetryAfter.priority())
    }
}

#[cfg(test)]
mod tests {
    use aws_smithy_types::body::SdkBody;

    use super::*;

    fn response(status: u16, header: Option<&str>, body: &str) -> HttpResponse {
        let mut response =
            HttpResponse::new(status.try_into().expect("a status"), SdkBody::from(body.to_owned()));
        if let Some(code) = header {
            response.headers_mut().insert("x-amzn-ErrorType", code.to_owned());
        }
        response
    }

    #[test]
    fn a_429_is_a_refusal_unless_it_is_about_a_number_of_resources() {
        let body = r#"{"message":"Too Many Requests"}"#;
        for (status, header, body, expected) in [
            (429, Some("TooManyRequestsException"), body, true),
            (429, Some("TooManyRequestsException:http://internal.amazon.com/coral/"), body, true),
            (429, None, body, true),
            (400, Some("ThrottlingException"), "", true),
            (429, Some("LimitExceededException"), r#"{"message":"Usage plans exceeded"}"#, false),
            (429, None, r#"{"__type":"LimitExceededException"}"#, false),
            (400, Some("BadRequestException"), "", false),
            (200, None, "{}", false),
        ] {
            assert_eq!(is_throttled(&response(status, header, body)), expected, "{status} {header:?} {body}");
        }
    }

    #[test]
    fn the_time_that_aws_asks_to_wait_is_limited() {
        let wait = |text: &str| {
            let mut response = response(429, None, "");
            response.headers_mut().insert("Retry-After", text.to_owned());
            retry_after(&response).map(|wait| wait.as_secs())
        };
        assert_eq!((wait("7"), wait("3600"), wait("soon")), (Some(7), Some(60), None));
    }
}
