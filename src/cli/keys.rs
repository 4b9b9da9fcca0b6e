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
mod retire;
mod rotate;
mod show;

use clap::Args;

use super::CommandError;
use super::session::Session;
use super::subcommands::subcommands;

/// List, show and change tenant keys
#[derive(Debug, Args)]
pub struct Keys {
    #[command(subcommand)]
    command: KeysCommand,
}

subcommands! {
    KeysCommand {
        List(list::ListKeys),
        Show(show::ShowKey),
        Create(create::CreateKeys),
        Edit(edit::EditKey),
        Delete(delete::DeleteKeys),
        Import(import::ImportKeys),
        Export(export::ExportKeys),
        Rotate(rotate::RotateKeys),
        Retire(retire::RetireKeys),
        Isolate(isolate::IsolateKeys),
        Consolidate(consolidate::ConsolidateKeys),
        Move(relocate::MoveKeys),
    }
}

impl Keys {
    pub(super) async fn run(&self, session: &Session) -> Result<(), CommandError> {
        self.command.run(session).await
    }
}
