//! Failed TLS handshakes, in plain words. None is repeated: the server would fail again.

use std::error::Error;

use rustls::CertificateError;

use super::error_chain::find_cause;

/// Returns what is wrong, worded to follow the endpoint; `None` if TLS is not the cause.
pub(super) fn describe_tls_fault(error: &(dyn Error + 'static)) -> Option<String> {
    find_cause::<rustls::Error>(error).map(describe)
}

fn describe(error: &rustls::Error) -> String {
    match error {
        rustls::Error::InvalidCertificate(certificate) => describe_certificate(certificate),
        rustls::Error::InvalidMessage(_) | rustls::Error::InappropriateMessage { .. } => {
            "it does not speak TLS on this port".to_owned()
        }
        rustls::Error::PeerIncompatible(_) => "it supports no version of TLS that keypool does".to_owned(),
        rustls::Error::AlertReceived(alert) => format!("it refuses the TLS connection ({alert:?})"),
        other => format!("TLS failed ({other})"),
    }
}

fn describe_certificate(error: &CertificateError) -> String {
    match error {
        CertificateError::UnknownIssuer => "its certificate is not trusted: the issuer is unknown".to_owned(),
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
        other => format!("its certificate is not trusted: {other}"),
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
        ("supports no version of TLS", "upgrade the endpoint to TLS 1.2 or 1.3"),
        ("refuses the TLS connection", "ask whoever runs the endpoint which clients it accepts"),
    ];
    HINTS.iter().find(|(part, _)| cause.contains(part)).map(|(_, hint)| *hint)
}

#[cfg(test)]
mod tests {
    use rustls::{InvalidMessage, PeerIncompatible};

    use super::*;

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
            rustls::Error::InvalidMessage(InvalidMessage::InvalidContentType),
            rustls::Error::PeerIncompatible(PeerIncompatible::Tls12NotOffered),
            rustls::Error::AlertReceived(rustls::AlertDescription::HandshakeFailure),
        ] {
            let wrapped = std::io::Error::other(error);
            let cause = describe_tls_fault(&wrapped).expect("a TLS fault");
            assert!(find_tls_hint(&cause).is_some(), "{cause}");
        }
        assert_eq!(describe_tls_fault(&std::io::Error::other("reset")), None);
    }
}
