//! `keypool serve`.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::Args;
use keypool_local_aws::{LocalAws, Options, World};

use super::stop_signals::StopSignals;
use super::{CommandError, output};

/// Run the local AWS on its own, until Ctrl-C or SIGTERM
#[derive(Debug, Args)]
pub struct Serve {
    /// Address to listen on; port 0 picks a free port
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:4599")]
    listen: SocketAddr,
    /// Initial data: sample, sample-logged, sample-drifted, sample-without-tables, empty or scale:PLANS:KEYS:TENANTS
    #[arg(long, value_name = "NAME", default_value = "sample")]
    world: World,
    /// Folder to keep the state in; by default it is lost at exit
    #[arg(long, value_name = "FOLDER")]
    data: Option<PathBuf>,
    /// Allow access from other machines, without credentials
    #[arg(long)]
    allow_remote: bool,
}

impl Serve {
    pub(super) async fn run(&self) -> Result<(), CommandError> {
        if !self.listen.ip().is_loopback() && !self.allow_remote {
            return Err(CommandError::usage(
                format!("other machines can reach {} without credentials", self.listen),
                "listen on 127.0.0.1, or give --allow-remote if that is what you want",
            ));
        }
        let options = Options {
            listen: self.listen,
            world: self.world.clone(),
            data: self.data.clone(),
            ..Options::default()
        };
        // Before the endpoint, so that no signal is missed.
        let mut signals = StopSignals::listen()?;
        let aws = LocalAws::start(options).await?;
        output::text(&self.banner(&aws))?;
        if !self.listen.ip().is_loopback() {
            output::note("note: other machines can reach this endpoint without credentials");
        }
        signals.recv().await;
        aws.shutdown().await;
        output::note("stopped");
        Ok(())
    }

    /// Describes the endpoint in lines that can be pasted into a shell.
    fn banner(&self, aws: &LocalAws) -> String {
        let endpoint = aws.endpoint();
        let world = match &self.data {
            Some(folder) if aws.is_restored() => format!("state from {}", folder.display()),
            _ => format!("world {}", self.world),
        };
        format!(
            "# keypool serve: API Gateway, DynamoDB and the protected API at {endpoint} ({world})\n\
             export AWS_ENDPOINT_URL={endpoint}\n\
             export AWS_ACCESS_KEY_ID=demo\n\
             export AWS_SECRET_ACCESS_KEY=demo\n\
             export AWS_REGION=us-east-1\n\
             export AWS_DEFAULT_REGION=us-east-1\n\
             # Ctrl-c stops it\n"
        )
    }
}
