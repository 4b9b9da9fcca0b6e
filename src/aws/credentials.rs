//! Configuration and credentials from the SDK's default chain, with timeouts.
//!
//! Other sources of the region are tried before the instance metadata service, whose timeout is
//! short. Credentials are loaded once, with a timeout, before the first call.

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

/// Limit on reading the region from the instance metadata service.
const IMDS_TIMEOUT: Duration = Duration::from_secs(1);
/// Limit on loading credentials, which may include a sign-in over the network or by another
/// process.
const CREDENTIALS_TIMEOUT: Duration = Duration::from_secs(20);

/// The configuration that all services share, and their endpoints.
pub(super) struct LoadedConfig {
    pub(super) config: SdkConfig,
    pub(super) endpoints: Endpoints,
    pub(super) renewal: Renewal,
    pub(super) is_patient: bool,
}

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
    let sources = profile.config_sources(target);
    let endpoints = profile.endpoints(target, region.as_ref())?;
    if Service::ALL.into_iter().any(|service| endpoints.get(service).site != Site::Loopback) {
        route::check_proxies(env_var)?;
    }
    let retries = retry::load_settings(target.retries, &sources)?;
    let sign_in = if uses_env_credentials(target) {
        SignIn::unknown()
    } else {
        SignIn::from_profiles(&profile.profiles)?
    };
    let provider = provider.with_region(Some(region.clone()));
    let profile_provider =
        match target.credential_process.clone().or_else(|| CredentialProcess::new(&sign_in)) {
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
    let credentials = provider_chain(target, profile_provider, &provider, metadata);
    let prefetched = timeout(CREDENTIALS_TIMEOUT, credentials.provide_credentials())
        .await
        .map_err(|_| {
            Failure::NoCredentials(format!("no response within {} s", CREDENTIALS_TIMEOUT.as_secs()))
        })?
        .map_err(|error| self::credentials_failure(&renewal, &error))?;
    let config = aws_config::defaults(BehaviorVersion::latest())
        .http_client(http)
        .region(region)
        .credentials_provider(PrefetchedCredentials {
            prefetched: Mutex::new(Some(prefetched)),
            provider: credentials,
        })
        .timeout_config(super::http::timeouts())
        .retry_config(retries.config)
        .profile_files(config_files()?)
        .profile_name(profile.profiles.selected_profile())
        .load()
        .await;
    Ok(LoadedConfig { config, endpoints, renewal, is_patient: retries.is_patient })
}

/// Whether credentials in environment variables override the profile.
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
    let provider = imds::region::ImdsRegionProvider::builder().imds_client(metadata.clone()).build();
    Ok(timeout(IMDS_TIMEOUT, provider.region()).await.ok().flatten())
}

/// Builds the SDK's default provider chain. As with the AWS CLI, an explicit profile comes before
/// credentials in variables, and providers whose variables are empty are left out.
fn provider_chain(
    target: &Target,
    profile_provider: SharedCredentialsProvider,
    provider: &ProviderConfig,
    metadata: imds::Client,
) -> SharedCredentialsProvider {
    let env_provider = EnvironmentVariableCredentialsProvider::new();
    let mut chain = if target.profile.is_some() {
        CredentialsProviderChain::first_try("Profile", profile_provider).or_else("Environment", env_provider)
    } else {
        CredentialsProviderChain::first_try("Environment", env_provider).or_else("Profile", profile_provider)
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

/// Returns a program's credentials, or those of the last role if roles are assumed with them.
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

/// Returns the configuration for assuming roles. keypool's own endpoint setting does not apply to
/// it, just as the AWS CLI's `--endpoint-url` does not.
fn assume_role_config(http: &SharedHttpClient, region: &Region, endpoints: &Endpoints) -> SdkConfig {
    let is_keypool_setting = matches!(endpoints.sts.origin, EndpointOrigin::Setting(_));
    let mut builder = SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .http_client(http.clone())
        .sleep_impl(SharedAsyncSleep::new(TokioSleep::new()))
        .time_source(SharedTimeSource::new(SystemTimeSource::new()))
        .timeout_config(super::http::timeouts())
        .region(region.clone());
    builder.set_endpoint_url(endpoints.sts.url.clone().filter(|_| !is_keypool_setting));
    builder.build()
}

/// Returns the prefetched credentials on the first request, so that startup loads them only once.
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
            Some(prefetched) => future::ProvideCredentials::ready(Ok(prefetched)),
            None => self.provider.provide_credentials(),
        }
    }
}
