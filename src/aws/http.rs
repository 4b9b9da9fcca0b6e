//! The HTTP client below the SDK: trusted certificate authorities, proxies and timeouts.

use std::path::Path;
use std::time::Duration;

use aws_smithy_http_client::proxy::ProxyConfig;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_http_client::tls::{Provider, TlsContext, TrustStore};
use aws_smithy_http_client::{Builder, Connector};
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use aws_smithy_runtime_api::shared::IntoShared;
use aws_smithy_types::timeout::TimeoutConfig;
use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::{self, PemObject};

use super::Failure;
use super::bundle_servers::BundleServers;

/// Which servers to trust.
#[derive(Debug, Clone)]
pub(super) struct Trust {
    /// The system's certificate authorities and those of the bundle.
    pub(super) tls_context: TlsContext,
    /// Servers whose own certificates are in the bundle.
    pub(super) bundle_servers: BundleServers,
}

/// Trusts the system's certificate authorities and those of the bundle, if one is given.
///
/// `origin` is the setting that names the bundle.
pub(super) fn trust_bundle(bundle: Option<&Path>, origin: &str) -> Result<Trust, Failure> {
    let (mut store, mut certificates) = (TrustStore::default(), Vec::new());
    if let Some(path) = bundle {
        let failure = |error: String| {
            Failure::Setting(format!("{origin}: the CA bundle {} cannot be used: {error}", path.display()))
        };
        let pem = std::fs::read(path).map_err(|error| failure(error.to_string()))?;
        certificates = parse_bundle(&pem).map_err(failure)?;
        store = store.with_pem_certificate(pem);
    }
    let tls_context = TlsContext::builder().with_trust_store(store).build();
    let tls_context =
        tls_context.map_err(|error| Failure::Setting(format!("TLS cannot be set up: {error}")))?;
    Ok(Trust { tls_context, bundle_servers: BundleServers::new(certificates) })
}

// The SDK's TLS provider panics if it cannot parse a bundle.
fn parse_bundle(pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, String> {
    let (mut roots, mut certificates) = (RootCertStore::empty(), Vec::new());
    for certificate in CertificateDer::pem_slice_iter(pem) {
        let certificate = certificate.map_err(|error| describe_pem_error(&error).to_owned())?;
        let added = roots.add(certificate.clone());
        added.map_err(|_| "it contains an invalid certificate".to_owned())?;
        certificates.push(certificate);
    }
    if certificates.is_empty() { Err("it contains no certificate".to_owned()) } else { Ok(certificates) }
}

const fn describe_pem_error(error: &pem::Error) -> &'static str {
    match error {
        pem::Error::MissingSectionEnd { .. } => "it is cut: a certificate in it has no end",
        pem::Error::IllegalSectionStart { .. } | pem::Error::Base64Decode(_) => {
            "it is not PEM: a certificate in it is malformed"
        }
        // The library's enum is `#[non_exhaustive]`, and its other messages contain debug text.
        _ => "it is not PEM",
    }
}

/// Creates a client for https and http.
pub(super) fn tls_client(trust: TlsContext, proxy: ProxyConfig) -> SharedHttpClient {
    Builder::new().build_with_connector_fn(move |settings, components| {
        let mut builder = Connector::builder().proxy_config(proxy.clone());
        builder.set_connector_settings(settings.cloned());
        builder.set_sleep_impl(components.and_then(|components| components.sleep_impl()));
        builder.tls_provider(Provider::Rustls(CryptoMode::Ring)).tls_context(trust.clone()).build()
    })
}

/// Creates a client for plain http that loads no certificates and ignores proxies.
pub(super) fn plain_client() -> SharedHttpClient {
    Builder::new()
        .build_with_connector_fn(|settings, components| {
            let mut builder = Connector::builder();
            builder.set_connector_settings(settings.cloned());
            builder.set_sleep_impl(components.and_then(|components| components.sleep_impl()));
            builder.build_http()
        })
        .into_shared()
}

pub(super) const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// Responses may be slow: GetUsagePlanKeys of a full plan takes long.
pub(super) const READ_TIMEOUT: Duration = Duration::from_secs(30);

pub(super) fn timeouts() -> TimeoutConfig {
    TimeoutConfig::builder().connect_timeout(CONNECT_TIMEOUT).read_timeout(READ_TIMEOUT).build()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_waits_5_s_for_a_connection_and_30_s_for_its_response() {
        let seconds = |time: Option<Duration>| time.map(|time| time.as_secs());
        let timeouts = timeouts();
        assert_eq!(
            (seconds(timeouts.connect_timeout()), seconds(timeouts.read_timeout())),
            (Some(5), Some(30))
        );
    }

    #[test]
    fn bundle_without_certificates_is_an_error_instead_of_a_panic() {
        let folder = tempfile::tempdir().expect("folder");
        let path = folder.path().join("ca.pem");
        let error_for = |text: &str| {
            std::fs::write(&path, text).expect("written");
            trust_bundle(Some(&path), "--ca-bundle").expect_err("refused").to_string()
        };
        assert!(error_for("hello").contains("contains no certificate"));
        let broken = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
        assert!(error_for(broken).contains("ca.pem cannot be used"));
        let cut = error_for("-----BEGIN CERTIFICATE-----\nAAAA\n");
        assert!(cut.ends_with("it is cut: a certificate in it has no end"), "{cut}");
        assert!(trust_bundle(Some(&folder.path().join("none.pem")), "").is_err());
        assert!(trust_bundle(None, "").is_ok());
    }
}
