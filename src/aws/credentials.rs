//! The SDK's whole chain of configuration and credentials, without its hangs.
//!
//! The region is settled before the instance metadata service is asked, that service has a short time-out, and
//! credentials are asked for once, with a time-out, before the first call.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use aws_config::ecs::EcsCredentialsProvider;
use aws_config::environment::EnvironmentVariableCredentialsProvider;
use aws_config::imds;
use aws_config::imds::credentials::ImdsCredentialsProvider;
use aws_config::meta::credentials::CredentialsProviderChain;
use aws_config::profile::ProfileFileCredentialsProvider;
use aws_config::provider_config::ProviderConfig;
use aws_config::sts::AssumeRoleProvider;
use aws_config::web_identity_token::WebIdentityTokenCredentialsProvider;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider, future};
use aws_smithy_async::rt::sleep::{SharedAsyncSleep, TokioSleep};
use aws_smithy_async::time::{SharedTimeSource, SystemTimeSource};
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use tokio::time::timeout;

use super::endpoint::Service;
use super::failure::credentials_failure;
use super::profile::{AssumedRole, Profile, Renewal, SignIn, config_files, env_var};
use super::{CredentialProcess, EndpointOrigin, Endpoints, Failure, Site, Target, retry, route};

/// The longest that the instance metadata service may take over the region.
const IMDS_TIMEOUT: Duration = Duration::from_secs(1);
/// The longest that credentials may take; a sign-in through the network or another process happens here.
const CREDENTIALS_TIMEOUT: Duration = Duration::from_secs(20);

/// What all services share, and where each is called.
pub(super) struct LoadedConfig {
    pub(super) config: SdkConfig,
    pub(super) endpoints: Endpoints,
    pub(super) renewal: Renewal,
}

/// Loads the configuration that is shared by all services.
pub(super) async fn load_config(
    target: &Target,
    profile: &Profile,
    http: SharedHttpClient,
) -> Result<LoadedConfig, Failure> {
    let provider = ProviderConfig::default().with_http_client(http.clone());
    let metadata = imds::Client::builder()
        .configure(&provider)
        .max_attempts(1)
        .connect_timeout(IMDS_TIMEOUT / 2)
        .read_timeout(IMDS_TIMEOUT / 2)
        .build();
    let region = resolve_region(target, profile, &metadata).await?.ok_or(Failure::NoRegion)?;
    let configured = profile.config_sources(target);
    let endpoints = profile.endpoints(target, region.as_ref())?;
    if Service::ALL.into_iter().any(|service| endpoints.get(service).site != Site::Loopback) {
        route::check_proxies(env_var)?;
    }
    let retries = retry::load_config(target.retries, &configured)?;
    let sign_in = if uses_env_credentials(target) {
        SignIn::unknown()
    } else {
        SignIn::from_profiles(&profile.profiles)?
    };
    let provider = provider.with_region(Some(region.clone()));
    let of_profile = match target.credential_process.clone().or_else(|| CredentialProcess::new(&sign_in)) {
        Some(process) => {
            assume_roles(process, &sign_in.roles, &assume_role_config(&http, &region, &endpoints)).await
        }
        None => SharedCredentialsProvider::new(
            ProfileFileCredentialsProvider::builder()
                .configure(&provider)
                .profile_files(config_files()?)
                .profile_name(profile.profiles.selected_profile())
                .build(),
        ),
    };
    let renewal = sign_in.renewal;
    let credentials = provider_chain(target, of_profile, &provider, metadata);
    let first = timeout(CREDENTIALS_TIMEOUT, credentials.provide_credentials())
        .await
        .map_err(|_| Failure::NoCredentials(format!("no answer within {} s", CREDENTIALS_TIMEOUT.as_secs())))?
        .map_err(|why| self::credentials_failure(&renewal, &why))?;
    let config = aws_config::defaults(BehaviorVersion::latest())
        .http_client(http)
        .region(region)
        .credentials_provider(PrefetchedCredentials {
            prefetched: Mutex::new(Some(first)),
            provider: credentials,
        })
        .timeout_config(super::http::timeouts())
        .retry_config(retries)
        .profile_files(config_files()?)
        .profile_name(profile.profiles.selected_profile())
        .load()
        .await;
    Ok(LoadedConfig { config, endpoints, renewal })
}

/// Whether credentials in variables go before the profile.
pub(super) fn uses_env_credentials(target: &Target) -> bool {
    let has_keys = || env_var("AWS_ACCESS_KEY_ID").is_some() && env_var("AWS_SECRET_ACCESS_KEY").is_some();
    target.profile.is_none() && has_keys()
}

async fn resolve_region(
    target: &Target,
    profile: &Profile,
    metadata: &imds::Client,
) -> Result<Option<Region>, Failure> {
    if let Some(region) = profile.region(target)? {
        return Ok(Some(region));
    }
    let asked = imds::region::ImdsRegionProvider::builder().imds_client(metadata.clone()).build();
    Ok(timeout(IMDS_TIMEOUT, asked.region()).await.ok().flatten())
}

/// The links of the SDK's default chain; a profile that was named goes before credentials in variables, as with the
/// AWS CLI, and a link whose variables are empty is left out.
fn provider_chain(
    target: &Target,
    of_profile: SharedCredentialsProvider,
    provider: &ProviderConfig,
    metadata: imds::Client,
) -> SharedCredentialsProvider {
    let of_variables = EnvironmentVariableCredentialsProvider::new();
    let mut chain = if target.profile.is_some() {
        CredentialsProviderChain::first_try("Profile", of_profile).or_else("Environment", of_variables)
    } else {
        CredentialsProviderChain::first_try("Environment", of_variables).or_else("Profile", of_profile)
    };
    let is_set = |names: &[&str]| names.iter().any(|name| env_var(name).is_some());
    if is_set(&["AWS_WEB_IDENTITY_TOKEN_FILE"]) {
        let web = WebIdentityTokenCredentialsProvider::builder().configure(provider).build();
        chain = chain.or_else("WebIdentityToken", web);
    }
    if is_set(&["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "AWS_CONTAINER_CREDENTIALS_FULL_URI"]) {
        chain = chain.or_else("EcsContainer", EcsCredentialsProvider::builder().configure(provider).build());
    }
    let instance = ImdsCredentialsProvider::builder().configure(provider).imds_client(metadata).build();
    SharedCredentialsProvider::new(chain.or_else("Ec2InstanceMetadata", instance))
}

/// The credentials of a program, and of the roles that are assumed with them.
async fn assume_roles(
    process: CredentialProcess,
    roles: &[AssumedRole],
    config: &SdkConfig,
) -> SharedCredentialsProvider {
    let mut provider = SharedCredentialsProvider::new(process);
    for role in roles {
        let session = role.session_name.clone().unwrap_or_else(|| "keypool".to_owned());
        let mut builder = AssumeRoleProvider::builder(&role.arn).session_name(session).configure(config);
        if let Some(id) = &role.external_id {
            builder = builder.external_id(id);
        }
        provider = SharedCredentialsProvider::new(builder.build_from_provider(provider).await);
    }
    provider
}

/// What roles are assumed with; as with the AWS CLI, an endpoint that is given to us is not theirs.
fn assume_role_config(http: &SharedHttpClient, region: &Region, endpoints: &Endpoints) -> SdkConfig {
    let is_ours = matches!(endpoints.sts.origin, EndpointOrigin::Setting(_));
    let mut builder = SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .http_client(http.clone())
        .sleep_impl(SharedAsyncSleep::new(TokioSleep::new()))
        .time_source(SharedTimeSource::new(SystemTimeSource::new()))
        .timeout_config(super::http::timeouts())
        .region(region.clone());
    builder.set_endpoint_url(endpoints.sts.url.clone().filter(|_| !is_ours));
    builder.build()
}

/// Gives the credentials of the first asking once more, so that nothing is asked for twice at the start.
#[derive(Debug)]
struct PrefetchedCredentials {
    prefetched: Mutex<Option<Credentials>>,
    provider: SharedCredentialsProvider,
}

impl ProvideCredentials for PrefetchedCredentials {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        match self.prefetched.lock().unwrap_or_else(PoisonError::into_inner).take() {
            Some(first) => future::ProvideCredentials::ready(Ok(first)),
            None => self.provider.provide_credentials(),
        }
    }
}
