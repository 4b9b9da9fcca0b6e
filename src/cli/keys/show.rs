//! `keypool keys show`.

use clap::Args;
use keypool_domain::{Refusal, RowId};

use super::record::{RevealArgs, record};
use crate::cli::Stop;
use crate::cli::output::{self, OutputArgs};
use crate::cli::session::Session;

/// Show one tenant key
#[derive(Debug, Args)]
pub(super) struct Show {
    /// The tenant key, as `keypool keys list` names it
    #[arg(value_name = "ID")]
    id: String,
    #[command(flatten)]
    reveal: RevealArgs,
    #[command(flatten)]
    output: OutputArgs,
}

impl Show {
    pub(super) async fn run(&self, session: &Session) -> Result<(), Stop> {
        let inventory = session.inventory().await?;
        let id = RowId::new(self.id.as_str());
        let row = inventory.row(&id).ok_or(Refusal::NoRow(id))?;
        let record = record(row, self.reveal, session, &inventory, self.output.output).await?;
        output::one(&record, self.output.output)
    }
}
