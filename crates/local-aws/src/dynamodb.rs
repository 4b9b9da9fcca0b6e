//! DynamoDB: dynoxide, on a listener of its own behind the front.
//!
//! Invariant: only the front talks to that listener. It cannot be kept from anybody else on this machine, so it takes
//! any loopback address where the system has more than one, which no web page would find.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;

use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, Request, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use dynoxide::Database;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use rand::Rng;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::server::StartError;

/// The way to the database.
#[derive(Debug, Clone)]
pub(crate) struct DynamoDb {
    address: SocketAddr,
    client: Client<HttpConnector, Body>,
}

impl DynamoDb {
    /// Listens for the front, and returns what has to be run until the end.
    pub(crate) async fn listen(
        database: Database,
        end: CancellationToken,
    ) -> Result<(Self, impl Future<Output = ()> + Send + 'static), StartError> {
        let (listener, address) = hidden_listener()
            .await
            .map_err(|source| StartError::Listen { address: (Ipv4Addr::LOCALHOST, 0).into(), source })?;
        let serving = async move {
            let ended = async move { end.cancelled().await };
            if let Err(reason) = dynoxide::server::serve_with_shutdown(listener, database, ended).await {
                tracing::error!(reason, "DynamoDB has stopped");
            }
        };
        let mut connector = HttpConnector::new();
        connector.set_nodelay(true);
        Ok((Self { address, client: Client::builder(TokioExecutor::new()).build(connector) }, serving))
    }

    /// Has a request answered.
    pub(crate) async fn answer(&self, request: Request<Bytes>) -> Response {
        let (mut parts, body) = request.into_parts();
        let Ok(uri) = Uri::builder()
            .scheme("http")
            .authority(self.address.to_string())
            .path_and_query(parts.uri.path_and_query().map_or("/", |path| path.as_str()))
            .build()
        else {
            return StatusCode::BAD_REQUEST.into_response();
        };
        parts.uri = uri;
        remove_hop_headers(&mut parts.headers);
        parts.headers.remove(header::HOST);
        match self.client.request(Request::from_parts(parts, Body::from(body))).await {
            Ok(response) => {
                let (mut parts, body) = response.into_parts();
                remove_hop_headers(&mut parts.headers);
                Response::from_parts(parts, Body::new(body))
            }
            Err(reason) => {
                tracing::error!(%reason, "DynamoDB does not answer");
                StatusCode::SERVICE_UNAVAILABLE.into_response()
            }
        }
    }
}

fn remove_hop_headers(headers: &mut HeaderMap) {
    for name in [header::CONNECTION, header::TRANSFER_ENCODING, header::EXPECT] {
        headers.remove(name);
    }
}

async fn hidden_listener() -> std::io::Result<(TcpListener, SocketAddr)> {
    let [second, third, fourth] = rand::rng().random::<[u8; 3]>();
    let hidden = Ipv4Addr::new(127, second, third, fourth.clamp(2, 254));
    let listener = match TcpListener::bind((hidden, 0)).await {
        Ok(listener) => listener,
        Err(_) => TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?,
    };
    let address = listener.local_addr()?;
    Ok((listener, address))
}

/// A database that ends with the process.
pub(crate) fn in_memory() -> Result<Database, StartError> {
    Database::memory().map_err(not_open)
}

/// A database that outlives the process.
pub(crate) fn on_file(path: &Path) -> Result<Database, StartError> {
    Database::new(&path.to_string_lossy()).map_err(not_open)
}

/// Fills a database on a file, for which nothing has to be on the disk before the end.
pub(crate) fn in_bulk(
    database: &Database,
    fill: impl FnOnce() -> Result<(), StartError>,
) -> Result<(), StartError> {
    database.enable_bulk_loading().map_err(not_open)?;
    fill()?;
    database.disable_bulk_loading().map_err(not_open)
}

fn not_open(reason: dynoxide::DynoxideError) -> StartError {
    StartError::DynamoDb(reason.to_string())
}
