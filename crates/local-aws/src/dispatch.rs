//! The HTTP server: receives every request, finds its service and operation, records the call and runs it.
//!
//! Invariant: the guard checks every request before any service sees it.

mod connections;
mod guard;
mod target;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::{Request, StatusCode};
use axum::response::{IntoResponse, Response};

pub(crate) use self::connections::serve;
use self::target::RequestTarget;
use crate::dynamodb::DynamoDb;
use crate::fault::{NeverSent, Service};
use crate::shared::Shared;
use crate::{admin, apigateway, gateway, logs, sts};

/// DynamoDB's request limit, the largest of all services.
const MAX_BODY_BYTES: usize = 16 << 20;

/// A request whose head or body takes longer is dropped. Also closes connections that are idle for so long.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(60);

#[derive(Debug, Clone)]
pub(crate) struct Dispatcher {
    pub(crate) shared: Arc<Shared>,
    pub(crate) dynamodb: DynamoDb,
    pub(crate) address: SocketAddr,
}

impl Dispatcher {
    /// Reads a request to its end, and returns the response.
    async fn receive(&self, request: Request<Body>) -> Response {
        if let Err(error) = guard::admit(&request, self.address) {
            return error.into();
        }
        let (parts, body) = request.into_parts();
        let body = axum::body::to_bytes(body, MAX_BODY_BYTES);
        match tokio::time::timeout(REQUEST_TIMEOUT, body).await {
            Ok(Ok(body)) => self.dispatch(Request::from_parts(parts, body)).await,
            Ok(Err(_)) => StatusCode::PAYLOAD_TOO_LARGE.into_response(),
            Err(_) => StatusCode::REQUEST_TIMEOUT.into_response(),
        }
    }

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
            Service::DynamoDb => self.dynamodb.handle(&self.shared, &target.operation, &request),
            Service::Logs => logs::handle(&self.shared, &target.operation, request.body()),
            Service::Sts => sts::handle(&target.operation, &request),
            Service::ExecuteApi => gateway::handle(&self.shared, target.gateway_request(&request)),
        }
    }
}
