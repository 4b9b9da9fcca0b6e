//! `keypool pools export`.

use std::path::PathBuf;

use clap::Args;
use keypool_domain::pool_file::{self, FileFormat, PoolEntry};
use keypool_domain::text::pluralize;
use keypool_domain::{Pool, PoolKeyState};

use crate::cli::CommandError;
use crate::cli::output;
use crate::cli::session::Session;
use crate::ops::{self, private_file};

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
            .map(|pool| PoolEntry::from_pool(pool, inventory.stored_plan_name(&pool.plan)))
            .collect();
        let text = pool_file::write(&entries, self.format);
        match &self.output {
            None => output::text(&text)?,
            Some(path) => {
                private_file::replace_shared(path, &text).map_err(CommandError::cannot_write(path))?;
            }
        }
        super::list::note_if_none(&inventory);
        let keys = inventory.pools().iter().flat_map(|pool: &Pool| &pool.keys);
        let left_out = keys.filter(|key| key.state != PoolKeyState::Active).count();
        if left_out > 0 {
            output::note(&format!(
                "note: {} left out because they take no new tenants",
                pluralize(left_out, "pool key")
            ));
        }
        output::remarks(ops::sample_app_obstacle(&session.aws, &inventory));
        Ok(())
    }
}
