//! A connection to AWS: the clients of all services, and what they share.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_async::rt::sleep::{SharedAsyncSleep, TokioSleep};
use aws_smithy_http_client::proxy::ProxyConfig;
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use hyper_util::client::proxy::matcher::Matcher;
use jiff::Timestamp;
use keypool_domain::StageRef;
use tokio::sync::OnceCell;

use super::failure::{AwsCall, Service};
use super::gateway::MemberCache;
use super::hopeless::HopelessCall;
use super::http::Trust;
use super::in_flight::CallsInFlight;
use super::pacer::{ExpectedCalls, Pace, PacedClient, Pacer, Priority};
use super::profile::{Profile, Renewal};
use super::protected_api::ProtectedApi;
use super::retry::{ConcurrentModification, RetryAfter, TransientTransaction};
use super::route::RouteReportingClient;
use super::{
    ClockAndRandom, CredentialSource, Endpoint, EndpointOrigin, Endpoints, Failure, PoolsLocation, Site,
    TableNames, Tables, Target, WithoutTables, caller, credentials, http as transport, logs, retry,
    throttling,
};

/// The local AWS's region, unless another is set.
const DEMO_REGION: &str = "us-east-1";

/// A connection to one AWS account and region; clones share it.
#[derive(Clone)]
pub struct Aws {
    pub(super) shared: Arc<ConnectionState>,
    pub(super) clock_and_random: ClockAndRandom,
}

pub(super) struct ConnectionState {
    pub(super) context: Context,
    /// For calls the user waits for.
    pub(super) gateway: aws_sdk_apigateway::Client,
    /// For background refreshes, which yield to `gateway`.
    pub(super) gateway_refresh: aws_sdk_apigateway::Client,
    pub(super) dynamodb: aws_sdk_dynamodb::Client,
    pub(super) logs: aws_sdk_cloudwatchlogs::Client,
    pub(super) sts: aws_sdk_sts::Client,
    pub(super) caller: OnceCell<Option<String>>,
    pub(super) table_names: TableNames,
    without_tables: WithoutTables,
    pub(super) tables: Mutex<Option<Arc<Tables>>>,
    pub(super) members: MemberCache,
    pub(super) scan_limit: Option<u64>,
    max_key_age_days: Option<u64>,
    pub(super) store_values: bool,
    /// Hosts that may receive an API's keys besides its own, by API id.
    pub(super) call_hosts: BTreeMap<String, Vec<String>>,
    /// Where stages are called instead of their default endpoint.
    pub(super) stage_urls: BTreeMap<StageRef, String>,
    pub(super) pools: Option<PoolsLocation>,
    #[cfg(feature = "ssm")]
    pub(super) ssm: aws_sdk_ssm::Client,
    pub(super) state_folder: Option<PathBuf>,
    cache: bool,
    pub(super) is_loopback: bool,
    pub(super) protected_api: ProtectedApi,
    in_flight: CallsInFlight,
    pacer: Pacer,
    logs_pacer: Pacer,
}

/// Where a connection goes, for display.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Context {
    /// `None` if no profile was chosen.
    pub profile: Option<String>,
    pub region: String,
    pub endpoints: Arc<Endpoints>,
    /// How to renew expired credentials.
    pub renewal: Renewal,
}

impl Context {
    /// Returns the control plane's endpoint, unless it is AWS's own.
    pub fn endpoint(&self) -> Option<&str> {
        self.endpoints.api_gateway.url.as_deref()
    }

    /// Returns the tables' endpoint, if its host differs from the control plane's.
    pub fn tables_endpoint(&self) -> Option<String> {
        let tables = &self.endpoints.dynamodb;
        let url = || tables.url.clone().unwrap_or_else(|| format!("https://{}", tables.authority));
        self.endpoints.has_different_hosts().then(url)
    }
}

impl Aws {
    /// Resolves profile, region and credentials, and creates the clients. Calls none of the
    /// services.
    pub async fn connect(target: &Target) -> Result<Self, Failure> {
        match target.credentials {
            CredentialSource::Demo => {
                let (config, endpoints) = demo_config(target)?;
                let transport =
                    Transport::new(transport::trust_bundle(target.ca_bundle.as_deref(), "--ca-bundle")?);
                let region = region_of(&config);
                let endpoints = Arc::new(endpoints);
                let context = Context { profile: None, region, endpoints, renewal: Renewal::Unknown };
                let is_patient = retry::default_settings(target.retries).is_patient;
                Ok(Self::new(context, &config, is_patient, target, &transport))
            }
            CredentialSource::Chain => {
                let profile = Profile::read(target).await?;
                let transport = Transport::new(profile.trust(target)?);
                let http = transport.proxied_client();
                let credentials::LoadedConfig { config, endpoints, renewal, is_patient } =
                    credentials::load_config(target, &profile, http).await?;
                let region = region_of(&config);
                let endpoints = Arc::new(endpoints);
                let context = Context { profile: profile.name, region, endpoints, renewal };
                Ok(Self::new(context, &config, is_patient, target, &transport))
            }
        }
    }

    /// `is_patient`: see [`retry::RetrySettings`].
    fn new(
        context: Context,
        config: &SdkConfig,
        is_patient: bool,
        target: &Target,
        transport: &Transport,
    ) -> Self {
        let endpoints = Arc::clone(&context.endpoints);
        let is_loopback = endpoints.api_gateway.site == Site::Loopback;
        let pacer = if is_loopback { Pacer::unlimited() } else { Pacer::with_aws_rates() };
        let http = transport.client_for(&endpoints.api_gateway);
        let gateway = |priority| {
            let paced = PacedClient { inner: http.clone(), pacer: pacer.clone(), priority };
            let mut builder = aws_sdk_apigateway::config::Builder::from(config)
                .http_client(paced)
                .retry_classifier(ConcurrentModification)
                .retry_classifier(RetryAfter)
                .retry_classifier(HopelessCall { site: endpoints.api_gateway.site })
                .interceptor(transport.in_flight.clone());
            if is_patient {
                builder = throttling::with_patience(builder);
            }
            builder.set_endpoint_url(endpoints.api_gateway.url.clone());
            aws_sdk_apigateway::Client::from_conf(builder.build())
        };
        let mut tables = aws_sdk_dynamodb::config::Builder::from(config)
            .http_client(transport.client_for(&endpoints.dynamodb))
            .retry_classifier(TransientTransaction)
            .retry_classifier(HopelessCall { site: endpoints.dynamodb.site })
            .interceptor(transport.in_flight.clone());
        tables.set_endpoint_url(endpoints.dynamodb.url.clone());
        let logs_pacer = Pacer::for_logs(endpoints.logs.site);
        let logs_http = PacedClient {
            inner: transport.client_for(&endpoints.logs),
            pacer: logs_pacer.clone(),
            priority: Priority::Interactive,
        };
        let shared = ConnectionState {
            gateway: gateway(Priority::Interactive),
            gateway_refresh: gateway(Priority::Refresh),
            dynamodb: aws_sdk_dynamodb::Client::from_conf(tables.build()),
            logs: logs::client(config, logs_http, &endpoints.logs, transport.in_flight.clone()),
            #[cfg(feature = "ssm")]
            ssm: super::parameter::client(
                config,
                transport.client_for(&endpoints.ssm),
                &endpoints.ssm,
                transport.in_flight.clone(),
            ),
            sts: caller::client(config, transport.client_for(&endpoints.sts), endpoints.sts.url.clone()),
            caller: OnceCell::new(),
            context,
            table_names: target.tables.clone(),
            without_tables: target.without_tables.clone(),
            tables: Mutex::new(None),
            members: MemberCache::default(),
            scan_limit: target.scan_limit,
            max_key_age_days: target.max_key_age_days,
            store_values: target.store_values,
            call_hosts: target.call_hosts.clone(),
            stage_urls: target.stage_urls.clone(),
            pools: target.pools.clone(),
            state_folder: target.state_folder.clone(),
            cache: target.cache,
            is_loopback,
            protected_api: ProtectedApi::new(transport.trust.tls_context.clone())
                .with_bundle_servers(transport.trust.bundle_servers.clone()),
            in_flight: transport.in_flight.clone(),
            pacer,
            logs_pacer,
        };
        Self { shared: Arc::new(shared), clock_and_random: ClockAndRandom::system() }
    }

    /// Returns the same connection with another clock and random number generator.
    pub fn with_clock_and_random(self, clock_and_random: ClockAndRandom) -> Self {
        Self { clock_and_random, ..self }
    }

    pub fn context(&self) -> &Context {
        &self.shared.context
    }

    /// Returns how long the oldest call that is in flight has been waiting for AWS.
    pub fn longest_wait(&self) -> Option<Duration> {
        self.shared.in_flight.longest_wait()
    }

    /// Returns what calls wait for because AWS limits their rate, if they wait long.
    pub fn pace(&self) -> Option<Pace> {
        let paces = [self.shared.pacer.pace(), self.shared.logs_pacer.pace()];
        paces.into_iter().flatten().max_by_key(|pace| pace.wait)
    }

    /// Announces calls of the control plane: [`Self::pace`] counts them as waiting until they begin.
    pub(crate) fn expect_calls(&self, count: usize) -> ExpectedCalls {
        self.shared.pacer.expect_calls(count)
    }

    /// Returns the time of the connection's clock.
    pub fn now(&self) -> Timestamp {
        self.clock_and_random.now()
    }

    /// Returns the client for calling protected APIs.
    pub(crate) fn protected_api(&self) -> &ProtectedApi {
        &self.shared.protected_api
    }

    /// Refuses writes if some services are at AWS and others on this machine.
    pub(crate) fn check_writable(&self) -> Result<(), Failure> {
        let endpoints = &self.shared.context.endpoints;
        endpoints.check_writable()?;
        if self.pools_parameter().is_some() { endpoints.check_same_aws(Service::Ssm) } else { Ok(()) }
    }

    /// Whether API Gateway's endpoint is on this machine, where calls are neither paced nor
    /// delayed.
    pub(crate) fn is_loopback(&self) -> bool {
        self.shared.is_loopback
    }

    /// Whether items of the Keys table repeat the value of their API key.
    pub(crate) fn stores_values(&self) -> bool {
        self.shared.store_values
    }

    /// Returns how old API keys may be; `None` is any age.
    pub(crate) fn max_key_age_days(&self) -> Option<u64> {
        self.shared.max_key_age_days
    }

    /// Returns the settings for an account without tables.
    pub(crate) fn without_tables(&self) -> &WithoutTables {
        &self.shared.without_tables
    }

    /// Returns where pools are stored if there is no Pools table.
    pub(crate) fn pools_location(&self) -> Option<&PoolsLocation> {
        self.shared.pools.as_ref()
    }

    /// Returns the name of the parameter that stores the pools, if one does.
    pub(crate) fn pools_parameter(&self) -> Option<String> {
        match self.pools_location()? {
            PoolsLocation::File(_) => None,
            #[cfg(feature = "ssm")]
            PoolsLocation::Parameter(name) => Some(name.clone()),
        }
    }

    /// Returns the folder that keeps usage of past months and frozen reports between runs.
    pub(crate) fn state_folder(&self) -> Option<&Path> {
        self.shared.state_folder.as_deref()
    }

    /// Returns the folder of what was read, to be shown or used again; `None` with `--no-cache`.
    pub(crate) fn cache_folder(&self) -> Option<&Path> {
        self.state_folder().filter(|_| self.shared.cache)
    }

    /// Returns the settings that say where plans, keys and pools are read from, in one line.
    pub(crate) fn source_settings(&self) -> String {
        let ConnectionState { context, table_names, pools, without_tables, .. } = &*self.shared;
        format!("{table_names:?} {:?} {pools:?} {without_tables:?}", context.tables_endpoint())
    }

    /// Returns random lower-case letters and digits, from a cryptographically secure generator.
    pub(crate) fn random_text(&self, length: usize) -> String {
        self.clock_and_random.random_text(length)
    }

    /// Returns a random number from the same generator.
    pub(crate) fn random_number(&self) -> u64 {
        self.clock_and_random.random_number()
    }

    /// Returns a random (version 4) UUID from the same generator.
    pub(crate) fn random_uuid(&self) -> String {
        self.clock_and_random.random_uuid()
    }

    /// Returns a random UUID for an id that is never displayed.
    pub(crate) fn undisplayed_uuid(&self) -> String {
        self.clock_and_random.undisplayed_uuid()
    }

    pub(super) fn call(
        &self,
        service: Service,
        operation: &'static str,
        subject: impl Into<String>,
    ) -> AwsCall<'_> {
        AwsCall { context: &self.shared.context, service, operation, subject: subject.into() }
    }
}

fn region_of(config: &SdkConfig) -> String {
    config.region().map(ToString::to_string).unwrap_or_default()
}

/// Returns a configuration with fixed, powerless credentials; reads neither files nor variables.
fn demo_config(target: &Target) -> Result<(SdkConfig, Endpoints), Failure> {
    let url = target.endpoint_url.clone();
    let url = url.ok_or_else(|| Failure::Setting("the demo has no endpoint".to_owned()))?;
    let endpoint = Endpoint::from_url(&url, EndpointOrigin::Setting("--endpoint-url".to_owned()))?;
    let demo_credentials = Credentials::new("demo", "demo", None, None, "keypool demo");
    let region = target.region.clone().unwrap_or_else(|| DEMO_REGION.to_owned());
    let config = SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new(region))
        .credentials_provider(SharedCredentialsProvider::new(demo_credentials))
        .sleep_impl(SharedAsyncSleep::new(TokioSleep::new()))
        .timeout_config(transport::timeouts())
        .retry_config(retry::default_settings(target.retries).config)
        .build();
    Ok((config, Endpoints::for_all(&endpoint)))
}

/// Creates HTTP clients with the proxy and TLS settings that each endpoint needs.
struct Transport {
    trust: Trust,
    proxies: Arc<Matcher>,
    in_flight: CallsInFlight,
}

impl Transport {
    fn new(trust: Trust) -> Self {
        Self { trust, proxies: Arc::new(Matcher::from_env()), in_flight: CallsInFlight::default() }
    }

    /// Returns the client for an endpoint. Loopback endpoints bypass the proxy.
    fn client_for(&self, endpoint: &Endpoint) -> SharedHttpClient {
        match (endpoint.site, endpoint.is_tls()) {
            (Site::Loopback, false) => self.reporting_client(transport::plain_client(), None),
            (Site::Loopback, true) => self.reporting_client(
                transport::tls_client(self.trust.tls_context.clone(), ProxyConfig::disabled()),
                None,
            ),
            (Site::Aws | Site::Elsewhere, _) => self.proxied_client(),
        }
    }

    /// Returns the client for hosts that are not known in advance, such as those of the credential
    /// chain.
    fn proxied_client(&self) -> SharedHttpClient {
        let client = transport::tls_client(self.trust.tls_context.clone(), ProxyConfig::from_env());
        self.reporting_client(client, Some(Arc::clone(&self.proxies)))
    }

    fn reporting_client(&self, inner: SharedHttpClient, proxies: Option<Arc<Matcher>>) -> SharedHttpClient {
        SharedHttpClient::new(RouteReportingClient {
            inner,
            proxies,
            bundle_servers: self.trust.bundle_servers.clone(),
            in_flight: self.in_flight.clone(),
        })
    }
}
