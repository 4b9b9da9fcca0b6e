//! The HTTP server: receives every request, finds its service and operation, records the call and runs it.
//!
//! Invariant: the guard checks every request before any service sees it.

mod guard;
mod target;

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{Request, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::serve::ListenerExt;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use self::target::RequestTarget;
use crate::dynamodb::DynamoDb;
use crate::fault::{NeverSent, Service};
use crate::shared::Shared;
use crate::{admin, apigateway, gateway, sts};

/// DynamoDB's request limit, the largest of all services.
const MAX_BODY_BYTES: usize = 16 << 20;

#[derive(Debug, Clone)]
pub(crate) struct Dispatcher {
    pub(crate) shared: Arc<Shared>,
    pub(crate) dynamodb: DynamoDb,
    pub(crate) address: SocketAddr,
}

/// Serves requests until `shutdown_token` is cancelled.
pub(crate) async fn serve(listener: TcpListener, dispatcher: Dispatcher, shutdown_token: CancellationToken) {
    let router = Router::new().fallback(receive).with_state(dispatcher);
    let shutdown = async move { shutdown_token.cancelled().await };
    // Without TCP_NODELAY, small responses wait for the caller's acknowledgement of the previous one.
    let listener = listener.tap_io(|connection| drop(connection.set_nodelay(true)));
    if let Err(error) = axum::serve(listener, router).with_graceful_shutdown(shutdown).await {
        tracing::error!(%error, "the server has stopped");
    }
}

async fn receive(State(dispatcher): State<Dispatcher>, request: Request<Body>) -> Response {
    if let Err(error) = guard::admit(&request, dispatcher.address) {
        return error.into();
    }
    let (parts, body) = request.into_parts();
    match axum::body::to_bytes(body, MAX_BODY_BYTES).await {
        Ok(body) => dispatcher.dispatch(Request::from_parts(parts, body)).await,
        Err(_) => StatusCode::PAYLOAD_TOO_LARGE.into_response(),
    }
}

impl Dispatcher {
    async fn dispatch(&self, request: Request<Bytes>) -> Response {
        if request.uri().path().starts_with(admin::PATH_PREFIX) {
            return admin::handle(&self.shared, &request);
        }
        let target = RequestTarget::from_request(&request);
        let number = self.shared.calls.record(target.service, &target.operation);
        let method = request.method().clone();
        let call = target.call_target(method.as_str());
        let response = self.shared.faults.apply(call, self.perform(&target, request)).await;
        if response.extensions().get::<NeverSent>().is_none() {
            self.shared.calls.record_status(number, response.status().as_u16());
        }
        response
    }

    async fn perform(&self, target: &RequestTarget, request: Request<Bytes>) -> Response {
        match target.service {
            Service::ApiGateway => apigateway::handle(&self.shared, &request),
            Service::DynamoDb => self.dynamodb.handle(&target.operation, &request),
            Service::Sts => sts::handle(&request),
            Service::ExecuteApi => gateway::handle(&self.shared, target.gateway_request(&request)),
        }
    }
}
