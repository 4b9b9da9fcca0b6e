//! `keypool keys edit`.

use clap::Args;
use keypool_domain::{Change, Edit, RowId};

use super::record::{RevealArgs, records};
use crate::cli::Stop;
use crate::cli::output::{self, OutputArgs};
use crate::cli::session::Session;
use crate::cli::writing::{self, WritingArgs};

/// Change a tenant key's name, description or state
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
    #[command(flatten)]
    writing: WritingArgs,
    #[command(flatten)]
    output: OutputArgs,
}

impl EditKey {
    pub(super) async fn run(&self, session: &Session) -> Result<(), Stop> {
        let before = session.inventory().await?;
        let change = Change::Edit { row: RowId::new(self.id.as_str()), edit: self.edit() };
        let format = self.output.output;
        let Some(applied) = writing::carry_out(session, &before, &change, self.writing, format).await? else {
            return Ok(());
        };
        let after = writing::read_back(session, &applied.edited).await?;
        let edited = applied.edited.iter().filter_map(|id| after.row(id));
        output::list(&records(edited, RevealArgs::default(), session, &after).await?, format)
    }

    fn edit(&self) -> Edit {
        Edit {
            name: self.name.clone(),
            description: self.description.clone(),
            enabled: (self.enable || self.disable).then_some(self.enable),
        }
    }
}
