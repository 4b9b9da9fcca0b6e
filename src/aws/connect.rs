//! A connection to one AWS: its clients, and what they have in common.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials as Keys;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_async::rt::sleep::{SharedAsyncSleep, TokioSleep};
use aws_smithy_http_client::proxy::ProxyConfig;
use aws_smithy_http_client::tls::TlsContext;
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use hyper_util::client::proxy::matcher::Matcher;
use jiff::Timestamp;
use tokio::sync::OnceCell;

use super::failure::{Call, Service};
use super::pacer::{PacedClient, Pacer, Priority};
use super::profile::{Profile, Renewal};
use super::protected::Protected;
use super::reach::ReportingClient;
use super::retry::{ConcurrentModification, NobodyListens, ProxyRefuses, RetryAfter, TransactionInPassing};
use super::{
    Credentials, Endpoint, EndpointOrigin, Endpoints, Failure, PoolsPlace, Site, Sources, TableNames, Tables,
    Target, caller, chain, http as transport, retry,
};

/// The region that the embedded AWS says it is in, unless another is asked for.
const DEMO_REGION: &str = "us-east-1";

/// One AWS account and region; a clone is the same connection.
#[derive(Clone)]
pub struct Aws {
    pub(super) shared: Arc<Shared>,
    pub(super) sources: Sources,
}

/// What all clones share.
pub(super) struct Shared {
    pub(super) context: Context,
    pub(super) asked: aws_sdk_apigateway::Client,
    pub(super) refresh: aws_sdk_apigateway::Client,
    pub(super) dynamodb: aws_sdk_dynamodb::Client,
    pub(super) sts: aws_sdk_sts::Client,
    pub(super) caller: OnceCell<Option<String>>,
    pub(super) names: TableNames,
    pub(super) tables: Mutex<Option<Arc<Tables>>>,
    pub(super) store_values: bool,
    /// Hosts that may be sent the keys of an API besides its own, by its id.
    pub(super) hosts: BTreeMap<String, Vec<String>>,
    pub(super) pools: Option<PoolsPlace>,
    #[cfg(feature = "ssm")]
    pub(super) ssm: aws_sdk_ssm::Client,
    pub(super) state_folder: Option<PathBuf>,
    pub(super) loopback: bool,
    pub(super) protected: Protected,
}

/// Where a connection goes, for people to read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Context {
    /// The profile, where one was chosen.
    pub profile: Option<String>,
    /// The region.
    pub region: String,
    /// Where the calls of each service go.
    pub endpoints: Arc<Endpoints>,
    /// How credentials that are no longer good are renewed.
    pub renewal: Renewal,
}

impl Context {
    /// The endpoint of the control plane, where it is not AWS's own.
    pub fn endpoint(&self) -> Option<&str> {
        self.endpoints.api_gateway.url.as_deref()
    }

    /// The endpoint of the tables, where they are at another host than the control plane.
    pub fn tables_endpoint(&self) -> Option<String> {
        let tables = &self.endpoints.dynamodb;
        let url = || tables.url.clone().unwrap_or_else(|| format!("https://{}", tables.authority));
        self.endpoints.differ().then(url)
    }
}

impl Aws {
    /// Settles profile, region and credentials, and makes the clients; no call of a service is made.
    pub async fn connect(target: &Target) -> Result<Self, Failure> {
        match target.credentials {
            Credentials::Demo => {
                let (config, endpoints) = demo(target)?;
                let transport = Transport::new(transport::trust(target.ca_bundle.as_deref(), "--ca-bundle")?);
                let region = region_of(&config);
                let endpoints = Arc::new(endpoints);
                let context = Context { profile: None, region, endpoints, renewal: Renewal::Unknown };
                Ok(Self::new(context, &config, target, &transport))
            }
            Credentials::Chain => {
                let profile = Profile::read(target).await?;
                let transport = Transport::new(profile.trust(target)?);
                let http = transport.to_anywhere();
                let chain::Loaded { config, endpoints, renewal } =
                    chain::load(target, &profile, http).await?;
                let region = region_of(&config);
                let endpoints = Arc::new(endpoints);
                let context = Context { profile: profile.name, region, endpoints, renewal };
                Ok(Self::new(context, &config, target, &transport))
            }
        }
    }

    fn new(context: Context, config: &SdkConfig, target: &Target, transport: &Transport) -> Self {
        let endpoints = Arc::clone(&context.endpoints);
        let is_local = |endpoint: &Endpoint| endpoint.site == Site::Loopback;
        let loopback = is_local(&endpoints.api_gateway);
        let pacer = if loopback { Pacer::unpaced() } else { Pacer::at_aws_rates() };
        let http = transport.to(&endpoints.api_gateway);
        let gateway = |priority| {
            let paced = PacedClient { inner: http.clone(), pacer: pacer.clone(), priority };
            let mut builder = aws_sdk_apigateway::config::Builder::from(config)
                .http_client(paced)
                .retry_classifier(ConcurrentModification)
                .retry_classifier(RetryAfter)
                .retry_classifier(ProxyRefuses);
            builder.set_endpoint_url(endpoints.api_gateway.url.clone());
            let builder = if loopback { builder.retry_classifier(NobodyListens) } else { builder };
            aws_sdk_apigateway::Client::from_conf(builder.build())
        };
        let mut tables = aws_sdk_dynamodb::config::Builder::from(config)
            .http_client(transport.to(&endpoints.dynamodb))
            .retry_classifier(TransactionInPassing)
            .retry_classifier(ProxyRefuses);
        tables.set_endpoint_url(endpoints.dynamodb.url.clone());
        let is_near = is_local(&endpoints.dynamodb);
        let tables = if is_near { tables.retry_classifier(NobodyListens) } else { tables };
        let shared = Shared {
            asked: gateway(Priority::Asked),
            refresh: gateway(Priority::Refresh),
            dynamodb: aws_sdk_dynamodb::Client::from_conf(tables.build()),
            #[cfg(feature = "ssm")]
            ssm: super::parameter::client(config, transport.to(&endpoints.ssm), endpoints.ssm.url.clone()),
            sts: caller::client(config, transport.to(&endpoints.sts), endpoints.sts.url.clone()),
            caller: OnceCell::new(),
            context,
            names: target.tables.clone(),
            tables: Mutex::new(None),
            store_values: target.store_values,
            hosts: target.hosts.clone(),
            pools: target.pools.clone(),
            state_folder: target.state_folder.clone(),
            loopback,
            protected: Protected::new(transport.trust.clone()),
        };
        Self { shared: Arc::new(shared), sources: Sources::system() }
    }

    /// The same connection with another clock and other randomness.
    pub fn with_sources(self, sources: Sources) -> Self {
        Self { sources, ..self }
    }

    /// Where it goes.
    pub fn context(&self) -> &Context {
        &self.shared.context
    }

    /// The time, from the connection's own clock.
    pub fn now(&self) -> Timestamp {
        self.sources.now()
    }

    /// The client of the protected APIs.
    pub(crate) fn protected(&self) -> &Protected {
        &self.shared.protected
    }

    /// Refuses where calls of one service go to AWS and those of another stay on this machine.
    pub(crate) fn check_writable(&self) -> Result<(), Failure> {
        let endpoints = &self.shared.context.endpoints;
        endpoints.check_writable()?;
        if self.pools_parameter().is_some() { endpoints.check_one_aws(Service::Ssm) } else { Ok(()) }
    }

    /// Whether its endpoint is on this machine, where nothing takes time.
    pub(crate) fn is_on_loopback(&self) -> bool {
        self.shared.loopback
    }

    /// Whether rows repeat the value of their API key.
    pub(crate) fn stores_values(&self) -> bool {
        self.shared.store_values
    }

    /// Where pools live as long as there is no table of them.
    pub(crate) fn pools_place(&self) -> Option<&PoolsPlace> {
        self.shared.pools.as_ref()
    }

    /// The name of the parameter of pools, where that is their place.
    pub(crate) fn pools_parameter(&self) -> Option<String> {
        match self.pools_place()? {
            PoolsPlace::File(_) => None,
            #[cfg(feature = "ssm")]
            PoolsPlace::Parameter(name) => Some(name.clone()),
        }
    }

    /// Where usage of months that are over and frozen reports are kept from one run to the next.
    pub(crate) fn state_folder(&self) -> Option<&Path> {
        self.shared.state_folder.as_deref()
    }

    /// So many random lower-case letters and digits, from a cryptographically secure generator.
    pub(crate) fn random_text(&self, length: usize) -> String {
        self.sources.text(length)
    }

    /// A random number from the same generator.
    pub(crate) fn random_number(&self) -> u64 {
        self.sources.number()
    }

    /// A random (version 4) UUID from the same generator.
    pub(crate) fn random_uuid(&self) -> String {
        self.sources.uuid()
    }

    /// A random UUID that no screen shows.
    pub(crate) fn hidden_uuid(&self) -> String {
        self.sources.hidden_uuid()
    }

    pub(super) fn call(
        &self,
        service: Service,
        operation: &'static str,
        subject: impl Into<String>,
    ) -> Call<'_> {
        Call { context: &self.shared.context, service, operation, subject: subject.into() }
    }
}

fn region_of(config: &SdkConfig) -> String {
    config.region().map(ToString::to_string).unwrap_or_default()
}

/// Fixed credentials that open nothing; neither files nor variables are read.
fn demo(target: &Target) -> Result<(SdkConfig, Endpoints), Failure> {
    let url = target.endpoint_url.clone();
    let url = url.ok_or_else(|| Failure::Setting("the demo's endpoint is not known".to_owned()))?;
    let endpoint = Endpoint::from_url(&url, EndpointOrigin::Setting("--endpoint-url".to_owned()))?;
    let keys = Keys::new("demo", "demo", None, None, "keypool demo");
    let region = target.region.clone().unwrap_or_else(|| DEMO_REGION.to_owned());
    let config = SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new(region))
        .credentials_provider(SharedCredentialsProvider::new(keys))
        .sleep_impl(SharedAsyncSleep::new(TokioSleep::new()))
        .timeout_config(transport::time_outs())
        .retry_config(retry::config(target.retries))
        .build();
    Ok((config, Endpoints::for_all(&endpoint)))
}

/// The HTTP clients of one connection: each endpoint has the proxy and the encryption that it needs.
struct Transport {
    trust: TlsContext,
    proxies: Arc<Matcher>,
}

impl Transport {
    fn new(trust: TlsContext) -> Self {
        Self { trust, proxies: Arc::new(Matcher::from_env()) }
    }

    /// The client for an endpoint; on loopback there is no proxy.
    fn to(&self, endpoint: &Endpoint) -> SharedHttpClient {
        match (endpoint.site, endpoint.is_tls()) {
            (Site::Loopback, false) => reporting(transport::plain(), None),
            (Site::Loopback, true) => {
                reporting(transport::over_tls(self.trust.clone(), ProxyConfig::disabled()), None)
            }
            (Site::Aws | Site::Elsewhere, _) => self.to_anywhere(),
        }
    }

    /// The client for hosts that are not known yet, as those of the credential chain.
    fn to_anywhere(&self) -> SharedHttpClient {
        let client = transport::over_tls(self.trust.clone(), ProxyConfig::from_env());
        reporting(client, Some(Arc::clone(&self.proxies)))
    }
}

fn reporting(inner: SharedHttpClient, proxies: Option<Arc<Matcher>>) -> SharedHttpClient {
    SharedHttpClient::new(ReportingClient { inner, proxies })
}
