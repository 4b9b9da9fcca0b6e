//! The AWS side: SDK types to domain types and back, paging, pacing, credentials. Nobody else names the SDK.

mod caller;
mod chain;
mod clock;
mod clock_skew;
mod connect;
pub mod endpoint;
pub mod failure;
mod gateway;
mod http;
mod pacer;
#[cfg(feature = "ssm")]
mod parameter;
pub mod permissions;
mod process;
mod profile;
pub mod protected;
mod reach;
mod rest_api;
mod retry;
mod tables;
pub mod target;

pub use clock::Sources;
pub use connect::{Aws, Context};
pub use endpoint::{Endpoint, EndpointOrigin, Endpoints, Service, Site};
pub use failure::Failure;
pub(crate) use gateway::{KeyDays, Member, NewApiKey};
pub use process::CredentialProcess;
pub use profile::{Renewal, endpoints};
pub(crate) use rest_api::ApiMethod;
pub(crate) use tables::{
    CounterWrite, Fence, Leave, Limit, NewRow, OwnKey, PoolItem, PoolsRead, Referring, Shared, Tables,
    Transferred, Wanted, WorkTaken,
};
pub use target::{Credentials, PoolsPlace, Retries, TableNames, Target};
