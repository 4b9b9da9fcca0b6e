//! API Gateway, DynamoDB and the API they protect, on one loopback port.
//!
//! This is the oracle of keypool's tests and the world behind `--demo`. It speaks the real protocols and shares
//! no type with the program: whoever uses it does so over its socket, or through the handles of [`LocalAws`].

mod clock;
mod control_rates;
mod execution_log;
mod fault;
mod quota;
mod switches;
mod token_bucket;

use std::net::SocketAddr;
use std::path::PathBuf;

pub use clock::Clock;
pub use execution_log::{ExecutionLog, LogLine};
pub use fault::{Answer, Fault, Faults, Service, When};
pub use switches::Switches;

/// What a local AWS is started with.
#[derive(Debug, Clone)]
pub struct Options {
    /// Where it listens; port 0 lets the system choose. Loopback, unless the caller was told otherwise.
    pub listen: SocketAddr,
    /// What stands in it when `data` holds nothing yet.
    pub world: World,
    /// The folder its state outlives the process in; without one it lives in memory.
    pub data: Option<PathBuf>,
}

/// A named state of an AWS account to start from.
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
