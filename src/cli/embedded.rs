//! The AWS of `--demo`: the sample world on a loopback port, for as long as the program runs.

use keypool_local_aws::{LocalAws, Options, World};

use super::CommandError;
use crate::aws::Target;

/// An embedded AWS; it ends when this is dropped.
#[derive(Debug)]
pub struct Embedded(LocalAws);

impl Embedded {
    /// Starts it and points the target to it.
    pub async fn start(target: &mut Target) -> Result<Self, CommandError> {
        let aws = LocalAws::start(Options { world: World::Sample, ..Options::default() }).await?;
        target.endpoint_url = Some(aws.endpoint());
        Ok(Self(aws))
    }

    /// Lets it finish what it is answering, and ends it.
    pub async fn stop(self) {
        self.0.shutdown().await;
    }
}
