//! A connection to one AWS: its clients, and what they have in common.

use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials as Keys;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_async::rt::sleep::{SharedAsyncSleep, TokioSleep};
use aws_smithy_http_client::proxy::ProxyConfig;
use aws_smithy_http_client::tls::TlsContext;
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use http::Uri;
use jiff::Timestamp;
use tokio::sync::OnceCell;

use super::failure::{Call, Service};
use super::pacer::{PacedClient, Pacer, Priority};
use super::protected::Protected;
use super::retry::{ConcurrentModification, NobodyListens, RetryAfter, TransactionInPassing};
use super::{
    Credentials, Failure, PoolsPlace, Sources, TableNames, Tables, Target, caller, chain, http as transport,
    retry,
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
    /// The endpoint, where it is not AWS's own.
    pub endpoint: Option<String>,
}

impl Aws {
    /// Settles profile, region and credentials, and makes the clients; no call of a service is made.
    pub async fn connect(target: &Target) -> Result<Self, Failure> {
        let (config, profile, trust) = match target.credentials {
            Credentials::Demo => (demo(target)?, None, transport::trust(target.ca_bundle.as_deref())?),
            Credentials::Chain => {
                let profile = chain::profile(target).await?;
                let bundle = target.ca_bundle.as_ref().or(profile.ca_bundle.as_ref());
                let trust = transport::trust(bundle.map(AsRef::as_ref))?;
                let http = transport::over_tls(trust.clone(), ProxyConfig::from_env());
                (chain::load(target, &profile, http).await?, profile.name, trust)
            }
        };
        let region = config.region().ok_or(Failure::NoRegion)?.to_string();
        let endpoint = config.endpoint_url().map(str::to_owned);
        let place = endpoint.as_deref().map(place).transpose()?;
        let context = Context { profile, region, endpoint };
        Ok(Self::new(context, &config, target, trust, place))
    }

    fn new(
        context: Context,
        config: &SdkConfig,
        target: &Target,
        trust: TlsContext,
        place: Option<Place>,
    ) -> Self {
        let loopback = place.as_ref().is_some_and(|place| place.loopback);
        let pacer = if loopback { Pacer::unpaced() } else { Pacer::at_aws_rates() };
        let http = place.as_ref().map_or_else(
            || transport::over_tls(trust.clone(), ProxyConfig::from_env()),
            |place| place.client(&trust),
        );
        let gateway = |priority| {
            let paced = PacedClient { inner: http.clone(), pacer: pacer.clone(), priority };
            let builder = aws_sdk_apigateway::config::Builder::from(config)
                .http_client(paced)
                .retry_classifier(ConcurrentModification)
                .retry_classifier(RetryAfter);
            let builder = if loopback { builder.retry_classifier(NobodyListens) } else { builder };
            aws_sdk_apigateway::Client::from_conf(builder.build())
        };
        let tables = aws_sdk_dynamodb::config::Builder::from(config)
            .http_client(http.clone())
            .retry_classifier(TransactionInPassing);
        let tables = if loopback { tables.retry_classifier(NobodyListens) } else { tables };
        let shared = Shared {
            asked: gateway(Priority::Asked),
            refresh: gateway(Priority::Refresh),
            dynamodb: aws_sdk_dynamodb::Client::from_conf(tables.build()),
            #[cfg(feature = "ssm")]
            ssm: super::parameter::client(config, http.clone()),
            sts: caller::client(config, http),
            caller: OnceCell::new(),
            context,
            names: target.tables.clone(),
            tables: Mutex::new(None),
            store_values: target.store_values,
            pools: target.pools.clone(),
            state_folder: target.state_folder.clone(),
            loopback,
            protected: Protected::new(trust),
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

    pub(super) fn call(
        &self,
        service: Service,
        operation: &'static str,
        subject: impl Into<String>,
    ) -> Call<'_> {
        Call { context: &self.shared.context, service, operation, subject: subject.into() }
    }
}

/// Fixed credentials that open nothing; neither files nor variables are read.
fn demo(target: &Target) -> Result<SdkConfig, Failure> {
    let url = target.endpoint_url.clone();
    let url = url.ok_or_else(|| Failure::Setting("the demo's endpoint is not known".to_owned()))?;
    let keys = Keys::new("demo", "demo", None, None, "keypool demo");
    let region = target.region.clone().unwrap_or_else(|| DEMO_REGION.to_owned());
    Ok(SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new(region))
        .endpoint_url(url)
        .credentials_provider(SharedCredentialsProvider::new(keys))
        .sleep_impl(SharedAsyncSleep::new(TokioSleep::new()))
        .timeout_config(transport::time_outs())
        .retry_config(retry::config(target.retries))
        .build())
}

/// What an endpoint's URL says about how to reach it.
#[derive(Debug, PartialEq, Eq)]
struct Place {
    tls: bool,
    loopback: bool,
}

fn place(url: &str) -> Result<Place, Failure> {
    let wrong = || {
        Failure::Setting(format!(
            "`{url}` is not an endpoint: write http:// or https://, a host and maybe a port"
        ))
    };
    let uri: Uri = url.parse().map_err(|_| wrong())?;
    let tls = match uri.scheme_str() {
        Some("https") => true,
        Some("http") => false,
        _ => return Err(wrong()),
    };
    let host = uri.host().ok_or_else(wrong)?.trim_start_matches('[').trim_end_matches(']');
    let named = host == "localhost" || host.ends_with(".localhost");
    let loopback = named || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback());
    Ok(Place { tls, loopback })
}

impl Place {
    fn client(&self, trust: &TlsContext) -> SharedHttpClient {
        let proxy = if self.loopback { ProxyConfig::disabled() } else { ProxyConfig::from_env() };
        if self.tls || !self.loopback {
            transport::over_tls(trust.clone(), proxy)
        } else {
            transport::plain()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loopback_is_told_by_the_host_alone() {
        for (url, tls, loopback) in [
            ("http://127.0.0.1:4599", false, true),
            ("https://localhost.localstack.cloud:4566", true, false),
            ("https://localhost:4566", true, true),
            ("http://[::1]:80", false, true),
            ("http://10.0.0.1:4599", false, false),
        ] {
            assert_eq!(place(url), Ok(Place { tls, loopback }), "{url}");
        }
        for url in ["127.0.0.1:4599", "ftp://127.0.0.1", "", "http://"] {
            assert!(place(url).is_err(), "{url}");
        }
    }
}
