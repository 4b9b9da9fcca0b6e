//! `keypool keys edit`.

use clap::Args;
use keypool_domain::{Change, Edit, Expiry, TenantKeyId};

use super::key_args::expiry_of;
use super::record::{RevealArgs, key_records};
use crate::cli::CommandError;
use crate::cli::apply::{self, WriteArgs};
use crate::cli::output::{self, OutputArgs};
use crate::cli::session::Session;
use crate::ops::ExpiryArg;

/// Change the name, description, state, expiry or AWS Marketplace customer of a tenant key
#[derive(Debug, Args)]
pub(super) struct EditKey {
    /// ID of the tenant key, as listed by `keypool keys list`
    #[arg(value_name = "ID")]
    id: String,
    /// New name
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    /// New description
    #[arg(long, value_name = "TEXT")]
    description: Option<String>,
    /// Enable the key
    #[arg(long, conflicts_with = "disable")]
    enable: bool,
    /// Disable the key
    #[arg(long)]
    disable: bool,
    /// When the tenant loses access, for example 2026-12-31 (00:00 UTC) or 2026-12-31T18:00:00Z; `never`
    /// removes the end
    #[arg(long, value_name = "TIME")]
    expires: Option<ExpiryArg>,
    /// AWS Marketplace customer ID; empty to remove it
    #[arg(long, value_name = "CUSTOMER")]
    customer_id: Option<String>,
    #[command(flatten)]
    writing: WriteArgs,
    #[command(flatten)]
    output: OutputArgs,
}

impl EditKey {
    pub(super) async fn run(&self, session: &Session) -> Result<(), CommandError> {
        let tenant_key = TenantKeyId::new(self.id.as_str());
        let before = session.read_inventory_for_change(std::slice::from_ref(&tenant_key)).await?;
        let format = self.output.output;
        let changes = self.changes(&tenant_key, expiry_of(self.expires, session)?);
        let applied = apply::apply_changes(session, &before, &changes, self.writing, format).await?;
        if applied.is_none() {
            return Ok(());
        }
        let after = apply::read_back(session, std::slice::from_ref(&tenant_key)).await?;
        output::list(
            &key_records(after.tenant_key(&tenant_key), RevealArgs::default(), session, &after, format)
                .await?,
            format,
        )?;
        match after.tenant_key(&tenant_key) {
            // The tenant key is disabled, but the API key it shares is enabled.
            Some(key) if self.disable && after.is_shared(key).is_known_to_be(&true) => {
                Err(CommandError::SharedKeyStillWorks {
                    tenant: key.tenant.to_string(),
                    tenant_key: tenant_key.to_string(),
                })
            }
            _ => Ok(()),
        }
    }

    /// Returns an edit of the tenant key's fields, a change of its API key's customer, or both: they are
    /// separate changes.
    fn changes(&self, tenant_key: &TenantKeyId, expiry: Option<Expiry>) -> Vec<Change> {
        let customer = self.customer_id.clone();
        let customer =
            customer.map(|customer| Change::SetCustomer { tenant_key: tenant_key.clone(), customer });
        let edit = Edit { expiry, ..self.edit() };
        // Without any change, the empty edit is kept, so that it is refused as such.
        let includes_edit = !edit.is_empty() || customer.is_none();
        includes_edit
            .then(|| Change::Edit { tenant_key: tenant_key.clone(), edit })
            .into_iter()
            .chain(customer)
            .collect()
    }

    fn edit(&self) -> Edit {
        Edit {
            name: self.name.clone(),
            description: self.description.clone(),
            enabled: (self.enable || self.disable).then_some(self.enable),
            expiry: None,
        }
    }
}
