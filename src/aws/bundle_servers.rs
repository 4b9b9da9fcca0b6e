//! https to servers whose own certificate is in the CA bundle and is marked as a certificate authority's, as
//! `openssl req -x509` makes them.
//!
//! The TLS library refuses such a certificate for a server, whatever is trusted. Invariant: it is accepted here only if
//! it is in the bundle byte for byte, and only after the library found nothing else wrong with it.

use std::collections::HashSet;
use std::error::Error;
use std::sync::{Arc, Mutex, PoisonError};

use aws_smithy_runtime_api::client::http::HttpConnector;
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_types::body::SdkBody;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector as TcpConnector;
use hyper_util::rt::TokioExecutor;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::verify_server_name;
use rustls::crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, ClientConfig, DigitallySignedStruct, SignatureScheme};

use super::error_chain::find_cause;
use super::http::{CONNECT_TIMEOUT, READ_TIMEOUT};

/// The servers whose certificates are in the bundle. Clones share their connections.
#[derive(Debug, Clone, Default)]
pub(super) struct BundleServers(Option<Arc<Connections>>);

#[derive(Debug)]
struct Connections {
    client: Client<HttpsConnector<TcpConnector>, SdkBody>,
    /// The hosts and ports that were reached in this way.
    known: Mutex<HashSet<String>>,
}

impl BundleServers {
    pub(super) fn new(bundle: Vec<CertificateDer<'static>>) -> Self {
        if bundle.is_empty() {
            return Self::default();
        }
        let provider = Arc::new(ring::default_provider());
        let verifier = Arc::new(BundleVerifier { bundle, provider: Arc::clone(&provider) });
        let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
        // Without a protocol version in common with the library itself there is no connection of this kind.
        let Ok(config) = config else { return Self::default() };
        let config = config.dangerous().with_custom_certificate_verifier(verifier).with_no_client_auth();
        let mut tcp = TcpConnector::new();
        tcp.enforce_http(false);
        tcp.set_connect_timeout(Some(CONNECT_TIMEOUT));
        let tls = HttpsConnectorBuilder::new().with_tls_config(config).https_only().enable_http1();
        let client = Client::builder(TokioExecutor::new()).build(tls.wrap_connector(tcp));
        Self(Some(Arc::new(Connections { client, known: Mutex::default() })))
    }

    /// Sends a request through `connector`, or, if that refuses the server's certificate only because it is marked as
    /// an authority's, directly. Nothing of the request is sent before a certificate is accepted.
    pub(super) async fn send(
        &self,
        connector: &dyn HttpConnector,
        request: HttpRequest,
    ) -> Result<HttpResponse, ConnectorError> {
        let Some(connections) = &self.0 else { return connector.call(request).await };
        let authority: Option<String> =
            request.uri().parse().ok().and_then(|uri: http::Uri| Some(uri.authority()?.to_string()));
        let authority = authority.unwrap_or_default();
        if connections.is_known(&authority) {
            return connections.send(request).await;
        }
        let again = request.try_clone();
        match (connector.call(request).await, again) {
            (Err(error), Some(again)) if is_authority_for_server(&error) => {
                let response = connections.send(again).await?;
                connections.remember(authority);
                Ok(response)
            }
            (result, _) => result,
        }
    }
}

impl Connections {
    fn is_known(&self, authority: &str) -> bool {
        self.known.lock().unwrap_or_else(PoisonError::into_inner).contains(authority)
    }

    fn remember(&self, authority: String) {
        self.known.lock().unwrap_or_else(PoisonError::into_inner).insert(authority);
    }

    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, ConnectorError> {
        let request = request.try_into_http1x().map_err(|error| ConnectorError::user(error.into()))?;
        let response = tokio::time::timeout(READ_TIMEOUT, self.client.request(request)).await;
        let response = response.map_err(|_| ConnectorError::timeout("HTTP read timeout".into()))?;
        let response = response.map_err(|error| ConnectorError::io(error.into()))?;
        HttpResponse::try_from(response.map(SdkBody::from_body_1_x))
            .map_err(|error| ConnectorError::other(error.into(), None))
    }
}

/// The library's check of validity dates comes before this error.
fn is_authority_for_server(error: &(dyn Error + 'static)) -> bool {
    match find_cause::<rustls::Error>(error) {
        Some(rustls::Error::InvalidCertificate(CertificateError::Other(other))) => {
            other.to_string().contains("CaUsedAsEndEntity")
        }
        _ => false,
    }
}

#[derive(Debug)]
struct BundleVerifier {
    bundle: Vec<CertificateDer<'static>>,
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for BundleVerifier {
    fn verify_server_cert(
        &self,
        certificate: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        if !self.bundle.iter().any(|trusted| trusted == certificate) {
            return Err(CertificateError::UnknownIssuer.into());
        }
        verify_server_name(&ParsedCertificate::try_from(certificate)?, name)?;
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls12_signature(message, certificate, signature, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls13_signature(message, certificate, signature, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

#[cfg(test)]
mod tests;
