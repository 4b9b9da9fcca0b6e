//! `keypool keys edit`.

use clap::Args;
use keypool_domain::{Change, Edit, RowId};

use super::record::{RevealArgs, records};
use crate::cli::Stop;
use crate::cli::output::{self, OutputArgs};
use crate::cli::session::Session;
use crate::cli::writing::{self, WritingArgs};

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
    writing: WritingArgs,
    #[command(flatten)]
    output: OutputArgs,
}

impl EditKey {
    pub(super) async fn run(&self, session: &Session) -> Result<(), Stop> {
        let before = session.inventory().await?;
        let row = RowId::new(self.id.as_str());
        let format = self.output.output;
        let changes = self.changes(&row);
        let done = writing::carry_out_all(session, &before, &changes, self.writing, format).await?;
        if done.is_none() {
            return Ok(());
        }
        let after = writing::read_back(session, std::slice::from_ref(&row)).await?;
        output::list(
            &records(after.row(&row), RevealArgs::default(), session, &after, format).await?,
            format,
        )?;
        match after.row(&row) {
            // The tenant key says disabled, and the API key that it shares is enabled.
            Some(key) if self.disable && after.shares(key).is_known_to_be(&true) => {
                Err(Stop::StillCalls { tenant: key.tenant.to_string(), row: row.to_string() })
            }
            _ => Ok(()),
        }
    }

    /// The row's fields and the API key's customer are told apart: they stand in two places.
    fn changes(&self, row: &RowId) -> Vec<Change> {
        let customer = self.customer_id.clone();
        let customer = customer.map(|customer| Change::SetCustomer { row: row.clone(), customer });
        let edit = self.edit();
        // An edit that asks for nothing is refused as one.
        let edits = !edit.is_empty() || customer.is_none();
        edits.then(|| Change::Edit { row: row.clone(), edit }).into_iter().chain(customer).collect()
    }

    fn edit(&self) -> Edit {
        Edit {
            name: self.name.clone(),
            description: self.description.clone(),
            enabled: (self.enable || self.disable).then_some(self.enable),
        }
    }
}
