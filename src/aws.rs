//! The AWS side: SDK types to domain types and back, paging, pacing, credentials. Nobody else names the SDK.

pub mod failure;
pub mod target;

pub use failure::Failure;
pub use target::{Credentials, TableNames, Target};
