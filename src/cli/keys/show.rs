//! `keypool keys show`.

use clap::Args;
use keypool_domain::TenantKeyId;

use super::record::{RevealArgs, key_record};
use crate::cli::CommandError;
use crate::cli::output::{self, OutputArgs};
use crate::cli::session::Session;

/// Show a tenant key
#[derive(Debug, Args)]
pub(super) struct ShowKey {
    /// ID of the tenant key, as listed by `keypool keys list`
    #[arg(value_name = "ID")]
    id: String,
    #[command(flatten)]
    reveal: RevealArgs,
    #[command(flatten)]
    output: OutputArgs,
}

impl ShowKey {
    pub(super) async fn run(&self, session: &Session) -> Result<(), CommandError> {
        let id = TenantKeyId::new(self.id.as_str());
        let inventory = session.read_inventory_of_keys(std::slice::from_ref(&id)).await?;
        let tenant_key = inventory.require_tenant_key(&id)?;
        let record = key_record(tenant_key, self.reveal, session, &inventory, self.output.output).await?;
        output::record(&record, self.output.output)
    }
}
