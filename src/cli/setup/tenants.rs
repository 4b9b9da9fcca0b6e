//! `keypool setup tenants`.

use std::fmt::Display;
use std::fs::OpenOptions;
use std::io::{self, Write};
use std::path::Path;

use clap::Args;
use keypool_domain::InventorySource;
use keypool_domain::source::{TenantChange, TenantProposal};
use keypool_domain::text::group_thousands;

use crate::aws::Failure;
use crate::cli::CommandError;
use crate::cli::output;
use crate::cli::session::Session;
use crate::settings::{self, TenantsTable};

/// The most API keys with another tenant that are named; the others are counted.
const MAX_NAMED_KEYS: usize = 20;

/// Propose where the tenant of each API key is, for an account without tables
///
/// Counts for how many API keys each rule finds a tenant, and prints the lines for config.toml. The API keys
/// that get another tenant are listed on stderr, with both tenants.
#[derive(Debug, Args)]
pub(super) struct ProposeTenants {
    /// Add the lines to config.toml, unless it has the same rules already
    #[arg(long)]
    write: bool,
    /// Show what --write would do, without writing
    #[arg(long)]
    dry_run: bool,
}

impl ProposeTenants {
    pub(super) async fn run(&self, session: &Session) -> Result<(), CommandError> {
        if self.write && !self.dry_run && session.settings.read_only {
            return Err(Failure::ReadOnly.into());
        }
        let inventory = session.read_inventory().await?;
        let current = match inventory.source() {
            InventorySource::ApiGateway { tenants, .. } => tenants,
            source @ (InventorySource::Tables { .. } | InventorySource::Usage) => {
                let why = format!("tenants are not read from API keys here, but from {source}");
                return Err(Failure::Setting(why).into());
            }
        };
        let proposal = TenantProposal::new(&inventory);
        let counts: String = proposal.counts().iter().map(|count| format!("# {count}\n")).collect();
        let lines = format!("[tenants]\n{counts}{}\n", proposal.line());
        output::exact_text(&lines)?;
        note_changes(&proposal.changes(&inventory, current), proposal.total);
        if !self.write && !self.dry_run {
            return Ok(());
        }
        let path = session.settings.config_file.as_deref();
        let path =
            path.ok_or_else(|| Failure::Setting("there is no home folder for config.toml".to_owned()))?;
        let Some(text) = text_to_add(path, &lines, &proposal)? else {
            output::note(&format!("note: {} has these rules already", path.display()));
            return Ok(());
        };
        if self.dry_run {
            output::note(&format!("note: nothing was written; --write adds the lines to {}", path.display()));
            return Ok(());
        }
        append(path, &text)?;
        output::note(&format!("note: added to {}", path.display()));
        Ok(())
    }
}

/// Lists the API keys that get another tenant, with both.
fn note_changes(changes: &[TenantChange], total: usize) {
    let count = |number: usize| group_thousands(number as u64);
    if changes.is_empty() {
        output::note("note: no API key gets another tenant");
        return;
    }
    output::note(&format!(
        "note: API keys that get another tenant: {} of {}",
        count(changes.len()),
        count(total)
    ));
    for change in changes.iter().take(MAX_NAMED_KEYS) {
        let TenantChange { api_key, name, before, after } = change;
        output::note(&output::plain::escape_line(&format!("  {api_key} \"{name}\": {before} → {after}")));
    }
    if let Some(more) = changes.len().checked_sub(MAX_NAMED_KEYS).filter(|more| *more > 0) {
        output::note(&format!("  and {} more", count(more)));
    }
}

/// What to append to the file; `None` if it has the same rules already. Other rules are left to the user.
fn text_to_add(path: &Path, lines: &str, proposal: &TenantProposal) -> Result<Option<String>, Failure> {
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(why) if why.kind() == io::ErrorKind::NotFound => String::new(),
        Err(why) => return Err(failure(path, &why)),
    };
    match settings::tenants_table(&text) {
        TenantsTable::Missing => {}
        TenantsTable::Present { from } if from == proposal.rule_texts() => return Ok(None),
        TenantsTable::Present { .. } => {
            return Err(failure(path, &"it has a table [tenants] already; edit `from` there"));
        }
    }
    let separator = match text.as_str() {
        "" => "",
        text if text.ends_with('\n') => "\n",
        _ => "\n\n",
    };
    Ok(Some(format!("{separator}{lines}")))
}

fn append(path: &Path, text: &str) -> Result<(), Failure> {
    let append = || {
        path.parent().map_or(Ok(()), std::fs::create_dir_all)?;
        let mut file = OpenOptions::new().create(true).append(true).open(path)?;
        file.write_all(text.as_bytes())
    };
    append().map_err(|why: io::Error| failure(path, &why))
}

fn failure(path: &Path, why: &dyn Display) -> Failure {
    Failure::Setting(format!("{} cannot be changed: {why}", path.display()))
}
