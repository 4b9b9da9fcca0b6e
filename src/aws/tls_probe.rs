//! Whether a server that gives no answer to plain HTTP speaks TLS on that port: it is asked.
//!
//! Such a server closes the connection, sends an alert, or answers 400. Only the beginning of a TLS handshake is
//! sent, which changes nothing.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use http::Uri;
use rustls::crypto::ring;
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, ClientConnection, RootCertStore};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

const PROBE_TIMEOUT: Duration = Duration::from_secs(2);
const PLAIN_HTTP_PORT: u16 = 80;

/// The first byte of TLS records with an alert and with a handshake, and the second of all.
const ALERT: u8 = 21;
const HANDSHAKE: u8 = 22;
const MAJOR_VERSION: u8 = 3;

/// The server of an `http://` address speaks TLS.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("it speaks TLS on this port")]
pub(super) struct ServerSpeaksTls;

/// Begins a TLS handshake with the server of this address.
pub(super) async fn speaks_tls(uri: &Uri) -> bool {
    let Some(host) = uri.host() else { return false };
    let port = uri.port_u16().unwrap_or(PLAIN_HTTP_PORT);
    let answer = timeout(PROBE_TIMEOUT, first_record(host.trim_matches(['[', ']']), port)).await;
    matches!(answer, Ok(Ok([ALERT | HANDSHAKE, MAJOR_VERSION])))
}

async fn first_record(host: &str, port: u16) -> io::Result<[u8; 2]> {
    let hello = client_hello(host)?;
    let mut stream = TcpStream::connect((host, port)).await?;
    stream.write_all(&hello).await?;
    let mut start = [0; 2];
    stream.read_exact(&mut start).await?;
    Ok(start)
}

fn client_hello(host: &str) -> io::Result<Vec<u8>> {
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(io::Error::other)?
        .with_root_certificates(RootCertStore::empty())
        .with_no_client_auth();
    let name = ServerName::try_from(host.to_owned()).map_err(io::Error::other)?;
    let mut connection = ClientConnection::new(Arc::new(config), name).map_err(io::Error::other)?;
    let mut hello = Vec::new();
    connection.write_tls(&mut hello)?;
    Ok(hello)
}
