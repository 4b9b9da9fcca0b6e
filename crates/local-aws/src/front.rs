//! The one port: takes a request, finds the service it is for, notes the call and has it answered.
//!
//! Invariant: no request reaches a service before the guard has let it in, whichever service it is for.

mod addressee;
mod guard;

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

use self::addressee::Addressee;
use crate::dynamodb::DynamoDb;
use crate::fault::{NeverSent, Service};
use crate::shared::Shared;
use crate::{admin, apigateway, gateway, sts};

/// What DynamoDB takes, which takes the most.
const LARGEST_BODY: usize = 16 << 20;

/// What every request is answered with.
#[derive(Debug, Clone)]
pub(crate) struct Front {
    pub(crate) shared: Arc<Shared>,
    pub(crate) dynamodb: DynamoDb,
    pub(crate) address: SocketAddr,
}

/// Answers requests until the end.
pub(crate) async fn serve(listener: TcpListener, front: Front, end: CancellationToken) {
    let router = Router::new().fallback(receive).with_state(front);
    let ended = async move { end.cancelled().await };
    // Small answers are not held back until the caller has acknowledged what went before.
    let listener = listener.tap_io(|connection| drop(connection.set_nodelay(true)));
    if let Err(reason) = axum::serve(listener, router).with_graceful_shutdown(ended).await {
        tracing::error!(%reason, "the server has stopped");
    }
}

async fn receive(State(front): State<Front>, request: Request<Body>) -> Response {
    if let Err(refusal) = guard::admit(&request, front.address) {
        return refusal.into();
    }
    let (parts, body) = request.into_parts();
    match axum::body::to_bytes(body, LARGEST_BODY).await {
        Ok(body) => front.dispatch(Request::from_parts(parts, body)).await,
        Err(_) => StatusCode::PAYLOAD_TOO_LARGE.into_response(),
    }
}

impl Front {
    async fn dispatch(&self, request: Request<Bytes>) -> Response {
        if request.uri().path().starts_with(admin::ROOT) {
            return admin::answer(&self.shared, &request);
        }
        let addressee = Addressee::of(&request);
        let number = self.shared.calls.received_one(addressee.service, &addressee.operation);
        let method = request.method().clone();
        let call = addressee.call(method.as_str());
        let response = self.shared.faults.around(call, self.perform(&addressee, request)).await;
        if response.extensions().get::<NeverSent>().is_none() {
            self.shared.calls.answered(number, response.status().as_u16());
        }
        response
    }

    async fn perform(&self, addressee: &Addressee, request: Request<Bytes>) -> Response {
        match addressee.service {
            Service::ApiGateway => apigateway::answer(&self.shared, &request),
            Service::DynamoDb => self.dynamodb.answer(&addressee.operation, &request),
            Service::Sts => sts::answer(&request),
            Service::ExecuteApi => gateway::answer(&self.shared, addressee.visit(&request)),
        }
    }
}
