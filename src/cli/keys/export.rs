//! `keypool keys export`.

use std::collections::HashMap;
use std::path::PathBuf;

use clap::Args;
use keypool_domain::key_file;
use keypool_domain::text::pluralize;

use crate::aws::Failure;
use crate::cli::CommandError;
use crate::cli::output;
use crate::cli::session::Session;
use crate::ops;

/// Export all API keys as the CSV that `keys import` and ImportApiKeys read, with the tenants of siloed
/// keys
///
/// Without --include-values the column Key is empty, and an import generates new values. Pooled tenant
/// keys are not included; `keys list -o csv` lists all tenant keys, siloed and pooled. Text is exact, also
/// where a spreadsheet would take it for a formula.
#[derive(Debug, Args)]
pub(super) struct ExportKeys {
    /// Include the secret values
    #[arg(long)]
    include_values: bool,
    /// Write to this new file, readable only by you, instead of stdout
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
        let text = key_file::export(&inventory, &values).map_err(Failure::from)?;
        match &self.file {
            None => output::exact_text(&text)?,
            Some(path) => output::file(path, &text)?,
        }
        let ownerless = inventory.listed_api_keys().iter();
        let ownerless = ownerless.filter(|key| key_file::is_owner_unknown(key, &inventory)).count();
        if ownerless > 0 {
            output::note(&format!(
                "note: {} exported without a tenant, because their tenant keys cannot be read: `keypool doctor`",
                pluralize(ownerless, "API key")
            ));
        }
        let nameless = inventory.listed_api_keys().iter().filter(|key| key.name.is_empty()).count();
        if nameless > 0 {
            output::note(&format!(
                "note: {} no name; API Gateway's ImportApiKeys may refuse such lines",
                if nameless == 1 { "1 API key has".to_owned() } else { format!("{nameless} API keys have") }
            ));
        }
        let pool_keys = inventory.pools().iter().map(|pool| pool.keys.len()).sum();
        if pool_keys > 0 {
            let pooled = inventory
                .tenant_keys()
                .iter()
                .filter(|tenant_key| inventory.is_shared(tenant_key).is_known_to_be(&true))
                .count();
            output::note(&format!(
                "note: exported {} without the {} of their tenants: `keypool keys list -o csv` lists those, `keypool pools export` the pools",
                pluralize(pool_keys, "pool key"),
                pluralize(pooled, "tenant key")
            ));
        }
        Ok(())
    }
}
