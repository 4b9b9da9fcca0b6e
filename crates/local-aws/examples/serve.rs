//! Serves a local AWS until Ctrl-C: `cargo run -p keypool-local-aws --example serve [WORLD [FOLDER]]`.
#![allow(clippy::print_stdout)]

use keypool_local_aws::{LocalAws, Options};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let world = arguments.next().map(|name| name.parse()).transpose()?.unwrap_or_default();
    let data = arguments.next().map(Into::into);
    let aws = LocalAws::start(Options { world, data, ..Options::default() }).await?;
    println!("{}", aws.endpoint());
    tokio::signal::ctrl_c().await?;
    aws.shutdown().await;
    Ok(())
}
