//! `keypool keys`: the tenants' keys.

mod create;
mod delete;
mod edit;
mod list;
mod record;
mod show;

use clap::{Args, Subcommand};

use super::Stop;
use super::session::Session;

/// List, show, create, edit and delete the tenants' keys
#[derive(Debug, Args)]
pub struct Keys {
    #[command(subcommand)]
    command: KeysCommand,
}

#[derive(Debug, Subcommand)]
enum KeysCommand {
    List(list::List),
    Show(show::Show),
    Create(create::Create),
    Edit(edit::EditKey),
    Delete(delete::Delete),
}

impl Keys {
    pub(super) async fn run(&self, session: &Session) -> Result<(), Stop> {
        match &self.command {
            KeysCommand::List(list) => list.run(session).await,
            KeysCommand::Show(show) => show.run(session).await,
            KeysCommand::Create(create) => create.run(session).await,
            KeysCommand::Edit(edit) => edit.run(session).await,
            KeysCommand::Delete(delete) => delete.run(session).await,
        }
    }
}
