//! Failed TLS handshakes, in plain words. None is repeated: the server would fail again.

use std::error::Error;

use rustls::CertificateError;

use super::error_chain::find_cause;
use super::tls_probe::ServerSpeaksTls;

/// Returns what is wrong, worded to follow the endpoint; `None` if TLS is not the cause.
pub(super) fn describe_tls_fault(error: &(dyn Error + 'static)) -> Option<String> {
    if find_cause::<ServerSpeaksTls>(error).is_some() {
        return Some("it speaks TLS on this port".to_owned());
    }
    find_cause::<rustls::Error>(error).map(describe)
}

/// Rewords the transport's message about a handshake that the server broke off, which may be temporary.
pub(super) fn reword_broken_handshake(cause: String) -> String {
    match &*cause {
        "tls handshake eof" => "it closes the connection during the TLS handshake".to_owned(),
        _ => cause,
    }
}

fn describe(error: &rustls::Error) -> String {
    match error {
        rustls::Error::InvalidCertificate(certificate) => describe_certificate(certificate),
        rustls::Error::InvalidMessage(_) | rustls::Error::InappropriateMessage { .. } => {
            "it does not speak TLS on this port".to_owned()
        }
        rustls::Error::PeerIncompatible(_) => "it supports no version of TLS that keypool does".to_owned(),
        rustls::Error::AlertReceived(_) => "it refuses the TLS connection".to_owned(),
        rustls::Error::NoCertificatesPresented => "it has no certificate".to_owned(),
        rustls::Error::NoApplicationProtocol => "it does not speak HTTP on this port".to_owned(),
        // The library's enum is `#[non_exhaustive]`, and its other messages contain debug text.
        _ => "the TLS handshake failed".to_owned(),
    }
}

fn describe_certificate(error: &CertificateError) -> String {
    match error {
        CertificateError::UnknownIssuer => "its certificate is not trusted: its issuer is unknown".to_owned(),
        // What the library says of a server's certificate that is an authority's, which `openssl req -x509` makes.
        CertificateError::Other(other) if other.to_string().contains("CaUsedAsEndEntity") => {
            "its certificate is not trusted: it is self-signed".to_owned()
        }
        CertificateError::BadSignature => {
            "its certificate is not trusted: it is not signed by the authority that it names".to_owned()
        }
        CertificateError::BadEncoding => "its certificate is not trusted: it is malformed".to_owned(),
        CertificateError::InvalidPurpose | CertificateError::InvalidPurposeContext { .. } => {
            "its certificate is not trusted: it is not for servers".to_owned()
        }
        CertificateError::UnsupportedSignatureAlgorithmContext { .. }
        | CertificateError::UnsupportedSignatureAlgorithmForPublicKeyContext { .. } => {
            "its certificate is not trusted: its kind of signature is not supported".to_owned()
        }
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
            "its certificate has expired".to_owned()
        }
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            "its certificate is not valid yet".to_owned()
        }
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            "its certificate is for another host name".to_owned()
        }
        CertificateError::Revoked => "its certificate was revoked".to_owned(),
        // The library's enum is `#[non_exhaustive]`, and its other messages contain debug text.
        _ => "its certificate is not trusted: it cannot be checked".to_owned(),
    }
}

/// Returns what to do about a fault, by its description.
pub(super) fn find_tls_hint(cause: &str) -> Option<&'static str> {
    const HINTS: &[(&str, &str)] = &[
        (
            "certificate is not trusted",
            "if the endpoint has its own certificate authority or a self-signed certificate, pass its PEM file with \
             --ca-bundle",
        ),
        ("certificate has expired", "renew the endpoint's certificate, or set the clock of this machine"),
        (
            "certificate is not valid yet",
            "set the clock of this machine, or wait until the certificate is valid",
        ),
        (
            "certificate is for another host name",
            "use a host name of the certificate in the endpoint (`keypool config` shows where it is set)",
        ),
        ("certificate was revoked", "replace the endpoint's certificate"),
        (
            "does not speak TLS",
            "if the endpoint has no TLS, write http:// instead of https:// (`keypool config` shows where it is set)",
        ),
        (
            "speaks TLS on this port",
            "write https:// instead of http:// (`keypool config` shows where it is set)",
        ),
        (
            "during the TLS handshake",
            "check that the endpoint speaks TLS on this port; if it does not, write http:// instead of https:// \
             (`keypool config` shows where it is set)",
        ),
        ("supports no version of TLS", "upgrade the endpoint to TLS 1.2 or 1.3"),
        ("has no certificate", "give the endpoint a certificate"),
        (
            "TLS handshake failed",
            "check that the endpoint speaks TLS and HTTP on this port (`keypool config` shows where it is set)",
        ),
        ("does not speak HTTP", "check the port of the endpoint (`keypool config` shows where it is set)"),
        ("refuses the TLS connection", "ask the operator of the endpoint which clients it accepts"),
    ];
    HINTS.iter().find(|(part, _)| cause.contains(part)).map(|(_, hint)| *hint)
}

#[cfg(test)]
mod tests {
    use rustls::{InvalidMessage, PeerIncompatible};

    use super::*;

    /// Displays like the TLS library's error for a server's certificate that is an authority's.
    #[derive(Debug, thiserror::Error)]
    #[error("CaUsedAsEndEntity")]
    struct AuthorityForServer;

    fn authority_for_server() -> CertificateError {
        CertificateError::Other(rustls::OtherError(std::sync::Arc::new(AuthorityForServer)))
    }

    #[test]
    fn a_self_signed_certificate_is_called_that() {
        let cause = describe_certificate(&authority_for_server());
        assert_eq!(cause, "its certificate is not trusted: it is self-signed");
        assert!(find_tls_hint(&cause).is_some_and(|hint| hint.contains("--ca-bundle")));
    }

    #[test]
    fn every_described_fault_has_a_hint() {
        let certificate = rustls::Error::InvalidCertificate;
        for error in [
            certificate(CertificateError::UnknownIssuer),
            certificate(CertificateError::Expired),
            certificate(CertificateError::NotValidYet),
            certificate(CertificateError::NotValidForName),
            certificate(CertificateError::Revoked),
            certificate(CertificateError::BadSignature),
            certificate(CertificateError::BadEncoding),
            certificate(CertificateError::InvalidPurpose),
            certificate(CertificateError::UnhandledCriticalExtension),
            certificate(authority_for_server()),
            rustls::Error::NoCertificatesPresented,
            rustls::Error::NoApplicationProtocol,
            rustls::Error::DecryptError,
            rustls::Error::InvalidMessage(InvalidMessage::InvalidContentType),
            rustls::Error::PeerIncompatible(PeerIncompatible::Tls12NotOffered),
            rustls::Error::AlertReceived(rustls::AlertDescription::HandshakeFailure),
        ] {
            let wrapped = std::io::Error::other(error);
            let cause = describe_tls_fault(&wrapped).expect("a TLS fault");
            assert!(find_tls_hint(&cause).is_some(), "{cause}");
            let has_debug_text =
                cause.contains(['{', '[']) || cause.contains("BadS") || cause.contains("Error");
            assert!(!has_debug_text, "{cause}");
        }
        assert_eq!(describe_tls_fault(&std::io::Error::other("reset")), None);
        let plain = describe_tls_fault(&std::io::Error::other(ServerSpeaksTls)).expect("a TLS fault");
        let broken = reword_broken_handshake("tls handshake eof".to_owned());
        for (cause, advice) in [(plain, "write https://"), (broken, "write http://")] {
            assert!(find_tls_hint(&cause).is_some_and(|hint| hint.contains(advice)), "{cause}");
        }
    }
}
