//! `keypool keys edit`.

use clap::Args;
use keypool_domain::{Change, Edit, TenantKeyId};

use super::record::{RevealArgs, key_records};
use crate::cli::CommandError;
use crate::cli::apply::{self, WriteArgs};
use crate::cli::output::{self, OutputArgs};
use crate::cli::session::Session;

/// Change a tenant key's name, description, state or AWS Marketplace customer
#[derive(Debug, Args)]
pub(super) struct EditKey {
    /// The tenant key, as `keypool keys list` names it
    #[arg(value_name = "ID")]
    id: String,
    /// Another name
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    /// Another description
    #[arg(long, value_name = "TEXT")]
    description: Option<String>,
    /// Let it be used
    #[arg(long, conflicts_with = "disable")]
    enable: bool,
    /// Stop it from being used
    #[arg(long)]
    disable: bool,
    /// The customer of AWS Marketplace whose key it is; an empty one for nobody
    #[arg(long, value_name = "CUSTOMER")]
    customer_id: Option<String>,
    #[command(flatten)]
    writing: WriteArgs,
    #[command(flatten)]
    output: OutputArgs,
}

impl EditKey {
    pub(super) async fn run(&self, session: &Session) -> Result<(), CommandError> {
        let before = session.read_inventory().await?;
        let row = TenantKeyId::new(self.id.as_str());
        let format = self.output.output;
        let changes = self.changes(&row);
        let done = apply::apply_changes(session, &before, &changes, self.writing, format).await?;
        if done.is_none() {
            return Ok(());
        }
        let after = apply::read_back(session, std::slice::from_ref(&row)).await?;
        output::list(
            &key_records(after.tenant_key(&row), RevealArgs::default(), session, &after, format).await?,
            format,
        )?;
        match after.tenant_key(&row) {
            // The tenant key says disabled, and the API key that it shares is enabled.
            Some(key) if self.disable && after.is_shared(key).is_known_to_be(&true) => {
                Err(CommandError::SharedKeyStillWorks {
                    tenant: key.tenant.to_string(),
                    tenant_key: row.to_string(),
                })
            }
            _ => Ok(()),
        }
    }

    /// The row's fields and the API key's customer are told apart: they stand in two places.
    fn changes(&self, row: &TenantKeyId) -> Vec<Change> {
        let customer = self.customer_id.clone();
        let customer = customer.map(|customer| Change::SetCustomer { tenant_key: row.clone(), customer });
        let edit = self.edit();
        // An edit that asks for nothing is refused as one.
        let edits = !edit.is_empty() || customer.is_none();
        edits.then(|| Change::Edit { tenant_key: row.clone(), edit }).into_iter().chain(customer).collect()
    }

    fn edit(&self) -> Edit {
        Edit {
            name: self.name.clone(),
            description: self.description.clone(),
            enabled: (self.enable || self.disable).then_some(self.enable),
        }
    }
}
