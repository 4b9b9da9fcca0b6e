//! The local AWS of `--demo`: sample data on a loopback port for as long as the program runs.

use keypool_local_aws::{LocalAws, Options, World};

use super::CommandError;
use crate::aws::Target;

/// Stops when dropped.
#[derive(Debug)]
pub struct EmbeddedAws(LocalAws);

impl EmbeddedAws {
    /// Starts the local AWS and points the target to it.
    pub async fn start(target: &mut Target) -> Result<Self, CommandError> {
        let aws = LocalAws::start(Options { world: World::Sample, ..Options::default() }).await?;
        target.endpoint_url = Some(aws.endpoint());
        Ok(Self(aws))
    }

    /// Stops after finishing open requests.
    pub async fn stop(self) {
        self.0.shutdown().await;
    }
}
