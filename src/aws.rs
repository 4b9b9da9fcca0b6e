//! The AWS side: SDK types to domain types and back, paging, pacing, credentials. Nobody else names the SDK.

mod caller;
mod chain;
mod clock;
mod connect;
pub mod failure;
mod gateway;
mod http;
mod pacer;
#[cfg(feature = "ssm")]
mod parameter;
pub mod permissions;
pub mod protected;
mod rest_api;
mod retry;
mod tables;
pub mod target;

pub use clock::Sources;
pub use connect::{Aws, Context};
pub use failure::Failure;
pub(crate) use gateway::{KeyDays, Member, NewApiKey};
pub(crate) use rest_api::ApiMethod;
pub(crate) use tables::{
    CounterWrite, Leave, Limit, NewRow, PoolItem, PoolsRead, Referring, Shared, Tables, Transferred, Wanted,
};
pub use target::{Credentials, PoolsPlace, Retries, TableNames, Target};
