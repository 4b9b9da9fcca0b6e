//! Calls that are not repeated, because they would fail again or take too long.

use std::error::Error;
use std::io;

use aws_smithy_runtime_api::client::interceptors::context::InterceptorContext;
use aws_smithy_runtime_api::client::retries::classifiers::{
    ClassifyRetry, RetryAction, RetryClassifierPriority,
};

use super::Site;
use super::body_limit::{ResponseTooLarge, ResponseTooSlow};
use super::error_chain::{error_chain, find_cause};
use super::http::{CONNECT_TIMEOUT, READ_TIMEOUT};
use super::route::is_refused_by_proxy;
use super::tls_fault::describe_tls_fault;

/// Forbids to repeat hopeless calls to a site.
#[derive(Debug)]
pub(super) struct HopelessCall {
    pub(super) site: Site,
}

impl ClassifyRetry for HopelessCall {
    fn classify_retry(&self, context: &InterceptorContext) -> RetryAction {
        let Some(Err(error)) = context.output_or_error() else { return RetryAction::NoActionIndicated };
        // Nothing listens on a port of this machine: that is not a temporary network problem.
        let is_refused = self.site == Site::Loopback && is_connection_refused(error);
        let is_final = is_refused
            || is_refused_by_proxy(error)
            || describe_tls_fault(error).is_some()
            || find_cause::<ResponseTooLarge>(error).is_some()
            || ((is_response_timeout(error) || find_cause::<ResponseTooSlow>(error).is_some())
                && is_read(context));
        if is_final { RetryAction::RetryForbidden } else { RetryAction::NoActionIndicated }
    }

    fn name(&self) -> &'static str {
        "hopeless call"
    }

    fn priority(&self) -> RetryClassifierPriority {
        RetryClassifierPriority::run_after(RetryClassifierPriority::transient_error_classifier())
    }
}

fn is_connection_refused(error: &(dyn Error + 'static)) -> bool {
    let kinds = error_chain(error).filter_map(|error| error.downcast_ref().map(io::Error::kind));
    kinds.into_iter().any(|kind| kind == io::ErrorKind::ConnectionRefused)
}

/// Whether the call changes nothing, so that nobody has to know whether it took effect.
fn is_read(context: &InterceptorContext) -> bool {
    let Some(request) = context.request() else { return false };
    let target = request.headers().get("x-amz-target").and_then(|target| target.rsplit_once('.'));
    match target {
        None => request.method() == "GET",
        Some((_, operation)) => ["Get", "BatchGet", "Describe", "List", "Query", "Scan"]
            .iter()
            .any(|start| operation.starts_with(start)),
    }
}

fn is_response_timeout(error: &(dyn Error + 'static)) -> bool {
    has_message(error, "HTTP read timeout")
}

/// Returns what a call waited for in vain, worded to follow the endpoint; `None` if no time-out is the cause.
pub(super) fn describe_time_out(error: &(dyn Error + 'static)) -> Option<String> {
    if is_response_timeout(error) {
        return Some(format!("no response within {} s", READ_TIMEOUT.as_secs()));
    }
    let is_connecting = has_message(error, "HTTP connect timeout");
    is_connecting.then(|| format!("no connection within {} s", CONNECT_TIMEOUT.as_secs()))
}

/// The transport's type for time-outs is private; its messages start like this.
fn has_message(error: &(dyn Error + 'static), start: &str) -> bool {
    error_chain(error).any(|error| error.to_string().starts_with(start))
}

#[cfg(test)]
mod tests {
    use aws_smithy_runtime_api::client::interceptors::context::Input;
    use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, OrchestratorError};
    use aws_smithy_runtime_api::client::result::ConnectorError;
    use rustls::CertificateError;

    use super::*;

    fn is_final(error: ConnectorError, site: Site, request: Option<HttpRequest>) -> bool {
        let mut context = InterceptorContext::new(Input::doesnt_matter());
        context.enter_serialization_phase();
        let _ = context.take_input();
        context.set_request(request.unwrap_or_else(HttpRequest::empty));
        context.enter_before_transmit_phase();
        context.set_output_or_error(Err(OrchestratorError::connector(error)));
        HopelessCall { site }.classify_retry(&context) == RetryAction::RetryForbidden
    }

    fn io_error(kind: io::ErrorKind) -> ConnectorError {
        ConnectorError::io(Box::new(io::Error::from(kind)))
    }

    #[test]
    fn only_a_refused_connection_to_this_machine_is_final() {
        let refused = || io_error(io::ErrorKind::ConnectionRefused);
        assert!(is_final(refused(), Site::Loopback, None));
        assert!(!is_final(refused(), Site::Aws, None));
        assert!(!is_final(io_error(io::ErrorKind::ConnectionReset), Site::Loopback, None));
    }

    #[test]
    fn tls_faults_and_too_large_responses_are_final() {
        let fault = rustls::Error::InvalidCertificate(CertificateError::UnknownIssuer);
        let nested = io::Error::other(io::Error::other(fault));
        assert!(is_final(ConnectorError::io(Box::new(nested)), Site::Aws, None));
    }

    #[test]
    fn a_read_without_response_is_final_and_a_write_is_repeated() {
        let time_out = || ConnectorError::timeout("HTTP read timeout occurred after 30s".into());
        let request = |method: &str, target: Option<&'static str>| {
            let mut request = HttpRequest::empty();
            request.set_method(method).expect("a method");
            if let Some(target) = target {
                request.headers_mut().insert("x-amz-target", target);
            }
            Some(request)
        };
        for (method, target, expected) in [
            ("GET", None, true),
            ("POST", None, false),
            ("PATCH", None, false),
            ("POST", Some("DynamoDB_20120810.Scan"), true),
            ("POST", Some("DynamoDB_20120810.TransactWriteItems"), false),
        ] {
            assert_eq!(
                is_final(time_out(), Site::Aws, request(method, target)),
                expected,
                "{method} {target:?}"
            );
        }
        let connecting = || ConnectorError::timeout("HTTP connect timeout occurred after 5s".into());
        assert!(!is_final(connecting(), Site::Aws, request("GET", None)));
        assert_eq!(describe_time_out(&time_out()).as_deref(), Some("no response within 30 s"));
        assert_eq!(describe_time_out(&connecting()).as_deref(), Some("no connection within 5 s"));
    }
}
