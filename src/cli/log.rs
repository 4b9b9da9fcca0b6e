//! The log: a file that is appended to, never the terminal.

use std::fs::{File, OpenOptions};
use std::sync::Mutex;

use tracing_subscriber::EnvFilter;

use super::CommandError;
use crate::settings::LogSettings;

/// Starts the log. Other crates log only warnings and errors, because their more detailed messages
/// contain secrets.
pub(super) fn start(log: &LogSettings) -> Result<(), CommandError> {
    let what = || format!("the log {} cannot be opened", log.file.display());
    let file = open(log).map_err(|why| CommandError::Io { what: what(), why })?;
    let level_of_others = if log.level == "error" { "error" } else { "warn" };
    let filter = EnvFilter::new(format!("{level_of_others},keypool={0},keypool_local_aws={0}", log.level));
    let subscriber =
        tracing_subscriber::fmt().with_env_filter(filter).with_ansi(false).with_writer(Mutex::new(file));
    // Only tests start a second log in one process; the first one stays.
    let _ = subscriber.try_init();
    tracing::info!(version = env!("CARGO_PKG_VERSION"), "keypool starts");
    Ok(())
}

fn open(log: &LogSettings) -> std::io::Result<File> {
    let mut options = OpenOptions::new();
    options.create(true).append(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(&log.file)
}
