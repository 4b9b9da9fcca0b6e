//! The calls that wait for a response, so that the command line can say so.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::Intercept;
use aws_smithy_runtime_api::client::interceptors::context::BeforeTransmitInterceptorContextRef;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::{ConfigBag, Storable, StoreReplace};
use tokio::time::Instant;

/// The header with which the SDK marks all attempts of one call.
pub(super) const INVOCATION_ID: &str = "amz-sdk-invocation-id";

/// The calls of one connection that are in flight. Clones share them. As an interceptor of the SDK it learns which
/// attempts belong to one call, and when that ends.
#[derive(Debug, Clone, Default)]
pub(super) struct CallsInFlight(Arc<Mutex<Calls>>);

#[derive(Debug, Default)]
struct Calls {
    next_number: u64,
    started: BTreeMap<u64, Instant>,
    /// When the first attempt of each call was sent, by invocation id; also between two attempts.
    first_attempts: HashMap<String, Option<Instant>>,
}

/// An attempt that is in flight until this is dropped.
#[derive(Debug)]
pub(super) struct CallGuard {
    calls: CallsInFlight,
    number: u64,
}

/// A call with all its attempts, which lasts until this is dropped.
#[derive(Debug)]
struct InvocationGuard {
    calls: CallsInFlight,
    id: String,
}

impl CallsInFlight {
    /// Notes an attempt; `invocation` is its [`INVOCATION_ID`].
    pub(super) fn start(&self, invocation: Option<&str>) -> CallGuard {
        self.start_at(invocation, Instant::now())
    }

    /// Returns how long the oldest call has been waiting since its first attempt, if there is one.
    pub(super) fn longest_wait(&self) -> Option<Duration> {
        self.longest_wait_at(Instant::now())
    }

    fn start_at(&self, invocation: Option<&str>, now: Instant) -> CallGuard {
        let mut calls = self.lock();
        let number = calls.next_number;
        calls.next_number += 1;
        if let Some(first) = invocation.and_then(|id| calls.first_attempts.get_mut(id)) {
            first.get_or_insert(now);
        }
        calls.started.insert(number, now);
        CallGuard { calls: self.clone(), number }
    }

    fn begin_invocation(&self, id: &str) -> InvocationGuard {
        self.lock().first_attempts.insert(id.to_owned(), None);
        InvocationGuard { calls: self.clone(), id: id.to_owned() }
    }

    fn longest_wait_at(&self, now: Instant) -> Option<Duration> {
        let calls = self.lock();
        let started = calls.started.values().chain(calls.first_attempts.values().flatten()).min();
        started.map(|started| now.saturating_duration_since(*started))
    }

    fn lock(&self) -> MutexGuard<'_, Calls> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Intercept for CallsInFlight {
    fn name(&self) -> &'static str {
        "calls in flight"
    }

    fn read_before_transmit(
        &self,
        context: &BeforeTransmitInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        bag: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let id = context.request().headers().get(INVOCATION_ID);
        if let (Some(id), None) = (id, bag.load::<InvocationGuard>()) {
            let guard = self.begin_invocation(id);
            bag.interceptor_state().store_put(guard);
        }
        Ok(())
    }
}

impl Storable for InvocationGuard {
    type Storer = StoreReplace<Self>;
}

impl Drop for CallGuard {
    fn drop(&mut self) {
        self.calls.lock().started.remove(&self.number);
    }
}

impl Drop for InvocationGuard {
    fn drop(&mut self) {
        self.calls.lock().first_attempts.remove(&self.id);
    }
}

#[cfg(test)]
mod tests {
    use aws_smithy_runtime_api::client::http::{
        HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient,
        SharedHttpConnector,
    };
    use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
    use aws_smithy_runtime_api::client::result::ConnectorError;

    use super::*;
    use crate::aws::bundle_servers::BundleServers;
    use crate::aws::route::RouteReportingClient;
    use crate::aws::test_config::sdk_config;

    #[test]
    fn the_oldest_call_in_flight_decides_how_long_the_wait_is() {
        let (calls, start) = (CallsInFlight::default(), Instant::now());
        let after = |seconds| start + Duration::from_secs(seconds);
        assert_eq!(calls.longest_wait_at(start), None);
        let (first, second) = (calls.start_at(None, start), calls.start_at(None, after(4)));
        assert_eq!(calls.longest_wait_at(after(7)), Some(Duration::from_secs(7)));
        drop(first);
        assert_eq!(calls.longest_wait_at(after(7)), Some(Duration::from_secs(3)));
        drop(second);
        assert_eq!(calls.longest_wait_at(after(7)), None);
    }

    /// A transport that notes how long its calls will have waited at `later`, and fails.
    #[derive(Debug, Clone)]
    struct Failing {
        calls: CallsInFlight,
        later: Instant,
        waits: Arc<Mutex<Vec<Option<Duration>>>>,
    }

    impl HttpClient for Failing {
        fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
            SharedHttpConnector::new(self.clone())
        }
    }

    impl HttpConnector for Failing {
        fn call(&self, _: HttpRequest) -> HttpConnectorFuture {
            self.waits.lock().expect("waits").push(self.calls.longest_wait_at(self.later));
            HttpConnectorFuture::ready(Err(ConnectorError::timeout("none".into())))
        }
    }

    #[tokio::test]
    async fn a_call_waits_since_its_first_attempt() {
        let (calls, start) = (CallsInFlight::default(), Instant::now());
        let later = start + Duration::from_secs(3_600);
        let transport = Failing { calls: calls.clone(), later, waits: Arc::default() };
        let config = sdk_config(RouteReportingClient {
            inner: SharedHttpClient::new(transport.clone()),
            proxies: None,
            bundle_servers: BundleServers::default(),
            in_flight: calls.clone(),
        });
        let gateway = aws_sdk_apigateway::config::Builder::from(&config).interceptor(calls.clone());
        let gateway = aws_sdk_apigateway::Client::from_conf(gateway.build());
        assert!(gateway.create_api_key().name("web").send().await.is_err());
        let waits = transport.waits.lock().expect("waits").clone();
        assert!(matches!(waits[..], [Some(_), ..]) && waits.len() == 3, "{waits:?}");
        assert!(waits.iter().all(|wait| *wait == waits[0]), "{waits:?}");
        assert_eq!(calls.longest_wait_at(later), None, "the call has ended");
        assert!(gateway.create_api_key().name("web").send().await.is_err());
        assert!(transport.waits.lock().expect("waits")[3] < waits[0], "a new call starts at 0");
    }
}
