//! The HTTP client under the SDK: which authorities it trusts, which proxy it takes, and when it gives up.

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
use rustls::pki_types::pem::PemObject;

use super::Failure;

/// The system's authorities and, where a bundle is named, those in it.
///
/// `origin` is the setting that names the bundle.
pub(super) fn tls_context(bundle: Option<&Path>, origin: &str) -> Result<TlsContext, Failure> {
    let mut store = TrustStore::default();
    if let Some(path) = bundle {
        let sentence = |why: String| {
            Failure::Setting(format!("{origin}: the CA bundle {} cannot be used: {why}", path.display()))
        };
        let pem = std::fs::read(path).map_err(|why| sentence(why.to_string()))?;
        check_bundle(&pem).map_err(sentence)?;
        store = store.with_pem_certificate(pem);
    }
    TlsContext::builder()
        .with_trust_store(store)
        .build()
        .map_err(|why| Failure::Setting(format!("TLS cannot be set up: {why}")))
}

// The SDK's TLS provider panics over a bundle that it cannot read.
fn check_bundle(pem: &[u8]) -> Result<(), String> {
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(pem) {
        let certificate = certificate.map_err(|why| format!("it is not PEM ({why})"))?;
        roots.add(certificate).map_err(|why| format!("it holds something that is no certificate ({why})"))?;
    }
    if roots.is_empty() { Err("it holds no certificate".to_owned()) } else { Ok(()) }
}

/// A client for https, and for http too.
pub(super) fn tls_client(trust: TlsContext, proxy: ProxyConfig) -> SharedHttpClient {
    Builder::new().build_with_connector_fn(move |settings, components| {
        let mut builder = Connector::builder().proxy_config(proxy.clone());
        builder.set_connector_settings(settings.cloned());
        builder.set_sleep_impl(components.and_then(|components| components.sleep_impl()));
        builder.tls_provider(Provider::Rustls(CryptoMode::Ring)).tls_context(trust.clone()).build()
    })
}

/// A client for plain http that loads no certificates and knows no proxy.
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

/// Short for the connection, long for an answer: GetUsagePlanKeys of a full plan takes its time.
pub(super) fn timeouts() -> TimeoutConfig {
    TimeoutConfig::builder()
        .connect_timeout(Duration::from_secs(5))
        .read_timeout(Duration::from_secs(30))
        .build()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bundle_without_certificates_is_an_error_instead_of_a_panic() {
        let folder = tempfile::tempdir().expect("folder");
        let path = folder.path().join("ca.pem");
        let said = |text: &str| {
            std::fs::write(&path, text).expect("written");
            tls_context(Some(&path), "--ca-bundle").expect_err("refused").to_string()
        };
        assert!(said("hello").contains("holds no certificate"));
        let broken = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
        assert!(said(broken).contains("ca.pem cannot be used"));
        assert!(tls_context(Some(&folder.path().join("none.pem")), "").is_err());
        assert!(tls_context(None, "").is_ok());
    }
}
