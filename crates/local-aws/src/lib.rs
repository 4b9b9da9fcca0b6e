//! API Gateway, DynamoDB and the API they protect, on one loopback port.
//!
//! This is the oracle of keypool's tests and the world behind `--demo`. It speaks the real protocols and shares
//! no type with the program: whoever uses it does so over its socket, or through the handles of [`LocalAws`].

#![warn(missing_docs)]

mod access_log;
mod admin;
mod apigateway;
mod calls;
mod clock;
mod control_rates;
mod dynamodb;
mod execution_log;
mod fault;
mod front;
mod gateway;
mod ids;
pub mod key_file;
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

/// What a local AWS is started with.
#[derive(Debug, Clone)]
pub struct Options {
    /// Where it listens; port 0 lets the system choose. Loopback, unless the caller was told otherwise.
    pub listen: SocketAddr,
    /// What stands in it when `data` holds nothing yet.
    pub world: World,
    /// The folder its state outlives the process in; without one it lives in memory.
    pub data: Option<PathBuf>,
    /// What it goes by; a world's dates are as far from it as ever.
    pub clock: Clock,
}

impl Default for Options {
    /// The sample, in memory, on a loopback port that the system chooses.
    fn default() -> Self {
        let listen = SocketAddr::from(([127, 0, 0, 1], 0));
        Self { listen, world: World::default(), data: None, clock: Clock::system() }
    }
}

/// A named state of an AWS account to start from.
///
/// Written `sample`, `sample-drifted`, `empty` or `scale:PLANS:KEYS:TENANTS`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum World {
    /// The sample application's stack with its limits as its table says.
    #[default]
    Sample,
    /// The same as its deployment script really makes it, with the faults that brings.
    SampleDrifted,
    /// Nothing at all.
    Empty,
    /// As many as asked for.
    Scale {
        /// usage plans
        plans: u32,
        /// API keys
        keys: u32,
        /// rows of the Keys table
        tenants: u32,
    },
}
