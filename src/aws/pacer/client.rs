//! The pacer as an HTTP client between the SDK and the network, so that the SDK's retries are paced
//! too, and refused calls are seen.

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient,
    SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;

use tokio::time::Instant;

use super::{Operation, Pacer, Priority};
use crate::aws::throttling;

#[derive(Debug, Clone)]
pub(in crate::aws) struct PacedClient {
    pub(in crate::aws) inner: SharedHttpClient,
    pub(in crate::aws) pacer: Pacer,
    pub(in crate::aws) priority: Priority,
}

#[derive(Debug)]
struct PacedConnector {
    inner: SharedHttpConnector,
    pacer: Pacer,
    priority: Priority,
}

impl HttpClient for PacedClient {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(PacedConnector {
            inner: self.inner.http_connector(settings, components),
            pacer: self.pacer.clone(),
            priority: self.priority,
        })
    }
}

impl HttpConnector for PacedConnector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let (inner, pacer, priority) = (self.inner.clone(), self.pacer.clone(), self.priority);
        let operation = Operation::from_request(request.method(), request.uri());
        HttpConnectorFuture::new(async move {
            let _turn = pacer.wait_for_turn(operation, priority).await;
            let started_at = Instant::now();
            let response = inner.call(request).await?;
            if throttling::is_throttled(&response) {
                pacer.note_refusal(operation, started_at, throttling::retry_after(&response));
            }
            Ok(response)
        })
    }
}
