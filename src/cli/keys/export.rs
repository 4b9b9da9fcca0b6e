//! `keypool keys export`.

use std::collections::HashMap;
use std::path::PathBuf;

use clap::Args;
use keypool_domain::change::pluralize;
use keypool_domain::key_file;

use crate::cli::CommandError;
use crate::cli::output;
use crate::cli::session::Session;
use crate::ops;

/// Write every API key as the CSV that `keys import` and ImportApiKeys take, with the tenants of siloed ones
///
/// Without --include-values the column Key is empty, and an import makes other values. Tenants who share an API key
/// are rows and no API keys: `keys list -o csv` has every tenant's key, shared or not.
#[derive(Debug, Args)]
pub(super) struct ExportKeys {
    /// Hold the secret values too
    #[arg(long)]
    include_values: bool,
    /// Write this file, readable by you alone, instead of stdout; one that is there is left alone
    #[arg(long, value_name = "FILE")]
    file: Option<PathBuf>,
}

impl ExportKeys {
    pub(super) async fn run(&self, session: &Session) -> Result<(), CommandError> {
        let inventory = session.read_inventory().await?;
        let values = match self.include_values {
            true => ops::read_api_key_values(&session.aws).await?,
            false => HashMap::new(),
        };
        let text = key_file::export(&inventory, &values);
        match &self.file {
            None => output::text(&output::plain::escape_lines(&text))?,
            Some(path) => output::file(path, &text)?,
        }
        let shared = inventory.pools().iter().map(|pool| pool.keys.len()).sum();
        if shared > 0 {
            let behind = inventory
                .tenant_keys()
                .iter()
                .filter(|row| inventory.is_shared(row).is_known_to_be(&true))
                .count();
            output::note(&format!(
                "note: {} without the {} behind: `keypool keys list -o csv` has those, `keypool pools export` the pools",
                pluralize(shared, "pool key"),
                pluralize(behind, "tenant key")
            ));
        }
        Ok(())
    }
}
