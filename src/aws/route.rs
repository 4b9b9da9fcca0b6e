//! Where a call was sent: the endpoint's host, and the proxy in between.
//!
//! This layer is below the SDK, so it sees the address that is actually called, including in calls of
//! the credential chain. It also limits responses, and knows which calls are in flight.

use std::error::Error;
use std::fmt;
use std::sync::Arc;

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient,
    SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use http::Uri;
use hyper_util::client::proxy::matcher::Matcher;

use super::Failure;
use super::body_limit::{Limits, MAX_RESPONSE_BYTES, limit_body};
use super::bundle_servers::BundleServers;
use super::hopeless::is_connection_refused;
use super::http::READ_TIMEOUT;
use super::in_flight::{CallsInFlight, INVOCATION_ID};
use super::tls_fault::{describe_tls_fault, reword_broken_handshake};
use super::tls_probe::{ServerSpeaksTls, speaks_tls};

const RESPONSE_LIMITS: Limits = Limits { bytes: MAX_RESPONSE_BYTES, time: READ_TIMEOUT };

/// A client that adds the route to every error.
#[derive(Debug, Clone)]
pub(super) struct RouteReportingClient {
    pub(super) inner: SharedHttpClient,
    /// Proxy rules, if proxies are used.
    pub(super) proxies: Option<Arc<Matcher>>,
    pub(super) bundle_servers: BundleServers,
    pub(super) in_flight: CallsInFlight,
}

#[derive(Debug)]
struct RouteReportingConnector {
    inner: SharedHttpConnector,
    proxies: Option<Arc<Matcher>>,
    bundle_servers: BundleServers,
    in_flight: CallsInFlight,
}

impl HttpClient for RouteReportingClient {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(RouteReportingConnector {
            inner: self.inner.http_connector(settings, components),
            proxies: self.proxies.clone(),
            bundle_servers: self.bundle_servers.clone(),
            in_flight: self.in_flight.clone(),
        })
    }
}

impl HttpConnector for RouteReportingConnector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let uri: Option<Uri> = request.uri().parse().ok();
        let route =
            uri.as_ref().map(|uri| NetworkRoute::new(uri, self.proxies.as_deref(), is_read(&request)));
        let is_direct = route.as_ref().is_some_and(|route| route.proxy.is_none() && route.is_tls);
        let servers = if is_direct { self.bundle_servers.clone() } else { BundleServers::default() };
        let plain_uri =
            uri.filter(|_| route.as_ref().is_some_and(|route| route.proxy.is_none() && !route.is_tls));
        let in_flight = self.in_flight.start(request.headers().get(INVOCATION_ID));
        let connector = self.inner.clone();
        HttpConnectorFuture::new(async move {
            let response = servers.send(&connector, request).await.map(|mut response| {
                let body = limit_body(response.take_body(), RESPONSE_LIMITS, in_flight);
                *response.body_mut() = body;
                response
            });
            let Some(route) = route else { return response };
            let is_suspect = may_speak_tls(&response);
            let response = match plain_uri {
                Some(uri) if is_suspect && speaks_tls(&uri).await => {
                    Err(ConnectorError::other(ServerSpeaksTls.into(), None))
                }
                _ => response,
            };
            match response {
                Ok(response) => route.check_response(response),
                Err(error) => Err(route.annotate_error(error)),
            }
        })
    }
}

/// Whether the server of an `http://` address may speak TLS: it answered nothing, or 400 without a header of AWS.
fn may_speak_tls(response: &Result<HttpResponse, ConnectorError>) -> bool {
    match response {
        Ok(response) => response.status().as_u16() == 400 && !is_from_aws(response),
        Err(error) => !error.is_timeout() && !is_connection_refused(error),
    }
}

fn is_from_aws(response: &HttpResponse) -> bool {
    response.headers().iter().any(|(name, _)| name.starts_with("x-amz"))
}

/// Whether a call changes nothing, so that it can be abandoned without knowing whether it took effect.
fn is_read(request: &HttpRequest) -> bool {
    let target = request.headers().get("x-amz-target").and_then(|target| target.rsplit_once('.'));
    match target {
        None => request.method() == "GET",
        Some((_, operation)) => ["Get", "BatchGet", "Describe", "List", "Query", "Scan"]
            .iter()
            .any(|start| operation.starts_with(start)),
    }
}

/// Returns the host and port of the proxy that the variables set for an address.
pub(super) fn proxy_for(uri: &Uri) -> Option<String> {
    Matcher::from_env().intercept(uri).map(|proxy| authority(proxy.uri()))
}

const PROXY_VARIABLES: [&str; 6] =
    ["HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"];

/// Rejects proxy variables that cannot be parsed; otherwise calls would bypass the proxy or use
/// another port. The message does not repeat the text, which may contain a password.
pub(super) fn check_proxies(variable: impl Fn(&str) -> Option<String>) -> Result<(), Failure> {
    let is_wrong = |name: &&str| variable(name).is_some_and(|text| !is_proxy(&text));
    match PROXY_VARIABLES.into_iter().find(is_wrong) {
        None => Ok(()),
        Some(name) => Err(Failure::Setting(format!(
            "{name}: is not the address of a proxy: write http://HOST:PORT, with a port from 1 to 65535"
        ))),
    }
}

fn is_proxy(text: &str) -> bool {
    let Ok(uri) = text.parse::<Uri>() else { return false };
    let schemes = ["http", "https", "socks4", "socks4a", "socks5", "socks5h"];
    let Some(authority) = uri.authority() else { return false };
    let (_, address) = authority.as_str().rsplit_once('@').unwrap_or(("", authority.as_str()));
    let has_port = address.len() > authority.host().len();
    uri.scheme_str().is_none_or(|scheme| schemes.contains(&scheme))
        && !authority.host().is_empty()
        && (!has_port || authority.port_u16().is_some_and(|port| port > 0))
}

/// Returns the host and port, without user name and password.
fn authority(uri: &Uri) -> String {
    let port = uri.port_u16().map_or_else(String::new, |port| format!(":{port}"));
    format!("{}{port}", uri.host().unwrap_or_default())
}

/// Where a call goes: the endpoint, and the proxy in between. Errors name both.
#[derive(Debug, Clone)]
pub(super) struct NetworkRoute {
    /// Whether the call changes nothing. The SDK keeps no request that a retry rule could look at.
    pub(super) is_read: bool,
    endpoint: String,
    /// The proxy's host and port, never its password.
    proxy: Option<String>,
    is_tls: bool,
}

impl NetworkRoute {
    fn new(uri: &Uri, proxies: Option<&Matcher>, is_read: bool) -> Self {
        let scheme = uri.scheme_str().unwrap_or("https");
        let proxy = proxies.and_then(|proxies| proxies.intercept(uri));
        Self {
            endpoint: format!("{scheme}://{}", authority(uri)),
            proxy: proxy.map(|proxy| authority(proxy.uri())),
            is_tls: scheme == "https",
            is_read,
        }
    }

    /// Records the route in the response. A response from the proxy instead of the endpoint becomes an
    /// error.
    fn check_response(self, mut response: HttpResponse) -> Result<HttpResponse, ConnectorError> {
        let status = response.status().as_u16();
        if self.proxy.is_none() || self.is_tls || is_from_aws(&response) || ![403, 407].contains(&status) {
            response.add_extension(self);
            return Ok(response);
        }
        let error: BoxError = format!("it returned {status}").into();
        Err(ConnectorError::other(Box::new(self.unreachable_error(error)), None))
    }

    fn annotate_error(self, error: ConnectorError) -> ConnectorError {
        let kind = error.as_other();
        let wrap: fn(BoxError) -> ConnectorError = if error.is_timeout() {
            ConnectorError::timeout
        } else if error.is_user() {
            ConnectorError::user
        } else if error.is_io() {
            ConnectorError::io
        } else {
            |error| ConnectorError::other(error, None)
        };
        let connection = error.connection_metadata().cloned();
        let unreachable: BoxError = Box::new(self.unreachable_error(error.into_source()));
        let error = match kind {
            Some(kind) => ConnectorError::other(unreachable, Some(kind)),
            None => wrap(unreachable),
        };
        match connection {
            Some(connection) => error.with_connection(connection),
            None => error,
        }
    }

    fn unreachable_error(self, source: BoxError) -> UnreachableError {
        UnreachableError { is_read: self.is_read, endpoint: self.endpoint, proxy: self.proxy, source }
    }
}

impl fmt::Display for NetworkRoute {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.endpoint)?;
        self.proxy.as_ref().map_or(Ok(()), |proxy| write!(f, " through the proxy {proxy}"))
    }
}

/// A call that got no response.
#[derive(Debug)]
pub(super) struct UnreachableError {
    pub(super) is_read: bool,
    endpoint: String,
    proxy: Option<String>,
    source: BoxError,
}

impl fmt::Display for UnreachableError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "no response from {}", self.endpoint)?;
        self.proxy.as_ref().map_or(Ok(()), |proxy| write!(f, " through the proxy {proxy}"))
    }
}

impl Error for UnreachableError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(self.source.as_ref())
    }
}

impl UnreachableError {
    /// Converts to a failure; `cause` is the innermost cause.
    pub(super) fn failure(&self, cause: String) -> Failure {
        let endpoint = self.endpoint.clone();
        let cause = describe_tls_fault(self).unwrap_or_else(|| reword_broken_handshake(cause));
        match self.proxy.clone() {
            None => Failure::Unreachable { endpoint, cause },
            Some(proxy) => Failure::Proxy { endpoint, proxy, cause: describe_proxy_error(cause) },
        }
    }
}

/// Rewords the transport's error messages about proxies.
pub(super) fn describe_proxy_error(cause: String) -> String {
    match cause.strip_prefix("tunnel error: ") {
        Some("proxy authorization required") => "it asks for a user name and password (407)".to_owned(),
        Some("unsuccessful") => "it refuses to connect there".to_owned(),
        _ if cause == "it returned 407" => "it asks for a user name and password (407)".to_owned(),
        _ if cause == "it returned 403" => "it refuses to connect there (403)".to_owned(),
        _ => cause,
    }
}

/// Whether a proxy refused the call, which it would do again.
pub(super) fn is_refused_by_proxy(error: &(dyn Error + 'static)) -> bool {
    let mut chain = std::iter::successors(Some(error), |&error| error.source());
    chain.any(|error| {
        let message = error.to_string();
        message == "tunnel error: proxy authorization required" || message == "tunnel error: unsuccessful"
    })
}

#[cfg(test)]
mod tests {
    use aws_smithy_types::body::SdkBody;

    use super::*;

    #[derive(Debug)]
    struct Answering;

    impl HttpConnector for Answering {
        fn call(&self, _: HttpRequest) -> HttpConnectorFuture {
            let status = 200.try_into().expect("a status");
            HttpConnectorFuture::ready(Ok(HttpResponse::new(status, SdkBody::from("body"))))
        }
    }

    #[tokio::test]
    async fn a_call_is_in_flight_until_its_response_is_read() {
        let in_flight = CallsInFlight::default();
        let connector = RouteReportingConnector {
            inner: SharedHttpConnector::new(Answering),
            proxies: None,
            bundle_servers: BundleServers::default(),
            in_flight: in_flight.clone(),
        };
        let mut request = HttpRequest::empty();
        request.set_uri("http://127.0.0.1:9/").expect("an address");
        let response = connector.call(request).await.expect("a response");
        assert!(in_flight.longest_wait().is_some());
        drop(response);
        assert_eq!(in_flight.longest_wait(), None);
    }

    #[test]
    fn invalid_proxy_variables_are_named_without_their_password() {
        for (text, expected) in [
            ("http://proxy.example:3128", true),
            ("http://me:s3cret@proxy.example:3128/", true),
            ("proxy.example:3128", true),
            ("proxy.example", true),
            ("socks5://127.0.0.1:1080", true),
            ("http://[::1]:3128", true),
            ("http://me:s3cret@proxy.example:port", false),
            ("http://me:s3cret@proxy.example:99999", false),
            ("http://proxy.example:", false),
            ("http://me:s3cret @proxy.example", false),
            ("not a proxy", false),
            ("ftp://proxy.example", false),
        ] {
            let result = check_proxies(|name| (name == "https_proxy").then(|| text.to_owned()));
            assert_eq!(result.is_ok(), expected, "{text}");
            let message = result.err().map(|failure| failure.to_string()).unwrap_or_default();
            assert!(expected || message.starts_with("https_proxy: is not the address"), "{message}");
            assert!(!message.contains("s3cret"), "{message}");
        }
    }
}
