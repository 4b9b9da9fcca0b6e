//! The connections of the server, each a task until it closes.

use std::convert::Infallible;
use std::pin::pin;
use std::time::Duration;

use axum::body::Body;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::{Dispatcher, REQUEST_TIMEOUT};

/// How long to wait if no connection can be accepted, for example for lack of file descriptors.
const ACCEPT_RETRY: Duration = Duration::from_secs(1);

/// Serves requests until `shutdown_token` is cancelled, then completes the pending ones.
pub(crate) async fn serve(listener: TcpListener, dispatcher: Dispatcher, shutdown_token: CancellationToken) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            () = shutdown_token.cancelled() => break,
            Some(_) = connections.join_next() => {}
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    connections.spawn(serve_connection(stream, dispatcher.clone(), shutdown_token.clone()));
                }
                Err(error) => {
                    tracing::warn!(%error, "cannot accept a connection");
                    tokio::time::sleep(ACCEPT_RETRY).await;
                }
            }
        }
    }
    drop(listener);
    while connections.join_next().await.is_some() {}
}

async fn serve_connection(stream: TcpStream, dispatcher: Dispatcher, shutdown_token: CancellationToken) {
    // Without TCP_NODELAY, small responses wait for the caller's acknowledgement of the previous one.
    let _ = stream.set_nodelay(true);
    let service = service_fn(async |request: hyper::Request<hyper::body::Incoming>| {
        Ok::<_, Infallible>(dispatcher.receive(request.map(Body::new)).await)
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(REQUEST_TIMEOUT)
        .serve_connection(TokioIo::new(stream), service);
    let mut connection = pin!(connection);
    let result = tokio::select! {
        result = connection.as_mut() => result,
        () = shutdown_token.cancelled() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = result {
        tracing::debug!(%error, "a connection ended");
    }
}
