//! The client over TLS: which certificates it trusts, and that untrusted servers receive no key.

use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::thread::JoinHandle;

use aws_smithy_http_client::tls::TrustStore;
use rcgen::{CertifiedKey, generate_simple_self_signed};
use rustls::crypto::ring;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

use super::{ApiResponse, CallError, CallRequest, KEY, ProtectedApi, Secret, TlsContext};

/// Starts a server with its own certificate. The thread returns the request head, or `None` if TLS
/// failed.
fn server() -> (SocketAddr, String, JoinHandle<Option<String>>) {
    let CertifiedKey { cert, signing_key } =
        generate_simple_self_signed(["127.0.0.1".to_owned()]).expect("a certificate");
    let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(signing_key.serialize_der()));
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_no_client_auth()
        .with_single_cert(vec![cert.der().clone()], key)
        .expect("a configuration");
    let listener = TcpListener::bind("127.0.0.1:0").expect("loopback");
    let address = listener.local_addr().expect("bound");
    let thread = std::thread::spawn(move || {
        let (stream, _) = listener.accept().expect("a connection");
        let session = ServerConnection::new(Arc::new(config)).expect("a session");
        let mut reader = BufReader::new(StreamOwned::new(session, stream));
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            reader.read_line(&mut head).ok().filter(|read| *read > 0)?;
        }
        let response = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi";
        reader.get_mut().write_all(response).expect("sent");
        Some(head)
    });
    (address, cert.pem(), thread)
}

async fn send(address: SocketAddr, trust: TrustStore) -> Result<ApiResponse, CallError> {
    let tls = TlsContext::builder().with_trust_store(trust).build().expect("a context");
    let request = CallRequest {
        invoke_url: format!("https://{address}/prod"),
        method: "GET".into(),
        path: "/api".into(),
        ..CallRequest::default()
    };
    ProtectedApi::new(tls).send(&request.check().expect("a valid request"), &Secret::new(KEY)).await
}

#[tokio::test]
async fn certificate_authorities_in_the_bundle_are_trusted() {
    let (address, pem, thread) = server();
    let response = send(address, TrustStore::empty().with_pem_certificate(pem)).await.expect("a response");
    assert_eq!((response.status, response.body.as_str()), (200, "hi"));
    let head = thread.join().expect("served").expect("a request");
    assert!(head.starts_with("GET /prod/api HTTP/1.1\r\n") && head.contains(KEY), "{head}");
}

#[tokio::test]
async fn untrusted_servers_never_receive_the_key() {
    let (address, _, thread) = server();
    let (_, other_pem, _) = server();
    let failure =
        send(address, TrustStore::empty().with_pem_certificate(other_pem)).await.expect_err("untrusted");
    assert!(failure.to_string().contains("certificate"), "{failure}");
    assert_eq!(thread.join().expect("served"), None);
}
