//! Which AWS is meant: what settings and flags say before anything is connected.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

use super::CredentialProcess;

/// An AWS to connect to.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Target {
    /// The profile; `None` leaves it to `AWS_PROFILE` and the SDK.
    pub profile: Option<String>,
    /// The region; `None` leaves it to the SDK's chain.
    pub region: Option<String>,
    /// Where `region` is written; `None` stands for the flag.
    pub region_origin: Option<String>,
    /// Another endpoint than AWS's own, for all services.
    pub endpoint_url: Option<String>,
    /// Where `endpoint_url` is written; `None` stands for the flag.
    pub endpoint_origin: Option<String>,
    /// Whether the variables of the AWS SDKs go before `endpoint_url`, as they do before our files.
    pub variables_override_endpoint: bool,
    /// A PEM file of further certificate authorities.
    pub ca_bundle: Option<PathBuf>,
    /// Where `ca_bundle` is written; `None` stands for the flag.
    pub ca_bundle_origin: Option<String>,
    /// Where credentials come from.
    pub credentials: CredentialSource,
    /// The profile's `credential_process`, where it has run before the connection.
    pub credential_process: Option<CredentialProcess>,
    /// The tables, where their names are configured.
    pub tables: TableNames,
    /// Whether the rows we write hold the secret value.
    pub store_values: bool,
    /// Where pools live as long as there is no table of pools.
    pub pools: Option<PoolsLocation>,
    /// Hosts that may be sent the keys of an API besides its own, by its id.
    pub call_hosts: BTreeMap<String, Vec<String>>,
    /// Where the usage of months that are over is kept, so that it is asked for once.
    pub state_folder: Option<PathBuf>,
    /// Whether failed calls are tried again.
    pub retries: Retries,
}

/// Whether failed calls are tried again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Retries {
    /// As the SDK's standard mode does, and as API Gateway's `Retry-After` says.
    #[default]
    Standard,
    /// Every call once, so that a test sees the failure it scripted.
    Off,
}

/// Where credentials come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum CredentialSource {
    /// The SDK's whole chain.
    #[default]
    Chain,
    /// Fixed ones that open nothing, for the embedded AWS: neither the user's files nor variables are read.
    Demo,
}

/// Where pools live without a table of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PoolsLocation {
    /// A file: the sample application's `api_key_pools.js`, or its list as JSON.
    File(PathBuf),
    /// A parameter of SSM's Parameter Store, which holds the list as JSON.
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

/// Names of tables; what is `None` is looked for.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TableNames {
    /// The Plans table.
    pub plans: Option<String>,
    /// The Keys table.
    pub keys: Option<String>,
    /// The Pools table.
    pub pools: Option<String>,
}
