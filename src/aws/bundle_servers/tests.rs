//! Connections of the SDK to servers with certificates of several kinds, over real TLS.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use rcgen::{BasicConstraints, CertificateParams, IsCa, KeyPair};
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

use super::ring;
use crate::aws::{Aws, CredentialSource, Failure, Retries, Target};

/// What a server answers to any request: an empty list of REST APIs.
const RESPONSE: &[u8] = b"HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 11\r\n\r\n{\"item\":[]}";

struct Server {
    url: String,
    pem: String,
    connections: Arc<AtomicUsize>,
}

/// Starts a server with a self-signed certificate for these names.
fn start_server(names: &[&str], is_authority: bool) -> Server {
    let key = KeyPair::generate().expect("a key");
    let names: Vec<String> = names.iter().map(ToString::to_string).collect();
    let mut params = CertificateParams::new(names).expect("names");
    if is_authority {
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    }
    let certificate = params.self_signed(&key).expect("a certificate");
    let der = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], der)
        .expect("a configuration");
    let config = Arc::new(config);
    let serve = move |stream: std::net::TcpStream| -> Option<()> {
        let session = ServerConnection::new(Arc::clone(&config)).ok()?;
        let mut reader = BufReader::new(StreamOwned::new(session, stream));
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            reader.read_line(&mut head).ok().filter(|read| *read > 0)?;
        }
        reader.get_mut().write_all(RESPONSE).ok()
    };
    let (url, connections) = listen("https", serve);
    Server { url, pem: certificate.pem(), connections }
}

/// Serves each connection in turn, on a thread that ends with the test's process.
fn listen(
    scheme: &str,
    serve: impl Fn(std::net::TcpStream) -> Option<()> + Send + 'static,
) -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("loopback");
    let url = format!("{scheme}://{}", listener.local_addr().expect("bound"));
    let connections = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&connections);
    std::thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            counter.fetch_add(1, Ordering::SeqCst);
            serve(stream);
        }
    });
    (url, connections)
}

/// Reads the REST APIs from an endpoint, trusting `bundle`, with retries.
async fn read_apis(url: &str, bundle: &str) -> Result<usize, Failure> {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("ca.pem");
    std::fs::write(&path, bundle).expect("written");
    let target = Target {
        endpoint_url: Some(url.to_owned()),
        ca_bundle: Some(path),
        credentials: CredentialSource::Demo,
        retries: Retries::Standard,
        ..Target::default()
    };
    let aws = Aws::connect(&target).await?;
    for _ in 0..2 {
        aws.rest_apis().await?;
    }
    Ok(aws.rest_apis().await?.len())
}

#[tokio::test]
async fn a_self_signed_certificate_in_the_bundle_works_whether_it_is_an_authoritys_or_not() {
    for is_authority in [false, true] {
        let server = start_server(&["127.0.0.1"], is_authority);
        assert_eq!(read_apis(&server.url, &server.pem).await, Ok(0), "{is_authority}");
    }
}

/// Returns the failure's cause, after checking that its hint contains `hint`.
async fn read_cause(url: &str, bundle: &str, hint: &str) -> String {
    let failure = read_apis(url, bundle).await.expect_err("a failure");
    assert!(failure.hint().is_some_and(|text| text.contains(hint)), "{failure}: {:?}", failure.hint());
    match failure {
        Failure::Unreachable { endpoint, cause } => {
            assert_eq!(endpoint, url);
            cause
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_tls_fault_is_not_repeated_and_says_what_to_do() {
    for is_authority in [false, true] {
        let (server, other) =
            (start_server(&["127.0.0.1"], is_authority), start_server(&["127.0.0.1"], true));
        let cause = read_cause(&server.url, &other.pem, "--ca-bundle").await;
        assert!(cause.starts_with("its certificate is not trusted"), "{cause}");
        assert!(server.connections.load(Ordering::SeqCst) <= 2, "{is_authority}");

        let server = start_server(&["aws.example"], is_authority);
        let cause = read_cause(&server.url, &server.pem, "use a host name of the certificate").await;
        assert_eq!(cause, "its certificate is for another host name");
        assert!(server.connections.load(Ordering::SeqCst) <= 2, "{is_authority}");
    }
    let answer_in_http = |mut stream: std::net::TcpStream| {
        let _ = stream.read(&mut [0; 1024]).ok()?;
        stream.write_all(b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n").ok()
    };
    let (url, connections) = listen("https", answer_in_http);
    let pem = start_server(&["127.0.0.1"], false).pem;
    let cause = read_cause(&url, &pem, "write http:// instead of https://").await;
    assert_eq!(cause, "it does not speak TLS on this port");
    assert_eq!(connections.load(Ordering::SeqCst), 1);
}
