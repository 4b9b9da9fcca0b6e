//! `keypool pools export`.

use std::path::{Path, PathBuf};

use clap::Args;
use keypool_domain::change::pluralize;
use keypool_domain::pool_file::{self, FileFormat, PoolEntry};
use keypool_domain::{Pool, PoolKeyState};

use crate::cli::CommandError;
use crate::cli::output;
use crate::cli::session::Session;
use crate::ops;

/// Export pools as the sample application's api_key_pools.js, or as JSON
///
/// The sample's Lambdas can be deployed with the file unchanged. Pool keys that take no new tenants are
/// left out, because the sample would assign tenants to them.
#[derive(Debug, Args)]
pub(super) struct ExportPools {
    /// File format: js or json
    #[arg(long, value_name = "js|json")]
    format: FileFormat,
    /// Write to this file instead of stdout, replacing it if it exists
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
}

impl ExportPools {
    pub(super) async fn run(&self, session: &Session) -> Result<(), CommandError> {
        let inventory = session.read_inventory().await?;
        let entries: Vec<_> = inventory
            .pools()
            .iter()
            .map(|pool| PoolEntry::from_pool(pool, inventory.plan_name(&pool.plan)))
            .collect();
        let text = pool_file::write(&entries, self.format);
        match &self.output {
            None => output::text(&text)?,
            Some(path) => replace(path, &text)?,
        }
        let keys = inventory.pools().iter().flat_map(|pool: &Pool| &pool.keys);
        let left_out = keys.filter(|key| key.state != PoolKeyState::Active).count();
        if left_out > 0 {
            output::note(&format!(
                "note: {} left out because they take no new tenants",
                pluralize(left_out, "pool key")
            ));
        }
        if let Some(why) = ops::sample_app_obstacle(&session.aws, &inventory) {
            output::note(&format!("note: {why}"));
        }
        Ok(())
    }
}

/// Writes a temporary file and renames it, so that no reader sees a partial file.
fn replace(path: &Path, text: &str) -> Result<(), CommandError> {
    let failed = |why| CommandError::Io { what: format!("{} cannot be written", path.display()), why };
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".new");
    let temporary = path.with_file_name(name);
    std::fs::write(&temporary, text).map_err(failed)?;
    std::fs::rename(&temporary, path).map_err(|why| {
        // The error of the renaming is returned, even if the temporary file cannot be removed.
        let _ = std::fs::remove_file(&temporary);
        failed(why)
    })
}
