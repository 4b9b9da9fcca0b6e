//! `keypool setup tenants`.

use std::fs::OpenOptions;
use std::io::{self, Write};
use std::path::Path;

use clap::Args;
use keypool_domain::InventorySource;
use keypool_domain::source::TenantProposal;

use crate::aws::Failure;
use crate::cli::CommandError;
use crate::cli::output;
use crate::cli::session::Session;
use crate::settings;

/// Propose where the tenant of each API key is, for an account without tables
///
/// Counts for how many API keys each rule finds a tenant, and prints the lines for config.toml.
#[derive(Debug, Args)]
pub(super) struct ProposeTenants {
    /// Add the lines to config.toml
    #[arg(long)]
    write: bool,
}

impl ProposeTenants {
    pub(super) async fn run(&self, session: &Session) -> Result<(), CommandError> {
        if self.write && session.settings.read_only {
            return Err(Failure::ReadOnly.into());
        }
        let inventory = session.read_inventory().await?;
        match inventory.source() {
            InventorySource::ApiGateway { .. } => {}
            source @ (InventorySource::Tables { .. } | InventorySource::Usage) => {
                let why = format!("tenants are not read from API keys here, but from {source}");
                return Err(Failure::Setting(why).into());
            }
        }
        let proposal = TenantProposal::new(&inventory);
        let counts: String = proposal.counts().iter().map(|count| format!("# {count}\n")).collect();
        let lines = format!("[tenants]\n{counts}{}\n", proposal.line());
        output::exact_text(&lines)?;
        if !self.write {
            return Ok(());
        }
        let path = session.settings.config_file.as_deref();
        let path =
            path.ok_or_else(|| Failure::Setting("there is no home folder for config.toml".to_owned()))?;
        add_lines(path, &lines)?;
        output::note(&format!("note: added to {}", path.display()));
        Ok(())
    }
}

/// Appends a table to the file, which must not have it yet.
fn add_lines(path: &Path, lines: &str) -> Result<(), Failure> {
    let failure = |why: String| Failure::Setting(format!("{} cannot be changed: {why}", path.display()));
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(why) if why.kind() == io::ErrorKind::NotFound => String::new(),
        Err(why) => return Err(failure(why.to_string())),
    };
    if settings::has_table(&text, "tenants") {
        return Err(failure("it has a table [tenants] already; edit `from` there".to_owned()));
    }
    let separator = match text.as_str() {
        "" => "",
        text if text.ends_with('\n') => "\n",
        _ => "\n\n",
    };
    let append = || {
        path.parent().map_or(Ok(()), std::fs::create_dir_all)?;
        let mut file = OpenOptions::new().create(true).append(true).open(path)?;
        file.write_all(format!("{separator}{lines}").as_bytes())
    };
    append().map_err(|why: io::Error| failure(why.to_string()))
}
