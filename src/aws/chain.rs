//! The SDK's whole chain of configuration and credentials, without its hangs.
//!
//! The region is settled before the instance metadata service is asked, that service has a short time-out, and
//! credentials are asked for once, with a time-out, before the first call.

use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use aws_config::default_provider::credentials::DefaultCredentialsChain;
use aws_config::environment::EnvironmentVariableRegionProvider;
use aws_config::imds;
use aws_config::meta::credentials::CredentialsProviderChain;
use aws_config::meta::region::RegionProviderChain;
use aws_config::profile::{ProfileFileCredentialsProvider, ProfileFileRegionProvider, ProfileSet};
use aws_config::provider_config::ProviderConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider, future};
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use aws_types::os_shim_internal::{Env, Fs};
use tokio::time::timeout;

use super::failure::{credentials, deepest};
use super::{Failure, Target, retry};

/// The longest that the instance metadata service may take over the region.
const IMDS: Duration = Duration::from_secs(1);
/// The longest that credentials may take; a sign-in through the network or another process happens here.
const CREDENTIALS: Duration = Duration::from_secs(20);

/// What the user's files and variables say of the profile in use.
pub(super) struct Profile {
    /// Its name, where one was chosen.
    pub(super) name: Option<String>,
    /// A CA bundle that the variable or the profile names.
    pub(super) ca_bundle: Option<PathBuf>,
}

/// Reads the profile, or says that it is not there.
pub(super) async fn profile(target: &Target) -> Result<Profile, Failure> {
    let env = Env::real();
    let selected = target.profile.clone().map(Into::into);
    let set =
        aws_config::profile::load(&Fs::real(), &env, &Default::default(), selected).await.map_err(|why| {
            Failure::Setting(format!("the AWS configuration cannot be read: {}", one_line(&why)))
        })?;
    let name = chosen(&set, target)?;
    let named = |path: &str| (!path.is_empty()).then(|| PathBuf::from(path));
    let variable = env.get("AWS_CA_BUNDLE").ok();
    let ca_bundle = variable.as_deref().and_then(named).or_else(|| set.get("ca_bundle").and_then(named));
    Ok(Profile { name, ca_bundle })
}

/// The innermost cause names the file and the line.
fn one_line(why: &(dyn std::error::Error + 'static)) -> String {
    deepest(why).split_whitespace().collect::<Vec<_>>().join(" ")
}

fn chosen(set: &ProfileSet, target: &Target) -> Result<Option<String>, Failure> {
    let name = set.selected_profile();
    let by_default = target.profile.is_none() && name == "default";
    if by_default {
        return Ok(None);
    }
    if set.get_profile(name).is_none() {
        let mut known: Vec<_> = set.profiles().map(str::to_owned).collect();
        known.sort_unstable();
        return Err(Failure::NoProfile { name: name.to_owned(), known });
    }
    Ok(Some(name.to_owned()))
}

/// Loads the configuration that is shared by all services.
pub(super) async fn load(
    target: &Target,
    profile: &Profile,
    http: SharedHttpClient,
) -> Result<SdkConfig, Failure> {
    let provider = ProviderConfig::default().with_http_client(http.clone());
    let metadata = imds::Client::builder()
        .configure(&provider)
        .max_attempts(1)
        .connect_timeout(IMDS / 2)
        .read_timeout(IMDS / 2)
        .build();
    let region = region(target, &metadata).await.ok_or(Failure::NoRegion)?;
    let credentials = chain(target, &provider, &region, metadata).await;
    let first = timeout(CREDENTIALS, credentials.provide_credentials())
        .await
        .map_err(|_| Failure::NoCredentials(format!("no answer within {} s", CREDENTIALS.as_secs())))?
        .map_err(|why| self::credentials(profile.name.as_deref(), &why))?;
    let mut loader = aws_config::defaults(BehaviorVersion::latest())
        .http_client(http)
        .region(region)
        .credentials_provider(Probed { first: Mutex::new(Some(first)), then: credentials })
        .timeout_config(super::http::time_outs())
        .retry_config(retry::config(target.retries));
    if let Some(name) = &target.profile {
        loader = loader.profile_name(name);
    }
    if let Some(url) = &target.endpoint_url {
        loader = loader.endpoint_url(url);
    }
    Ok(loader.load().await)
}

async fn region(target: &Target, metadata: &imds::Client) -> Option<Region> {
    if let Some(region) = &target.region {
        return Some(Region::new(region.clone()));
    }
    let mut files = ProfileFileRegionProvider::builder();
    if let Some(name) = &target.profile {
        files = files.profile_name(name);
    }
    let settled =
        RegionProviderChain::first_try(EnvironmentVariableRegionProvider::new()).or_else(files.build());
    if let Some(region) = settled.region().await {
        return Some(region);
    }
    let asked = imds::region::ImdsRegionProvider::builder().imds_client(metadata.clone()).build();
    timeout(IMDS, asked.region()).await.ok().flatten()
}

/// The whole chain; a profile that was named goes before credentials in variables, as with the AWS CLI.
async fn chain(
    target: &Target,
    provider: &ProviderConfig,
    region: &Region,
    metadata: imds::Client,
) -> SharedCredentialsProvider {
    let mut whole = DefaultCredentialsChain::builder()
        .region(region.clone())
        .imds_client(metadata)
        .configure(provider.clone());
    let Some(name) = &target.profile else { return SharedCredentialsProvider::new(whole.build().await) };
    whole = whole.profile_name(name);
    let provider = provider.clone().with_region(Some(region.clone()));
    let named = ProfileFileCredentialsProvider::builder().configure(&provider).profile_name(name).build();
    SharedCredentialsProvider::new(
        CredentialsProviderChain::first_try("NamedProfile", named).or_else("Whole", whole.build().await),
    )
}

/// Gives the credentials of the first asking once more, so that nothing is asked for twice at the start.
#[derive(Debug)]
struct Probed {
    first: Mutex<Option<Credentials>>,
    then: SharedCredentialsProvider,
}

impl ProvideCredentials for Probed {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        match self.first.lock().unwrap_or_else(PoisonError::into_inner).take() {
            Some(first) => future::ProvideCredentials::ready(Ok(first)),
            None => self.then.provide_credentials(),
        }
    }
}
