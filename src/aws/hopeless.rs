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
use super::route::{NetworkRoute, UnreachableError, is_refused_by_proxy};
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
                && is_read(error, context));
        if is_final { RetryAction::RetryForbidden } else { RetryAction::NoActionIndicated }
    }

    fn name(&self) -> &'static str {
        "hopeless call"
    }

    fn priority(&self) -> RetryClassifierPriority {
        RetryClassifierPriority::run_after(RetryClassifierPriority::transient_error_classifier())
    }
}

pub(super) fn is_connection_refused(error: &(dyn Error + 'static)) -> bool {
    let kinds = error_chain(error).filter_map(|error| error.downcast_ref().map(io::Error::kind));
    kinds.into_iter().any(|kind| kind == io::ErrorKind::ConnectionRefused)
}

/// Whether the call changes nothing: its route is in the error, or with the head of the response.
fn is_read(error: &(dyn Error + 'static), context: &InterceptorContext) -> bool {
    let response = context.response().and_then(|response| response.extension::<NetworkRoute>());
    find_cause::<UnreachableError>(error).is_some_and(|error| error.is_read)
        || response.is_some_and(|route| route.is_read)
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
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use aws_smithy_runtime_api::client::http::{
        HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient,
        SharedHttpConnector,
    };
    use aws_smithy_runtime_api::client::interceptors::context::Input;
    use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, OrchestratorError};
    use aws_smithy_runtime_api::client::result::ConnectorError;
    use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
    use rustls::CertificateError;

    use super::*;
    use crate::aws::bundle_servers::BundleServers;
    use crate::aws::in_flight::CallsInFlight;
    use crate::aws::route::RouteReportingClient;
    use crate::aws::test_config::sdk_config;
    use crate::aws::tls_probe::ServerSpeaksTls;

    fn is_final(error: ConnectorError, site: Site) -> bool {
        let mut context = InterceptorContext::new(Input::doesnt_matter());
        context.enter_serialization_phase();
        let _ = context.take_input();
        context.set_request(HttpRequest::empty());
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
        assert!(is_final(refused(), Site::Loopback));
        assert!(!is_final(refused(), Site::Aws));
        assert!(!is_final(io_error(io::ErrorKind::ConnectionReset), Site::Loopback));
    }

    #[test]
    fn tls_faults_and_too_large_responses_are_final() {
        let fault = rustls::Error::InvalidCertificate(CertificateError::UnknownIssuer);
        let nested = io::Error::other(io::Error::other(fault));
        assert!(is_final(ConnectorError::io(Box::new(nested)), Site::Aws));
        assert!(is_final(ConnectorError::other(ServerSpeaksTls.into(), None), Site::Loopback));
    }

    /// A transport that counts calls, none of which gets a response.
    #[derive(Debug, Clone, Default)]
    struct Silence(Arc<AtomicUsize>);

    impl HttpClient for Silence {
        fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
            SharedHttpConnector::new(self.clone())
        }
    }

    impl HttpConnector for Silence {
        fn call(&self, _: HttpRequest) -> HttpConnectorFuture {
            self.0.fetch_add(1, Ordering::Relaxed);
            HttpConnectorFuture::ready(Err(ConnectorError::timeout(
                "HTTP read timeout occurred after 30s".into(),
            )))
        }
    }

    #[tokio::test]
    async fn a_read_without_response_is_not_repeated_and_a_write_is() {
        let silence = Silence::default();
        let client = RouteReportingClient {
            inner: SharedHttpClient::new(silence.clone()),
            proxies: None,
            bundle_servers: BundleServers::default(),
            in_flight: CallsInFlight::default(),
        };
        let config = sdk_config(client);
        let hopeless = || HopelessCall { site: Site::Aws };
        let gateway = aws_sdk_apigateway::config::Builder::from(&config).retry_classifier(hopeless());
        let gateway = aws_sdk_apigateway::Client::from_conf(gateway.build());
        let tables = aws_sdk_dynamodb::config::Builder::from(&config).retry_classifier(hopeless());
        let tables = aws_sdk_dynamodb::Client::from_conf(tables.build());
        let attempts = || silence.0.swap(0, Ordering::Relaxed);

        assert!(gateway.get_usage_plans().send().await.is_err());
        assert_eq!(attempts(), 1, "GET");
        assert!(tables.scan().table_name("keys").send().await.is_err());
        assert_eq!(attempts(), 1, "Scan");
        assert!(gateway.create_api_key().name("web").send().await.is_err());
        assert_eq!(attempts(), 3, "POST");
        assert!(tables.put_item().table_name("keys").send().await.is_err());
        assert_eq!(attempts(), 3, "PutItem");
    }

    #[test]
    fn time_outs_say_what_was_waited_for() {
        let response = ConnectorError::timeout("HTTP read timeout occurred after 30s".into());
        let connecting = || ConnectorError::timeout("HTTP connect timeout occurred after 5s".into());
        assert!(!is_final(connecting(), Site::Aws));
        assert_eq!(describe_time_out(&response).as_deref(), Some("no response within 30 s"));
        assert_eq!(describe_time_out(&connecting()).as_deref(), Some("no connection within 5 s"));
    }
}
