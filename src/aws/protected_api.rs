//! The client for protected APIs: one request with an API key, one response.
//!
//! The key is sent to the host of the invoke URL and no other. Redirects are returned, not
//! followed; a proxy sees only an encrypted tunnel; invalid requests are refused before a
//! connection is opened ([`CheckedRequest`]).

mod address;
mod recipient;
mod request;

use std::error::Error;
use std::fmt;
use std::sync::LazyLock;
use std::time::Duration;

use aws_smithy_http_client::Connector;
use aws_smithy_http_client::proxy::ProxyConfig;
use aws_smithy_http_client::tls::{Provider, TlsContext, rustls_provider::CryptoMode};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::byte_stream::ByteStream;
use keypool_domain::Secret;
use tokio::time::Instant;

use super::bundle_servers::BundleServers;
use super::route::{describe_proxy_error, proxy_for};
use super::tls_fault::{describe_tls_fault, reword_broken_handshake};
use super::tls_probe::{ServerSpeaksTls, speaks_tls};
pub use address::invoke_url;
pub(super) use recipient::AllowedHosts;
pub use request::{CallRequest, CheckedRequest};

/// The part of a body that is read; the rest is dropped.
pub const MAX_BODY_BYTES: usize = 64 * 1024;
/// The time from the first byte sent to the last received. API Gateway's own timeout for backends is 29 s.
const CALL_TIMEOUT: Duration = Duration::from_secs(35);

/// Connections to protected APIs.
pub struct ProtectedApi {
    plain: LazyLock<Connector, Box<dyn FnOnce() -> Connector + Send>>,
    tls: LazyLock<Connector, Box<dyn FnOnce() -> Connector + Send>>,
    local_tls: LazyLock<Connector, Box<dyn FnOnce() -> Connector + Send>>,
    bundle_servers: BundleServers,
    timeout: Duration,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiResponse {
    pub status: u16,
    /// In order of arrival; invalid UTF-8 is replaced.
    pub headers: Vec<(String, String)>,
    /// At most [`MAX_BODY_BYTES`] bytes.
    pub body: String,
    /// Whether the body was longer.
    pub is_truncated: bool,
    /// The time from sending to the last byte.
    pub latency: Duration,
}

/// Why no response arrived.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CallError {
    /// The response did not arrive completely in time.
    #[error("no response within {} s", .0.as_secs())]
    TimedOut(Duration),
    /// The connection failed or broke.
    #[error("{0}")]
    Connection(String),
}

impl ProtectedApi {
    /// Creates a client that trusts `tls`. Certificates are loaded on the first https call.
    pub fn new(tls: TlsContext) -> Self {
        let local = tls.clone();
        Self {
            plain: LazyLock::new(Box::new(|| Connector::builder().build_http())),
            tls: LazyLock::new(Box::new(move || tls_connector(tls, ProxyConfig::from_env()))),
            local_tls: LazyLock::new(Box::new(move || tls_connector(local, ProxyConfig::disabled()))),
            bundle_servers: BundleServers::default(),
            timeout: CALL_TIMEOUT,
        }
    }

    /// Returns the same client, which also trusts these servers.
    pub(super) fn with_bundle_servers(self, bundle_servers: BundleServers) -> Self {
        Self { bundle_servers, ..self }
    }

    /// Returns the same client with another timeout for the whole call.
    pub fn with_timeout(self, timeout: Duration) -> Self {
        Self { timeout, ..self }
    }

    /// Sends the request with the key and reads the whole response.
    pub async fn send(&self, request: &CheckedRequest, key: &Secret) -> Result<ApiResponse, CallError> {
        tokio::time::timeout(self.timeout, self.exchange(request, key))
            .await
            .unwrap_or(Err(CallError::TimedOut(self.timeout)))
    }

    async fn exchange(&self, request: &CheckedRequest, key: &Secret) -> Result<ApiResponse, CallError> {
        let outgoing =
            HttpRequest::try_from(request.with_key(key)?).map_err(|error| connection_error(&error))?;
        let connector = self.connector(request);
        let sent_at = Instant::now();
        let is_direct = request.is_tls() && (request.is_local() || proxy_for(request.uri()).is_none());
        let servers = if is_direct { &self.bundle_servers } else { &BundleServers::default() };
        let response = servers.send(connector, outgoing).await;
        if response.is_err() && !request.is_tls() && speaks_tls(request.uri()).await {
            return Err(CallError::Connection(format!("{ServerSpeaksTls}: call it with https://")));
        }
        let response = response.map_err(|error| transport_error(request, &error))?;
        let status = response.status().as_u16();
        let headers = response.headers().iter_bytes().map(header_text).collect();
        let (body, is_truncated) = read_body(response.into_body()).await?;
        Ok(ApiResponse { status, headers, body, is_truncated, latency: sent_at.elapsed() })
    }

    fn connector(&self, request: &CheckedRequest) -> &Connector {
        match (request.is_tls(), request.is_local()) {
            (false, _) => &self.plain,
            (true, true) => &self.local_tls,
            (true, false) => &self.tls,
        }
    }
}

impl ApiResponse {
    /// Returns API Gateway's `x-amzn-ErrorType`, without the namespace or address after a colon.
    pub fn error_type(&self) -> Option<&str> {
        let (_, value) =
            self.headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("x-amzn-errortype"))?;
        value.split(':').next()
    }
}

impl fmt::Debug for ProtectedApi {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ProtectedApi").field("timeout", &self.timeout).finish_non_exhaustive()
    }
}

fn tls_connector(context: TlsContext, proxy: ProxyConfig) -> Connector {
    Connector::builder()
        .proxy_config(proxy)
        .tls_provider(Provider::Rustls(CryptoMode::Ring))
        .tls_context(context)
        .build()
}

fn header_text((name, value): (&str, &[u8])) -> (String, String) {
    (name.to_owned(), String::from_utf8_lossy(value).into_owned())
}

async fn read_body(body: SdkBody) -> Result<(String, bool), CallError> {
    let mut stream = ByteStream::new(body);
    let mut bytes = Vec::new();
    while bytes.len() <= MAX_BODY_BYTES {
        match stream.try_next().await.map_err(|error| connection_error(&error))? {
            Some(chunk) => bytes.extend_from_slice(&chunk),
            None => break,
        }
    }
    let is_truncated = bytes.len() > MAX_BODY_BYTES;
    bytes.truncate(MAX_BODY_BYTES);
    Ok((String::from_utf8_lossy(&bytes).into_owned(), is_truncated))
}

/// Converts a transport error, naming the proxy if there is one.
fn transport_error(request: &CheckedRequest, error: &(dyn Error + 'static)) -> CallError {
    let failure = connection_error(error);
    let is_direct = !request.is_tls() || request.is_local();
    match (proxy_for(request.uri()).filter(|_| !is_direct), failure) {
        (Some(proxy), CallError::Connection(cause)) => {
            CallError::Connection(format!("through the proxy {proxy}: {}", describe_proxy_error(cause)))
        }
        (_, failure) => failure,
    }
}

/// Returns the TLS fault, or else the innermost cause, which is the most specific ("connection refused").
fn connection_error(error: &(dyn Error + 'static)) -> CallError {
    if let Some(fault) = describe_tls_fault(error) {
        return CallError::Connection(fault);
    }
    let mut cause: &dyn Error = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    CallError::Connection(reword_broken_handshake(cause.to_string()))
}

#[cfg(test)]
mod tests;
