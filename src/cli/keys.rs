//! `keypool keys`: the tenants' keys.

mod chosen;
mod consolidate;
mod create;
mod delete;
mod edit;
mod export;
mod import;
mod isolate;
mod list;
mod record;
mod relocate;
mod rotate;
mod show;

use clap::{Args, Subcommand};

use super::Stop;
use super::session::Session;

/// List, show and change the tenants' keys
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
    Import(import::Import),
    Export(export::Export),
    Rotate(rotate::Rotate),
    Isolate(isolate::Isolate),
    Consolidate(consolidate::Consolidate),
    Move(relocate::Move),
}

impl Keys {
    pub(super) async fn run(&self, session: &Session) -> Result<(), Stop> {
        match &self.command {
            KeysCommand::List(list) => list.run(session).await,
            KeysCommand::Show(show) => show.run(session).await,
            KeysCommand::Create(create) => create.run(session).await,
            KeysCommand::Edit(edit) => edit.run(session).await,
            KeysCommand::Delete(delete) => delete.run(session).await,
            KeysCommand::Import(import) => import.run(session).await,
            KeysCommand::Export(export) => export.run(session).await,
            KeysCommand::Rotate(rotate) => rotate.run(session).await,
            KeysCommand::Isolate(isolate) => isolate.run(session).await,
            KeysCommand::Consolidate(consolidate) => consolidate.run(session).await,
            KeysCommand::Move(relocate) => relocate.run(session).await,
        }
    }
}
