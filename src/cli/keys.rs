//! `keypool keys`.

mod consolidate;
mod create;
mod delete;
mod edit;
mod export;
mod import;
mod isolate;
mod key_args;
mod list;
mod record;
mod relocate;
mod rotate;
mod show;

use clap::{Args, Subcommand};

use super::CommandError;
use super::session::Session;

/// List, show and change tenant keys
#[derive(Debug, Args)]
pub struct Keys {
    #[command(subcommand)]
    command: KeysCommand,
}

#[derive(Debug, Subcommand)]
enum KeysCommand {
    List(list::ListKeys),
    Show(show::ShowKey),
    Create(create::CreateKeys),
    Edit(edit::EditKey),
    Delete(delete::DeleteKeys),
    Import(import::ImportKeys),
    Export(export::ExportKeys),
    Rotate(rotate::RotateKeys),
    Isolate(isolate::IsolateKeys),
    Consolidate(consolidate::ConsolidateKeys),
    Move(relocate::MoveKeys),
}

impl Keys {
    pub(super) async fn run(&self, session: &Session) -> Result<(), CommandError> {
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
