//! A local AWS: API Gateway's control plane, DynamoDB and a deployed API that requires API keys, on one
//! loopback port.
//!
//! keypool's tests and `--demo` run against it. It speaks the real protocols and shares no type with keypool: use it
//! over its socket, or through the handles of [`LocalAws`].

#![warn(missing_docs)]

mod access_log;
mod admin;
mod apigateway;
mod calls;
mod clock;
mod control_plane_limits;
mod dispatch;
mod dynamodb;
mod execution_log;
mod fault;
mod gateway;
mod ids;
pub mod key_file;
mod logs;
mod quota;
mod server;
mod shared;
mod state;
mod store;
mod sts;
mod switches;
mod token_bucket;
mod world;
mod world_name;

use std::net::SocketAddr;
use std::path::PathBuf;

pub use access_log::AccessLog;
pub use calls::{Call, Calls};
pub use clock::Clock;
pub use execution_log::{ExecutionLog, LogLine};
pub use fault::{Answer, Fault, Faults, Service, When};
pub use server::{LocalAws, StartError};
pub use store::StoreError;
pub use switches::Switches;
pub use world_name::UnknownWorld;

/// Options of [`LocalAws::start`].
#[derive(Debug, Clone)]
pub struct Options {
    /// The address to listen on, by default loopback; port 0 lets the system choose.
    pub listen: SocketAddr,
    /// The initial state, if `data` is empty or absent.
    pub world: World,
    /// The folder to keep the state in; `None` keeps it in memory.
    pub data: Option<PathBuf>,
    /// The source of time. The dates of a world are relative to it.
    pub clock: Clock,
}

impl Default for Options {
    /// The sample world, in memory, on a loopback port that the system chooses.
    fn default() -> Self {
        let listen = SocketAddr::from(([127, 0, 0, 1], 0));
        Self { listen, world: World::default(), data: None, clock: Clock::system() }
    }
}

/// A named initial state of an AWS account.
///
/// Written as `sample`, `sample-logged`, `sample-drifted`, `sample-without-tables`, `empty` or `scale:PLANS:KEYS:TENANTS`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum World {
    /// The sample application's stack, whose usage plans match its Plans table.
    #[default]
    Sample,
    /// The stack as the sample's deployment script creates it, with the inconsistencies that result.
    SampleDrifted,
    /// The sample's plans in an account without tables: each tenant has its own API key.
    SampleWithoutTables,
    /// The sample with an access log of its last hour, in which one of three tenants behind a pool key makes 71 % of its
    /// calls.
    SampleLogged,
    /// An account without resources.
    Empty,
    /// Generated plans, API keys and tenant keys.
    Scale {
        /// Number of usage plans.
        plans: u32,
        /// Number of API keys.
        keys: u32,
        /// Number of tenant keys (items of the Keys table).
        tenants: u32,
    },
}
