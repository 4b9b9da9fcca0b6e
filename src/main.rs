//! The program: command line to face to exit status.

use std::process::ExitCode;

use clap::Parser;
use keypool::cli::{self, Cli, Stop};
use keypool::settings::{Environment, Flags};

fn main() -> ExitCode {
    let Cli { flags, command } = Cli::parse();
    let environment = Environment::read();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(why) => return cli::end(Err(why.into())),
    };
    runtime.block_on(async {
        match command {
            Some(command) => cli::run(&flags, command, &environment, &[]).await,
            None => cli::end(console(&flags, &environment).await),
        }
    })
}

async fn console(flags: &Flags, environment: &Environment) -> Result<(), Stop> {
    cli::prepare_console(flags, environment, &[]).await?;
    let what = "this build has no console yet".to_owned();
    Err(Stop::Usage { what, hint: "use the commands: see `keypool help`".to_owned() })
}
