//! Which AWS to connect to, according to settings and flags.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

use keypool_domain::{Price, StageRef, TenantRules};

use super::CredentialProcess;

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Target {
    /// `None` leaves it to `AWS_PROFILE` and the SDK.
    pub profile: Option<String>,
    /// `None` leaves it to the SDK's chain.
    pub region: Option<String>,
    /// Where `region` is set; `None` means the flag.
    pub region_origin: Option<String>,
    /// Replaces AWS's own endpoint for all services.
    pub endpoint_url: Option<String>,
    /// Where `endpoint_url` is set; `None` means the flag.
    pub endpoint_origin: Option<String>,
    /// Whether the AWS SDK's variables override `endpoint_url`, as they override keypool's files.
    pub variables_override_endpoint: bool,
    /// A PEM file of additional certificate authorities.
    pub ca_bundle: Option<PathBuf>,
    /// Where `ca_bundle` is set; `None` means the flag.
    pub ca_bundle_origin: Option<String>,
    pub credentials: CredentialSource,
    /// The profile's `credential_process`, if it has run before the connection.
    pub credential_process: Option<CredentialProcess>,
    pub tables: TableNames,
    /// What holds in an account without tables.
    pub without_tables: WithoutTables,
    /// The most items of the Keys table that a command reads as a whole; `None` is any number.
    pub scan_limit: Option<u64>,
    /// The doctor reports API keys that are older; `None` reports none.
    pub max_key_age_days: Option<u64>,
    /// Whether keypool stores the secret value in items of the Keys table.
    pub store_values: bool,
    /// Where pools are stored if there is no Pools table.
    pub pools: Option<PoolsLocation>,
    /// Hosts that may receive an API's keys besides its own, by API id.
    pub call_hosts: BTreeMap<String, Vec<String>>,
    /// Where stages are called instead of their default endpoint.
    pub stage_urls: BTreeMap<StageRef, String>,
    /// The folder that keeps usage of past months and frozen reports between runs.
    pub state_folder: Option<PathBuf>,
    /// Whether what was read is kept there to be shown or used again.
    pub cache: bool,
    pub retries: Retries,
}

/// Whether failed calls are retried.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Retries {
    /// As in the SDK's standard mode, respecting API Gateway's `Retry-After`.
    #[default]
    Standard,
    /// One attempt per call, so that tests see the failures they script.
    Off,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum CredentialSource {
    /// The SDK's default chain.
    #[default]
    Chain,
    /// Fixed, powerless credentials for the local AWS; neither the user's files nor variables are read.
    Demo,
}

/// Where pools are stored without a Pools table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PoolsLocation {
    /// The sample application's `api_key_pools.js`, or its list as JSON.
    File(PathBuf),
    /// A parameter in SSM Parameter Store with the list as JSON.
    #[cfg(feature = "ssm")]
    Parameter(String),
}

impl fmt::Display for PoolsLocation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => write!(f, "{}", path.display()),
            #[cfg(feature = "ssm")]
            Self::Parameter(name) => write!(f, "parameter {name}"),
        }
    }
}

/// Settings for accounts without tables, where each API key is one tenant key.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct WithoutTables {
    pub tenants: TenantRules,
    /// Ids or names of the plans that keypool manages; `*` is every plan.
    pub managed_plans: Vec<String>,
    /// Flat prices per month, by plan name or id.
    pub prices: BTreeMap<String, Price>,
}

/// Configured table names; keypool looks for those that are `None`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TableNames {
    pub plans: Option<String>,
    pub keys: Option<String>,
    pub pools: Option<String>,
}
