//! Access to AWS: converts between SDK and domain types, reads all pages, paces calls and loads
//! credentials. No other module names the SDK.

mod body_limit;
mod bundle_servers;
mod caller;
mod clock;
mod clock_skew;
mod connect;
mod credentials;
pub mod endpoint;
mod error_chain;
pub mod failure;
mod gateway;
mod hopeless;
mod http;
mod in_flight;
mod logs;
mod pacer;
mod pages;
#[cfg(feature = "ssm")]
mod parameter;
pub mod permissions;
mod process;
mod profile;
pub mod protected_api;
mod rest_api;
mod retry;
mod route;
mod tables;
pub mod target;
#[cfg(test)]
mod test_config;
mod throttling;
mod tls_fault;
mod tls_probe;

pub use clock::ClockAndRandom;
pub use connect::{Aws, Context};
pub use endpoint::{Endpoint, EndpointOrigin, Endpoints, Service, Site};
pub use failure::Failure;
pub(crate) use gateway::{ApiKeyList, ApiKeySpec, KeyDays, Member, Members, PlanList};
pub(crate) use logs::{LogGroup, LogQuery, QueryOutcome, QueryResult};
pub(crate) use pacer::ExpectedCalls;
pub use pacer::Pace;
pub use process::CredentialProcess;
pub use profile::{Renewal, endpoints};
pub(crate) use rest_api::{DeployedStage, RestMethod};
pub(crate) use tables::{
    CapacityLimit, CounterDecrement, CounterWrite, Fence, IndexProgress, IndexQuery, KeyPage, KeyReference,
    NewKeyItem, NewSiloedKey, PageToken, PoolItem, PoolTableItems, TableSpec, Tables, TargetPoolKey,
    TenantKeyItems, TransferOutcome, WorkClaim,
};
pub use tables::{IndexAvailability, LargeTable};
pub use target::{CredentialSource, PoolsLocation, Retries, TableNames, Target, WithoutTables};
